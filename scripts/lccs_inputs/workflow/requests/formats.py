"""What the jobs that write results in other forms are asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lccs_inputs.workflow.requests.layers import DescribedRequest


@dataclass(frozen=True)
class FormatRequest(DescribedRequest):
    """The results of a period in a form of another program.

    Attributes:
        images: `Image.to_dict` of each image.
        legends: `Legend.to_dict` of each map in a legend of others.
        methods: layer → code in its method map → name of the method, of chains.
        start, end: inclusive dates, UTC.
        true_colours: the reflectance that is black and the one that is full colour in the mosaic
            that is drawn; empty where none is.
    """

    images: Sequence[Mapping[str, Any]]
    legends: Sequence[Mapping[str, Any]]
    methods: Mapping[str, Mapping[int, str]]
    start: str
    end: str
    true_colours: Sequence[float]
