"""Where there is no network, as on many nodes of a cluster: what would ask is told so at once.

Clients of services try again for minutes, and a file that cannot be reached may be taken for one
that cannot be read. The environment says that there is none, as jobs inherit it.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from lccs_inputs.errors import OfflineError

OFFLINE = "LCCS_INPUTS_OFFLINE"
"""The environment variable that says so, where it is not empty."""


def is_offline() -> bool:
    """Whether the network may not be asked."""
    return bool(os.environ.get(OFFLINE))


def require_network(wanted: str) -> None:
    """See to it that the network may be asked.

    Args:
        wanted: of whom, or what.

    Raises:
        OfflineError: it may not.
    """
    if is_offline():
        _refuse(wanted)


@contextmanager
def refused() -> Iterator[None]:
    """Within, no client in Python comes as far as a connection where the network may not be asked.

    All of them look the name of the host up first. GDAL does that by itself.
    """
    if not is_offline():
        yield
        return
    usual = socket.getaddrinfo
    socket.getaddrinfo = _refuse  # type: ignore[assignment] # it never returns
    try:
        yield
    finally:
        socket.getaddrinfo = usual


def _refuse(wanted: str | bytes | None, *_: Any, **__: Any) -> NoReturn:
    name = wanted.decode() if isinstance(wanted, bytes) else wanted
    raise OfflineError(
        f"offline: {name} would have to be asked; run `make fetch` with this config first, where "
        "there is a network"
    )
