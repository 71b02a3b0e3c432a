"""Reading assets: faults of servers and files end in a retry or in an error, never in silence."""

import logging
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from affine import Affine
from rasterio.windows import Window

from lccs_inputs.errors import SourceError
from lccs_inputs.imagery.composite.fetching import redact
from lccs_inputs.imagery.composite.opening import HTTP_OPTIONS
from lccs_inputs.imagery.composite.reading import AssetReader
from lccs_inputs.imagery.scenes import Asset
from lccs_inputs.rasters.reading import gdal_env
from standins.file_server import FileServer
from standins.imagery import scene, write_asset

VALUES = np.random.default_rng(5).integers(0, 60000, (700, 700)).astype(np.uint16)
FAR_CORNER = Window(600, 600, 100, 100)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr("lccs_inputs.imagery.composite.opening._FIRST_DELAY", 0.01)
    write_asset(tmp_path / "red.tif", VALUES, "EPSG:32631", (700000, 5200000), 10)
    return tmp_path


def read(href, sign=str, window=FAR_CORNER, **facts):
    with gdal_env(), AssetReader(sign) as reader:
        return reader.asset(scene("S2A_1", {"red": Asset(href, **facts)}), "red").read(window)


def write_bands(path, bands, **profile):
    """A raster of several bands, at the place of `red.tif`."""
    count, height, width = bands.shape
    transform = Affine(10, 0, 700000, 0, -10, 5200000)
    with rasterio.open(
        path, "w", driver="GTiff", count=count, height=height, width=width, dtype=bands.dtype,
        crs="EPSG:32631", transform=transform, **profile,
    ) as raster:  # fmt: skip
        raster.write(bands)
    return str(path)


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


def test_a_server_that_hangs_is_given_up_and_asked_again(folder, monkeypatch):
    limits = {"GDAL_HTTP_LOW_SPEED_TIME": "1", "GDAL_HTTP_MAX_RETRY": "20"}
    options = "lccs_inputs.imagery.composite.opening.HTTP_OPTIONS"
    monkeypatch.setattr(options, dict(HTTP_OPTIONS) | limits)
    with FileServer(folder, lambda number: "hang" if number == 3 else None) as server:
        values = read(f"{server.url}/red.tif")
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


# --- options


