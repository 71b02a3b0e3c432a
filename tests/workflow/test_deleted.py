"""What is deleted of the results is made anew; what was removed to make room, when it is needed."""

import random
import re
import shutil
from itertools import filterfalse

import numpy as np
import pytest
import rasterio

from lccs_inputs.commands import verify
from workflow.harness import Project

pytestmark = pytest.mark.workflow

SOURCES = re.compile(r"[^/]+/sources/")
"""What results are made of: it may be removed to make room, and is made where it is needed."""


def asked_for_by(project: Project, rule: str) -> set[str]:
    """What Snakemake makes where it is missing: the files that a target itself asks for."""
    told = project.run(rule, "--dry-run", "--forcerun", rule).output
    (found,) = re.findall(rf"^(?:local)?rule {rule}:\n    input: (.*)$", told, re.MULTILINE)
    return {name.removeprefix("results/") for name in found.split(", ")}


def pixels(project: Project, name: str) -> np.ndarray:
    with rasterio.open(project.folder / "results" / name) as raster:
        return raster.read()


def test_every_file_that_is_published_is_asked_for_by_a_run(built: Project):
    published = {name for name in built.files("shore/**/*") if not SOURCES.match(name)}
    assert {"shore/grid.json", "shore/area.geojson"} <= published
    assert published - asked_for_by(built, "all") == {"shore/periods/2018/report.html"}
    of_others = re.compile(r".*/le_lccs/|.*\.q(ml|gz)$")
    assert not {*filterfalse(of_others.match, published)} - asked_for_by(built, "report")


def test_a_flipped_bit_of_any_file_is_named_by_verify(
    project: Project, capsys: pytest.CaptureFixture[str]
):
    results, chance = project.folder / "results", random.Random(18)
    assert verify.main([str(results)]) == 0, capsys.readouterr().out
    for name in project.files("shore/**/*"):
        file = results / name
        content = bytearray(file.read_bytes())
        if not content:  # a mark that something has passed
            continue
        bit = chance.randrange(8 * len(content))
        content[bit // 8] ^= 1 << bit % 8
        file.write_bytes(content)
        assert verify.main([str(results)]) == 1
        assert f"{file} has changed since it was written" in capsys.readouterr().out.splitlines()
        content[bit // 8] ^= 1 << bit % 8
        file.write_bytes(content)
    assert verify.main([str(results)]) == 0

    before = project.files("shore/**/*")
    (block, *_) = (name for name in before if "/blocks/" in name)
    (results / block).write_bytes(bytes(len(before[block])))
    assert verify.main([str(results), "--remake"]) == 1
    assert project.dry_run().jobs["compose_block"] == 1, "made anew though nobody reads it"
    project.run()
    assert project.files("shore/**/*")[block] == before[block]


def test_what_is_deleted_purged_or_cut_short_is_made_in_the_next_run(
    project: Project, built: Project
):
    results, period = project.folder / "results", "shore/periods/2018"
    layer_of_the_threshold = f"{period}/layers/vegetat_veg_cat.tif"
    of_the_threshold = re.compile(  # by their tags, and what tells of them
        rf"{layer_of_the_threshold}|{period}/(prepared/vegetat_veg_cat\.json|(stack|le_lccs|checks)/\w+\.tif|[^/]+)"
    )
    shutil.rmtree(results / "shore/sources/s2/2018/blocks")
    assert not project.dry_run().jobs, "what was removed to make room stays so"

    deleted = [
        f"{period}/checks/coherence.tif.aux.xml", f"{period}/layers/artific_urb_cat.tif",
        f"{period}/layers/canopyco_veg_con.qml", f"{period}/layers/canopyco_veg_con.tif.aux.xml",
        f"{period}/methods/cultman_agr_cat.tif", f"{period}/stack/level3.tif.aux.xml",
    ]  # fmt: skip
    for name in deleted:
        (results / name).unlink()
    before = built.files("shore/**/*")
    (cut_block, *_) = (name for name in before if "/blocks/" in name)
    cut = {
        cut_block: 0.5, "shore/sources/crop_map/2018/aligned.tif": 0.5,
        "shore/sources/s2/2018/items.json": 0.5, "shore/sources/s2/2018/scenes.json": 0,
        "shore/sources/s2/2018/mosaic.vrt": 0.5, f"{period}/le_lccs/le_lccs.yaml": 0.5,
        f"{period}/prepared/cultman_agr_cat.json": 0.5,
        f"{period}/prepared/canopyco_veg_con.ovr": 0,
        f"{period}/stack/level3.tif": 0, f"{period}/stack/level4.csv": 0.5,
        f"{period}/pictures/level3.png": 0.5, f"{period}/lccs.qgz": 0.5,
    }  # fmt: skip
    for name, share in cut.items():
        (results / name).parent.mkdir(exist_ok=True)
        (results / name).write_bytes(before[name][: int(share * len(before[name]))])
    methods = project.config["layers"]["vegetat_veg_cat"]["methods"]
    assert methods["ndvi_max"] == "ndvi_max >= 0.4"
    methods["ndvi_max"] = "ndvi_max >= 0.39999"  # the same pixels: they are in steps of 1e-4

    run = project.run()
    assert [name for name in cut if f"results/{name} is cut short" not in run.output] == []
    now = project.files("shore/**/*")
    assert {name for name in now.keys() ^ before.keys() if not name.endswith(".damaged")} == set()
    differing = {name for name in before if now[name] != before[name]}
    assert layer_of_the_threshold in differing
    assert all(of_the_threshold.fullmatch(name) for name in differing), differing
    for name in differing:
        if name.endswith(".tif"):
            assert np.array_equal(pixels(project, name), pixels(built, name)), name
