"""Legends of others, as their files say them."""

from typing import Annotated

from pydantic import Field, Strict

from lccs_inputs.config.problems import Expected
from lccs_inputs.config.sections.section import Section
from lccs_inputs.config.types import Code, Colour, Text

ClassCode = Annotated[int, Strict(), Field(ge=1, le=254), Expected("a whole number from 1 to 254")]


class LegendClass(Section):
    """A class of a legend."""

    name: Text
    """What it is called."""
    colour: Colour
    """What it is drawn in."""


class LegendFile(Section):
    """A legend, and which of its classes a class of LCCS is."""

    title: Text
    """What the legend is called."""
    source: Text
    """Where the legend and the crosswalk are from."""
    classes: Annotated[dict[ClassCode, LegendClass], Field(min_length=1)]
    """Its classes, by code."""
    crosswalk: Annotated[dict[Text, Code], Field(min_length=1)]
    """Class of level 3, or of level 4, to code; the first that fits counts, 0 is in no class."""
