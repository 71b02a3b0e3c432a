"""Every service on the loopback address, and a config that uses them all."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ee
import numpy as np
import pytest
import yaml

from lccs_inputs.cdse.key import PAIR_VARIABLES
from lccs_inputs.commands.offers_lock import update
from lccs_inputs.facts.data_space import HOLDINGS
from standins.clms import ClmsStandIn
from standins.data_space import publish, publish_tile
from standins.earthengine import EarthEngineStandIn
from standins.file_server import FileServer
from standins.imagery import sentinel2_scene, write_asset
from standins.object_store import ObjectStore
from standins.stac_api import StacApi
from standins.stac_items import make_item

BASE = Path(__file__).resolve().parents[1] / "config.yaml"
KEYS = ("ACCESS0123456789", "SECRET0123456789")
CORNER, SIDE = (313_000, 5_143_000), 240
BOX = [6.56, 46.40, 6.58, 46.415]


@dataclass
class Desk:
    """Every service, on the loopback address, and a config that uses them all."""

    folder: Path
    clms: ClmsStandIn
    earthengine: EarthEngineStandIn
    open_api: StacApi
    files: FileServer
    cdse_api: StacApi
    store: ObjectStore
    config: dict[str, Any]

    def call(self, command: Callable[[Sequence[str]], int], *words: str) -> int:
        """The exit status of a command on the config as it is now."""
        (self.folder / "mine.yaml").write_text(yaml.safe_dump(self.config))
        return command(["mine.yaml", *words])


@contextmanager
def every_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Who calls is in the folder, with the keys to all of them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("lccs_inputs.imagery.composite.opening._FIRST_DELAY", 0.01)
    monkeypatch.setenv("HOME", str(tmp_path / "home" / "anna"))
    (tmp_path / "config.yaml").symlink_to(BASE)
    (tmp_path / "presets").symlink_to(BASE.parent / "presets")
    (tmp_path / "sample.json").write_text('{"links": []}')
    for name, value in zip(PAIR_VARIABLES, KEYS, strict=True):
        monkeypatch.setenv(name, value)
    granule = sentinel2_scene(tmp_path / "open", "S2A", "EPSG:32632", CORNER, SIDE, 1, offset=-0.1)
    object.__setattr__(granule, "tile", "32TLS")
    with (
        ClmsStandIn() as clms,
        EarthEngineStandIn(tmp_path / "sample.json", folder=tmp_path / "ee") as earthengine,
        FileServer(tmp_path / "open") as files,
        StacApi([item(granule, files.url)]) as open_api,
        StacApi([publish(tmp_path / "store", granule), leaves(tmp_path)]) as cdse_api,
        ObjectStore(tmp_path / "store", dict([KEYS])) as store,
    ):
        services = (clms, earthengine, open_api, files, cdse_api, store)
        there = Desk(tmp_path, *services, config={})
        there.config = config_of(there)
        update(clms.url, Path("products.lock.json"), [("IMD", 2018)])
        yield there
    ee.Reset()


def item(granule: Any, url: str) -> dict[str, Any]:
    found = make_item(
        "S2A_open", granule.datetime, assets=(), collection="sentinel-2-l2a",
        s2__processing_baseline="05.00", grid__code="MGRS-32TLS",
    )  # fmt: skip
    for name in granule.assets:
        found["assets"][name] = {"href": f"{url}/S2A/{name}.tif"}
    return found


def leaves(folder: Path) -> dict[str, Any]:
    """A tile of leaf types in the store of the Data Space."""
    name = "CLMS_HRLVLCC_DLT_S2018_R10m_E40N25_03035_V01_R00"
    numbers = np.full((300, 300), 1, np.uint8)
    write_asset(folder / "leaves.tif", numbers, "EPSG:3035", (4_055_000, 2_597_000), 10)
    collection = HOLDINGS["DLT"].collection
    return publish_tile(folder / "store", collection, name, folder / "leaves.tif")


def config_of(desk: Desk) -> dict[str, Any]:
    key = desk.clms.key_file(desk.folder)
    return {
        "areas": {"mine": {"bbox": BOX}},
        "periods": {"2018": {"start": "2018-05-01", "end": "2018-10-31"}},
        "scenes": {
            "s2": {"sensor": "sentinel2", "catalogue": "cdse"},
            "other": {"sensor": "sentinel2", "catalogue": desk.open_api.url},
        },
        "products": {
            "sealed": {"product": "IMD", "editions": {2018: "clms"}},
            "trees": {"product": "TCD", "editions": {2018: "image_service"}},
            "leaves": {"product": "DLT", "editions": {2018: "cdse"}},
            "crops": {"product": "EUCROPMAP", "editions": {2018: "earthengine"}},
        },
        "layers": {
            "vegetat_veg_cat": {"use": "a", "methods": {"a": "s2.ndvi >= 0.4"}},
            "aquatic_wat_cat": {"use": "a", "methods": {"a": "other.ndwi > 0"}},
            "artific_urb_cat": {"use": "a", "methods": {"a": "sealed >= 30"}},
            "canopyco_veg_con": {"use": "a", "methods": {"a": "trees"}},
            "leaftype_veg_cat": {"use": "a", "methods": {"a": "leaves"}},
            "cultman_agr_cat": {"use": "a", "methods": {"a": "crops == 211"}},
        },
        "cdse": {"catalogue": desk.cdse_api.url, "url": desk.store.url},
        "clms": {"key": str(key), "url": desk.clms.url, "image_service": desk.clms.image_url},
        "earthengine": {"project": "annas-project", "url": desk.earthengine.url},
    }
