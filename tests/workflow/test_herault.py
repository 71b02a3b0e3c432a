"""The workflow on a real Sentinel-2 series, against values computed here another way.

Everything expected is computed with plain rasterio, pyproj and NumPy from the delivered files:
one nearest pixel per centre, `np.nanmedian`, `np.nanstd`. Nothing of the project is used.
"""

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import yaml
from pyproj import Transformer
from rasterio.features import geometry_mask
from rasterio.transform import from_origin
from rasterio.warp import transform_geom

from workflow.harness import REPO, Project, new_project
from workflow.replaying import assert_as_in_the_files, explained

pytestmark = pytest.mark.workflow

BANDS = ("blue", "green", "red", "nir", "swir16", "swir22")
MASKED = (0, 1, 3, 7, 8, 9, 10)
FOLDER = "results/herault/periods/2018"
DEFAULTS = yaml.safe_load((REPO / "config.yaml").read_text())
METHODS = {
    "vegetat_veg_cat": "ndvi_max >= 0.4",
    "aquatic_wat_cat": "ndwi > 0",
    "artific_urb_cat": "ndbi > 0",
    "cultman_agr_cat": "ndvi_stddev > 0.15",
    "season_agr_cat": DEFAULTS["layers"]["cultman_agr_cat"]["methods"]["ndvi_season"],
    "cover_veg_con": "100 * fvc",
    "bright_urb_cat": "blue + swir22 + ndvi_mean + ndvi_min + ndvi_p90 > 1",
}
"""Together they mention every band that is compared below, so that it is composed."""
OWN = {
    "season_agr_cat": {"title": "Cultivated by its seasons", "kind": "binary"},
    "cover_veg_con": {"title": "Fractional cover", "kind": "percent"},
    "bright_urb_cat": {"title": "All other bands", "kind": "binary"},
}
SEASONS = {
    name: DEFAULTS["scenes"][name]["window"] for name in ("s2_winter", "s2_spring", "s2_summer")
}


@dataclass
class Expected:
    """What the result must be: stored integers (float, NaN where there is no observation)."""

    transform: Any
    inside: np.ndarray
    bands: dict[str, np.ndarray]
    clear_count: np.ndarray
    seasons: dict[str, dict[str, np.ndarray]]


@pytest.fixture(scope="module")
def series(shared_data: Path) -> Path:
    return shared_data / "herault_2018"


