"""What GDAL keeps beside a raster, `{raster}.aux.xml`: the names of its codes, which we write, and
what it adds when somebody looks at statistics or a histogram, as in QGIS."""

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

ENDING = ".aux.xml"


def sidecar_of(raster: Path) -> Path:
    return raster.with_name(raster.name + ENDING)


def forget_sidecar(raster: Path) -> None:
    """Remove what was noted of a raster that is written anew."""
    sidecar_of(raster).unlink(missing_ok=True)


def names_text(names: Sequence[str]) -> str:
    """The names of the codes of the first band from 0 on, as GDAL reads them."""
    root = ElementTree.Element("PAMDataset")
    band = ElementTree.SubElement(root, "PAMRasterBand", band="1")
    categories = ElementTree.SubElement(band, "CategoryNames")
    for name in names:
        ElementTree.SubElement(categories, "Category").text = name
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def as_written(sidecar: Path) -> str:
    """What we have written of a file to which GDAL may have added.

    Raises:
        ElementTree.ParseError: it is damaged.
    """
    found = ElementTree.parse(sidecar).iterfind("PAMRasterBand[@band='1']/CategoryNames/Category")
    return names_text([each.text or "" for each in found])
