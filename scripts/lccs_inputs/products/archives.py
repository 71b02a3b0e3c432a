"""The rasters of a delivery: a GeoTIFF, a folder, or a zip as CLMS delivers them.

CLMS packs in several ways: one raster under one folder; `Results/<inner>.zip` whose
`<name>/DATA/` holds several 100 km tiles beside `Symbology/` and `Metadata/`. Rasters of an
outer zip are read in place through GDAL's /vsizip/; only zips inside a zip are unpacked, and what
has a name that GDAL does not find.
"""

import logging
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from textwrap import shorten

from rasterio.errors import RasterioIOError
from tqdm import tqdm

from lccs_inputs.errors import InputError, SourceError
from lccs_inputs.files import atomic_path
from lccs_inputs.rasters.archived import DAMAGED_ZIP, files_of
from lccs_inputs.rasters.given import is_hidden, visible_files
from lccs_inputs.rasters.opening import BESIDE, is_tiff, open_foreign

_log = logging.getLogger(__name__)

_RASTERS = {".tif", ".tiff"}
_ZIP = ".zip"
_CHUNK = 1 << 20  # bytes read at a time
_DEPTH = 4  # zips within zips; CLMS nests two


@dataclass(frozen=True)
class Found:
    """A raster of a delivery.

    Attributes:
        path: as GDAL opens it.
        inside: its names within what the user gave, from folder to folder and zip to zip; of a
            GeoTIFF that was given itself, its name.
    """

    path: Path
    inside: PurePosixPath


def find_rasters(path: Path, work: Path) -> list[Path]:
    """Every GeoTIFF of a delivery, as paths GDAL opens; see `search_delivery`."""
    return [found.path for found in search_delivery(path, work)]


def search_delivery(path: Path, work: Path) -> list[Found]:
    """Every GeoTIFF of a delivery, in a stable order; hidden files are none.

    Members of zips are checked against their CRC first, so a damaged archive is found here and
    not as odd pixels later.

    Args:
        path: a GeoTIFF, a zip, or a folder of either (searched to any depth, links followed).
        work: scratch folder for zips found inside zips; may be deleted once the rasters are read.

    Raises:
        SourceError: the path is missing, damaged, no delivery at all, or holds no GeoTIFF; a
            folder cannot be listed, or holds a link that leads nowhere.
    """
    inside = PurePosixPath() if path.is_dir() else PurePosixPath(path.name)
    rasters = list(_search(path, inside, path, work, 1))
    if not rasters:
        raise SourceError(f"{path}: holds no GeoTIFF; point to a .tif, or to the zip that has it")
    return rasters


def _search(
    path: Path, inside: PurePosixPath, delivery: Path, work: Path, depth: int
) -> Iterator[Found]:
    """The rasters of `path`; `delivery`, what the user gave, is what errors name."""
    if path.is_dir():
        for child in _files(path):
            if _is_wanted(child):
                yield from _search(
                    child, PurePosixPath(child.relative_to(path)), child, work, depth
                )
    elif not path.exists():
        raise SourceError(f"{path}: does not exist; give the path of a GeoTIFF, a folder or a zip")
    elif path.suffix.lower() == _ZIP:
        yield from _search_zip(path, inside, delivery, work, depth)
    elif path.suffix.lower() in _RASTERS:
        yield Found(path, inside)
    else:
        raise SourceError(f"{path}: is neither a GeoTIFF, nor a folder, nor a zip")


def _files(folder: Path) -> Iterator[Path]:
    try:
        for path in visible_files(folder):
            if not path.exists():
                raise SourceError(
                    f"{path}: is a link to {path.readlink()}, which is not there; mount what it "
                    "leads to, or remove the link"
                )
            yield path
    except OSError as error:
        raise SourceError(f"{folder}: cannot be listed ({error}); make it readable") from error


