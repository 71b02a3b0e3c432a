"""The two steps of a download, as jobs call them: hand the request in, fetch the delivery.

A delivery that is in the cache already needs neither key nor network.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lccs_inputs.clms.arrival import check_delivery
from lccs_inputs.clms.drift import verify
from lccs_inputs.clms.handing_in import Desk, submit
from lccs_inputs.clms.journal import Journal
from lccs_inputs.clms.key import ServiceKey, find_key
from lccs_inputs.clms.requests import ProductRequest
from lccs_inputs.clms.session import ClmsSession
from lccs_inputs.clms.waiting import wait_and_fetch
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.files import put, write_text
from lccs_inputs.rasters.area import Area
from lccs_inputs.sharing import usable
from lccs_inputs.traffic import note_kept

Settings = Mapping[str, Any]
"""The section `clms` of the config."""

_KEY = "clms.cache"


def hand_in(request: ProductRequest, settings: Settings, target: Path, key: str) -> None:
    """See to it that CLMS works on a request, and write what is asked to `target`.

    Args:
        target: JSON of the request: no task, no secret, no time, so that a task that expires
            can be replaced without a change to it.
        key: config path of the request, for messages.

    Raises:
        SourceError: there is no key, the catalogue has moved away from the lock file, or CLMS
            refuses the request, or would.
    """
    if archive_of(request, settings).exists():
        note_kept()
    else:
        with open_desk(settings) as desk:
            verify(desk.session, [request.product])
            submit(request, desk, key)
    write_text(target, json.dumps(request.document(), indent=1) + "\n")


def fetch(
    request: ProductRequest,
    settings: Settings,
    area: Area,
    target: Path,
    key: str,
    *,
    optional: bool = False,
) -> None:
    """Wait for the delivery of a request, check it, and put it at `target`.

    Args:
        optional: whether it may lie outside the area; see `arrival.check_delivery`.

    Raises:
        SourceError: the delivery failed, or is not what was asked for (it is then kept aside).
    """
    archive = archive_of(request, settings)
    if archive.exists():
        note_kept()
    else:
        with open_desk(settings) as desk:
            wait_and_fetch(request, desk, key)
    product, year = PRODUCTS[request.product.product], request.product.year
    try:
        # What was cut by region or country is good for others, whatever this area sees of it.
        shared = request.bbox is None
        check_delivery(archive, product, year, area, shared=shared, optional=optional)
    except SourceError as error:  # the next run asks anew, instead of fetching the same again
        Journal(_cache(settings) / "journal.json").close(request.fingerprint, str(error))
        raise
    put(archive, target)


@contextmanager
def open_desk(settings: Settings) -> Iterator[Desk]:
    """A desk with a session of its own, signed in with the user's key."""
    service_key = ServiceKey.read(find_key(settings["key"]))
    with ClmsSession(settings["url"], service_key) as session, usable(_cache(settings), _KEY):
        yield Desk(
            session,
            _cache(settings),
            deadline=settings["deadline_hours"] * 3600,
            shortest=settings["poll_seconds"],
        )


def archive_of(request: ProductRequest, settings: Settings) -> Path:
    """Where the cache has what CLMS delivers for a request."""
    return _cache(settings) / "archives" / f"{request.fingerprint}.zip"


def _cache(settings: Settings) -> Path:
    return Path(settings["cache"])
