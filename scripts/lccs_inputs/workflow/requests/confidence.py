"""What a job is asked that maps how sure layers are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lccs_inputs.workflow.requests.layers import DescribedRequest


@dataclass(frozen=True)
class ConfidenceRequest(DescribedRequest):
    """How sure the layers of a period are.

    Attributes:
        layers: `confidence.parts.LayerParts` as plain values, in the order of the config.
        leaves: leaf name → what it stands for, of all their expressions.
        coded: the leaves whose numbers are codes.
        looks: the scene sets whose clear observations count.
        statistics: names of the whole-area statistics in the expressions.
        has_level3: whether level 3 is mapped too.
    """

    layers: Sequence[Mapping[str, Any]]
    leaves: Mapping[str, str]
    coded: Sequence[str]
    looks: Sequence[str]
    statistics: Sequence[str]
    has_level3: bool
