"""Stack the layers of a period, and say where they are valid."""

from typing import TYPE_CHECKING

from lccs_inputs.layers.contents import noted_of
from lccs_inputs.layers.stack import stack_layers, write_validity
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.layers import DescribedRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    layers, descriptors, area = job.layers(), job.request(DescribedRequest).table, job.area
    noted = noted_of(layers, job.layers("notes"), job.layers("nearest"))
    nearest = {name: each.nearest for name, each in noted.items() if each.nearest}
    stack_layers(layers, descriptors, area, job.output("stack"), nearest)
    gaps = {name: each.gaps for name, each in noted.items()}
    write_validity(layers, descriptors, area, job.output("validity"), gaps)
