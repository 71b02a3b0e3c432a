"""The truth the sample was drawn from, as maps on the grid: classes, and level 3."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from lccs_inputs.gather import SourceGrid
from lccs_inputs.grid import Grid
from lccs_inputs.lccs import LEVEL3, Category
from lccs_inputs.rasters import CODE_NODATA, create_cog
from lccs_inputs.sample.landscape import CROPS, CRS, TRUTH_LEVEL3, Cover, Landscape

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
}
"""Codes of truth.tif: name and colour."""


_VEGETATED = {
    Cover.WETLAND, Cover.BROADLEAVED, Cover.NEEDLELEAVED, Cover.MEADOW, Cover.WHEAT, Cover.MAIZE,
    Cover.RAPESEED, Cover.SUNFLOWER, Cover.VINEYARD,
}  # fmt: skip
_WOODY = {Cover.BROADLEAVED, Cover.NEEDLELEAVED, Cover.VINEYARD}

TRUTH: Mapping[str, Mapping[Cover, int]] = {
    "vegetat_veg_cat": {kind: int(kind in _VEGETATED) for kind in Cover},
    "aquatic_wat_cat": {
        kind: int(kind in (Cover.LAKE, Cover.RIVER, Cover.WETLAND)) for kind in Cover
    },
    "cultman_agr_cat": {kind: int(kind in (*CROPS, Cover.VINEYARD)) for kind in Cover},
    "artific_urb_cat": {kind: int(kind in (Cover.BUILT, Cover.ROAD)) for kind in Cover},
    "lifeform_veg_cat": {
        kind: (1 if kind in _WOODY else 2) if kind in _VEGETATED else 0 for kind in Cover
    },
    "leaftype_veg_cat": {
        kind: {Cover.BROADLEAVED: 1, Cover.NEEDLELEAVED: 2}.get(kind, 0) for kind in Cover
    },
    "phenolog_veg_cat": {
        kind: {Cover.BROADLEAVED: 2, Cover.NEEDLELEAVED: 1}.get(kind, 0) for kind in Cover
    },
    "waterstt_wat_cat": {kind: int(kind in (Cover.LAKE, Cover.RIVER)) for kind in Cover},
}
"""The true code of a layer by class of the truth map."""


def make_truth(
    landscape: Landscape, bounds: tuple[float, float, float, float], resolution: float, folder: Path
) -> None:
    """Write `truth.tif` (`LEGEND`) and `level3.tif` (`lccs.LEVEL3`) into `folder`.

    Both are uint8 COGs on the grid around `bounds` (EPSG:2154) at `resolution` metres, every
    pixel the truth at its centre; nodata 255 is declared and not used.
    """
    grid = Grid.around(bounds, CRS, resolution)
    classes = landscape.view(SourceGrid(CRS, grid.transform, grid.width, grid.height)).classes
    table = np.full(256, CODE_NODATA, np.uint8)
    for kind, code in TRUTH_LEVEL3.items():
        table[kind] = code
    with create_cog(
        folder / "truth.tif", grid, ["truth"], "uint8", CODE_NODATA, legend=LEGEND
    ) as raster:
        raster.write(classes, 1)
    with create_cog(
        folder / "level3.tif", grid, ["level3"], "uint8", CODE_NODATA, legend=LEVEL3
    ) as raster:
        raster.write(table[classes], 1)
