"""Sentinel-1 backscatter that is terrain-corrected (RTC): GeoTIFFs of ASF HyP3 and of OPERA.

Sources: HyP3 RTC Product Guide (names say radiometry, power or decibels); OPERA RTC-S1 Product
Specification (linear gamma naught of a burst). GRD in the SAFE layout is in radar geometry.
"""

import re
from datetime import datetime

from lccs_inputs.errors import SourceError
from lccs_inputs.imagery.disk.granules import Granule, Kind, Raster, starts
from lccs_inputs.imagery.disk.trees import Tree

_HYP3 = r"S1[A-F]_\w\w_\d{8}T\d{6}_[SD][VH]\w_RTC\d\d_\w_\w{6}_[0-9A-F]{4}"
_OPERA = r"OPERA_L2_RTC-S1_T\d{3}-\d{6}-IW\d_\d{8}T\d{6}Z_\d{8}T\d{6}Z_S1[A-F]_\d\d_v[\d.]+"
_ROOT = re.compile(
    rf"((?:.*/)?S1[A-F]_[^/]*\.SAFE/|(?:.*/)?(?:{_HYP3}|{_OPERA})_)(?:[VH]{{2}}\.tif$|.*)"
)
_SAFE = re.compile(r"(S1[A-F])_\w\w_([A-Z]{3})\w?_\w+\.SAFE/$")
_HYP3_NAME = re.compile(
    r"(S1[A-F])_\w\w_(\d{8}T\d{6})_\w{3}_RTC\d\d_\w_([gs])([pda])\w{4}_[0-9A-F]{4}"
)
_OPERA_NAME = re.compile(r"OPERA_L2_RTC-S1_(T[\d-]+-IW\d)_(\d{8}T\d{6})Z_\w+_(S1[A-F])_")
_NAUGHT = {"g": "gamma", "s": "sigma"}
_UNITS = {"p": "power", "d": "decibels"}


def _find(tree: Tree) -> list[str]:
    return starts(tree, _ROOT)


def _read(tree: Tree, start: str) -> Granule:
    if safe := _SAFE.search(start):
        raise SourceError(
            f"is {safe[2]}, which is not terrain-corrected; use RTC, of HyP3 or OPERA at ASF, or "
            "of the Planetary Computer"
        )
    assets = {
        band: Raster(tree.path(file))
        for band in ("vv", "vh")
        if (file := f"{start}{band.upper()}.tif") in tree.names
    }
    if hyp3 := _HYP3_NAME.search(start):
        platform, time, radiometry, unit = hyp3.groups()
        if unit not in _UNITS:
            raise SourceError("is amplitude; have HyP3 make it as power or decibel")
        tile, note = "", f"{_NAUGHT[radiometry]} naught, {_UNITS[unit]}"
    else:
        opera = _OPERA_NAME.search(start)
        assert opera, start  # as `_ROOT` says
        tile, time, platform = opera.groups()
        note = "gamma naught, power"
    return Granule(
        id=start.rpartition("/")[2].rstrip("_"),
        collection="sentinel-1-rtc",
        sensor="sentinel1",
        datetime=f"{datetime.strptime(time, '%Y%m%dT%H%M%S').isoformat()}Z",
        platform=platform,
        assets=assets,
        mask="none",
        properties={
            "sar:product_type": "RTC",
            "sar:polarizations": [band.upper() for band in assets],
            **({"grid:code": tile} if tile else {}),
        },
        note=note,
    )


KIND = Kind("Sentinel-1 RTC (HyP3, OPERA)", _find, _read, r"S1[A-F]_|OPERA_L2_RTC-S1_")
