"""The open-data engine: any STAC catalogue, its rasters read and composed here."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lccs_inputs.costs import Cost
from lccs_inputs.facts.catalogues import CDSE, default_collections, is_url, preset_of, sign_of
from lccs_inputs.facts.sensors import SENSORS, Mask, Sensor
from lccs_inputs.imagery.engine import Ahead, Engine, Services
from lccs_inputs.imagery.freezing import Look
from lccs_inputs.imagery.requests import REQUEST_TAG, BlockRequest, FreezeRequest, SceneRequest
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.rasters.area import Area

if TYPE_CHECKING:
    from lccs_inputs.cdse.store import ObjectStore

_MEMORY = (
    900  # MB, beside observations: libraries, and what each thread reads of a block of 4096 px
)
_SECTION = "composing"  # of the config
_FEW = 2  # connections, where a catalogue on disk names files that are not


class StacEngine:
    """See `imagery.engine.Engine`."""

    recipe = ""
    threads = 2

    def catalogue_files(self, catalogue: str) -> list[str]:
        return [] if is_url(catalogue) or preset_of(catalogue) else [catalogue]

    def collections(self, catalogue: str, sensor: Sensor) -> tuple[str, ...]:
        return default_collections(catalogue, sensor.name)

    def masks(self, sensor: Sensor) -> tuple[str, ...]:
        return tuple(sensor.masks)

    def slots(self, catalogue: str, services: Services) -> Mapping[str, int]:
        if self.catalogue_files(catalogue):
            return {}
        if sign_of(catalogue) == CDSE:
            return {"cdse_slots": int(services[CDSE]["connections"])}
        return {"http_slots": int(services[_SECTION]["connections"])}

    def memory(self, services: Services) -> int:
        return _MEMORY + int(services[_SECTION]["memory"] * 1.05)

    def search(self, request: SceneRequest, services: Services) -> SceneList:
        from lccs_inputs.imagery.stac.search import search_scenes  # noqa: PLC0415 - slow to load

        return search_scenes(request, address_of(request.catalogue, services))

    def look_at(
        self,
        found: SceneList,
        looks: Sequence[Look],
        request: FreezeRequest,
        area: Area,
        services: Services,
        slots: int,
    ) -> list[Look]:
        from lccs_inputs.imagery.cache.folder import open_cache  # noqa: PLC0415 - slow to load
        from lccs_inputs.imagery.composite.verdicts import look_at  # noqa: PLC0415 - slow too

        store = store_of(found.sign, services, slots)
        with open_cache(services[_SECTION]) as cache:
            return look_at(found, looks, request, area.grid, store, cache)

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
        from lccs_inputs.imagery.cache.folder import open_cache  # noqa: PLC0415 - slow to load
        from lccs_inputs.imagery.composite.compose import compose_block  # noqa: PLC0415 - slow too

        assert request.mask is None or isinstance(request.mask, Mask)  # as `masks` says
        block = area.block_grid(area.block(request.block))
        sensor = SENSORS[request.sensor]
        with open_cache(services[_SECTION]) as cache:
            compose_block(
                scenes, sensor, request.mask, block, area, target, request.bands,
                tags={REQUEST_TAG: request.fingerprint}, threads=threads,
                connections=slots or _FEW, budget=int(services[_SECTION]["memory"]) * 2**20,
                store=store_of(scenes.sign, services, slots), cache=cache,
            )  # fmt: skip

    def estimate(
        self, ahead: Ahead, area: Area, services: Services, pilot: int, cores: int
    ) -> Cost:
        from lccs_inputs.imagery.composite.estimating import (  # noqa: PLC0415 - slow to load
            Means,
            estimate_blocks,
        )

        slots = sum(self.slots(ahead.scenes.catalogue, services).values())
        store = store_of(ahead.scenes.sign, services, slots)
        return estimate_blocks(ahead, area, pilot, Means(cores, self.threads, slots or _FEW, store))


def address_of(catalogue: str, services: Services) -> str:
    """Where the config says that a catalogue is; "" where its name says it."""
    return str(services[CDSE]["catalogue"]) if sign_of(catalogue) == CDSE else ""


def store_of(sign: str, services: Services, slots: int) -> "ObjectStore | None":
    """What files are read from with keys, if they are; `sign` as in `SceneList.sign`.

    Raises:
        SourceError: there are no keys that can be used.
    """
    from lccs_inputs.cdse.store import ObjectStore  # noqa: PLC0415 - slow to load

    return ObjectStore.of(services[CDSE], slots) if sign == CDSE else None


ENGINE: Engine = StacEngine()
