"""What can be said of the observations of a scene set, one by one.

`share(s2, ndwi > 0)` and `s2.ndwi_p90` are bands of the scene set: their argument is evaluated at
each observation while scenes are composed, so it is made of what an observation has.
"""

import re

from lccs_inputs.expressions.nodes import (
    ARITHMETIC,
    COMPARISONS,
    Membership,
    Name,
    Node,
    Number,
    Observed,
    Operation,
    Type,
    canonical,
    observed,
    walk,
)
from lccs_inputs.facts.sensors import NDVI, NDVI_STATISTICS, OBSERVED_BANDS

WITHIN = (
    "within it stand bands and indices of the scene set, numbers, arithmetic, comparisons, `and`, "
    "`or`, `not`, `in {…}`, abs, min, max and sqrt"
)
STATISTICS = "mean, median, max, min, stddev, or p0 to p100"

_OPERATORS = {*ARITHMETIC, *COMPARISONS, "negate", "abs", "min", "max", "sqrt", "and", "or", "not"}
_STATISTIC = re.compile(r"mean|median|max|min|stddev|p(?:\d|[1-9]\d|100)")


def is_statistic(name: str) -> bool:
    """Whether it is a statistic over observations, such as `p90`."""
    return bool(_STATISTIC.fullmatch(name))


def split_statistic(word: str) -> tuple[str, str]:
    """`ndwi_p90` → ("ndwi", "p90"); empty where a word does not end in a statistic."""
    index, _, statistic = word.rpartition("_")
    return (index, statistic) if is_statistic(statistic) else ("", "")


def stranger(argument: Node) -> Node | None:
    """The first part of an argument that cannot be said of one observation, if any."""
    allowed = (Name, Number, Membership)
    for part in walk(argument):
        known = isinstance(part, Operation) and part.operator in _OPERATORS
        if isinstance(part, Observed) or not (known or isinstance(part, allowed)):
            return part
    return None


def foreign_name(argument: Node, scenes: str) -> str:
    """A name that no observation of a scene set has, in an argument over leaf names; "" if none.

    One without a type has no meaning at all, and is told as such.
    """
    for part in walk(argument):
        if isinstance(part, Name) and part.type is not None:
            source, _, band = part.name.partition(".")
            if source != scenes or band not in OBSERVED_BANDS:
                return part.name
    return ""


def leaf(function: str, scenes: str, argument: Node) -> Name:
    """The band that holds `function` of an argument over the bands of a sensor.

    Statistics of NDVI have names of their own.
    """
    if function in NDVI_STATISTICS and canonical(argument) == NDVI:
        return Name(f"{scenes}.ndvi_{function}", Type.NUMBER)
    return observed(function, scenes, argument)
