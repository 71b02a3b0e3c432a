"""A desk at the stand-in, for tests of what is handed in and waited for there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lccs_inputs.clms.handing_in import Desk
from lccs_inputs.clms.key import ServiceKey
from lccs_inputs.clms.requests import ProductRequest
from lccs_inputs.clms.session import ClmsSession
from locked_products import locked_product
from service_settings import patience
from standins.clms import ClmsStandIn

EVIAN = (6.75, 46.38, 6.79, 46.41)
IMPERVIOUSNESS = ProductRequest.by_bbox(locked_product(), EVIAN)


def desk_at(
    clms: ClmsStandIn,
    folder: Path,
    cache: str = "cache",
    sleep: Callable[[float], None] | None = None,
    **settings: Any,
) -> Desk:
    """A desk whose time is that of the stand-in: hours of waiting pass at once."""
    clock, sleep = clms.clock.now, sleep or clms.clock.sleep
    key = ServiceKey.read(clms.key_file(folder))
    session = ClmsSession(clms.url, key, clock=clock, sleep=sleep)
    return Desk(session, folder / cache, clock=clock, sleep=sleep, **patience() | settings)


def posts(clms: ClmsStandIn) -> int:
    """How often the stand-in was asked for a task."""
    return len(clms.requests("POST @datarequest_post"))


def searches(clms: ClmsStandIn) -> int:
    return len(clms.requests("GET @datarequest_search"))
