"""Reading assets: faults of servers and files end in a retry or in an error, never in silence."""

import logging

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.windows import Window

from lccs_inputs.errors import SourceError
from lccs_inputs.imagery.composite.reading import HTTP_OPTIONS, AssetReader, redact
from lccs_inputs.imagery.scenes import Asset
from lccs_inputs.rasters.reading import gdal_env
from standins.file_server import FileServer
from standins.imagery import scene, write_asset

VALUES = np.random.default_rng(5).integers(0, 60000, (700, 700)).astype(np.uint16)
FAR_CORNER = Window(600, 600, 100, 100)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr("lccs_inputs.imagery.composite.reading._FIRST_DELAY", 0.01)
    write_asset(tmp_path / "red.tif", VALUES, "EPSG:32631", (700000, 5200000), 10)
    return tmp_path


def read(href, sign=str, window=FAR_CORNER, **options):
    with gdal_env(**(dict(HTTP_OPTIONS) | options)), AssetReader(sign) as reader:
        return reader.asset(scene("S2A_1", {"red": Asset(href)}), "red").read(window)


def test_a_local_window_is_read(folder):
    assert np.array_equal(read(str(folder / "red.tif")), VALUES[600:, 600:])


def test_a_remote_window_is_read_by_ranges(folder):
    with FileServer(folder) as server:
        assert np.array_equal(read(f"{server.url}/red.tif"), VALUES[600:, 600:])


@pytest.mark.parametrize("fault", [500, 503, 429, 403, "truncate"])
@pytest.mark.parametrize("at", [1, 3, 4])
def test_a_passing_fault_is_tried_again(folder, fault, at):
    with FileServer(folder, lambda number: fault if number == at else None) as server:
        assert np.array_equal(read(f"{server.url}/red.tif"), VALUES[600:, 600:])


def test_a_server_that_hangs_is_given_up_and_asked_again(folder):
    with FileServer(folder, lambda number: "hang" if number == 3 else None) as server:
        limits = {"GDAL_HTTP_LOW_SPEED_TIME": "1", "GDAL_HTTP_MAX_RETRY": "20"}
        values = read(f"{server.url}/red.tif", **limits)
    assert np.array_equal(values, VALUES[600:, 600:])
    assert len(server.requests) > 3


@pytest.mark.parametrize("fault", [500, 403, "truncate"])
def test_a_lasting_fault_names_scene_and_asset(folder, fault):
    with (
        FileServer(folder, lambda _: fault) as server,
        pytest.raises(SourceError, match=r"scene S2A_1, asset 'red'.*after 4 attempts"),
    ):
        read(f"{server.url}/red.tif")


def test_what_is_not_there_is_not_asked_for_again(folder):
    with FileServer(folder) as server, pytest.raises(SourceError, match="404"):
        read(f"{server.url}/absent.tif")
    assert len(server.requests) <= 2


def test_every_attempt_is_signed_anew(folder):
    tokens = iter(range(10))
    with FileServer(folder, lambda number: 403 if number <= 4 else None) as server:
        read(f"{server.url}/red.tif", sign=lambda href: f"{href}?sig={next(tokens)}")
    signed = list(dict.fromkeys(server.requests))
    assert signed == ["/red.tif?sig=0", "/red.tif?sig=1", "/red.tif?sig=2"]


@pytest.mark.parametrize("fault", [500, 404, "truncate"])
def test_signatures_reach_no_message_and_no_log(folder, fault, caplog):
    caplog.set_level(logging.DEBUG)
    with FileServer(folder, lambda _: fault) as server, pytest.raises(SourceError) as caught:
        read(f"{server.url}/red.tif", sign=lambda href: f"{href}?se=2026&sig=SECRET%3D")
    assert "SECRET" not in str(caught.value) + caplog.text
    assert "red.tif" in str(caught.value)


def test_redacting_leaves_the_rest_of_a_message():
    text = "'/vsicurl/https://a.example/b/red.tif?st=1&sig=x%2F' failed (is it there?)"
    assert redact(text) == "'/vsicurl/https://a.example/b/red.tif' failed (is it there?)"


def test_a_truncated_file_is_an_error(folder):
    path = folder / "red.tif"
    path.write_bytes(path.read_bytes()[:-200_000])
    with pytest.raises(SourceError, match=r"asset 'red'.*cannot be read \("):
        read(str(path))


def test_a_file_that_is_no_raster_is_an_error(folder):
    (folder / "red.tif").write_text("<html>not found</html>")
    with pytest.raises(SourceError, match="cannot be read"):
        read(str(folder / "red.tif"))


def test_an_asset_the_scene_lacks_is_an_error(folder):
    with AssetReader(str) as reader, pytest.raises(SourceError, match="no asset 'nir'"):
        reader.asset(scene("S2A_1", {}), "nir")


def test_a_raster_without_crs_is_an_error(tmp_path):
    href = write_asset(tmp_path / "red.tif", VALUES, None, (700000, 5200000), 10)
    with AssetReader(str) as reader, pytest.raises(SourceError, match="does not say its CRS"):
        _ = reader.asset(scene("S2A_1", {"red": Asset(href)}), "red").grid


def test_a_rotated_raster_is_one_clear_sentence(folder):
    with rasterio.open(folder / "red.tif", "r+") as raster:
        raster.transform = raster.transform @ Affine.rotation(5)
    with AssetReader(str) as reader, pytest.raises(SourceError, match="not a north-up") as caught:
        _ = reader.asset(scene("S2A_1", {"red": Asset(str(folder / "red.tif"))}), "red").grid
    assert "\n" not in str(caught.value)


def test_nodata_is_what_the_catalogue_says_else_the_file(folder):
    href = str(folder / "red.tif")
    with AssetReader(str) as reader:
        silent = reader.asset(scene("silent", {"red": Asset(href)}), "red")
        stated = reader.asset(scene("stated", {"red": Asset(href, nodata=7)}), "red")
        assert silent.nodata is None
        assert stated.nodata == 7


def test_only_so_many_files_are_kept_open(folder, monkeypatch):
    monkeypatch.setattr("lccs_inputs.imagery.composite.reading._KEPT_OPEN", 2)
    href = str(folder / "red.tif")
    with AssetReader(str) as reader:
        assets = [reader.asset(scene(f"s{i}", {"red": Asset(href)}), "red") for i in range(5)]
        for asset in assets * 2:
            assert np.array_equal(asset.read(FAR_CORNER), VALUES[600:, 600:])
        assert [asset.is_open for asset in assets] == [True, True, False, False, False]
    assert not any(asset.is_open for asset in assets)
