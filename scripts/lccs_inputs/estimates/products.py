"""What the editions of products will take, by where they come from."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lccs_inputs.cdse.store import ObjectStore
from lccs_inputs.clms import image_service
from lccs_inputs.clms.requests import make_request
from lccs_inputs.clms.session import USER_AGENT
from lccs_inputs.clms.steps import archive_of
from lccs_inputs.costs import NOTHING, Cost
from lccs_inputs.earthengine.service import export_settings, open_session
from lccs_inputs.earthengine.spending import product_cost
from lccs_inputs.estimates.lines import Line
from lccs_inputs.estimates.starts import started
from lccs_inputs.facts.catalogues import CDSE
from lccs_inputs.facts.earthengine import CATALOGUE as EARTH_ENGINE
from lccs_inputs.facts.origins import CLMS, IMAGE_SERVICE
from lccs_inputs.plan import Plan
from lccs_inputs.plan.products import ProductPlan
from lccs_inputs.products.data_space_cost import export_cost
from lccs_inputs.products.locked import from_plain
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.records import is_current
from lccs_inputs.workflow.requests import Place
from lccs_inputs.workflow.requests.products import ClmsRequest, DataSpaceRequest

_Costs = Callable[[Plan, Place, int], Cost]


def product_lines(plan: Plan, pilot: int, cores: int) -> Iterator[Line]:
    """A line for each edition that a service delivers, in every area.

    Args:
        pilot: how many parts of an edition may be asked for, to measure them.
        cores: those that a run may use.

    Raises:
        SourceError: a service cannot be asked, or does not have an edition.
        AreaError: an area that is an asset has not been fetched yet.
    """
    for area, source, edition in plan.names.editions(plan.config.products):
        origin = plan.config.products[source].editions[edition]
        if origin in ORIGINS:
            place = Place(area=area, source=source, edition=edition)
            there = _is_there(plan, place)
            cost = NOTHING if there else started(ORIGINS[origin](plan, place, pilot), 1, cores)
            size = 0 if there and _is_aligned(plan, place) else _aligned_bytes(plan, place)
            yield Line(area, source, edition, origin, cost, size, plan.products.memory)


def _aligned_bytes(plan: Plan, place: Place) -> int:
    """Of a product on the grid, uncompressed."""
    grid, dtype = plan.areas.area(place.area).grid, plan.products.product(place.source).dtype
    return grid.width * grid.height * np.dtype(dtype).itemsize


def _delivered(plan: Plan, place: Place) -> Path:
    return plan.folders.here(plan.products.delivered(place))


def _is_there(plan: Plan, place: Place) -> bool:
    """Whether a run would leave what was delivered as it is."""
    origin = plan.config.products[place.source].editions[place.edition]
    return is_current(_delivered(plan, place), _REQUESTS[origin](plan.products, place))


def _is_aligned(plan: Plan, place: Place) -> bool:
    """Whether it would leave what is on the grid too."""
    aligned = paths.ALIGNED.format(area=place.area, source=place.source, edition=place.edition)
    asked = plan.products.align_request(place)
    return is_current(plan.folders.here(aligned), asked, [_delivered(plan, place)])


def given_files(plan: Plan) -> list[Path]:
    """The files of the user's own that editions are, each once."""
    origins = (
        plan.config.products[source].editions[edition]
        for _, source, edition in plan.names.editions(plan.config.products)
    )
    return [Path(each) for each in dict.fromkeys(origins) if each not in ORIGINS]


def _clms(plan: Plan, place: Place, pilot: int) -> Cost:
    """What is known of an order without placing it: the size of a file that is ready made."""
    request = ClmsRequest.from_dict(plan.products.clms_request(place))
    order = make_request(request.product, request.asked, request.bounds)
    if archive_of(order, plan.config.clms.model_dump()).exists():
        return replace(NOTHING, notes=["it is in the cache"])
    country = request.asked.get("country")
    size = request.product.file_for(country).bytes if country else None
    notes = ["one order and the looks at it; how long it waits in the queue is not known"]
    if size is None:
        notes.append("CLMS does not say how large what it cuts out will be")
    return Cost(None, size, size, 0, 0, None, notes)


def _image_service(plan: Plan, place: Place, pilot: int) -> Cost:
    settings = plan.config.clms
    return image_service.export_cost(
        plan.products.product(place.source),
        int(place.edition),
        plan.areas.area(place.area),
        base_url=settings.image_service,
        user_agent=USER_AGENT,
        limit_km2=settings.image_service_km2,
        pilot=pilot,
    )


def _data_space(plan: Plan, place: Place, pilot: int) -> Cost:
    request = DataSpaceRequest.from_dict(plan.products.data_space_request(place))
    settings = plan.config.cdse
    return export_cost(
        plan.products.product(place.source),
        request.year,
        request.collection,
        plan.areas.area(place.area),
        settings.catalogue,
        ObjectStore.of(settings.model_dump(), 1),
        Path(settings.cache),
        pilot,
        tiles=from_plain(request.tiles),
        optional=request.optional,
    )


def _earthengine(plan: Plan, place: Place, pilot: int) -> Cost:
    settings = plan.config.earthengine.model_dump()
    return product_cost(
        open_session(settings, f"plan-{place.source}-{place.edition}"),
        plan.products.product(place.source),
        place.edition,
        plan.areas.area(place.area),
        pilot,
        export_settings(settings, settings["slots"]),
        optional=plan.products.optional(place),
    )


ORIGINS: Mapping[str, _Costs] = {
    CLMS: _clms,
    IMAGE_SERVICE: _image_service,
    CDSE: _data_space,
    EARTH_ENGINE: _earthengine,
}
"""Where an edition comes from → what it takes from there; what is in no row is a file."""

_REQUESTS: Mapping[str, Callable[[ProductPlan, Place], dict[str, Any]]] = {
    CLMS: ProductPlan.clms_request,
    IMAGE_SERVICE: ProductPlan.image_service_request,
    CDSE: ProductPlan.data_space_request,
    EARTH_ENGINE: ProductPlan.earthengine_request,
}
"""Likewise → what the job that fetches it is asked."""
