"""Finding rasters in deliveries, whole and broken."""

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from lccs_inputs.errors import InputError, SourceError
from lccs_inputs.products.archives import find_rasters


def geotiff() -> bytes:
    profile = {
        "driver": "GTiff",
        "width": 64,
        "height": 48,
        "count": 1,
        "dtype": "uint8",
        "crs": "EPSG:3035",
        "transform": Affine(10, 0, 4050000, 0, -10, 2600000),
        "compress": "deflate",
    }
    pixels = np.random.default_rng(0).integers(0, 101, (48, 64), np.uint8)
    with rasterio.MemoryFile() as memory:
        with memory.open(**profile) as raster:
            raster.write(pixels, 1)
        return memory.read()


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture
def work(tmp_path):
    return tmp_path / "work"


@pytest.fixture
def delivery(tmp_path):
    """Write a delivery: `delivery(name, content)` returns its path."""

    def write(name, content):
        path = tmp_path / "delivered" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return write


def names(rasters):
    return [raster.name for raster in rasters]


def assert_readable(rasters):
    for path in rasters:
        with rasterio.open(path) as raster:
            assert raster.read(1).shape == (48, 64)


def test_a_geotiff_is_itself(delivery, work):
    path = delivery("own map.tif", geotiff())
    assert find_rasters(path, work) == [path]


def test_a_plain_zip_is_read_in_place(delivery, work):
    path = delivery("TCD.zip", zipped({"TCD/TCD.tif": geotiff(), "TCD/Metadata/TCD.xml": b"<m/>"}))
    rasters = find_rasters(path, work)
    assert names(rasters) == ["TCD.tif"]
    assert_readable(rasters)
    assert not work.exists()


@pytest.mark.parametrize("ending", [".msk", ".ovr", ".OVR"])
def test_a_mask_in_a_zip_that_leads_on_to_another_file_is_refused(delivery, work, ending):
    beside = {f"TCD/TCD.tif{ending}": b"<VRTDataset/>"}
    path = delivery("TCD.zip", zipped({"TCD/TCD.tif": geotiff(), **beside}))
    with pytest.raises(SourceError, match=rf"TCD\.zip: TCD/TCD\.tif{ending}, beside .* is no TIFF"):
        find_rasters(path, work)
    path = delivery("own.zip", zipped({"TCD.tif": geotiff(), f"TCD.tif{ending}": geotiff()}))
    assert names(find_rasters(path, work)) == ["TCD.tif"]


@pytest.mark.parametrize("ending", [".ovr", ".MSK", ".msk.ovr"])
def test_overviews_in_a_zip_that_name_another_file_are_refused(delivery, work, tmp_path, ending):
    beside = delivery("beside.tif", geotiff())
    with rasterio.open(beside, "r+") as raster:
        raster.update_tags(ns="OVERVIEWS", OVERVIEW_FILE="/vsicurl/http://127.0.0.1:1/a.tif")
    content = {"TCD.tif": geotiff(), f"TCD.tif{ending}": beside.read_bytes()}
    path = delivery("TCD.zip", zipped(content))
    with pytest.raises(SourceError, match=rf"TCD\.zip: TCD\.tif{ending} names another file as its"):
        find_rasters(path, work)


def test_a_zip_in_a_zip_with_data_symbology_and_tiles_gives_its_tiles(delivery, work):
    inner = zipped(
        {
            "WAW/DATA/WAW_E41N25.tif": geotiff(),
            "WAW/DATA/WAW_E40N25.TIF": geotiff(),
            "WAW/DATA/WAW_E40N25.tif.aux.xml": b"<PAMDataset/>",
            "WAW/Symbology/WAW.clr": b"0 0 0 0",
            "__MACOSX/WAW/DATA/._WAW_E40N25.tif": b"litter",
        }
    )
    path = delivery("4050.zip", zipped({"Results/WAW.zip": inner}, zipfile.ZIP_STORED))
    rasters = find_rasters(path, work)
    assert names(rasters) == ["WAW_E40N25.TIF", "WAW_E41N25.tif"]
    assert_readable(rasters)


def test_a_folder_gives_the_rasters_of_its_files_and_zips_in_a_stable_order(delivery, work):
    delivery("b/second.tif", geotiff())
    delivery("readme.txt", b"hello")
    folder = delivery("a.zip", zipped({"first.tif": geotiff()})).parent
    assert names(find_rasters(folder, work)) == ["first.tif", "second.tif"]


