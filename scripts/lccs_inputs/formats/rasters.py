"""The rasters of a period that are described, and put into other forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from lccs_inputs.facts.au import MAP as LEVEL4
from lccs_inputs.facts.coherence import MAP as COHERENCE
from lccs_inputs.facts.images import Image
from lccs_inputs.facts.lccs import LEVEL3, Category
from lccs_inputs.facts.legend import Legend
from lccs_inputs.layers.methods import method_legend
from lccs_inputs.workflow.jobs import Job
from lccs_inputs.workflow.requests.layers import PeriodRasters


@dataclass(frozen=True)
class Rasters:
    """The rasters of a period: layers, the maps of their methods, and images by name.

    Attributes:
        legends: maps in legends of others, by the names of these.
    """

    layers: Mapping[str, Path]
    methods: Mapping[str, Path]
    level3: Path | None
    level4: Path | None
    legends: Mapping[str, Path]
    validity: Path
    coherence: Path | None
    images: Mapping[str, Path]

    @classmethod
    def of(cls, job: Job) -> Self:
        """The inputs of a job, by these names; of those of level 4 the first."""
        return cls(
            job.layers(),
            job.layers("methods"),
            job.optional_input("level3"),
            job.optional_input("level4"),
            job.layers("legends"),
            job.input("validity"),
            job.optional_input("coherence"),
            job.images(),
        )


@dataclass(frozen=True)
class Raster:
    """A raster of a period.

    Attributes:
        name: what it is called: the key of its asset in the STAC item.
        codes: code → what it means; none of a measure or a mask of bits, whose tags say them.
    """

    name: str
    path: Path
    title: str
    codes: Mapping[int, Category]


def listed(request: PeriodRasters, rasters: Rasters) -> list[Raster]:
    """Each of the rasters, in the order to show them."""
    table = request.table
    found = [
        Raster(name, path, table[name].title, table[name].codes)
        for name, path in rasters.layers.items()
    ]
    for name, path in rasters.methods.items():
        legend = method_legend(table[name], request.methods[name])
        found.append(Raster(f"{name}_method", path, legend.title, legend.codes))
    if rasters.level3:
        found.append(Raster("level3", rasters.level3, "LCCS level 3", LEVEL3))
    if rasters.level4:
        found.append(Raster(LEVEL4.name, rasters.level4, LEVEL4.title, LEVEL4.codes))
    for other in map(Legend.from_dict, request.legends):
        path = rasters.legends[other.name]
        found.append(Raster(other.map.name, path, other.title, other.map.codes))
    found.append(Raster("validity", rasters.validity, "Validity", {}))
    if rasters.coherence:
        found.append(Raster("coherence", rasters.coherence, COHERENCE.title, COHERENCE.codes))
    for image in map(Image.from_dict, request.images):
        name = f"image_{image.name}"
        found.append(Raster(name, rasters.images[image.name], image.title, {}))
    return found
