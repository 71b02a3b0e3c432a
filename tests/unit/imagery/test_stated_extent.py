"""Where items say that their pixels lie, in all the ways there are, and where they say nothing."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pystac
import pytest
from pyproj import Transformer
from shapely import box, transform
from shapely.geometry import shape

from lccs_inputs.imagery.places import Extent
from lccs_inputs.imagery.stated_extent import stated_extent

LATTICE = {"proj:shape": [10980, 10980], "proj:transform": [10, 0, 399960, 0, -10, 5200020]}
COARSE = {"proj:shape": [5490, 5490], "proj:transform": [20, 0, 399960, 0, -20, 5200020]}
BOX = {"proj:bbox": [399960, 5090220, 509760, 5200020]}
TILE = Extent("EPSG:32632", (399960, 5090220, 509760, 5200020))
NINE = [10.0, 0, 399960, 0, -10.0, 5200020, 0, 0, 1]
CODE = {"proj:code": "EPSG:32632"}


def stated(item: dict[str, Any], *assets: dict[str, Any]) -> Extent | None:
    made = pystac.Item("one", None, None, datetime(2018, 7, 1, tzinfo=UTC), {**item})
    return stated_extent(made, [pystac.Asset("", extra_fields=each) for each in assets])


@pytest.mark.parametrize(
    ("item", "assets"),
    [
        (CODE | LATTICE, []),
        (CODE | BOX, []),
        (CODE | LATTICE | BOX, [{}, {}]),
        (CODE, [LATTICE, COARSE]),
        (CODE | BOX, [LATTICE]),
        ({}, [CODE | LATTICE]),
        ({}, [CODE | BOX | {"proj:shape": [10980, 10980]}]),
        ({"proj:epsg": 32632}, [LATTICE | {"proj:transform": NINE}]),
        (CODE | {"proj:transform": [20, 0, 0, 0, -20, 0], "proj:shape": [1, 1]}, [LATTICE]),
    ],
)  # fmt: skip
def test_an_extent_is_read_from_the_item_or_its_assets(
    item: dict[str, Any], assets: list[dict[str, Any]]
) -> None:
    assert stated(item, *assets) == TILE


@pytest.mark.parametrize(
    ("item", "assets"),
    [
        ({}, []),
        (CODE, [{}]),
        (LATTICE, []),
        ({"proj:code": "EPSG:nothing"} | LATTICE, []),
        ({"proj:code": None, "proj:epsg": None} | LATTICE, []),
        (CODE | {"proj:shape": [10980, 10980]}, []),
        (CODE | {"proj:shape": [10980, 10980]}, [{"proj:transform": LATTICE["proj:transform"]}]),
        (CODE | LATTICE | {"proj:transform": [399960, 10, 0, 5200020, 0, -10]}, []),
        (CODE | LATTICE | {"proj:transform": [10, 0, 399960]}, []),
        (CODE | LATTICE | {"proj:transform": [10, 1, 399960, 1, -10, 5200020]}, []),
        (CODE | LATTICE | {"proj:shape": [0, 0]}, []),
        (CODE | LATTICE | {"proj:shape": None}, []),
        (CODE | LATTICE | {"proj:bbox": [399960, 5090220, 509760, 5200050]}, []),
        (CODE | {"proj:bbox": [399960, 5200020, 509760, 5090220]}, []),
        (CODE, [LATTICE, {}]),
        ({}, [CODE | LATTICE, {"proj:code": "EPSG:32631"} | LATTICE]),
    ],
)
def test_what_does_not_fit_together_says_nothing(
    item: dict[str, Any], assets: list[dict[str, Any]]
) -> None:
    assert stated(item, *assets) is None


def test_recorded_items_lie_where_their_outlines_are(shared_data: Path) -> None:
    """Outlines are of the same ground, in degrees, and up to 10 km off (Landsat)."""
    path = shared_data / "stac_items_recorded.jsonl"
    if not path.is_file():
        pytest.skip(f"no recorded items: {path} is absent")
    placed = 0
    for line in path.read_text().splitlines():
        item = pystac.Item.from_dict(json.loads(line)["item"])
        red = [a for key, a in item.assets.items() if key.lower() in ("red", "b04", "vv", "sr_b4")]
        extent = stated_extent(item, red[:1])
        if extent is None or not red:
            continue
        placed += 1
        move = Transformer.from_crs("EPSG:4326", extent.crs, always_xy=True)
        outline = transform(shape(item.geometry), move.transform, interleaved=False)
        assert box(*extent.bounds).buffer(10_000).contains(outline), item.id
    assert placed >= 30