HIDDEN = ["._first.tif", ".cache/second.tif", "__MACOSX/a/._first.tif", "a/.third.zip"]
SHOWN = ["a/first.tif", "a/b/second.TIF"]


def test_hidden_files_are_left_out_of_folders_and_zips_alike(delivery, work):
    content = dict.fromkeys(HIDDEN, b"litter") | {name: geotiff() for name in SHOWN}
    for name, each in content.items():
        delivery(f"folder/{name}", each)
    nested = zipped({"Results/inner.zip": zipped(content), "._inner.zip": b"litter"})
    folder = delivery("nested/b/outer.zip", nested).parents[2] / "folder"
    for path in (folder, delivery("plain.zip", zipped(content)), folder.parent / "nested"):
        rasters = find_rasters(path, work)
        assert names(rasters) == ["second.TIF", "first.tif"]
        assert_readable(rasters)


def test_folders_behind_links_are_searched_once_and_circles_end(delivery, work, tmp_path):
    folder = delivery("tiles/a.tif", geotiff()).parent
    archive = delivery("archive/b.tif", geotiff()).parent
    (folder / "east").symlink_to(archive)
    (folder / "c.tif").symlink_to(folder / "a.tif")
    (archive / "back").symlink_to(folder)
    assert names(find_rasters(folder, work)) == ["a.tif", "c.tif", "b.tif"]


@pytest.mark.parametrize("name", ["b.tif", "east"])
def test_a_link_that_leads_nowhere_is_refused_not_left_out(delivery, work, tmp_path, name):
    folder = delivery("tiles/a.tif", geotiff()).parent
    (folder / name).symlink_to(tmp_path / "unmounted" / name)
    with pytest.raises(SourceError, match=f"{name}: is a link to .*unmounted.*not there"):
        find_rasters(folder, work)


def test_a_folder_that_cannot_be_listed_is_refused_not_left_out(delivery, work, monkeypatch):
    folder = delivery("tiles/a.tif", geotiff()).parent
    delivery("tiles/east/b.tif", geotiff())
    scandir = os.scandir

    def closed(path):
        if Path(path).name == "east":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(SourceError, match=r"cannot be listed .*east.*make it readable"):
        find_rasters(folder, work)


def test_an_archive_name_with_spaces_and_no_ascii_is_read(delivery, work):
    path = delivery("forêt d'Évian (v1).zip", zipped({"dossier é/forêt.tif": geotiff()}))
    assert_readable(find_rasters(path, work))


def test_a_second_search_unpacks_nothing_again(delivery, work):
    path = delivery("4050.zip", zipped({"Results/WAW.zip": zipped({"WAW.tif": geotiff()})}))
    first = find_rasters(path, work)
    unpacked = next(work.iterdir())
    before = unpacked.stat().st_mtime_ns
    assert find_rasters(path, work) == first
    assert unpacked.stat().st_mtime_ns == before


def test_a_member_that_points_outside_is_unpacked_inside(delivery, work, tmp_path):
    inner = zipped({"WAW.tif": geotiff()})
    path = delivery("evil.zip", zipped({"../../evil_inner.zip": inner}))
    assert_readable(find_rasters(path, work))
    assert [file.parent for file in tmp_path.rglob("*evil_inner.zip")] == [work]


def broken_crc() -> bytes:
    content = bytearray(zipped({"WAW.tif": geotiff()}, zipfile.ZIP_STORED))
    content[200] ^= 0xFF
    return bytes(content)


def nameless() -> bytes:
    """A zip with a member that has no name, as a damaged directory may say."""
    content = bytearray(zipped({"WAW.tif": geotiff(), "a": b""}, zipfile.ZIP_STORED))
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 28 : entry + 32] = bytes([0, 0, 1, 0])  # of one byte of name, one of else
    return bytes(content)


def spoilt_name() -> bytes:
    """A zip with a member whose name is said to be UTF-8 where it lies, and is none."""
    content = bytearray(zipped({"forêt.tif": geotiff()}, zipfile.ZIP_STORED))
    content[30] = 0xFF  # a local header has 30 bytes
    return bytes(content)


