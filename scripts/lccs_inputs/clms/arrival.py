"""Is a delivery what was ordered? Asked once, when it arrives, before anything is built on it.

CLMS lists confidence layers beside products, two resolutions under one title, and editions under
one name, so a wrong identifier delivers a sound archive of the wrong thing. File names tell the
product and year where they follow one of the publisher's schemes; the rasters tell the rest.
"""

import os
import re
from pathlib import Path, PurePath

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.products import PRODUCTS, Product
from lccs_inputs.files import scratch_folder
from lccs_inputs.products.align import inspect_product
from lccs_inputs.products.archives import search_delivery
from lccs_inputs.products.coverage import Coverage, OutsideAreaError
from lccs_inputs.products.tiles import Mosaic, crs_name, pixel_text, read_mosaic
from lccs_inputs.rasters.area import Area

ORDERED_CRS = "EPSG:3035"
"""The CRS of every order: that of the products, so that codes are not resampled on the way."""

_YEAR = r"(?P<year>(?:19|20)\d\d)"
_SCHEMES = tuple(
    re.compile(scheme, re.IGNORECASE)  # the publisher says that file names have no case
    for scheme in (
        # CLMS_HRLVLCC_TCD_S2023_R10m_E40N28_03035_V01_R00.tif, CLMS_HRLVLCC_TCD_DE111.tif,
        # CLMS_CLCPLUS_RAS_S2023_…, CLMS_CLCPLUS_RASTER_2021_…: the family is the product there
        rf"CLMS_(?P<family>[A-Z]+)_(?P<product>[A-Z0-9]+)_(?:S?{_YEAR}_)?",
        # IMD_2018_010m_E38N23_03035_v020.tif, CLCplus_RASTER_2021_010m_…
        rf"(?P<product>[A-Z]{{2,}})_(?:RASTER_)?{_YEAR}_\d{{3}}m_",
        # EUCROPMAP_2018.tif
        rf"(?P<product>{'|'.join(PRODUCTS)})_{_YEAR}(?!\d)",
    )
)
_DATE = re.compile(r"((?:19|20)\d\d)(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
"""The name of a folder of a time series: 20210101."""
_RASTER_FAMILY = {"RAS", "RASTER"}


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
        with scratch_folder(path.parent) as work:
            mosaic = read_mosaic(check_names(path, product, year, work), path, product.kind)
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
    rasters = search_delivery(path, work)
    for raster in rasters if product.name in PRODUCTS else ():
        if problem := _name_problem(raster.inside, product, year):
            raise SourceError(f"{path}: {raster.path.name} {problem}")
    return [raster.path for raster in rasters]


def _name_problem(raster: PurePath, product: Product, year: int | None) -> str | None:
    """What the names of a raster and of what it lies in say against it, in words.

    Args:
        raster: within what was delivered; the folders that a user keeps it in say nothing.
    """
    if "confidence" in raster.name.lower():
        return f"is a confidence layer, not {product.title} itself"
    match = next(filter(None, (scheme.match(raster.name) for scheme in _SCHEMES)), None)
    told = match.groupdict() if match else {}
    name = told.get("product", product.name).upper()
    if name in _RASTER_FAMILY:
        name = told["family"].upper()
    if name != product.name:
        if name.startswith(product.name):
            return f"is {name}, a layer about {product.name} such as its confidence"
        return f"is {name} by its name, not {product.name} ({product.title})"
    told_year = told.get("year") or _year_of_folder(raster.parent)
    if year is not None and told_year and int(told_year) != year:
        return f"is of {told_year} by its name, not of {year}"
    return None


def _year_of_folder(folder: PurePath) -> str | None:
    dates = map(_DATE.fullmatch, reversed(folder.parts))
    return next((date[1] for date in dates if date), None)


def _lattice_problem(mosaic: Mosaic, product: Product) -> str | None:
    """What the lattice of a delivery says against it, in words."""
    if mosaic.grid.crs != ORDERED_CRS:
        return (
            f"is in {crs_name(mosaic.grid.crs)}, not in {ORDERED_CRS} as ordered, so its codes "
            "may be resampled"
        )
    if any(
        abs(side - product.resolution) > 1e-6 * product.resolution for side in mosaic.grid.pixel
    ):
        return (
            f"has pixels of {pixel_text(mosaic.grid)} m, where {product.title} "
            f"({product.name}) has {product.resolution:g} m"
        )
    return None
