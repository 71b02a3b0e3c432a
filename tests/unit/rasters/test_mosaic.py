"""Virtual mosaics."""

import os
import resource
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp

import lccs_inputs
from lccs_inputs.errors import InputError
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.mosaic import build_vrt
from lccs_inputs.rasters.writing import create_raster, profile
from small_rasters import grid_of, write_codes


def _blocks(folder: Path) -> tuple[Grid, list[Path]]:
    """Two of the four quarters of an 8 × 6 mosaic, with two scaled bands."""
    grid = grid_of(8, 6)
    sources = []
    for name, (col, row) in {"west": (0, 0), "east": (4, 3)}.items():
        path = folder / "blocks" / f"{name}.tif"
        with create_raster(
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
    build_vrt(tmp_path / "mosaic.vrt", sources, grid)
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


def test_red_green_and_blue_come_first_in_a_mosaic_and_say_what_they_are(tmp_path: Path) -> None:
    """Programs that show it take them by that, or its first three bands: else blue for red."""
    grid, path = grid_of(4, 3), tmp_path / "block.tif"
    bands = {"blue": 10, "green": 20, "red": 30, "nir": 40, "clear_count": 5}
    with create_raster(path, grid, [*bands], "int16", -32768, scales=[1, 1, 1, 1, 0.5]) as raster:
        for index, value in enumerate(bands.values(), start=1):
            raster.write(np.full((3, 4), value, np.int16), index)
    build_vrt(tmp_path / "mosaic.vrt", [path], grid)
    with rasterio.open(tmp_path / "mosaic.vrt") as raster:
        assert raster.descriptions == ("red", "green", "blue", "nir", "clear_count")
        assert raster.colorinterp[:3] == (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
        assert {*raster.colorinterp[3:]} == {ColorInterp.undefined}
        assert raster.scales == (1, 1, 1, 1, 0.5)
        for index, name in enumerate(raster.descriptions, start=1):
            assert (raster.read(index) == bands[name]).all()


def test_a_mosaic_that_lacks_one_of_them_has_no_true_colours(tmp_path: Path) -> None:
    grid, (path, *_) = _blocks(tmp_path)
    build_vrt(tmp_path / "mosaic.vrt", [path], grid)
    with rasterio.open(tmp_path / "mosaic.vrt") as raster:
        assert {*raster.colorinterp} == {ColorInterp.undefined}


def test_a_folder_with_a_mosaic_can_be_moved(tmp_path: Path) -> None:
    grid, sources = _blocks(tmp_path / "results")
    build_vrt(tmp_path / "results" / "mosaic.vrt", sources, grid)
    assert str(tmp_path) not in (tmp_path / "results" / "mosaic.vrt").read_text()
    shutil.move(tmp_path / "results", tmp_path / "moved")
    with rasterio.open(tmp_path / "moved" / "mosaic.vrt") as raster:
        assert raster.read(1)[0, 0] == 1


def test_a_mosaic_names_its_sources_relative_to_itself_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid, _ = _blocks(tmp_path)
    monkeypatch.chdir(tmp_path)
    build_vrt(Path("deep/down/mosaic.vrt"), [Path("blocks/west.tif")], grid)
    monkeypatch.chdir("/")
    with rasterio.open(tmp_path / "deep/down/mosaic.vrt") as raster:
        assert raster.read(1)[0, 0] == 1


def test_a_lookup_table_changes_only_what_it_lists(tmp_path: Path) -> None:
    grid = grid_of(16, 16)
    every_code = np.arange(256, dtype=np.uint8).reshape(16, 16)
    source = write_codes(tmp_path / "a.tif", grid, every_code)
    for lut in ({254: 255}, {0: 9, 100: 3, 101: 7}, {10: 11, 11: 10}):
        build_vrt(tmp_path / "mosaic.vrt", [source], grid, lut=lut)
        expected = np.array([lut.get(code, code) for code in range(256)]).reshape(16, 16)
        with rasterio.open(tmp_path / "mosaic.vrt") as raster:
            assert (raster.read(1) == expected).all(), lut


def test_a_later_source_does_not_hide_an_earlier_one_behind_its_nodata(tmp_path: Path) -> None:
    grid = grid_of(4, 4)
    below = write_codes(tmp_path / "below.tif", grid, 3)
    above = write_codes(tmp_path / "above.tif", grid, np.diag([8, 8, 8, 8]) + (1 - np.eye(4)) * 255)
    build_vrt(tmp_path / "mosaic.vrt", [below, above], grid)
    with rasterio.open(tmp_path / "mosaic.vrt") as raster:
        assert (raster.read(1) == np.where(np.eye(4), 8, 3)).all()


def test_a_source_inside_a_zip_is_read_where_it_is(tmp_path: Path) -> None:
    grid = grid_of(4, 4)
    write_codes(tmp_path / "in" / "a.tif", grid, 3)
    shutil.make_archive(str(tmp_path / "delivered"), "zip", tmp_path / "in")
    inside = Path(f"/vsizip/{{{tmp_path / 'delivered.zip'}}}/a.tif")
    build_vrt(tmp_path / "mosaic.vrt", [inside], grid)
    with rasterio.open(tmp_path / "mosaic.vrt") as raster:
        assert (raster.read(1) == 3).all()


def test_a_mosaic_of_nothing_or_off_its_lattice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to mosaic"):
        build_vrt(tmp_path / "mosaic.vrt", [], grid_of(4, 4))
    shifted = write_codes(tmp_path / "a.tif", grid_of(4, 4, left=900_003), 1)
    with pytest.raises(InputError, match="off the pixel lattice of the mosaic"):
        build_vrt(tmp_path / "mosaic.vrt", [shifted], grid_of(4, 4))
    assert not (tmp_path / "mosaic.vrt").exists()


def test_sources_of_other_pixels_are_refused(tmp_path: Path) -> None:
    grid, sources = _blocks(tmp_path)
    for pixel in ((10, 12), (12, 10)):
        with pytest.raises(InputError, match="off the pixel lattice"):
            build_vrt(tmp_path / "mosaic.vrt", sources[:1], replace(grid, pixel=pixel))


def _masked(
    path: Path, codes: np.ndarray, valid: np.ndarray, how: str, nodata: float | None
) -> Path:
    """A raster of uint8 codes, some of which a mask of one kind or another says are not valid."""
    grid, count = grid_of(*codes.shape[::-1]), 2 if how == "alpha" else 1
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=how == "internal"),
        rasterio.open(path, "w", **profile(grid, count, "uint8", nodata)) as raster,
    ):
        if how == "alpha":
            raster.colorinterp = [ColorInterp.gray, ColorInterp.alpha]
        raster.write(codes, 1)
        if how == "alpha":
            raster.write(valid * np.uint8(255), 2)
        else:
            raster.write_mask(valid)
    assert path.with_name(f"{path.name}.msk").exists() == (how == "beside it")
    return path


