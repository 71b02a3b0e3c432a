"""The same granules give the same pixels, whichever catalogue serves them and in whatever form."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import ee
import numpy as np
import pytest
import rasterio
from pyproj import Transformer
from shapely import box

from lccs_inputs.cdse.key import PAIR_VARIABLES
from lccs_inputs.config.sections.services import (
    CdseSettings,
    ComposingSettings,
    EarthEngineSettings,
)
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.disk.catalogue import look_through
from lccs_inputs.imagery.disk.catalogue import write_catalogue as write_catalogue_of
from lccs_inputs.imagery.engine import engine_of
from lccs_inputs.imagery.freezing import frozen, wanted
from lccs_inputs.imagery.requests import BlockRequest
from lccs_inputs.imagery.scenes import Scene
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from scene_requests import freeze_request, scene_request
from standins.data_space import publish
from standins.earthengine import EarthEngineStandIn
from standins.imagery import sentinel2_scene
from standins.object_store import ObjectStore
from standins.products import write_safe, zipped
from standins.stac_api import StacApi
from standins.stac_items import make_item, write_catalogue

GRID = Grid("EPSG:2154", (10, 10), (970000, 6590000, 971700, 6591400), block_size=1000)
AREA = Area(box(*GRID.bounds), GRID)
DAYS = ("2018-06-01", "2018-06-11", "2018-06-21")
KEYS = ("ACCESS0123456789", "SECRET0123456789")
SCALED = [{"scale": 0.0001, "offset": -0.1, "nodata": 0}]
OFFICIAL = {"blue": "B02", "green": "B03", "red": "B04", "nir": "B08", "swir16": "B11",
            "swir22": "B12", "scl": "SCL"}  # fmt: skip


@dataclass
class Archive:
    """Where the granules can be had.

    Attributes:
        services: how it is reached.
    """

    catalogue: str
    collection: str = "sentinel-2-l2a"
    services: Mapping[str, Any] = field(
        default_factory=lambda: {
            "composing": ComposingSettings(cache_gb=0).model_dump(),
            "cdse": CdseSettings().model_dump(),
        }
    )


@pytest.fixture(scope="module")
def granules(tmp_path_factory: pytest.TempPathFactory) -> list[Scene]:
    """Three passes over one tile, whose numbers carry the offset; every pixel block is whole."""
    x, y = Transformer.from_crs(GRID.crs, "EPSG:32632", always_xy=True).transform(
        GRID.bounds[0], GRID.bounds[3]
    )
    corner = ((x - 200) // 20 * 20, (y + 200) // 20 * 20)
    made = []
    for seed, day in enumerate(DAYS):
        found = sentinel2_scene(
            tmp_path_factory.mktemp(day), "granule", "EPSG:32632", corner, 240, seed, offset=-0.1
        )
        object.__setattr__(found, "datetime", f"{day}T10:30:21Z")
        object.__setattr__(found, "tile", "32TLS")
        made.append(found)
    return made


def static(folder: Path, granules: list[Scene], collection: str, spelt: Mapping[str, str],
           facts: Mapping[str, Any], **properties: Any) -> str:  # fmt: skip
    """A catalogue on disk of the files as they are, in the words of an archive."""
    items = []
    for granule in granules:
        item = make_item(
            f"S2A_{granule.datetime[:10]}", granule.datetime, collection=collection, assets=(),
            grid__code=f"MGRS-{granule.tile}", **properties,
        )  # fmt: skip
        for name, asset in granule.assets.items():
            said = dict(facts) if name in SENSORS["sentinel2"].bands else {}
            item["assets"][spelt.get(name, name)] = {"href": asset.href} | said
        items.append(item)
    return str(write_catalogue(folder, items))


@contextmanager
def earth_search(folder: Path, granules: list[Scene]) -> Iterator[Archive]:
    said = {"raster:bands": SCALED}
    collection = "sentinel-2-c1-l2a"
    catalogue = static(folder, granules, collection, {}, said, s2__processing_baseline="05.00")
    yield Archive(catalogue, collection)


@contextmanager
def planetary_computer(folder: Path, granules: list[Scene]) -> Iterator[Archive]:
    """It says nothing of scale and offset: the baseline tells."""
    named = {"s2__processing_baseline": "05.00"}
    yield Archive(static(folder, granules, "sentinel-2-l2a", OFFICIAL, {}, **named))


@contextmanager
def data_space(
    folder: Path, granules: list[Scene], keys: Mapping[str, str] | None = None
) -> Iterator[Archive]:
    items = [publish(folder, granule) for granule in granules]
    known = dict([KEYS]) if keys is None else dict(keys)
    with StacApi(items) as api, ObjectStore(folder, known) as store:
        settings = CdseSettings(catalogue=api.url, url=store.url).model_dump()
        composing = ComposingSettings(cache=str(folder / "cache")).model_dump()
        services = {"composing": composing, "cdse": settings}
        yield Archive("cdse", services=services)
        assert store.most_at_once <= settings["connections"]


@contextmanager
def safe_folders(folder: Path, granules: list[Scene]) -> Iterator[Archive]:
    """What `make catalogue` writes of the products on a disk."""
    for granule in granules:
        write_safe(folder / "in", replace(granule, platform="sentinel2a"))
    write_catalogue_of(look_through(folder / "in").scenes, folder / "catalog.json")
    yield Archive(str(folder / "catalog.json"))


@contextmanager
def safe_zips(folder: Path, granules: list[Scene]) -> Iterator[Archive]:
    for granule in granules:
        zipped(write_safe(folder / "in", replace(granule, platform="sentinel2a")))
    write_catalogue_of(look_through(folder / "in").scenes, folder / "catalog.json")
    yield Archive(str(folder / "catalog.json"))


@contextmanager
def earth_engine(folder: Path, granules: list[Scene]) -> Iterator[Archive]:
    """It has taken the offset off, and is asked for pixels as large as those of the granules."""
    facts = {
        "created": "2023-06-12T21:42:23Z",
        "eo:cloud_cover": 0.0,
        "earthsearch:boa_offset_applied": False,
        "s2:processing_baseline": "05.00",
        "sat:relative_orbit": 108,
        **{f"s2:{name}_percentage": 0.0 for name in ("cloud_shadow", "nodata_pixel")},
        "s2:saturated_defective_pixel_percentage": 0.0,
    }
    said = {"raster:bands": SCALED}
    catalogue = static(folder / "in", granules, "sentinel-2-l2a", {}, said, **facts)
    with EarthEngineStandIn(Path(catalogue), folder=folder / "service") as service:
        key = str(service.write_key(folder / "key.json"))
        settings = EarthEngineSettings(
            project="mine", key=key, url=service.url, cache=str(folder / "cache")
        )
        yield Archive("earthengine", services={"earthengine": settings.model_dump()})
    ee.Reset()


@pytest.fixture(autouse=True)
def keys_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lccs_inputs.imagery.composite.opening._FIRST_DELAY", 0.01)
    for name, value in zip(PAIR_VARIABLES, KEYS, strict=True):
        monkeypatch.setenv(name, value)


def composed(archive: Archive, target: Path) -> dict[str, Any]:
    """Search, freeze and compose as the workflow does; the bands and the tags of the block."""
    lonlat = Transformer.from_crs(GRID.crs, "EPSG:4326", always_xy=True)
    bounds = lonlat.transform_bounds(*GRID.bounds)
    asked = scene_request("sentinel2", archive.catalogue, "2018-05-01", "2018-10-31", "scl", bounds)
    engine = engine_of(archive.catalogue)
    slots = max(engine.slots(archive.catalogue, archive.services).values(), default=0)
    found = engine.search(asked, archive.services)
    freeze = freeze_request()
    looks = wanted(found, freeze, {})
    looks = engine.look_at(found, looks, freeze, AREA, archive.services, slots)
    scenes = frozen(found, looks, freeze)
    assert len(scenes.scenes) == len(DAYS), scenes.left_out
    mask = SENSORS["sentinel2"].masks["scl"]
    block = AREA.blocks()[0].name
    request = BlockRequest("sentinel2", mask, block, "", fingerprint="f")
    engine.compose(request, scenes, AREA, target, archive.services, slots)
    with rasterio.open(target) as raster:
        return dict(zip(raster.descriptions, raster.read(), strict=True))


def test_all_archives_and_products_on_a_disk_give_the_same_pixels(
    tmp_path: Path, granules: list[Scene]
) -> None:
    blocks = {}
    archives = (
        earth_search, planetary_computer, data_space, safe_folders, safe_zips, earth_engine,
    )  # fmt: skip
    for archive in archives:
        (folder := tmp_path / archive.__name__).mkdir()
        with archive(folder, granules) as there:
            blocks[archive.__name__] = composed(there, folder / "block.tif")
    first, *others = blocks.values()
    assert first["clear_count"].max() == 3
    assert -2000 < first["red"][first["red"] != -32768].min() < 500
    between = blocks["earth_engine"]
    for band in [band for band in first if band.startswith("ndvi_p")]:
        # How Earth Engine interpolates between two observations is its own.
        assert np.abs(between[band].astype(int) - first[band]).max() <= 1, band
        between[band] = first[band]
    for other in others:
        assert other.keys() == first.keys()
        assert all(np.array_equal(first[band], other[band]) for band in first)


def test_wrong_keys_end_before_any_scene_is_left_out(tmp_path: Path, granules: list[Scene]) -> None:
    with (
        data_space(tmp_path, granules, {"OTHER": "KEYS"}) as there,
        pytest.raises(SourceError, match=r"refused the S3 keys .*InvalidAccessKeyId"),
    ):
        composed(there, tmp_path / "block.tif")
