"""What the job that puts blocks together is asked; `imagery.requests` has what engines are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lccs_inputs.workflow.requests import Request


@dataclass(frozen=True)
class MosaicRequest(Request):
    """The blocks of a mosaic.

    Attributes:
        asked: name of a block → fingerprint of what was asked of it, as its tag has it.
        bands: those that each must have.
    """

    asked: Mapping[str, str]
    bands: Sequence[str]
