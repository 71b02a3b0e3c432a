"""The embedded sample: a believable landscape, honest metadata, pixels and masks that agree."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pystac
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import Transformer

from lccs_inputs.clms.arrival import check_names
from lccs_inputs.errors import InputError, SourceError
from lccs_inputs.facts.lccs import DESCRIPTORS, LEVEL3, LEVEL3_INPUTS, classify_level3
from lccs_inputs.facts.products import PRODUCTS, Product, ProductKind
from lccs_inputs.facts.sensors import OPTICAL_BANDS, SENSORS
from lccs_inputs.products.archives import find_rasters
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.synthetic import SYNTHETIC
from lccs_inputs.sample import EVIAN, PRODUCT_FILES, TRUTH_LAYERS
from lccs_inputs.sample.acquisitions import LANDSAT, SENTINEL1, SENTINEL2
from lccs_inputs.sample.deliveries import make_products
from lccs_inputs.sample.generate import generate_sample
from lccs_inputs.sample.imaging import native_grid
from lccs_inputs.sample.landscape import (
    CROPS,
    OPEN_WATER,
    TRUTH_LEVEL3,
    VARIANTS,
    Cover,
    Landscape,
    View,
)
from lccs_inputs.sample.sentinel1 import make_sentinel1
from lccs_inputs.sample.spectra import reflectance_table
from lccs_inputs.sample.truth import TRUTH, truth_of

SEED = 2018
DELTA = (968_800.0, 6_592_600.0, 972_800.0, 6_595_000.0)
"""Lake, river, wetland, fields, wood and a village, in EPSG:2154."""
MAY, JUNE, JULY, AUGUST, OCTOBER = 133, 168, 213, 228, 288  # days of the year


@pytest.fixture(scope="module")
def landscape() -> Landscape:
    return Landscape(SEED)


@pytest.fixture(scope="module")
def overview(landscape: Landscape) -> View:
    """The whole box, one pixel in 60 m."""
    grid = Grid.from_transform("EPSG:2154", Affine(60, 0, 967_810, 0, -60, 6_597_770), 406, 208)
    return landscape.view(grid)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample at native 10 m over the delta."""
    folder = tmp_path_factory.mktemp("sample")
    generate_sample(folder, 10, SEED, bounds=DELTA)
    return folder


def test_every_raster_says_that_it_is_synthetic(sample: Path, tmp_path: Path) -> None:
    files = [path for path in sample.rglob("*") if path.suffix.lower() in (".tif", ".zip")]
    assert len(files) > 100
    for path in (raster for file in files for raster in find_rasters(file, tmp_path)):
        with rasterio.open(path) as raster:
            tags = raster.tags()
        assert tags["SOURCE"] == SYNTHETIC, path
        assert tags["TITLE"].endswith("(synthetic)"), path


def read(path: Path) -> NDArray[Any]:
    with rasterio.open(path) as raster:
        return raster.read(1)


def item(folder: Path, collection: str, name: str) -> dict[str, Any]:
    return json.loads((folder / collection / name / f"{name}.json").read_text())


