"""The seam between the workflow and what fills scene sets: a protocol, and the table of engines.

An engine finds the scenes of a scene set and fills its blocks. All of them give the same scene
lists and blocks, so nothing after them knows which one it was.
"""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast, runtime_checkable

from lccs_inputs.costs import Cost
from lccs_inputs.facts.sensors import Sensor
from lccs_inputs.imagery.freezing import Look
from lccs_inputs.imagery.requests import BlockRequest, FreezeRequest, SceneRequest
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.rasters.area import Area

Services = Mapping[str, Any]
"""The sections of the config that say how services are reached, by name."""


class Engine(Protocol):
    """A way to find scenes and to compose them.

    Its module is imported whenever a workflow that uses it is parsed, so it imports nothing slow
    at its top.

    Attributes:
        recipe: version of what its pixels mean, part of every request for a block; raise it when
            they would change, and only then.
        threads: cores that a block job can use; no pixel hangs on how many it is given.
    """

    recipe: str
    threads: int

    def catalogue_files(self, catalogue: str) -> list[str]:
        """The files that a search of the catalogue reads; none where it asks a service."""

    def collections(self, catalogue: str, sensor: Sensor) -> tuple[str, ...]:
        """The usual collections of a sensor in the catalogue, in order of preference.

        Raises:
            SourceError: the catalogue does not offer that sensor.
        """

    def masks(self, sensor: Sensor) -> tuple[str, ...]:
        """The masks a scene set of the sensor can choose, besides `none`."""

    def slots(self, catalogue: str, services: Services) -> Mapping[str, int]:
        """Requests that a job has under way at a time, by the limit of the profile they are of:
        `ee_slots`, `http_slots` or `cdse_slots`; none where it reads files only.
        """

    def memory(self, services: Services) -> int:
        """Memory of a block job, MB."""

    def search(self, request: SceneRequest, services: Services) -> SceneList:
        """Find the scenes that a scene set may use.

        Raises:
            SourceError: the catalogue cannot be asked, nothing was found, or nothing is left.
        """

    def look_at(
        self,
        found: SceneList,
        looks: Sequence[Look],
        request: FreezeRequest,
        area: Area,
        services: Services,
        slots: int,
    ) -> list[Look]:
        """Take the verdicts on scenes that need their files; `freezing` does the rest.

        Args:
            looks: the scenes of `found`, in order, but those that are left out already.
            slots: as of `compose`.

        Raises:
            SourceError: a service cannot be asked, or a scene contradicts the config.
        """

    def compose(
        self,
        request: BlockRequest,
        scenes: SceneList,
        area: Area,
        target: Path,
        services: Services,
        slots: int,
        threads: int = 1,
    ) -> None:
        """Write a block of a scene set, a tiled GeoTIFF of the bands asked for.

        int16, nodata −32768, scale as GDAL band scale; reflectance and NDVI × 10⁴, backscatter in
        decibels × 100. Pixels outside the area are nodata; pixels in it that no scene saw clearly
        are nodata too, with a clear count of 0. The tag `clipped` counts what did not fit, the tag
        `REQUEST_TAG` holds the fingerprint of the request.

        Args:
            scenes: those of the frozen scene list that touch the block, perhaps none; obeyed as
                they are.
            slots: requests the job may have under way at a time; 0 where it reads files only.
            threads: cores the job may use.

        Raises:
            SourceError: a scene or a service cannot be read; says which, and what to do.
            InputError: the target could not be written whole.
        """


@dataclass(frozen=True)
class Ahead:
    """What is still to be composed of a scene set.

    Attributes:
        scenes: the frozen list, or what it would be if no file of a scene had a say.
        is_frozen: whether it is the frozen list; if not, scenes are still to be looked at.
        blocks: what will be asked of each block that is not there, or only of the bands it lacks.
    """

    scenes: SceneList
    is_frozen: bool
    blocks: Sequence[BlockRequest]


@runtime_checkable
class Estimating(Protocol):
    """An engine that can tell what its work will cost; where one cannot, `make plan` says `?`."""

    def estimate(
        self, ahead: Ahead, area: Area, services: Services, pilot: int, cores: int
    ) -> Cost:
        """What composing these blocks will take. Nothing is written to results.

        Args:
            pilot: how many parts of the work may be done, to measure them; 0 measures nothing.
            cores: those of this machine that a run may use.

        Raises:
            SourceError: a service cannot be asked, or a scene cannot be read.
        """


@runtime_checkable
class Rationed(Protocol):
    """An engine whose service gives so much compute and no more.

    Attributes:
        service: its name.
    """

    service: str

    def verdict(self, eecu_hours: float | None, services: Services) -> tuple[str, bool]:
        """What so much compute is of what there is, in words; and whether a run may take it."""


DEFAULT = "stac"
"""The engine of every catalogue that is not the name of another."""

ENGINES: MutableMapping[str, str] = {
    DEFAULT: "lccs_inputs.imagery.stac.engine",
    "earthengine": "lccs_inputs.earthengine.engine",
}
"""Engine → the module whose `ENGINE` it is. A scene set names it as its catalogue."""


def engine_of(catalogue: str) -> Engine:
    """The engine that serves a catalogue."""
    chosen = catalogue if catalogue in named_engines() else DEFAULT
    return cast(Engine, import_module(ENGINES[chosen]).ENGINE)


def named_engines() -> list[str]:
    """The engines that a scene set can name as its catalogue."""
    return [name for name in ENGINES if name != DEFAULT]
