"""Clip, reproject and align a product to the grid."""

from typing import TYPE_CHECKING

from lccs_inputs.clms.arrival import check_names
from lccs_inputs.files import scratch_folder
from lccs_inputs.products.align import align_product
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.products import AlignRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    request, delivery, target = job.request(AlignRequest), job.input("product"), job.output()
    edition = job.wildcards.edition
    year = int(edition) if edition.isdigit() else None
    with scratch_folder(target.parent) as work:
        rasters = check_names(delivery, request.described, year, work)
        align_product(
            request.described,
            delivery,
            job.area,
            target,
            work,
            rasters=rasters,
            optional=request.optional,
        )
