"""Every service on the loopback address, and two small projects in which every rule has work."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lccs_inputs.cdse.key import PAIR_VARIABLES
from lccs_inputs.clms.lock import Lock
from lccs_inputs.clms.session import ClmsSession
from lccs_inputs.commands.offers_lock import refresh
from lccs_inputs.facts.lccs import LE_LCCS
from lccs_inputs.sample import REFERENCE_LAYERS
from lccs_inputs.sample.generate import generate_sample
from lccs_inputs.sample.reference import write_reference
from standins import le_lccs
from standins.clms import ClmsStandIn
from standins.earthengine import EarthEngineStandIn
from standins.file_server import FileServer
from standins.object_store import ObjectStore
from standins.stac_api import StacApi
from workflow.harness import SAMPLE_BOUNDS, small_config
from workflow.test_clms import ORDERED, SampleProducts
from workflow.test_data_space import KEYS, tiles

ASSET = "projects/test-project/assets/shore"
WEST, SOUTH, EAST, NORTH = 6.518, 46.368, 6.526, 46.374
RING = [[WEST, SOUTH], [EAST, SOUTH], [EAST, NORTH], [WEST, NORTH], [WEST, SOUTH]]
OUTLINE = {
    "type": "Feature",
    "properties": {"name": "shore"},
    "geometry": {"type": "Polygon", "coordinates": [RING]},
}
PERIODS = {
    "early": {"start": "2018-05-01", "end": "2018-07-31"},
    "late": {"start": "2018-08-01", "end": "2018-10-31"},
}


@dataclass(frozen=True)
class World:
    """What is run."""

    config: dict[str, Any]
    targets: tuple[str, ...]


@contextmanager
def worlds(folder: Path) -> Iterator[dict[str, World]]:
    """A project that asks all services, and one of the sample, which is not mixed with others."""
    coarse = {"resolution": 100, "seed": 2018}
    generate_sample(sample := folder / "sample", 10, 2018, bounds=SAMPLE_BOUNDS)
    with every_service(sample, folder) as config:
        yield {
            "sample": World({"sample": coarse}, ("results/sample_data/reference.csv",)),
            "services": World(
                config,
                ("all", "report", "images", "change", "confidence", "accuracy", "zarr", "le_lccs"),
            ),
        }


@contextmanager
def every_service(sample: Path, folder: Path) -> Iterator[dict[str, Any]]:
    """The config of a project that asks all of them; keys are in the environment meanwhile."""
    store, work = folder / "store", folder / "work"
    for each in (store, work, folder / "exports"):
        each.mkdir()
    cdse = [one for one in tiles(sample, store, work) if "DLT" in one["id"]]
    with ExitStack() as running:
        patch = running.enter_context(pytest.MonkeyPatch.context())
        le_lccs.install(work / "bin" / LE_LCCS)
        patch.setenv("PATH", f"{work / 'bin'}:{os.environ['PATH']}")
        for name, value in zip(PAIR_VARIABLES, KEYS, strict=True):
            patch.setenv(name, value)
        files = running.enter_context(FileServer(sample))
        imagery = running.enter_context(StacApi(list(items_of(sample, "sentinel-2", files.url))))
        holdings = running.enter_context(StacApi(cdse))
        objects = running.enter_context(ObjectStore(store, dict([KEYS])))
        clms = running.enter_context(ClmsStandIn(SampleProducts(sample, work), queue_seconds=1))
        engine = running.enter_context(
            EarthEngineStandIn(sample / "catalog.json", {ASSET: [OUTLINE]}, folder / "exports")
        )
        config = config_of(sample, imagery.url)
        config["cdse"] = {"catalogue": holdings.url, "url": objects.url}
        config["earthengine"] = {"project": "test-project", "url": engine.url}
        config["clms"] = {
            "url": clms.url,
            "image_service": clms.image_url,
            "poll_seconds": 1,
            "key": str(clms.key_file(folder)),
            "lock": str(locked(clms.url, folder)),
        }
        config["reference"] = {
            "truth": {"file": str(points(sample, folder)), "crs": "EPSG:2154", "design": "random"}
        }
        yield config


def config_of(sample: Path, imagery: str) -> dict[str, Any]:
    """Each engine has a scene set, each service a product, each rule something to make."""
    config = small_config(sample, areas={"shore": {"asset": ASSET}}, periods=PERIODS)
    for name, scene_set in config["scenes"].items():
        scene_set["catalogue"] = imagery if name == "s2" else "earthengine"
    for product in config["products"].values():
        if product["product"] in ORDERED:
            product["editions"] = {2018: "clms"}
    config["products"]["tree_cover_density"]["editions"] = {2018: "image_service"}
    config["products"]["dominant_leaf_type"]["editions"] = {2018: "cdse"}
    config["products"]["slope"] = {"product": "SLOPE", "editions": {"static": "earthengine"}}
    config["layers"]["aquatic_wat_cat"]["use"] = ["l8_ndwi"]
    return config | {"images": ["ndvi", "slope"], "legend": "maes"}


def items_of(sample: Path, collection: str, url: str) -> Iterator[dict[str, Any]]:
    """The items of a collection of the sample, their assets below `url`."""
    for path in sorted(sample.glob(f"{collection}*/*/*.json")):
        item = json.loads(path.read_text())
        folder = path.parent.relative_to(sample).as_posix()
        for asset in item["assets"].values():
            asset["href"] = f"{url}/{folder}/{Path(asset['href']).name}"
        yield item | {"links": []}


def locked(clms: str, folder: Path) -> Path:
    with ClmsSession(clms, None) as session:
        lock, _ = refresh(session, [(name, 2018) for name in ORDERED], Lock())
    lock.write(path := folder / "products.lock.json")
    return path


def points(sample: Path, folder: Path) -> Path:
    truth = {name: sample / f"truth/{name}.tif" for name in REFERENCE_LAYERS}
    write_reference(truth, 2018, path := folder / "points.csv")
    return path
