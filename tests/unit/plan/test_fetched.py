"""What `make fetch` asks for: what services have, and no more."""

from pathlib import Path
from typing import Any

import pytest

from lccs_inputs import config
from lccs_inputs.imagery.scenes import Asset, Scene, SceneList
from lccs_inputs.plan import Plan
from lccs_inputs.workflow.requests import Place

MOSAIC = "<results>/here/sources/s2/2018/mosaic.vrt"
PLACE = Place(area="here", source="s2", edition="2018")


def plan(catalogue: str, **products: str) -> Plan:
    """That of a layer of imagery and of products, each of the year 2018, by origin."""
    document: dict[str, Any] = {
        "areas": {"here": {"bbox": [6.4, 46.3, 6.7, 46.4]}},
        "periods": {"2018": {"start": "2018-05-01", "end": "2018-10-31"}},
        "scenes": {"s2": {"sensor": "sentinel2", "catalogue": catalogue}},
        "products": {
            name: {"product": name.upper(), "editions": {2018: origin}}
            for name, origin in products.items()
        },
        "layers": {
            "vegetat_veg_cat": {"use": "one", "methods": {"one": "s2.nir > 0"}},
            "artific_urb_cat": {
                "use": "one",
                "methods": {
                    "one": " and ".join(f"{name} > 0" for name in products) or "s2.red > 0"
                },
            },
        },
    }
    return Plan(config.load(document))


@pytest.mark.parametrize("catalogue", ("earth_search", "https://stac.example/v1", "earthengine"))
def test_scenes_that_a_service_has_are_composed(catalogue: str):
    assert plan(catalogue).scenes.fetched(PLACE) == [MOSAIC]


def test_of_the_sample_nothing_is():
    assert plan("results/sample_data/catalog.json").scenes.fetched(PLACE) == []


@pytest.mark.parametrize(
    ("href", "fetched"),
    (
        ("https://host.example/b04.tif", [MOSAIC]),
        ("s3://bucket/b04.tif", [MOSAIC]),
        ("b04.tif", []),
    ),
)
def test_of_a_catalogue_on_disk_it_is_told_by_where_its_files_are(
    href: str, fetched: list[str], tmp_path: Path
):
    red = {"red": Asset(href)}
    scene = Scene("one", "c", "2018-07-01T10:00:00Z", "31TGM", "sentinel2a", "", red)
    dates = ("2018-05-01", "2018-10-31")
    listed = SceneList("s2", "2018", "sentinel2", *dates, "c.json", "", 1, {}, [scene])
    listed.write(tmp_path / "scenes.json")
    known = plan("c.json")
    known.scenes.freeze = lambda _: tmp_path / "scenes.json"
    assert known.scenes.fetched(PLACE) == fetched


def test_products_of_services_are_fetched_and_files_are_not():
    known = plan("earth_search", imd="clms", waw="image_service", dlt="cdse", tcd="mine.tif")
    sources = "<results>/here/sources"
    assert known.products.fetched() == [
        f"{sources}/dlt/2018/data_space.zip",
        f"{sources}/imd/2018/delivery.zip",
        f"{sources}/waw/2018/image_service.tif",
    ]
