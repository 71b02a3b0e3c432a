"""Environmental descriptors for FAO LCCS land cover, built as rasters on one grid.

The library knows nothing of Snakemake: the scripts beside it turn a job into plain arguments
and call one function here.
"""

import os
import resource

# GDAL looks at it when it is loaded: a GML that is given as an area asks nobody for its schema.
os.environ.setdefault("GML_DOWNLOAD_WFS_SCHEMA", "NO")


def _most_open() -> int:
    """How many files of a mosaic GDAL may keep open: a hundred, or what a process may have."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 100 if limit == resource.RLIM_INFINITY else max(2, min(100, limit // 4))


os.environ.setdefault("GDAL_MAX_DATASET_POOL_SIZE", str(_most_open()))
