"""Environmental descriptors for FAO LCCS land cover, built as rasters on one grid.

The library knows nothing of Snakemake: the scripts beside it turn a job into plain arguments
and call one function here.
"""

import logging
import os
import resource

_LEADING_ON = (
    "OGR_VRT", "GDALG", "WFS", "OAPIF", "OGCAPI", "CSW", "EEDA", "Elasticsearch", "Carto",
    "AmigoCloud", "PLSCENES", "NGW", "HTTP", "ADBC", "GPSBabel",
)  # fmt: skip

# GDAL looks at these when it is loaded, whoever loads it: a file that is given as an area or as
# reference data is vectors itself, and no few lines that have other files or the network read.
os.environ.setdefault("OGR_SKIP", ",".join(_LEADING_ON))
os.environ.setdefault("GML_DOWNLOAD_WFS_SCHEMA", "NO")


def _most_open() -> int:
    """How many files of a mosaic GDAL may keep open: a hundred, or what a process may have."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 100 if limit == resource.RLIM_INFINITY else max(2, min(100, limit // 4))


os.environ.setdefault("GDAL_MAX_DATASET_POOL_SIZE", str(_most_open()))


def _is_news(record: logging.LogRecord) -> bool:
    """Whether GDAL tells of more than a driver to leave out that it was built without."""
    return "to unload from GDAL_SKIP" not in record.getMessage()


logging.getLogger("rasterio._env").addFilter(_is_news)
