"""Stack the layers of a period, and say where they are valid."""

from typing import TYPE_CHECKING

from lccs_inputs.layers.stack import stack_layers, write_validity
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.layers import DescribedRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    layers, descriptors, area = job.layers(), job.request(DescribedRequest).table, job.area
    stack_layers(layers, descriptors, area, job.output("stack"), job.threads)
    write_validity(layers, descriptors, area, job.output("validity"))
