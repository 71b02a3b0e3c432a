"""A static STAC catalogue of the scenes in a folder, and what was found there."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pystac
from pystac.layout import TemplateLayoutStrategy
from pystac.stac_io import DefaultStacIO
from shapely import Polygon, box, get_coordinates, segmentize
from shapely.geometry import mapping
from tqdm import tqdm

from lccs_inputs.errors import SourceError
from lccs_inputs.files import fingerprint, write_text
from lccs_inputs.imagery.disk import hls, landsat, sentinel1, sentinel2, theia
from lccs_inputs.imagery.disk.checking import Look, look_at
from lccs_inputs.imagery.disk.granules import Granule, Kind
from lccs_inputs.imagery.disk.trees import Tree, archive_tree, archives, folder_tree
from lccs_inputs.imagery.identity import normalise_platform
from lccs_inputs.rasters.archived import is_archive
from lccs_inputs.rasters.lonlat import LONLAT
from lccs_inputs.rasters.projecting import projected

KINDS = (sentinel2.KIND, theia.KIND, landsat.KIND, hls.KIND, sentinel1.KIND)
"""Products that are understood by themselves."""

_MALFORMED = (ValueError, KeyError, TypeError, StopIteration, SyntaxError)
"""What metadata lead to that are not as their publisher says; ParseError is a SyntaxError."""
_RASTERS = {".tif", ".tiff", ".jp2", ".hdf", ".h5", ".nc"}
_UNFINISHED = {".part", ".crdownload", ".incomplete", ".download"}
_AT_ONCE = 4
_EXTENSIONS = tuple(
    f"https://stac-extensions.github.io/{name}/schema.json"
    for name in ("eo/v2.0.0", "projection/v2.0.0", "raster/v2.0.0")
)
_OURS = "lccs:scenes"
"""The field of a catalogue by which one of ours is known. What changes in an item changes it, and
with it the file that a search is watched by."""
_STEPS = 20  # parts of a side of a raster, as degrees see it
_DIGITS = 7  # of degrees: a centimetre


@dataclass(frozen=True)
class Refused:
    """What cannot be used: where it is, and why, in words that follow its name."""

    where: Path
    reason: str


@dataclass(frozen=True)
class Described:
    """A scene that can be used: what its metadata, and its files, say."""

    granule: Granule
    where: Path
    looks: Mapping[str, Look]


@dataclass(frozen=True)
class Findings:
    """What lies in a folder.

    Attributes:
        scenes: in order of collection, time and name.
        refused: in order of where it is.
    """

    scenes: Sequence[Described]
    refused: Sequence[Refused]


def look_through(folder: Path, kinds: Sequence[Kind] = KINDS) -> Findings:
    """Find the scenes of a folder, archives in it included.

    Raises:
        SourceError: the folder cannot be listed, or holds nothing that is a scene.
    """
    found, refused = list[tuple[Path, Granule]](), list[Refused]()
    for each in _candidates(folder_tree(folder), kinds):
        if isinstance(each, Refused):
            refused.append(each)
        else:
            found.append(each)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        looks = list(tqdm(pool.map(_described, found), "look", len(found), unit="scene"))
    scenes: dict[tuple[str, str], Described] = {}
    for look in looks:
        if isinstance(look, Refused):
            refused.append(look)
            continue
        key = (look.granule.collection, look.granule.id)
        if key in scenes:
            reason = f"has the name of {scenes[key].where} too, which is taken; remove one of them"
            refused.append(Refused(look.where, reason))
        scenes.setdefault(key, look)
    if not scenes and not refused:
        raise SourceError(
            f"{folder} holds no scene that is understood; these are: "
            f"{', '.join(kind.title for kind in kinds)}; other GeoTIFFs need a PATTERN"
        )
    return Findings(
        sorted(scenes.values(), key=lambda each: _order(each.granule)),
        sorted(refused, key=lambda each: each.where.as_posix()),
    )


def _order(granule: Granule) -> tuple[str, str, str]:
    return granule.collection, granule.datetime, granule.id


def _candidates(whole: Tree, kinds: Sequence[Kind]) -> Iterator[tuple[Path, Granule] | Refused]:
    yield from _of_tree(whole, kinds)
    for path in archives(whole):
        try:
            tree = archive_tree(path)
        except SourceError as error:
            yield Refused(path, str(error).removeprefix(f"{path} "))
            continue
        found = list(_of_tree(tree, kinds))
        yield from found or [Refused(path, "holds no scene that is understood")]


def _of_tree(tree: Tree, kinds: Sequence[Kind]) -> Iterator[tuple[Path, Granule] | Refused]:
    claimed: list[str] = []
    for kind in kinds:
        for start in kind.find(tree):
            claimed.append(start)
            where = _place(tree, start)
            try:
                yield where, kind.read(tree, start)
            except SourceError as error:
                yield Refused(where, str(error))
            except KeyError as error:
                yield Refused(
                    where, f"has metadata without {error.args[0]}, of no form that is known"
                )
            except _MALFORMED as error:
                yield Refused(
                    where, f"has metadata that cannot be read ({error!r}); fetch it again"
                )
    rest = [name for name in tree.names if not any(_is_of(start, name) for start in claimed)]
    yield from _strange(tree, [PurePosixPath(name) for name in rest])
    for kind in kinds:
        yield from _without_files(tree, kind, claimed)


def _place(tree: Tree, start: str) -> Path:
    """Where a product is: the folder, or the archive, that is called as its files begin."""
    path = tree.path(start.rstrip("/_.")) if start else tree.root
    doubled = not start.endswith("/") and path.name in (path.parent.name, path.parent.stem)
    return path.parent if doubled else path


def _without_files(tree: Tree, kind: Kind, claimed: Sequence[str]) -> Iterator[Refused]:
    """Folders that are made for a product and hold nothing of it, nor is it packed beside them."""
    told = (*claimed, *(name for name in tree.names if is_archive(Path(name))))
    for folder in tree.folders if kind.folder else ():
        named = re.match(kind.folder, PurePosixPath(folder).name)
        if named and not any(each.startswith((f"{folder}/", f"{folder}.")) for each in told):
            reason = "lacks all that makes a scene: half downloaded? Download it again"
            yield Refused(tree.path(folder), reason)


def _is_of(start: str, name: str) -> bool:
    head, _, tail = start.partition("{band}")
    return name.startswith(head) and name.endswith(tail)


def _strange(tree: Tree, rest: Sequence[PurePosixPath]) -> Iterator[Refused]:
    """Files that may have been meant as scenes and are of nothing that is understood."""
    for path in (each for each in rest if each.suffix.lower() in _UNFINISHED):
        yield Refused(tree.path(path.as_posix()), "is a download that has not ended; finish it")
    rasters = [path for path in rest if path.suffix.lower() in _RASTERS]
    for folder, count in Counter(path.parent for path in rasters).items():
        first = next(path.name for path in rasters if path.parent == folder)
        others = f" and {count - 1} more" if count > 1 else ""
        reason = f"holds {first}{others}, of no product that is understood: GeoTIFFs need a PATTERN"
        yield Refused(tree.path(folder.as_posix()), reason)


def _described(found: tuple[Path, Granule]) -> Described | Refused:
    where, granule = found
    try:
        return Described(granule, where, look_at(granule))
    except SourceError as error:
        return Refused(where, str(error))


def require_free(path: Path) -> None:
    """See to it that a catalogue can be written where nothing else is.

    Raises:
        SourceError: it is not called as catalogues are, or what is there is none of ours.
    """
    if path.suffix != ".json":
        raise SourceError(f"{path} is no name of a catalogue; give it one that ends in .json")
    if path.exists() and _OURS not in _document(path):
        raise SourceError(f"{path} is there, and not of make catalogue; name another file")


def _document(path: Path) -> Mapping[str, Any]:
    """What a file of JSON says; nothing where it is another."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _require_own(document: Path, root: Path) -> None:
    """See to it that a collection or an item that is there belongs to a catalogue."""
    try:
        links = _document(document).get("links", ())
        roots = {document.parent / link["href"] for link in links if link["rel"] == "root"}
    except (TypeError, KeyError):  # such are not of ours
        roots = set()
    if document.exists() and root.resolve() not in {each.resolve() for each in roots}:
        raise SourceError(
            f"{document} is there, and not of the catalogue {root}; name one in another folder"
        )


