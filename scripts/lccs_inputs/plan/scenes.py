"""Scene sets: what is searched, composed and mosaicked."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from lccs_inputs.config import dates
from lccs_inputs.facts.earthengine import CATALOGUE as EARTH_ENGINE
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.files import fingerprint
from lccs_inputs.imagery import scenes
from lccs_inputs.imagery.engine import Engine, engine_of
from lccs_inputs.imagery.mosaics import read_summary
from lccs_inputs.imagery.requests import ENCODING, BlockRequest, FreezeRequest, SceneRequest
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.plan.areas import AreaPlan
from lccs_inputs.plan.names import Names
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.requests import Place, Wildcards
from lccs_inputs.workflow.requests.scenes import MosaicRequest

_FROZEN = ("leave_out", "unreadable_max", "observations", "units", "boa_offset")
"""Keys of a scene set that decide among what was found, and how it is read."""
_NOT_SEARCHED = {
    "window", "mask", "mask_values", "cloud_score", "leave_out", "unreadable_max", "observations",
    "units",
}  # fmt: skip


class ScenePlan:
    """Scene sets: what is searched, composed and mosaicked."""

    def __init__(self, names: Names, areas: AreaPlan, folders: paths.Folders) -> None:
        self._names, self._areas, self._folders = names, areas, folders
        self._config = names.config
        self._known: dict[tuple[str, str, str, int], dict[str, str]] = {}
        self.search_of: Callable[[Wildcards], Path] = lambda of: folders.here(_of(paths.FOUND, of))
        self.freeze: Callable[[Wildcards], Path] = lambda of: folders.here(_of(paths.SCENES, of))
        """The two lists of a scene set; the rules have them end a function until they are there."""
        names.blocks_of = self.blocks

    def targets(self) -> list[str]:
        return [
            paths.MOSAIC.format(area=area, source=source, edition=edition)
            for area, source, edition in self._names.editions(self._config.scenes)
        ]

    def fetched(self, _: Wildcards) -> list[str]:
        """The mosaics of scenes that do not lie here."""
        return [
            paths.MOSAIC.format(area=area, source=source, edition=edition)
            for area, source, edition in self._names.editions(self._config.scenes)
            if self._are_remote(Place(area=area, source=source, edition=edition))
        ]

    def _are_remote(self, place: Place) -> bool:
        """Whether a network is needed to compose; of a catalogue that lies here, its list says."""
        catalogue = self._config.scenes[place.source].catalogue
        if not engine_of(catalogue).catalogue_files(catalogue):
            return True
        if catalogue.startswith(paths.SAMPLE_FOLDER):
            return False
        found = SceneList.read(self.freeze(place)).scenes
        return any("://" in asset.href for scene in found for asset in scene.assets.values())

    def catalogue(self, wildcards: Wildcards) -> list[str]:
        """The files a search reads: a static catalogue on disk, if that is where."""
        catalogue = self._config.scenes[wildcards.source].catalogue
        files = engine_of(catalogue).catalogue_files(catalogue)
        return [self._folders.given(file) for file in files]

    def slots(self, limit: str) -> Callable[[Wildcards], int]:
        """Requests that a job has under way at a time, of a limit of the profile."""

        def of(wildcards: Wildcards) -> int:
            catalogue = self._config.scenes[wildcards.source].catalogue
            return self._engine(wildcards).slots(catalogue, self._services).get(limit, 0)

        return of

    def threads(self, wildcards: Wildcards) -> int:
        """Cores of a block job."""
        return self._engine(wildcards).threads

    def memory(self, wildcards: Wildcards, attempt: int = 1) -> int:
        """Memory of a block job, MB; the more, the more often it failed."""
        return self._engine(wildcards).memory(self._services) * attempt

    def search_request(self, wildcards: Wildcards) -> dict[str, Any]:
        return self.search(wildcards).to_dict()

    def search(self, wildcards: Wildcards) -> SceneRequest:
        """What is asked of the catalogue of a scene set, for one edition."""
        source = self._config.scenes[wildcards.source]
        period = self._names.period_of(wildcards.source, wildcards.edition)
        start, end = dates(self._config, wildcards.source, period)
        asked = source.model_dump(exclude_none=True, exclude=_NOT_SEARCHED)
        return SceneRequest.from_dict(
            asked
            | {
                "source": wildcards.source,
                "edition": wildcards.edition,
                "start": start.isoformat(),
                "end": end.isoformat(),
                "mask": source.mask or SENSORS[source.sensor].default_mask,
                "bounds": self._areas.bounds(wildcards.area),
            }
        )

    def unreadable(self, wildcards: Wildcards) -> list[str]:
        """What blocks could not read of the scenes, if anything: the list is frozen without."""
        pattern = _of(paths.UNREADABLE, wildcards)
        return [pattern] if self._folders.here(pattern).exists() else []

    def found(self, wildcards: Wildcards) -> str:
        self.search_of(wildcards)
        return _of(paths.FOUND, wildcards)

    def freeze_request(self, wildcards: Wildcards) -> dict[str, Any]:
        found = fingerprint(self.search_of(wildcards).read_text())
        return self.freezing(wildcards.source, found).to_dict()

    def freezing(self, source: str, found: str = "") -> FreezeRequest:
        """How the scenes of a scene set are chosen among, once they are found."""
        scene_set = self._config.scenes[source]
        said = {name: getattr(scene_set, name) for name in _FROZEN}
        said["leave_out"], said["units"] = list(scene_set.leave_out), scene_set.units or ""
        stated = [name for name in ENCODING if getattr(scene_set, name) is not None]
        return FreezeRequest(**said, found=found, stated=stated)

    def frozen(self, wildcards: Wildcards) -> str:
        self.freeze(wildcards)
        return _of(paths.SCENES, wildcards)

    def mosaic_request(self, wildcards: Wildcards) -> dict[str, Any]:
        """What each block must be: its tag, and its bands."""
        return MosaicRequest(self._asked(wildcards), self._bands(wildcards)).to_dict()

    def needed_bands(self, wildcards: Wildcards) -> tuple[str, ...]:
        """The bands of a scene set that something is made of."""
        return self._names.bands(wildcards.source, wildcards.edition)

    def block_request(self, wildcards: Wildcards) -> dict[str, Any]:
        """What is asked of a block; that it changes is the only reason to compose again."""
        asked, bands = self._asked(wildcards), self._bands(wildcards)
        known = asked[wildcards.block]
        return replace(self._block(wildcards), bands=bands, fingerprint=known).to_dict()

    def block_requests(self, wildcards: Wildcards, *, frozen: bool) -> list[BlockRequest]:
        """What is asked of each block.

        Args:
            frozen: whether the frozen list is there; without, nothing has a fingerprint yet.
        """
        known = self._asked(wildcards) if frozen else {}
        bands = self._bands(wildcards) if frozen else self.needed_bands(wildcards)
        return [
            replace(
                self._block(wildcards, block.name),
                bands=bands,
                fingerprint=known.get(block.name, ""),
            )
            for block in self._areas.area(wildcards.area).blocks()
        ]

    def _block(self, wildcards: Wildcards, block: str = "") -> BlockRequest:
        """What is asked of a block, whatever the bands."""
        source, recipe = self._config.scenes[wildcards.source], self._engine(wildcards).recipe
        name = block or wildcards.block
        return BlockRequest(source.sensor, source.chosen_mask, name, recipe)

    def _asked(self, wildcards: Wildcards) -> dict[str, str]:
        """The fingerprint of what is asked of each block, by its name."""
        listed, area = self.freeze(wildcards), self._areas.area(wildcards.area)
        place = (wildcards.area, wildcards.source, wildcards.edition)
        key = (*place, listed.stat().st_mtime_ns)  # a list can change while a run goes on
        if key not in self._known:
            where = area.grid.to_dict() | {"geometry": area.geometry.wkb_hex}
            found, blocks = SceneList.read(listed), area.blocks()
            seen = [found.touching(area.block_grid(block)).fingerprint for block in blocks]
            asked = [self._block(wildcards, block.name).to_dict() for block in blocks]
            self._known[key] = {
                block.name: fingerprint([scenes.RECIPE, own, where, scene_set])
                for block, own, scene_set in zip(blocks, asked, seen, strict=True)
            }
        return self._known[key]

    def _bands(self, wildcards: Wildcards) -> tuple[str, ...]:
        """The bands to ask for: those needed, and those that were asked for of the same scenes.

        So what needs fewer of them, for now, changes nothing.
        """
        needed = self.needed_bands(wildcards)
        there = read_summary(self._folders.here(_of(paths.MOSAIC, wildcards)))
        held = there.bands if there.request == fingerprint(self._asked(wildcards)) else ()
        sensor = SENSORS[self._config.scenes[wildcards.source].sensor]
        return sensor.in_order({*needed, *held})

    def blocks(self, wildcards: Wildcards) -> list[str]:
        """The blocks of a mosaic: those that touch the area."""
        return [
            _of(paths.BLOCK, wildcards).format(block=block.name)
            for block in self._areas.area(wildcards.area).blocks()
        ]

    def earthengine_places(self) -> set[tuple[str, str, str]]:
        """Area, source and edition of the scene sets that Earth Engine is asked for."""
        there = {
            name: scene_set
            for name, scene_set in self._config.scenes.items()
            if scene_set.catalogue == EARTH_ENGINE
        }
        return set(self._names.editions(there))

    def _engine(self, wildcards: Wildcards) -> Engine:
        return engine_of(self._config.scenes[wildcards.source].catalogue)

    @cached_property
    def _services(self) -> Mapping[str, Any]:
        return self._config.services


def _of(pattern: str, wildcards: Wildcards) -> str:
    """A file of a source edition of an area; the wildcard `block` stays."""
    area, source, edition = wildcards.area, wildcards.source, wildcards.edition
    return pattern.format(area=area, source=source, edition=edition, block="{block}")
