"""The usual way to a composite: odc-stac, xarray and dask, in floating-point numbers.

Needs odc-stac, which brings the others.
"""

import time
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import Any

import numpy as np
import pystac
import rasterio
from composite_inputs import MASK, grid_of
from rasterio.warp import transform_bounds

from lccs_inputs.facts.sensors import OPTICAL_BANDS
from lccs_inputs.imagery.scenes import Scene

MISSING = "" if find_spec("odc") else "odc-stac is not installed"


def stac_item(scene: Scene, day: int, server: tuple[str, str] = ("", "")) -> pystac.Item:
    """A STAC item that says all that odc-stac asks for; `server` replaces a folder by a URL."""
    with rasterio.open(scene.assets["red"].href) as raster:
        west, south, east, north = transform_bounds(raster.crs, "EPSG:4326", *raster.bounds)
        epsg = raster.crs.to_epsg()
    outline = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    item = pystac.Item(
        scene.id, {"type": "Polygon", "coordinates": [outline]}, [west, south, east, north],
        datetime(2018, 6, 1, tzinfo=UTC) + timedelta(days=day), {"proj:epsg": epsg},
    )  # fmt: skip
    item.stac_extensions = [
        "https://stac-extensions.github.io/projection/v1.1.0/schema.json",
        "https://stac-extensions.github.io/raster/v1.1.0/schema.json",
    ]
    for name, asset in scene.assets.items():
        with rasterio.open(asset.href) as raster:
            facts = {
                "proj:shape": list(raster.shape),
                "proj:transform": list(raster.transform)[:6],
                "raster:bands": [{"data_type": raster.dtypes[0], "nodata": 0}],
            }
        href = asset.href.replace(*server) if server[0] else asset.href
        media = "image/tiff; application=geotiff"
        item.add_asset(name, pystac.Asset(href, None, None, media, ["data"], facts))
    return item


def load(
    scenes: Sequence[Scene], side: int, server: tuple[str, str] = ("", ""), **options: Any
) -> Any:
    """The stored numbers of a block, an xarray.Dataset."""
    import odc.stac
    from odc.geo.geobox import GeoBox

    grid = grid_of(side)
    items = [stac_item(scene, day, server) for day, scene in enumerate(scenes)]
    box_of_grid = GeoBox(grid.shape, grid.transform, grid.crs)
    return odc.stac.load(
        items, bands=[*OPTICAL_BANDS, "scl"], geobox=box_of_grid, groupby="id", **options
    )


def _clear(stored: Any) -> Any:
    return ~stored["scl"].isin(MASK.values).persist()


def _reflectance(stored: Any, scenes: Sequence[Scene], band: str, clear: Any) -> Any:
    import xarray

    offsets = np.array([scene.assets[band].offset for scene in scenes], np.float32)
    numbers = stored[band].where(clear & (stored[band] != 0))
    return numbers * np.float32(1e-4) + xarray.DataArray(offsets, dims="time")


def loading(scenes: Sequence[Scene], side: int) -> float:
    """CPU seconds of loading a block, masked and scaled, by one thread; band by band."""
    import dask

    with dask.config.set(scheduler="synchronous"):
        started = time.process_time()
        stored = load(scenes, side, chunks={"time": 1, "x": side, "y": side})
        clear = _clear(stored)
        for band in OPTICAL_BANDS:
            _reflectance(stored, scenes, band, clear).compute()
        return time.process_time() - started


def summarising(scenes: Sequence[Scene], side: int) -> float:
    """CPU seconds of the medians of a block and its NDVI statistics, once it is loaded."""
    import dask

    with dask.config.set(scheduler="synchronous"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        stored = load(scenes, side, chunks={"time": -1, "x": side, "y": side})
        clear = _clear(stored)
        bands = {
            band: _reflectance(stored, scenes, band, clear).persist() for band in OPTICAL_BANDS
        }
        started = time.process_time()
        red, nir = bands["red"].clip(min=0), bands["nir"].clip(min=0)
        ndvi = ((nir - red) / (nir + red)).persist()
        dask.compute(
            *(band.median("time") for band in bands.values()),
            *(getattr(ndvi, name)("time") for name in ("mean", "median", "max", "min", "std")),
            ndvi.quantile([0.1, 0.25, 0.75, 0.9], "time"),
        )
        return time.process_time() - started
