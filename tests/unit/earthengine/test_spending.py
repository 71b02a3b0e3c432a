"""What a run will take of Earth Engine, from a few tiles of it."""

from types import SimpleNamespace

import pytest

from lccs_inputs.earthengine.pilot import Pilot, eecu_seconds
from lccs_inputs.earthengine.spending import Demand, verdict
from lccs_inputs.earthengine.tiles import Tile
from lccs_inputs.rasters.grid import Grid

PROFILE = """\
 EECU·s PeakMem  Count  Description
 1,234.500    1.2M      4  ImageCollection.reduce
  0.500       97k       6  (plumbing)
     -         12       1  Loading assets: S2
"""


def tile(width=100, height=100):
    return Tile("t", 0, 0, Grid("EPSG:2154", (10, 10), (0, 0, width * 10, height * 10)))


def demand(missing, pilot=None, cached=1):
    export = SimpleNamespace(bands=("a", "b"), dtype="int16")
    tiles = [tile()] * cached + missing
    return Demand(export, tiles, missing, pilot or Pilot())


def test_compute_is_what_the_profile_adds_up_to():
    assert eecu_seconds(PROFILE) == pytest.approx(1235.0)


def test_cost_grows_with_pixels_not_with_tiles():
    """Tiles at the edge are smaller."""
    half = Pilot(pixels=5_000, eecu_seconds=36.0, seconds=72.0)
    whole = demand([tile(), tile(50, 100), tile(50, 100)], half)
    assert whole.pixels == 20_000
    assert whole.eecu_hours == pytest.approx(4 * 36 / 3600)
    assert whole.hours(slots=8) == pytest.approx(4 * 72 / 3600 / 8)
    assert whole.bytes == 20_000 * 2 * 2


def test_nothing_missing_costs_nothing_and_no_pilot_tells_nothing():
    assert demand([]).eecu_hours == 0
    assert demand([tile()]).eecu_hours is None


def test_the_cost_is_that_of_what_is_missing_and_says_what_is_cached():
    known = demand([tile()], Pilot(10_000, 3600.0, 3600.0)).cost(slots=2)
    assert (known.requests, known.bytes, known.kept) == (1, 40_000, 40_000)
    assert (known.core_hours, known.eecu_hours, known.hours) == (0, 1, 0.5)
    assert known.notes == ["2 requests to Earth Engine at a time", "1 of 2 tiles are in the cache"]
    unknown = demand([tile()], cached=0).cost(slots=2)
    assert (unknown.requests, unknown.eecu_hours, unknown.hours) == (1, None, None)
    assert unknown.notes[1:] == ["compute and time are not known without a pilot"]


def test_more_than_the_share_of_the_month_is_refused_with_what_to_do():
    settings = ("community", 0.5)
    assert verdict(15.0, *settings) == (
        "10.00% of a month of the community tier (150 EECU-hours)",
        True,
    )
    text, within = verdict(90.0, *settings)
    assert not within
    assert "60.00%" in text
    assert "make plan ALLOW=1" in text
    assert verdict(None, *settings)[1]
