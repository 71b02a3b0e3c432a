"""Write the area on its grid: `area.geojson` and `grid.json`."""

from pathlib import Path

from lccs_inputs.grid import resolve_area, write_area
from lccs_inputs.jobs import job

with job(snakemake.log[0]):
    write_area(
        resolve_area(**snakemake.params.request),
        Path(snakemake.output.geojson),
        Path(snakemake.output.grid),
    )
