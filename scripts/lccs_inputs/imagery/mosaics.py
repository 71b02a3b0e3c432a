"""What the mosaic of a scene set says of itself; read while a workflow is parsed, without GDAL."""

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from lccs_inputs.imagery.requests import REQUEST_TAG


@dataclass(frozen=True)
class Summary:
    """Of a mosaic; empty where there is none.

    Attributes:
        request: fingerprint of what was asked of all its blocks, whatever the bands.
    """

    request: str = ""
    bands: tuple[str, ...] = ()


def read_summary(path: Path) -> Summary:
    """The summary of a mosaic as `rasters.mosaic` writes it."""
    try:
        root = ElementTree.parse(path).getroot()
    except (FileNotFoundError, ElementTree.ParseError):
        return Summary()
    bands = (band.findtext("Description", "") for band in root.findall("VRTRasterBand"))
    request = root.findtext(f"Metadata/MDI[@key='{REQUEST_TAG}']", "")
    return Summary(request, tuple(bands))
