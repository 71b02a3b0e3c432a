"""What the part from products to level 3 will take, were all of it made, wherever from."""

from dataclasses import dataclass

from lccs_inputs.costs import HOUR
from lccs_inputs.estimates.lines import megabytes
from lccs_inputs.estimates.products import given_files
from lccs_inputs.facts.speeds import LAYER, PRODUCT, START
from lccs_inputs.plan import Plan
from lccs_inputs.rasters.given import given_bytes
from lccs_inputs.workflow.rules import OF_LEVEL3, ONCE

_OVERVIEWS = 4 / 3  # a raster with its overviews, against without
_BESIDE = 3  # bytes a pixel of validity, in 16 bits, and level 3


@dataclass(frozen=True)
class Local:
    """What is computed from products and mosaics.

    Attributes:
        files: of the user's own; `given` their bytes.
        results: bytes of layers, stack, validity and level 3, uncompressed.
        core_hours: of aligning products and making layers.
    """

    files: int
    given: int
    results: float
    core_hours: float

    def __str__(self) -> str:
        return (
            f"files of your own: {self.files}, {megabytes(self.given)} MB\n"
            f"from products to level 3: {self.core_hours:.3g} core-hours, were all of it made, at "
            f"the speed of docs/benchmarks.md, and at most {megabytes(self.results)} MB"
        )


def local_part(plan: Plan) -> Local:
    """What is made of all products and mosaics, in every area and period.

    Raises:
        AreaError: an area that is an asset has not been fetched yet.
    """
    files, made = given_files(plan), len(plan.config.made)
    aligned = [
        plan.areas.area(area).grid for area, _, _ in plan.names.editions(plan.config.products)
    ]
    stacks = [plan.areas.area(area) for area, _ in plan.names.places()]
    pixels = sum(area.geometry.area / area.grid.pixel[0] / area.grid.pixel[1] for area in stacks)
    further = [*ONCE, *(OF_LEVEL3 if plan.results.has_level3 else ())]
    jobs = len(aligned) + len(stacks) * (made + len(further))
    seconds = (
        PRODUCT * sum(grid.width * grid.height for grid in aligned) / 1e6
        + LAYER * made * pixels / 1e6
        + START * jobs
    )
    return Local(
        len(files),
        sum(map(given_bytes, files)),
        pixels * (2 * made + _BESIDE) * _OVERVIEWS,
        seconds / HOUR,
    )
