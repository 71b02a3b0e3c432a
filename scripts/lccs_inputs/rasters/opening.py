"""Opening rasters that others made: in the formats that hold pixels, and in none that leads on.

GDAL goes by content, whatever a file is called. In a .tif can stand a virtual raster, or another
few lines of text that name files of this machine and addresses of the network; with all of GDAL's
formats, to open it would read them.
"""

from pathlib import Path
from typing import IO, Any

from rasterio._err import CPLE_BaseError
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
            names another file as its overviews, or has a mask or overviews beside it that are no
            TIFF, lead on in turn, or are called so that GDAL may or may not find them.
    """
    for beside in _beside(Path(path)):
        _require_plain(beside, Path(path).name + beside.suffix.lower())
    raster = DatasetReader(path, driver=list(FORMATS), **options)
    try:
        _require_alone(raster)
    except RasterioIOError:
        raster.close()
        raise
    return raster


def _require_alone(raster: DatasetReader) -> None:
    """Refuse one that names another file, or of which what GDAL reads when asked cannot be read."""
    try:
        said, *_ = raster.tags(ns="OVERVIEWS"), raster.colorinterp, raster.mask_flag_enums
    except CPLE_BaseError as error:  # which rasterio lets through here, and is none of its own
        raise RasterioIOError(str(error)) from None
    if "OVERVIEW_FILE" in said:
        name = Path(raster.name).name
        raise RasterioIOError(f"{name} names another file as its overviews; remove that")


def _beside(raster: Path) -> list[Path]:
    """The masks and overviews of a raster on a disk, in whatever case their names end."""
    try:
        names = [path.name for path in raster.parent.iterdir()]
    except OSError:  # no folder, or one that may be entered and not listed
        names = [f"{raster.name}{ending}" for low in BESIDE for ending in (low, low.upper())]
    wanted = [f"{raster.name}{ending}".lower() for ending in BESIDE]
    found = (raster.parent / name for name in sorted(names) if name.lower() in wanted)
    return [path for path in found if path.is_file()]


def _require_plain(beside: Path, name: str) -> None:
    """Refuse a mask or overviews that are more, or are read in small folders only.

    Args:
        name: which GDAL finds in any folder; others where there are at most a thousand files.
    """
    if beside.name != name:
        raise RasterioIOError(f"{beside.name}: rename it to {name}, or remove it")
    with beside.open("rb") as file:
        if not is_tiff(file):
            raise RasterioIOError(f"{beside.name}, beside it, is no TIFF; remove it")
    open_foreign(beside).close()


def is_tiff(file: IO[bytes]) -> bool:
    """Whether a file begins as a TIFF does."""
    return file.read(4) in _TIFF