def write_catalogue(scenes: Sequence[Described], path: Path) -> None:
    """Write the catalogue of some scenes, its file last; a collection of each kind beside it.

    Links are relative, hrefs of files too: a catalogue moves with its scenes. One that was written
    there before is replaced.

    Raises:
        SourceError: something else is there.
    """
    require_free(path)
    root = pystac.Catalog("scenes", "Scenes on a disk, as lccs-inputs found them")
    path = path.absolute()
    items = [_item(scene) for scene in scenes]
    for name in sorted({item.collection_id or "" for item in items}):
        own = [item for item in items if item.collection_id == name]
        extent = pystac.Extent.from_items(own)
        collection = pystac.Collection(name, f"Scenes of {name} on a disk", extent)
        collection.add_items(own)
        root.add_child(collection)
    root.extra_fields[_OURS] = fingerprint([item.to_dict(False) for item in items])
    layout = TemplateLayoutStrategy(item_template="${id}")
    root.normalize_hrefs(path.parent.as_posix(), layout)
    root.set_self_href(path.as_posix())
    for each in (*root.get_children(), *items):
        _require_own(Path(each.self_href), path)
    root.make_all_asset_hrefs_relative()
    root.save(pystac.CatalogType.SELF_CONTAINED, stac_io=_WholeFiles())