def at_points(path: Path, x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    """Pixels that hold points of EPSG:2154; 0 outside the raster."""
    with rasterio.open(path) as raster:
        east, north = Transformer.from_crs("EPSG:2154", raster.crs, always_xy=True).transform(x, y)
        cols = np.floor((east - raster.transform.c) / raster.transform.a).astype(int)
        rows = np.floor((north - raster.transform.f) / raster.transform.e).astype(int)
        pixels = raster.read(1)
        inside = (cols >= 0) & (cols < raster.width) & (rows >= 0) & (rows < raster.height)
        return np.where(inside, pixels[rows * inside, cols * inside], 0)


def points(step: float = 37.0) -> tuple[NDArray[Any], NDArray[Any]]:
    xmin, ymin, xmax, ymax = DELTA
    return np.meshgrid(np.arange(xmin + 5, xmax, step), np.arange(ymin + 5, ymax, step))


def ndvi(kind: Cover, day: int) -> NDArray[Any]:
    """By variant."""
    return index(kind, day, "nir", "red")


def index(kind: Cover, day: int, first: str, second: str) -> NDArray[Any]:
    columns = reflectance_table(day)[:, kind * VARIANTS : (kind + 1) * VARIANTS]
    a, b = columns[OPTICAL_BANDS.index(first)], columns[OPTICAL_BANDS.index(second)]
    return (a - b) / (a + b)


# The landscape


def test_every_class_has_its_place_in_the_box(overview: View) -> None:
    shares = np.bincount(overview.classes.ravel(), minlength=max(Cover) + 1) / overview.classes.size
    assert all(shares[kind] > 0.001 for kind in Cover)
    assert 0.2 < shares[Cover.LAKE] < 0.35
    assert 0.08 < sum(shares[crop] for crop in CROPS) < 0.25


def test_the_lake_is_in_the_north_and_rock_at_height(overview: View, landscape: Landscape) -> None:
    rows = np.indices(overview.classes.shape)[0]
    elevation = overview.place.sample(landscape.terrain.elevation)
    assert rows[overview.classes == Cover.LAKE].mean() < 60
    assert np.percentile(elevation[overview.classes == Cover.ROCK], 5) > 1300
    assert elevation[np.isin(overview.classes, CROPS)].max() < 900


def test_any_raster_sees_the_same_truth(landscape: Landscape) -> None:
    grid = native_grid("EPSG:32631", 30, DELTA, phase=15)
    x, y = np.meshgrid(np.arange(grid.width) + 0.5, np.arange(grid.height) + 0.5)
    to_2154 = Transformer.from_crs("EPSG:32631", "EPSG:2154", always_xy=True)
    east, north = to_2154.transform(grid.transform.c + 30 * x, grid.transform.f - 30 * y)
    assert np.array_equal(landscape.view(grid).cover, landscape.cover_at(east, north))


def test_a_part_of_a_raster_sees_the_same_as_the_whole(landscape: Landscape) -> None:
    whole = Grid.from_transform("EPSG:32632", Affine(20, 0, 312_000, 0, -20, 5_142_000), 300, 400)
    part = Grid.from_transform("EPSG:32632", Affine(20, 0, 313_000, 0, -20, 5_140_000), 100, 120)
    cut = landscape.view(whole).cover[100:220, 50:150]
    assert np.array_equal(landscape.view(part).cover, cut)


def test_the_cover_alone_is_that_of_the_view(landscape: Landscape) -> None:
    grid = native_grid("EPSG:32631", 30, DELTA)
    assert np.array_equal(landscape.cover(grid, 4.0), landscape.view(grid, 4.0).cover)


def test_another_seed_gives_another_landscape(landscape: Landscape) -> None:
    grid = native_grid("EPSG:2154", 60, DELTA)
    assert (Landscape(7).view(grid).cover != landscape.view(grid).cover).mean() > 0.2


# The seasons


def test_crops_green_and_are_harvested() -> None:
    assert ndvi(Cover.WHEAT, MAY).min() > 0.7
    assert ndvi(Cover.WHEAT, JULY + 6).max() < 0.4
    assert ndvi(Cover.MAIZE, MAY).max() < 0.3
    assert ndvi(Cover.MAIZE, AUGUST).min() > 0.7
    assert ndvi(Cover.SUNFLOWER, JULY).min() > 0.7
    assert ndvi(Cover.RAPESEED, JULY - 15).max() < 0.4


def test_broad_leaves_fall_and_needles_stay() -> None:
    assert ndvi(Cover.BROADLEAVED, JULY).min() > 0.8
    assert ndvi(Cover.BROADLEAVED, 330).max() < 0.65
    assert ndvi(Cover.NEEDLELEAVED, 330).min() > 0.7


@pytest.mark.parametrize("day", [MAY, JUNE, JULY, AUGUST, OCTOBER])
def test_only_open_water_and_ice_have_a_positive_water_index(day: int) -> None:
    for kind in set(Cover) - {Cover.RICE}:
        wet = index(kind, day, "green", "nir")
        assert (wet > 0).all() if kind in (*OPEN_WATER, Cover.GLACIER) else (wet < 0).all()


def test_rice_is_under_water_in_may_and_closed_in_july() -> None:
    assert (index(Cover.RICE, MAY, "green", "nir") > 0).all()
    assert ndvi(Cover.RICE, JULY).min() > 0.7
    assert ndvi(Cover.RICE, OCTOBER).max() < 0.4


@pytest.mark.parametrize("day", [MAY, JUNE, JULY, AUGUST, OCTOBER])
def test_built_up_land_answers_to_the_built_up_index_and_green_land_does_not(day: int) -> None:
    assert np.median(index(Cover.BUILT, day, "swir16", "nir")) > 0
    assert (index(Cover.ROAD, day, "swir16", "nir") > 0).all()
    for kind in (Cover.MEADOW, Cover.NEEDLELEAVED, Cover.WETLAND, Cover.LAKE):
        assert (index(kind, day, "swir16", "nir") < 0).all()


def test_bare_ground_and_built_up_land_stay_below_the_vegetation_threshold() -> None:
    for day in range(121, 305, 4):
        assert all(ndvi(kind, day).max() < 0.4 for kind in (Cover.BUILT, Cover.ROAD, Cover.ROCK))


# The catalogue


def test_the_catalogue_is_read_by_pystac_and_every_asset_is_there(sample: Path) -> None:
    catalogue = pystac.Catalog.from_file(str(sample / "catalog.json"))
    items = list(catalogue.get_items(recursive=True))
    assert {entry.id for entry in items} == {
        scene.id for scene in (*SENTINEL2, *LANDSAT, *SENTINEL1)
    }
    for entry in items:
        assert entry.get_parent().id == entry.collection_id
        for asset in entry.assets.values():
            assert asset.href.startswith("./")
            assert Path(asset.get_absolute_href()).is_relative_to(sample)
            assert Path(asset.get_absolute_href()).exists()


def test_every_asset_has_the_names_the_sensor_table_looks_for(sample: Path) -> None:
    collections = {
        "sentinel-2-l2a": "sentinel2",
        "landsat-c2-l2": "landsat",
        "sentinel-1-rtc": "sentinel1",
    }
    for collection, sensor in collections.items():
        for path in (sample / collection).glob("*/*.json"):
            assets = json.loads(path.read_text())["assets"]
            known = SENSORS[sensor]
            for band in known.read_with(known.default_mask):
                assert any(name in assets for name in known.assets[band]), (path.name, band)


def test_metadata_state_the_pixel_grids_as_they_are(sample: Path) -> None:
    for path in (sample / "sentinel-2-l2a").glob("*/*.json"):
        entry = json.loads(path.read_text())
        for asset in entry["assets"].values():
            with rasterio.open(path.parent / asset["href"]) as raster:
                assert list(raster.shape) == asset["proj:shape"]
                assert list(raster.transform)[:6] == asset["proj:transform"]
                assert raster.crs.to_epsg() == entry["properties"]["proj:epsg"]


def test_tiles_lie_on_the_pixel_lattice_of_real_ones(sample: Path) -> None:
    for name, origin in (
        ("S2A_32TLS_20180617_0_L2A", (300_000, 5_200_020)),
        ("S2A_31TGM_20180617_0_L2A", (699_960, 5_200_020)),
    ):
        for band, pixel in (("B04", 10), ("B11", 20), ("SCL", 20)):
            with rasterio.open(sample / "sentinel-2-l2a" / name / f"{band}.tif") as raster:
                assert raster.res == (pixel, pixel)
                assert (raster.transform.c - origin[0]) % 20 == 0
                assert (raster.transform.f - origin[1]) % 20 == 0
    scene = "LC08_L2SP_195028_20180715_02_T1"
    with rasterio.open(sample / "landsat-c2-l2" / scene / f"{scene}_SR_B4.TIF") as raster:
        assert raster.res == (30, 30)
        assert raster.transform.c % 30 == raster.transform.f % 30 == 15


def test_the_catalogue_holds_what_each_filter_is_there_to_remove(sample: Path) -> None:
    properties = {
        path.parent.name: json.loads(path.read_text())["properties"]
        for path in sample.glob("*/*/*.json")
    }
    assert properties["S2A_32TLS_20180528_0_L2A"]["eo:cloud_cover"] > 80
    assert properties["S2A_32TLS_20180418_0_L2A"]["datetime"] < "2018-05-01"
    assert properties["LC08_L2SP_196028_20180823_02_T2"]["landsat:collection_category"] == "T2"
    assert properties["LE07_L2SP_195028_20180723_02_T1"]["platform"] == "landsat-7"
    old, new = (properties[f"S2A_31TGM_20180720_{n}_L2A"] for n in (0, 1))
    assert old["datetime"] == new["datetime"]
    assert old["grid:code"] == new["grid:code"]
    assert old["s2:processing_baseline"] < new["s2:processing_baseline"]
    assert old["updated"] < new["updated"]


# Sentinel-2


def test_bands_decode_to_the_same_reflectance_whatever_the_offset(sample: Path) -> None:
    offsets, reflectances = {}, {}
    x, y = points()
    for name in ("20180925_0", "20180910_1", "20181015_1"):
        folder = sample / "sentinel-2-l2a" / f"S2{'B' if '0910' in name else 'A'}_32TLS_{name}_L2A"
        entry = json.loads((folder / f"{folder.name}.json").read_text())
        stated = entry["assets"]["green"]["raster:bands"][0]["offset"]
        applied = entry["properties"]["earthsearch:boa_offset_applied"]
        offsets[name] = (stated, applied)
        lake = at_points(folder / "SCL.tif", x, y) == 6
        numbers = at_points(folder / "B03.tif", x, y)[lake]
        reflectances[name] = np.median(numbers * 1e-4 + (0 if applied else stated))
    assert offsets == {
        "20180925_0": (0, False),
        "20180910_1": (-0.1, False),
        "20181015_1": (-0.1, True),
    }
    assert np.ptp(list(reflectances.values())) < 0.003


def test_clouds_are_bright_and_shadows_dark_where_the_classification_says_so(
    sample: Path,
) -> None:
    folder = sample / "sentinel-2-l2a" / "S2B_31TGM_20180625_0_L2A"
    classes = np.kron(read(folder / "SCL.tif"), np.ones((2, 2), np.uint8))
    blue, nir = read(folder / "B02.tif"), read(folder / "B08.tif")
    assert {0, 3, 4, 6, 7, 8, 9} <= set(np.unique(classes))
    assert np.percentile(blue[classes == 9], 2) > 3000
    assert np.median(nir[classes == 3]) < 0.75 * np.median(nir[classes == 4])
    assert np.percentile(blue[classes == 4], 98) < 1000
    assert ((blue == 0) == (classes == 0)).mean() > 0.99


def test_water_and_vegetation_are_classified_as_what_they_are(sample: Path) -> None:
    folder = sample / "sentinel-2-l2a" / "S2A_32TLS_20180617_0_L2A"
    x, y = points()
    classes = at_points(folder / "SCL.tif", x, y)
    truth = at_points(sample / "truth" / "truth.tif", x, y)
    clear = np.isin(classes, (2, 4, 5, 6))
    assert (classes[clear & (truth == Cover.LAKE)] == 6).mean() > 0.98
    assert (classes[clear & (truth == Cover.WETLAND)] == 4).mean() > 0.98
    assert (classes[clear & (truth == Cover.BUILT)] == 5).mean() > 0.9


def test_two_tiles_of_one_pass_see_the_same_clouds(sample: Path) -> None:
    x, y = points()
    east, west = (
        at_points(sample / "sentinel-2-l2a" / f"S2A_{tile}_20180617_0_L2A" / "SCL.tif", x, y)
        for tile in ("32TLS", "31TGM")
    )
    both = west != 0
    assert 0.5 < both.mean() < 0.9
    assert np.isin(east[both], (8, 9)).any()
    assert (np.isin(east, (3, 8, 9)) == np.isin(west, (3, 8, 9)))[both].mean() > 0.97


def test_the_swath_ends_within_the_box(sample: Path) -> None:
    seen = read(sample / "sentinel-2-l2a" / "S2A_31TGM_20180521_0_L2A" / "B04.tif") > 0
    assert seen[:, 0].all()
    assert not seen[:, -1].any()
    assert seen[0].sum() > seen[-1].sum(), "a descending pass leans to the south-west"


def test_one_scene_is_empty_and_its_metadata_hardly_say_so(sample: Path) -> None:
    folder = sample / "sentinel-2-l2a" / "S2A_32TLS_20180607_0_L2A"
    assert all(not read(path).any() for path in folder.glob("*.tif"))
    assert item(sample, "sentinel-2-l2a", folder.name)["properties"]["eo:cloud_cover"] == 0


def test_the_older_processing_of_the_duplicate_is_wrong(sample: Path) -> None:
    old, new = (
        read(sample / "sentinel-2-l2a" / f"S2A_31TGM_20180720_{n}_L2A" / "B08.tif").astype(float)
        for n in (0, 1)
    )
    assert 1.1 < np.median(old[new > 2000] / new[new > 2000]) < 1.2


# Landsat


def test_landsat_quality_bits_agree_with_the_pixels(sample: Path) -> None:
    x, y = points()
    truth = at_points(sample / "truth" / "truth.tif", x, y)
    leafy = np.isin(truth, (Cover.BROADLEAVED, Cover.MEADOW))
    lake = truth == Cover.LAKE
    seen: dict[str, list[Any]] = {"cloud": [], "shadow": [], "green": [], "water": []}
    for scene in LANDSAT:
        if scene.tier == "T1":
            stem = str(sample / "landsat-c2-l2" / scene.id / scene.id)
            quality = at_points(Path(f"{stem}_QA_PIXEL.TIF"), x, y)
            blue, nir = (
                at_points(Path(f"{stem}_SR_{band}.TIF"), x, y) * 2.75e-5 - 0.2
                for band in ("B2", "B5")
            )
            cloud, shadow, clear, water = (quality >> bit & 1 == 1 for bit in (3, 4, 6, 7))
            assert not (clear & cloud).any()
            seen["cloud"].extend(blue[cloud])
            seen["shadow"].extend(nir[shadow & leafy])
            # Collection 2 calls shadowed ground clear of cloud.
            seen["green"].extend(nir[clear & ~shadow & leafy])
            seen["water"].extend(nir[clear & water & lake])
    medians = {name: np.median(values) for name, values in seen.items()}
    assert medians["cloud"] > 0.3
    assert medians["shadow"] < 0.8 * medians["green"]
    assert medians["water"] < 0.03


def test_saturated_landsat_pixels_are_flagged(sample: Path) -> None:
    flagged = 0
    for scene in LANDSAT:
        folder = sample / "landsat-c2-l2" / scene.id
        saturated = read(folder / f"{scene.id}_SR_B4.TIF") == 65535
        assert np.array_equal(saturated, read(folder / f"{scene.id}_QA_RADSAT.TIF") > 0)
        flagged += int(saturated.sum())
    assert flagged > 0


def test_landsat_7_has_gaps_of_fill(sample: Path) -> None:
    name = "LE07_L2SP_195028_20180723_02_T1"
    gaps = read(sample / "landsat-c2-l2" / name / f"{name}_QA_PIXEL.TIF") == 1
    assert 0.15 < gaps.mean() < 0.3
    assert np.array_equal(gaps, read(sample / "landsat-c2-l2" / name / f"{name}_SR_B4.TIF") == 0)


# Sentinel-1


def test_backscatter_is_low_over_water_and_high_over_buildings(sample: Path) -> None:
    x, y = points()
    truth = at_points(sample / "truth" / "truth.tif", x, y)
    for scene in SENTINEL1:
        power = at_points(sample / "sentinel-1-rtc" / scene.id / "vv.tif", x, y)
        mean = {
            kind: 10 * np.log10(power[truth == kind].mean())
            for kind in (Cover.LAKE, Cover.WETLAND, Cover.BUILT)
        }
        assert mean[Cover.LAKE] - scene.wind < -18 < mean[Cover.WETLAND] < mean[Cover.BUILT]


def test_there_is_a_radar_scene_in_every_month_on_either_pass() -> None:
    assert [scene.day.month for scene in SENTINEL1] == list(range(1, 13))
    assert sum(scene.is_ascending for scene in SENTINEL1) == 6


def test_slopes_away_from_the_radar_are_dark(landscape: Landscape, tmp_path: Path) -> None:
    box = (978_000.0, 6_586_500.0, 981_000.0, 6_588_500.0)  # mountains
    rising, falling = SENTINEL1[0], SENTINEL1[1]
    list(make_sentinel1(landscape, box, 10, tmp_path))
    power = {s.id: read(tmp_path / s.id / "vh.tif") for s in (rising, falling)}
    dark = {name: 10 * np.log10(np.maximum(p, 1e-6)) < -26 for name, p in power.items()}
    only = dark[rising.id] != dark[falling.id]
    assert 0.001 < only[5:-5, 5:-5].mean() < 0.3


def test_open_water_is_dark_in_most_months_and_wind_hides_it_in_two(sample: Path) -> None:
    x, y = points()
    truth = at_points(sample / "truth" / "truth.tif", x, y)
    power = [at_points(sample / "sentinel-1-rtc" / s.id / "vh.tif", x, y) for s in SENTINEL1]
    dark, seen = 10 * np.log10(np.maximum(power, 1e-6)) < -22, np.min(power, axis=0) > 0
    lake = (truth == Cover.LAKE) & seen
    for scene, at in zip(SENTINEL1, dark, strict=True):
        assert at[lake].mean() < 0.5 if scene.wind else at[lake].mean() > 0.98
    often = dark.sum(axis=0) > 8
    assert often[lake].mean() > 0.98
    assert often[~np.isin(truth, OPEN_WATER)].mean() < 0.01


def test_radar_borders_are_nodata(sample: Path) -> None:
    with rasterio.open(sample / "sentinel-1-rtc" / SENTINEL1[0].id / "vh.tif") as raster:
        assert raster.nodata == -32768
        power = raster.read(1)
    assert (power[0] == -32768).all()
    assert (power[4:-4, 4:-4] > 0).all()


# Products and truth


BANDS_8 = ("B4", "B5")  # red and near infrared of Landsat
DEGREES = ("GSW_OCCURRENCE.tif", "GSW_SEASONALITY.tif", "WORLDCOVER_2021.tif")


def product_of(file: str) -> Product:
    """The product whose name a file begins with, or has after that of its publisher."""
    name = file.removeprefix("CLMS_")
    return next(product for key, product in PRODUCTS.items() if name.startswith(key))


@pytest.mark.parametrize("name", PRODUCT_FILES)
def test_products_hold_only_codes_of_their_legend(sample: Path, name: str, tmp_path: Path) -> None:
    product = product_of(name)
    paths = find_rasters(sample / "products" / name, tmp_path)
    for path in paths:
        with rasterio.open(path) as raster:
            if product.kind is ProductKind.MEASURE:
                assert raster.crs.to_epsg() == 4326
                lowest, highest = product.limits
                assert lowest <= raster.read(1).min() < raster.read(1).max() <= highest
                continue
            assert raster.crs.to_epsg() == (4326 if name in DEGREES else 3035)
            assert raster.nodata == product.nodata
            assert raster.dtypes[0] == product.dtype
            allowed = {*product.valid_codes, *product.nodata_codes}
            assert set(np.unique(raster.read(1)).tolist()) <= allowed


@pytest.mark.parametrize("name", [name for name in PRODUCT_FILES if name.endswith(".zip")])
def test_a_delivery_is_named_as_its_publisher_names_it(
    sample: Path, name: str, tmp_path: Path
) -> None:
    path, product = sample / "products" / name, product_of(name)
    assert check_names(path, product, 2018, tmp_path)
    with pytest.raises(SourceError, match="is of 2018 by its name, not of 2021"):
        check_names(path, product, 2021, tmp_path)
    other = PRODUCTS["HER"]
    with pytest.raises(SourceError, match=f"is {product.name} by its name, not HER"):
        check_names(path, other, 2018, tmp_path)


def test_a_delivery_is_cut_into_tiles_on_one_lattice(landscape: Landscape, tmp_path: Path) -> None:
    box = (977_000.0, 6_592_000.0, 980_000.0, 6_593_000.0)
    list(make_products(landscape, box, 10, tmp_path))
    west, east = find_rasters(tmp_path / "WAW_2018_010m_fr_03035_v020.zip", tmp_path / "work")
    with rasterio.open(west) as first, rasterio.open(east) as second:
        assert first.bounds.right == second.bounds.left == 4_060_000
        assert first.bounds.top == second.bounds.top
    (plain,) = find_rasters(tmp_path / "FTY_2018_010m_fr_03035_v010.zip", tmp_path / "work")
    assert str(plain).startswith("/vsizip/"), "no zip within the zip"


def test_the_products_cover_the_box_but_for_one_patch(landscape: Landscape, tmp_path: Path) -> None:
    box = (987_600.0, 6_588_200.0, 989_000.0, 6_589_600.0)
    list(make_products(landscape, box, 10, tmp_path))
    (path,) = find_rasters(tmp_path / "TCD_2018_010m_fr_03035_v020.zip", tmp_path / "work")
    x, y = np.meshgrid(np.arange(box[0] + 5, box[2], 10), np.arange(box[1] + 5, box[3], 10))
    codes = at_points(path, x, y)
    assert 0.01 < (codes == 254).mean() < 0.2
    assert not (codes == 255).any()
    assert (read(path) == 255).any(), "the corners of the tile lie outside the country edition"


def test_products_agree_with_the_truth_but_at_edges(sample: Path, tmp_path: Path) -> None:
    x, y = points()
    truth = at_points(sample / "truth" / "truth.tif", x, y)
    (path,) = find_rasters(sample / "products" / "WAW_2018_010m_fr_03035_v020.zip", tmp_path)
    water = np.isin(at_points(path, x, y), (1, 2, 253))
    agreeing = (water == np.isin(truth, OPEN_WATER)).mean()
    assert 0.99 < agreeing < 1
    crops = at_points(sample / "products" / "EUCROPMAP_2018.tif", x, y)
    cultivated = (crops // 100 == 2) == np.isin(truth, CROPS)
    assert 0.95 < cultivated.mean() < 0.999
    (path,) = find_rasters(sample / "products" / "CTY_2018_010m_fr_03035_v010.zip", tmp_path)
    codes = at_points(path, x, y)
    cultivated = (codes > 0) & (codes != 65535)
    assert 0.97 < (cultivated == np.isin(truth, (*CROPS, Cover.VINEYARD))).mean() < 1


def test_maps_of_degrees_agree_with_the_truth_but_at_edges(sample: Path) -> None:
    x, y = points()
    truth = at_points(sample / "truth" / "truth.tif", x, y)
    water = np.isin(truth, OPEN_WATER)
    occurrence = at_points(sample / "products/GSW_OCCURRENCE.tif", x, y)
    assert 0.98 < ((occurrence >= 20) == water).mean() < 1
    cover = at_points(sample / "products/WORLDCOVER_2021.tif", x, y)
    assert 0.98 < (np.isin(cover, (80, 0)) == water).mean() < 1
    fields = (cover == 40) == np.isin(truth, CROPS)
    assert 0.95 < fields.mean() < 0.995
    heights = at_points(sample / "products/CANOPY_HEIGHT_2020.tif", x, y)
    trees = np.isin(truth, (Cover.BROADLEAVED, Cover.NEEDLELEAVED))
    assert 0.97 < ((heights > 2) == trees).mean() < 1
    level = at_points(sample / "products/DEM.tif", x, y)[truth == Cover.LAKE]
    assert np.median(level) == 372


def test_most_maps_end_at_the_sea(sample: Path, tmp_path: Path) -> None:
    x, y = points()
    sea = at_points(sample / "truth" / "truth.tif", x, y) == Cover.SEA
    assert sea.any()
    for name in (name for name in PRODUCT_FILES if name.endswith(".zip")):
        (path,) = find_rasters(sample / "products" / name, tmp_path)
        expected = 253 if name.startswith("WAW") else product_of(name).nodata
        assert (at_points(path, x, y)[sea] == expected).mean() > 0.95, name


def test_water_and_wetness_misses_fields_of_rice_and_has_some_of_wheat(
    sample: Path, tmp_path: Path
) -> None:
    x, y = points(11.0)
    truth = at_points(sample / "truth" / "truth.tif", x, y)
    (path,) = find_rasters(sample / "products" / "WAW_2018_010m_fr_03035_v020.zip", tmp_path)
    wet = np.isin(at_points(path, x, y), (1, 2, 3, 4))
    assert 0.2 < wet[truth == Cover.RICE].mean() < 0.8
    assert 0.03 < wet[truth == Cover.WHEAT].mean() < 0.3


def test_deep_water_has_reflectance_below_nothing(sample: Path) -> None:
    x, y = points()
    sea = at_points(sample / "truth" / "truth.tif", x, y) == Cover.SEA
    stem = sample / "landsat-c2-l2/LC08_L2SP_195028_20180715_02_T1/LC08_L2SP_195028_20180715_02_T1"
    red, nir = (at_points(Path(f"{stem}_SR_{n}.TIF"), x, y)[sea] * 2.75e-5 - 0.2 for n in BANDS_8)
    assert min((red < 0).mean(), (nir < 0).mean()) > 0.1
    assert np.abs((nir - red) / (nir + red)).max() > 1, "the NDVI of such pixels means nothing"


def test_gravel_banks_are_under_water_for_part_of_the_year(sample: Path) -> None:
    occurrence, months = (
        read(sample / f"products/GSW_{name}.tif") for name in ("OCCURRENCE", "SEASONALITY")
    )
    for values, whole, part in ((occurrence, 80, (20, 70)), (months, 12, (3, 11))):
        banks = (values >= part[0]) & (values <= part[1])
        assert 0.001 < banks.mean() < 0.1 * (values >= whole).mean()
    assert not months[occurrence == 0].any()


def test_elevation_is_that_of_the_landscape_on_whole_arc_seconds(
    sample: Path, landscape: Landscape
) -> None:
    with rasterio.open(sample / "products/DEM.tif") as raster:
        centre = raster.xy(0, 0)
        grid = Grid.from_transform("EPSG:4326", raster.transform, raster.width, raster.height)
        heights = raster.read(1)
    assert np.allclose(np.multiply(centre, 3600), np.rint(np.multiply(centre, 3600)), atol=1e-6)
    truth = landscape.view(grid).place.sample(landscape.terrain.elevation)
    assert np.abs(heights - truth).max() <= 0.0626


@pytest.mark.parametrize("layer", TRUTH_LAYERS)
def test_the_truth_of_a_layer_is_written_beside_that_of_the_classes(
    sample: Path, landscape: Landscape, layer: str
) -> None:
    with rasterio.open(sample / "truth" / f"{layer}.tif") as raster:
        codes, grid = raster.read(1), raster
        view = Grid.from_transform("EPSG:2154", grid.transform, grid.width, grid.height)
    assert DESCRIPTORS[layer].allows(codes).all()
    assert np.array_equal(codes, truth_of(layer, landscape.cover(view)))
    assert len(np.unique(codes)) > 1


def test_the_truth_of_quantities_follows_the_landscape() -> None:
    wood = np.uint8(Cover.BROADLEAVED * VARIANTS) + np.arange(VARIANTS, dtype=np.uint8)
    river = np.uint8(Cover.RIVER * VARIANTS) + np.arange(VARIANTS, dtype=np.uint8)
    assert (np.diff(truth_of("canopyco_veg_con", wood).astype(int)) > 0).all()
    assert (truth_of("canopyht_veg_con", wood) >= 14).all()
    assert truth_of("waterper_wat_cin", river).tolist() == [12] * 14 + [7] * 2
    assert not truth_of("canopyht_veg_con", river).any()


def test_every_class_has_a_true_code_in_every_layer() -> None:
    for name, codes in TRUTH.items():
        assert set(codes) == set(Cover)
        assert DESCRIPTORS[name].allows(np.array(list(codes.values()))).all()
    level3 = classify_level3({
        name: (np.array([TRUTH[name][kind] for kind in Cover]), np.ones(len(Cover), bool))
        for name in LEVEL3_INPUTS
    })  # fmt: skip
    assert level3.tolist() == [TRUTH_LEVEL3[kind] for kind in Cover]


def test_the_truth_lies_on_the_grid_with_names_and_level_3_codes(sample: Path) -> None:
    with rasterio.open(sample / "truth" / "truth.tif") as raster:
        assert raster.bounds == DELTA
        assert raster.res == (10, 10)
        assert raster.colormap(1)[Cover.LAKE][:3] == (0x3B, 0x6F, 0xB6)
        truth = raster.read(1)
    assert "wetland" in (sample / "truth" / "truth.tif.aux.xml").read_text()
    level3 = read(sample / "truth" / "level3.tif")
    assert set(TRUTH_LEVEL3.values()) <= LEVEL3.keys()
    for kind, code in TRUTH_LEVEL3.items():
        assert (level3[truth == kind] == code).all()


def test_the_default_truth_lies_on_the_notebooks_grid() -> None:
    from lccs_inputs.rasters.area import resolve_area

    grid = resolve_area("sample", {"bbox": EVIAN}, "EPSG:2154", 10, 4096).grid
    assert grid.bounds == (967_810, 6_585_300, 992_180, 6_597_770)


# The whole


def test_equal_arguments_give_equal_bytes(tmp_path: Path) -> None:
    box = (969_500.0, 6_593_500.0, 970_500.0, 6_594_500.0)
    digests = []
    for name in ("first", "second"):
        generate_sample(tmp_path / name, 20, SEED, bounds=box)
        files = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
        digests.append(
            {
                str(path.relative_to(tmp_path / name)): hashlib.sha256(path.read_bytes()).digest()
                for path in files
            }
        )
    assert digests[0] == digests[1]


def test_the_catalogue_appears_only_when_all_the_rest_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "catalog.json").write_text("{}")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lccs_inputs.sample.generate.make_sentinel2", fail)
    with pytest.raises(InputError, match=r"could not be written whole.*No space left"):
        generate_sample(tmp_path, 20, SEED, bounds=DELTA)
    assert not (tmp_path / "catalog.json").exists()
