"""Export a 2018 layer from the public image service: no key, no queue, small areas only.

The service draws pictures unless told otherwise, so it is asked for raw codes, pixel by pixel on
the native lattice, and its answers are believed only after a look: right size, right place, one
band, no code that the product does not have.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

import numpy as np
import requests
from numpy.typing import NDArray
from rasterio.enums import MaskFlags
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from tqdm import tqdm

from lccs_inputs.clms.image_area import CRS, LIMIT_KM2, native_grid
from lccs_inputs.clms.keyless import (
    ATTEMPTS,
    KeylessSession,
    NotReady,
    RetryableError,
    check_status,
    pause,
)
from lccs_inputs.costs import HOUR, Cost
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.image_service import IMAGE_LAYERS, IMAGE_YEAR
from lccs_inputs.facts.products import Product
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import WINDOW, gdal_env, grid_text, is_on_grid
from lccs_inputs.rasters.writing import create_raster

_SIDE = WINDOW  # px per request; the service allows about 4000, and smaller ones fail less
_SAMPLE = 512  # px a side, of a request that tells the time
_FEWEST_CHANGES = 64  # lines along which a tile changes; with fewer it says nothing
_ORIGIN = "public image service of the EEA, not a CLMS download"

Codes = NDArray[np.uint8]

_log = logging.getLogger(__name__)


def export_product(
    product: Product,
    year: int,
    area: Area,
    target: Path,
    *,
    base_url: str,
    user_agent: str,
    limit_km2: float = LIMIT_KM2,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Write `product` over the bounding box of `area` to a GeoTIFF on its native lattice.

    Args:
        target: EPSG:3035, 10 m, uint8, native codes, nodata as the product's; its tag ORIGIN
            says where it comes from.
        base_url: the folder of services (config key clms.image_service).
        user_agent: of our own.
        limit_km2: largest bounding box (config key clms.image_service_km2).
        sleep: waits a number of seconds.

    Raises:
        SourceError: the service does not have that edition, the area is too large for it, or it
            gives no usable answer after several attempts.
    """
    if product.name not in IMAGE_LAYERS or year != IMAGE_YEAR:
        raise SourceError(
            f"{product.name} {year}: the image service has {', '.join(IMAGE_LAYERS)} of "
            f"{IMAGE_YEAR} only; set this edition to clms, or to a file of your own"
        )
    try:
        grid = native_grid(area, product.resolution, limit_km2)
    except SourceError as error:
        raise SourceError(
            f"{product.name} {year} of this area: {error}; set this edition to clms, which has no "
            "such limit, or to a file of your own"
        ) from None
    url = _address(base_url, product)
    tags = _tags(product, year, url)
    with (
        gdal_env(),
        _Service(url, product, year, user_agent, sleep) as service,
        create_raster(
            target, grid, [product.name], product.dtype, product.nodata, tags=tags
        ) as raster,
    ):
        pieces = list(grid.pieces(_SIDE))
        for piece in tqdm(pieces, desc=f"Exporting {product.name}", unit="tile", mininterval=1):
            tile = grid.subgrid(piece.col_off, piece.row_off, piece.width, piece.height)
            raster.write(service.tile(tile), 1, window=piece.window)


def export_tile(
    product: Product,
    year: int,
    grid: Grid,
    *,
    base_url: str,
    user_agent: str,
    sleep: Callable[[float], None] = time.sleep,
) -> Codes:
    """The codes of a few pixels of a product that the service has; shape that of `grid`.

    Args:
        grid: of `CRS`, on the lattice of the product.

    Raises:
        SourceError: there is no usable answer after several attempts.
    """
    with _Service(_address(base_url, product), product, year, user_agent, sleep) as service:
        return service.tile(grid)


def export_cost(
    product: Product,
    year: int,
    area: Area,
    *,
    base_url: str,
    user_agent: str,
    limit_km2: float = LIMIT_KM2,
    pilot: int = 0,
) -> Cost:
    """What `export_product` will take, its answers not compressed.

    Args:
        pilot: with any, a few pixels are asked for, to tell the time from.

    Raises:
        SourceError: as `export_product`.
    """
    grid = native_grid(area, product.resolution, limit_km2)
    pieces, size = list(grid.pieces(_SIDE)), float(grid.width * grid.height)
    hours = None
    if pilot:
        sample = grid.subgrid(0, 0, min(_SAMPLE, grid.width), min(_SAMPLE, grid.height))
        started = time.monotonic()
        export_tile(product, year, sample, base_url=base_url, user_agent=user_agent)
        taken = time.monotonic() - started
        hours = taken / (sample.width * sample.height) * size / HOUR
    notes = [] if pilot else ["its time is not known without a pilot"]
    return Cost(len(pieces), size, size, 0, 0, hours, notes)


