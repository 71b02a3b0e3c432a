"""Write the report of a period: one page with its maps, their numbers, and where they come from."""

from typing import TYPE_CHECKING

from lccs_inputs.report.files import Files
from lccs_inputs.report.write import write_report
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.report import ReportRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    request, target = job.request(ReportRequest), job.output()
    files = Files(
        folder=target.parent,
        layers=job.layers(),
        methods=job.layers("methods"),
        level3=job.optional_input("level3"),
        level4=job.optional_input("level4"),
        table=job.optional_input("table"),
        coherence=job.optional_input("coherence"),
        legends=job.inputs("legends"),
        confidence=job.layers("confidence"),
        images=job.images(),
        image_checks=job.optional_input("image_checks"),
        mosaics=dict(zip(request.scenes, job.inputs("mosaics"), strict=True)),
        products=dict(zip(request.products, job.inputs("aligned"), strict=True)),
        checks=job.input("checks"),
        provenance=job.input("provenance"),
        attribution=job.input("attribution"),
        accuracy=job.inputs("accuracy"),
        changes=job.inputs("changes"),
        others=[*job.inputs("others"), *job.inputs("table"), *job.inputs("accuracy")],
        results=job.results,
    )
    write_report(job.area, (job.wildcards.area, job.wildcards.period), request, files, target)