@pytest.mark.parametrize("how", ["internal", "beside it", "alpha"])
def test_what_a_source_masks_is_nodata_whatever_else_says_so(tmp_path: Path, how: str) -> None:
    """Over another source, with codes that are looked up, beside nodata of its own."""
    grid, rng = grid_of(40, 30), np.random.default_rng(1)
    below = rng.integers(0, 4, grid.shape, np.uint8)
    above = rng.choice(np.array([0, 1, 254, 255], np.uint8), grid.shape)
    valid = rng.random(grid.shape) < 0.5
    sources = [
        write_codes(tmp_path / "below.tif", grid, below),
        _masked(tmp_path / "above.tif", above, valid, how, None if how == "alpha" else 7),
    ]
    build_vrt(tmp_path / "mosaic.vrt", sources, grid, lut={254: 9}, nodata=255)
    seen = valid & (above != 255)
    expected = np.where(seen, np.where(above == 254, 9, above), below)
    with rasterio.open(tmp_path / "mosaic.vrt") as raster:
        assert raster.count == 1
        assert np.array_equal(raster.read(1), expected)
    build_vrt(tmp_path / "alone.vrt", sources[1:], grid, nodata=255, dtype="int16")
    with rasterio.open(tmp_path / "alone.vrt") as raster:
        assert raster.dtypes == ("int16",)
        assert np.array_equal(raster.read(1), np.where(seen, above, 255))


def test_a_mask_with_no_nodata_to_become_is_refused_and_alpha_beside_one(tmp_path: Path) -> None:
    grid = grid_of(8, 6)
    ones = np.ones(grid.shape, np.uint8)
    path = _masked(tmp_path / "a.tif", ones, ones == 0, "internal", None)
    with pytest.raises(InputError, match=r"a\.tif: has a mask and declares no nodata"):
        build_vrt(tmp_path / "mosaic.vrt", [path], grid)
    path = _masked(tmp_path / "b.tif", ones, ones == 0, "alpha", 255)
    with pytest.raises(InputError, match=r"b\.tif: has an alpha band that GDAL passes over"):
        build_vrt(tmp_path / "mosaic.vrt", [path], grid)
    assert not (tmp_path / "mosaic.vrt").exists()


def test_a_mosaic_of_a_larger_type_has_a_nodata_that_its_sources_cannot_hold(
    tmp_path: Path,
) -> None:
    grid = grid_of(8, 6)
    source = write_codes(tmp_path / "a.tif", grid.subgrid(0, 0, 4, 6), 255)
    build_vrt(tmp_path / "mosaic.vrt", [source], grid, nodata=65535, dtype="uint16")
    with rasterio.open(tmp_path / "mosaic.vrt") as raster:
        assert (raster.read(1) == np.where(np.arange(8) < 4, 255, 65535)).all()


def test_a_missing_block_is_an_error_and_not_nodata(tmp_path: Path) -> None:
    grid, sources = _blocks(tmp_path)
    build_vrt(tmp_path / "mosaic.vrt", sources, grid)
    sources[0].unlink()
    with (
        rasterio.open(tmp_path / "mosaic.vrt") as raster,
        pytest.raises(rasterio.errors.RasterioIOError),
    ):
        raster.read(1)


@pytest.mark.parametrize("limit", [40, 64])
def test_a_mosaic_of_more_tiles_than_a_process_may_open_is_read(tmp_path: Path, limit: int) -> None:
    grid, sources = grid_of(90, 2), []
    for at in range(90):
        sources.append(tmp_path / f"{at}.tif")
        write_codes(sources[-1], grid.subgrid(at, 0, 1, 2), np.full((2, 1), at, np.uint8))
    build_vrt(tmp_path / "mosaic.vrt", sources, grid)
    unset = {name: text for name, text in os.environ.items() if not name.startswith("GDAL_")}
    reading = "import sys, lccs_inputs, rasterio; print(*rasterio.open(sys.argv[1]).read(1)[0])"
    done = subprocess.run(
        [sys.executable, "-c", reading, tmp_path / "mosaic.vrt"],
        env=unset | {"PYTHONPATH": str(Path(lccs_inputs.__file__).parents[1])},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert [*map(int, done.stdout.split())] == [*range(90)], done.stderr


def test_where_the_system_has_no_limit_gdal_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY,) * 2)
    assert lccs_inputs._most_open() == 100
