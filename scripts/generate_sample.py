"""Generate the embedded sample: imagery, products, and the truth they were drawn from."""

from typing import TYPE_CHECKING

from lccs_inputs.sample.generate import generate_sample
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.areas import SampleRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    request, folder = job.request(SampleRequest), job.output("catalogue").parent
    generate_sample(folder, request.resolution, request.seed)
    job.further.extend(file for file in folder.glob("*/**/*") if file.is_file())
