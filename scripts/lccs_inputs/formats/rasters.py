"""The rasters of a period that are put into other forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from lccs_inputs.workflow.jobs import Job


@dataclass(frozen=True)
class Rasters:
    """The rasters of a period: layers, the maps of their methods, and images by name.

    Attributes:
        legends: maps in legends of others, by the names of these.
        mosaic: the one that is drawn in true colours.
    """

    layers: Mapping[str, Path]
    methods: Mapping[str, Path]
    level3: Path | None
    level4: Path | None
    legends: Mapping[str, Path]
    validity: Path
    coherence: Path | None
    images: Mapping[str, Path]
    mosaic: Path | None

    @classmethod
    def of(cls, job: Job) -> Self:
        """The inputs of a job, as `plan.formats` names them."""
        return cls(
            job.layers(),
            job.layers("methods"),
            job.optional_input("level3"),
            job.optional_input("level4"),
            job.layers("legends"),
            job.input("validity"),
            job.optional_input("coherence"),
            job.images(),
            job.optional_input("mosaic"),
        )