@pytest.mark.parametrize("forbidden", [{}, {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR"}])
def test_a_local_file_may_keep_its_crs_beside_it(tmp_path, forbidden):
    href = write_asset(tmp_path / "red.tif", VALUES, None, (700000, 5200000), 10)
    crs = rasterio.crs.CRS.from_epsg(32631)
    (tmp_path / "red.tif.aux.xml").write_text(f"<PAMDataset><SRS>{crs.to_wkt()}</SRS></PAMDataset>")
    with gdal_env(**forbidden), AssetReader(str) as reader:
        asset = reader.asset(scene("S2A_1", {"red": Asset(href)}), "red")
        assert rasterio.crs.CRS.from_wkt(asset.grid.crs) == crs


def test_real_scenes_whose_crs_is_beside_them_are_read(shared_data):
    folder = shared_data / "slovenia_two_tiles_20230815" / "S2A_33TWL_20230815_0_L2A"
    with gdal_env(**HTTP_OPTIONS), AssetReader(str) as reader:
        asset = reader.asset(scene("S2A_1", {"red": Asset(str(folder / "B04.tif"))}), "red")
        assert rasterio.crs.CRS.from_wkt(asset.grid.crs).to_epsg() == 32633


def test_a_folder_on_a_server_is_not_asked_for_in_any_thread(folder):
    with FileServer(folder) as server, gdal_env(), AssetReader(str) as reader:
        asset = reader.asset(scene("S2A_1", {"red": Asset(f"{server.url}/red.tif")}), "red")
        with ThreadPoolExecutor(1) as pool:
            values = pool.submit(asset.read, FAR_CORNER).result()
    assert np.array_equal(values, VALUES[600:, 600:])
    assert set(server.requests) == {"/red.tif"}


def test_a_scene_is_closed_while_other_threads_open_theirs(monkeypatch):
    first, other = (scene(name, {"red": Asset(f"{name}.tif")}) for name in ("first", "other"))
    with AssetReader(str) as reader:
        asset, closed = reader.asset(first, "red"), []
        monkeypatch.setattr(asset, "close", lambda: closed.append(reader.asset(other, "red")))
        reader.close(first)
        assert closed == [reader.asset(other, "red")]


def test_options_of_an_asset_end_with_it(folder):
    with gdal_env(GDAL_DISABLE_READDIR_ON_OPEN="TRUE"), AssetReader(str) as reader:
        reader.asset(scene("S2A_1", {"red": Asset(str(folder / "red.tif"))}), "red").read(
            FAR_CORNER
        )
        assert rasterio.env.getenv()["GDAL_DISABLE_READDIR_ON_OPEN"] == "TRUE"


# --- bands

BANDS = np.stack([VALUES, VALUES + 1, VALUES + 2])


def test_what_only_the_file_calls_nodata_is_nodata_as_well(tmp_path):
    values = np.array([[0, 1, 2, 65535]], np.uint16)
    href = write_asset(tmp_path / "fill.tif", values, "EPSG:32632", (0, 0), 10)
    with rasterio.open(href, "r+") as raster:
        raster.nodata = 65535
    assert read(href, nodata=0, window=Window(0, 0, 4, 1)).tolist() == [[0, 1, 2, 0]]


def test_a_crs_of_no_place_on_the_ground_is_no_crs(tmp_path):
    crs = 'LOCAL_CS["a drawing",UNIT["metre",1]]'
    href = write_asset(tmp_path / "drawing.tif", VALUES, crs, (0, 0), 10)
    with pytest.raises(SourceError, match=r"does not say its CRS, or has one of no place"):
        read(href)


@pytest.mark.parametrize("band", [1, 2, 3])
def test_the_band_that_the_catalogue_says_is_read(tmp_path, band):
    href = write_bands(tmp_path / "stack.tif", BANDS, photometric="minisblack")
    assert np.array_equal(read(href, band=band), BANDS[band - 1, 600:, 600:])


def test_a_file_of_several_bands_that_nobody_described_is_refused(tmp_path):
    href = write_bands(tmp_path / "stack.tif", BANDS, photometric="minisblack")
    with pytest.raises(
        SourceError, match=r"stack\.tif has 3 bands, none of them described; say in `bands`"
    ):
        read(href, band=0)
    with pytest.raises(SourceError, match=r"stack\.tif has no band 4"):
        read(href, band=4)


def test_the_only_band_needs_no_description(folder):
    assert np.array_equal(read(str(folder / "red.tif"), band=0), VALUES[600:, 600:])


# --- what is valid


@pytest.mark.parametrize(
    ("stated", "tagged", "expected"),
    [
        (None, 65535, 65535),
        (0, 65535, 0),
        (None, None, None),
        (-9999, 65535, 65535),  # no uint16 is that
        (0.5, None, None),
        (1e6, None, None),
    ],
)
def test_nodata_is_what_the_numbers_can_hold_of_what_is_said(tmp_path, stated, tagged, expected):
    href = write_bands(tmp_path / "red.tif", VALUES[None], nodata=tagged)
    with gdal_env(), AssetReader(str) as reader:
        asset = reader.asset(scene("S2A_1", {"red": Asset(href, nodata=stated)}), "red")
        assert asset.nodata == expected


def test_nodata_is_that_of_the_band(tmp_path):
    href = write_bands(tmp_path / "stack.tif", BANDS, photometric="minisblack")
    said = "".join(
        f'<PAMRasterBand band="{band}"><NoDataValue>{10 - band}</NoDataValue></PAMRasterBand>'
        for band in (1, 2)
    )
    (tmp_path / "stack.tif.aux.xml").write_text(f"<PAMDataset>{said}</PAMDataset>")
    with gdal_env(), AssetReader(str) as reader:
        assets = {str(band): Asset(href, band=band) for band in (1, 2)}
        stack = scene("S2A_1", assets)
        assert [reader.asset(stack, name).nodata for name in assets] == [9, 8]


HIDDEN = np.zeros((700, 700), bool)
HIDDEN[650:, :650] = True


@pytest.mark.parametrize("inside", ["YES", "NO"])
@pytest.mark.parametrize(("stated", "fill"), [(None, 0), (65535, 65535)])
def test_a_mask_in_or_beside_the_file_makes_nodata(tmp_path, inside, stated, fill):
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=inside):
        href = write_bands(tmp_path / "red.tif", VALUES[None])
        with rasterio.open(href, "r+") as raster:
            raster.write_mask(~HIDDEN)
    assert (tmp_path / "red.tif.msk").exists() == (inside == "NO")
    expected = np.where(HIDDEN, fill, VALUES)[600:, 600:]
    assert np.array_equal(read(href, nodata=stated), expected)


@pytest.mark.parametrize("nodata", [None, 12])
def test_an_alpha_band_is_no_data_and_makes_nodata(tmp_path, nodata):
    alpha = np.where(HIDDEN, 0, 65535).astype(np.uint16)
    bands = np.stack([VALUES, alpha])
    href = write_bands(
        tmp_path / "red.tif", bands, photometric="minisblack", alpha="yes", nodata=nodata
    )
    expected = np.where(HIDDEN, nodata or 0, VALUES)[600:, 600:]
    assert np.array_equal(read(href, band=0), expected)
    with pytest.raises(SourceError, match="has no band 2"):
        read(href, band=2)
