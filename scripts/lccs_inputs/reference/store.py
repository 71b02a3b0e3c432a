"""The table of points as a file, for people and for what is made of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas
import pandas as pd
import pyogrio
from shapely import points

from lccs_inputs.files import atomic_path

LAYER = "points"
_WRITTEN = "1980-01-01T00:00:00Z"
"""When a GeoPackage was written, as it says: the same content gives the same bytes."""


def write_points(target: Path, table: pd.DataFrame, crs: str) -> None:
    """Write a table with `x` and `y` in a CRS as a GeoPackage."""
    frame = geopandas.GeoDataFrame(table, geometry=points(table.x, table.y), crs=crs)
    with atomic_path(target) as temporary, undated():
        frame.to_file(temporary, layer=LAYER, engine="pyogrio")


def read_table(path: Path) -> pd.DataFrame:
    """The table that `write_points` wrote: its columns as `data.Points.table` has them."""
    table: pd.DataFrame = pyogrio.read_dataframe(path, layer=LAYER, read_geometry=False)
    return table


@contextmanager
def undated() -> Iterator[None]:
    """Have GeoPackages say one date, whenever they are written."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _WRITTEN})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
