"""Sources that were removed since they were damaged: the run makes them, needed or not."""

from collections.abc import Iterator, Set
from pathlib import Path

from lccs_inputs.plan.names import Names
from lccs_inputs.plan.products import ProductPlan
from lccs_inputs.plan.scenes import ScenePlan
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.requests import Place, Wildcards


class RecoveredPlan:
    """What of the sources of a run was damaged.

    Attributes:
        files: that were removed, as the file system has them; set where a run begins.
    """

    def __init__(
        self, names: Names, scenes: ScenePlan, products: ProductPlan, folders: paths.Folders
    ) -> None:
        self._names, self._scenes, self._products = names, scenes, products
        self._folders = folders
        self.files: Set[Path] = frozenset()

    def targets(self, _: Wildcards) -> list[str]:
        """Those of them that the config still asks for."""
        if not self.files:
            return []
        return [file for file in self._sources() if self._folders.here(file) in self.files]

    def _sources(self) -> Iterator[str]:
        yield from (paths.SAMPLE_CATALOGUE, paths.SAMPLE_REFERENCE)
        for area, source, edition in self._names.editions(self._names.config.scenes):
            place = Place(area=area, source=source, edition=edition)
            for pattern in (paths.FOUND, paths.SCENES, paths.MOSAIC):
                yield pattern.format(area=area, source=source, edition=edition)
            yield from self._scenes.blocks(place)
        for area, source, edition in self._names.editions(self._names.config.products):
            place = Place(area=area, source=source, edition=edition)
            yield self._products.delivered(place)
            yield paths.ALIGNED.format(area=area, source=source, edition=edition)
        yield from self._products.requested()
