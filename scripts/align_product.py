"""Clip, reproject and align a product to the grid."""

import tempfile
from pathlib import Path

from lccs_inputs.clms.arrival import check_names
from lccs_inputs.facts.products import product_of
from lccs_inputs.products.align import align_product
from lccs_inputs.rasters.area import Area
from lccs_inputs.workflow.jobs import job

with job(snakemake.log[0]):
    target, delivery = Path(snakemake.output[0]), Path(snakemake.input.product)
    product, edition = product_of(snakemake.params.product), snakemake.wildcards.edition
    year = int(edition) if edition.isdigit() else None
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".unpacked-") as work:
        rasters = check_names(delivery, product, year, Path(work))
        align_product(
            product,
            delivery,
            Area.read(Path(snakemake.input.geojson), Path(snakemake.input.grid)),
            target,
            Path(work),
            rasters=rasters,
            optional=snakemake.params.optional,
        )
