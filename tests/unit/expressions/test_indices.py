"""The indices of `config.yaml`, against their formulas written out in float64."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray
from rasterio.windows import Window

from lccs_inputs.expressions import Node, Value, names, statistic_name
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
    """Reflectances as they are stored, 0.01 % to 60 %; some are missing in one band."""
    draw = np.random.default_rng(11).integers(1, 6001, (len(BANDS), *GRID.shape), np.int16)
    for band in range(len(BANDS)):
        draw[band, band, :] = SCENE_NODATA
    return draw


@pytest.fixture(scope="module")
def mosaic(stored: NDArray[np.int16], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scenes") / "mosaic.tif"
    scales = [1e-4] * len(BANDS)
    with create_raster(path, GRID, BANDS, "int16", SCENE_NODATA, scales=scales) as raster:
        raster.write(stored)
    return path


def _index(name: str) -> Node:
    derived = yaml.safe_load((ROOT / "config.yaml").read_text())["derived"]
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
    assert (found.valid == (stored[used] != SCENE_NODATA).all(axis=0)).all()
    assert (found.data[found.valid] == expected[found.valid]).all()


def test_fractional_cover_is_ndvi_between_its_extremes_squared(
    stored: NDArray[np.int16], mosaic: Path
) -> None:
    ndvi = _evaluated(_index("ndvi"), mosaic, {})
    statistics = Statistics.of(ndvi.data, ndvi.valid)
    found = _evaluated(_index("fvc"), mosaic, {statistic_name(_index("ndvi")): statistics})
    known = FORMULAS["ndvi"](*(stored / STEPS["ndvi"]))[ndvi.valid]
    expected = ((known - known.min()) / (known.max() - known.min())) ** 2
    assert (found.data[found.valid] == expected).all()
