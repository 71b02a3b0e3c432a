"""What ways are open to the products of a config, and what CLMS offers; no key is needed.

python -m lccs_inputs.commands.offers [CONFIG ...]
"""

import argparse
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pyproj import Geod

from lccs_inputs.clms.catalogue import Offer, PrepackagedFile, read_offers
from lccs_inputs.clms.offers import OfferedMap, find_offer, offered_map, with_files
from lccs_inputs.clms.session import ClmsSession
from lccs_inputs.commands import plan_of, status_of
from lccs_inputs.commands.offers_lock import products_from_clms
from lccs_inputs.commands.ways import list_ways
from lccs_inputs.errors import InputError, SourceError
from lccs_inputs.facts.products import PRODUCTS, Product
from lccs_inputs.words import aligned

_HEAD = ("", "product", "years", "pixels", "by area", "ready made", "title")
_LEGEND = "* what this config takes. By area: the system at CLMS that cuts areas out of the map."
_WIDTH = 100
_PIXEL = 10  # m, of nearly every product
_WHOLE = "Europe"

Box = tuple[float, float, float, float]


def list_products(
    session: ClmsSession, areas: Mapping[str, Box], wanted: Iterable[tuple[str, int]]
) -> str:
    """A table of what CLMS offers of the products of `PRODUCTS`.

    Args:
        areas: west, south, east, north of each, degrees.
        wanted: short names and years that the config takes from CLMS; their ready-made files
            are listed by country, and what CLMS lacks of them is told.

    Raises:
        SourceError: the catalogue cannot be read.
    """
    offers = read_offers(session)
    maps = [(product, each) for product in PRODUCTS.values() for each in _maps(offers, product)]
    in_full = with_files(session, [each for _, each in maps])
    by_uid = {each.offer.uid: each for each in in_full}
    taken, ready_made, lacking = set[str](), list[str](), list[str]()
    for name, year in sorted(set(wanted)):
        try:
            uid = find_offer(offers, PRODUCTS[name], year).offer.uid
        except SourceError as error:
            lacking.append(f"! {error}")
            continue
        taken.add(uid)
        ready_made.append(_countries(f"{name} {year}", by_uid[uid].files(year)))
    rows = [
        _row(product, found, found.offer.uid in taken)
        for (product, _), found in zip(maps, in_full, strict=True)
    ]
    parts = (_areas(areas), aligned([_HEAD, *rows]), _LEGEND, *ready_made, "\n".join(lacking))
    return "\n\n".join(filter(None, parts))


def _maps(offers: Iterable[Offer], product: Product) -> list[OfferedMap]:
    """The DataSets that hold maps of the product, by year."""
    found = filter(None, (_map(offer, product) for offer in offers if not offer.title.retired))
    return sorted(found, key=lambda each: (each.offer.title.first or 0, each.offer.text))


def _map(offer: Offer, product: Product) -> OfferedMap | None:
    """An ambiguous DataSet is told of where it is wanted; it does not spoil the list."""
    try:
        return offered_map(offer, product)
    except SourceError:
        return None


def _row(product: Product, found: OfferedMap, taken: bool) -> tuple[str, ...]:
    return (
        "*" if taken else "",
        product.name,
        found.offer.title.years,
        f"{found.resolution:g} m",
        found.collection.source,
        _summary(found.files(None)),
        found.offer.text,
    )


def _summary(files: Sequence[PrepackagedFile]) -> str:
    """Ready-made files in a few words: "Europe 2 GB, 39 countries"."""
    if not files:
        return "none"
    whole = [f"{_WHOLE} {file.size}" for file in files if file.area == _WHOLE]
    areas = {file.area for file in files} - {_WHOLE}
    countries = [f"{len(areas)} {'country' if len(areas) == 1 else 'countries'}"] if areas else []
    return ", ".join([*whole[:1], *countries])


def _countries(name: str, files: Sequence[PrepackagedFile]) -> str:
    if not files:
        return ""
    listed = ", ".join(f"{file.area} {file.size}".strip() for file in files)
    return textwrap.fill(f"{name}, ready made: {listed}", _WIDTH, subsequent_indent="  ")


def _areas(areas: Mapping[str, Box]) -> str:
    """How large each area is, and so what its part of a map comes to."""
    return "\n".join(f"{name}: {_size(box)}" for name, box in areas.items())


def _size(box: Box) -> str:
    west, south, east, north = box
    square, _ = Geod(ellps="GRS80").polygon_area_perimeter(
        [west, east, east, west], [south, south, north, north]
    )
    pixels = abs(square) / _PIXEL**2
    return (
        f"{west:.3f} to {east:.3f} E, {south:.3f} to {north:.3f} N; {abs(square) / 1e6:,.0f} km², "
        f"{pixels / 1e6:,.1f} million pixels of {_PIXEL} m"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table for `config.yaml`, or for the user's files; the exit status."""
    parser = argparse.ArgumentParser(description="List what CLMS offers for the areas of a config.")
    parser.add_argument("config", nargs="*", type=Path, help="over config.yaml")
    options = parser.parse_args(arguments)
    try:
        plan = plan_of(options.config)
        areas = {name: plan.areas.bounds(name) for name in plan.config.areas}
        print(list_ways(plan.config), end="\n\n")
        with ClmsSession(plan.config.clms.url, None) as session:
            print(list_products(session, areas, products_from_clms(plan.config)))
    except InputError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(status_of(main))
