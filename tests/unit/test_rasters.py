"""Writing rasters: atomic appearance, full disks, COGs with legends, virtual mosaics."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
import rasterio
from rasterio.windows import Window
from shapely import box

from lccs_inputs import rasters
from lccs_inputs.errors import InputError, SourceError
from lccs_inputs.grid import Grid
from lccs_inputs.lccs import Category
from small_rasters import area_of, grid_of, write_codes

LEGEND = {0: Category("not vegetated", "#f2efe9"), 2: Category("herbaceous & <wet>", "#a8d46f")}


# -- atomic appearance ---------------------------------------------------------------------------


def test_a_target_appears_only_when_its_writer_succeeds(tmp_path: Path) -> None:
    target = tmp_path / "made" / "here.txt"
    with pytest.raises(RuntimeError), rasters.atomic_path(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert list(target.parent.iterdir()) == []
    with rasters.atomic_path(target) as temporary:
        temporary.write_text("whole")
        assert not target.exists()
    assert [path.name for path in target.parent.iterdir()] == ["here.txt"]


def test_text_that_does_not_change_leaves_the_file_alone(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    rasters.write_text(target, "same")
    os.utime(target, (1, 1))
    rasters.write_text(target, "same")
    assert target.stat().st_mtime == 1
    rasters.write_text(target, "other")
    assert target.read_text() == "other"


def test_what_a_killed_process_left_is_removed_and_a_running_one_is_let_be(tmp_path: Path) -> None:
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait()
    left = [
        tmp_path / f".layer.{killed.pid}.{name}"
        for name in ("part.tif", "part.tif.ovr.tmp", "whole.tif")
    ]
    of_another_target = tmp_path / f".layer_b.{killed.pid}.part.tif"
    of_a_running_process = tmp_path / f".layer.{os.getppid()}.part.tif"
    for path in (*left, of_another_target, of_a_running_process):
        path.write_text("")
    rasters.write_text(tmp_path / "layer.tif", "new")
    assert not any(path.exists() for path in left)
    assert of_another_target.exists()
    assert of_a_running_process.exists()


# -- a full disk ---------------------------------------------------------------------------------

FULL_DISK = """
    import resource, sys
    from pathlib import Path
    import numpy as np
    from small_rasters import grid_of, write_codes
    from lccs_inputs.errors import InputError
    from lccs_inputs.rasters import create_cog, create_raster, write_cog

    folder, grid = Path(sys.argv[2]), grid_of(1500, 1500)
    codes = np.random.default_rng(0).integers(0, 3, grid.shape, dtype=np.uint8)
    source = write_codes(folder / "source.tif", grid, codes)
    limit = source.stat().st_size * int(sys.argv[3]) // 100
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        if sys.argv[1] == "raster":
            with create_raster(folder / "target.tif", grid, ["a"], "uint8", 255) as raster:
                for row in range(0, 1500, 100):
                    raster.write(codes[row:row + 100], 1, window=((row, row + 100), (0, 1500)))
        elif sys.argv[1] == "copy":
            write_cog(source, folder / "target.tif")
        else:
            with create_cog(folder / "target.tif", grid, ["a"], "uint8", 255, legend={}) as raster:
                raster.write(codes, 1)
    except InputError as error:
        print(error)
