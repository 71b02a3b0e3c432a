"""Classify level 3 of LCCS from the layers, as le_lccs will."""

from pathlib import Path

from lccs_inputs.layers.level3 import classify
from lccs_inputs.rasters.area import Area
from lccs_inputs.workflow.jobs import job

with job(snakemake.log[0]):
    classify(
        {Path(layer).stem: Path(layer) for layer in snakemake.input.layers},
        Area.read(Path(snakemake.input.geojson), Path(snakemake.input.grid)),
        Path(snakemake.output[0]),
    )
