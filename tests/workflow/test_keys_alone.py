"""Keys of the Copernicus Data Space and nothing else: a place in Switzerland, in 2021."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from lccs_inputs.beginning.place import find_place
from lccs_inputs.cdse.key import PAIR_VARIABLES
from lccs_inputs.facts.data_space import HOLDINGS
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.writing import create_raster
from standins.clms import ClmsStandIn
from standins.data_space import publish, publish_tile
from standins.imagery import sentinel2_scene
from standins.object_store import ObjectStore
from standins.stac_api import StacApi
from workflow.harness import Project, Run, new_project
from workflow.test_data_space import KEYS, lead_to, read

pytestmark = pytest.mark.workflow

BERN = (7.440, 46.945, 7.450, 46.952)
AROUND = Grid("EPSG:3035", (10, 10), (4_125_000, 2_650_500, 4_128_000, 2_653_000))
CORNER, SIDE = (380_500, 5_201_900), 240  # EPSG:32632; px of a scene
CODES = {"TCD": range(101), "DLT": (0, 1, 2), "CTY": (0, 1110, 1140, 2100)}
MAPS = {"WAW": (0, 1, 2, 3, 4), "IMD": range(101)}
DAYS = ("2021-05-20", "2021-07-09", "2021-09-17")


def drawn(name: str, shape: tuple[int, int]) -> np.ndarray:
    """Patches of 80 m of the codes of a product."""
    random = np.random.default_rng(sum(name.encode()))
    codes = np.array({**CODES, **MAPS}[name])
    patches = random.choice(codes, [-(-side // 8) for side in shape])
    return patches.repeat(8, 0).repeat(8, 1)[: shape[0], : shape[1]]


def cut(name: str, bounds: tuple[float, float, float, float]) -> np.ndarray:
    """What the image service has of a product."""
    west, _, _, north = AROUND.bounds
    left, top = round((bounds[0] - west) / 10), round((north - bounds[3]) / 10)
    width, height = round((bounds[2] - bounds[0]) / 10), round((bounds[3] - bounds[1]) / 10)
    return drawn(name, AROUND.shape)[top : top + height, left : left + width].astype(np.uint8)


def published(store: Path, work: Path) -> Iterator[dict[str, Any]]:
    """Sentinel-2 and the maps of 2021, as the Data Space has them."""
    for seed, day in enumerate(DAYS):
        found = sentinel2_scene(work, day, "EPSG:32632", CORNER, SIDE, seed, offset=-0.1)
        yield publish(store, replace(found, datetime=f"{day}T10:30:21Z", tile="32TLT"))
    for name in CODES:
        product, tile = PRODUCTS[name], f"CLMS_HRLVLCC_{name}_S2021_R10m_E41N26_03035_V01_R00"
        path = work / f"{tile}.tif"
        with create_raster(path, AROUND, [name], product.dtype, product.nodata) as raster:
            raster.write(drawn(name, AROUND.shape).astype(product.dtype), 1)
        yield publish_tile(store, HOLDINGS[name].collection, tile, path)


@dataclass
class Runs:
    """A run with a secret key that is mistyped, and one with the right one."""

    project: Project
    refused: Run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Runs of a config of a few lines."""
    folder = tmp_path_factory.mktemp("keys_alone")
    mine = {
        "areas": {"mine": {"bbox": list(BERN)}},
        "preset": "cdse",
        "grid": {"crs": "EPSG:3035", "resolution": 10},
        "periods": {"2021": {"start": "2021-05-01", "end": "2021-10-31"}},
    }
    project = new_project(folder / "project", mine)
    items = list(published(folder / "store", folder / "work"))
    with (
        StacApi(items) as api,
        ObjectStore(folder / "store", dict([KEYS])) as store,
        ClmsStandIn(cut) as clms,
        pytest.MonkeyPatch.context() as patch,
    ):
        lead_to(project, api.url, store.url, clms.image_url)
        patch.delenv("CLMS_KEY", raising=False)
        for name, value in zip(PAIR_VARIABLES, (KEYS[0], "MISTYPED"), strict=True):
            patch.setenv(name, value)
        refused = project.snakemake("results/mine/sources/tree_cover_density/2021/data_space.zip")
        patch.setenv(PAIR_VARIABLES[1], KEYS[1])
        project.run("stack")
    return Runs(project, refused)


def test_a_mistyped_key_is_told_in_one_sentence_and_nothing_beside_it(made: Runs) -> None:
    output = made.refused.output
    assert made.refused.returncode == 1
    told = {line.partition(" ERROR ")[2] for line in output.splitlines() if " ERROR " in line}
    (sentence,) = told
    assert "(SignatureDoesNotMatch): the secret key is not that of the access key" in sentence
    assert "Traceback" not in output and " WARNING " not in output and "MISTYPED" not in output


def test_the_seven_layers_of_a_place_in_switzerland_are_made_for_2021(made: Runs) -> None:
    folder = made.project.folder
    assert find_place(",".join(map(str, BERN))).countries == {"CH"}
    scenes = SceneList.read(folder / "results/mine/sources/s2/2021/scenes.json").scenes
    assert sorted(scene.datetime[:10] for scene in scenes) == list(DAYS)
    stack = "results/mine/periods/2021/stack/lccs_inputs.tif"
    layers = read(made.project, stack)
    assert len(layers) == 7
    assert all(len(np.unique(codes[codes != 255])) > 1 for codes in layers.values())
    with rasterio.open(folder / stack) as raster:
        bounds = tuple(raster.bounds)
    vegetated, sealed = layers["vegetat_veg_cat"], layers["artific_urb_cat"]
    for layer, name in (("canopyco_veg_con", "TCD"), ("leaftype_veg_cat", "DLT")):
        expected = np.where(vegetated == 1, cut(name, bounds), 0)
        known = vegetated != 255
        assert np.array_equal(layers[layer][known], expected[known])
    known = sealed != 255
    assert known.mean() > 0.8
    assert np.array_equal(sealed[known] == 1, (cut("IMD", bounds) >= 30)[known])
