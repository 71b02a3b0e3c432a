"""Draw the level-3 map with its legend."""

from pathlib import Path

from lccs_inputs.pictures.drawing import draw_level3
from lccs_inputs.rasters.area import Area
from lccs_inputs.workflow.jobs import job

with job(snakemake.log[0]):
    draw_level3(
        Path(snakemake.input.level3),
        Area.read(Path(snakemake.input.geojson), Path(snakemake.input.grid)),
        f"{snakemake.wildcards.area} · {snakemake.wildcards.period}",
        Path(snakemake.output[0]),
    )
