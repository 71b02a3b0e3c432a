"""Stack the layers of a period, and say where they are valid."""

from pathlib import Path

from lccs_inputs.facts.lccs import descriptor_table
from lccs_inputs.layers.stack import stack_layers, write_validity
from lccs_inputs.rasters.area import Area
from lccs_inputs.workflow.jobs import job

with job(snakemake.log[0]):
    layers = {Path(layer).stem: Path(layer) for layer in snakemake.input.layers}
    descriptors = descriptor_table(snakemake.params.descriptors)
    area = Area.read(Path(snakemake.input.geojson), Path(snakemake.input.grid))
    stack_layers(layers, descriptors, area, Path(snakemake.output.stack))
    write_validity(layers, descriptors, area, Path(snakemake.output.validity))
