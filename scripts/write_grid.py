"""Write the area on its grid: `area.geojson` and `grid.json`."""

from pathlib import Path

from lccs_inputs.rasters.area import resolve_area, write_area
from lccs_inputs.workflow.jobs import job

with job(snakemake.log[0]):
    request = dict(snakemake.params.request)
    if asset := request["definition"].get("asset"):
        from lccs_inputs.earthengine import service, tables

        settings = snakemake.config["earthengine"]
        outline = tables.fetch_outline(
            service.open_session(settings, request["name"]),
            f"areas.{request['name']}.asset",
            asset,
            Path(settings["cache"]).expanduser(),
        )
        request["definition"] = {"file": str(outline)}
    write_area(
        resolve_area(**request),
        Path(snakemake.output.geojson),
        Path(snakemake.output.grid),
    )
