"""Describe a period: what its results are, what they are made of, and whom to credit."""

from pathlib import Path
from typing import TYPE_CHECKING

from lccs_inputs.formats.rasters import Rasters
from lccs_inputs.provenance.describe import Documents, Further, describe_period
from lccs_inputs.provenance.sources import product_source, scene_source
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.provenance import PeriodRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

DOCUMENTS = ("item", "provenance", "crate", "attribution", "methods", "bibliography")

with running(snakemake) as job:
    request, cache = job.request(PeriodRequest), Path(job.services["clms"]["cache"])
    scenes = zip(request.scenes, job.inputs("lists"), job.inputs("mosaics"), strict=True)
    products = zip(request.products, job.inputs("delivered"), job.inputs("aligned"), strict=True)
    describe_period(
        job.area,
        (job.wildcards.area, job.wildcards.period),
        request,
        Rasters.of(job),
        Further(
            job.input("stack"),
            job.inputs("level4")[1:],
            job.inputs("le_lccs"),
            job.inputs("confidence"),
        ),
        [
            *(scene_source(*each) for each in scenes),
            *(product_source(*each, cache) for each in products),
        ],
        job.results,
        Documents(*map(job.output, DOCUMENTS)),
    )
