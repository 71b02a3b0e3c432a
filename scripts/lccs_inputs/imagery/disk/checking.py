"""Whether the rasters of a scene on a disk are there, whole and in a form that can be composed."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rasterio.errors import RasterioError
from rasterio.windows import Window

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.composite.jpeg2000 import ends_early
from lccs_inputs.imagery.disk.granules import Granule, Raster
from lccs_inputs.imagery.identity import normalise_platform
from lccs_inputs.rasters.archived import DAMAGED_ZIP, gdal_path, zip_of
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.opening import open_foreign
from lccs_inputs.rasters.projecting import is_of_the_earth
from lccs_inputs.words import listed

_PIECE = 2**20  # bytes


@dataclass(frozen=True)
class Look:
    """What the file of a raster says of itself.

    Attributes:
        crs: "EPSG:32631", or WKT where it has no number.
        scaling: scale and offset that it declares; (1, 0) where it says neither.
    """

    grid: Grid
    crs: str
    dtype: str
    scaling: tuple[float, float]


def look_at(granule: Granule) -> Mapping[str, Look]:
    """A look at every raster of a scene, to the last of its pixels.

    Raises:
        SourceError: the scene is of no use, or one of its files is missing, cut off or has no
            place on the ground; in words that follow its name.
    """
    sensor = SENSORS[granule.sensor]
    try:
        granule.moment  # noqa: B018 - that it is one
    except ValueError as error:
        raise SourceError(f"has no date that is one ({granule.datetime})") from error
    platform = normalise_platform(granule.platform)
    if platform and platform not in sensor.platforms:
        raise SourceError(f"is of {granule.platform}, which no {sensor.name} scene set reads")
    lacking = [name for name in sensor.read_with(granule.mask) if name not in granule.assets]
    if lacking:
        needed = listed(sensor.read_with(granule.mask))
        raise SourceError(f"lacks {listed(lacking)}: half downloaded? A scene needs {needed}")
    return {name: _look(name, raster) for name, raster in granule.assets.items()}


def _look(name: str, raster: Raster) -> Look:
    path = raster.path.as_posix()
    try:
        _require_whole(path)
        with open_foreign(gdal_path(path)) as file:
            if not is_of_the_earth(file.crs):
                raise SourceError(f"has no CRS in its {name} ({raster.path.name})")
            if raster.band > file.count:
                raise SourceError(
                    f"has {file.count} bands in {raster.path.name}, not {raster.band}"
                )
            grid = Grid.from_transform(file.crs.to_wkt(), file.transform, file.width, file.height)
            # A file that is cut off opens all the same: its last block is not there.
            last = Window(file.width - 1, file.height - 1, 1, 1)
            file.read(raster.band, window=last)
            scaling = (file.scales[raster.band - 1], file.offsets[raster.band - 1])
            code = file.crs.to_epsg()
            crs = f"EPSG:{code}" if code else file.crs.to_wkt()
            return Look(grid, crs, file.dtypes[raster.band - 1], scaling)
    except (*DAMAGED_ZIP, RasterioError, OSError) as error:
        raise SourceError(
            f"has a {name} that cannot be read ({raster.path.name}): cut off? Download it again"
        ) from error
    except ValueError as error:
        raise SourceError(f"has a {name} that is {error}") from error


def _require_whole(path: str) -> None:
    """See to it that a zip has a file as it was packed, and that JPEG 2000 has its end.

    Raises:
        OSError, DAMAGED_ZIP: it is damaged.
    """
    found = zip_of(path)
    if found:
        with zipfile.ZipFile(found[0]) as archive, archive.open(found[1]) as member:
            while member.read(_PIECE):  # its checksum is compared when all is read
                pass
    elif path.lower().endswith(".jp2"):
        with Path(path).open("rb") as file:

            def read(at: int, size: int) -> bytes:
                file.seek(at)
                return file.read(size)

            if ends_early(read, Path(path).stat().st_size):
                raise OSError(f"{path} has no end")
