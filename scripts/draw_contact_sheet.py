"""Draw every map of a period on one sheet."""

from pathlib import Path

from lccs_inputs.facts.lccs import descriptor_table
from lccs_inputs.pictures.drawing import draw_contact_sheet
from lccs_inputs.rasters.area import Area
from lccs_inputs.workflow.jobs import job

with job(snakemake.log[0]):
    level3, mosaic = str(snakemake.input.level3), str(snakemake.input.mosaic)
    draw_contact_sheet(
        {Path(layer).stem: Path(layer) for layer in snakemake.input.layers},
        descriptor_table(snakemake.params.descriptors),
        Path(mosaic) if mosaic else None,
        Path(level3) if level3 else None,
        Area.read(Path(snakemake.input.geojson), Path(snakemake.input.grid)),
        f"{snakemake.wildcards.area} · {snakemake.wildcards.period}",
        Path(snakemake.output[0]),
    )
