"""What a local job is told of the files that the user gave."""

from pathlib import Path

import pytest

from lccs_inputs import config
from lccs_inputs.plan import Plan
from lccs_inputs.rasters import given
from lccs_inputs.workflow.requests import Place

ORIGINS = {"2012": "clms", "2015": "image_service", "2018": "tiles",
           "2021": "results/sample_data/products/WAW.zip"}  # fmt: skip


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.chdir(tmp_path)
    for path in ("here.shp", "here.prj", "tiles/west/a.tif", ORIGINS["2021"]):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text("as it was")
    return new_plan()


def new_plan() -> Plan:
    document = {
        "areas": {"here": {"file": "here.shp"}, "box": {"bbox": [6.4, 46.3, 6.7, 46.4]}},
        "periods": {"2018": {"start": "2018-05-01", "end": "2018-10-31"}},
        "products": {"water": {"product": "WAW", "editions": {"2018": "tiles"}}},
        "layers": {"aquatic_wat_cat": {"use": "waw", "methods": {"waw": "water == 1"}}},
    }
    return Plan(config.load(document))


def place(area: str = "here", edition: str = "2018") -> Place:
    return Place(area=area, source="water", edition=edition)


def test_the_grid_follows_every_file_of_an_outline(plan: Plan) -> None:
    before = plan.areas.given(place())
    Path("here.prj").write_text("as it is now")
    assert plan.areas.given(place()) not in ("", before)
    assert plan.areas.given(place("box")) == ""


def test_an_aligned_product_follows_every_file_of_an_edition(plan: Plan) -> None:
    before = plan.products.given(place())
    Path("tiles/west/a.tif.aux.xml").write_text("<PAMDataset/>")
    assert new_plan().products.given(place()) not in ("", before)


@pytest.mark.parametrize("edition", [e for e, origin in ORIGINS.items() if origin != "tiles"])
def test_what_a_rule_fetches_or_makes_is_left_to_snakemake(plan: Plan, edition: str) -> None:
    plan.config.products["water"].editions[edition] = ORIGINS[edition]
    assert plan.products.given(place(edition=edition)) == ""


def test_an_edition_that_several_areas_take_is_looked_at_once(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = plan.products.given(place())
    monkeypatch.setattr(given, "visible_files", None)
    assert plan.products.given(place("box")) == before


def test_a_file_that_is_not_there_yet_is_looked_at_again(plan: Plan) -> None:
    """A rule of an importer may make it."""
    plan.config.products["water"].editions["2018"] = "made.tif"
    assert plan.products.given(place()) == ""
    Path("made.tif").write_text("made")
    assert plan.products.given(place()) != ""
