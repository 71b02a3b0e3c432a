"""Where map and reference disagree, point by point, and some of where they agree."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import Transformer

from lccs_inputs.accuracy.assess import Assessment
from lccs_inputs.accuracy.tables import table
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.lonlat import LONLAT
from lccs_inputs.reference.data import NOT_SAID, Status

COLUMNS = (
    "source", "target", "map", "map_name", "reference", "reference_name", "class", "date",
    "lon", "lat", "x", "y", "row", "col", "mixed",
)  # fmt: skip
"""Of the table of errors; `class` as the data have it, `lon` and `lat` in degrees (EPSG:4326)."""


def of_map(target: str) -> str:
    """The column of the table of points with the code of a map."""
    return f"{target}_map"


EXAMPLES = 8
"""Points of a class that are told of where map and reference agree."""

Row = Mapping[str, Any]


def placed(points: pd.DataFrame, grid: Grid) -> pd.DataFrame:
    """The points that are used, with `lon` and `lat`.

    Args:
        points: of all data, with a column `of_map` for each map.
    """
    used = points[points.status == Status.USED]
    to_degrees = Transformer.from_crs(grid.crs, LONLAT, always_xy=True)
    lon, lat = to_degrees.transform(used.x.to_numpy(), used.y.to_numpy())
    return used.assign(lon=np.round(lon, 6), lat=np.round(lat, 6))


def errors(used: pd.DataFrame, found: Sequence[Assessment]) -> Iterator[Row]:
    """Points of which a map says something else than the reference: by map, the confusions that are
    most of the area first, then in the order of the data.

    Args:
        used: as `placed` has them.
    """
    return _rows(used, found, lambda each: [pair[:2] for pair in each.confusions])


def right(used: pd.DataFrame, found: Sequence[Assessment]) -> Iterator[Row]:
    """The first `EXAMPLES` points of each class, by map, of which it says what the reference does.

    Args:
        used: as `placed` has them.
    """
    return _rows(used, found, lambda each: [(code, code) for code in each.codes], EXAMPLES)


def _rows(
    used: pd.DataFrame,
    found: Sequence[Assessment],
    pairs_of: Callable[[Assessment], Sequence[tuple[int, int]]],
    most: int | None = None,
) -> Iterator[Row]:
    """Points by map, and by code of the map and of the reference, the first `most` of each pair."""
    own = [column for column in COLUMNS if column in used]
    for each in found:
        here = used[used.source == each.source]
        read = here[[of_map(each.target), each.target]].replace(dict(each.whole)).to_numpy()
        for mapped, true in pairs_of(each):
            named = {
                "target": each.target,
                "map": mapped, "map_name": each.name_of(mapped),
                "reference": true, "reference_name": each.name_of(true),
            }  # fmt: skip
            met = here.loc[(read == (mapped, true)).all(axis=1), own][:most]
            cells = zip(*(met[column].tolist() for column in own), strict=True)
            yield from ({**dict(zip(own, row, strict=True)), **named} for row in cells)


def agreement(
    points: pd.DataFrame, target: str, told: Mapping[str, Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """x, y and whether map and reference agree, of the points that are held against a map.

    Args:
        points: the table of points, or of it the columns `agreement_columns`.
        told: `accuracy.tables.document`, whose codes are read as its figures read them.
    """
    found = [(np.empty(0), np.empty(0), np.empty(0, bool))]
    for each in told["assessments"]:
        if each["target"] != target:
            continue
        whole = {int(part): code for part, code in each["read_as"].items()}
        used = points[(points.source == each["source"]) & (points.status == Status.USED)]
        read = used[[target, of_map(target)]].replace(whole)
        known = (read != NOT_SAID).all(axis=1)
        agree = read[target] == read[of_map(target)]
        found.append(tuple(said[known].to_numpy() for said in (used.x, used.y, agree)))
    x, y, agrees = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return x, y, agrees


def agreement_columns(target: str) -> list[str]:
    """The columns of the table of points that tell where a map is right."""
    return ["source", "status", "x", "y", target, of_map(target)]


def point_table(told: Iterator[Row], *, synthetic: bool) -> str:
    """A table of points, CSV."""
    rows = ([row[column] for column in COLUMNS] for row in told)
    return table(COLUMNS, rows, synthetic=synthetic)
