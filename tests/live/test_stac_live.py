"""An item of ours against the published schemas, for those who are on the network:
LIVE=1 pytest tests/live/test_stac_live.py  (ITEM=results/…/item.json)

Offline tests hold items against what we know of the extensions, tests/stac_rules.py.
"""

import os

import pystac
import pytest

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif("LIVE" not in os.environ, reason="needs the network: set LIVE=1"),
]


def test_the_item_of_a_run_is_valid_by_the_published_schemas() -> None:
    if "ITEM" not in os.environ:
        pytest.skip("needs the item.json of a run: set ITEM")
    assert len(pystac.Item.from_file(os.environ["ITEM"]).validate() or ()) == 6