def _search_zip(
    path: Path, inside: PurePosixPath, delivery: Path, work: Path, depth: int
) -> Iterator[Found]:
    if depth > _DEPTH:
        raise SourceError(f"{delivery}: has zips nested more than {_DEPTH} deep; unpack it first")
    try:
        with zipfile.ZipFile(path) as archive:
            for member in sorted(files_of(archive), key=lambda member: member.filename):
                name = PurePosixPath(member.filename.replace("\\", "/"))
                if is_hidden(name) or not _is_wanted(name):
                    continue
                if name.suffix.lower() == _ZIP:
                    inner = _unpack(archive, member, work)
                    yield from _search(inner, inside / name, delivery, work, depth + 1)
                elif _opens_in_place(member.filename):
                    _verify(archive, member)
                    _verify_beside(archive, path, member.filename, delivery)
                    yield Found(_place(path, member.filename), inside / name)
                else:
                    yield Found(_unpack(archive, member, work), inside / name)
    except RuntimeError as error:  # encrypted; a rare compression method
        raise SourceError(
            f"{delivery}: cannot be unpacked ({error}); unpack it yourself"
        ) from error
    except DAMAGED_ZIP as error:
        raise SourceError(f"{delivery}: {_diagnosis(path, error)}; fetch it again") from error
    except OSError as error:
        raise InputError(
            f"{delivery}: cannot be read, or not unpacked to {work} ({error}); is the disk full?"
        ) from error


def is_whole_zip(path: Path) -> bool:
    """Whether there is a zip, all members of which are what was packed."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except FileNotFoundError:
        return False
    except (*DAMAGED_ZIP, RuntimeError, ValueError) as error:
        _log.warning("%s is damaged and made anew (%s)", path, error)
        return False


def _opens_in_place(member: str) -> bool:
    """Whether GDAL finds a member of a zip by its name, which may be that of another system."""
    name = PurePosixPath(member)
    return str(name) == member and not {"/", ".."} & {*name.parts} and "\\" not in member


def _is_wanted(name: PurePath) -> bool:
    return name.suffix.lower() in {*_RASTERS, _ZIP}


def _verify(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Read a member to its end, where zipfile compares its CRC."""
    for _ in _chunks(archive, member, "Checking"):
        pass


def _verify_beside(archive: zipfile.ZipFile, path: Path, member: str, delivery: Path) -> None:
    """Refuse a mask or overviews of a raster that lead on to other files, as GDAL finds them."""
    for name in archive.namelist():
        if name.lower().startswith(f"{member}.".lower()) and name.lower().endswith(BESIDE):
            with archive.open(name) as file:
                if not is_tiff(file):
                    raise SourceError(
                        f"{delivery}: {name}, beside its raster, is no TIFF; take it out"
                    )
            try:
                open_foreign(_place(path, name)).close()
            except RasterioIOError as error:
                raise SourceError(f"{delivery}: {error}") from error


def _place(archive: Path, member: str) -> Path:
    """A member as GDAL opens it: braces end the archive's name whatever its suffix."""
    return Path(f"/vsizip/{{{archive.resolve()}}}/{member}")


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, work: Path) -> Path:
    """Unpack one member to `work`, under a name of ours: a member's folders are not trusted."""
    name = PurePosixPath(member.filename.replace("\\", "/")).name
    target = work / f"{member.CRC:08x}_{name}"
    if not target.exists():
        with atomic_path(target) as temporary, temporary.open("wb") as file:
            for chunk in _chunks(archive, member, "Unpacking"):
                file.write(chunk)
    return target


def _chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo, doing: str) -> Iterator[bytes]:
    """The bytes of a member, with progress where it takes more than a moment."""
    progress = tqdm(
        total=member.file_size,
        desc=f"{doing} {PurePosixPath(member.filename).name}",
        unit="B",
        unit_scale=True,
        mininterval=1,
        delay=2,
    )
    with archive.open(member) as stream, progress:
        while chunk := stream.read(_CHUNK):
            progress.update(len(chunk))
            yield chunk


def _diagnosis(path: Path, error: Exception) -> str:
    """What is wrong with a zip that cannot be read, in words."""
    with path.open("rb") as file:
        head = file.read(256).lstrip().lower()
    if not head:
        return "is empty, not a zip"
    if head.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "is a web page saved as a zip: the download was refused"
    if not head.startswith(b"pk"):
        return "is not a zip"
    return f"is damaged or cut short ({shorten(str(error), 100)})"
