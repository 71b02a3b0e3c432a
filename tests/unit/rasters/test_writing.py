"""Writing rasters: full disks, COGs with legends."""

import os
import subprocess
import sys
from itertools import count
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.errors import RasterioIOError
from rasterio.windows import Window

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.lccs import Category
from lccs_inputs.rasters.overviews import write_overviews
from lccs_inputs.rasters.reading import tiled, verify_readable
from lccs_inputs.rasters.stacking import write_stack
from lccs_inputs.rasters.writing import (
    TILE,
    create_cog,
    create_quick_cog,
    create_raster,
    profile,
)
from small_rasters import grid_of

LEGEND = {0: Category("not vegetated", "#f2efe9"), 2: Category("herbaceous & <wet>", "#a8d46f")}


FULL_DISK = """
    import resource, sys
    from pathlib import Path
    import numpy as np
    from small_rasters import grid_of, write_codes
    from lccs_inputs.errors import InputError
    from rasterio.windows import Window
    from lccs_inputs.rasters.stacking import write_stack
    from lccs_inputs.rasters.writing import create_cog, create_quick_cog, create_raster

    folder, grid = Path(sys.argv[2]), grid_of(1500, 1500)
    codes = np.random.default_rng(0).integers(0, 3, grid.shape, dtype=np.uint8)
    source = write_codes(folder / "source.tif", grid, codes)
    limit = source.stat().st_size * int(sys.argv[3]) // 100
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        if sys.argv[1] in ("raster", "threads"):
            target, threads = folder / "target.tif", 1 + (sys.argv[1] == "threads")
            with create_raster(target, grid, ["a"], "uint8", 255, threads=threads) as raster:
                for row in range(0, 1500, 100):
                    raster.write(codes[row:row + 100], 1, window=((row, row + 100), (0, 1500)))
        elif sys.argv[1] == "stack":
            bands = {"a": source}
            said = {"tags": {}, "band_tags": {"a": {}}, "nearest": {}}
            write_stack(folder / "target.tif", bands, grid, 255, **said)
        elif sys.argv[1] == "quick":
            target, like = folder / "target.tif", {"scales": [1], "tags": {}}
            with create_quick_cog(target, grid, ["a"], "uint8", 255, **like) as raster:
                for row in range(0, 1500, 100):
                    raster.write(codes[None, row:row + 100], window=Window(0, row, 1500, 100))
        else:
            target, how = folder / "target.tif", {"threads": 1 + sys.argv[1].endswith("threads")}
            with create_cog(target, grid, ["a"], "uint8", 255, legend={}, **how) as raster:
                raster.write(codes, 1)
    except InputError as error:
        print(error)
"""


