"""Whether Copernicus has, and would give, what a config asks of its products: by the lock file."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from lccs_inputs.clms.image_area import native_grid
from lccs_inputs.clms.lock import Lock
from lccs_inputs.clms.preflight import preflight
from lccs_inputs.clms.requests import make_request
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.catalogues import CDSE
from lccs_inputs.facts.origins import CLMS, IMAGE_SERVICE
from lccs_inputs.plan.areas import AreaPlan
from lccs_inputs.plan.names import Names
from lccs_inputs.rasters.area import Area
from lccs_inputs.workflow.requests import Place


class CopernicusReadiness:
    """What the lock file says of the products that are asked for, and what they would be refused.

    Args:
        lock_command: what makes the lock file of this config.
        is_optional: whether all that takes an edition does without it where it has nothing.
    """

    def __init__(
        self,
        names: Names,
        areas: AreaPlan,
        lock_command: str,
        is_optional: Callable[[Place], bool],
    ) -> None:
        self._names, self._config, self._plan = names, names.config, areas
        self._lock_command, self._is_optional = lock_command, is_optional

    def problems(self, areas: Mapping[str, Area]) -> Iterator[str]:
        """Everything that is wrong, each with the key that says it.

        Args:
            areas: those whose outline is known.
        """
        yield from self._tiles(areas)
        yield from self._image_service(areas)
        yield from self._clms(areas)

    def _tiles(self, areas: Mapping[str, Area]) -> Iterator[str]:
        """Editions of the Data Space that the lock file has, but not for all that take them."""
        asked = self._names.takers(CDSE)
        if not asked:
            return
        try:
            lock = Lock.found(Path(self._config.clms.lock))
        except SourceError as error:
            if not self._names.takers(CLMS):  # who tells of it too
                yield f"clms.lock: {error}"
            return
        for (source, year), takers in asked.items():
            locked = lock.tiles(self._config.products[source].described(source).name, int(year))
            if locked is None:
                continue
            known = [area for area in takers if area in areas]
            bounds = {area: self._plan.bounds(area) for area in known}
            if beyond := [area for area in known if not locked.covers(bounds[area])]:
                named = ", ".join(f"areas.{area}" for area in beyond)
                yield (
                    f"products.{source}.editions.{year}: the lock file has {locked.name} for other "
                    f"areas, not for all of {named}; run `{self._lock_command}`"
                )
            covered = [area for area in known if area not in beyond]
            if empty := [area for area in covered if not locked.near(bounds[area])]:
                yield from self._without_tiles(source, year, empty, locked.name)

    def _without_tiles(
        self, source: str, year: str, areas: Sequence[str], name: str
    ) -> Iterator[str]:
        """That an edition has no tile in areas, where no other method does without it."""
        places = {area: Place(area=area, source=source, edition=year) for area in areas}
        if needing := [area for area in areas if not self._is_optional(places[area])]:
            named = ", ".join(f"areas.{area}" for area in needing)
            yield (
                f"products.{source}.editions.{year}: the lock file has no tile of {name} for "
                f"{named}; choose another year, or write clms or the path of a file for this "
                f"edition, or run `{self._lock_command}`"
            )

    def _image_service(self, areas: Mapping[str, Area]) -> Iterator[str]:
        limit, asking = self._config.clms.image_service_km2, defaultdict(list)
        for (source, edition), takers in self._names.takers(IMAGE_SERVICE).items():
            resolution = self._config.products[source].described(source).resolution
            for area in takers:
                if area in areas and (fault := _fault_of_size(areas[area], resolution, limit)):
                    asking[area, fault].append(f"products.{source}.editions.{edition}")
        for (area, fault), keys in asking.items():
            yield (
                f"areas.{area}: {fault}; write clms, or the path of a file, for {', '.join(keys)}"
            )

    def _clms(self, areas: Mapping[str, Area]) -> Iterator[str]:
        asked = self._names.takers(CLMS)
        if not asked:
            return
        settings = self._config.clms
        try:
            lock = Lock.read(Path(settings.lock))
        except SourceError as error:
            wanted = ", ".join(f"products.{source}.editions.{year}" for source, year in asked)
            reason = str(error).partition(";")[0]
            yield f"clms.lock: {reason}, and {wanted} come from CLMS; run `{self._lock_command}`"
            return
        for (source, year), takers in asked.items():
            known = {name: areas[name] for name in takers if name in areas}
            yield from self._requests(lock, source, int(year), known)

    def _requests(
        self, lock: Lock, source: str, year: int, areas: Mapping[str, Area]
    ) -> Iterator[str]:
        """What CLMS would refuse of a product, whatever the area or in one of them."""
        settings, key = self._config.products[source], f"products.{source}.request"
        try:
            locked = lock.entry(settings.described(source).name, year)
        except SourceError as error:
            reason = str(error).partition(";")[0]
            yield f"products.{source}.editions.{year}: {reason}; run `{self._lock_command}`"
            return
        faults = {}
        for area in areas:
            asked = settings.request.model_dump(exclude_none=True)
            try:
                request = make_request(locked, asked, self._plan.bounds(area))
                preflight(request.item(), locked, key)
            except SourceError as error:
                faults[str(error)] = area
        for fault, area in faults.items():
            said = fault if fault.startswith("products.") else f"products.{source}.{fault}"
            yield f"{said} (areas.{area})"


def _fault_of_size(area: Area, resolution: float, limit: float) -> str:
    try:
        native_grid(area, resolution, limit)
    except SourceError as error:
        return str(error)
    return ""
