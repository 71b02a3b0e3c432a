"""What is deleted of the results is made anew; what was removed to make room, when it is needed."""

import re
import shutil
from itertools import filterfalse

import pytest

from workflow.harness import Project

pytestmark = pytest.mark.workflow

SOURCES = re.compile(r"[^/]+/sources/")
"""What results are made of: it may be removed to make room, and is made where it is needed."""


def asked_for_by(project: Project, rule: str) -> set[str]:
    """What Snakemake makes where it is missing: the files that a target itself asks for."""
    told = project.run(rule, "--dry-run", "--forcerun", rule).output
    (found,) = re.findall(rf"^(?:local)?rule {rule}:\n    input: (.*)$", told, re.MULTILINE)
    return {name.removeprefix("results/") for name in found.split(", ")}


def test_every_file_that_is_published_is_asked_for_by_a_run(built: Project):
    published = {name for name in built.files("shore/**/*") if not SOURCES.match(name)}
    assert {"shore/grid.json", "shore/area.geojson"} <= published
    assert published - asked_for_by(built, "all") == {"shore/periods/2018/report.html"}
    of_others = re.compile(r".*/le_lccs/|.*\.q(ml|gz)$")
    assert not {*filterfalse(of_others.match, published)} - asked_for_by(built, "report")


def test_deleted_side_files_and_purged_blocks_are_made_in_the_run_that_needs_them(
    project: Project, built: Project
):
    results, period = project.folder / "results", "shore/periods/2018"
    shutil.rmtree(results / "shore/sources/s2/2018/blocks")
    assert not project.dry_run().jobs, "what was removed to make room stays so"
    deleted = [
        f"{period}/checks/coherence.tif.aux.xml", f"{period}/layers/artific_urb_cat.tif",
        f"{period}/layers/canopyco_veg_con.qml", f"{period}/layers/canopyco_veg_con.tif.aux.xml",
        f"{period}/methods/cultman_agr_cat.tif", f"{period}/stack/level3.tif.aux.xml",
    ]  # fmt: skip
    for name in deleted:
        (results / name).unlink()
    methods = project.config["layers"]["vegetat_veg_cat"]["methods"]
    assert methods["ndvi_max"] == "ndvi_max >= 0.4"
    methods["ndvi_max"] = "ndvi_max >= 0.43"
    assert project.run().jobs["compose_block"] == len(built.files("*/sources/s2/*/blocks/*"))
    now, before = project.files("shore/**/*"), built.files("shore/**/*")
    blocks = {name for name in before if "/blocks/" in name}
    assert now.keys() == before.keys()
    for name in {*deleted, *blocks}:
        assert now[name] == before[name], name
    layer = f"{period}/layers/vegetat_veg_cat.tif"
    assert now[layer] != before[layer]
