"""Drawing a stratified sample of the pixels of a map, and writing it for interpretation."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyogrio
from numpy.typing import NDArray
from pyproj import Transformer
from shapely import points as points_of

from lccs_inputs.accuracy.design import Stratum
from lccs_inputs.files import atomic_path
from lccs_inputs.formats.points import TABLE as STYLES
from lccs_inputs.formats.points import style_table
from lccs_inputs.layers.layer_set import LayerSet
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.counting import Counts
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.lonlat import LONLAT
from lccs_inputs.rasters.reading import area_windows, padded
from lccs_inputs.rasters.true_area import hectares_within
from lccs_inputs.reference.reading import STRATA
from lccs_inputs.reference.store import LAYER, undated

Codes = NDArray[np.uint8]


def survey(level3: Path, area: Area) -> tuple[Counts, dict[int, float]]:
    """How much of the area is of which class, and what share of that has a neighbour of another.

    Raises:
        SourceError: the map cannot be read or is not exactly on the grid of the area.
    """
    counts, near = Counts(), np.zeros(256, np.int64)
    with LayerSet({level3.stem: level3}, area.grid) as layers:
        for window, inside in area_windows(area, "survey"):
            wide = padded(window, 1, area.grid)
            codes, valid = layers.read(level3.stem, wide)
            top, left = window.row_off - wide.row_off, window.col_off - wide.col_off
            part = slice(top, top + window.height), slice(left, left + window.width)
            known, own = inside & valid[part], codes[part]
            counts.add(own[known], hectares_within(area.grid, window)[known])
            counts.all_pixels += int(known.sum())
            near += np.bincount(own[known & _edges(codes, valid)[part]], minlength=256)
    return counts, {code: near[code] / count for code, count in counts.pixels.items()}


def _edges(codes: Codes, valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where one of the four neighbours is of another class."""
    edges = np.zeros(codes.shape, bool)
    for axis in (0, 1):
        ahead, behind = np.roll(codes, -1, axis), np.roll(valid, -1, axis)
        differ = (ahead != codes) & valid & behind
        last = [slice(None), slice(None)]
        last[axis] = slice(-1, None)
        differ[tuple(last)] = False
        edges |= differ | np.roll(differ, 1, axis)
    return edges


def draw(
    level3: Path, area: Area, strata: Sequence[Stratum], points: Sequence[int], seed: int
) -> pd.DataFrame:
    """Draw pixels of each class at random, none twice: `code`, `row` and `col`, in random order.

    Args:
        points: of each class, no more than it has pixels.
    """
    rng = np.random.default_rng(seed)
    ranks = {
        each.code: np.sort(rng.choice(each.pixels, count, replace=False, shuffle=False))
        for each, count in zip(strata, points, strict=True)
    }
    met = dict.fromkeys(ranks, 0)
    drawn: list[tuple[int, int, int]] = []
    with LayerSet({level3.stem: level3}, area.grid) as layers:
        for window, inside in area_windows(area, "draw"):
            codes, valid = layers.read(level3.stem, window)
            for code, wanted in ranks.items():
                rows, cols = np.nonzero(inside & valid & (codes == code))
                here = wanted[(wanted >= met[code]) & (wanted < met[code] + len(rows))] - met[code]
                met[code] += len(rows)
                drawn += (
                    (code, int(rows[at]) + window.row_off, int(cols[at]) + window.col_off)
                    for at in here.tolist()
                )
    table = pd.DataFrame(drawn, columns=["code", "row", "col"])
    return table.iloc[rng.permutation(len(table))].reset_index(drop=True)


def write_sample(
    target: Path,
    drawn: pd.DataFrame,
    strata: Sequence[Stratum],
    grid: Grid,
    day: str,
    chips: Mapping[int, str],
) -> None:
    """Write a sample for interpretation, as a GeoPackage.

    Its layer `points` has a point on the centre of each pixel, with `id`, `lon` and `lat`,
    `stratum`, `date`, and columns to fill in: `class`, as LCCS writes it, `sure` and `note`.
    `strata` has the strata, in the order of their codes, and their sizes: what the map says of a
    point is for whoever knows that order. QGIS finds a style and a form in it.

    Args:
        day: that the map is of, ISO 8601.
        chips: id → picture, from the folder of the file.
    """
    x = grid.bounds[0] + (drawn.col + 0.5) * grid.resolution
    y = grid.bounds[3] - (drawn.row + 0.5) * grid.resolution
    lon, lat = Transformer.from_crs(grid.crs, LONLAT, always_xy=True).transform(x, y)
    names = {each.code: f"s{number}" for number, each in enumerate(strata, start=1)}
    number = range(1, len(drawn) + 1)
    columns = {
        "id": number, "class": "", "sure": "", "note": "", "date": day,
        "lon": np.round(lon, 6), "lat": np.round(lat, 6), "stratum": drawn.code.map(names),
        "chip": [chips.get(each, "") for each in number],
    }  # fmt: skip
    frame = geopandas.GeoDataFrame(columns, geometry=points_of(x, y), crs=grid.crs)
    sizes = pd.DataFrame(
        {
            "stratum": [names[each.code] for each in strata],
            "pixels": [float(each.pixels) for each in strata],
            "hectares": [each.hectares for each in strata],
        }
    )
    with atomic_path(target) as temporary, undated():
        frame.to_file(temporary, layer=LAYER, engine="pyogrio")
        pyogrio.write_dataframe(sizes, temporary, layer=STRATA, append=True)
        style = style_table(LAYER, grid.resolution, with_chips=bool(chips))
        pyogrio.write_dataframe(style, temporary, layer=STYLES, append=True)
