"""What is told of a pixel: typed, and as plain values for JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

Plain = float | bool | None
"""A number in physical units, yes or no, or None for nodata."""


@dataclass(frozen=True)
class Operand:
    """What an expression names, at the pixel.

    Attributes:
        name: a leaf (`s2.red`, `layers.aquatic_wat_cat`), a focal function of one, or a statistic
            of the area.
        meaning: of a code; "" where the value says it itself.
        source: the scene set or the product; "" of a layer and of a statistic.
        edition: of the source.
        looks: clear observations of the scene set at the pixel; None where it is none.
        scenes: observations that the scene set has in all; likewise.
    """

    name: str
    value: Plain
    meaning: str = ""
    source: str = ""
    edition: str = ""
    looks: int | None = None
    scenes: int | None = None


@dataclass(frozen=True)
class Condition:
    """A comparison that was met on the way.

    Attributes:
        text: as `s2.ndwi > 0`, derived sources by their names.
        value: of what is compared.
    """

    text: str
    value: Plain
    holds: bool | None


@dataclass(frozen=True)
class Method:
    """A method in use, in the order they are asked.

    Attributes:
        decided: whether it is the first that knows the pixel.
    """

    name: str
    value: Plain
    decided: bool
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Taken:
    """What one `minus` did.

    Attributes:
        text: as the config has it.
        before, after: codes; 255 is nodata.
    """

    text: str
    holds: bool | None
    before: int
    after: int
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Flip:
    """The smallest change of one operand that makes the code another.

    Attributes:
        value, to: of the operand, now and then: the nearest that it can be.
        change: `to` less `value`; 0 of codes and conditions, where no value is nearer than another.
        share: of what the operand can be from its lowest to its highest, 0 to 1; 1 of codes and
            conditions.
        code: what the code would be; 255 is nodata.
    """

    operand: str
    value: float | bool
    to: float | bool
    change: float
    share: float
    code: int
    meaning: str


@dataclass(frozen=True)
class Confidence:
    """How sure a map is of the pixel (docs/confidence.md).

    Attributes:
        parts: the other bands by name, in their units; None where a part does not apply.
        probability: of the code being right, by reference data; None without any.
    """

    score: float
    parts: Mapping[str, float | None]
    probability: float | None


@dataclass(frozen=True)
class LayerAnswer:
    """A layer at the pixel.

    Attributes:
        code: that of its file; 255 is nodata.
        reason: why it is nodata; else "".
        method: the one that decided; "" where none did.
        before_patches: what it was before small patches were removed; None where none are.
        confidence: None where it is not made, or the layer is nodata.
        flips: of each operand that has one, the smallest share first.
    """

    layer: str
    title: str
    code: int
    meaning: str
    reason: str
    method: str
    methods: tuple[Method, ...]
    minus: tuple[Taken, ...]
    before_patches: int | None
    patches: str
    operands: tuple[Operand, ...]
    confidence: "Confidence | None"
    flips: tuple[Flip, ...]


@dataclass(frozen=True)
class Level3Answer:
    """Level 3 at the pixel.

    Attributes:
        code: 255 where it cannot be decided.
        layers: the code of each layer that it is decided from.
        flips: of each source that it hangs on, by way of the layers.
    """

    code: int
    meaning: str
    layers: Mapping[str, int]
    confidence: "Confidence | None"
    flips: tuple[Flip, ...]


@dataclass(frozen=True)
class PixelAnswer:
    """A pixel of a period.

    Attributes:
        x, y: of its centre, in `crs`; longitude and latitude likewise, degrees.
        row, column: on the grid of the area, from 0.
        level3: None where not all of its layers are made.
        synthetic: whether the maps are made of the sample, and so are no place's.
    """

    area: str
    period: str
    crs: str
    x: float
    y: float
    longitude: float
    latitude: float
    row: int
    column: int
    layers: tuple[LayerAnswer, ...]
    level3: Level3Answer | None
    synthetic: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)
