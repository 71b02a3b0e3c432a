"""From a config to a DAG: which sources, editions and statistics the chosen expressions need.

Snakemake's rules ask this for the inputs and the requests of a job. It is held against what is
there first (`readiness`); it reads no raster and touches no network, so `snakemake -n` lists the
true jobs of a fresh clone. Methods that take `wildcards` are input or parameter functions of rules.
"""

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lccs_inputs.config import Config, check, merge_files
from lccs_inputs.facts.lccs import LEVEL3_INPUTS
from lccs_inputs.plan.accuracy import AccuracyPlan
from lccs_inputs.plan.archive import ArchivePlan
from lccs_inputs.plan.areas import AreaPlan
from lccs_inputs.plan.change import ChangePlan
from lccs_inputs.plan.confidence import ConfidencePlan
from lccs_inputs.plan.explain import ExplainPlan
from lccs_inputs.plan.formats import FormatPlan
from lccs_inputs.plan.handoff import HandOffPlan
from lccs_inputs.plan.images import ImagePlan, asks_for_images
from lccs_inputs.plan.layers import LayerPlan
from lccs_inputs.plan.legends import LegendPlan
from lccs_inputs.plan.names import Names
from lccs_inputs.plan.products import ProductPlan
from lccs_inputs.plan.provenance import ProvenancePlan
from lccs_inputs.plan.readiness import Readiness, grid_alone
from lccs_inputs.plan.recovered import RecoveredPlan
from lccs_inputs.plan.report import ReportPlan
from lccs_inputs.plan.results import ResultPlan
from lccs_inputs.plan.scenes import ScenePlan
from lccs_inputs.words import listed
from lccs_inputs.workflow.paths import Folders

ASKED = "LCCS_INPUTS_ASKED"
"""The environment variable that tells the jobs of a run what its command line says."""


class Plan:
    """Everything the rules need to know of a checked config, stage by stage.

    Args:
        images_asked: whether images are asked for, also where the config names none.
    """

    def __init__(
        self, config: Config, folders: Folders | None = None, *, images_asked: bool = False
    ) -> None:
        self.config, self.folders = config, folders or Folders()
        self.names = names = Names(config, images_asked=images_asked)
        self.areas = AreaPlan(config, self.folders)
        self.scenes = ScenePlan(names, self.areas, self.folders)
        self.products = ProductPlan(names, self.areas, self.folders)
        self.recovered = RecoveredPlan(names, self.scenes, self.products, self.folders)
        self.layers = LayerPlan(names)
        self.explain = ExplainPlan(names, self.layers)
        self.images = ImagePlan(names, self.layers)
        self.legends = LegendPlan(names)
        self.results = ResultPlan(names, self.layers, self.images, self.legends)
        self.change = ChangePlan(names, self.layers, self.results)
        self.accuracy = AccuracyPlan(names, self.layers, self.results, self.explain, self.folders)
        self.confidence = ConfidencePlan(names, self.layers, self.results, self.accuracy)
        self.handoff = HandOffPlan(names, self.results)
        self.provenance = ProvenancePlan(
            names, self.layers, self.products, self.images, self.legends
        )
        self.formats = FormatPlan(names, self.layers, self.results, self.legends, self.provenance)
        self.report = ReportPlan(names, self.layers, self.results, self.legends, self.provenance)
        self.archive = ArchivePlan(names, self.areas, self.scenes, self.products, self.folders)

    @classmethod
    def from_files(
        cls,
        base: Path,
        user: Sequence[Path | Mapping[str, Any]],
        overrides: Mapping[str, Any],
        folders: Folders | None = None,
        *,
        for_a_run: bool = False,
        asked: Sequence[str] = (),
    ) -> "Plan":
        """Read, merge and check the config files; see `config.merge_files`.

        Args:
            for_a_run: hold the config against what is there too (`plan.readiness`).
            asked: what the command line says, targets among it: the grid alone needs only areas,
                and images that the config does not name are those of the notebook.

        Raises:
            ConfigError: lists every problem.
        """
        merged = merge_files(base, user, overrides)
        checked = check(merged.document, merged.lost)
        results = (folders or Folders()).results
        images = asks_for_images(asked, results)
        plan = cls(checked.config, folders, images_asked=images) if checked.config else None
        unready = plan.unready(user, asked) if plan and for_a_run else ()
        checked.right([*merged.problems, *unready])
        assert plan is not None, "a config that is right"
        return plan

    def unready(
        self, user: Sequence[Path | Mapping[str, Any]], asked: Sequence[str] = ()
    ) -> Iterator[str]:
        """What would stop a run.

        Args:
            user: where the config is from, as for `from_files`; `asked` likewise.
        """
        files = [each for each in user if isinstance(each, Path)]
        if self.names.images_asked and not self.names.images:
            yield (
                "images: none is named, and there is no optical scene set for those of the "
                "notebook; name some"
            )
        absent = [name for name in LEVEL3_INPUTS if name not in self.config.made]
        if "le_lccs" in asked and absent:
            yield f"layers: le_lccs needs {listed(absent)} too; choose a method of it by `use`"
        if self.config.legend and absent:
            yield f"legend: needs {listed(absent)}; choose a method of it by `use`"
        if "legends" in asked and not self.config.legend:
            yield "legend: names none; write one, such as legend: maes"
        if "accuracy" in asked and not self.accuracy.references:
            yield "reference: names none; write some (docs/accuracy.md)"
        if "change" in asked and not self.change.pairs:
            yield "periods: change needs two, one after the other; add one, or say which by change"
        yield from Readiness(
            self.names,
            self.areas,
            self.folders,
            lock_command=_lock_command(files),
            is_optional=self.products.optional,
            files_are_there=len(files) == len(user),
            today=datetime.now(UTC).date(),
            areas_alone=grid_alone(asked, self.folders.results),
        ).problems()

    @property
    def services(self) -> dict[str, Any]:
        """How services are reached: for scripts, and no reason to run a job again."""
        return self.config.services

    def earthengine_places(self) -> list[tuple[str, str, str]]:
        """Area, source and edition of all that Earth Engine is asked for."""
        return sorted(self.scenes.earthengine_places() | self.products.earthengine_places())


def _lock_command(files: Sequence[Path]) -> str:
    """What makes the lock file of a config in some files."""
    names = [shlex.quote(os.path.relpath(file)) for file in files]
    if len(names) > 1:
        return f'make offers-lock ARGS="{" ".join(names)}"'
    return f"make offers-lock CONFIG={names[0]}" if names else "make offers-lock"
