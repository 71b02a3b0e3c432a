"""Ask CLMS for a product, once."""

from pathlib import Path

from lccs_inputs.clms.requests import make_request
from lccs_inputs.clms.steps import hand_in
from lccs_inputs.workflow.jobs import job

with job(snakemake.log[0]):
    asked = snakemake.params.request
    hand_in(
        make_request(asked["product"], asked["asked"], asked["bounds"]),
        snakemake.config["clms"],
        Path(snakemake.output[0]),
        asked["key"],
    )
