"""Clip, reproject and align a product to the grid."""

import tempfile
from pathlib import Path

from lccs_inputs.grid import Area
from lccs_inputs.jobs import job
from lccs_inputs.products import PRODUCTS
from lccs_inputs.products.align import align_product

with job(snakemake.log[0]):
    target = Path(snakemake.output[0])
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".unpacked-") as work:
        align_product(
            PRODUCTS[snakemake.params.product],
            Path(snakemake.input.product),
            Area.read(Path(snakemake.input.geojson), Path(snakemake.input.grid)),
            target,
            Path(work),
        )
