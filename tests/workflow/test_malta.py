"""The layers made from real CLMS deliveries, over Malta in EPSG:3035.

Malta lies outside the area of use of EPSG:2154. On the lattice of the products themselves nothing
is resampled, so each layer must be the codes of the delivered files, taken with plain rasterio.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio

from workflow.harness import Project, new_project

pytestmark = pytest.mark.workflow

FOLDER = "results/malta/periods/2018"
BOX = [14.40, 35.86, 14.52, 35.92]  # around the harbours
PRODUCTS = {
    "imperviousness": "IMD",
    "tree_cover_density": "TCD",
    "forest_type": "FTY",
    "grassland": "GRA",
}
LAYERS = {
    "vegetat_veg_cat": "tree_cover_density > 0 or grassland == 1",
    "artific_urb_cat": "imperviousness >= 30",
    "lifeform_veg_cat": "where(vegetat_veg_cat, where(forest_type in {1, 2}, 1, 2), 0)",
    "canopyco_veg_con": "where(vegetat_veg_cat, tree_cover_density, 0)",
    "leaftype_veg_cat": "where(vegetat_veg_cat, forest_type, 0)",
}


@pytest.fixture(scope="module")
def malta(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    zips = {name: next((shared_data / "hrl_malta_2018").glob(f"{product}_*.zip"))
            for name, product in PRODUCTS.items()}  # fmt: skip
    config = {
        "areas": {"malta": {"bbox": BOX}},
        "grid": {"crs": "EPSG:3035", "resolution": 10, "block": 1024},
        "periods": {"2018": {"start": "2018-01-01", "end": "2018-12-31"}},
        "scenes": {},
        "products": {
            name: {"product": product, "editions": {"2018": str(zips[name])}}
            for name, product in PRODUCTS.items()
        },
        "layers": {
            layer: {"use": "mapped", "methods": {"mapped": expression}}
            for layer, expression in LAYERS.items()
        },
    }
    project = new_project(tmp_path_factory.mktemp("malta"), config)
    project.run()
    return project


@pytest.fixture(scope="module")
def codes(malta: Project, shared_data: Path) -> dict[str, np.ndarray]:
    """The delivered codes over the grid of the area; 254 and 255 as they are."""
    with rasterio.open(malta.folder / FOLDER / "layers/artific_urb_cat.tif") as layer:
        bounds = layer.bounds
    found = {}
    for name, product in PRODUCTS.items():
        path = next((shared_data / "hrl_malta_2018").glob(f"{product}_*.zip"))
        inner = next(rasterio_names(path))
        with rasterio.open(inner) as raster:
            found[name] = raster.read(1, window=raster.window(*bounds).round_offsets())
    return found


def rasterio_names(path: Path) -> Iterator[str]:
    """The GeoTIFFs within a zip, as GDAL names them."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".tif"):
                yield f"/vsizip/{path}/{name}"


def layer(malta: Project, name: str) -> np.ndarray:
    with rasterio.open(malta.folder / FOLDER / f"layers/{name}.tif") as raster:
        return raster.read(1)


def test_every_layer_is_what_the_delivered_codes_say(malta: Project, codes: dict[str, np.ndarray]):
    inside = layer(malta, "artific_urb_cat") != 255
    assert inside.mean() > 0.3
    known = inside & np.all([band < 254 for band in codes.values()], axis=0)
    vegetated = (codes["tree_cover_density"] > 0) | (codes["grassland"] == 1)
    woody = np.isin(codes["forest_type"], (1, 2))
    expected = {
        "vegetat_veg_cat": vegetated,
        "artific_urb_cat": codes["imperviousness"] >= 30,
        "lifeform_veg_cat": np.where(vegetated, np.where(woody, 1, 2), 0),
        "canopyco_veg_con": np.where(vegetated, codes["tree_cover_density"], 0),
        "leaftype_veg_cat": np.where(vegetated, codes["forest_type"], 0),
    }
    for name, values in expected.items():
        assert np.array_equal(layer(malta, name)[known], values[known].astype(int)), name
        assert len(np.unique(values[known])) > 1, name


def test_there_is_a_picture(malta: Project):
    assert (malta.folder / FOLDER / "pictures/contact_sheet.png").stat().st_size > 10_000
