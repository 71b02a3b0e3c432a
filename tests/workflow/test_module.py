"""The workflow as a module of another one, twice, as docs/module.md shows it."""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import yaml
from affine import Affine

from standins.earthengine import EarthEngineStandIn
from workflow.harness import OPTIONS, REPO, Run, new_project, run_python, small_config

pytestmark = pytest.mark.workflow

EXAMPLE = re.search(r"```python\n(.*?)```", (REPO / "docs/module.md").read_text(), re.DOTALL)[1]
OWN_RULE = """

rule habitats:
    input:
        "habitats.csv",
    output:
        "maps/habitats.tif",
    shell:
        "cp drawn.tif {output}"


rule stack:
    output:
        "results/own_stack",
    shell:
        "touch {output}"
"""
BOX = [6.515, 46.366, 6.530, 46.376]
RING = [[6.515, 46.366], [6.530, 46.366], [6.530, 46.376], [6.515, 46.376], [6.515, 46.366]]
LAYERS = {
    "vegetat_veg_cat": {"use": "ndvi", "methods": {"ndvi": "ndvi >= 0.4"}},
    "aquatic_wat_cat": {"use": "mire", "methods": {"mire": "habitats == 1 or water_wetness == 1"}},
}
PLACES = ("land_cover", "strict/results")
PERIOD = "shore/periods/2018"


@dataclass
class Paper:
    """A workflow that imports ours from a folder of its own."""

    folder: Path
    config: dict[str, Any]
    snakefile: str = EXAMPLE

    def snakemake(self, *arguments: str) -> Run:
        (self.folder / "paper.yaml").write_text(yaml.safe_dump(self.config))
        (self.folder / "Snakefile").write_text(self.snakefile)
        profile = ["--workflow-profile", "lccs-inputs/profiles/default"]
        return run_python(self.folder, "-m", "snakemake", *OPTIONS, *arguments, *profile)

    def run(self, *arguments: str) -> Run:
        result = self.snakemake(*arguments)
        assert result.returncode == 0, result.output
        return result


def new_paper(folder: Path, config: dict[str, Any]) -> Paper:
    new_project(folder / "lccs-inputs", {})
    return Paper(folder, config)


def section(sample: Path, **changes: Any) -> dict[str, Any]:
    """A config over a little of the sample at 20 m, made of two layers."""
    config = small_config(sample, **{"areas": {"shore": {"bbox": BOX}}} | changes)
    return config | {"grid": config["grid"] | {"resolution": 20}}


