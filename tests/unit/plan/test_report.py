"""What the report of a period is told: its lineage, and what of a config others may read."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

import lccs_inputs.plan.report as planning
from lccs_inputs.facts.lccs import LEVEL3_INPUTS
from lccs_inputs.plan import Plan
from lccs_inputs.workflow.requests import Place
from lccs_inputs.workflow.requests.report import ReportRequest

BASE = Path(__file__).parents[3] / "config.yaml"
HERE = Place(area="evian", period="2018")


def request(**changes: object) -> ReportRequest:
    return ReportRequest.from_dict(Plan.from_files(BASE, [changes], {}).report.request(HERE))


def test_the_lineage_goes_from_every_source_to_the_stack() -> None:
    told = request()
    sources = {f"{name}/2018" for name in (*told.scenes, *told.products)}
    parts = {part for made_of in told.lineage.values() for part in made_of}
    assert parts - told.lineage.keys() == sources
    assert [*told.lineage["level3"]] == [*LEVEL3_INPUTS]
    assert {*told.lineage["stack"]} == told.methods.keys()
    assert "level3" in told.lineage["level4"]
    assert told.true_colour == "s2"


def test_a_chain_tells_the_expression_of_each_method() -> None:
    methods = request().methods["cultman_agr_cat"]
    assert len(methods) > 1
    assert all(methods.values())
    assert len({*methods.values()}) == len(methods)


def test_the_config_is_told_without_where_files_lie() -> None:
    products = yaml.safe_load(BASE.read_text())["products"]
    products["crop_map"]["editions"]["2018"] = "/home/me/maps/crops.tif"
    said = request(products=products).config
    assert said["products"]["crop_map"]["editions"]["2018"] == "…/crops.tif"
    assert "/home/me" not in str(said)
    assert [*said["areas"]] == ["evian"]


def test_a_changed_page_is_a_reason_to_write_it_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = request()
    folder = Path(shutil.copytree(planning.PAGE, tmp_path / "page"))
    monkeypatch.setattr(planning, "PAGE", folder)
    assert request() == usual
    (folder / "style.css").write_text("body { color: red }")
    assert replace(request(), page=usual.page) == usual
    assert request().page != usual.page
