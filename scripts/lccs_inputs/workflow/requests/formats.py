"""What the jobs that write results in other forms are asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from lccs_inputs.workflow.requests.layers import PeriodRasters


@dataclass(frozen=True)
class FormatRequest(PeriodRasters):
    """The results of a period in a form of another program.

    Attributes:
        start, end: inclusive dates, UTC.
        true_colours: the reflectance that is black and the one that is full colour in the mosaic
            that is drawn; empty where none is.
    """

    start: str
    end: str
    true_colours: Sequence[float]
