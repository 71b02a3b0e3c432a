"""Write the area on its grid: `area.geojson` and `grid.json`."""

import logging
from typing import TYPE_CHECKING

from lccs_inputs.rasters.area import resolve_area, write_area
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.areas import GridRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    request, outline = job.request(GridRequest), job.inputs("outline")
    definition = dict(request.definition) | ({"file": str(outline[0])} if outline else {})
    area = resolve_area(
        request.name, definition, request.crs, request.resolution, request.block_size
    )
    for note in area.notes:
        logging.warning("%s", note)
    write_area(area, job.output("geojson"), job.output("grid"))
