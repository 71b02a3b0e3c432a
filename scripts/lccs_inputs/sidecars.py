"""What GDAL keeps beside a raster, `{raster}.aux.xml`: the names of its codes, which we write, and
what it adds when somebody looks at statistics or a histogram, as in QGIS."""

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

ENDING = ".aux.xml"
_NAMES = "CategoryNames"
_FOUND = ("Description", "Histograms", "Minimum", "Maximum", "Mean", "StandardDeviation")
_STATISTICS = "STATISTICS_"


def sidecar_of(raster: Path) -> Path:
    return raster.with_name(raster.name + ENDING)


def forget_sidecar(raster: Path) -> None:
    """Remove what was noted of a raster that is written anew."""
    sidecar_of(raster).unlink(missing_ok=True)


def names_text(names: Sequence[str]) -> str:
    """The names of the codes of the first band from 0 on, as GDAL reads them."""
    root = ElementTree.Element("PAMDataset")
    band = ElementTree.SubElement(root, "PAMRasterBand", band="1")
    categories = ElementTree.SubElement(band, _NAMES)
    for name in names:
        ElementTree.SubElement(categories, "Category").text = name
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def as_written(sidecar: Path) -> str:
    """What we have written of a file to which GDAL has added what it finds when somebody looks; ""
    where it has added nothing, or the file says anything else, such as another place or nodata.

    Raises:
        ElementTree.ParseError: it is damaged.
    """
    root = ElementTree.parse(sidecar).getroot()
    if any(band.tag != "PAMRasterBand" for band in root):
        return ""
    ours = [band.get("band") for band in root for part in band if part.tag == _NAMES]
    added = [_is_found(part) for band in root for part in band if part.tag != _NAMES]
    if ours != ["1"] or not added or not all(added):
        return ""
    names = root.iterfind(f"PAMRasterBand/{_NAMES}/Category")
    return names_text([each.text or "" for each in names])


def _is_found(part: ElementTree.Element) -> bool:
    """Whether it is what GDAL has found of a band."""
    said = [item.get("key", "") for item in part]
    is_statistics = part.tag == "Metadata" and all(key.startswith(_STATISTICS) for key in said)
    return is_statistics or part.tag in _FOUND
