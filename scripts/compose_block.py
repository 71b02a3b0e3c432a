"""Compose one block of a scene set from its frozen scene list, here or on Earth Engine."""

from pathlib import Path

from lccs_inputs.facts.earthengine import scene_mask
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.composite.compose import compose_block
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.rasters.area import Area
from lccs_inputs.workflow.jobs import job

with job(snakemake.log[0]):
    asked = snakemake.params.request
    area = Area.read(Path(snakemake.input.geojson), Path(snakemake.input.grid))
    block = (
        SceneList.read(Path(snakemake.input.scenes)),
        SENSORS[asked["sensor"]],
        scene_mask(asked),
        area.block_grid(area.block(asked["block"])),
        area,
        Path(snakemake.output[0]),
    )
    if "engine" in asked:
        from lccs_inputs.earthengine import export, service

        settings = snakemake.config["earthengine"]
        export.export_block(
            service.open_session(settings, f"{block[0].source}-{block[0].edition}"),
            *block,
            service.export_settings(settings, snakemake.resources.ee_slots),
        )
    else:
        compose_block(*block)
