"""What jobs wrote is verified to the last bit, and nothing cut short is gone on with."""

import os
import random
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import rasterio

from lccs_inputs.checksums import (
    cut_short,
    digest_of,
    faults,
    forget,
    gather,
    write_manifest,
    write_sums,
)
from lccs_inputs.facts.lccs import Category
from lccs_inputs.rasters.writing import create_map
from small_rasters import grid_of

EMPTY = "99aa06d3014798d86001c324468d497f"
"""XXH128 of nothing, as its specification has it."""


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Of three jobs: a layer with its names, a list, and a folder."""
    folder = tmp_path / "results"
    contents = {
        "a/layers/water.tif": random.Random(1).randbytes(5000),
        "a/layers/water.tif.aux.xml": b"<PAMDataset>\n  <Of codes=''/>\n</PAMDataset>\n",
        "a/scenes.json": b'{"scenes": [1, 2, 3]}\n',
        "a/le_lccs.yaml": b"layers: [a, b]\nscratch: none\n",
        "a/cube.zarr/c/0": b"chunk",
        "a/cube.zarr/zarr.json": b"{}",
    }
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    jobs = {
        "build_layer/a.water": ["a/layers/water.tif", "a/layers/water.tif.aux.xml"],
        "freeze_scenes/a": ["a/scenes.json", "a/le_lccs.yaml"],
        "write_zarr/a": ["a/cube.zarr", "a/not written"],
    }
    for job, names in jobs.items():
        document = folder / f"checksums/{job}.json"
        write_sums(document, [folder / name for name in names], folder)
    return folder


def wrong(results: Path) -> dict[str, str]:
    return {fault.file.relative_to(results).as_posix(): fault.why for fault in faults(results)}


def stopping(results: Path) -> list[str]:
    return sorted(fault.file.relative_to(results).as_posix() for fault in cut_short(results))


def test_the_digest_is_that_of_the_specification(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    assert digest_of(file) == EMPTY
    file.write_bytes(bytes(3 << 20))
    whole = digest_of(file)
    file.write_bytes(bytes(3 << 20 | 1))
    assert digest_of(file) != whole


def test_what_was_written_has_no_faults(results: Path) -> None:
    assert wrong(results) == {}
    assert stopping(results) == []


def test_every_flipped_bit_is_named(results: Path) -> None:
    chance = random.Random(18)
    files = sorted(file for file in results.rglob("*") if file.is_file())
    for number in range(300):
        file = files[number % len(files)]
        content = file.read_bytes()
        bit = chance.randrange(8 * len(content))
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        file.write_bytes(flipped)
        found = wrong(results)
        assert found, (file, bit)
        if "checksums" not in file.parts:
            assert found == {
                file.relative_to(results).as_posix(): "has changed since it was written"
            }
        file.write_bytes(content)


@pytest.mark.parametrize("left", [0.0, 0.5])
def test_every_file_that_was_cut_short_is_named_and_stops_a_run(results: Path, left: float) -> None:
    for file in [file for file in results.rglob("*") if file.is_file()]:
        content = file.read_bytes()
        file.write_bytes(content[: int(left * len(content))])
        name = file.relative_to(results).as_posix()
        assert stopping(results) == [name]
        assert name in wrong(results)
        file.write_bytes(content)


def test_what_steers_a_run_stops_it_also_where_its_length_is_the_same(results: Path) -> None:
    (results / "a/scenes.json").write_text('{"scenes": [1, 2, 4]}\n')
    assert stopping(results) == ["a/scenes.json"]


def test_what_others_saved_or_removed_stops_no_run_but_is_named(results: Path) -> None:
    (results / "a/layers/water.tif.aux.xml").write_text("<PAMDataset/>")
    (results / "a/layers/water.tif").unlink()
    assert stopping(results) == []
    assert wrong(results) == {
        "a/layers/water.tif.aux.xml": "is cut short: 13 of 44 bytes",
        "a/layers/water.tif": "is missing",
    }


def test_who_has_gdal_look_at_a_map_has_not_changed_it(tmp_path: Path) -> None:
    target = tmp_path / "water.tif"
    legend = {0: Category("land & <more>", "#ffffff"), 2: Category("water", "#0000ff")}
    with create_map(target, grid_of(9, 9), "water", legend, {}) as raster:
        raster.write(np.full((9, 9), 2, np.uint8), 1)
    beside = tmp_path / "water.tif.aux.xml"
    plain = beside.read_text()
    write_sums(tmp_path / "checksums/build_layer/a.json", [target, beside], tmp_path)
    before = beside.read_bytes()
    with rasterio.open(target) as opened:
        assert opened.statistics(1).mean == 2
    assert beside.read_bytes() != before
    assert wrong(tmp_path) == {}
    looked_at = beside.read_text()
    names, end = "</CategoryNames>", "</PAMRasterBand>"
    for damage in (
        looked_at.replace("water</Category>", "wafer</Category>"),
        looked_at.replace(names, f"{names}<NoDataValue>1</NoDataValue>"),
        looked_at.replace(end, f"{end}<GeoTransform>0, 1, 0, 0, 0, -1</GeoTransform>"),
        looked_at.replace("STATISTICS_MEAN", "scale"),
        looked_at[:-30],
        plain.replace("\n  <", "\n\t <", 1),
    ):
        beside.write_text(damage)
        assert wrong(tmp_path) == {"water.tif.aux.xml": "has changed since it was written"}


def test_a_project_that_was_saved_anew_is_kept_and_half_of_one_is_not(tmp_path: Path) -> None:
    project, document = tmp_path / "lccs.qgz", tmp_path / "checksums/write_qgis/a.json"
    project.write_bytes(bytes(9000))
    write_sums(document, [project], tmp_path)
    with zipfile.ZipFile(project, "w") as archive:
        archive.writestr("lccs.qgs", "mine")
    assert stopping(tmp_path) == []
    project.write_bytes(project.read_bytes()[:50])
    assert stopping(tmp_path) == ["lccs.qgz"]


def test_what_is_forgotten_is_as_if_the_job_had_not_run_but_for_what_may_be_edited(
    results: Path,
) -> None:
    (results / "a/layers/water.tif").write_bytes(b"")
    (results / "a/le_lccs.yaml").write_text("layers: []\n")
    removed = forget([*cut_short(results)], results)
    names = {"layers/water.tif", "layers/water.tif.aux.xml", "scenes.json", "le_lccs.yaml"}
    assert removed == {results / "a" / name for name in names}
    assert not any(file.exists() for file in removed)
    assert (results / "a/le_lccs.yaml.damaged").read_text() == "layers: []\n"
    assert wrong(results) == {}
    assert (results / "a/cube.zarr/c/0").exists()


@pytest.mark.parametrize("damage", [Path.unlink, partial(os.truncate, length=0)])
def test_a_folder_of_which_a_file_is_missing_or_cut_short_is_removed_as_a_whole(
    results: Path, damage: Callable[[Path], None]
) -> None:
    (results / "a/cube.zarr/.snakemake_timestamp").touch()
    damage(results / "a/cube.zarr/c/0")
    assert stopping(results) == ["a/cube.zarr/c/0"]
    forget([*cut_short(results)], results)
    assert not (results / "a/cube.zarr").exists()
    assert wrong(results) == {}
    assert {path.name for path in (results / "a").iterdir()} == {
        "layers", "scenes.json", "le_lccs.yaml"
    }  # fmt: skip


def test_a_folder_that_results_lie_in_is_left(results: Path) -> None:
    (results.parent / ".snakemake_timestamp").touch()
    (results / ".snakemake_timestamp").touch()
    (results / "a/scenes.json").unlink()
    assert stopping(results) == []
    (results / "a/layers/water.tif").write_bytes(b"")
    forget([*cut_short(results)], results)
    assert (results / "a/le_lccs.yaml").exists()


@pytest.mark.parametrize("text", ["", "[]", "null", '{"a": 1}', '{"a": []}', '{"a": ["x", "y"]}'])
def test_an_odd_document_is_told_and_removed(results: Path, text: str) -> None:
    document = results / "checksums/write_zarr/a.json"
    document.write_text(text)
    assert wrong(results) == {"checksums/write_zarr/a.json": "is damaged"}
    forget([*cut_short(results)], results)
    assert wrong(results) == {}


def test_what_a_job_put_into_a_cache_is_noted_too(results: Path, tmp_path: Path) -> None:
    outline = tmp_path / ".cache/outline.geojson"
    outline.parent.mkdir()
    outline.write_text('{"type": "Polygon"}')
    write_sums(results / "checksums/fetch_outline/a.json", [outline], results)
    outline.write_text('{"type": "Polygom"}')
    (found,) = faults(results)
    assert found.file.resolve() == outline
    assert forget([*cut_short(results)], results)
    assert not outline.exists()


def test_the_manifest_is_what_xxh128sum_takes(results: Path) -> None:
    write_manifest(results)
    lines = (results / "checksums.txt").read_text().splitlines()
    assert (results / "checksums.txt").read_text() == gather(results)
    assert lines[0] == f"{digest_of(results / 'a/cube.zarr/c/0')}  a/cube.zarr/c/0"
    assert len(lines) == 6
    if program := shutil.which("xxh128sum"):
        subprocess.run([program, "-c", "checksums.txt"], cwd=results, check=True)