def spoilt_lzma() -> bytes:
    content = bytearray(zipped({"WAW.tif": geotiff()}, zipfile.ZIP_LZMA))
    content[60:80] = bytes(20)
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (spoilt_name(), "damaged or cut short"),
        (spoilt_lzma(), "damaged or cut short"),
        (nameless(), "damaged or cut short"),
        (b"", "is empty"),
        (b"<!DOCTYPE html><html>403 Forbidden</html>", "web page"),
        (b"\n<html><body>Sign in</body></html>", "web page"),
        (b'{"message": "not authorised"}', "is not a zip"),
        (zipped({"WAW.tif": geotiff()})[:-300], "damaged or cut short"),
        (broken_crc(), "damaged or cut short"),
        (zipped({"Results/WAW.zip": broken_crc()}, zipfile.ZIP_STORED), "damaged or cut short"),
        (zipped({"Results/WAW.zip": b"<html>"}), "web page"),
    ],
)
def test_a_broken_zip_is_refused_with_its_name_and_what_is_wrong(delivery, work, content, reason):
    path = delivery("WAW_2018.zip", content)
    with pytest.raises(SourceError, match=reason) as raised:
        find_rasters(path, work)
    assert str(raised.value).startswith(f"{path}: ")
    assert "\n" not in str(raised.value)


def test_a_zip_cut_short_leaves_nothing_unpacked(delivery, work):
    outer = bytearray(zipped({"WAW.zip": zipped({"WAW.tif": geotiff()})}, zipfile.ZIP_STORED))
    outer[200] ^= 0xFF
    with pytest.raises(SourceError, match="damaged"):
        find_rasters(delivery("outer.zip", bytes(outer)), work)
    assert list(work.iterdir()) == []


def test_a_delivery_without_a_raster_is_refused(delivery, work):
    path = delivery("meta.zip", zipped({"Metadata/WAW.xml": b"<m/>"}))
    with pytest.raises(SourceError, match="holds no GeoTIFF"):
        find_rasters(path, work)
    with pytest.raises(SourceError, match="holds no GeoTIFF"):
        find_rasters(delivery("empty.zip", zipped({})), work)


def test_a_missing_or_foreign_file_is_refused(delivery, work, tmp_path):
    with pytest.raises(SourceError, match="does not exist"):
        find_rasters(tmp_path / "absent.zip", work)
    with pytest.raises(SourceError, match="neither a GeoTIFF, nor a folder, nor a zip"):
        find_rasters(delivery("map.nc", b"CDF"), work)


def test_zips_nested_without_end_are_refused(delivery, work):
    content = geotiff()
    for depth in range(6):
        content = zipped({f"{depth}.{'zip' if depth else 'tif'}": content})
    with pytest.raises(SourceError, match="unpack it first"):
        find_rasters(delivery("deep.zip", content), work)


def test_an_encrypted_zip_is_refused(delivery, work):
    content = bytearray(zipped({"WAW.tif": geotiff()}))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + flags] |= 1
    with pytest.raises(SourceError, match="unpack it yourself"):
        find_rasters(delivery("secret.zip", bytes(content)), work)


def test_a_full_disk_is_not_blamed_on_the_archive(delivery, work):
    path = delivery("4050.zip", zipped({"Results/WAW.zip": zipped({"WAW.tif": geotiff()})}))
    work.write_text("a file where the folder should be: nothing can be unpacked")
    with pytest.raises(InputError, match="is the disk full") as raised:
        find_rasters(path, work)
    assert not isinstance(raised.value, SourceError)


def test_the_real_deliveries_hold_one_raster_each(shared_data, work):
    archives = sorted((shared_data / "hrl_malta_2018").glob("*.zip"))
    assert archives
    for archive in archives:
        assert len(find_rasters(archive, work)) == 1


@pytest.mark.parametrize(
    "name", ["a\\b\\WAW.tif", "/abs/WAW.tif", "../../WAW.tif", "./a//WAW.tif", "é {x}/WAW.tif"]
)
def test_members_are_found_by_the_names_of_any_system(delivery, work, name):
    """A zip made on Windows may have its own separators, one made by tar whole paths."""
    path = delivery("of {others}.zip", zipped({name: geotiff(), "__MACOSX\\._WAW.tif": b"x"}))
    (raster,) = find_rasters(path, work)
    with rasterio.open(raster) as opened:
        assert opened.shape == (48, 64)
    assert work not in raster.parents or raster.parent == work
    assert not (work.parent / "WAW.tif").exists()
