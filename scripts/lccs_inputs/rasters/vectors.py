"""Vectors that others made are opened in formats that hold them, and in none that leads on.

GDAL goes by content here too, and by itself opens lines of text that name other files, addresses
and databases. pyogrio cannot be told with which drivers to open a file, so the others go.
"""

import pyogrio
from pyogrio import _ogr

FORMATS = frozenset(
    {
        *("GPKG", "SQLite", "OpenFileGDB"),
        *("ESRI Shapefile", "MapInfo File", "FlatGeobuf", "Parquet", "Arrow", "DXF", "DGN"),
        *("GeoJSON", "GeoJSONSeq", "ESRIJSON", "TopoJSON", "JSONFG"),
        *("GML", "KML", "LIBKML", "GPX", "CSV", "ODS", "XLSX"),
    }
)
"""GDAL's drivers for files of areas and of reference data; a build has some of them."""

_OF_RASTERS = frozenset({"MEM", "netCDF"})  # needed by rasterio, where both have one GDAL


def only_vectors() -> None:
    """Leave GDAL's `FORMATS`, before a file of others is opened."""
    if others := pyogrio.list_drivers(read=True).keys() - FORMATS - _OF_RASTERS:
        pyogrio.set_gdal_config_options({"OGR_SKIP": ",".join(sorted(others))})
        _ogr._register_drivers()
