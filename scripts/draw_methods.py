"""Draw which method decided each pixel of a layer."""

from pathlib import Path

from lccs_inputs.grid import Area
from lccs_inputs.jobs import job
from lccs_inputs.lccs import descriptor_table
from lccs_inputs.method_map import method_legend
from lccs_inputs.pictures import draw_layer

with job(snakemake.log[0]):
    layer = descriptor_table(snakemake.params.descriptors)[snakemake.wildcards.layer]
    draw_layer(
        Path(snakemake.input.methods),
        method_legend(layer, snakemake.params.methods),
        Area.read(Path(snakemake.input.geojson), Path(snakemake.input.grid)),
        f"{snakemake.wildcards.area} · {snakemake.wildcards.period}",
        Path(snakemake.output[0]),
    )
