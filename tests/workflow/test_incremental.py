"""What reruns after a change, by the job list of `snakemake -n`, and what stays as it was."""

import json
import re
from pathlib import Path

import pytest

from workflow.harness import Project

pytestmark = pytest.mark.workflow

AFTER_A_LAYER = {
    "build_layer", "check_layers", "gate_layers", "stack_layers", "classify_level3",
    "classify_level4", "prepare_le_lccs", "draw_maps", "map_methods", "draw_methods",
    "describe_period", "write_qgis",
}  # fmt: skip
REMOTE_INPUTS = {
    "search_scenes": ("area.geojson", "catalog.json", "grid.json"),
    "freeze_scenes": ("area.geojson", "grid.json", "items.json"),
    "compose_block": ("area.geojson", "grid.json", "scenes.json"),
}
"""What remote jobs read: another set of inputs would run them again."""
MADE = 7
"""Layers of the default config."""


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def append(project: Project, module: str, text: str) -> None:
    path = project.folder / "scripts" / module
    path.write_text(f"{path.read_text()}\n{text}\n")


def set_method(project: Project, layer: str, method: str, expression: str) -> None:
    settings = project.config["layers"][layer]
    settings["methods"][method] = expression
    settings["use"] = method


def built_layers(targets: list[str]) -> set[str]:
    return {Path(t).stem for t in targets if "/layers/" in t and t.endswith(".tif")}


def test_a_second_run_has_nothing_to_do(project: Project):
    again = project.run()
    assert "Nothing to be done" in again.output
    assert not again.jobs


def test_a_changed_threshold_rebuilds_that_layer_and_what_follows(project: Project):
    before = project.files("shore/periods/*/layers/*")
    set_method(project, "canopyco_veg_con", project.config["layers"]["canopyco_veg_con"]["use"],
               "where(tree_cover_density >= 10, tree_cover_density, 0)")  # fmt: skip
    planned = project.dry_run()
    assert planned.jobs.keys() <= AFTER_A_LAYER
    assert planned.jobs["build_layer"] == 1
    assert {"check_layers", "gate_layers", "stack_layers"} <= planned.jobs.keys()
    assert "classify_level3" not in planned.jobs, "it reads no canopy cover"
    project.run("layers")
    after = project.files("shore/periods/*/layers/*")
    changed = {Path(name).name for name in after if after[name] != before[name]}
    assert {name.split(".")[0] for name in changed} == {"canopyco_veg_con"}


def test_a_check_that_fails_stops_the_stack_and_level_3(project: Project):
    before = project.files("shore/periods/*/stack/*")
    set_method(project, "vegetat_veg_cat", "ndvi_max", "ndvi_max >= 0.45")
    project.config["checks"] = {"valid_share": {"severity": "error", "minimum": 1}}
    failed = project.snakemake()
    assert failed.returncode != 0
    assert "found" in failed.output
    assert project.files("shore/periods/*/stack/*") == before
    assert project.dry_run().jobs.keys() >= {"gate_layers", "stack_layers", "classify_level3"}
    project.config["checks"] = {"valid_share": {"severity": "warn", "minimum": 1}}
    project.run()
    assert project.files("shore/periods/*/stack/level3.tif") != {
        name: content for name, content in before.items() if name.endswith("level3.tif")
    }


def test_a_layer_that_others_name_takes_only_those_with_it(project: Project):
    set_method(project, "vegetat_veg_cat", "ndvi_max", "ndvi_max >= 0.45")
    planned = project.dry_run()
    assert planned.jobs.keys() <= AFTER_A_LAYER
    rebuilt = built_layers(planned.targets)
    assert {"vegetat_veg_cat", "cultman_agr_cat", "lifeform_veg_cat"} <= rebuilt
    assert not rebuilt & {"aquatic_wat_cat", "artific_urb_cat"}


def test_another_method_over_the_same_scene_set_asks_the_engine_for_nothing(project: Project):
    set_method(project, "vegetat_veg_cat", "evi", "evi >= 0.25")
    planned = project.dry_run()
    assert planned.jobs["build_layer"] >= 1
    assert planned.jobs.keys() <= AFTER_A_LAYER


