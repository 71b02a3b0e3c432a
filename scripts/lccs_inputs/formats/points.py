"""How QGIS draws the points of a sample, and asks what they are: a style in their GeoPackage."""

from collections.abc import Iterator, Mapping
from xml.etree import ElementTree

import pandas as pd

from lccs_inputs.facts.lccs import LEVEL3
from lccs_inputs.facts.level4 import VEGETATED
from lccs_inputs.formats.styles import QGIS

TABLE = "layer_styles"
"""Where QGIS looks for the styles of the layers of a GeoPackage."""
_GEOMETRY = "geom"
_FRAME, _CLEAR = "255,239,0,255", "0,0,0,0"
_KINDS = {
    "A1": "woody",
    "A1.D1": "woody, broad-leaved",
    "A1.D2": "woody, needle-leaved",
    "A2": "herbaceous",
}
_SURE = ("sure", "rather", "guessed")


def style_table(layer: str, resolution: float, *, with_chips: bool) -> pd.DataFrame:
    """The table `TABLE` with the style of a layer of points.

    Each is a frame as large as its pixel; its form offers classes and how sure one is, and shows
    the picture that `chip` names.

    Args:
        resolution: side of a pixel in units of the CRS.
    """
    return pd.DataFrame(
        {
            "f_table_catalog": [""],
            "f_table_schema": [""],
            "f_table_name": [layer],
            "f_geometry_column": [_GEOMETRY],
            "styleName": ["interpretation"],
            "styleQML": [_style(resolution, with_chips=with_chips)],
            "styleSLD": [""],
            "useAsDefault": [True],
            "description": [""],
            "owner": [""],
        }
    )


def _style(resolution: float, *, with_chips: bool) -> str:
    root = ElementTree.Element("qgis", version=QGIS, styleCategories="Symbology|Fields|Forms")
    renderer = ElementTree.SubElement(root, "renderer-v2", type="singleSymbol", symbollevels="0")
    symbols = ElementTree.SubElement(renderer, "symbols")
    symbol = ElementTree.SubElement(symbols, "symbol", type="marker", name="0", alpha="1")
    drawn = ElementTree.SubElement(symbol, "layer", {"class": "SimpleMarker", "enabled": "1"})
    said = {
        "name": "square", "color": _CLEAR, "outline_color": _FRAME, "outline_width": "0.5",
        "size": f"{resolution:g}", "size_unit": "MapUnit",
    }  # fmt: skip
    _options(drawn, said)
    fields = ElementTree.SubElement(root, "fieldConfiguration")
    _choice(fields, "class", dict(_classes()))
    _choice(fields, "sure", {word: word for word in _SURE})
    if with_chips:
        picture = _widget(fields, "chip", "ExternalResource")
        # Paths from the folder of the project or file; 1 is a picture.
        _options(picture, {"DocumentViewer": "1", "RelativeStorage": "1"})
    return ElementTree.tostring(root, encoding="unicode")


def _classes() -> Iterator[tuple[str, str]]:
    """The classes that are offered, name and text: of level 3, vegetation by its kind too."""
    for code, entry in LEVEL3.items():
        text = entry.name.split()[0]
        yield entry.name, text
        for kind, name in _KINDS.items() if code in VEGETATED else ():
            yield f"{entry.name}, {name}", f"{text}.{kind}"


def _choice(fields: ElementTree.Element, name: str, values: Mapping[str, str]) -> None:
    """A field that is filled in by choosing one of some texts."""
    whole = ElementTree.SubElement(_widget(fields, name, "ValueMap"), "Option", type="Map")
    listed = ElementTree.SubElement(whole, "Option", type="List", name="map")
    for label, value in {"": "", **values}.items():
        _options(listed, {label: value})


def _widget(fields: ElementTree.Element, name: str, kind: str) -> ElementTree.Element:
    field = ElementTree.SubElement(fields, "field", name=name)
    return ElementTree.SubElement(ElementTree.SubElement(field, "editWidget", type=kind), "config")


def _options(parent: ElementTree.Element, said: Mapping[str, str]) -> None:
    options = ElementTree.SubElement(parent, "Option", type="Map")
    for name, value in said.items():
        ElementTree.SubElement(options, "Option", type="QString", name=name, value=value)
