"""Writing the whole sample: scenes with their STAC catalogue, products, and the truth."""

import logging
from pathlib import Path

from tqdm import tqdm

from lccs_inputs.errors import InputError
from lccs_inputs.rasters.area import resolve_area
from lccs_inputs.rasters.reading import gdal_env
from lccs_inputs.sample import EVIAN, PRODUCT_FILES
from lccs_inputs.sample.acquisitions import LANDSAT, SENTINEL1, SENTINEL2
from lccs_inputs.sample.catalogue import (
    Document,
    landsat_item,
    sentinel1_item,
    sentinel2_item,
    write_catalogue,
    write_item,
)
from lccs_inputs.sample.deliveries import make_products
from lccs_inputs.sample.imaging import Bounds
from lccs_inputs.sample.landsat import make_landsat
from lccs_inputs.sample.landscape import CRS, Landscape
from lccs_inputs.sample.sentinel1 import make_sentinel1
from lccs_inputs.sample.sentinel2 import make_sentinel2
from lccs_inputs.sample.truth import make_truth

_log = logging.getLogger(__name__)


def generate_sample(
    folder: Path, resolution: float, seed: int, *, bounds: Bounds | None = None
) -> None:
    """Write the sample: scenes with their STAC catalogue, products and truth.

    `folder/catalog.json` is written last: where it exists, the sample is complete.

    Args:
        resolution: metres of the finest Sentinel-2 bands, of the products and of the truth; 10
            is native.
        seed: of all that is random.
        bounds: xmin, ymin, xmax, ymax in EPSG:2154 of a smaller box, within the Évian one; scene
            metadata (cloud cover) stay those of the whole.

    Raises:
        InputError: a file could not be written; it names the folder.
    """
    evian = {"bbox": EVIAN}
    box = bounds or resolve_area("sample", evian, CRS, resolution, 4096).grid.bounds
    try:
        _write_sample(folder, resolution, seed, box)
    except OSError as error:
        reason = error.__cause__ or error
        raise InputError(
            f"{folder}: the sample could not be written whole ({reason}); is the disk full?"
        ) from error


def _write_sample(folder: Path, resolution: float, seed: int, box: Bounds) -> None:
    (folder / "catalog.json").unlink(missing_ok=True)
    landscape = Landscape(seed)
    items: list[Document] = []
    total = len(SENTINEL2) + len(LANDSAT) + len(SENTINEL1) + len(PRODUCT_FILES) + 1
    with gdal_env(), tqdm(desc="Drawing the sample", total=total, unit="file set") as progress:

        def keep(item: Document) -> None:
            write_item(folder, item)
            items.append(item)
            progress.update()

        for granule in make_sentinel2(landscape, box, resolution, folder / "sentinel-2-l2a"):
            keep(sentinel2_item(*granule))
        for scene in make_landsat(landscape, box, resolution, folder / "landsat-c2-l2"):
            keep(landsat_item(*scene))
        for radar in make_sentinel1(landscape, box, resolution, folder / "sentinel-1-rtc"):
            keep(sentinel1_item(*radar))
        for _ in make_products(landscape, box, resolution, folder / "products"):
            progress.update()
        make_truth(landscape, box, resolution, folder / "truth")
        progress.update()
    write_catalogue(folder, items)
    _log.info("sample of %d scenes in %s", len(items), folder)
