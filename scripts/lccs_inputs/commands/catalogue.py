"""`make catalogue`: a STAC catalogue of the scenes in a folder, for `catalogue:` of scene sets.

    python -m lccs_inputs.commands.catalogue FOLDER [--catalogue catalogue/catalog.json]
        [--pattern "{tile}_{date}_{band}.tif" --sensor sentinel2 [--bands blue,green,red,nir,…]]

What is read of each scene is printed first. Exits 1 where no scene can be used.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from lccs_inputs.commands import status_of
from lccs_inputs.errors import InputError
from lccs_inputs.facts.catalogues import DEFAULT_COLLECTIONS
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.files import writable
from lccs_inputs.imagery.disk.catalogue import (
    KINDS,
    Described,
    Findings,
    look_through,
    require_free,
    write_catalogue,
)
from lccs_inputs.imagery.disk.granules import Kind
from lccs_inputs.imagery.disk.plain import Naming, plain_kind
from lccs_inputs.words import aligned

_HEAD = ("scene", "sensor", "date", "processing, offset", "cloud", "bands", "mask", "CRS")
_CATALOGUE = Path("catalogue/catalog.json")


def report(found: Findings, folder: Path, catalogue: Path) -> str:
    """What was found, as a table; what cannot be used and why; the lines of config for the rest."""
    parts = [aligned([_HEAD, *map(_row, found.scenes)])] if found.scenes else []
    parts += ["\n".join(_problems(found, folder))] if found.refused else []
    scenes = "1 scene" if len(found.scenes) == 1 else f"{len(found.scenes)} scenes"
    counts = f"{scenes}, {len(found.refused)} left out"
    parts.append(
        f"{counts}; say in your config:\n{_config(found, catalogue)}" if found.scenes else counts
    )
    return "\n\n".join(parts)


def _row(scene: Described) -> tuple[str, ...]:
    granule = scene.granule
    sensor = SENSORS[granule.sensor]
    cloud = granule.properties.get("eo:cloud_cover")
    bands = [name for name in sensor.bands if name in granule.assets]
    crs = sorted(
        {look.crs if look.crs.startswith("EPSG:") else "WKT" for look in scene.looks.values()}
    )
    return (
        granule.id,
        granule.sensor,
        granule.datetime[:10],
        granule.note,
        "" if cloud is None else f"{cloud:.0f} %",
        str(len(bands)) if len(bands) == len(sensor.bands) else ", ".join(bands),
        granule.mask,
        ", ".join(crs),
    )


def _problems(found: Findings, folder: Path) -> Iterator[str]:
    for each in found.refused:
        where = os.path.relpath(each.where, folder)
        yield f"! {folder if where == '.' else where} {each.reason}"


def _config(found: Findings, catalogue: Path) -> str:
    """A scene set for each kind of scene; of several, which one a bare name means."""
    lines = []
    kinds = {(e.granule.sensor, e.granule.collection, e.granule.mask) for e in found.scenes}
    usual = {(sensor, "", mask) for sensor, named, mask in kinds if _is_usual(sensor, named)}
    others = {kind for kind in kinds if not _is_usual(*kind[:2])}
    taken: dict[str, int] = {}
    for sensor, collection, mask in sorted(usual | others, key=_rank):
        lines.append(_line(_name(sensor, taken), sensor, catalogue, collection, mask))
    if len(lines) > 1:
        lines.append(f"default_scenes: {next(iter(taken))} # what a bare ndvi means")
    return "\n".join(["scenes:", *lines])


def _rank(kind: tuple[str, str, str]) -> tuple[int, str, str]:
    """Sentinel-2 before others, and what archives have too before what they have not."""
    return ([*SENSORS].index(kind[0]), *kind[1:])


def _is_usual(sensor: str, collection: str) -> bool:
    return collection in DEFAULT_COLLECTIONS[sensor]


def _name(sensor: str, taken: dict[str, int]) -> str:
    taken[sensor] = taken.get(sensor, 0) + 1
    return sensor if taken[sensor] == 1 else f"{sensor}_{taken[sensor]}"


def _line(name: str, sensor: str, catalogue: Path, collection: str, mask: str) -> str:
    further = f", collections: [{collection}]" if collection else ""
    further += f", mask: {mask}" if mask != SENSORS[sensor].default_mask else ""
    return f"  {name}: {{sensor: {sensor}, catalogue: {catalogue.as_posix()}{further}}}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Look through a folder, print what is there, write the catalogue; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="where the scenes are")
    parser.add_argument("--catalogue", type=Path, default=_CATALOGUE, help="the file to write")
    parser.add_argument("--pattern", help="how other GeoTIFFs are named")
    parser.add_argument("--sensor", default="", help="what they are of")
    parser.add_argument("--bands", default="", help="what each holds, in order, by commas")
    options = parser.parse_args(arguments)
    try:
        return _run(options)
    except InputError as error:
        print(error, file=sys.stderr)
        return 1


def _run(options: argparse.Namespace) -> int:
    kinds: Sequence[Kind] = KINDS
    if not options.pattern and (options.sensor or options.bands):
        raise InputError("SENSOR, BANDS: go with a PATTERN; without one every product says its own")
    if options.pattern:
        bands = tuple(name.strip() for name in options.bands.split(",") if name.strip())
        naming = Naming(options.pattern, options.sensor, bands)
        naming.check()
        kinds = (*KINDS, plain_kind(naming))
    require_free(options.catalogue)
    found = look_through(options.folder, kinds)
    print(report(found, options.folder, options.catalogue))
    if not found.scenes:
        return 1
    with writable(options.catalogue, "CATALOGUE"):
        write_catalogue(found.scenes, options.catalogue)
    return 0


if __name__ == "__main__":
    sys.exit(status_of(main))
