"""Harmonized Landsat Sentinel-2 (HLS) 2.0 of NASA: a GeoTIFF per band, S30 and L30 on one grid.

Source: HLS Product User Guide 2.0: reflectance × 10,000, nodata -9999; near infrared of S30 is that
of Landsat's width, B8A; platform and cloud cover are tags of each file.
"""

import re
from datetime import datetime

import rasterio

from lccs_inputs.facts.sensors import OPTICAL_BANDS
from lccs_inputs.imagery.disk.granules import Granule, Kind, Raster, percent, starts
from lccs_inputs.imagery.disk.trees import Tree
from lccs_inputs.rasters.archived import gdal_path
from lccs_inputs.rasters.opening import open_foreign

_ROOT = re.compile(
    r"((?:.*/)?HLS\.[SL]30\.T\d\d[C-X][A-Z]{2}\.\d{7}T\d{6}\.v\d+\.\d+\.)(?:B\w\w|Fmask)\.tif$"
)
_NAME = re.compile(r"HLS\.([SL])30\.T(\w{5})\.(\d{4})(\d{3})T(\d\d)(\d\d)(\d\d)\.v[\d.]+\d")
_BANDS = {
    "S": dict(zip(OPTICAL_BANDS, ("B02", "B03", "B04", "B8A", "B11", "B12"), strict=True)),
    "L": dict(zip(OPTICAL_BANDS, ("B02", "B03", "B04", "B05", "B06", "B07"), strict=True)),
}
_SCALE, _FILL, _FLAGS_FILL = 1e-4, -9999.0, 255.0
_PLATFORM = re.compile(r"Sentinel-2[A-F]|L[A-Z]0?(\d+)_L1")


def _find(tree: Tree) -> list[str]:
    return starts(tree, _ROOT)


def _read(tree: Tree, start: str) -> Granule:
    found = _NAME.search(start)
    assert found, start  # as `_ROOT` says
    mission, tile, year, day, *clock = found.groups()
    assets = {
        band: Raster(tree.path(file), _SCALE, 0.0, _FILL)
        for band, key in _BANDS[mission].items()
        if (file := f"{start}{key}.tif") in tree.names
    }
    if (flags := f"{start}Fmask.tif") in tree.names:
        assets["fmask"] = Raster(tree.path(flags), nodata=_FLAGS_FILL)
    tags = _tags(assets)
    return Granule(
        id=found[0],
        collection=f"hls2-{mission.lower()}30",
        sensor="hls",
        datetime=f"{_date(year, day)}T{':'.join(clock)}Z",
        platform=_platform(tags),
        assets=assets,
        mask="fmask",
        properties={
            "grid:code": f"MGRS-{tile}",
            **percent("eo:cloud_cover", tags.get("cloud_coverage", "")),
        },
        note=f"{mission}30, 0",
    )


def _tags(assets: dict[str, Raster]) -> dict[str, str]:
    """The tags of one of the bands; none where it cannot be read, as whoever reads it says."""
    for raster in list(assets.values())[:1]:
        try:
            with open_foreign(gdal_path(raster.path.as_posix())) as file:
                return dict(file.tags())
        except rasterio.errors.RasterioIOError:
            return {}
    return {}


def _platform(tags: dict[str, str]) -> str:
    said = " ".join(tags.get(name, "") for name in ("SPACECRAFT_NAME", "LANDSAT_PRODUCT_ID"))
    found = _PLATFORM.search(said)
    if not found:
        return ""
    return f"landsat-{found[1]}" if found[1] else found[0].lower()


def _date(year: str, day: str) -> str:
    return str(datetime.strptime(f"{year}{day}", "%Y%j").date())


KIND = Kind("HLS 2.0 (S30, L30)", _find, _read, r"HLS\.[SL]30\.T")
