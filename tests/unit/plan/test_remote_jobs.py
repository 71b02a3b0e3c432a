"""No remote target is fetched again because our code has moved.

`snapshots/remote_jobs.json` holds what Snakemake recorded of the remote jobs before engines had a
seam: their parameters, as text. What it records is compared to what the plan asks now. Blocks are
as of recipe 2, where a pass became one observation; nothing else has been written anew.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lccs_inputs.clms.lock import Lock
from lccs_inputs.imagery.requests import FreezeRequest, SceneRequest
from lccs_inputs.imagery.scenes import Scene, SceneList
from lccs_inputs.plan import Plan
from lccs_inputs.workflow.requests import Place
from locked_products import locked_product

REPOSITORY = Path(__file__).resolve().parents[3]
SNAPSHOTS = REPOSITORY / "tests/snapshots"
RECORDED: dict[str, str] = json.loads((SNAPSHOTS / "remote_jobs.json").read_text())
OUTLINE = [[967800, 6585300], [980000, 6585300], [980000, 6597780], [970000, 6596000]]


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """That of a config with every kind of remote target, over an area that needs no projecting."""
    monkeypatch.chdir(tmp_path)
    geometry = {"type": "Polygon", "coordinates": [[*OUTLINE, OUTLINE[0]]]}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}}
    feature = {"type": "Feature", "properties": {}, "geometry": geometry}
    collection = {"type": "FeatureCollection", "crs": crs, "features": [feature]}
    Path("here.geojson").write_text(json.dumps(collection))
    Lock((locked_product(), locked_product("Grassland 2018", "GRA"))).write(Path("lock.json"))
    config = yaml.safe_load((SNAPSHOTS / "remote_jobs.yaml").read_text())
    plan = Plan.from_files(REPOSITORY / "config.yaml", [config], {})
    scene = Scene("one", "items", "2018-07-01T10:00:00Z", "31TGM", "sentinel2a", "", {})
    dates = ("2018-05-01", "2018-10-31")
    SceneList("any", "2018", "any", *dates, "c", "", 1, {}, [scene]).write(Path("scenes.json"))
    plan.scenes.search_of = plan.scenes.freeze = lambda _: Path("scenes.json")
    return plan


def asked(plan: Plan) -> Iterator[tuple[str, Any]]:
    """Every parameter of a remote job, by what the snapshot calls it."""
    scenes, products = plan.scenes, plan.products
    for target in scenes.targets():
        _, area, _, source, edition, _ = target.split("/")
        block = plan.areas.area(area).blocks()[0].name
        place = Place(area=area, source=source, edition=edition, block=block)
        yield f"search_scenes {source} {edition}", scenes.search_request(place)
        yield f"freeze_scenes {source} {edition}", scenes.freeze_request(place)
        yield f"compose_block {source} {edition} {block}", scenes.block_request(place)
    for source, settings in plan.config.products.items():
        for edition, origin in settings.editions.items():
            place = Place(area="here", source=source, edition=edition)
            yield f"{origin} {source} {edition}", getattr(products, f"{origin}_request")(place)
            yield f"optional {source} {edition}", products.optional(place)
    yield "generate_sample", plan.areas.sample_request(Place())


def test_remote_jobs_are_asked_what_they_were_asked_before(plan: Plan) -> None:
    found = {name: repr(value) for name, value in asked(plan)}
    assert found.keys() == RECORDED.keys()
    for name, text in RECORDED.items():
        assert rounded(found[name]) == rounded(text), name


def test_what_the_config_says_of_numbers_is_asked_and_only_then(tmp_path: Path) -> None:
    """It decides pixels: a search and a freezing are of it, as is a block, by the scenes it has."""
    config = yaml.safe_load((SNAPSHOTS / "remote_jobs.yaml").read_text())
    config["areas"] = {"here": {"bbox": [6.4, 46.3, 6.7, 46.4]}}
    config["scenes"]["open"]["boa_offset"] = "auto"
    config["scenes"]["open"] |= {"scale": 0.001, "offset": 0, "nodata": -1}
    scenes = Plan.from_files(REPOSITORY / "config.yaml", [config], {}).scenes
    place = Place(area="here", source="open", edition="2018")
    said = {"scale": 0.001, "offset": 0.0, "nodata": -1.0}
    assert said.items() <= scenes.search_request(place).items()
    assert SceneRequest.from_dict(scenes.search_request(place)).stated == said
    frozen = scenes.freezing("open").to_dict()
    assert FreezeRequest.from_dict(frozen).stated == ["scale", "offset", "nodata"]
    assert "stated" not in scenes.freezing("own").to_dict()


def rounded(text: str) -> str:
    """Degrees to 10⁻⁹: the last digits are those of a PROJ of one machine."""
    return re.sub(r"\d+\.\d{10,}", lambda match: f"{float(match[0]):.9f}", text)


def test_no_parameter_holds_a_path_of_the_run(plan: Plan) -> None:
    """Snakemake puts neither its path variables nor a prefix into them."""
    for name, value in asked(plan):
        assert "<results>" not in repr(value), name


@pytest.mark.parametrize("name", [name for name in RECORDED if "Locked" not in RECORDED[name]])
def test_parameters_are_plain_values(name: str) -> None:
    """Snakemake compares them as text and leaves out what has none."""
    ast.literal_eval(RECORDED[name])
