"""What would stop a run later, found while Snakemake parses: files, dates, services, the sample.

The config has been checked by itself (`config.load`); here it is held against what is there. All
of it is told at once, whichever job would have come first.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path

from lccs_inputs.cdse.key import S3Keys
from lccs_inputs.config import dates
from lccs_inputs.config.types import SNAKEMAKES_OWN
from lccs_inputs.errors import AreaError, ConfigError, SourceError
from lccs_inputs.facts.catalogues import CDSE, sign_of
from lccs_inputs.facts.earthengine import CATALOGUE as EARTH_ENGINE
from lccs_inputs.facts.earthengine import OFFERS
from lccs_inputs.facts.origins import CLMS, FETCHED
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.engine import engine_of
from lccs_inputs.offline import is_offline
from lccs_inputs.plan.accuracy import data_of
from lccs_inputs.plan.areas import AreaPlan
from lccs_inputs.plan.copernicus_readiness import CopernicusReadiness
from lccs_inputs.plan.file_faults import (
    fault_of_catalogue,
    fault_of_product,
    faults_of_folder,
    from_here,
)
from lccs_inputs.plan.names import Names
from lccs_inputs.plan.sample_use import SampleUse
from lccs_inputs.rasters.area import Area
from lccs_inputs.reference.tables import head_of, is_table
from lccs_inputs.trust import require_trusted
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.requests import Place

_STAGES = {
    "all", "grid", "scenes", "products", "statistics", "layers", "checks", "stack", "legends",
    "le_lccs", "pictures", "images", "change", "accuracy", "provenance", "report", "qgis",
    "zarr",
}  # fmt: skip
_OF_GRID = {"grid", Path(paths.GRID).name, Path(paths.OUTLINE).name}


def grid_alone(asked: Sequence[str], results: str) -> bool:
    """Whether a command line asks for areas on their grid, and for nothing else.

    Args:
        results: the folder of the results.
    """
    targets = [word for word in asked if word in _STAGES or word.startswith(f"{results}/")]
    return bool(targets) and all(Path(target).name in _OF_GRID for target in targets)


class Readiness:
    """Whether what a config names is there.

    Args:
        lock_command: what makes the lock file of this config.
        is_optional: whether all that takes an edition does without it where it has nothing.
        files_are_there: whether files have to be there before the run; of a module, another rule
            may make them.
        areas_alone: whether nothing is asked for that needs more than areas.
    """

    def __init__(
        self,
        names: Names,
        areas: AreaPlan,
        folders: paths.Folders,
        *,
        lock_command: str,
        is_optional: Callable[[Place], bool],
        files_are_there: bool,
        today: date,
        areas_alone: bool = False,
    ) -> None:
        self._names, self._config, self._plan = names, names.config, areas
        self._results = folders.results
        self._files_are_there = files_are_there
        self._today, self._areas_alone = today, areas_alone
        self._sample = SampleUse(names, folders)
        self._copernicus = CopernicusReadiness(names, areas, lock_command, is_optional)

    def problems(self) -> Iterator[str]:
        """Everything that is wrong, each with the key that says it."""
        yield from self._results_folder()
        areas, told = self._areas()
        yield from told
        if self._areas_alone:
            return
        misplaced = list(self._sample.problems(areas))
        yield from misplaced
        if self._files_are_there:
            yield from self._catalogues()
            yield from self._files()
        yield from self._periods(of_sample=not misplaced)
        yield from self._caches()
        yield from self._addresses()
        yield from self._earthengine()
        yield from self._cdse()
        yield from self._copernicus.problems(areas)

    def _results_folder(self) -> Iterator[str]:
        """That the folder of the results can be none, or that the user may not write there."""
        if SNAKEMAKES_OWN.search(self._results):
            yield (
                f"pathvars.results: {self._results!r} has braces, a word in < > or a line break, "
                "which Snakemake takes for its own; choose a folder that has none"
            )
        yield from faults_of_folder(Path(self._results), "pathvars.results")

    @cached_property
    def _scene_sets(self) -> list[str]:
        """Those in use."""
        return [*dict.fromkeys(s for _, s, _ in self._names.editions(self._config.scenes))]

    def _areas(self) -> tuple[dict[str, Area], list[str]]:
        """The areas whose outline is known, and what is wrong with the others."""
        known, problems = {}, []
        for name, settings in self._config.areas.items():
            if settings.asset:  # its outline is known once a job has fetched it
                continue
            try:
                known[name] = self._plan.area(name)
            except AreaError as error:
                problems.append(str(error))
        return known, problems

    def _catalogues(self) -> Iterator[str]:
        """Static catalogues that are not there, or none, with the scene sets that name them."""
        naming: dict[str, list[str]] = defaultdict(list)
        for source in self._scene_sets:
            catalogue = self._config.scenes[source].catalogue
            for file in engine_of(catalogue).catalogue_files(catalogue):
                naming[file].append(f"scenes.{source}.catalogue")
        for file, keys in naming.items():
            if not self._sample.makes(file) and (fault := fault_of_catalogue(Path(file))):
                yield f"{', '.join(keys)}: {file} {fault}"

    def _files(self) -> Iterator[str]:
        """Products that are files, and reference data, that are not there or could not be such."""
        products = self._config.products
        for source, edition in dict.fromkeys(e[1:] for e in self._names.editions(products)):
            origin = products[source].editions[edition]
            if origin in FETCHED or self._sample.makes(origin):
                continue
            if fault := fault_of_product(Path(origin)):
                yield f"products.{source}.editions.{edition}: {origin} {fault}"
        for name, settings in self._config.reference.items():
            file = Path(settings.file)
            if self._sample.makes(settings.file):
                continue
            if not file.exists():
                yield (
                    f"reference.{name}.file: {file} does not exist{from_here(file)}; give the "
                    "path of a CSV or a vector file"
                )
            elif is_table(file):
                try:
                    head_of(file, data_of(name, settings, self._config.known_descriptors))
                except SourceError as error:
                    yield str(error)
                except ConfigError:
                    continue  # its class table: the config's own problems tell

    def _periods(self, *, of_sample: bool) -> Iterator[str]:
        """Scene sets that are asked for days on which there was nothing yet, or is nothing.

        Args:
            of_sample: whether to look at scene sets of the sample.
        """
        faults: dict[tuple[str, str], list[str]] = defaultdict(list)
        for period in self._config.periods:
            for source in self._scene_sets:
                if fault := self._fault_of_dates(source, period, of_sample):
                    faults[period, fault].append(f"scenes.{source}")
        for (period, fault), sources in faults.items():
            yield f"periods.{period}: {', '.join(sources)} {fault}; choose other dates or scenes"

    def _fault_of_dates(self, source: str, period: str, of_sample: bool) -> str:
        settings, (start, end) = self._config.scenes[source], dates(self._config, source, period)
        sensor, since = settings.sensor, SENSORS[settings.sensor].since
        if settings.catalogue == EARTH_ENGINE:
            since = OFFERS[sensor].since or since
        if end < since:
            return f"would end before {since}, when {sensor} begins in {settings.catalogue}"
        if start > self._today:
            return f"would begin after today, {self._today}"
        return self._sample.fault_of_dates(settings.catalogue, start, end) if of_sample else ""

    def _caches(self) -> Iterator[str]:
        """Folders of what was fetched that can be none, or that the user may not write in."""
        config = self._config
        by_engine = [config.scenes[name].catalogue == EARTH_ENGINE for name in self._scene_sets]
        clms, cdse, engine = (
            bool(self._names.takers(origin)) for origin in (CLMS, CDSE, EARTH_ENGINE)
        )
        for key, folder, is_used in (
            ("clms.cache", config.clms.cache, clms),
            ("cdse.cache", config.cdse.cache, cdse),
            ("composing.cache", config.composing.cache, cdse or not all(by_engine)),
            ("earthengine.cache", config.earthengine.cache, engine or any(by_engine)),
        ):
            if is_used:
                yield from faults_of_folder(Path(folder), key)

    def _taking(self, service: str) -> list[str]:
        """The keys of areas, scene sets and editions in use that come from a service."""
        areas = [
            f"areas.{name}.asset"
            for name, area in self._config.areas.items()
            if area.asset and service == EARTH_ENGINE
        ]
        scenes = [
            f"scenes.{source}.catalogue"
            for source in self._scene_sets
            if service in (catalogue := self._config.scenes[source].catalogue, sign_of(catalogue))
        ]
        editions = [
            f"products.{name}.editions.{year}" for name, year in self._names.takers(service)
        ]
        return [*areas, *scenes, *editions]

    def _addresses(self) -> Iterator[str]:
        """Addresses that a token of the user would be sent to, and must not."""
        config = self._config
        for service, key, url in (
            (CLMS, "clms.url", config.clms.url),
            (CDSE, "cdse.url", config.cdse.url),
            (EARTH_ENGINE, "earthengine.url", config.earthengine.url),
        ):
            try:
                if url and self._taking(service):
                    require_trusted(service, url, key)
            except SourceError as error:
                yield str(error)

    def _earthengine(self) -> Iterator[str]:
        settings = self._config.earthengine
        keys = self._taking(EARTH_ENGINE)
        if keys and not settings.project:
            yield (
                f"earthengine.project is not set, and {', '.join(keys)} come from Earth Engine; "
                "write the id of a Google Cloud project that is registered for it "
                "(docs/earthengine.md)"
            )
        if keys and settings.key and not Path(settings.key).is_file():
            yield f"earthengine.key: {settings.key} is not a file; name the JSON key of an account"

    def _cdse(self) -> Iterator[str]:
        """Keys of the Copernicus Data Space that are not there, with what needs them."""
        keys = self._taking(CDSE)
        if not keys or is_offline():  # where they would be of no use
            return
        try:
            S3Keys.find(self._config.cdse.key)
        except SourceError as error:
            yield f"{', '.join(keys)}: {error}"