"""


@pytest.mark.parametrize("percent_written", [0, 1, 50, 90])
@pytest.mark.parametrize("kind", ["raster", "copy", "cog"])
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


# -- rasters and COGs ----------------------------------------------------------------------------


def test_a_raster_carries_its_grid_bands_scales_and_tags(tmp_path: Path) -> None:
    grid = grid_of(700, 600)
    with rasters.create_raster(
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


def _write_cog(target: Path, legend: dict[int, Category] | None = LEGEND) -> None:
    grid = grid_of(1100, 1100)
    with rasters.create_cog(target, grid, ["lifeform"], "uint8", 255, legend=legend) as raster:
        raster.write(np.full((1000, 1100), 2, np.uint8), 1, window=Window(0, 0, 1100, 1000))


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
        rasters.create_cog(tmp_path / "a.tif", grid_of(8, 8), ["a"], "uint8", 255, legend=LEGEND),
    ):
        raise SourceError("the source broke")
    assert list(tmp_path.iterdir()) == []


# -- windows and grids ---------------------------------------------------------------------------


def test_windows_are_anchored_and_leave_out_what_lies_outside_the_area() -> None:
    grid = grid_of(6000, 100, left=0, top=100 * 2048 * 10)
    left_end = box(0, grid.bounds[1], 30_004, grid.bounds[3])
    seen = list(rasters.area_windows(area_of(grid, left_end), "test"))
    assert [(w.col_off, w.width, w.height) for w, _ in seen] == [(0, 2048, 100), (2048, 2048, 100)]
    assert seen[0][1].all()
    assert seen[1][1][0].sum() == 3000 - 2048


def test_a_raster_off_the_grid_is_refused_with_both_lattices(tmp_path: Path) -> None:
    path = write_codes(tmp_path / "a.tif", grid_of(8, 4, left=900_005), 1)
    with pytest.raises(SourceError) as raised:
        rasters.open_on_grid(path, grid_of(8, 4))
    assert "a.tif: is 8 × 4 px of 10 × 10 from (900005, 6500000)" in str(raised.value)
    assert "(8 × 4 px of 10 × 10 from (900000, 6500000))" in str(raised.value)
    with pytest.raises(SourceError, match=r"b\.tif: cannot be opened as a raster"):
        rasters.open_on_grid(tmp_path / "b.tif", grid_of(8, 4))


# -- virtual mosaics -----------------------------------------------------------------------------


def _blocks(folder: Path) -> tuple[Grid, list[Path]]:
    """Two of the four quarters of an 8 × 6 mosaic, with two scaled bands."""
    grid = grid_of(8, 6)
    sources = []
    for name, (col, row) in {"west": (0, 0), "east": (4, 3)}.items():
        path = folder / "blocks" / f"{name}.tif"
        with rasters.create_raster(
            path,
            grid.subgrid(col, row, 4, 3),
            ["red", "clear_count"],
            "int16",
            -32768,
            scales=[1e-4, 1],
            tags={"recipe": "a & b"},
        ) as raster:
            raster.write(np.full((2, 3, 4), col + 1, np.int16))
        sources.append(path)
    return grid, sources


def test_a_mosaic_puts_sources_in_place_and_nodata_elsewhere(tmp_path: Path) -> None:
    grid, sources = _blocks(tmp_path)
    rasters.build_vrt(tmp_path / "mosaic.vrt", sources, grid)
    expected = np.full(grid.shape, -32768)
    expected[:3, :4], expected[3:, 4:] = 1, 5
    with rasterio.open(tmp_path / "mosaic.vrt") as raster:
        assert (raster.shape, raster.transform) == (grid.shape, grid.transform)
        assert raster.crs == "EPSG:2154"
        assert raster.nodatavals == (-32768, -32768)
        assert raster.descriptions == ("red", "clear_count")
        assert raster.scales == (1e-4, 1)
        assert raster.tags()["recipe"] == "a & b"
        for band in (1, 2):
            assert (raster.read(band) == expected).all()


def test_a_folder_with_a_mosaic_can_be_moved(tmp_path: Path) -> None:
    grid, sources = _blocks(tmp_path / "results")
    rasters.build_vrt(tmp_path / "results" / "mosaic.vrt", sources, grid)
    assert str(tmp_path) not in (tmp_path / "results" / "mosaic.vrt").read_text()
    shutil.move(tmp_path / "results", tmp_path / "moved")
    with rasterio.open(tmp_path / "moved" / "mosaic.vrt") as raster:
        assert raster.read(1)[0, 0] == 1


def test_a_mosaic_names_its_sources_relative_to_itself_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid, _ = _blocks(tmp_path)
    monkeypatch.chdir(tmp_path)
    rasters.build_vrt(Path("deep/down/mosaic.vrt"), [Path("blocks/west.tif")], grid)
    monkeypatch.chdir("/")
    with rasterio.open(tmp_path / "deep/down/mosaic.vrt") as raster:
        assert raster.read(1)[0, 0] == 1


def test_a_lookup_table_changes_only_what_it_lists(tmp_path: Path) -> None:
    grid = grid_of(16, 16)
    every_code = np.arange(256, dtype=np.uint8).reshape(16, 16)
    source = write_codes(tmp_path / "a.tif", grid, every_code)
    for lut in ({254: 255}, {0: 9, 100: 3, 101: 7}, {10: 11, 11: 10}):
        rasters.build_vrt(tmp_path / "mosaic.vrt", [source], grid, lut=lut)
        expected = np.array([lut.get(code, code) for code in range(256)]).reshape(16, 16)
        with rasterio.open(tmp_path / "mosaic.vrt") as raster:
            assert (raster.read(1) == expected).all(), lut


def test_a_later_source_does_not_hide_an_earlier_one_behind_its_nodata(tmp_path: Path) -> None:
    grid = grid_of(4, 4)
    below = write_codes(tmp_path / "below.tif", grid, 3)
    above = write_codes(tmp_path / "above.tif", grid, np.diag([8, 8, 8, 8]) + (1 - np.eye(4)) * 255)
    rasters.build_vrt(tmp_path / "mosaic.vrt", [below, above], grid)
    with rasterio.open(tmp_path / "mosaic.vrt") as raster:
        assert (raster.read(1) == np.where(np.eye(4), 8, 3)).all()


def test_a_source_inside_a_zip_is_read_where_it_is(tmp_path: Path) -> None:
    grid = grid_of(4, 4)
    write_codes(tmp_path / "in" / "a.tif", grid, 3)
    shutil.make_archive(str(tmp_path / "delivered"), "zip", tmp_path / "in")
    inside = Path(f"/vsizip/{{{tmp_path / 'delivered.zip'}}}/a.tif")
    rasters.build_vrt(tmp_path / "mosaic.vrt", [inside], grid)
    with rasterio.open(tmp_path / "mosaic.vrt") as raster:
        assert (raster.read(1) == 3).all()


def test_a_mosaic_of_nothing_or_off_its_lattice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to mosaic"):
        rasters.build_vrt(tmp_path / "mosaic.vrt", [], grid_of(4, 4))
    shifted = write_codes(tmp_path / "a.tif", grid_of(4, 4, left=900_003), 1)
    with pytest.raises(InputError, match="off the pixel lattice of the mosaic"):
        rasters.build_vrt(tmp_path / "mosaic.vrt", [shifted], grid_of(4, 4))
    assert not (tmp_path / "mosaic.vrt").exists()


def test_a_missing_block_is_an_error_and_not_nodata(tmp_path: Path) -> None:
    grid, sources = _blocks(tmp_path)
    rasters.build_vrt(tmp_path / "mosaic.vrt", sources, grid)
    sources[0].unlink()
    with (
        rasterio.open(tmp_path / "mosaic.vrt") as raster,
        pytest.raises(rasterio.errors.RasterioIOError),
    ):
        raster.read(1)