@pytest.fixture(scope="module")
def herault(series: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    catalogue = str(series / "collection.json")
    config = {
        "areas": {"herault": {"file": str(series / "aoi.geojson")}},
        "grid": {"resolution": 10, "block": 256},
        "periods": {"2018": {"start": "2018-01-01", "end": "2018-12-31"}},
        "scenes": {
            name: {"sensor": "sentinel2", "catalogue": catalogue, "window": window}
            for name, window in {"s2": "period", **SEASONS}.items()
        },
        "products": {},
        "descriptors": OWN,
        "layers": {
            layer: {"use": "spectral", "methods": {"spectral": expression}}
            for layer, expression in METHODS.items()
        },
    }
    project = new_project(tmp_path_factory.mktemp("herault"), config)
    project.run("stack")
    return project


@pytest.fixture(scope="module")
def expected(series: Path) -> Expected:
    outline = json.loads((series / "aoi.geojson").read_text())["features"][0]["geometry"]
    polygon = transform_geom("EPSG:4326", "EPSG:2154", outline)
    xs, ys = np.array(polygon["coordinates"][0]).T
    left, right = np.floor(xs.min() / 10) * 10, np.ceil(xs.max() / 10) * 10
    bottom, top = np.floor(ys.min() / 10) * 10, np.ceil(ys.max() / 10) * 10
    shape = (round((top - bottom) / 10), round((right - left) / 10))
    transform = from_origin(left, top, 10, 10)
    x, y = np.meshgrid(left + 10 * np.arange(shape[1]) + 5, top - 10 * np.arange(shape[0]) - 5)
    x, y = Transformer.from_crs("EPSG:2154", "EPSG:32631", always_xy=True).transform(x, y)
    items = sorted(series.glob("*/*.json"))
    observed = np.stack([observe(item.parent, x, y) for item in items])
    days = np.array([item.stem.split("_")[2][4:] for item in items])
    seasons = {}
    for name, window in SEASONS.items():
        first, last = window.replace("-", "").split("/")
        seasons[name] = composite(observed[(days >= first) & (days <= last)])
    inside = ~geometry_mask([polygon], shape, transform)
    return Expected(transform, inside, composite(observed), clear(observed).sum(axis=0), seasons)


def observe(scene: Path, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """One scene at the pixel centres: six bands, NaN where masked, or red or nir is missing."""
    files = ("B02", "B03", "B04", "B08", "B11", "B12")
    bands = np.stack([nearest(scene / f"{name}.jp2", x, y) for name in files])
    scl = nearest(scene / "SCL.jp2", x, y)
    bands[bands == 0] = np.nan
    undescribed = scl > 11  # the lossy files have such classes along edges
    bands[:, np.isin(scl, MASKED) | undescribed | np.isnan(bands[[2, 3]]).any(axis=0)] = np.nan
    return bands


def nearest(path: Path, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    with rasterio.open(path) as raster:
        pixels, t = raster.read(1).astype(float), raster.transform
    col = np.floor((x - t.c) / t.a).astype(int)
    row = np.floor((y - t.f) / t.e).astype(int)
    inside = (col >= 0) & (col < pixels.shape[1]) & (row >= 0) & (row < pixels.shape[0])
    found = np.zeros(x.shape)
    found[inside] = pixels[row[inside], col[inside]]
    return found


def clear(observed: np.ndarray) -> np.ndarray:
    return ~np.isnan(observed[:, 2])


def composite(observed: np.ndarray) -> dict[str, np.ndarray]:
    red, nir = observed[:, 2], observed[:, 3]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        median = np.nanmedian(observed, axis=0)
        ndvi = (nir - red) / (nir + red) * 1e4
        statistics = {
            "ndvi_mean": np.nanmean(ndvi, axis=0),
            "ndvi_max": np.nanmax(ndvi, axis=0),
            "ndvi_min": np.nanmin(ndvi, axis=0),
            "ndvi_stddev": np.nanstd(ndvi, axis=0),
            "ndvi_p90": np.nanpercentile(ndvi, 90, axis=0),
        }
    return dict(zip(BANDS, median, strict=True)) | statistics


def read_mosaic(herault: Project) -> dict[str, np.ndarray]:
    with rasterio.open(herault.folder / "results/herault/sources/s2/2018/mosaic.vrt") as mosaic:
        return dict(zip(mosaic.descriptions, mosaic.read(), strict=True))


def read_layer(herault: Project, layer: str) -> np.ndarray:
    with rasterio.open(herault.folder / f"{FOLDER}/layers/{layer}.tif") as raster:
        return raster.read(1)


def test_the_grid_is_the_outline_snapped_to_10_m(herault: Project, expected: Expected):
    with rasterio.open(herault.folder / f"{FOLDER}/stack/lccs_inputs.tif") as stack:
        assert stack.transform == expected.transform
        assert stack.shape == expected.inside.shape


def test_the_empty_scene_is_no_observation(herault: Project, expected: Expected):
    counted = read_mosaic(herault)["clear_count"]
    inside = expected.inside
    assert np.array_equal(counted[inside], expected.clear_count[inside])
    assert (counted[~inside] == -32768).all()
    assert counted[inside].max() < 10


@pytest.mark.parametrize("band", BANDS)
def test_the_median_reflectance_is_numpys_to_the_digit(
    herault: Project, expected: Expected, band: str
):
    seen = expected.inside & (expected.clear_count > 0)
    stored = read_mosaic(herault)[band]
    assert np.array_equal(stored[seen], np.rint(expected.bands[band][seen]))
    assert (stored[~seen] == -32768).all()


@pytest.mark.parametrize("band", ["ndvi_mean", "ndvi_max", "ndvi_min", "ndvi_stddev", "ndvi_p90"])
def test_the_ndvi_statistics_are_numpys_within_one_digit(
    herault: Project, expected: Expected, band: str
):
    seen = expected.inside & (expected.clear_count > 0)
    difference = np.abs(read_mosaic(herault)[band][seen] - expected.bands[band][seen])
    assert difference.max() <= 1


def test_the_layers_are_the_thresholds_of_the_independent_composite(
    herault: Project, expected: Expected
):
    green, red, nir, swir16 = (
        np.rint(expected.bands[b]) for b in ("green", "red", "nir", "swir16")
    )
    with np.errstate(invalid="ignore"):
        truth = {
            "aquatic_wat_cat": (green - nir) / (green + nir) > 0,
            "artific_urb_cat": (swir16 - nir) / (swir16 + nir) > 0,
        }
    seen = expected.inside & (expected.clear_count > 0)
    assert red[seen].min() > 0
    for layer, condition in truth.items():
        mapped = read_layer(herault, layer)
        assert np.array_equal(mapped[seen], condition[seen].astype("uint8"))
        assert (mapped[~expected.inside] == 255).all()


@pytest.mark.parametrize(
    ("layer", "band", "threshold"),
    [("vegetat_veg_cat", "ndvi_max", 4000), ("cultman_agr_cat", "ndvi_stddev", 1500)],
)
def test_the_season_layers_agree_wherever_rounding_cannot_decide(
    herault: Project, expected: Expected, layer: str, band: str, threshold: float
):
    value = expected.bands[band]
    sure = expected.inside & (expected.clear_count > 0) & (np.abs(value - threshold) > 1)
    mapped = read_layer(herault, layer)
    assert np.array_equal(mapped[sure], (value[sure] >= threshold).astype("uint8"))
    assert sure.sum() > 0.95 * expected.inside.sum()


def ndvi_of(bands: dict[str, np.ndarray]) -> np.ndarray:
    red, nir = np.rint(bands["red"]), np.rint(bands["nir"])
    with np.errstate(invalid="ignore"):
        return (nir - red) / (nir + red)


def test_the_season_of_crops_is_that_of_the_independent_composites(
    herault: Project, expected: Expected
):
    winter, spring, summer = (ndvi_of(expected.seasons[name]) for name in SEASONS)
    with np.errstate(invalid="ignore"):
        rises, falls, late = (
            spring - winter >= 0.2, spring - summer >= 0.2, summer - spring >= 0.1
        )  # fmt: skip
    known = expected.inside & ~np.isnan(winter + spring + summer)
    mapped = read_layer(herault, "season_agr_cat")
    assert known.sum() > 0.9 * expected.inside.sum()
    assert np.array_equal(mapped[known] == 1, (rises & falls | late)[known])
    # unknown in winter: what is known of the other seasons decides, where it does
    cloudy = expected.inside & np.isnan(winter) & ~np.isnan(spring + summer)
    assert (mapped[cloudy & late] == 1).all()
    assert (mapped[cloudy & ~late & ~falls] == 0).all()
    assert (mapped[cloudy & ~late & falls] == 255).all()


def test_fractional_cover_stands_between_percentiles_of_the_land(
    herault: Project, expected: Expected
):
    ndvi, green, nir = (
        ndvi_of(expected.bands), np.rint(expected.bands["green"]), np.rint(expected.bands["nir"])
    )  # fmt: skip
    seen = expected.inside & (expected.clear_count > 0)
    bare, full = np.percentile(ndvi[seen & (green <= nir)], [2, 98])
    cover = 100 * np.clip((ndvi - bare) / (full - bare), 0, 1) ** 2
    mapped = read_layer(herault, "cover_veg_con")
    assert np.abs(mapped[seen] - cover[seen]).max() < 0.6
    assert 2 < cover[seen].mean() < 98


def test_a_thousand_pixels_are_explained_as_they_are(herault: Project):
    assert_as_in_the_files(explained(herault, "herault", 1000), herault.folder / FOLDER)


def test_a_change_that_is_told_is_the_smallest(herault: Project):
    """Vegetation by the maximum of NDVI: the next stored number on the other side of 0.4."""
    answers = explained(herault, "herault", 20, flips=True)
    told = [flip for each in answers for flip in each.layers[0].flips]
    assert len(told) > 15
    assert {(flip.operand, flip.to) for flip in told} <= {("s2.ndvi_max", n) for n in (0.4, 0.3999)}
    assert all((flip.to == 0.4) is (flip.value < 0.4) for flip in told)
