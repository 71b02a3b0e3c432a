"""Scene lists: what a search found, and what is frozen of it for the blocks.

A search writes the candidates once; freezing them leaves out what cannot be used, tells which
scenes are of one pass, and settles how their numbers are to be read. Composing obeys the frozen
list and never searches again. Hrefs are stored unsigned: a signature is made per job and never
reaches a file.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from lccs_inputs.files import fingerprint, intact, write_text
from lccs_inputs.imagery.places import Extent, Places
from lccs_inputs.rasters.grid import Grid

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
        extent: where the pixels of its validity bands lie; None where nothing says it.
        day: the day of its observation, UTC, where that began on another than the scene; else "".
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
    extent: Extent | None = None
    day: str = ""

    @property
    def key(self) -> str:
        """What a scene is called where it must not be taken for another."""
        return f"{self.collection}/{self.id}"

    @cached_property
    def fingerprint(self) -> str:
        """Of all that decides its pixels, wherever its files lie and whatever is beside it."""
        said = {name: getattr(self, name) for name in _DECISIVE}
        assets = {name: [a.scale, a.offset, a.nodata, a.band] for name, a in self.assets.items()}
        return fingerprint(said | {"assets": assets} | ({"day": self.day} if self.day else {}))

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Scene":
        assets = {name: Asset(**asset) for name, asset in document["assets"].items()}
        place = document.get("extent")
        extent = Extent(place["crs"], tuple(place["bounds"])) if place else None
        return cls(**{**document, "assets": assets, "extent": extent})


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

    def touching(self, grid: Grid) -> "SceneList":
        """The list without the scenes that have no pixel under a pixel centre of a grid.

        Of a scene that is left out nothing could be seen there; one or another may stay that
        has nothing to show. The order, and what is one observation, stay as they are.
        """
        return replace(self, scenes=[self.scenes[at] for at in self._places.touching(grid)])

    @cached_property
    def _places(self) -> Places:
        return Places([scene.extent for scene in self.scenes])

    @property
    def fingerprint(self) -> str:
        """Of all that decides the pixels: the scenes of each observation, whatever it is called."""
        return fingerprint([[scene.fingerprint for scene in each] for each in self.observations])

    @property
    def text(self) -> str:
        """What its file holds."""
        document = asdict(self)
        for scene in document["scenes"]:
            for name in ("extent", "day"):
                if not scene[name]:
                    del scene[name]
        return json.dumps(document, indent=1) + "\n"

    def write(self, path: Path) -> None:
        write_text(path, self.text)

    @classmethod
    def read(cls, path: Path) -> "SceneList":
        """Read what `write` wrote.

        Raises:
            InputError: it has been damaged since.
        """
        with intact(path):
            document = json.loads(path.read_text())
            scenes = [Scene.from_dict(scene) for scene in document.pop("scenes")]
            collections = tuple(document.pop("collections", ()))
            return cls(**document, scenes=scenes, collections=collections)


_DECISIVE = ("id", "collection", "datetime", "tile", "platform", "updated", "units")
"""What is said of a scene that its pixels, or its place among others, hang on."""


def day_of(observation: Sequence[Scene]) -> date:
    """The day of an observation, UTC, whichever of its scenes are there once it is frozen."""
    return min(date.fromisoformat(scene.day or scene.datetime[:10]) for scene in observation)


def _order(scene: Scene) -> tuple[str, str, str]:
    """By tile; the halves of a tile by when they were sensed."""
    return scene.tile, scene.datetime, scene.id
