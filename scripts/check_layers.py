"""Check the layers of a period; the report is written whether they pass or not."""

from typing import TYPE_CHECKING

from lccs_inputs.layers.checks import CheckSettings, run_checks
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.results import CheckRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    request = job.request(CheckRequest)
    run_checks(
        job.layers(),
        request.table,
        job.area,
        CheckSettings.from_dict(request.checks),
        job.output("json"),
        job.output("table"),
        job.output("json").with_name("coherence.tif"),
        job.layers("notes"),
        job.threads,
    )
