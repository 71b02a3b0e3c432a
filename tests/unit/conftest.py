"""The stand-in CLMS as most tests want it; those that need another pace make their own."""

from collections.abc import Iterator

import pytest

from lccs_inputs.clms.session import ClmsSession
from standins.clms import ClmsStandIn


@pytest.fixture
def clms() -> Iterator[ClmsStandIn]:
    with ClmsStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def session(clms: ClmsStandIn) -> Iterator[ClmsSession]:
    """Anonymous: the catalogue is public."""
    with ClmsSession(clms.url, None, clock=clms.clock.now, sleep=clms.clock.sleep) as opened:
        yield opened
