"""What the jobs of the first stages are asked: areas on their grid, and the sample."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lccs_inputs.workflow.requests import Request


@dataclass(frozen=True)
class OutlineRequest(Request):
    """The outline of an area that is a table asset of Earth Engine.

    Attributes:
        name: of the area in the config.
    """

    name: str
    asset: str


@dataclass(frozen=True)
class GridRequest(Request):
    """An area and the grid to put it on.

    Attributes:
        definition: the area's entry in the config.
        resolution: m.
        block_size: px.
    """

    name: str
    definition: Mapping[str, Any]
    crs: str
    resolution: float
    block_size: int


@dataclass(frozen=True)
class SampleReferenceRequest(Request):
    """The reference points of the sample."""

    seed: int


@dataclass(frozen=True)
class SampleRequest(Request):
    """The embedded sample.

    Attributes:
        resolution: of its finest bands, m.
        recipe: version of its bytes.
    """

    resolution: float
    seed: int
    recipe: int
