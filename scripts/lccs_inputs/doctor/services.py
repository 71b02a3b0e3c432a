"""The services that a config can use, and one tiny question to each.

A service is a function that yields its checks where a plan uses it, and its row in `SERVICES`.
"""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import ee
import numpy as np
from pyproj import Transformer
from rasterio.windows import Window

from lccs_inputs.cdse.store import ObjectStore
from lccs_inputs.clms.image_area import CRS as IMAGE_CRS
from lccs_inputs.clms.image_service import export_tile
from lccs_inputs.clms.key import ServiceKey, find_key
from lccs_inputs.clms.session import USER_AGENT, ClmsSession
from lccs_inputs.clms.status import read_tasks
from lccs_inputs.earthengine.errors import Patience
from lccs_inputs.earthengine.service import open_session
from lccs_inputs.earthengine.signin import KEY_VARIABLE
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.catalogues import CDSE
from lccs_inputs.facts.data_space import HOLDINGS
from lccs_inputs.facts.earthengine import CATALOGUE as EARTH_ENGINE
from lccs_inputs.facts.origins import CLMS, IMAGE_SERVICE
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.composite.fetching import Fetching
from lccs_inputs.imagery.composite.reading import AssetReader
from lccs_inputs.imagery.engine import engine_of, named_engines
from lccs_inputs.imagery.stac.engine import address_of, store_of
from lccs_inputs.imagery.stac.search import find_scene
from lccs_inputs.imagery.stac.signing import signer
from lccs_inputs.key_files import require_private
from lccs_inputs.plan import Plan
from lccs_inputs.products.data_space import look_at_one
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import gdal_env
from lccs_inputs.workflow.requests import Place

_PATIENCE = Patience(first=1, longest=2, total=10)
_TIMEOUT = (10.0, 30.0)  # seconds to connect, and to wait for bytes
_SIDE = 64  # px of what is read


@dataclass(frozen=True)
class Check:
    """One question to one service.

    Attributes:
        service: its name, also of its file of recorded answers.
        ask: asks, and says what came; raises SourceError with the remedy.
    """

    service: str
    ask: Callable[[], str]


def checks(plan: Plan) -> Iterator[Check]:
    """The questions to all services that a plan uses."""
    for of_service in SERVICES:
        yield from of_service(plan)


def _catalogues(plan: Plan) -> Iterator[Check]:
    """Each STAC API once: an item of the first scene set that uses it, and a few of its pixels."""
    places: dict[str, Place] = {}
    for area, source, edition in plan.names.editions(plan.config.scenes):
        catalogue = plan.config.scenes[source].catalogue
        named = catalogue in named_engines()
        if not named and not engine_of(catalogue).catalogue_files(catalogue):
            places.setdefault(catalogue, Place(area=area, source=source, edition=edition))
    for catalogue, place in places.items():
        yield Check(catalogue, partial(_seen, plan, place))


def _seen(plan: Plan, place: Place) -> str:
    request, services = plan.scenes.search(place), plan.services
    sign, band = request.signed_by, SENSORS[request.sensor].validity_bands[0]
    store = store_of(sign, services, 1)
    scene = find_scene(request, address_of(request.catalogue, services))
    with (
        TemporaryDirectory(prefix="doctor-") as folder,
        gdal_env(),
        AssetReader(signer(sign), Fetching(1, Path(folder) / "asset"), store) as reader,
    ):
        asset = reader.asset(scene, band)
        across, down = asset.grid.width // 2, asset.grid.height // 2
        asset.read(Window(across, down, min(_SIDE, across), min(_SIDE, down)))
    return f"{scene.id}, pixels of {band} read"


def _data_space_maps(plan: Plan) -> Iterator[Check]:
    for place in plan.names.editions_from(CDSE)[:1]:
        yield Check("cdse_maps", partial(_map_tile, plan, *place))


def _map_tile(plan: Plan, area: str, source: str, edition: str) -> str:
    settings, product = plan.config.cdse, plan.products.product(source)
    store = ObjectStore.of(settings.model_dump(), 1)
    collection, bounds = HOLDINGS[product.name].collection, plan.areas.bounds(area)
    with gdal_env():
        name = look_at_one(product, int(edition), collection, bounds, settings.catalogue, store)
    return f"pixels of {name} read"


def _clms(plan: Plan) -> Iterator[Check]:
    if plan.names.editions_from(CLMS):
        yield Check(CLMS, partial(_tasks, plan))


def _tasks(plan: Plan) -> str:
    settings = plan.config.clms
    key = ServiceKey.read(find_key(settings.key))
    with ClmsSession(settings.url, key, sleep=_not_long, timeout=_TIMEOUT) as session:
        tasks = read_tasks(session.get("@datarequest_search", {"status": "In_progress"}))
    return f"signed in with {key.source}, {len(tasks)} tasks under way"


def _image_service(plan: Plan) -> Iterator[Check]:
    for place in plan.names.editions_from(IMAGE_SERVICE)[:1]:
        yield Check(IMAGE_SERVICE, partial(_tile, plan, *place))


def _tile(plan: Plan, area: str, source: str, edition: str) -> str:
    west, south, east, north = plan.areas.area(area).grid.bounds
    to_map = Transformer.from_crs(plan.areas.area(area).grid.crs, IMAGE_CRS, always_xy=True)
    x, y = to_map.transform((west + east) / 2, (south + north) / 2)
    product, half = plan.products.product(source), _SIDE / 2 * 10
    grid = Grid.around((x - half, y - half, x + half, y + half), IMAGE_CRS, product.resolution)
    url = plan.config.clms.image_service
    codes = export_tile(
        product, int(edition), grid, base_url=url, user_agent=USER_AGENT, sleep=_not_long
    )
    return f"{codes.size} pixels of {product.name} {edition}, codes {_few(np.unique(codes))}"


def _few(codes: np.ndarray) -> str:
    shown = ", ".join(map(str, codes[:5]))
    return f"{shown} …" if codes.size > 5 else shown


def _earthengine(plan: Plan) -> Iterator[Check]:
    if plan.earthengine_places() or any(area.asset for area in plan.config.areas.values()):
        key = plan.config.earthengine.key or os.environ.get(KEY_VARIABLE)
        if key:
            yield Check("earthengine_key", partial(_private, Path(key)))
        yield Check(EARTH_ENGINE, partial(_sum, plan))


def _private(key: Path) -> str:
    """A key that nobody but its owner can open; those of other services are refused unless so."""
    try:
        mode = key.stat().st_mode
    except OSError as error:
        raise SourceError(
            f"the key {key} cannot be read ({error.strerror}); name the JSON key of an account"
        ) from error
    require_private("key", key, mode)
    return f"{key}, mode {stat.S_IMODE(mode):o}"


def _sum(plan: Plan) -> str:
    session = open_session(plan.config.earthengine.model_dump(), "doctor", _PATIENCE)
    found = session.compute_value(ee.Number(1).add(1))
    if found != 2:
        raise SourceError(f"Earth Engine says that 1 and 1 is {found}; run again later")
    over = ", over its quota of this month" if session.restricted else ""
    return f"project {session.project}, which computes{over}"


def _not_long(_: float) -> None:
    """Nobody waits for a doctor."""


SERVICES: tuple[Callable[[Plan], Iterator[Check]], ...] = (
    _catalogues,
    _data_space_maps,
    _clms,
    _image_service,
    _earthengine,
)