@pytest.mark.parametrize("percent_written", [0, 1, 50, 90])
@pytest.mark.parametrize("kind", ["raster", "threads", "stack", "cog", "cog of threads", "quick"])
def test_a_full_disk_ends_in_one_sentence_and_no_target(
    kind: str, percent_written: int, tmp_path: Path
) -> None:
    (tmp_path / "target.tif").write_text("of an earlier run")
    folders = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-c", dedent(FULL_DISK), kind, tmp_path, str(percent_written)],
        env={**os.environ, "PYTHONPATH": folders},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{tmp_path / 'target.tif'}: could not be written whole (")
    assert done.stdout.endswith("); is the disk full?\n")
    assert done.stdout.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source.tif", "target.tif"]
    assert (tmp_path / "target.tif").read_text() == "of an earlier run"


def test_a_raster_carries_its_grid_bands_scales_and_tags(tmp_path: Path) -> None:
    grid = grid_of(700, 600)
    with create_raster(
        tmp_path / "a.tif", grid, ["red", "nir"], "int16", -32768, scales=[1e-4, 1], tags={"k": "v"}
    ) as raster:
        raster.write(np.full(grid.shape, 7, np.int16), 2)
    with rasterio.open(tmp_path / "a.tif") as raster:
        assert (raster.shape, raster.transform) == (grid.shape, grid.transform)
        assert raster.crs == "EPSG:2154"
        assert raster.descriptions == ("red", "nir")
        assert raster.scales == (1e-4, 1)
        assert raster.nodata == -32768
        assert raster.tags()["k"] == "v"
        assert raster.block_shapes == [(512, 512)] * 2
        assert (raster.read(1) == -32768).all()  # what is not written is nodata
        assert (raster.read(2) == 7).all()


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_bands_are_not_taken_for_colours_unless_they_are(count: int, tmp_path: Path) -> None:
    """Three or four of bytes would be, by GDAL and who shows files by it."""
    grid, names = grid_of(1100, 1100), [f"b{n}" for n in range(count)]
    pixels = np.full((count, *grid.shape), 9, np.uint8)
    a, b, c, stack = (tmp_path / f"{name}.tif" for name in "abcs")
    with create_raster(a, grid, names, "uint8", 255) as plain:
        plain.write(pixels)
    with create_cog(b, grid, names, "uint8", 255) as cog:
        cog.write(pixels)
    with create_quick_cog(c, grid, names, "uint8", 255, scales=[1] * count, tags={}) as quick:
        quick.write(pixels)
    told = {name: dict[str, str]() for name in names}
    write_stack(stack, dict.fromkeys(names, a), grid, 255, tags={}, band_tags=told, nearest={})
    for path in (a, b, c, stack):
        for opened in ({}, *([{"overview_level": 0}] if path != a else [])):
            with rasterio.open(path, **opened) as raster:
                assert [each.name for each in raster.colorinterp] == [
                    "gray", *["undefined"] * (count - 1),
                ]  # fmt: skip
    if count == 3:
        with create_cog(b, grid, names, "uint8", 255, true_colours=True) as cog:
            cog.write(pixels)
        for opened in ({}, {"overview_level": 0}):
            with rasterio.open(b, **opened) as raster:
                assert [each.name for each in raster.colorinterp] == ["red", "green", "blue"]


def test_what_gdal_noted_of_a_raster_of_before_does_not_stay(tmp_path: Path) -> None:
    """As statistics, for who looks at them in QGIS."""
    grid, names = grid_of(600, 600), ["a", "b"]
    rasters = a, b, c, stack = [tmp_path / f"{name}.tif" for name in ("a", "b", "c", "s")]

    def write(value: int) -> None:
        pixels = np.full((2, *grid.shape), value, np.uint8)
        with create_raster(a, grid, names, "uint8", 255) as raster:
            raster.write(pixels)
        with create_cog(b, grid, names, "uint8", 255) as cog:
            cog.write(pixels)
        with create_quick_cog(c, grid, names, "uint8", 255, scales=[1, 1], tags={}) as quick:
            quick.write(pixels)
        told = {name: dict[str, str]() for name in names}
        write_stack(stack, dict.fromkeys(names, a), grid, 255, tags={}, band_tags=told, nearest={})

    def means() -> list[float]:
        found = []
        for path in rasters:
            with rasterio.open(path) as raster:
                found.append(raster.statistics(1).mean)
        return found

    write(3)
    assert means() == [3] * 4
    assert all(path.with_name(f"{path.name}.aux.xml").exists() for path in rasters)
    write(7)
    assert means() == [7] * 4


def _write_cog(target: Path, legend: dict[int, Category] | None = LEGEND) -> None:
    grid = grid_of(1100, 1100)
    with create_cog(target, grid, ["lifeform"], "uint8", 255, legend=legend) as raster:
        raster.write(np.full((1000, 1100), 2, np.uint8), 1, window=Window(0, 0, 1100, 1000))


def test_threads_leave_no_trace_in_the_bytes_of_a_raster(tmp_path: Path) -> None:
    grid, names = grid_of(1600, 1100), ["a", "b", "c"]
    values = np.random.default_rng(1).integers(0, 900, (3, *grid.shape), np.int16)
    for threads in (1, 3):
        path = tmp_path / f"{threads}.tif"
        with create_raster(path, grid, names, "int16", -1, threads=threads) as raster:
            for top in range(0, grid.height, 512):
                strip = values[:, top : top + 512]
                raster.write(strip, window=Window(0, top, grid.width, strip.shape[1]))
    assert (tmp_path / "3.tif").read_bytes() == (tmp_path / "1.tif").read_bytes()


def test_threads_leave_no_trace_in_the_bytes_of_a_cog(tmp_path: Path) -> None:
    grid = grid_of(3000, 2100)
    codes = np.random.default_rng(1).integers(0, 3, grid.shape, np.uint8)
    for threads in (1, 3):
        path = tmp_path / f"{threads}.tif"
        with create_cog(path, grid, ["a"], "uint8", 255, threads=threads) as raster:
            for window in tiled(grid.shape, 1024):
                raster.write(codes[window.toslices()], 1, window=window)
    assert (tmp_path / "3.tif").read_bytes() == (tmp_path / "1.tif").read_bytes()


@pytest.mark.parametrize("threads", [1, 2])
def test_a_block_that_cannot_be_decoded_is_found_wherever_it_is(
    tmp_path: Path, threads: int
) -> None:
    grid = grid_of(1024, 1024)
    with create_raster(tmp_path / "whole.tif", grid, ["a"], "int16", -1) as raster:
        raster.write(np.random.default_rng(1).integers(0, 900, grid.shape, np.int16), 1)
    whole = (tmp_path / "whole.tif").read_bytes()
    with rasterio.open(tmp_path / "whole.tif") as raster:
        places = (f"BLOCK_OFFSET_{x}_{y}" for x in (0, 1) for y in (0, 1))
        offsets = [int(raster.get_tag_item(place, "TIFF", bidx=1)) for place in places]
    verify_readable(tmp_path / "whole.tif", threads)
    for offset in offsets:
        broken = tmp_path / f"{offset}.tif"
        broken.write_bytes(whole[:offset] + bytes(64) + whole[offset + 64 :])
        with pytest.raises(RasterioIOError):
            verify_readable(broken, threads)


def test_a_cog_has_layout_overviews_colours_and_names(tmp_path: Path) -> None:
    _write_cog(tmp_path / "a.tif")
    with rasterio.open(tmp_path / "a.tif") as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert raster.overviews(1) == [2, 4]
        assert raster.colormap(1)[2] == (0xA8, 0xD4, 0x6F, 255)
        assert raster.colormap(1)[255] == (0, 0, 0, 0)
        assert raster.descriptions == ("lifeform",)
        assert set(np.unique(raster.read(1))) == {2, 255}
    names = _category_names(tmp_path / "a.tif")
    assert names == ["not vegetated", "", "herbaceous & <wet>"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tif", "a.tif.aux.xml"]


@pytest.mark.parametrize(
    ("resampling", "dtype", "nodata"),
    [("mode", "uint8", 255), ("average", "int16", -32768), ("nearest", "uint32", None)],
)
def test_a_cog_is_the_same_whatever_parts_it_was_written_in(
    resampling: str, dtype: str, nodata: float | None, tmp_path: Path
) -> None:
    grid = grid_of(1101, 1031)
    pixels = np.random.default_rng(2).integers(0, 4, (2, *grid.shape)).astype(dtype)
    made = {"overview_resampling": resampling}
    for name, side in (("whole", 2048), ("cut", 512)):
        with create_cog(tmp_path / name, grid, ["a", "b"], dtype, nodata, **made) as raster:
            for window in tiled((800, grid.width), side):  # below them is nothing
                for band in (1, 2):
                    part = pixels[band - 1][window.toslices()]
                    raster.write(part, band, window=window)
    assert (tmp_path / "whole").read_bytes() == (tmp_path / "cut").read_bytes()
    whole = np.full(pixels.shape, nodata or 0, dtype)
    whole[:, :800] = pixels[:, :800]
    with create_raster(tmp_path / "raw.tif", grid, ["a", "b"], dtype, nodata) as raster:
        raster.write(whole)
    halves = (tmp_path / f"{n}.tif" for n in count())
    levels = write_overviews(
        tmp_path / "raw.tif", resampling, TILE, profile(grid, 2, dtype, nodata), halves
    )
    for level, path in enumerate(levels):
        opened = {"overview_level": level - 1} if level else {}
        with rasterio.open(tmp_path / "cut", **opened) as found, rasterio.open(path) as expected:
            assert (found.read() == expected.read()).all()


def test_a_window_that_cuts_what_an_overview_pixel_stands_for_is_refused(tmp_path: Path) -> None:
    grid, codes = grid_of(7, 7), np.ones((7, 7), np.uint8)
    for window in (Window(0, 0, 3, 7), Window(0, 0, 7, 3), Window(1, 0, 6, 7), Window(0, 1, 7, 6)):
        rows, cols = window.toslices()
        with (
            pytest.raises(ValueError, match="cuts what a pixel of an overview by mode stands for"),
            create_cog(tmp_path / "a.tif", grid, ["a"], "uint8", 255) as raster,
        ):
            raster.write(codes[rows, cols], 1, window=window)
    assert list(tmp_path.iterdir()) == []


def test_the_nearest_overviews_of_a_cog_are_a_cog_of_their_own(tmp_path: Path) -> None:
    grid = grid_of(1101, 1031)
    codes = np.random.default_rng(3).integers(0, 4, grid.shape).astype(np.uint8)
    target, nearest = tmp_path / "a.tif", tmp_path / "nearest" / "a.tif"
    written = []
    for given in (None, nearest):
        with create_cog(target, grid, ["a"], "uint8", 255, nearest=given) as raster:
            raster.write(codes, 1)
        written.append(target.read_bytes())
    assert written[0] == written[1]
    assert sorted(path.name for path in tmp_path.rglob("*.tif")) == ["a.tif", "a.tif"]
    for level, step in ((None, 2), (0, 4)):
        opened = {} if level is None else {"overview_level": level}
        with rasterio.open(nearest, **opened) as raster:
            assert (raster.read(1) == codes[::step, ::step]).all()
    with rasterio.open(nearest) as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert raster.transform.almost_equals(grid.transform @ Affine.scale(2))


def test_a_quick_cog_is_what_was_written_however_that_was_cut(tmp_path: Path) -> None:
    grid = grid_of(2101, 1030)
    pixels = np.random.default_rng(1).integers(0, 200, (3, *grid.shape)).astype(np.uint8)
    pixels[:, -200:] = 255
    for name, side in (("whole", 2048), ("cut", 333)):
        with create_quick_cog(
            tmp_path / name, grid, ["a", "b", "c"], "uint8", 255, scales=[1, 0.5, 1], tags={}
        ) as raster:
            for window in tiled((grid.height - 200, grid.width), side):
                rows, cols = window.toslices()
                raster.write(pixels[:, rows, cols], window=window)
        for level, step in enumerate((1, 4, 8)):
            opened = {} if step == 1 else {"overview_level": level - 1}
            with rasterio.open(tmp_path / name, **opened) as raster:
                assert (raster.read() == pixels[:, ::step, ::step]).all()
        with rasterio.open(tmp_path / name) as raster:
            assert raster.overviews(1) == [4, 8]
            assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
            assert raster.scales == (1, 0.5, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut", "whole"]


def test_a_quick_cog_that_fits_a_tile_has_no_overview(tmp_path: Path) -> None:
    grid = grid_of(8, 9)
    with create_quick_cog(tmp_path / "a", grid, ["a"], "uint8", 255, scales=[1], tags={}) as raster:
        raster.write(np.full((1, *grid.shape), 3, np.uint8))
    with rasterio.open(tmp_path / "a") as raster:
        assert raster.overviews(1) == []
        assert (raster.read() == 3).all()


def _category_names(path: Path) -> list[str]:
    """As GDAL reads them, which rasterio does not show: through a copy to a VRT."""
    from xml.etree import ElementTree

    rasterio.shutil.copy(path, path.with_suffix(".vrt"), driver="VRT")
    found = ElementTree.parse(path.with_suffix(".vrt")).iterfind(".//Category")
    path.with_suffix(".vrt").unlink()
    return [element.text or "" for element in found]


def test_a_cog_without_a_legend_removes_a_stale_sidecar(tmp_path: Path) -> None:
    _write_cog(tmp_path / "a.tif")
    _write_cog(tmp_path / "a.tif", legend=None)
    assert [path.name for path in tmp_path.iterdir()] == ["a.tif"]


def test_a_cog_is_the_same_bytes_every_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        _write_cog(tmp_path / name / "a.tif")
    for file in ("a.tif", "a.tif.aux.xml"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_cog_whose_writer_fails_leaves_nothing(tmp_path: Path) -> None:
    with (
        pytest.raises(SourceError),
        create_cog(tmp_path / "a.tif", grid_of(8, 8), ["a"], "uint8", 255, legend=LEGEND),
    ):
        raise SourceError("the source broke")
    assert list(tmp_path.iterdir()) == []
