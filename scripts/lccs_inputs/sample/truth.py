"""The truth the sample was drawn from, as maps on the grid: classes, level 3, and layers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.facts.lccs import CODE_NODATA, DESCRIPTORS, LEVEL3, Category
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.synthetic import sample_tags
from lccs_inputs.rasters.writing import create_cog
from lccs_inputs.sample import TRUTH_LAYERS
from lccs_inputs.sample.landscape import (
    CROPS,
    CRS,
    OPEN_WATER,
    TRUTH_LEVEL3,
    VARIANTS,
    Codes,
    Cover,
    Landscape,
    cover_table,
)

LEGEND: Mapping[int, Category] = {
    Cover.LAKE: Category("lake", "#3b6fb6"),
    Cover.RIVER: Category("river", "#5fa8d3"),
    Cover.WETLAND: Category("wetland", "#4bb3a5"),
    Cover.BROADLEAVED: Category("broad-leaved forest", "#4f9a3c"),
    Cover.NEEDLELEAVED: Category("needle-leaved forest", "#1f5a34"),
    Cover.MEADOW: Category("meadow", "#b7d98b"),
    Cover.WHEAT: Category("wheat", "#e8d26a"),
    Cover.MAIZE: Category("maize", "#e5b64a"),
    Cover.RAPESEED: Category("rapeseed", "#f4ef5a"),
    Cover.SUNFLOWER: Category("sunflower", "#d99a3a"),
    Cover.VINEYARD: Category("vineyard", "#9b5fa5"),
    Cover.BUILT: Category("built-up", "#c4405a"),
    Cover.ROAD: Category("road", "#444444"),
    Cover.ROCK: Category("bare rock", "#b9aea0"),
    Cover.SEA: Category("sea", "#1f3f7a"),
    Cover.RICE: Category("rice", "#6fe0b0"),
    Cover.GLACIER: Category("glacier", "#d5eefa"),
    Cover.HEATH: Category("heath", "#a5729a"),
    Cover.SOLAR_PARK: Category("solar park", "#3a2f6e"),
}
"""Codes of truth.tif: name and colour."""


_VEGETATED = {
    Cover.WETLAND, Cover.BROADLEAVED, Cover.NEEDLELEAVED, Cover.MEADOW, Cover.WHEAT, Cover.MAIZE,
    Cover.RAPESEED, Cover.SUNFLOWER, Cover.VINEYARD, Cover.RICE, Cover.HEATH,
}  # fmt: skip
_WOODY = {Cover.BROADLEAVED, Cover.NEEDLELEAVED, Cover.VINEYARD, Cover.HEATH}
_AQUATIC = {*OPEN_WATER, Cover.WETLAND, Cover.RICE, Cover.GLACIER}
_ARTIFICIAL = {Cover.BUILT, Cover.ROAD, Cover.SOLAR_PARK}

TRUTH: Mapping[str, Mapping[Cover, int]] = {
    "vegetat_veg_cat": {kind: int(kind in _VEGETATED) for kind in Cover},
    "aquatic_wat_cat": {kind: int(kind in _AQUATIC) for kind in Cover},
    "cultman_agr_cat": {kind: int(kind in (*CROPS, Cover.VINEYARD)) for kind in Cover},
    "artific_urb_cat": {kind: int(kind in _ARTIFICIAL) for kind in Cover},
    "lifeform_veg_cat": {
        kind: (1 if kind in _WOODY else 2) if kind in _VEGETATED else 0 for kind in Cover
    },
    "leaftype_veg_cat": {
        kind: {Cover.BROADLEAVED: 1, Cover.NEEDLELEAVED: 2}.get(kind, 0) for kind in Cover
    },
    "phenolog_veg_cat": {
        kind: {Cover.BROADLEAVED: 2, Cover.NEEDLELEAVED: 1}.get(kind, 0) for kind in Cover
    },
    "waterstt_wat_cat": {
        kind: 3 if kind is Cover.GLACIER else int(kind in OPEN_WATER) for kind in Cover
    },
}
"""The true code by class of the truth map, of layers that do not vary within a class."""

_STEPS = np.arange(VARIANTS)
_QUANTITIES: Mapping[str, Mapping[Cover, Any]] = {
    "canopyco_veg_con": {
        Cover.BROADLEAVED: 70 + 1.5 * _STEPS,
        Cover.NEEDLELEAVED: 62 + 1.5 * _STEPS,
    },
    "canopyht_veg_con": {
        Cover.BROADLEAVED: 14 + 2 * (_STEPS // 4),
        Cover.NEEDLELEAVED: 18 + 3 * (_STEPS // 4),
    },
    # The gravel banks of the river fall dry for some months.
    "waterper_wat_cin": {
        Cover.LAKE: 12,
        Cover.RIVER: np.where(_STEPS < 14, 12, 7),
        Cover.SEA: 12,
    },
}


def truth_of(layer: str, cover: Codes) -> NDArray[np.uint8]:
    """The true code of a layer, one of `sample.TRUTH_LAYERS`.

    Args:
        cover: class × `VARIANTS` + variant, as `Landscape.cover` gives it; any shape.
    """
    if layer in _QUANTITIES:
        table = np.rint(quantity_table(layer)).astype(np.uint8)
    else:
        table = cover_table(TRUTH[layer], "uint8")
    codes: NDArray[np.uint8] = table[cover]
    return codes


def quantity_table(layer: str) -> NDArray[np.float64]:
    """A true quantity by cover code, shape (`CODES`,), not yet rounded; 0 where there is none."""
    return cover_table(_QUANTITIES[layer], "float64")


def make_truth(
    landscape: Landscape, bounds: tuple[float, float, float, float], resolution: float, folder: Path
) -> None:
    """Write `truth.tif` (`LEGEND`), `level3.tif` (`lccs.LEVEL3`) and a file per layer.

    All are uint8 COGs on the grid around `bounds` (EPSG:2154) at `resolution` metres, every
    pixel the truth at its centre; nodata 255 is declared and not used.
    """
    grid = Grid.around(bounds, CRS, resolution)
    cover = landscape.cover(grid)
    classes = (cover // np.uint16(VARIANTS)).astype(np.uint8)
    _write(folder / "truth.tif", classes, grid, LEGEND)
    _write(folder / "level3.tif", cover_table(TRUTH_LEVEL3, "uint8")[cover], grid, LEVEL3)
    for name in TRUTH_LAYERS:
        descriptor = DESCRIPTORS[name]
        resampling = "average" if descriptor.kind.is_continuous else "mode"
        _write(folder / f"{name}.tif", truth_of(name, cover), grid, descriptor.codes, resampling)


def _write(
    path: Path,
    codes: NDArray[np.uint8],
    grid: Grid,
    legend: Mapping[int, Category],
    resampling: str = "mode",
) -> None:
    with create_cog(
        path, grid, [path.stem], "uint8", CODE_NODATA, legend=legend,
        overview_resampling=resampling, tags=sample_tags(f"{path.stem}, the truth"),
    ) as raster:  # fmt: skip
        raster.write(codes, 1)
