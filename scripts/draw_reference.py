"""Draw the reference points of the embedded sample from its truth."""

from typing import TYPE_CHECKING

from lccs_inputs.sample.reference import write_reference
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.areas import SampleReferenceRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    request = job.request(SampleReferenceRequest)
    write_reference(job.layers("truth"), request.seed, job.output())
