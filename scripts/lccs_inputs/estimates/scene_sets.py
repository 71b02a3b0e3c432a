"""What scene sets will take: one search where there is no list yet, and a pilot by their engine."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from shapely import box

from lccs_inputs.costs import NOTHING, Cost
from lccs_inputs.estimates.lines import Line
from lccs_inputs.estimates.starts import started
from lccs_inputs.files import fingerprint
from lccs_inputs.imagery.blocks import lacking
from lccs_inputs.imagery.engine import Ahead, Engine, Estimating, engine_of
from lccs_inputs.imagery.freezing import frozen, read_unreadable, wanted
from lccs_inputs.imagery.requests import BlockRequest
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.plan import Plan
from lccs_inputs.rasters.area import Area
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.records import is_current
from lccs_inputs.workflow.requests import Place

_NOT_GENERATED = Cost(0, 0, 0, None, 0, None, ["the sample is not generated yet: make scenes"])
_OTHERS = 3  # jobs of a scene set beside its blocks: search, freeze, mosaic
_STORED = np.dtype(np.int16).itemsize


def scene_set_lines(plan: Plan, pilot: int, cores: int) -> Iterator[Line]:
    """A line for each scene set that something is made of, in every area and edition.

    Args:
        pilot, cores: as of `Estimating.estimate`.

    Raises:
        SourceError: a catalogue cannot be asked, has nothing, or a scene cannot be read.
        AreaError: an area that is an asset has not been fetched yet.
    """
    for area, source, edition in plan.names.editions(plan.config.scenes):
        place = Place(area=area, source=source, edition=edition)
        yield _line(plan, place, pilot, cores)


def _line(plan: Plan, place: Place, pilot: int, cores: int) -> Line:
    catalogue = plan.config.scenes[place.source].catalogue
    engine, area = engine_of(catalogue), plan.areas.area(place.area)
    files, memory = engine.catalogue_files(catalogue), engine.memory(plan.services)
    named = place.area, place.source, place.edition, "disk" if files else catalogue
    if any(map(_is_to_be_made, files)):
        return Line(*named, _NOT_GENERATED, memory=memory)
    ahead = _ahead(plan, engine, place)
    return Line(
        *named,
        _cost(plan, engine, ahead, area, pilot, cores),
        _bytes(ahead.blocks, area),
        memory,
        (len(ahead.scenes.scenes), ahead.scenes.found),
        len(ahead.blocks),
    )


def _is_to_be_made(file: str) -> bool:
    """Whether a catalogue is that of the sample, which a run generates."""
    return file.startswith(paths.SAMPLE_FOLDER) and not Path(file).exists()


def _cost(plan: Plan, engine: Engine, ahead: Ahead, area: Area, pilot: int, cores: int) -> Cost:
    if not ahead.blocks:
        return NOTHING
    if not isinstance(engine, Estimating):
        return Cost(kept=0, notes=["its engine does not tell what its work will take"])
    cost = engine.estimate(ahead, area, plan.services, pilot, cores)
    return started(cost, len(ahead.blocks) + _OTHERS, cores)


def _ahead(plan: Plan, engine: Engine, place: Place) -> Ahead:
    """What is to be composed: of the frozen list, or of what would be frozen now."""
    found = _found(plan, engine, place)
    request = plan.scenes.freezing(place.source, fingerprint(found.text))
    ledger = [plan.folders.here(file) for file in plan.scenes.unreadable(place)]
    listed = _file(plan, paths.SCENES, place)
    if is_current(listed, request.to_dict(), ledger):
        blocks = plan.scenes.block_requests(place, frozen=True)
        return Ahead(SceneList.read(listed), True, [*_lacking(plan, place, blocks)])
    scenes = frozen(found, wanted(found, request, read_unreadable(ledger)), request)
    return Ahead(scenes, False, plan.scenes.block_requests(place, frozen=False))


def _lacking(plan: Plan, place: Place, requests: Sequence[BlockRequest]) -> Iterator[BlockRequest]:
    for each in requests:
        block = paths.BLOCK.format(
            area=place.area, source=place.source, edition=place.edition, block=each.block
        )
        missing = lacking(plan.folders.here(block), each)
        if missing:
            yield replace(each, bands=missing)


def _found(plan: Plan, engine: Engine, place: Place) -> SceneList:
    """What a search would find: what it has found, where a run would not search anew."""
    asked, known = plan.scenes.search(place), _file(plan, paths.FOUND, place)
    catalogue = map(plan.folders.here, plan.scenes.catalogue(place))
    if is_current(known, asked.to_dict(), catalogue):
        return SceneList.read(known)
    return engine.search(asked, plan.services)


def _file(plan: Plan, pattern: str, place: Place) -> Path:
    return plan.folders.here(
        pattern.format(area=place.area, source=place.source, edition=place.edition)
    )


def _bytes(requests: Sequence[BlockRequest], area: Area) -> float:
    """Of the pixels of blocks in the area, uncompressed."""
    grids, (width, height) = area.block_grids(), area.grid.pixel
    sizes = (
        area.geometry.intersection(box(*grids[each.block].bounds)).area * len(each.bands)
        for each in requests
    )
    return float(sum(sizes)) / (width * height) * _STORED
