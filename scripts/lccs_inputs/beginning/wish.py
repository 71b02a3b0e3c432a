"""What a first config is wanted for, and all that there is for it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from lccs_inputs.beginning.layers import WORLD_COVER
from lccs_inputs.beginning.place import Place
from lccs_inputs.beginning.supply import Supplied, catalogue_of, map_of
from lccs_inputs.config import Config, dates
from lccs_inputs.config.sections.places import Period
from lccs_inputs.errors import InputError

CLOUD_MAX = 60  # percent of a scene

_TROPIC = 23.5  # degrees north; beyond it, plants grow from May to October


@dataclass(frozen=True)
class Wish:
    """What a first config is wanted for.

    Attributes:
        accounts: services, in order of preference.
        project: of Google Cloud, where Earth Engine is one of them.
        scenes: a catalogue of Sentinel-2 on a disk, in place of any other imagery; "" for none.
    """

    place: Place
    year: int
    accounts: tuple[str, ...]
    project: str
    today: date
    scenes: str = ""

    @property
    def has_season(self) -> bool:
        """Whether plants grow from May to October there."""
        return self.place.north > _TROPIC


@dataclass(frozen=True)
class Sources:
    """What there is for a wish, by the names of `config.yaml`.

    Attributes:
        scenes: scene set → its entry in a config.
        maps: product → its edition.
        faults: product that is not to be had → why.
    """

    scenes: Mapping[str, Mapping[str, Any]]
    maps: Mapping[str, Supplied]
    faults: Mapping[str, str]

    @property
    def whole(self) -> dict[str, bool]:
        """Of each source, whether it is there for all of the place."""
        return dict.fromkeys(self.scenes, True) | {n: m.whole for n, m in self.maps.items()}


def period_of(wish: Wish) -> Period:
    """The growing season of the year; all of it where that has no season of the north.

    Raises:
        InputError: it has not begun.
    """
    first, last = ((5, 1), (10, 31)) if wish.has_season else ((1, 1), (12, 31))
    period = Period(start=date(wish.year, *first), end=date(wish.year, *last))
    if period.start > wish.today:
        raise InputError(f"YEAR: {wish.year} has no growing season yet; choose an earlier year")
    return period


def sources_of(wish: Wish, base: Config) -> Sources:
    """Every source of a base config that there is for a wish.

    Raises:
        InputError: there is no imagery of that year, or not yet.
    """
    at = base.model_copy(update={"periods": {str(wish.year): period_of(wish)}})
    scenes = dict(_scene_sets(wish, at))
    if not scenes.keys() & {"s2", "l8"}:
        raise InputError(f"YEAR: no open imagery is there for {wish.year}; choose 2013 or later")
    names = {name: each.product for name, each in base.products.items() if each.product}
    found = {
        name: map_of(product, wish.place, wish.year, wish.accounts)
        for name, product in (names | {WORLD_COVER: "WORLDCOVER"}).items()
    }
    maps = {name: each for name, each in found.items() if isinstance(each, Supplied)}
    faults = {name: each for name, each in found.items() if isinstance(each, str)}
    return Sources(scenes, maps, faults)


def _scene_sets(wish: Wish, base: Config) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if wish.scenes:  # of the period: who knows of what other days there are any
        yield "s2", {"sensor": "sentinel2", "catalogue": wish.scenes, "cloud_max": CLOUD_MAX}
        return
    for name, entry in base.scenes.items():
        start, end = dates(base, name, str(wish.year))
        of_a_season = entry.window not in ("period", "year")
        catalogue = catalogue_of(entry.sensor, end, wish.accounts)
        if catalogue is None or start > wish.today or (of_a_season and not wish.has_season):
            continue
        said = {"sensor": entry.sensor, "catalogue": catalogue, "cloud_max": CLOUD_MAX}
        yield name, said | ({"window": entry.window} if entry.window != "period" else {})
