"""Draw every map of a period, each with its legend, and all of them on one sheet."""

from typing import TYPE_CHECKING

from lccs_inputs.pictures.drawing import draw_maps
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.layers import DescribedRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    draw_maps(
        job.layers(),
        job.request(DescribedRequest).table,
        next(iter(job.inputs("mosaic")), None),
        next(iter(job.inputs("level3")), None),
        job.area,
        job.caption,
        job.output().parent,
    )
