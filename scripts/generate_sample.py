"""Generate the embedded sample: imagery, products, and the truth they were drawn from."""

from pathlib import Path

from lccs_inputs.sample.generate import generate_sample
from lccs_inputs.workflow.jobs import job

with job(snakemake.log[0]):
    request = snakemake.params.request
    generate_sample(Path(snakemake.output.catalogue).parent, request["resolution"], request["seed"])
