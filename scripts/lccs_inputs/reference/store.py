"""The table of points as a file, for people and for what is made of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
from numpy.typing import NDArray
from pyogrio.raw import write
from shapely import points, to_wkb

from lccs_inputs.files import atomic_path
from lccs_inputs.reference.data import COLUMNS, NOT_SAID, WEIGHT
from lccs_inputs.reference.reading import PART

LAYER = "points"
_WRITTEN = "1980-01-01T00:00:00Z"
"""When a GeoPackage was written, as it says: the same content gives the same bytes."""


def write_points(target: Path, table: pd.DataFrame, crs: str) -> None:
    """Write a table with `x` and `y` in a CRS as a GeoPackage; `NOT_SAID` is NULL there."""
    columns = [table[name].to_numpy() for name in table]
    codes = [column.dtype.kind == "i" for column in columns]
    with atomic_path(target) as temporary, undated():
        write(
            temporary,
            geometry=_places(table.x.to_numpy(), table.y.to_numpy()),
            field_data=columns,
            field_mask=[
                column == NOT_SAID if is_code else None
                for column, is_code in zip(columns, codes, strict=True)
            ],
            fields=[*table],
            layer=LAYER,
            driver="GPKG",
            geometry_type="Point",
            crs=crs,
        )


def _places(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.object_]:
    """Points as WKB, in parts: a million of them as geometries take hundreds of MB."""
    parts = range(0, len(x), PART)
    made = [to_wkb(points(x[at : at + PART], y[at : at + PART])) for at in parts]
    return np.concatenate([np.empty(0, object), *made])


def read_table(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The table that `write_points` wrote: its columns as `data.Points.table` has them, or those of
    them that are asked for and there are."""
    table: pd.DataFrame = pyogrio.read_dataframe(
        path, layer=LAYER, columns=columns, read_geometry=False
    )
    for name in table.columns.difference([*COLUMNS, WEIGHT]):
        if table[name].dtype.kind == "f":  # where there is NULL
            table[name] = table[name].fillna(NOT_SAID).astype(np.int64)
    return table


@contextmanager
def undated() -> Iterator[None]:
    """Have GeoPackages say one date, whenever they are written."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _WRITTEN})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
