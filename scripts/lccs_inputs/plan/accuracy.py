"""Accuracy: which reference data there are, and which maps they can be held against."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from lccs_inputs.config import read_class_table
from lccs_inputs.config.sections.reference import ReferenceSettings
from lccs_inputs.facts.lccs import Descriptor
from lccs_inputs.plan.explain import ExplainPlan
from lccs_inputs.plan.layers import LayerPlan
from lccs_inputs.plan.names import Names
from lccs_inputs.plan.results import ResultPlan
from lccs_inputs.rasters.given import given_state
from lccs_inputs.reference.data import RANDOM, ReferenceData
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.requests import Wildcards, input_of, of_period, statistic_input
from lccs_inputs.workflow.requests.explain import ErrorRequest
from lccs_inputs.workflow.requests.results import AccuracyRequest

_TABLES = (
    paths.ACCURACY, paths.ACCURACY_OVERALL, paths.ACCURACY_CLASSES, paths.ACCURACY_MATRIX,
    paths.ACCURACY_ERRORS, paths.ACCURACY_RIGHT, paths.REFERENCE_POINTS,
)  # fmt: skip
_REASONS = (paths.ACCURACY_REASONS, paths.ACCURACY_RIGHT_REASONS)


class AccuracyPlan:
    """Accuracy, by the reference data of the config; of the sample by its own, for who asks."""

    def __init__(
        self,
        names: Names,
        layers: LayerPlan,
        results: ResultPlan,
        explain: ExplainPlan,
        folders: paths.Folders,
    ) -> None:
        self._config, self._names = names.config, names
        self._layers, self._results, self._explain = layers, results, explain
        self._folders = folders

    tables = _TABLES

    @cached_property
    def references(self) -> dict[str, ReferenceSettings]:
        """By name: those of the config, else those of the sample, where it is used."""
        own = {"sample": SAMPLE} if self._is_of_sample else {}
        return dict(self._config.reference) or own

    def targets(self) -> list[str]:
        """The tables and pictures of every period."""
        if not self.references:
            return []
        made = (paths.REFERENCE_CHECK, *_TABLES, *_REASONS, *self.pictures)
        return [paths.REFERENCE_PASSED, *self._names.of_each_period(*made)]

    def checks(self) -> list[str]:
        """What becomes of the points of every period."""
        return self._names.of_each_period(paths.REFERENCE_CHECK)

    @property
    def pictures(self) -> list[str]:
        """What is drawn of a period."""
        return [paths.ACCURACY_PICTURE, *([paths.ERROR_MAP] if self._results.has_level3 else [])]

    def of_a_run(self) -> list[str]:
        """The same, where the config itself names reference data."""
        return self.targets() if self._config.reference else []

    def of_period(self, wildcards: Wildcards) -> list[str]:
        """The figures of a period, where the config names reference data."""
        made = [paths.ACCURACY, *_REASONS] if self._config.reference else []
        return of_period(wildcards, made)

    def files(self, wildcards: Wildcards) -> list[str]:
        """The reference data themselves."""
        return [self._folders.given(settings.file) for settings in self.references.values()]

    def maps(self, wildcards: Wildcards) -> list[str]:
        """The maps of codes of a period: level 3, and layers."""
        known = self._config.known_descriptors
        layers = self._results.layers(wildcards)
        coded = [file for file in layers if not known[Path(file).stem].kind.is_continuous]
        return [*self._results.level3(wildcards), *coded]

    def explained_by(self, wildcards: Wildcards) -> dict[str, str]:
        """The rasters and statistics that errors are explained by, by the names of inputs."""
        rasters = self._explain.rasters(wildcards)
        statistics = self._explain.statistics(wildcards)
        return {input_of(name): file for name, file in rasters.items()} | {
            statistic_input(name): file for name, file in statistics.items()
        }

    def scene_lists(self, wildcards: Wildcards) -> list[str]:
        """The scene lists of these."""
        return [*self._explain.scene_lists(wildcards).values()]

    def blocks(self, wildcards: Wildcards) -> list[str]:
        """The blocks of the mosaics among these."""
        return self._explain.blocks(wildcards)

    def error_request(self, wildcards: Wildcards) -> dict[str, Any]:
        return ErrorRequest(
            **self._explain.request(wildcards),
            rasters=[*self._explain.rasters(wildcards)],
            scenes=[*self._explain.scene_lists(wildcards)],
        ).to_dict()

    def request(self, wildcards: Wildcards) -> dict[str, Any]:
        period = self._config.periods[wildcards.period]
        return AccuracyRequest(
            descriptors=self._layers.own_descriptors,
            references=[
                data_of(name, settings, self._config.known_descriptors).to_dict()
                for name, settings in self.references.items()
            ],
            maps=[Path(file).stem for file in self.maps(wildcards)],
            start=period.start.isoformat(),
            end=period.end.isoformat(),
            alone=len([*self._names.places()]) == 1,
            given=[_given(each.file) for each in self.references.values()],
        ).to_dict()

    @property
    def _is_of_sample(self) -> bool:
        scenes, products = self._config.scenes, self._config.products
        origins = [scenes[source].catalogue for _, source, _ in self._names.editions(scenes)]
        origins += [products[s].editions[year] for _, s, year in self._names.editions(products)]
        return any(origin.startswith(paths.SAMPLE_FOLDER) for origin in origins)


SAMPLE = ReferenceSettings(
    file=f"{paths.SAMPLE_FOLDER}{Path(paths.SAMPLE_REFERENCE).name}", crs="EPSG:2154", design=RANDOM
)
"""The sample's own."""


def data_of(
    name: str, settings: ReferenceSettings, known: Mapping[str, Descriptor]
) -> ReferenceData:
    """Reference data as the config says them.

    Args:
        known: the layers there are, by name.
    """
    table = read_class_table(settings.classes, known)
    asked = {
        what: column
        for what in ("x", "y", "class", "date", "stratum")
        if (column := getattr(settings, f"{what}_column")) is not None
    }
    return ReferenceData(
        name,
        table,
        layer=settings.layer,
        crs=settings.crs or "",
        columns={**table.columns, **{what: [column] for what, column in asked.items()}},
        asked=[*asked],
        day=settings.day.isoformat() if settings.day else "",
        margin=settings.margin,
        design=settings.design or "",
        strata=settings.strata,
        leave_out_mixed=settings.leave_out_mixed,
    )


def _given(file: str) -> str:
    """What changes with reference data and with the files that belong to them; of the sample, which
    a rule makes, nothing."""
    return "" if file.startswith(paths.SAMPLE_FOLDER) else given_state(Path(file))
