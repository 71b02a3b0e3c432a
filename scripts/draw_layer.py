"""Draw one layer with its legend."""

from typing import TYPE_CHECKING

from lccs_inputs.pictures.drawing import draw_layer
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.layers import DescribedRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    descriptor = job.request(DescribedRequest).table[job.wildcards.layer]
    draw_layer(job.input("layer"), descriptor, job.area, job.caption, job.output())
