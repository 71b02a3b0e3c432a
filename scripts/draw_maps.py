"""Draw every map of a period, each with its legend, and all of them on one sheet."""

from typing import TYPE_CHECKING

from lccs_inputs.facts.au import MAP as LEVEL4
from lccs_inputs.facts.coherence import MAP as COHERENCE
from lccs_inputs.facts.images import Image
from lccs_inputs.facts.legend import Legend
from lccs_inputs.pictures.drawing import draw_maps
from lccs_inputs.workflow.jobs import running
from lccs_inputs.workflow.requests.results import PictureRequest

if TYPE_CHECKING:
    from lccs_inputs.workflow.jobs import snakemake

with running(snakemake) as job:
    request, files = job.request(PictureRequest), job.images()
    images = [Image.from_dict(image) for image in request.images]
    classes = [(LEVEL4, path) for path in job.inputs("level4")[:1]]
    legends = (Legend.from_dict(legend).map for legend in request.legends)
    classes += zip(legends, job.inputs("legends"), strict=True)
    classes += [(COHERENCE, path) for path in job.inputs("coherence")[:1]]
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
