"""Fetch the outline of an area that is a table asset of Earth Engine."""

from typing import TYPE_CHECKING

from lccs_inputs.earthengine import service, tables
from lccs_inputs.traffic import noted
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.areas import OutlineRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job, noted(job.traffic):
    request = job.request(OutlineRequest)
    tables.fetch_outline(
        service.open_session(job.services["earthengine"], request.name),
        f"areas.{request.name}.asset",
        request.asset,
        job.output(),
    )