def test_a_new_period_runs_only_its_own_jobs(project: Project):
    project.config["periods"]["summer"] = {"start": "2018-06-01", "end": "2018-08-31"}
    planned = project.dry_run()
    assert planned.jobs["build_layer"] == MADE
    assert planned.jobs["search_scenes"] == 1
    assert all(re.search(r"[/.]summer[/.]", target) for target in planned.targets if target)
    assert "align_product" not in planned.jobs, "products of the year are shared by its periods"


def test_a_changed_layer_module_reruns_the_rules_that_use_it(project: Project):
    append(project, "lccs_inputs/layers/build.py", "CHANGED = 1")
    planned = project.dry_run()
    assert planned.jobs.keys() <= AFTER_A_LAYER
    assert planned.jobs["build_layer"] == MADE


def test_a_changed_drawing_module_redraws_and_nothing_else(project: Project):
    append(project, "lccs_inputs/pictures/drawing.py", "CHANGED = 1")
    planned = project.dry_run()
    assert planned.jobs.keys() == {"draw_maps", "draw_methods"}


@pytest.mark.parametrize(
    "module",
    [
        "imagery/composite/compose.py",
        "imagery/stac/search.py",
        "rasters/gather.py",
        "rasters/grid.py",
    ],
)
def test_no_changed_module_fetches_a_scene_again(project: Project, module: str):
    append(project, f"lccs_inputs/{module}", "CHANGED = 1")
    planned = project.dry_run()
    assert not planned.jobs.keys() & {"search_scenes", "compose_block", "generate_sample"}


def test_comments_and_docstrings_rerun_nothing(project: Project):
    """Neither in a script, which Snakemake would see by itself, nor in what it imports."""
    append(project, "build_layer.py", "# a comment")
    append(project, "compose_block.py", "# a comment")
    append(project, "lccs_inputs/layers/build.py", '"""A text that nothing reads."""')
    assert "Nothing to be done" in project.run("--dry-run").output


def test_a_layer_is_stale_after_a_change_of_how_its_statistics_are_read(project: Project):
    """The job of the statistics alone does not make the layers that read them right again."""
    set_method(project, "vegetat_veg_cat", "fvc", "fvc >= 0.2")
    project.run("layers")
    change(
        project.folder / "scripts/lccs_inputs/layers/statistics.py",
        "return float(self.total / self.count)",
        "return float(self.total / self.count) + 0.0",
    )
    project.run("statistics")
    planned = project.dry_run()
    assert "vegetat_veg_cat" in built_layers(planned.targets)


def test_remote_jobs_have_the_inputs_they_had(project: Project):
    """Snakemake fetches again where the set of inputs is another than it recorded."""
    records = [
        json.loads(path.read_text()) for path in project.folder.glob(".snakemake/metadata/*")
    ]
    found = {
        rule: {tuple(sorted(map(place, record["input"]))) for record in records
               if record["rule"] == rule}
        for rule in REMOTE_INPUTS
    }  # fmt: skip
    assert found == {rule: {inputs} for rule, inputs in REMOTE_INPUTS.items()}


def place(path: str) -> str:
    """An input without its place: that of the sample is another in every session."""
    return Path(path).name


def test_a_changed_mask_composes_the_blocks_again(project: Project):
    project.config["scenes"]["s2"]["mask_values"] = [0, 1, 3, 8, 9]
    planned = project.dry_run()
    assert planned.jobs["compose_block"] > 1
    assert "search_scenes" not in planned.jobs


def test_a_fresh_folder_lists_the_true_jobs_without_data(tmp_path: Path):
    from workflow.harness import new_project

    fresh = new_project(tmp_path / "fresh", {})
    planned = fresh.dry_run()
    assert planned.jobs["generate_sample"] == 1
    assert planned.jobs["compose_block"] == 2
    assert planned.jobs["build_layer"] == MADE
    assert not (fresh.folder / "results").exists()
