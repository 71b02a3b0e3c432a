"""How a raster is drawn, as QGIS writes it down: the pipe of a raster layer, and .qml files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from xml.etree import ElementTree

import numpy as np

from lccs_inputs.facts.images import TRUE_COLOUR_BYTES, Image
from lccs_inputs.facts.lccs import Category, Descriptor
from lccs_inputs.files import write_text

QGIS = "3.22.0"
"""The version whose form is written: older than those in use, which read it all."""


class Style(Protocol):
    """How the values of a raster become colours."""

    def renderer(self) -> ElementTree.Element:
        """The element `rasterrenderer`."""


@dataclass(frozen=True)
class Classes:
    """A colour and a name for each code of the first band."""

    codes: Mapping[int, Category]

    def renderer(self) -> ElementTree.Element:
        root = _renderer("paletted", band="1")
        palette = ElementTree.SubElement(root, "colorPalette")
        for code, entry in self.codes.items():
            said = {"value": str(code), "color": entry.colour, "label": entry.name, "alpha": "255"}
            ElementTree.SubElement(palette, "paletteEntry", said)
        return root


@dataclass(frozen=True)
class Ramp:
    """Colours from a low value of the first band to a high one, evenly spaced, linear between."""

    colours: Sequence[str]
    low: float
    high: float
    unit: str = "1"

    def renderer(self) -> ElementTree.Element:
        limits = {"classificationMin": f"{self.low:g}", "classificationMax": f"{self.high:g}"}
        root = _renderer("singlebandpseudocolor", band="1", **limits)
        shader = ElementTree.SubElement(
            ElementTree.SubElement(root, "rastershader"),
            "colorrampshader",
            colorRampType="INTERPOLATED",
            classificationMode="1",
            clip="0",
            minimumValue=f"{self.low:g}",
            maximumValue=f"{self.high:g}",
        )
        unit = "" if self.unit == "1" else f" {self.unit}"
        values = np.linspace(self.low, self.high, len(self.colours))
        for value, colour in zip(values, self.colours, strict=True):
            said = {"value": f"{value:g}", "color": colour, "label": f"{value:g}{unit}"}
            ElementTree.SubElement(shader, "item", said, alpha="255")
        return root


@dataclass(frozen=True)
class TrueColours:
    """Three bands, red, green and blue, between what is black and what is full colour."""

    bands: tuple[int, int, int]
    low: float
    high: float

    def renderer(self) -> ElementTree.Element:
        names = ("red", "green", "blue")
        numbers = {f"{name}Band": str(band) for name, band in zip(names, self.bands, strict=True)}
        root = _renderer("multibandcolor", **numbers)
        for name in names:
            contrast = ElementTree.SubElement(root, f"{name}ContrastEnhancement")
            ElementTree.SubElement(contrast, "minValue").text = f"{self.low:g}"
            ElementTree.SubElement(contrast, "maxValue").text = f"{self.high:g}"
            ElementTree.SubElement(contrast, "algorithm").text = "StretchToMinimumMaximum"
        return root


def layer_style(descriptor: Descriptor) -> Style:
    """Of a layer, or of a map of methods."""
    if descriptor.kind.is_continuous:
        return Ramp(descriptor.ramp, *descriptor.limits, descriptor.unit)
    return Classes(descriptor.codes)


def image_style(image: Image) -> Style:
    """Of a continuous image; QGIS applies the scale of a raster itself."""
    if image.is_true_colour:
        return TrueColours((1, 2, 3), *TRUE_COLOUR_BYTES)
    return Ramp(image.palette, *image.limits, image.unit)


def pipe_of(style: Style) -> ElementTree.Element:
    """The element that both a style file and a layer of a project hold."""
    pipe = ElementTree.Element("pipe")
    pipe.append(style.renderer())
    return pipe


def write_style(target: Path, style: Style) -> None:
    """Write the file that QGIS takes the style of the raster beside it from, by its name."""
    root = ElementTree.Element("qgis", version=QGIS, styleCategories="Symbology")
    root.append(pipe_of(style))
    ElementTree.indent(root)
    write_text(target, ElementTree.tostring(root, encoding="unicode") + "\n")


def _renderer(kind: str, **said: str) -> ElementTree.Element:
    drawn = {"type": kind, "opacity": "1", "alphaBand": "-1"}
    return ElementTree.Element("rasterrenderer", drawn | said)
