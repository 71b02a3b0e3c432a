"""COGs that are put together of encoded tiles: as any reader of TIFF has them, byte for byte."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from lccs_inputs.errors import InputError
from lccs_inputs.rasters.cog import Level, is_encoded_like, join_cog
from small_rasters import grid_of

FORM = {"driver": "GTiff", "tiled": True, "blockxsize": 128, "blockysize": 128,
        "interleave": "band", "compress": "deflate", "zlevel": 5}  # fmt: skip
NOISE = np.random.default_rng(2).integers(0, 5, (3, 300, 400), dtype=np.uint8)


def write(path: Path, pixels: np.ndarray, side: float = 10, **form: Any) -> Path:
    """Bands as a GeoTIFF of GDAL."""
    count, height, width = pixels.shape
    grid = grid_of(width, height)
    with rasterio.open(
        path, "w", **FORM | form, count=count, height=height, width=width, dtype=pixels.dtype,
        crs=grid.crs, transform=grid.transform @ rasterio.Affine.scale(side / 10), nodata=255,
    ) as raster:  # fmt: skip
        raster.write(pixels)
        raster.update_tags(**{"expression": "ä > 0"})
        raster.update_tags(1, title="the first")
    return path


def levels_in(path: Path) -> list[np.ndarray]:
    with rasterio.open(path) as raster:
        count, found = len(raster.overviews(1)), [raster.read()]
    for level in range(count):
        with rasterio.open(path, overview_level=level) as overview:
            found.append(overview.read())
    return found


@pytest.mark.parametrize("bigtiff", ["no", "yes"])
@pytest.mark.parametrize("bands", [1, 3])
def test_what_it_is_made_of_is_in_it(tmp_path: Path, bigtiff: str, bands: int) -> None:
    pixels = NOISE[:bands]
    levels = [pixels, pixels[:, ::2, ::2], pixels[:, ::4, ::4]]
    files = [
        [Level(write(tmp_path / f"{n}.tif", level, 10 * 2**n, bigtiff=bigtiff))]
        for n, level in enumerate(levels)
    ]
    join_cog(tmp_path / "cog.tif", files[0][0].path, files)
    for found, expected in zip(levels_in(tmp_path / "cog.tif"), levels, strict=True):
        assert np.array_equal(found, expected)
    with rasterio.open(tmp_path / "cog.tif") as cog, rasterio.open(files[0][0].path) as whole:
        assert cog.profile == whole.profile
        assert cog.tags() == whole.tags()
        assert cog.tags(1) == {"title": "the first"}
        assert cog.overviews(bands) == [2, 4]
        assert cog.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    with rasterio.open(tmp_path / "cog.tif", overview_level=1) as overview:
        assert overview.nodata == 255


def test_tiles_lie_in_the_order_gdal_is_told_each_between_its_size_and_its_end(tmp_path) -> None:
    files = [[Level(write(tmp_path / f"{n}.tif", NOISE[:1, ::step, ::step]))]
             for n, step in enumerate((1, 2))]  # fmt: skip
    join_cog(tmp_path / "cog.tif", files[0][0].path, files)
    content, places = (tmp_path / "cog.tif").read_bytes(), []
    for level in (1, 0):
        with rasterio.open(tmp_path / "cog.tif", **{"overview_level": 0} if level else {}) as cog:
            for (row, col), _ in cog.block_windows(1):
                at, size = (
                    int(cog.get_tag_item(f"BLOCK_{what}_{col}_{row}", "TIFF", 1))
                    for what in ("OFFSET", "SIZE")
                )
                assert struct.unpack("<I", content[at - 4 : at]) == (size,)
                assert content[at + size : at + size + 4] == content[at + size - 4 : at + size]
                places.append((at - 4, at + size + 4))
    assert [begin for begin, _ in places[1:]] == [end for _, end in places[:-1]]
    assert places[-1][1] == len(content)


def test_bands_come_from_files_of_their_own_as_they_are_encoded(tmp_path: Path) -> None:
    """Of a level that GDAL would not choose, to see that nothing is encoded anew."""
    single = [write(tmp_path / f"{n}.tif", NOISE[n : n + 1], zlevel=1) for n in range(3)]
    form = write(tmp_path / "form.tif", NOISE)
    join_cog(tmp_path / "cog.tif", form, [[*map(Level, single)]])
    assert np.array_equal(levels_in(tmp_path / "cog.tif")[0], NOISE)
    sizes = {}
    for path in (single[1], tmp_path / "cog.tif", form):
        with rasterio.open(path) as raster:
            band = min(2, raster.count)
            sizes[path.stem] = int(raster.get_tag_item("BLOCK_SIZE_0_0", "TIFF", band))
    assert sizes["cog"] == sizes["1"] != sizes["form"]


@pytest.mark.parametrize("bigtiff", ["no", "yes"])
def test_overviews_come_from_a_file_that_has_them(tmp_path: Path, bigtiff: str) -> None:
    """The second band has another, so that a level is not only what GDAL would make of it."""
    levels = [NOISE[:1], NOISE[:1, ::2, ::2], NOISE[1:2, ::4, ::4]]
    files = [
        Level(write(tmp_path / f"{n}.tif", level, 10 * 2**n, bigtiff=bigtiff))
        for n, level in enumerate(levels)
    ]
    small, cog = tmp_path / "small.tif", tmp_path / "cog.tif"
    join_cog(small, files[1].path, [[file] for file in files[1:]])
    join_cog(cog, files[0].path, [[files[0]], [Level(small)], [Level(small, 1)]])
    for found, expected in zip(levels_in(cog), levels, strict=True):
        assert np.array_equal(found, expected)
    with pytest.raises(OSError, match=r"small\.tif: has no overview 2"):
        join_cog(cog, files[0].path, [[files[0]], [Level(small, 2)]])
    with pytest.raises(InputError, match=r"small\.tif: is of another size than .*0\.tif"):
        join_cog(cog, files[0].path, [[files[0], Level(small)]])


@pytest.mark.parametrize(
    "other",
    [{"compress": "lzw", "zlevel": None}, {"predictor": 2}, {"blockxsize": 256}, {"tiled": False}],
)
def test_tiles_of_another_form_are_refused(tmp_path: Path, other: dict[str, Any]) -> None:
    form, alike = (write(tmp_path / f"{name}.tif", NOISE[:1]) for name in "ab")
    odd = write(tmp_path / "odd.tif", NOISE[:1], **other)
    assert is_encoded_like(alike, form)
    assert not is_encoded_like(odd, form)
    with pytest.raises(InputError, match=r"odd\.tif: is encoded otherwise"):
        join_cog(tmp_path / "cog.tif", form, [[Level(odd)]])
    (tmp_path / "text.tif").write_text("no raster")
    assert not is_encoded_like(tmp_path / "text.tif", form)


def test_a_file_without_all_its_tiles_is_refused(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.tif", NOISE[:1])
    short = tmp_path / "short.tif"
    join_cog(short, whole, [[Level(whole)]])  # its tiles are last
    short.write_bytes(short.read_bytes()[:-10])
    with pytest.raises(OSError, match=r"short\.tif: is cut short"):
        join_cog(tmp_path / "cog.tif", whole, [[Level(short)]])
    empty = np.full((1, 300, 400), 255, np.uint8)
    sparse = write(tmp_path / "sparse.tif", empty, sparse_ok=True)
    with pytest.raises(OSError, match=r"sparse\.tif: has no data of some tiles"):
        join_cog(tmp_path / "cog.tif", whole, [[Level(sparse)]])