@pytest.fixture(scope="module")
def paper(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Paper:
    """A finished run of the example; imagery is the sample of each module, the rest files."""
    folder = tmp_path_factory.mktemp("paper")
    for place in PLACES:
        shutil.copytree(sample, folder / place / "sample_data")
    with rasterio.open(
        folder / "drawn.tif", "w", driver="GTiff", width=250, height=250, count=1, dtype="uint8",
        crs="EPSG:2154", transform=Affine(20, 0, 969_000, 0, -20, 6_595_000),
    ) as raster:  # fmt: skip
        raster.write(np.tile(np.arange(250) // 10 % 3, (250, 1)).astype("uint8"), 1)
    feature = {"type": "Feature", "properties": {},
               "geometry": {"type": "Polygon", "coordinates": [RING]}}  # fmt: skip
    (folder / "shore.geojson").write_text(json.dumps(feature))
    (folder / "habitats.csv").write_text("1,mire\n")
    own = yaml.safe_load((REPO / "config.yaml").read_text())
    lccs = {
        "areas": {"shore": {"file": "shore.geojson"}},
        "grid": {"block": 256},
        "scenes": {"s2": own["scenes"]["s2"]},
        "products": {
            "water_wetness": own["products"]["water_wetness"],
            "habitats": {
                "custom": {"title": "Habitats", "kind": "classes", "nodata": 0,
                           "codes": {1: "mire", 2: "heath"}},
                "editions": {2018: "maps/habitats.tif"},
            },
        },
        "layers": LAYERS,
    }  # fmt: skip
    strict = {"vegetat_veg_cat": {"use": "ndvi", "methods": {"ndvi": "ndvi >= 0.6"}}}
    made = new_paper(folder, {"lccs": lccs, "strict": {"layers": LAYERS | strict}, "own": 1})
    made.snakefile += OWN_RULE
    made.run()
    return made


def layers(paper: Paper, name: str) -> list[bytes]:
    return [(paper.folder / place / PERIOD / "layers" / name).read_bytes() for place in PLACES]


def test_both_modules_finish_in_their_own_place(paper: Paper):
    listed = (paper.folder / "results/compared.txt").read_text()
    for place in PLACES:
        assert f" {place}/{PERIOD}/stack/lccs_inputs.tif\n" in listed
        assert (paper.folder / place / "logs/build_layer").is_dir()
        assert (paper.folder / place / "benchmarks/build_layer").is_dir()
    assert [path.name for path in (paper.folder / "results").iterdir()] == ["compared.txt"]


def test_a_layer_is_the_same_bytes_where_both_configs_ask_for_the_same(paper: Paper):
    one, other = layers(paper, "aquatic_wat_cat.tif")
    assert one == other
    one, other = layers(paper, "vegetat_veg_cat.tif")
    assert one != other, "each follows its own threshold"


def test_a_map_that_a_rule_of_the_importer_makes_is_taken_with_and_without_a_prefix(paper: Paper):
    for place in PLACES:
        aligned = paper.folder / place / "shore/sources/habitats/2018/aligned.tif"
        with rasterio.open(aligned) as raster:
            assert {1, 2} <= {*np.unique(raster.read(1))}


def test_a_second_run_does_nothing(paper: Paper):
    assert "Nothing to be done" in paper.run().output


def test_a_changed_threshold_of_one_module_leaves_the_other_alone(paper: Paper):
    method = paper.config["strict"]["layers"]["vegetat_veg_cat"]["methods"]
    method["ndvi"] = "ndvi >= 0.5"
    try:
        planned = paper.run("--dry-run")
    finally:
        method["ndvi"] = "ndvi >= 0.6"
    assert planned.jobs["strict_build_layer"] == 1
    assert not [rule for rule in planned.jobs if rule.startswith("lccs_")]


def test_every_target_and_a_file_by_its_name_can_be_asked_for(paper: Paper):
    for target in ("lccs_all", "strict_all", "lccs_report", "strict_pictures"):
        module = target.partition("_")[0]
        planned = paper.run("--dry-run", target)
        assert planned.jobs[f"{module}_draw_maps"] == 1
        assert all(rule.startswith(module) for rule in planned.jobs)
    picture = f"strict/results/{PERIOD}/pictures/aquatic_wat_cat.png"
    assert paper.run("--dry-run", picture).jobs == {"strict_draw_maps": 1}


def test_the_report_of_the_importer_holds_the_pictures_of_both(paper: Paper):
    pictures = [f"{place}/{PERIOD}/pictures/aquatic_wat_cat.png" for place in PLACES]
    paper.run(*pictures)
    paper.run(*pictures, "--report", "report.html")
    report = (paper.folder / "report.html").read_text()
    assert all(f"{place}/{PERIOD}/pictures" in report for place in PLACES)


def test_rules_of_the_importer_keep_their_names_and_are_not_made_local(paper: Paper):
    done = paper.run("results/own_stack")
    assert done.jobs == {"stack": 1}
    assert "localrules directive" not in done.output, "it would reach the importer's own rules"


def test_jobs_ask_the_services_of_their_own_config(sample: Path, tmp_path: Path):
    with (
        EarthEngineStandIn(sample / "catalog.json", folder=tmp_path / "one") as one,
        EarthEngineStandIn(sample / "catalog.json", folder=tmp_path / "other") as other,
    ):
        lccs, strict = (
            {"project": project, "url": service.url, "cache": f".cache/{project}"}
            for project, service in (("project-one", one), ("project-other", other))
        )
        config = section(sample, layers={"vegetat_veg_cat": LAYERS["vegetat_veg_cat"]})
        config["scenes"] = {"s2": config["scenes"]["s2"] | {"catalogue": "earthengine"}}
        both = {"lccs": config | {"earthengine": lccs}, "strict": {"earthengine": strict}}
        paper = new_paper(tmp_path / "paper", both)
        paper.run("lccs_scenes", "strict_scenes")
        for service, project in ((one, "project-one"), (other, "project-other")):
            asked = service.requests("computePixels")
            assert asked
            assert all(f"projects/{project}/" in str(request) for request in asked)


def test_two_modules_may_be_given_one_and_the_same_config_which_stays_as_it_is(
    sample: Path, tmp_path: Path
):
    config = section(sample, layers={"vegetat_veg_cat": LAYERS["vegetat_veg_cat"]})
    paper = new_paper(tmp_path / "paper", config)
    paper.snakefile, found = re.subn(r"(config:\n +).*config\[.*", r"\1config", paper.snakefile)
    assert found == 2
    before = 'configfile: "paper.yaml"\n'
    paper.snakefile = paper.snakefile.replace(before, f"{before}given = repr(config)\n")
    paper.snakefile += "\n\nassert repr(config) == given\n"
    planned = paper.run("--dry-run", "lccs_grid", "strict_grid")
    assert planned.jobs["lccs_write_grid"] == planned.jobs["strict_write_grid"] == 1
    paper.run("lccs_grid", "strict_grid")
    one, other = (paper.folder / place / "shore/grid.json" for place in PLACES)
    assert one.read_bytes() == other.read_bytes()


def test_a_key_of_the_importer_in_the_config_of_a_module_is_told(sample: Path, tmp_path: Path):
    paper = new_paper(tmp_path / "paper", {"lccs": section(sample) | {"figures": {}}, "strict": {}})
    failed = paper.snakemake("--dry-run")
    assert failed.returncode == 1
    assert "figures" in failed.output
    assert "Traceback" not in failed.output


def test_two_copies_of_the_workflow_are_refused(sample: Path, tmp_path: Path):
    paper = new_paper(tmp_path / "paper", {"lccs": section(sample), "strict": {}})
    new_project(paper.folder / "older", {})
    head, found, tail = paper.snakefile.rpartition('"lccs-inputs/Snakefile"')
    paper.snakefile = f'{head}"older/Snakefile"{tail}'
    failed = paper.snakemake("--dry-run")
    assert found
    assert failed.returncode == 1
    assert "another copy of lccs-inputs" in failed.output