def _address(base_url: str, product: Product) -> str:
    return f"{base_url.rstrip('/')}/{IMAGE_LAYERS[product.name]}/ImageServer/exportImage"


class _Service:
    """One image service, asked for one tile after the other."""

    def __init__(
        self,
        url: str,
        product: Product,
        year: int,
        user_agent: str,
        sleep: Callable[[float], None],
    ) -> None:
        self._url, self._product, self._sleep = url, product, sleep
        self._label = f"{product.name} {year} from the image service"
        self._session = KeylessSession(user_agent)
        self._known = np.zeros(256, bool)
        self._known[[*product.valid_codes, *product.nodata_codes]] = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def tile(self, grid: Grid) -> Codes:
        """The codes of the pixels of `grid`.

        Raises:
            SourceError: there is no usable answer after several attempts.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                codes = read_image(self._ask(grid), grid, self._product.nodata)
                self._check_codes(codes)
                break
            except (RetryableError, NotReady) as error:
                if attempt == ATTEMPTS:
                    raise self._failure(f"{error}, after {attempt} attempts") from None
                wait = pause(attempt, error)
                _log.warning("%s: %s; again in %.0f s", self._label, error, wait)
            except SourceError as error:
                raise self._failure(str(error)) from None
            self._sleep(wait)
        if looks_magnified(codes):
            _log.warning(
                "%s: every other pixel repeats its neighbour, so it may come from an overview; "
                "set this edition to clms where detail matters",
                self._label,
            )
        return codes

    def _failure(self, reason: str) -> SourceError:
        return SourceError(f"{self._label}: {reason}; run again later, or set it to clms")

    def _ask(self, grid: Grid) -> bytes:
        """The body of an answer that claims to be an image."""
        with self._session.ask(self._url, params=_query(grid)) as response:
            check_status(response)
            body = response.content
        if "image/tiff" not in response.headers.get("Content-Type", "image/tiff"):
            raise RetryableError(_complaint(response))
        return body

    def _check_codes(self, codes: Codes) -> None:
        unknown = codes[~self._known[codes]]
        if unknown.size:
            raise RetryableError(f"code {unknown.min()}, which {self._product.title} does not have")


def _query(grid: Grid) -> Mapping[str, str]:
    """What to ask for to get raw codes, one for each pixel of `grid`."""
    code = CRS.removeprefix("EPSG:")
    return {
        "bbox": ",".join(f"{side:.10g}" for side in grid.bounds),
        "bboxSR": code,
        "imageSR": code,
        "size": f"{grid.width},{grid.height}",
        "format": "tiff",
        "pixelType": "U8",
        "interpolation": "RSP_NearestNeighbor",
        "renderingRule": json.dumps({"rasterFunction": "None"}, separators=(",", ":")),
        "f": "image",
    }


def _complaint(response: requests.Response) -> str:
    """What an answer with status 200 that is no image says."""
    try:
        message = str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return "a web page instead of an image"
    return f"it says {message[:200]!r}"


def read_image(body: bytes, grid: Grid, nodata: int) -> Codes:
    """The one band of an image that lies exactly on `grid`; `nodata` where it has a mask.

    Raises:
        RetryableError: it is something else.
    """
    try:
        with MemoryFile(body) as memory, memory.open(driver="GTiff") as image:
            if image.count != 1 or image.dtypes[0] != "uint8":
                raise RetryableError("a picture in colours, where codes were asked for")
            if not is_on_grid(image, grid):
                found = grid_text(image.shape, image.transform)
                raise RetryableError(f"an image of {found}, which is another place")
            codes: Codes = image.read(1)
            if MaskFlags.per_dataset in image.mask_flag_enums[0]:
                codes[image.read_masks(1) == 0] = nodata
            return codes
    except (RasterioError, ValueError, TypeError):  # the latter two of no bytes at all
        raise RetryableError("an image that cannot be read") from None


def looks_magnified(codes: NDArray[np.uint8]) -> bool:
    """Whether pixels come in equal pairs along both axes, as in an overview blown up again."""
    for axis in (0, 1):
        changes = np.flatnonzero((np.diff(codes, axis=axis) != 0).any(axis=1 - axis))
        if changes.size < _FEWEST_CHANGES or len(set((changes % 2).tolist())) > 1:
            return False
    return True


def _tags(product: Product, year: int, url: str) -> dict[str, str]:
    return {
        "TITLE": product.title,
        "PRODUCT": product.name,
        "EDITION": str(year),
        "ORIGIN": f"{_ORIGIN} ({url.rpartition('/')[0]})",
        "LICENCE": product.licence,
        "SOURCE": product.source,
    }
