"""The whole workflow with keys of the Copernicus Data Space, against stand-ins over real HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from lccs_inputs.cdse.key import PAIR_VARIABLES
from lccs_inputs.facts.data_space import HOLDINGS
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.products.archives import find_rasters
from standins.clms import ClmsStandIn
from standins.data_space import publish, publish_tile
from standins.object_store import ObjectStore
from standins.stac_api import StacApi
from workflow.harness import Project, new_project, small_config
from workflow.test_clms import SampleProducts

pytestmark = pytest.mark.workflow

KEYS = ("ACCESS0123456789", "SECRET0123456789")
SOURCES = "results/shore/sources"
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


@pytest.fixture
def project(
    built: Project, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Project, ObjectStore]]:
    """A user's config of a few lines, and where its preset leads."""
    for name, value in zip(PAIR_VARIABLES, KEYS, strict=True):
        monkeypatch.setenv(name, value)
    store, work = tmp_path / "store", tmp_path / "work"
    work.mkdir()
    items = granules(built, store) + tiles(sample, store, work)
    monkeypatch.chdir(built.folder)
    maps = SampleProducts(sample, work)
    with StacApi(items) as api, ObjectStore(store, dict([KEYS])) as server, ClmsStandIn(maps) as c:
        mine = {key: small_config(sample)[key] for key in ("areas", "grid", "periods")} | {
            "preset": "cdse",
            "cdse": {"catalogue": api.url, "url": server.url},
            "clms": {"image_service": c.image_url},
        }
        yield new_project(tmp_path / "project", mine), server


def read(project: Project, path: str) -> dict[str, np.ndarray]:
    with rasterio.open(project.folder / path) as raster:
        return dict(zip(raster.descriptions, raster.read(), strict=True))


def test_seven_layers_are_made_with_these_keys_alone(
    project: tuple[Project, ObjectStore], built: Project
) -> None:
    mine, server = project
    ran = mine.run("stack")
    assert ran.jobs["export_data_space"] == len(TAKEN)
    stack = read(mine, "results/shore/periods/2018/stack/lccs_inputs.tif")
    assert len(stack) == 7
    assert all(len(np.unique(codes[codes != 255])) > 1 for codes in stack.values())
    composed = read(mine, f"{SOURCES}/s2/2018/mosaic.vrt")
    usual = read(built, f"{SOURCES}/s2/2018/mosaic.vrt")
    assert {"green", "nir", "ndvi_max"} <= composed.keys()
    assert all(np.array_equal(composed[band], usual[band]) for band in composed)
    for name in TAKEN:
        aligned = f"{SOURCES}/{name}/2018/aligned.tif"
        found, as_delivered = read(mine, aligned), read(built, aligned)
        assert all(np.array_equal(found[band], as_delivered[band]) for band in found), name
    assert server.most_at_once <= 4
    texts = [path.read_bytes() for path in mine.folder.rglob("*") if path.is_file()]
    assert not any(KEYS[1].encode() in text for text in [*texts, ran.output.encode()])
    assert "Nothing to be done" in mine.run("--dry-run", "stack").output
