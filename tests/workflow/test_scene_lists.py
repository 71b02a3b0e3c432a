"""What a frozen scene list is good for: damaged files, copied results, blocks of another run."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import rasterio
import yaml

from workflow.harness import Project, copy_of, new_project, small_config

pytestmark = pytest.mark.workflow

SOURCE = "results/shore/sources/s2/2018"
REMOTE = {"search_scenes", "freeze_scenes", "compose_block", "generate_sample"}


def listed(project: Project) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((project.folder / SOURCE / "scenes.json").read_text())
    return found


def tags(project: Project) -> set[str]:
    found = set()
    for path in (project.folder / SOURCE / "blocks").glob("*.tif"):
        with rasterio.open(path) as block:
            found.add(block.tags()["request"])
    return found


def test_a_file_cut_short_ends_a_block_and_the_next_run_goes_on_without_its_scene(
    sample: Path, tmp_path: Path
) -> None:
    own = tmp_path / "sample"
    shutil.copytree(sample, own)
    project = new_project(tmp_path / "project", small_config(own))
    project.run(f"{SOURCE}/scenes.json")
    before = listed(project)
    victim = before["scenes"][3]
    red = project.folder / victim["assets"]["red"]["href"]
    os.truncate(red, red.stat().st_size // 2)
    broken = project.snakemake(f"{SOURCE}/mosaic.vrt")
    assert broken.returncode != 0
    assert victim["id"] in broken.output
    assert "run again: it is left out of every block then" in broken.output
    project.run(f"{SOURCE}/mosaic.vrt")
    after = listed(project)
    key = f"{victim['collection']}/{victim['id']}"
    assert after["left_out"][key].startswith("unreadable: ")
    assert after["removed"]["unreadable"] == 1
    assert [s["id"] for s in after["scenes"]] == [
        s["id"] for s in before["scenes"] if s["id"] != victim["id"]
    ]
    assert "Nothing to be done" in project.run(f"{SOURCE}/mosaic.vrt").output


def test_results_copied_with_fresh_times_ask_for_nothing_again(
    project: Project, tmp_path: Path
) -> None:
    """Newest first, as some tools copy: every list is younger than its blocks."""
    files = sorted(project.folder.glob("results/**/*"), key=lambda path: -path.stat().st_mtime_ns)
    for age, path in enumerate(files):
        os.utime(path, (1_790_000_000 + age, 1_790_000_000 + age))
    assert not project.dry_run().jobs.keys() & REMOTE


def test_results_copied_without_snakemakes_records_ask_for_nothing_again(
    project: Project, tmp_path: Path
) -> None:
    copied = tmp_path / "copied"
    shutil.copytree(project.folder, copied, ignore=shutil.ignore_patterns(".snakemake"))
    again = Project(copied, yaml.safe_load(yaml.safe_dump(project.config)))
    assert not again.dry_run().jobs.keys() & REMOTE


def test_a_block_of_another_run_is_removed_and_composed_anew(
    project: Project, built: Project, tmp_path: Path
) -> None:
    """Where Snakemake's records were left behind, the tag of a block says what it is.

    Its checksum is right: it came along.
    """
    other = copy_of(project, tmp_path / "other")
    other.config["scenes"]["s2"]["mask_values"] = [0, 1, 3]
    other.run(f"{SOURCE}/mosaic.vrt")
    strange = sorted((other.folder / SOURCE / "blocks").glob("*.tif"))[0]
    block = project.folder / SOURCE / "blocks" / strange.name
    expected = block.read_bytes()
    shutil.copy(strange, block)
    (told,) = (other.folder / "results/checksums/compose_block").glob(f"*{strange.stem}*.json")
    shutil.copy(told, project.folder / "results/checksums/compose_block")
    (project.folder / SOURCE / "mosaic.vrt").unlink()
    refused = project.snakemake(f"{SOURCE}/mosaic.vrt")
    assert refused.returncode != 0
    assert f"{SOURCE}/blocks/{strange.name}: composed from other scenes" in refused.output
    assert not block.exists()
    project.run(f"{SOURCE}/mosaic.vrt")
    assert block.read_bytes() == expected


def test_leaving_a_scene_out_composes_the_blocks_without_it_and_searches_nothing(
    project: Project,
) -> None:
    """The search stays as it was; the list is frozen anew, and the blocks follow it."""
    before = tags(project)
    project.config["scenes"]["s2"]["leave_out"] = [listed(project)["scenes"][0]["id"]]
    done = project.run(f"{SOURCE}/mosaic.vrt")
    assert done.jobs["freeze_scenes"] == 1
    assert "search_scenes" not in done.jobs
    assert not tags(project) & before


def test_a_layer_that_changes_with_the_search_waits_for_what_the_search_finds(
    project: Project,
) -> None:
    layer = "results/shore/periods/2018/layers/vegetat_veg_cat.tif"
    before = tags(project)
    project.config["scenes"]["s2"]["cloud_max"] = 10
    project.config["layers"]["vegetat_veg_cat"]["methods"]["ndvi_max"] = "ndvi_max >= 0.45"
    done = project.run(layer)
    assert done.jobs["search_scenes"] == done.jobs["freeze_scenes"] == 1
    assert not tags(project) & before
    made, mosaic = (project.folder / file for file in (layer, f"{SOURCE}/mosaic.vrt"))
    assert made.stat().st_mtime_ns > mosaic.stat().st_mtime_ns
    assert "Nothing to be done" in project.run(layer).output
