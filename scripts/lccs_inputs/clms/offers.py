"""What CLMS offers of a product: the DataSet of a year, and the part of it that holds the map.

Products are recognised by title and collection, as `products.PRODUCTS` names them; nothing here
knows an id. `listing` prints it all, `locking` pins what a config takes.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lccs_inputs.clms.catalogue import Collection, Offer, PrepackagedFile, read_by_uid
from lccs_inputs.clms.titles import name_key
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.products import Product

if TYPE_CHECKING:  # a config is read without loading what talks to CLMS
    from lccs_inputs.clms.session import ClmsSession

RASTER = "Geotiff"
"""The format products are kept and delivered in, as CLMS writes it."""

_COARSEST = 20  # m; 100 m editions have other codes: shares, mixed forest
_ACCESSORY = re.compile(r"confidence|quality|score|uncertainty|reliability", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_NEAR = 0.6
_FEW = 5


@dataclass(frozen=True)
class OfferedMap:
    """The part of a DataSet that holds the map of a product.

    Attributes:
        resolution: native pixel size, metres.
    """

    offer: Offer
    collection: Collection
    resolution: float

    def files(self, year: int | None) -> tuple[PrepackagedFile, ...]:
        """Its ready-made rasters of a year (None: of any), by area and name."""
        found = [
            file
            for file in self.offer.files
            if _is_raster(file.format, file.name)
            and file.resolution in (None, self.resolution)
            and _is_of(file, year)
        ]
        return tuple(sorted(found, key=lambda file: (file.area, file.name, file.file_id)))


def find_offer(offers: Iterable[Offer], product: Product, year: int) -> OfferedMap:
    """The map of a product for a year.

    A DataSet of that year alone is preferred to a series that covers it (they can be different
    generations of the product), then the finer one.

    Raises:
        SourceError: there is none, naming what comes near, or there are two.
    """
    if not product.catalogue_names:
        raise SourceError(
            f"{product.title} ({product.name}) does not come from CLMS; give the path of a file "
            f"as its edition {year}"
        )
    offers = list(offers)
    in_year = [offer for offer in offers if offer.title.covers(year) and not offer.title.retired]
    maps = [found for offer in in_year if (found := offered_map(offer, product))]
    maps.sort(key=_preference)
    if not maps:
        raise SourceError(_not_offered(offers, product, year))
    same = [found for found in maps if _preference(found) == _preference(maps[0])]
    if len(same) > 1:
        raise SourceError(
            f"CLMS lists {product.title} ({product.name}) of {year} twice: "
            f"{_listed(found.offer for found in same)}; download the one you mean by hand, and "
            f"give the path of the file as the edition"
        )
    return maps[0]


def offered_map(offer: Offer, product: Product) -> OfferedMap | None:
    """The part of a DataSet that holds the map of a product; None where none does.

    It is the finest raster that is not about the map's confidence.

    Raises:
        SourceError: several could be it.
    """
    if not is_of(offer, product):
        return None
    rasters = [
        OfferedMap(offer, collection, _resolution(offer, collection, product))
        for collection in offer.collections
        if _is_raster(collection.format, collection.name) and collection.source
    ]
    finest = min((raster.resolution for raster in rasters), default=_COARSEST + 1)
    if finest > _COARSEST:
        return None
    rasters = [raster for raster in rasters if raster.resolution == finest]
    named = [raster for raster in rasters if name_key(raster.collection.name) in _names(product)]
    best = named or rasters
    if len(best) > 1:
        names = ", ".join(f'"{raster.collection.name}"' for raster in best)
        raise SourceError(
            f'"{offer.text}" of CLMS has several parts that could be the map ({names}); download '
            f"the one you mean by hand, and give the path of the file as the edition"
        )
    return best[0]


def with_files(session: "ClmsSession", maps: Iterable[OfferedMap]) -> list[OfferedMap]:
    """The same maps with all the ready-made files of their DataSets: a search may leave them out.

    Raises:
        SourceError: the catalogue cannot be read.
    """
    maps = list(maps)
    in_full = read_by_uid(session, {found.offer.uid for found in maps})
    return [
        replace(found, offer=replace(found.offer, files=in_full[found.offer.uid].files))
        if found.offer.uid in in_full
        else found
        for found in maps
    ]


def is_of(offer: Offer, product: Product) -> bool:
    """Whether the title of a DataSet names the product."""
    return offer.title.name in _names(product)


def candidates(offers: Iterable[Offer], product: Product, year: int) -> list[Offer]:
    """DataSets that may have taken a product's place, the most alike first; a few."""
    likeness = {
        offer: _likeness(offer, product)
        for offer in offers
        if offer.title.covers(year) and not offer.title.retired
    }
    ranked = sorted(likeness, key=lambda offer: (-likeness[offer], offer.text, offer.uid))
    return [offer for offer in ranked if likeness[offer] >= _NEAR][:_FEW]


def _likeness(offer: Offer, product: Product) -> float:
    """How much a title is like the product's: 0 to 1, more where it holds its short name.

    By spelling, or by how many of the words it has in whatever order.
    """
    title, best = offer.text.casefold(), 0.0
    for own in product.catalogue_names:
        words = re.findall(r"[a-z]{4,}", own.casefold())
        share = sum(word in title for word in words) / len(words)
        spelling = difflib.SequenceMatcher(None, offer.title.name, name_key(own)).ratio()
        best = max(best, share, spelling)
    return best + (re.search(rf"\b{product.name}\b", offer.text) is not None)


def _not_offered(offers: list[Offer], product: Product, year: int) -> str:
    said = f"CLMS does not offer {product.title} ({product.name}) of {year}"
    if same := [offer for offer in offers if is_of(offer, product)]:
        return (
            f"{said} as a raster of {_COARSEST} m or finer; it lists {_listed(same)}: choose "
            f"another year, or give the path of a file as the edition"
        )
    if near := candidates(offers, product, year):
        return (
            f"{said}, nor any other year of it; titles that come near: {_listed(near)}: choose "
            f"another product, or give the path of a file as the edition"
        )
    return f"{said}, nor anything like it; give the path of a file as the edition"


def _listed(offers: Iterable[Offer]) -> str:
    return ", ".join(sorted({f'"{offer.text}"' for offer in offers}))


def _preference(found: OfferedMap) -> tuple[bool, float]:
    return found.offer.title.is_series, found.resolution


def _names(product: Product) -> set[str]:
    return {name_key(name) for name in product.catalogue_names}


def _resolution(offer: Offer, collection: Collection, product: Product) -> float:
    """Pixel size of a collection: its own word, else that of the title, else the usual one."""
    return collection.resolution or min(offer.title.resolutions, default=product.resolution)


def _is_raster(kind: str, name: str) -> bool:
    return kind.casefold() == RASTER.casefold() and not _ACCESSORY.search(name)


def _is_of(file: PrepackagedFile, year: int | None) -> bool:
    """Whether a file is of a year, as far as it says so: in its year, else in its name."""
    years = _YEAR.findall(file.year) or _YEAR.findall(file.name)
    return year is None or not years or str(year) in years
