"""Continuous images."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import (
    BeforeValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from lccs_inputs.config.in_short import InShort
from lccs_inputs.config.problems import Expected, problem
from lccs_inputs.config.sections.section import Section
from lccs_inputs.config.types import Colour, Expression, Range
from lccs_inputs.facts.images import PALETTES, TRUE_COLOUR_NAME
from lccs_inputs.facts.sensors import TRUE_COLOUR
from lccs_inputs.words import listed, unknown

IMAGE_NAME = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$"
_COLOURS = 'a list of colours in quotes, as ["#ffffff", "#0000ff"]'


def _by_name(value: Any) -> Any:
    """The colours of a palette that is named."""
    if isinstance(value, str):
        if value not in PALETTES:
            raise problem(f"{unknown(value, 'a palette', [*PALETTES])} (or {_COLOURS})")
        return PALETTES[value]
    return value


ImageName = Annotated[
    str,
    StringConstraints(pattern=IMAGE_NAME, strict=True),
    Expected("a name such as ndvi, l8.ndvi or s2.ndvi_stddev"),
]
Palette = Annotated[
    tuple[Colour, ...],
    Field(min_length=2),
    Expected(f"one of {listed([*PALETTES])}, or {_COLOURS}"),
    BeforeValidator(_by_name),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": [*PALETTES]},
                {
                    "type": "array",
                    "items": {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"},
                    "minItems": 2,
                },
            ]
        }
    ),
]


class ImageSettings(Section):
    """A continuous image, or the true colours of a scene set. In short, its name alone."""

    name: ImageName
    """The name of any number, such as ndvi, l8.ndvi or imperviousness; true_colour, or that of a
    scene set, as l8.true_colour; or a new name for an expression."""
    expression: Expression | None = None
    """What it is, where the name does not say; as of a method that gives a number."""
    range: Range | None = None
    """The values that are drawn in the first and the last colour; by default the notebook's."""
    palette: Palette | None = None
    """Colours from the lowest value to the highest, or the name of some; by default the
    notebook's."""

    @model_validator(mode="after")
    def _no_palette_of_true_colours(self) -> Self:
        if self.is_true_colour and self.palette is not None:
            raise problem("true colours have no palette; remove it")
        return self

    @property
    def is_true_colour(self) -> bool:
        return len(self.texts) > 1

    @property
    def texts(self) -> dict[str, str]:
        """The expression of each band that it has in its file, by the name of the band."""
        return texts_of(self.name, self.expression)


def texts_of(name: str, expression: str | None = None) -> dict[str, str]:
    """The expression of each band of an image."""
    scene_set, dot, word = name.rpartition(".")
    if word == TRUE_COLOUR_NAME and expression is None:
        return {band: f"{scene_set}{dot}{band}" for band in TRUE_COLOUR}
    return {word: expression or name}


def in_full(entry: Any) -> Any:
    """An entry of the list of images as keys and values."""
    return {"name": entry} if not isinstance(entry, Mapping | ImageSettings) else entry


ImageEntry = Annotated[ImageSettings, InShort("string", in_full)]
