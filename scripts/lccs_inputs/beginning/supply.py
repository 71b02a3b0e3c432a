"""Who has which edition of a map, and which imagery, for a place, a year and some accounts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from lccs_inputs.beginning.place import Place
from lccs_inputs.facts.catalogues import CDSE, PRESETS
from lccs_inputs.facts.data_space import HOLDINGS
from lccs_inputs.facts.earthengine import CATALOGUE as EARTH_ENGINE
from lccs_inputs.facts.earthengine import OFFERS, PRODUCT_OFFERS
from lccs_inputs.facts.image_service import IMAGE_LAYERS, IMAGE_YEAR
from lccs_inputs.facts.origins import CLMS, IMAGE_SERVICE
from lccs_inputs.facts.reach import CLMS_EDITIONS, PUBLISHED, reach
from lccs_inputs.facts.sensors import SENSORS

Editions = Mapping[str, Collection[str]]
"""Product → its editions."""

MAPS: Mapping[str, Editions] = {
    CDSE: {
        name: [year for year in PUBLISHED if holding.has(year)]
        for name, holding in HOLDINGS.items()
    },
    CLMS: CLMS_EDITIONS,
    EARTH_ENGINE: {name: offer.assets for name, offer in PRODUCT_OFFERS.items()},
    IMAGE_SERVICE: {name: (str(IMAGE_YEAR),) for name in IMAGE_LAYERS},
}
"""Service → what it has."""

ACCOUNTS = (CDSE, CLMS, EARTH_ENGINE)
"""Services that ask for one, as users name them; all others are open."""

_L2A_SINCE = date(2017, 3, 28)  # before, surface reflectance of Sentinel-2 has gaps everywhere


@dataclass(frozen=True)
class Supplied:
    """An edition of a map that is there.

    Attributes:
        whole: whether it is made for all of the place.
    """

    product: str
    edition: str
    origin: str
    whole: bool

    def years_after(self, year: int) -> int:
        """How much later than a year it is, 0 of what has none."""
        return 0 if self.edition == "static" else int(self.edition) - year


def map_of(product: str, place: Place, year: int, accounts: Sequence[str]) -> Supplied | str:
    """The edition nearest to a year, from the first service that has it; or why there is none."""
    open_ones = [name for name in MAPS if name not in ACCOUNTS]
    faults, found = dict[str, None](), list[tuple[int, int, str, Supplied]]()
    for rank, origin in enumerate((*accounts, *open_ones)):
        for edition in MAPS.get(origin, {}).get(product, ()):
            if fault := _fault(product, edition, origin, place):
                faults[fault] = None
            else:
                each = Supplied(product, edition, origin, _is_whole(product, edition, place))
                found.append((abs(each.years_after(year)), rank, edition, each))
    if found:
        return min(found, key=lambda each: each[:3])[3]
    able = [name for name in ACCOUNTS if name not in accounts and _is_there(product, name, place)]
    needed = [f"needs an account for {' or '.join(able)}"] if able else []
    return "; ".join([*faults, *needed]) or _beyond(place)


def _is_whole(product: str, edition: str, place: Place) -> bool:
    made_for = reach(product, edition)
    return made_for is None or place.countries <= made_for


def _is_there(product: str, origin: str, place: Place) -> bool:
    """Whether a service has any edition for a place."""
    editions = MAPS.get(origin, {}).get(product, ())
    return any(not _fault(product, edition, origin, place) for edition in editions)


def _beyond(place: Place) -> str:
    return f"does not reach {', '.join(sorted(place.countries - {'-'})) or 'this place'}"


def _fault(product: str, edition: str, origin: str, place: Place) -> str:
    made_for = reach(product, edition)
    if made_for is not None and not place.countries & made_for:
        return _beyond(place)
    return place.fault_of_size if origin == IMAGE_SERVICE else ""


def catalogue_of(sensor: str, end: date, accounts: Sequence[str]) -> str | None:
    """The first catalogue that has scenes of a sensor up to a day; None where none has."""
    open_ones = [name for name in PRESETS if name not in ACCOUNTS]
    for name in (*accounts, *open_ones):
        since = _since(name, sensor)
        if since is not None and since <= end:
            return name
    return None


def _since(catalogue: str, sensor: str) -> date | None:
    """The day from which a catalogue has scenes; None where it has none of the sensor."""
    since = SENSORS[sensor].since
    if catalogue == EARTH_ENGINE:
        return OFFERS[sensor].since or since if sensor in OFFERS else None
    if catalogue not in PRESETS or sensor not in PRESETS[catalogue].collections:
        return None
    return max(since, _L2A_SINCE) if sensor == "sentinel2" else since
