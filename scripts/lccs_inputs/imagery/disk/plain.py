"""GeoTIFFs that follow no publisher's layout: their names say what they are, by a pattern.

`{tile}_{date}_{band}.tif` reads `31TGM_20230401_B04.tif`. The numbers are as the files declare
them; what they do not, `scale`, `offset` and `nodata` of the scene set say.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.disk.granules import Granule, Kind, Raster
from lccs_inputs.imagery.disk.trees import Tree
from lccs_inputs.imagery.stac.asset_names import likely_asset
from lccs_inputs.words import listed, unknown

COLLECTION = "own"
_PARTS = {
    "date": r"\d{4}-\d\d-\d\d|\d{8}",
    "time": r"\d{6}",
    "band": r"[^/]+?",
    "tile": r"[^/_]+",
    "platform": r"[^/_]+",
    "scene": r"[^/]+?",
}
_PLACEHOLDER = re.compile(r"\{(\w*)\}|(\*)")


@dataclass(frozen=True)
class Naming:
    """How files are named, and what they hold.

    Attributes:
        pattern: the end of a path, with `{date}` and others of `_PARTS`; `*` is anything.
        sensor: a key of `SENSORS`.
        bands: names of the bands within each file, in order; empty where `{band}` names it.
    """

    pattern: str
    sensor: str
    bands: Sequence[str] = ()

    def check(self) -> None:
        """See that it can be used.

        Raises:
            SourceError: it cannot; says which option is wrong.
        """
        if self.sensor not in SENSORS:
            raise SourceError(f"SENSOR: {unknown(self.sensor, 'a sensor', [*SENSORS])}")
        names = [found[1] for found in _PLACEHOLDER.finditer(self.pattern) if not found[2]]
        for name in names:
            if name not in _PARTS:
                raise SourceError(f"PATTERN: {unknown(name, 'a part of a name', [*_PARTS])}")
            if names.count(name) > 1:
                raise SourceError(f"PATTERN: {{{name}}} stands in it twice")
        if "date" not in names:
            raise SourceError("PATTERN: has no {date}; without it a scene belongs to no period")
        if ("band" in names) == bool(self.bands):
            raise SourceError(
                "PATTERN, BANDS: either {band} is in the pattern, or BANDS says what files hold"
            )
        for band in self.bands:
            if band not in SENSORS[self.sensor].assets:
                known = [*SENSORS[self.sensor].assets]
                raise SourceError(f"BANDS: {unknown(band, f'a band of {self.sensor}', known)}")


def plain_kind(naming: Naming) -> Kind:
    """GeoTIFFs named so, as a kind of product."""
    return Kind("GeoTIFFs named by PATTERN", partial(_find, naming), partial(_read, naming))


def _expression(naming: Naming) -> re.Pattern[str]:
    """The pattern as a regular expression, from the start of a path to its end."""
    text, at = "", 0
    for found in _PLACEHOLDER.finditer(naming.pattern):
        text += re.escape(naming.pattern[at : found.start()])
        text += r"[^/]*" if found[2] else rf"(?P<{found[1]}>{_PARTS[found[1]]})"
        at = found.end()
    return re.compile(rf"(?:.*/)?{text}{re.escape(naming.pattern[at:])}")


def _find(naming: Naming, tree: Tree) -> list[str]:
    """A scene is told by its names with `{band}` in the place of the band."""
    pattern = _expression(naming)
    return list(dict.fromkeys(_without_band(m) for m in map(pattern.fullmatch, tree.names) if m))


def _without_band(found: re.Match[str]) -> str:
    if "band" not in found.re.groupindex:
        return found[0]
    return f"{found[0][: found.start('band')]}{{band}}{found[0][found.end('band') :]}"


def _read(naming: Naming, tree: Tree, start: str) -> Granule:
    pattern, sensor = _expression(naming), SENSORS[naming.sensor]
    matches = (pattern.fullmatch(name) for name in tree.names)
    files = [found for found in matches if found and _without_band(found) == start]
    said = files[0].groupdict()
    if naming.bands:
        path = tree.path(files[0][0])
        assets = {name: Raster(path, band=i) for i, name in enumerate(naming.bands, start=1)}
    else:
        paths = {found["band"]: tree.path(found[0]) for found in files}
        keys = {name: likely_asset(name, [*paths], sensor) for name in sensor.assets}
        assets = {name: Raster(paths[key]) for name, key in keys.items() if key}
        if not assets:
            raise SourceError(
                f"has no band of {naming.sensor}, but {listed(sorted(paths))}; rename its files"
            )
    day = said["date"].replace("-", "")
    clock = said.get("time") or "000000"
    has_mask = any(mask.asset in assets for mask in sensor.masks.values())
    return Granule(
        id=_id(start),
        collection=COLLECTION,
        sensor=naming.sensor,
        datetime=f"{day[:4]}-{day[4:6]}-{day[6:]}T{clock[:2]}:{clock[2:4]}:{clock[4:]}Z",
        platform=said.get("platform") or "",
        assets=assets,
        mask=sensor.default_mask if has_mask else "none",
        properties={"grid:code": said["tile"]} if said.get("tile") else {},
        note="" if said.get("time") else "no time",
    )


def _id(start: str) -> str:
    """The name of a scene: that of its files without the band."""
    name = Path(start).name if Path(start).stem != "{band}" else Path(start).parent.name
    return re.sub(r"[ _.-]*\{band\}", "", Path(name).stem)
