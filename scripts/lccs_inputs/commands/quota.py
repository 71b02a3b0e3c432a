"""`make plan`: what a run will ask of Earth Engine, and whether the month's quota bears it.

    python -m lccs_inputs.commands.quota [mine.yaml …] [--pilot 3] [--allow]

A few tiles of each source are fetched, measured and kept. Exits 1 where the run would take more
than `earthengine.share` of the quota, unless it is allowed to.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from lccs_inputs.commands import plan_of
from lccs_inputs.earthengine.export import ExportSettings, scene_set_export, scene_set_tiles
from lccs_inputs.earthengine.pilot import run_pilot
from lccs_inputs.earthengine.pixels import Export
from lccs_inputs.earthengine.product_export import plan_product
from lccs_inputs.earthengine.search import search_scenes
from lccs_inputs.earthengine.service import export_settings, open_session
from lccs_inputs.earthengine.signin import Session
from lccs_inputs.earthengine.spending import Demand, demand, table, total, verdict
from lccs_inputs.earthengine.tiles import Tile
from lccs_inputs.errors import InputError
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.freezing import frozen, wanted
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.plan import Plan
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.requests import Place


def demands(plan: Plan, session: Session, settings: ExportSettings) -> Iterator[Demand]:
    """What every source that Earth Engine serves asks for, in every area and edition.

    Raises:
        SourceError: Earth Engine cannot be asked, or has nothing for a source.
        AreaError: an area that is an asset has not been fetched yet.
    """
    for found in plan.earthengine_places():
        area, source, edition = found
        place = Place(area=area, source=source, edition=edition)
        session.tag(f"{plan.config.earthengine.tag}-plan-{source}-{edition}")
        if source in plan.config.scenes:
            yield demand(found, *_scene_set(plan, session, place), settings)
        else:
            product, whole = plan.products.product(source), plan.areas.area(area)
            planned = plan_product(session, product, edition, whole)
            if planned is not None:
                yield demand(found, planned.export, planned.tiles, settings)


def _scene_set(plan: Plan, session: Session, place: Place) -> tuple[Export, list[Tile]]:
    """The export of a scene set and its tiles; scenes as frozen, or as they would be found now."""
    listed = plan.folders.here(
        paths.SCENES.format(area=place.area, source=place.source, edition=place.edition)
    )
    asked, area = plan.scenes.search(place), plan.areas.area(place.area)
    scenes = SceneList.read(listed) if listed.exists() else _searched(plan, session, place)
    mask = plan.config.scenes[place.source].chosen_mask
    sensor = SENSORS[asked.sensor]
    export = scene_set_export(scenes, sensor, mask, plan.scenes.needed_bands(place))
    tiles = [
        tile
        for block in area.blocks()
        for tile in scene_set_tiles(area.block_grid(block), area, sensor)
    ]
    return export, tiles


def _searched(plan: Plan, session: Session, place: Place) -> SceneList:
    found = search_scenes(session, plan.scenes.search(place))
    request = plan.scenes.freezing(place.source)
    return frozen(found, wanted(found, request, {}), request)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the plan; 1 if it takes too much of the quota, 2 if it cannot be made."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("config", nargs="*", type=Path, help="your config files")
    parser.add_argument("--pilot", type=int, default=3, help="tiles of each source to measure")
    parser.add_argument("--allow", action="store_true", help="go on whatever the share")
    given = parser.parse_args(arguments)
    try:
        return _report(plan_of(given.config), given.pilot, given.allow)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2


def _report(plan: Plan, pilot: int, allow: bool) -> int:
    settings = plan.config.earthengine
    if not plan.earthengine_places():
        print("No scene set, product or area of this config comes from Earth Engine.")
        return 0
    session = open_session(settings.model_dump(), "plan")
    how = export_settings(settings.model_dump(), settings.slots)
    found = [
        replace(each, pilot=run_pilot(session, each.export, each.missing, pilot, how))
        for each in demands(plan, session, how)
    ]
    print(f"Earth Engine, project {session.project}, {settings.slots} requests at a time\n")
    print(table(found, settings.slots))
    print(f"\ndisk: at most {sum(each.bytes for each in found) / 1e6:.0f} MB in {how.cache}")
    text, within = verdict(total([each.eecu_hours for each in found]), settings)
    print(f"quota: {text}")
    return 0 if within or allow else 1


if __name__ == "__main__":
    sys.exit(main())