class _WholeFiles(DefaultStacIO):
    """Writes documents that appear whole, and are left alone where they say the same."""

    def write_text_to_href(self, href: str, txt: str) -> None:
        Path(href).parent.mkdir(parents=True, exist_ok=True)
        write_text(Path(href), f"{txt}\n")


def _item(scene: Described) -> pystac.Item:
    granule = scene.granule
    outline = granule.outline or _outline(scene.looks)
    item = pystac.Item(
        id=granule.id,
        geometry=mapping(_rounded(outline)),
        bbox=list(_rounded(outline).bounds),
        datetime=granule.moment,
        properties={
            **({"platform": normalise_platform(granule.platform)} if granule.platform else {}),
            **granule.properties,
        },
        collection=granule.collection,
        stac_extensions=list(_EXTENSIONS),
    )
    for name in granule.assets:
        item.add_asset(name, _asset(name, scene))
    return item


def _asset(name: str, scene: Described) -> pystac.Asset:
    raster, look = scene.granule.assets[name], scene.looks[name]
    scale, offset = look.scaling if look.scaling != (1, 0) else (None, None)
    said = {
        "nodata": raster.nodata,
        "raster:scale": scale if raster.scale is None else raster.scale,
        "raster:offset": offset if raster.offset is None else raster.offset,
    }
    told = {key: value for key, value in said.items() if value is not None}
    # Of a file of several bands those before it are named too: their order tells which it is.
    others = [{"name": f"band {number}"} for number in range(1, raster.band)]
    place = {"proj:code": look.crs} if look.crs.startswith("EPSG:") else {"proj:wkt2": look.crs}
    return pystac.Asset(
        raster.path.absolute().as_posix(),
        roles=["data"],
        extra_fields={
            **place,
            "proj:shape": list(look.grid.shape),
            "proj:transform": list(look.grid.transform)[:6],
            "bands": [*others, {"name": name, "data_type": look.dtype, **told}],
        },
    )


def _outline(looks: Mapping[str, Look]) -> Polygon:
    """The outline of a raster, degrees; longitudes go on across 180."""
    grid = next(iter(looks.values())).grid
    west, south, east, north = grid.bounds
    side = min(east - west, north - south) / _STEPS
    points = get_coordinates(projected(segmentize(box(*grid.bounds), side), grid.crs, LONLAT))
    return Polygon(np.column_stack([np.unwrap(points[:, 0], period=360), points[:, 1]]))


def _rounded(outline: Polygon) -> Polygon:
    return Polygon(np.round(get_coordinates(outline), _DIGITS))
