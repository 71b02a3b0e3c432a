"""The indices of `config.yaml`, against their formulas written out in float64."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from rasterio.windows import Window

from lccs_inputs.config import load_files
from lccs_inputs.expressions import Node, Value, names, statistic_name, statistics_of
from lccs_inputs.expressions.namespace import LayerText, Namespace
from lccs_inputs.facts.lccs import Kind
from lccs_inputs.facts.sensors import SCENE_NODATA
from lccs_inputs.layers.sources import RasterBand, SourceReader
from lccs_inputs.layers.statistics import Statistics
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.writing import create_raster

ROOT = Path(__file__).parents[3]
BANDS = ("blue", "green", "red", "nir", "swir16", "swir22")
GRID = Grid("EPSG:2154", (10, 10), (900_000, 6_500_000, 900_640, 6_500_480))

Reflectance = NDArray[np.float64]


def _ratio(one: Reflectance, other: Reflectance) -> Reflectance:
    """Of reflectance that is 0 where it was less; NaN where both are."""
    one, other = np.maximum(one, 0), np.maximum(other, 0)
    with np.errstate(invalid="ignore"):
        return (one - other) / (one + other)


FORMULAS: dict[str, Callable[..., Reflectance]] = {
    "ndvi": lambda blue, green, red, nir, swir16, swir22: _ratio(nir, red),
    "ndwi": lambda blue, green, red, nir, swir16, swir22: _ratio(green, nir),
    "ndbi": lambda blue, green, red, nir, swir16, swir22: _ratio(swir16, nir),
    "evi": lambda blue, green, red, nir, swir16, swir22: (
        2.5 * (nir - red) / (nir + 6 * red - 7.5 * blue + 1)
    ),
}
STEPS = {"ndvi": 1, "ndwi": 1, "ndbi": 1, "evi": 10_000}
"""What the stored bands are divided by first: nothing where the scale cancels."""


@pytest.fixture(scope="module")
def stored() -> NDArray[np.int16]:
    """Reflectances as they are stored, −3 % to 60 %; some are missing in one band."""
    draw = np.random.default_rng(11).integers(-300, 6001, (len(BANDS), *GRID.shape), np.int16)
    for band in range(len(BANDS)):
        draw[band, band, :] = SCENE_NODATA
    return draw


@pytest.fixture(scope="module")
def mosaic(stored: NDArray[np.int16], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _written(stored, tmp_path_factory.mktemp("scenes") / "mosaic.tif")


def _written(stored: NDArray[np.int16], path: Path) -> Path:
    scales = [1e-4] * len(BANDS)
    with create_raster(path, GRID, BANDS, "int16", SCENE_NODATA, scales=scales) as raster:
        raster.write(stored)
    return path


def _index(name: str, preset: str = "default") -> Node:
    derived = load_files(ROOT / "config.yaml", [], {"preset": preset})["derived"]
    layer = LayerText(("m",), {"m": f"s2.{name}"}, (), Kind.PERCENT)
    return Namespace({"s2": BANDS}, None, (), derived, {"x": layer}).resolve_layer("x")


def _evaluated(node: Node, mosaic: Path, statistics: Mapping[str, Statistics]) -> Value:
    sources = {name: RasterBand(mosaic, None, name.removeprefix("s2.")) for name in names(node)}
    with SourceReader(sources, GRID) as reader:
        return reader.evaluate(node, Window(0, 0, GRID.width, GRID.height), statistics)


@pytest.mark.parametrize(("index", "steps"), STEPS.items())
def test_an_index_of_stored_bands_is_its_formula_in_float64(
    index: str, steps: int, stored: NDArray[np.int16], mosaic: Path
) -> None:
    node = _index(index)
    found = _evaluated(node, mosaic, {})
    expected = FORMULAS[index](*(stored / steps))
    used = [BANDS.index(name.removeprefix("s2.")) for name in names(node)]
    known = (stored[used] != SCENE_NODATA).all(axis=0) & np.isfinite(expected)
    assert (found.valid == known).all()
    assert (found.data[found.valid] == expected[found.valid]).all()


def _cover(mosaic: Path, preset: str = "default") -> Value:
    """Fractional cover of the whole raster, by the statistics of the whole raster."""
    node = _index("fvc", preset)
    statistics = {}
    for part in statistics_of(node):
        value = _evaluated(part.argument, mosaic, {})
        statistics[statistic_name(part.argument)] = Statistics.of(value.data, value.valid)
    return _evaluated(node, mosaic, statistics)


def test_fractional_cover_is_ndvi_between_percentiles_of_the_land_squared(
    stored: NDArray[np.int16], mosaic: Path
) -> None:
    found = _cover(mosaic)
    ndvi, ndwi = (FORMULAS[name](*stored) for name in ("ndvi", "ndwi"))
    known = (stored != SCENE_NODATA).all(axis=0) & np.isfinite(ndvi) & np.isfinite(ndwi)
    low, high = np.percentile(ndvi[known & (ndwi <= 0)], [2, 98])
    expected = np.clip((ndvi - low) / (high - low), 0, 1) ** 2
    assert np.abs(found.data - expected)[known & found.valid].max() < 5e-4
    assert found.valid[known].all()


def test_one_pixel_of_deep_water_moves_no_other(tmp_path: Path) -> None:
    """Its red and near infrared are nothing but noise, of either sign: any NDVI may come of it."""
    draw = np.random.default_rng(5)
    green = draw.uniform(0, 1, GRID.shape)
    land = np.stack([800 - 500 * green] * len(BANDS)).astype(np.int16)
    land[BANDS.index("nir")] = 1000 + 3000 * green
    sea = land.copy()
    sea[:, 7, 9] = (300, 180, -40, 41, -10, -10)
    before, after = (
        _cover(_written(pixels, tmp_path / name)).data >= 0.2
        for pixels, name in ((land, "land.tif"), (sea, "sea.tif"))
    )
    assert 0.3 < before.mean() < 0.8
    assert (before != after).sum() <= 1


def test_the_notebooks_cover_stands_between_the_extremes(
    stored: NDArray[np.int16], mosaic: Path
) -> None:
    found = _cover(mosaic, "notebook")
    ndvi = FORMULAS["ndvi"](*stored)[found.valid]
    expected = ((ndvi - ndvi.min()) / (ndvi.max() - ndvi.min())) ** 2
    assert (found.data[found.valid] == expected).all()
