"""Scene lists of Earth Engine: the same choice, for the same reasons, as the open-data engine."""

from dataclasses import replace

import pytest
from shapely import box

from lccs_inputs.earthengine.search import search_scenes
from lccs_inputs.earthengine.signin import Account, sign_in
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.earthengine import CLOUD_SCORE_COLLECTION
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.imagery.stac import search as stac
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from scene_requests import scene_request

BOUNDS = (977000, 6588000, 977600, 6588600)
GRID = Grid("EPSG:2154", (10, 10), BOUNDS)
BOX = Area(box(*BOUNDS), GRID).bounds_lonlat()


@pytest.fixture
def session(service):
    return sign_in(Account("stand-in-project", url=service.url))


def request(sensor, **changes):
    asked = {"cloud_max": 80, "mask": "none", "bounds": BOX, **changes}
    return scene_request(
        sensor, "earthengine", "2018-05-01", asked.pop("end", "2018-10-31"), **asked
    )


@pytest.mark.parametrize(
    ("sensor", "changes"),
    [
        ("sentinel2", {}),
        ("sentinel2", {"cloud_max": 15}),
        ("sentinel2", {"platforms": ["Sentinel-2B"]}),
        ("sentinel2", {"saturated_max": 0.0}),
        ("landsat", {}),
        ("landsat", {"tier1_only": False}),
        ("sentinel1", {}),
    ],
)
def test_the_same_scenes_are_chosen_as_by_the_open_data_engine(
    session, service, sample, sensor, changes
):
    asked = request(sensor, **changes)
    chosen = search_scenes(session, asked)
    expected = stac.search_scenes(replace(asked, catalogue=str(sample)))
    indices = [service.assets.indices[scene.id] for scene in expected.scenes]
    assert [scene.id for scene in chosen.scenes] == indices
    facts = [(s.tile, s.platform, s.datetime[:23]) for s in chosen.scenes]
    assert facts == [(s.tile, s.platform, s.datetime[:23]) for s in expected.scenes]
    if sensor != "landsat":  # Landsat 7 and Tier 2 are collections of their own here
        removed = {**chosen.removed, "incomplete": 0}
        assert (chosen.found, removed) == (expected.found, expected.removed)


def test_a_collection_is_searched_with_one_request(session, service):
    search_scenes(session, request("sentinel2"))
    search_scenes(session, request("landsat"))
    assert len(service.requests("value:compute")) == 3  # Landsat 8 and 9


def test_long_lists_come_page_by_page(session, service, monkeypatch):
    whole = search_scenes(session, request("sentinel2"))
    monkeypatch.setattr("lccs_inputs.earthengine.search._PAGE", 6)
    assert search_scenes(session, request("sentinel2")) == whole
    assert len(service.requests("value:compute")) == 1 + 4


def test_the_last_day_is_included(session):
    chosen = search_scenes(session, request("sentinel2", end="2018-05-13"))
    assert [scene.datetime[:10] for scene in chosen.scenes] == ["2018-05-13"]


def test_the_list_is_frozen_in_a_file(session, tmp_path):
    chosen = search_scenes(session, request("sentinel2"))
    chosen.write(tmp_path / "items.json")
    assert SceneList.read(tmp_path / "items.json") == chosen
    assert chosen.catalogue == "earthengine"


def test_a_pass_of_sentinel_1_can_be_chosen(session):
    both = search_scenes(session, request("sentinel1"))
    rising = search_scenes(session, request("sentinel1", orbit_pass="ascending"))
    assert rising.scenes
    assert len(rising.scenes) + rising.removed["orbit_pass"] == len(both.scenes)


def test_nothing_found_names_the_area_and_the_dates(session):
    with pytest.raises(
        SourceError, match=r"scenes\.s2: no sentinel2 scene .* in earthengine .*out"
    ):
        search_scenes(session, request("sentinel2", bounds=(2.0, 48.0, 2.1, 48.1)))


def test_nothing_left_names_the_filter_to_relax(session):
    with pytest.raises(SourceError, match="raise `cloud_max`"):
        search_scenes(session, request("sentinel2", cloud_max=-1))


def test_scenes_without_a_cloud_score_are_removed_and_counted(session, service):
    whole = search_scenes(session, request("sentinel2", mask="cloud_score"))
    assert whole.removed["cloud_score"] == 0
    scores = service.assets.collection(CLOUD_SCORE_COLLECTION)
    lost = whole.scenes[2].id
    left = [each for each in scores.elements if each.properties["system:index"] != lost]
    service.assets._loaded[CLOUD_SCORE_COLLECTION] = replace(scores, elements=tuple(left))
    chosen = search_scenes(session, request("sentinel2", mask="cloud_score"))
    assert chosen.removed["cloud_score"] == 1
    assert lost not in [scene.id for scene in chosen.scenes]
