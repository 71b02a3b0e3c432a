"""Compose one block of a scene set from its frozen scene list, here or on Earth Engine."""

from pathlib import Path

from lccs_inputs.composite.compose import compose_block
from lccs_inputs.earthengine.collections import scene_mask
from lccs_inputs.grid import Area
from lccs_inputs.jobs import job
from lccs_inputs.scenes import SceneList
from lccs_inputs.sensors import SENSORS

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
