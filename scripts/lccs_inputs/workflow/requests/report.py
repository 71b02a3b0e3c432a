"""What the job that writes the report of a period is asked: how its results are read and made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lccs_inputs.workflow.requests.layers import DescribedRequest


@dataclass(frozen=True)
class ReportRequest(DescribedRequest):
    """The report of a period.

    Attributes:
        start, end: inclusive dates, UTC.
        images: `Image.to_dict` of each image.
        legends: `Legend.to_dict` of each legend of others.
        scenes: the scene sets, in the order of the job's mosaics; `products` likewise.
        true_colour: the one that is drawn in true colours; "" where none is.
        chains: layer → code in its method map → name of the method, of chains.
        methods: layer → method in use → its expression, resolved.
        lineage: result → the results and source editions (`s2/2018`) it is made of.
        config: what the config says of this area and period.
        page: fingerprint of the files that the page is filled into.
    """

    start: str
    end: str
    images: Sequence[Mapping[str, Any]]
    legends: Sequence[Mapping[str, Any]]
    scenes: Sequence[str]
    products: Sequence[str]
    true_colour: str
    chains: Mapping[str, Mapping[int, str]]
    methods: Mapping[str, Mapping[str, str]]
    lineage: Mapping[str, Sequence[str]]
    config: Mapping[str, Any]
    page: str
