"""Generate the embedded sample: imagery, products, and the truth they were drawn from."""

from typing import TYPE_CHECKING

from lccs_inputs.sample.generate import generate_sample
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.areas import SampleRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    request = job.request(SampleRequest)
    generate_sample(job.output("catalogue").parent, request.resolution, request.seed)
