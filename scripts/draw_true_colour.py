"""Draw the median composite in true colours."""

from pathlib import Path

from lccs_inputs.pictures.drawing import draw_true_colour
from lccs_inputs.rasters.area import Area
from lccs_inputs.workflow.jobs import job

with job(snakemake.log[0]):
    draw_true_colour(
        Path(str(snakemake.input.mosaic)),
        Area.read(Path(snakemake.input.geojson), Path(snakemake.input.grid)),
        f"{snakemake.wildcards.area} · {snakemake.wildcards.period}",
        Path(snakemake.output[0]),
    )
