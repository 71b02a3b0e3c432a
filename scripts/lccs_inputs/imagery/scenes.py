"""Scene lists: what a search found, and what is frozen of it for the blocks.

A search writes the candidates once; freezing them leaves out what cannot be used, tells which
scenes are of one pass, and settles how their numbers are to be read. Composing obeys the frozen
list and never searches again. Hrefs are stored unsigned: a signature is made per job and never
reaches a file.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lccs_inputs.files import fingerprint, write_text

RECIPE = 2
"""Version of what composing a block means; raise it when its pixels would change."""


@dataclass(frozen=True)
class Asset:
    """One raster of a scene: value = scale × stored + offset, `nodata` where none was observed.

    Attributes:
        nodata: None where the catalogue does not say it: the file is asked.
        band: which band of the file; 0 where the catalogue does not say, and it must have one only.
    """

    href: str
    scale: float = 1.0
    offset: float = 0.0
    nodata: float | None = None
    band: int = 1


@dataclass(frozen=True)
class Scene:
    """One granule.

    Attributes:
        tile: the tile or path/row, the unit within which reprocessings are deduplicated.
        datetime: sensing time, UTC, ISO 8601.
        updated: when the catalogue last changed the item; part of the request fingerprint.
        assets: by canonical name (see `sensors.Sensor.assets`).
        datatake: what the operator calls the overpass; "" where the item does not say.
        baseline: processing baseline, as "05.09"; "" where it has none.
        footprint: outline, WKT in degrees (EPSG:4326); "" where the item has none.
        units: of radar: `power` or `db`; "" until it is looked at.
        observation: which observation it is part of; "" until the list is frozen.
    """

    id: str
    collection: str
    datetime: str
    tile: str
    platform: str
    updated: str
    assets: Mapping[str, Asset]
    datatake: str = ""
    baseline: str = ""
    footprint: str = ""
    units: str = ""
    observation: str = ""

    @property
    def key(self) -> str:
        """What a scene is called where it must not be taken for another."""
        return f"{self.collection}/{self.id}"


@dataclass(frozen=True)
class SceneList:
    """The scenes of one scene set and edition, in order of sensing time, then id.

    Attributes:
        start, end: inclusive dates, UTC.
        catalogue: where they were found; `sign` says how its hrefs are signed ("" if not).
        found: items the catalogue returned for the area and the dates.
        removed: how many of them each filter removed, in the order the filters ran.
        collections: those searched, in order of preference.
        left_out: `collection/id` → why a scene is not used, of those that were unfit.
    """

    source: str
    edition: str
    sensor: str
    start: str
    end: str
    catalogue: str
    sign: str
    found: int
    removed: Mapping[str, int]
    scenes: Sequence[Scene]
    collections: Sequence[str] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def observations(self) -> list[list[Scene]]:
        """The scenes of each observation, in the order in which their pixels count."""
        passes: dict[str, list[Scene]] = {}
        for scene in self.scenes:
            passes.setdefault(scene.observation or scene.key, []).append(scene)
        return [sorted(each, key=_order) for each in passes.values()]

    @property
    def fingerprint(self) -> str:
        """Of all that decides the pixels, wherever the files lie."""
        said = []
        for scene in self.scenes:
            document = asdict(scene)
            for name in ("footprint", "baseline", "datatake"):
                document.pop(name)
            for asset in document["assets"].values():
                asset.pop("href")
            said.append(document)
        return fingerprint(said)

    def write(self, path: Path) -> None:
        write_text(path, json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> "SceneList":
        document = json.loads(path.read_text())
        scenes = [
            Scene(**scene | {"assets": {k: Asset(**a) for k, a in scene["assets"].items()}})
            for scene in document.pop("scenes")
        ]
        collections = tuple(document.pop("collections", ()))
        return cls(**document, scenes=scenes, collections=collections)


def _order(scene: Scene) -> tuple[str, str, str]:
    """By tile; the halves of a tile by when they were sensed."""
    return scene.tile, scene.datetime, scene.id
