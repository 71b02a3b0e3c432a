"""Opening rasters that others made: in the formats that hold pixels, and in none that leads on.

GDAL goes by content, whatever a file is called. In a .tif can stand a virtual raster, or another
few lines of text that name files of this machine and addresses of the network; with all of GDAL's
formats, to open it would read them.
"""

from pathlib import Path
from typing import IO, Any

from rasterio.env import ensure_env_with_credentials
from rasterio.errors import RasterioIOError
from rasterio.io import DatasetReader

FORMATS = ("GTiff", "JP2OpenJPEG", "JP2KAK", "JP2ECW", "JP2MrSID", "netCDF", "HFA")
"""GDAL's drivers for GeoTIFF, JPEG 2000 (a build has one of them), netCDF and Erdas Imagine."""

BESIDE = (".msk", ".ovr")
"""What follows the name of a file in those that GDAL opens with it, in whatever format they are."""
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


@ensure_env_with_credentials  # type: ignore[untyped-decorator] # as of `rasterio.open`, of one format
def open_foreign(path: str | Path, **options: Any) -> DatasetReader:
    """Open a raster of a user or a service; `path` as rasterio takes it.

    Raises:
        rasterio.errors.RasterioIOError: it cannot be opened, is of another format than `FORMATS`,
            or has a mask or overviews beside it that are no TIFF.
    """
    for ending in BESIDE:
        beside = Path(f"{path}{ending}")
        if beside.is_file():
            with beside.open("rb") as file:
                if not is_tiff(file):
                    raise RasterioIOError(f"{beside.name}, beside it, is no TIFF; remove it")
    return DatasetReader(path, driver=list(FORMATS), **options)


def is_tiff(file: IO[bytes]) -> bool:
    """Whether a file begins as a TIFF does."""
    return file.read(4) in _TIFF
