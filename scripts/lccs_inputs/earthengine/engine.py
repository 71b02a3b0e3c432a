"""Google Earth Engine as an engine: scenes found and blocks computed there, exported in tiles."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from lccs_inputs.costs import Cost
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.earthengine import CATALOGUE, OFFERS, RECIPE
from lccs_inputs.facts.sensors import CLOUD_SCORE, SENSORS, Sensor
from lccs_inputs.imagery.engine import Ahead, Engine, Services
from lccs_inputs.imagery.freezing import Look
from lccs_inputs.imagery.requests import REQUEST_TAG, BlockRequest, FreezeRequest, SceneRequest
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.rasters.area import Area

_MEMORY, _TILE_MEMORY = 1500, 100  # MB: of a job, and of a tile in each slot


class EarthEngine:
    """See `imagery.engine.Engine`; its services are the section `earthengine` of the config."""

    service = "Earth Engine"
    recipe = f"{CATALOGUE} {RECIPE}"
    threads = 1

    def catalogue_files(self, catalogue: str) -> list[str]:
        return []

    def collections(self, catalogue: str, sensor: Sensor) -> tuple[str, ...]:
        if sensor.name not in OFFERS:
            raise SourceError(f"{CATALOGUE} is asked for {' or '.join(OFFERS)}, not {sensor.name}")
        return OFFERS[sensor.name].collections

    def masks(self, sensor: Sensor) -> tuple[str, ...]:
        scored = (CLOUD_SCORE,) if sensor.name == "sentinel2" else ()
        there = OFFERS[sensor.name].bands if sensor.name in OFFERS else {}
        return (*(name for name, mask in sensor.masks.items() if mask.asset in there), *scored)

    def slots(self, catalogue: str, services: Services) -> Mapping[str, int]:
        return {"ee_slots": int(services[CATALOGUE]["slots"])}

    def memory(self, services: Services) -> int:
        return _MEMORY + _TILE_MEMORY * int(services[CATALOGUE]["slots"])

    def search(self, request: SceneRequest, services: Services) -> SceneList:
        from lccs_inputs.earthengine import search, service  # noqa: PLC0415 - the client is slow

        tag = f"{request.source}-{request.edition}"
        return search.search_scenes(service.open_session(services[CATALOGUE], tag), request)

    def look_at(
        self,
        found: SceneList,
        looks: Sequence[Look],
        request: FreezeRequest,
        area: Area,
        services: Services,
        slots: int,
    ) -> list[Look]:
        """Its collections are harmonised, in known units, and whole: nothing is left to see."""
        return list(looks)

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
        from lccs_inputs.earthengine import export, service  # noqa: PLC0415 - the client is slow

        settings = services[CATALOGUE]
        export.export_block(
            service.open_session(settings, f"{scenes.source}-{scenes.edition}"),
            scenes,
            SENSORS[request.sensor],
            request.mask,
            area.block_grid(area.block(request.block)),
            area,
            target,
            service.export_settings(settings, slots),
            request.bands,
            tags={REQUEST_TAG: request.fingerprint},
        )

    def estimate(
        self, ahead: Ahead, area: Area, services: Services, pilot: int, cores: int
    ) -> Cost:
        from lccs_inputs.earthengine import service, spending  # noqa: PLC0415 - the client is slow

        settings, scenes = services[CATALOGUE], ahead.scenes
        session = service.open_session(settings, f"plan-{scenes.source}-{scenes.edition}")
        how = service.export_settings(settings, settings["slots"])
        return spending.scene_set_cost(session, ahead, area, pilot, how)

    def verdict(self, eecu_hours: float | None, services: Services) -> tuple[str, bool]:
        from lccs_inputs.earthengine.spending import verdict  # noqa: PLC0415 - the client is slow

        settings = services[CATALOGUE]
        text, within = verdict(eecu_hours, settings["tier"], settings["share"])
        return f"{self.service}, project {settings['project']}: {text}", within


ENGINE: Engine = EarthEngine()
