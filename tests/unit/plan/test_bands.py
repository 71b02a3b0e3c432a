"""Which bands of a scene set are asked for: what chosen expressions mention, and what is there."""

from pathlib import Path
from typing import Any

import pytest

from lccs_inputs import config
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.files import fingerprint
from lccs_inputs.imagery.mosaics import read_summary
from lccs_inputs.imagery.scenes import Scene, SceneList
from lccs_inputs.plan import Plan
from lccs_inputs.workflow.requests import Place

BOX = {"bbox": [6.4, 46.3, 6.7, 46.4]}
NDVI = "(nir - red) / (nir + red)"
DATES = ("2018-05-01", "2018-10-31")
PLACE = Place(area="here", source="s2", edition="2018")
VRT = """<VRTDataset><Metadata><MDI key="request">{request}</MDI></Metadata>
<VRTRasterBand><Description>swir22</Description></VRTRasterBand>
<VRTRasterBand><Description>share(blue &gt; 0.1)</Description></VRTRasterBand>
<VRTRasterBand><Description>clear_count</Description></VRTRasterBand></VRTDataset>
"""


def plan(expression: str, **changes: Any) -> Plan:
    scenes = {name: {"sensor": "sentinel2", "catalogue": "c.json"} for name in ("s2", "other")}
    document = {
        "areas": {"here": BOX},
        "periods": {"2018": {"start": DATES[0], "end": DATES[1]}},
        "scenes": scenes | {"s1": {"sensor": "sentinel1", "catalogue": "c.json"}},
        "derived": {"ndvi": NDVI},
        "layers": {
            "vegetat_veg_cat": {
                "use": "one",
                "methods": {"one": expression, "another": "s2.swir22 > 0"},
            },
        },
    }
    return Plan(config.load(document | changes))


@pytest.mark.parametrize(
    ("expression", "bands"),
    [
        ("s2.ndvi_p90 > 0.4", "ndvi_p90 clear_count"),
        ("s2.ndvi > 0.4", "red nir clear_count"),
        ("s2.swir16 > area_min(s2.nir)", "nir swir16 clear_count"),
        ("s2.clear_count > 3", "clear_count"),
        ("share(s2, ndvi > 0.4) > 0.5 or s2.ndvi_p33 > 0.1", f"p33({NDVI})|share({NDVI} > 0.4)"),
        ("statistic(s2, nir, max) - other.red > 0.1", "max(nir)"),
        ("focal_mean(s2.blue, 3) > 0 and other.green > 0", "blue clear_count"),
    ],
)
def test_the_bands_of_a_scene_set_are_those_that_are_mentioned_and_the_clear_count(
    expression: str, bands: str
) -> None:
    named = bands.split() if "(" not in bands else [*bands.split("|"), "clear_count"]
    assert plan(expression, true_colour=False).scenes.needed_bands(PLACE) == (*named,)
    drawn = SENSORS["sentinel2"].in_order({"red", "green", "blue", *named})
    assert plan(expression).scenes.needed_bands(PLACE) == drawn


def test_a_picture_takes_the_bands_of_one_scene_set_only() -> None:
    made = plan("s2.ndvi > 0 and other.nir > 0 and s1.vv > -20")
    assert made.scenes.needed_bands(Place(source="other", edition="2018")) == ("nir", "clear_count")
    assert made.scenes.needed_bands(Place(source="s1", edition="2018")) == ("vv", "clear_count")
    assert made.results.true_colour(Place(area="here", period="2018"))
    assert not plan("s2.ndvi > 0", true_colour=False).results.true_colour(
        Place(area="here", period="2018")
    )


def test_a_scene_set_that_nothing_mentions_has_all_bands_for_who_names_its_mosaic() -> None:
    bands = plan("s2.ndvi > 0").scenes.needed_bands(Place(source="s1", edition="2018"))
    assert bands == SENSORS["sentinel1"].scene_set_bands


def test_bands_that_were_asked_for_of_the_same_scenes_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    scene = Scene("one", "c", "2018-07-01T10:00:00Z", "31TGM", "sentinel2a", "", {})
    SceneList("s2", "2018", "sentinel2", *DATES, "c", "", 1, {}, [scene]).write(Path("list.json"))
    made = plan("s2.nir > 0", true_colour=False)
    made.scenes.freeze = lambda _: Path("list.json")
    block = made.areas.area("here").blocks()[0].name
    place = Place(area="here", source="s2", edition="2018", block=block)
    first = made.scenes.block_request(place)
    assert first["bands"] == ("nir", "clear_count")
    asked = made.scenes.mosaic_request(place)
    assert asked["bands"] == first["bands"]
    assert asked["asked"][block] == first["fingerprint"]

    mosaic = Path("results/here/sources/s2/2018/mosaic.vrt")
    mosaic.parent.mkdir(parents=True)
    mosaic.write_text(VRT.format(request=fingerprint(asked["asked"])))
    assert read_summary(mosaic).bands == ("swir22", "share(blue > 0.1)", "clear_count")
    more = made.scenes.block_request(place)
    assert more["bands"] == ("nir", "swir22", "share(blue > 0.1)", "clear_count")
    assert more["fingerprint"] == first["fingerprint"], "it is of all but the bands"
    assert made.scenes.mosaic_request(place)["bands"] == more["bands"]

    for other in ("of other scenes", ""):
        mosaic.write_text(VRT.format(request=other))
        assert made.scenes.block_request(place) == first
    mosaic.write_text("<VRTDataset>")
    assert made.scenes.block_request(place) == first


def test_pictures_wait_for_the_scene_lists_and_ask_for_the_blocks_of_the_mosaic_they_show() -> None:
    here = Place(area="here", period="2018")
    made = plan("s2.ndvi > 0")
    lists = [f"<results>/here/sources/s2/2018/{name}.json" for name in ("items", "scenes")]
    blocks = made.scenes.blocks(Place(area="here", source="s2", edition="2018"))
    assert blocks
    assert made.results.true_colour_lists(here) == lists + blocks
    assert plan("s2.ndvi > 0", true_colour=False).results.true_colour_lists(here) == []
