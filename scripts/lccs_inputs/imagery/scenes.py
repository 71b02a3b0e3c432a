"""The frozen scene list of a scene set: what was chosen, and what each filter removed.

A `search` target writes it once; composing reads it and never searches again. Hrefs are stored
unsigned: a signature is made per job and never reaches a file.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lccs_inputs.files import write_text

RECIPE = 1
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
    """One granule, one observation.

    Attributes:
        tile: the tile or path/row, the unit within which reprocessings are deduplicated.
        datetime: sensing time, UTC, ISO 8601.
        updated: when the catalogue last changed the item; part of the request fingerprint.
        assets: by canonical name (see `sensors.Sensor.assets`).
    """

    id: str
    collection: str
    datetime: str
    tile: str
    platform: str
    updated: str
    assets: Mapping[str, Asset]


@dataclass(frozen=True)
class SceneList:
    """The scenes of one scene set and edition, in order of sensing time, then id.

    Attributes:
        start, end: inclusive dates, UTC.
        catalogue: where they were found; `sign` says how its hrefs are signed ("" if not).
        found: items the catalogue returned for the area and the dates.
        removed: how many of them each filter removed, in the order the filters ran.
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

    def write(self, path: Path) -> None:
        write_text(path, json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> "SceneList":
        document = json.loads(path.read_text())
        scenes = [
            Scene(**scene | {"assets": {k: Asset(**a) for k, a in scene["assets"].items()}})
            for scene in document.pop("scenes")
        ]
        return cls(**document, scenes=scenes)
