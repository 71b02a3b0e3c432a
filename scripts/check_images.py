"""Check the continuous images of a period; the report is written whether they pass or not."""

from typing import TYPE_CHECKING

from lccs_inputs.facts.images import Image
from lccs_inputs.layers.checks import CheckSettings
from lccs_inputs.layers.image_checks import run_image_checks
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.images import ImageCheckRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    request = job.request(ImageCheckRequest)
    run_image_checks(
        job.images(),
        [Image.from_dict(image) for image in request.images],
        job.area,
        CheckSettings.from_dict(request.checks),
        job.output("json"),
        job.output("table"),
    )
