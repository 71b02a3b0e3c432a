"""Check the layers of a period; the report is written whether they pass or not."""

from pathlib import Path

from lccs_inputs.facts.lccs import descriptor_table
from lccs_inputs.layers.checks import CheckSettings, run_checks
from lccs_inputs.rasters.area import Area
from lccs_inputs.workflow.jobs import job

with job(snakemake.log[0]):
    run_checks(
        {Path(layer).stem: Path(layer) for layer in snakemake.input.layers},
        descriptor_table(snakemake.params.descriptors),
        Area.read(Path(snakemake.input.geojson), Path(snakemake.input.grid)),
        CheckSettings.from_dict(snakemake.params.checks),
        Path(snakemake.output.json),
        Path(snakemake.output.table),
    )
