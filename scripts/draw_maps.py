"""Draw every map of a period, each with its legend, and all of them on one sheet."""

from typing import TYPE_CHECKING

from lccs_inputs.facts.images import Image
from lccs_inputs.facts.land_cover import land_cover
from lccs_inputs.pictures.drawing import draw_maps
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.results import PictureRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    request, files = job.request(PictureRequest), job.images()
    images = [Image.from_dict(image) for image in request.images]
    level4, coherence = job.optional_input("level4"), job.optional_input("coherence")
    classes = land_cover(None, level4, request.legends, job.inputs("legends"), coherence)
    draw_maps(
        job.layers(),
        request.table,
        job.optional_input("mosaic"),
        job.optional_input("level3"),
        job.area,
        job.caption,
        job.output().parent,
        [(image, files[image.name]) for image in images],
        classes,
    )
