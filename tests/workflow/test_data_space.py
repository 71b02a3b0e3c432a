"""The whole workflow with keys of the Copernicus Data Space, against stand-ins over real HTTP."""

import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import yaml

from calling_make import environment
from first_map import commands
from lccs_inputs.cdse.key import PAIR_VARIABLES
from lccs_inputs.commands import offers_lock
from lccs_inputs.facts.data_space import HOLDINGS
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.offline import OFFLINE
from lccs_inputs.products.archives import find_rasters
from lccs_inputs.workflow.rules import ASKING, OF_SOURCES
from reading_pages import Element
from standins.clms import ClmsStandIn
from standins.data_space import publish, publish_tile
from standins.object_store import ObjectStore
from standins.stac_api import StacApi
from workflow.harness import Project, Run, new_project, small_config
from workflow.test_clms import SampleProducts
from workflow.warm_python import warm_programs

pytestmark = pytest.mark.workflow

KEYS = ("ACCESS0123456789", "SECRET0123456789")
SOURCES = "results/shore/sources"
RESULTS = "results/mine/periods/2018"
TAKEN = ("tree_cover_density", "dominant_leaf_type", "crop_types")


def granules(built: Project, store: Path) -> list[dict[str, Any]]:
    """The scenes that the finished run is composed of, as the Data Space has them."""
    listed = SceneList.read(built.folder / SOURCES / "s2/2018/scenes.json")
    return [publish(store, scene) for scene in listed.scenes]


def tiles(sample: Path, store: Path, work: Path) -> list[dict[str, Any]]:
    """The products of the sample, as the Data Space has them."""
    found = []
    for code in HOLDINGS:
        for archive in sorted((sample / "products").glob(f"{code}_*.zip")):
            for number, raster in enumerate(find_rasters(archive, work)):
                name = f"CLMS_HRLVLCC_{code}_S2018_R10m_E40N{number}_03035_V01_R00"
                with rasterio.open(raster) as source, rasterio.MemoryFile() as memory:
                    rasterio.shutil.copy(source, memory.name, driver="GTiff")
                    (plain := work / f"{name}.tif").write_bytes(memory.read())
                found.append(publish_tile(store, HOLDINGS[code].collection, name, plain))
    return found


@dataclass
class Finished:
    """A run with the keys alone.

    Attributes:
        refused: it without a network, before anything was fetched.
        fetched: what `fetch` made.
        run: the rest, without a network.
        stack: what it made, by layer.
        traffic: what the stand-ins were asked for, and sent.
    """

    project: Project
    api: StacApi
    server: ObjectStore
    refused: Run
    fetched: Run
    run: Run
    stack: dict[str, np.ndarray]
    traffic: Counter[str]


@pytest.fixture(scope="module")
def finished(
    built: Project, sample: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Finished]:
    """A user's config of a few lines, and where its preset leads."""
    folder = tmp_path_factory.mktemp("data_space")
    store, work = folder / "store", folder / "work"
    work.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in zip(PAIR_VARIABLES, KEYS, strict=True):
            patch.setenv(name, value)
        patch.chdir(built.folder)
        items = granules(built, store) + tiles(sample, store, work)
        maps = SampleProducts(sample, work)
        with (
            StacApi(items) as api,
            ObjectStore(store, dict([KEYS])) as server,
            ClmsStandIn(maps) as clms,
        ):
            own = small_config(sample)
            mine = {"areas": {"mine": own["areas"]["shore"]}, "preset": "cdse"}
            mine |= {key: own[key] for key in ("grid", "periods")}
            project = new_project(folder / "project", mine)
            lead_to(project, api.url, server.url, clms.image_url)
            patch.setenv(OFFLINE, "1")
            refused = project.snakemake("fetch")
            patch.delenv(OFFLINE)
            fetched = project.run("fetch")
            patch.setenv(OFFLINE, "1")
            run = project.run("stack")
            patch.delenv(OFFLINE)
            stack = read(project, f"{RESULTS}/stack/lccs_inputs.tif")
            traffic = api.traffic + server.traffic + clms.traffic
            yield Finished(project, api, server, refused, fetched, run, stack, traffic)


def lead_to(project: Project, api: str, store: str, images: str) -> None:
    """Have the default config of a project name the stand-ins, and the blocks of the tests."""
    base = project.folder / "config.yaml"
    document = yaml.safe_load(base.read_text())
    document["cdse"] = {"catalogue": api, "url": store}
    document["clms"]["image_service"] = images
    document["grid"]["block"] = 256
    base.write_text(yaml.safe_dump(document, sort_keys=False))


