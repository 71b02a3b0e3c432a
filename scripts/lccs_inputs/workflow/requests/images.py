"""What the jobs of continuous images are asked: how each is made, checked and drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lccs_inputs.workflow.requests.layers import DescribedRequest


@dataclass(frozen=True)
class ImageRecipe(DescribedRequest):
    """A continuous image.

    Attributes:
        image: `facts.images.Image.to_dict`; of what only pictures need, nothing.
        expressions: resolved, in canonical form, by the band they are.
        editions: which edition of each source it is made from, for people.
        leaves: leaf name → what it stands for.
        statistics: names of the whole-area statistics in the expressions.
    """

    image: Mapping[str, Any]
    expressions: Mapping[str, str]
    editions: str
    leaves: Mapping[str, str]
    statistics: Sequence[str]


@dataclass(frozen=True)
class ImageCheckRequest(DescribedRequest):
    """Data checks of images.

    Attributes:
        images: `Image.to_dict` of each, in the order of the config.
        checks: what each check does when it fails, as `layers.checks.CheckSettings` reads it.
    """

    images: Sequence[Mapping[str, Any]]
    checks: Mapping[str, Any]
