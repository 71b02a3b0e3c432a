"""The Zarr store of a period, read by xarray."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
import xarray
from pyproj import CRS

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.lccs import DESCRIPTORS, LEVEL3, Category
from lccs_inputs.formats.cube import write_cube
from lccs_inputs.formats.rasters import Raster
from lccs_inputs.rasters.writing import create_cog, create_raster
from small_rasters import grid_of, write_codes

VEG, CANOPY = "vegetat_veg_cat", "canopyco_veg_con"
GRID = grid_of(2500, 1100)
DAYS = ("2018-05-01", "2018-10-31")


@pytest.fixture(scope="module")
def rasters(tmp_path_factory: pytest.TempPathFactory) -> list[Raster]:
    """A layer, a measure, level 3, a mask and two images, larger than a chunk."""
    folder = tmp_path_factory.mktemp("rasters")
    noise = np.random.default_rng(0).integers(0, 2, GRID.shape)
    tags = {"units": "%", "expression": "a >= 1", "editions": "s2 2018"}
    codes = DESCRIPTORS[VEG].codes
    made = [
        Raster(VEG, write_codes(folder / "v.tif", GRID, noise), "Vegetation", codes),
        Raster(CANOPY, write_codes(folder / "c.tif", GRID, noise * 70, tags=tags), "Canopy", {}),
        Raster("level3", write_codes(folder / "l.tif", GRID, 111 + noise), "Level 3", LEVEL3),
    ]  # fmt: skip
    mask, ndvi, colours = (folder / f"{name}.tif" for name in ("mask", "ndvi", "colours"))
    bits = {"bit_0": "level3", "bit_3": "leaf type"}
    with create_cog(mask, GRID, ["validity"], "uint8", None, tags=bits) as raster:
        raster.write((noise * 9).astype(np.uint8), 1)
    with create_raster(ndvi, GRID, ["ndvi"], "int16", -32768, scales=[1e-4]) as raster:
        raster.write(np.where(noise, 2500, -32768).astype(np.int16), 1)
    with create_cog(
        colours, GRID, ["red", "green", "blue"], "uint8", 0, true_colours=True,
        tags={"comment": "1 to 255 show reflectance"},
    ) as raster:  # fmt: skip
        raster.write(np.stack([noise, noise * 2, noise * 3]).astype(np.uint8))
    files = {"validity": mask, "image_ndvi": ndvi, "image_true_colour": colours}
    return [*made, *(Raster(name, path, name, {}) for name, path in files.items())]


@pytest.fixture(scope="module")
def store(rasters: list[Raster], tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("store") / "lccs.zarr"
    write_cube(target, "here 2018", DAYS, GRID, rasters)
    return target


def test_every_pixel_is_that_of_the_raster(store: Path, rasters: list[Raster]) -> None:
    cube = xarray.open_zarr(store, mask_and_scale=False)
    for variable in rasters[:-1]:
        with rasterio.open(variable.path) as raster:
            stored = cube[variable.name]
            assert stored.dtype == raster.dtypes[0]
            assert np.array_equal(stored.to_numpy(), raster.read(1))
    with rasterio.open(rasters[-1].path) as raster:
        for index, band in enumerate(("red", "green", "blue"), start=1):
            assert np.array_equal(cube[f"image_true_colour_{band}"], raster.read(index))


def test_it_is_opened_lazily_in_chunks(store: Path) -> None:
    cube = xarray.open_zarr(store, chunks={}, decode_coords="all")
    assert cube[VEG].chunks == ((1024, 76), (1024, 1024, 452))
    assert all(variable.chunks for variable in cube.data_vars.values())
    assert float(cube[CANOPY][0, :3].mean()) <= 70


def test_codes_bits_and_measures_are_told_by_cf(store: Path) -> None:
    cube = xarray.open_zarr(store, decode_coords="all")
    assert cube.attrs["Conventions"] == "CF-1.11"
    veg, mask = cube[VEG].attrs, cube["validity"].attrs
    assert (veg["flag_values"], veg["flag_meanings"]) == ([0, 1], "not_vegetated vegetated")
    assert len(cube["level3"].attrs["flag_meanings"].split()) == len(LEVEL3)
    assert (mask["flag_masks"], mask["flag_meanings"]) == ([1, 8], "level3 leaf_type")
    assert cube[CANOPY].attrs["units"] == "%"
    assert cube[CANOPY].attrs["editions"] == "s2 2018"
    red = cube["image_true_colour_red"].attrs
    assert red["long_name"] == "image_true_colour: red"
    assert red["comment"] == "1 to 255 show reflectance" and "units" not in red
    assert np.nanmax(cube["image_ndvi"]) == pytest.approx(0.25)
    assert np.isnan(cube["image_ndvi"]).any(), "nodata"
    assert cube["validity"].dtype == "uint8", "which has none"


def test_pixels_lie_where_those_of_the_rasters_do(store: Path) -> None:
    cube = xarray.open_zarr(store, decode_coords="all")
    left, bottom, right, top = GRID.bounds
    assert (float(cube.x[0]), float(cube.x[-1])) == (left + 5, right - 5)
    assert (float(cube.y[0]), float(cube.y[-1])) == (top - 5, bottom + 5)
    assert cube.x.attrs["standard_name"] == "projection_x_coordinate"
    assert cube.x.dtype == cube.y.dtype == "float64"
    told = cube[VEG].encoding["grid_mapping"]
    assert int(cube[told]) == 0
    assert CRS.from_cf(cube[told].attrs).to_epsg() == 2154


def test_the_crs_is_a_coordinate_for_who_opens_it_without_asking(store: Path) -> None:
    """As rioxarray looks for it."""
    cube = xarray.open_zarr(store)
    assert "spatial_ref" in cube.coords and "spatial_ref" not in cube.data_vars
    assert "spatial_ref" in cube[VEG].coords
    assert CRS.from_cf(cube[VEG].spatial_ref.attrs).to_epsg() == 2154


def test_what_is_less_or_more_is_in_the_meanings_too(tmp_path: Path) -> None:
    grid = grid_of(4, 2)
    codes = {0: Category("< 20 % bare", "#000000"), 1: Category("> 9 months", "#ffffff")}
    layer = Raster(VEG, write_codes(tmp_path / "v.tif", grid, 1), "Bare", codes)
    write_cube(tmp_path / "lccs.zarr", "here", DAYS, grid, [layer])
    attrs = xarray.open_zarr(tmp_path / "lccs.zarr")[VEG].attrs
    assert attrs["flag_meanings"] == "less_than_20_percent_bare more_than_9_months"


def test_a_coordinate_of_0_is_one(tmp_path: Path) -> None:
    """It was nodata, as everything that is 0 and has no other."""
    grid = grid_of(4, 2, left=-15, top=15)
    layer = Raster(VEG, write_codes(tmp_path / "v.tif", grid, 1), "Vegetation", {})
    write_cube(tmp_path / "lccs.zarr", "here", DAYS, grid, [layer])
    cube = xarray.open_zarr(tmp_path / "lccs.zarr")
    assert cube.x.to_numpy().tolist() == [-10, 0, 10, 20]
    assert cube.y.to_numpy().tolist() == [10, 0]


def test_the_store_appears_whole_and_the_same_each_time(
    store: Path, rasters: list[Raster], tmp_path: Path
) -> None:
    target = tmp_path / "lccs.zarr"
    off = Raster("off", write_codes(tmp_path / "off.tif", grid_of(4, 4), 1), "Off", {})
    with pytest.raises(SourceError, match="not on the grid"):
        write_cube(target, "here 2018", DAYS, GRID, [rasters[0], off])
    assert [*tmp_path.iterdir()] == [tmp_path / "off.tif"]
    target.mkdir()
    (target / "old").touch()
    write_cube(target, "here 2018", DAYS, GRID, rasters)

    def content(folder: Path) -> dict[str, bytes]:
        files = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    assert content(target) == content(store)
