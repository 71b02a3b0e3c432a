"""A user's file replaces what it lists: nothing of the sample leaks into their run."""

from pathlib import Path

import pytest

from workflow.harness import AREA_BBOX, OPTIONS, new_project, run_python

pytestmark = pytest.mark.workflow


def test_the_area_of_the_sample_is_not_built(tmp_path: Path):
    own = {"areas": {"mine": {"bbox": AREA_BBOX}}, "periods": {"2018": None}}
    own["periods"]["2018"] = {"start": "2018-06-01", "end": "2018-08-31"}
    planned = new_project(tmp_path / "own", own).dry_run()
    outputs = [target for target in planned.targets if not target.startswith("results/sample_data")]
    sums = {target for target in outputs if target.startswith("results/checksums/")}
    assert sums and {*outputs} - sums
    assert all(target.startswith("results/mine/") for target in {*outputs} - sums)
    of_sample = {f"results/checksums/{r}/all.json" for r in ("generate_sample", "draw_reference")}
    assert all(Path(target).name.startswith("mine.") for target in sums - of_sample)


def test_several_areas_and_periods_are_wildcards_of_one_run(tmp_path: Path):
    own = {
        "areas": {"one": {"bbox": AREA_BBOX}, "two": {"bbox": [6.65, 46.35, 6.68, 46.37]}},
        "periods": {
            "spring": {"start": "2018-04-01", "end": "2018-06-30"},
            "summer": {"start": "2018-07-01", "end": "2018-09-30"},
        },
    }
    planned = new_project(tmp_path / "many", own).dry_run()
    assert planned.jobs["stack_layers"] == 4
    assert planned.jobs["write_grid"] == 2
    stacks = {target for target in planned.targets if target.endswith("lccs_inputs.tif")}
    assert stacks == {
        f"results/{area}/periods/{period}/stack/lccs_inputs.tif"
        for area in ("one", "two")
        for period in ("spring", "summer")
    }


def test_a_bad_config_names_every_problem_and_runs_nothing(tmp_path: Path):
    own = {
        "areas": {"mine": {"bbox": [6.8, 46.3, 6.5, 46.4]}},
        "periods": {"2018": {"start": "2018-09-01", "end": "2018-06-30"}},
        "layers": {"vegetat_veg_cat": {"use": "ndvy", "methods": {"ndvi": "ndvi2 >= 0.4"}}},
    }
    project = new_project(tmp_path / "bad", own)
    result = project.snakemake()
    assert result.returncode != 0
    for path in (
        "periods.2018.end",
        "layers.vegetat_veg_cat.use",
        "layers.vegetat_veg_cat.methods.ndvi",
    ):
        assert path in result.output
    assert "Traceback" not in result.output
    assert "common.smk" not in result.output, "a user's mistake is not in a line of ours"
    assert not result.jobs
    assert not (project.folder / "results").exists()


def test_a_run_from_another_folder_keeps_to_that_folder(tmp_path: Path):
    project = new_project(tmp_path / "clone", {"areas": {"mine": {"bbox": AREA_BBOX}}})
    project.write_config()
    there = {path for path in project.folder.rglob("*") if "__pycache__" not in path.parts}
    (elsewhere := tmp_path / "elsewhere").mkdir()
    where = ["-s", f"{project.folder}/Snakefile", "--configfile", f"{project.folder}/mine.yaml"]
    run = run_python(elsewhere, "-m", "snakemake", *OPTIONS, "grid", *where)
    assert run.returncode == 0, run.output
    assert (elsewhere / "results/mine/grid.json").is_file()
    assert {path for path in project.folder.rglob("*") if "__pycache__" not in path.parts} == there
