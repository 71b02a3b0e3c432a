"""The stand-in services, as unit tests have them."""

from collections.abc import Iterator

import pytest

from standins.clms import ClmsStandIn


@pytest.fixture
def clms() -> Iterator[ClmsStandIn]:
    with ClmsStandIn() as stand_in:
        stand_in.clock.stop()
        yield stand_in
