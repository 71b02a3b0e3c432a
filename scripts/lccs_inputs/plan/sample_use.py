"""The embedded sample stands for itself: it is never mixed with other sources or another place.

A map that the config itself describes (`custom`) may lie beside it, to be tried out: what is made
of both says that it is synthetic.
"""

import os
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from lccs_inputs import sample
from lccs_inputs.facts.catalogues import PRESETS
from lccs_inputs.facts.earthengine import CATALOGUE as EARTH_ENGINE
from lccs_inputs.facts.earthengine import PRODUCT_OFFERS
from lccs_inputs.facts.image_service import IMAGE_LAYERS, IMAGE_YEAR
from lccs_inputs.facts.origins import CLMS, IMAGE_SERVICE
from lccs_inputs.facts.products import Product
from lccs_inputs.plan.names import Names
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.lonlat import LONLAT
from lccs_inputs.workflow import paths

_SLACK = 0.001  # degrees: what an outline may reach beyond the box of the sample
_OPEN_DATA = "open-data"
_FILE = "a file of your own"


class SampleUse:
    """What a config takes of the sample, and what from elsewhere."""

    def __init__(self, names: Names, folders: paths.Folders) -> None:
        self._config, self._folders = names.config, folders
        scenes = dict.fromkeys(source for _, source, _ in names.editions(self._config.scenes))
        products = dict.fromkeys(
            (source, edition) for _, source, edition in names.editions(self._config.products)
        )
        self._scenes = {source: self._config.scenes[source].catalogue for source in scenes}
        self._products = {
            (source, edition): self._config.products[source].editions[edition]
            for source, edition in products
        }

    def makes(self, path: str) -> bool:
        """Whether a path of the config is one that the sample is written to."""
        name = path.removeprefix(paths.SAMPLE_FOLDER)
        made = [
            "catalog.json",
            Path(paths.SAMPLE_REFERENCE).name,
            *(f"products/{file}" for file in sample.PRODUCT_FILES),
        ]
        return path.startswith(paths.SAMPLE_FOLDER) and name in made

    def fault_of_dates(self, catalogue: str, start: date, end: date) -> str:
        """Why the sample has nothing on some days; "" if it has, or is not asked."""
        if self._is_of_sample(catalogue) and not start.year <= sample.YEAR <= end.year:
            return f"would not be of {sample.YEAR}, and all scenes of the sample are"
        return ""

    def problems(self, areas: Mapping[str, Area]) -> Iterator[str]:
        """What is mixed with the sample, or lies elsewhere, in one sentence with the way out."""
        of_sample = [f"scenes.{s}.catalogue" for s in self._scenes if self._is_sample_set(s)]
        of_sample += [
            _key(*p) for p, origin in self._products.items() if self._is_of_sample(origin)
        ]
        if not of_sample:
            return
        beyond = [f"areas.{name}" for name, area in areas.items() if not _is_within(area)]
        others = [
            f"scenes.{source}.catalogue ({catalogue})"
            for source, catalogue in self._scenes.items()
            if not self._is_sample_set(source)
        ] + [
            f"{_key(*place)} ({origin})"
            for place, origin in self._products.items()
            if not (self._is_of_sample(origin) or self._config.products[place[0]].custom)
        ]
        if not (beyond or others):
            return
        reasons = [f"beyond its box reaches {', '.join(beyond)}"] if beyond else []
        reasons += [f"of other sources are {', '.join(others)}"] if others else []
        yield (
            f"{', '.join(of_sample)}: are of the sample, which is synthetic and stands for no "
            f"other place or source, and {', and '.join(reasons)}; {self._way_out()}"
        )

    def _is_of_sample(self, origin: str) -> bool:
        """Whether a path leads to the sample, by whatever way."""
        if origin.startswith(paths.SAMPLE_FOLDER):
            return True
        folder = self._folders.here(f"<results>/{Path(paths.SAMPLE_FOLDER).name}")
        return os.path.realpath(origin).startswith(f"{os.path.realpath(folder)}/")

    def _is_sample_set(self, source: str) -> bool:
        return self._is_of_sample(self._scenes[source])

    def _way_out(self) -> str:
        """What to write in place of the sample."""
        ways: dict[str, list[str]] = {}
        for (source, _), origin in self._products.items():
            if self._is_of_sample(origin):
                way = _way_to(self._config.products[source].described(source))
                ways.setdefault(way, []).append(f"products.{source}")
        catalogues = [
            f"{' or '.join(_catalogues_of(self._config.scenes[source].sensor))} as "
            f"scenes.{source}.catalogue"
            for source in self._scenes
            if self._is_sample_set(source)
        ]
        written = [f"{way} for {', '.join(products)}" for way, products in ways.items()]
        preset = (
            "write" if self._config.preset == _OPEN_DATA else f"write `preset: {_OPEN_DATA}`, or"
        )
        return f"{preset} {', '.join([*catalogues, *written])}"


def _key(source: str, edition: str) -> str:
    return f"products.{source}.editions.{edition}"


def _way_to(product: Product) -> str:
    """An edition that can be had of a product, as the config writes it."""
    if product.name in IMAGE_LAYERS:
        return f"editions: {{{IMAGE_YEAR}: {IMAGE_SERVICE}}}"
    if product.catalogue_names:
        return f"editions: {{YEAR: {CLMS}}}"
    if product.name in PRODUCT_OFFERS:
        year = next(iter(PRODUCT_OFFERS[product.name].assets))
        return f"editions: {{{year}: {EARTH_ENGINE}}}"
    return _FILE


def _catalogues_of(sensor: str) -> list[str]:
    return [name for name, preset in PRESETS.items() if sensor in preset.collections]


def _is_within(area: Area) -> bool:
    """Whether an area lies in the box of the sample."""
    west, south, east, north = area.geometry_in(LONLAT).bounds
    left, bottom, right, top = sample.EVIAN
    return (
        west >= left - _SLACK
        and south >= bottom - _SLACK
        and east <= right + _SLACK
        and north <= top + _SLACK
    )
