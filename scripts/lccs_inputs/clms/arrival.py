"""Is a delivery what was ordered? Asked once, when it arrives, before anything is built on it.

CLMS lists confidence layers beside products, two resolutions under one title, and editions under
one name, so a wrong identifier delivers a sound archive of the wrong thing. File names tell the
product and year where they follow one of the publisher's schemes; the rasters tell the rest.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.products import PRODUCTS, Product
from lccs_inputs.products.align import inspect_product
from lccs_inputs.products.archives import find_rasters
from lccs_inputs.products.coverage import Coverage, OutsideAreaError
from lccs_inputs.products.tiles import Mosaic, read_mosaic
from lccs_inputs.rasters.area import Area

ORDERED_CRS = "EPSG:3035"
"""The CRS of every order: that of the products, so that codes are not resampled on the way."""

# IMD_2018_010m_E38N23_03035_v020.tif
_LAYER_2018 = re.compile(r"(?P<product>[A-Z]{2,})_(?P<year>\d{4})_\d{3}m_")
# CLMS_HRLVLCC_TCD_S2023_R10m_E40N28_03035_V01_R00.tif, CLMS_HRLVLCC_TCD_DE111.tif,
# CLMS_CLCPLUS_RAS_S2023_…: the product is the family there
_LAYER_NEW = re.compile(r"CLMS_(?P<family>[A-Z]+)_(?P<product>[A-Z0-9]+)_(?:S(?P<year>\d{4})_)?")
_DATE = re.compile(r"(\d{4})\d{4}")  # a folder of a time series: 20210101
_RASTER_FAMILY = "RAS"


def check_delivery(
    path: Path,
    product: Product,
    year: int | None,
    area: Area,
    *,
    shared: bool = False,
    optional: bool = False,
) -> Coverage:
    """Check an archive that was ordered from CLMS; one that fails is kept aside.

    It has to be the product and year by name, where names tell, in EPSG:3035 under any of its
    names, at the product's pixel size, with no code within the area that the product does not
    have, and to lie in the area.

    Args:
        path: the archive; renamed to `<name>.rejected` if it fails, so that it can be looked at
            and is not taken for a delivery again.
        year: of the edition; None where the product has no years.
        shared: whether it was ordered for a region or country, so that it may serve other areas:
            then it stays where all that is wrong is that it does not reach this one.
        optional: another method stands in where the product says nothing: it may not reach the
            area at all.

    Raises:
        SourceError: what is wrong, and where the archive is kept.
    """
    try:
        with TemporaryDirectory(dir=path.parent, prefix=".unpacked-") as folder:
            work = Path(folder)
            mosaic = read_mosaic(check_names(path, product, year, work), path)
            if problem := _lattice_problem(mosaic, product):
                raise SourceError(f"{path}: {problem}")
            return inspect_product(product, path, mosaic, area, work, optional=optional)
    except SourceError as error:
        if not path.exists() or (shared and isinstance(error, OutsideAreaError)):
            raise
        aside = path.with_name(f"{path.name}.rejected")
        os.replace(path, aside)  # noqa: PTH105 - the atomic form, by name
        raise SourceError(f"{error}; the delivery is kept as {aside.name}") from error


def check_names(path: Path, product: Product, year: int | None, work: Path) -> list[Path]:
    """The rasters of a delivery or of a file of one's own, once their names fit what is wanted.

    Args:
        path: a GeoTIFF, a folder or a zip.
        year: of the edition; None where the product has no years.
        work: scratch folder; has to stay while the rasters are read.

    Raises:
        SourceError: it cannot be read, or a name tells another product, layer or year. A product
            that the configuration describes can have any name.
    """
    rasters = find_rasters(path, work)
    for raster in rasters if product.name in PRODUCTS else ():
        if problem := _name_problem(raster, product, year):
            raise SourceError(f"{path}: {raster.name} {problem}")
    return rasters


def _name_problem(raster: Path, product: Product, year: int | None) -> str | None:
    """What the name of a raster says against it, in words."""
    if "confidence" in raster.name.lower():
        return f"is a confidence layer, not {product.title} itself"
    match = _LAYER_NEW.match(raster.name) or _LAYER_2018.match(raster.name)
    told = match.groupdict() if match else {}
    name = told.get("product") or product.name
    if name == _RASTER_FAMILY:
        name = told["family"]
    if name != product.name:
        if name.startswith(product.name):
            return f"is {name}, a layer about {product.name} such as its confidence"
        return f"is {name} by its name, not {product.name} ({product.title})"
    told_year = told.get("year") or _year_of_folder(reversed(raster.parent.parts))
    if year is not None and told_year and int(told_year) != year:
        return f"is of {told_year} by its name, not of {year}"
    return None


def _year_of_folder(parts: Iterable[str]) -> str | None:
    return next((match[1] for part in parts if (match := _DATE.fullmatch(part))), None)


def _lattice_problem(mosaic: Mosaic, product: Product) -> str | None:
    """What the lattice of a delivery says against it, in words."""
    if mosaic.grid.crs != ORDERED_CRS:
        return (
            f"is in {_crs_name(mosaic.grid.crs)}, not in {ORDERED_CRS} as ordered, so its codes "
            "may be resampled"
        )
    if abs(mosaic.grid.resolution - product.resolution) > 1e-6 * product.resolution:
        return (
            f"has pixels of {mosaic.grid.resolution:g} m, where {product.title} "
            f"({product.name}) has {product.resolution:g} m"
        )
    return None


def _crs_name(crs: str) -> str:
    return crs if len(crs) < 40 else f"another CRS ({crs[:40]}…)"
