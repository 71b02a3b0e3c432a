"""INTERFACE.yaml tells other programs what rules, paths and the profile say."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lccs_inputs.plan import Plan
from lccs_inputs.workflow import paths

REPO = Path(__file__).parents[2]
PATTERNS = {
    value
    for name, value in vars(paths).items()
    if name.isupper() and not name.startswith("_") and value.startswith("<results>")
}
CONSTRAINT = re.compile(r'^    (\w+)=r"(.*)",$', re.MULTILINE)


@pytest.fixture(scope="module")
def interface() -> dict[str, Any]:
    return yaml.safe_load((REPO / "INTERFACE.yaml").read_text())


@pytest.fixture(scope="module")
def plan() -> Plan:
    next_year = {"2019": {"start": "2019-05-01", "end": "2019-10-31"}}
    changes = {"periods": next_year, "change": [["2018", "2019"]], "legend": "maes"}
    return Plan.from_files(REPO / "config.yaml", [], changes, asked=["images"])


def targets(plan: Plan) -> dict[str, list[str]]:
    """What the default config makes of each target, by the name of its rule."""
    return {
        "grid": plan.results.grid_targets(),
        "scenes": plan.scenes.targets(),
        "products": plan.products.targets(),
        "statistics": plan.layers.statistic_targets(),
        "layers": plan.layers.targets(),
        "checks": plan.results.check_targets(),
        "stack": plan.results.stack_targets(),
        "legends": plan.legends.targets(),
        "le_lccs": plan.handoff.targets(),
        "pictures": plan.results.picture_targets(),
        "images": plan.images.targets(),
        "change": plan.change.targets(),
        "confidence": plan.confidence.targets(),
        "accuracy": plan.accuracy.targets(),
        "provenance": plan.provenance.targets(),
        "qgis": plan.formats.qgis_targets(),
        "zarr": plan.formats.zarr_targets(),
        "report": plan.report.targets(),
    }


def is_of(file: str, pattern: str) -> bool:
    names = re.split(r"\{\w+\}", pattern)
    return re.fullmatch("[^/]+".join(map(re.escape, names)), file) is not None


def test_every_path_of_the_workflow_is_an_output_or_intermediate(interface: dict[str, Any]):
    outputs, intermediate = {*interface["outputs"]}, {*interface["intermediate"]}
    assert outputs | intermediate == PATTERNS
    assert not outputs & intermediate


def beside(patterns: Iterable[str]) -> Iterator[str]:
    """What belongs to rasters, and goes where they go: names of codes, and how they are drawn."""
    for raster in (pattern for pattern in patterns if pattern.endswith(".tif")):
        yield paths.sidecar(raster)
        yield paths.style_file(raster)


def test_all_that_a_target_makes_is_among_its_outputs(interface: dict[str, Any], plan: Plan):
    known = targets(plan)
    for target, files in known.items():
        patterns = [p for p, output in interface["outputs"].items() if output["target"] == target]
        assert patterns
        belonging = {*beside([*interface["outputs"]])}
        assert [f for f in files if not any(is_of(f, p) for p in (*patterns, *belonging))] == []
    assert {output["target"] for output in interface["outputs"].values()} == known.keys()


def test_targets_are_rules(interface: dict[str, Any]):
    rules = "".join(path.read_text() for path in sorted((REPO / "rules").glob("*.smk")))
    for output in interface["outputs"].values():
        assert f"\nrule {output['target']}:\n    input:\n        plan." in rules


def test_wildcards_are_those_of_the_outputs_as_the_rules_constrain_them(interface: dict[str, Any]):
    constraints = dict(CONSTRAINT.findall((REPO / "rules/common.smk").read_text()))
    listed = interface["wildcards"]
    said = {name: known["constraint"] for name, known in listed.items() if "constraint" in known}
    del constraints["outline"]  # it is in the cache of Earth Engine, not among the results
    assert said == constraints
    named = {name for pattern in PATTERNS for name in re.findall(r"\{(\w+)\}", pattern)}
    assert listed.keys() == named - {"picture", "name"}, "those are written out in the rules"


def test_inputs_are_keys_of_the_config(interface: dict[str, Any]):
    keys = re.findall(r"^\| `([^`]+)`", (REPO / "docs/config.md").read_text(), re.MULTILINE)
    assert interface["inputs"].keys() <= {*keys}
    assert (REPO / interface["config"]["default"]).is_file()
    assert (REPO / interface["config"]["schema"]).is_file()


def test_limits_are_those_of_the_profile(interface: dict[str, Any]):
    profile = yaml.safe_load((REPO / "profiles/default/profile.yaml").read_text())
    limits = {name: known["limit"] for name, known in interface["resources"].items()}
    assert limits == profile["resources"]