def read(project: Project, path: str) -> dict[str, np.ndarray]:
    with rasterio.open(project.folder / path) as raster:
        return dict(zip(raster.descriptions, raster.read(), strict=True))


def test_seven_layers_are_made_with_these_keys_alone(finished: Finished, built: Project) -> None:
    mine, fetched = finished.project, finished.fetched
    assert fetched.jobs["export_data_space"] == len(TAKEN)
    assert len(finished.stack) == 7
    assert all(len(np.unique(codes[codes != 255])) > 1 for codes in finished.stack.values())
    composed = read(mine, "results/mine/sources/s2/2018/mosaic.vrt")
    usual = read(built, f"{SOURCES}/s2/2018/mosaic.vrt")
    assert {"green", "nir", "ndvi_max"} <= composed.keys()
    assert all(np.array_equal(composed[band], usual[band]) for band in composed)
    for name in TAKEN:
        found = read(mine, f"results/mine/sources/{name}/2018/aligned.tif")
        as_delivered = read(built, f"{SOURCES}/{name}/2018/aligned.tif")
        assert all(np.array_equal(found[band], as_delivered[band]) for band in found), name
    assert finished.server.most_at_once <= 4
    texts = [path.read_bytes() for path in mine.folder.rglob("*") if path.is_file()]
    assert not any(KEYS[1].encode() in text for text in [*texts, fetched.output.encode()])
    assert "Nothing to be done" in mine.run("--dry-run", "stack").output


def test_what_is_fetched_is_all_that_the_rest_needs_of_the_network(finished: Finished) -> None:
    assert not {*finished.fetched.jobs} - {*OF_SOURCES, "write_grid", "fetch"}
    assert finished.run.jobs["build_layer"] == 7
    assert not {*finished.run.jobs} & {*ASKING}


def test_without_a_network_it_is_told_at_once_what_to_fetch(finished: Finished) -> None:
    assert finished.refused.returncode != 0
    assert "run `make fetch` with this config first" in finished.refused.output
    assert "Traceback" not in finished.refused.output


def test_the_report_says_what_was_asked_for_and_what_came(finished: Finished) -> None:
    report = f"{RESULTS}/report.html"
    assert "compose_block" not in finished.project.run(report).jobs
    page = Element.read((finished.project.folder / report).read_text())
    costs = [[*row.all("td")] for row in page.all("tr", data_source="")]
    assert len(costs) > len(TAKEN)
    for column, name in enumerate(("requests", "bytes")):
        told = [float(row[column].one("data").attributes["value"]) for row in costs]
        assert sum(told) == finished.traffic[name]


def test_the_first_map_of_the_documentation_is_made_as_it_says(finished: Finished) -> None:
    """With make itself; on what the preset has fetched, which asks for the same."""
    folder = finished.project.folder
    (folder / "mine.yaml").unlink()
    program = ["make", "-o", ".venv/ready", f"BIN={warm_programs()}"]
    for command in commands("Keys of the Copernicus Data Space"):
        words = [*program, *command.words[1:]]
        done = subprocess.run(
            words, cwd=folder, env=environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        command.check(done.stdout)
    assert "compose_block" not in done.stderr and "export_data_space" not in done.stderr
    stack = read(finished.project, f"{RESULTS}/stack/lccs_inputs.tif")
    assert stack.keys() == finished.stack.keys()
    assert all(np.array_equal(stack[name], finished.stack[name]) for name in stack)
    assert (folder / RESULTS / "pictures" / "contact_sheet.png").is_file()


def test_what_is_pinned_once_it_is_there_is_neither_searched_nor_read_again(
    finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, api, server = finished.project, finished.api, finished.server
    monkeypatch.chdir(mine.folder)
    assert offers_lock.main(["mine.yaml"]) == 0
    before = (len(api.searches), len(server.requests))
    target = "results/mine/sources/tree_cover_density/2018/data_space.zip"
    held = (mine.folder / target).read_bytes()
    assert mine.run(target).jobs["export_data_space"] == 1
    assert (len(api.searches), len(server.requests)) == before
    assert (mine.folder / target).read_bytes() == held
    shutil.rmtree(mine.folder / ".cache")
    (mine.folder / target).unlink()
    assert mine.run(target).jobs["export_data_space"] == 1
    assert len(api.searches) == before[0] and len(server.requests) > before[1]
    assert (mine.folder / target).read_bytes() == held
