"""How far maps reach, by country, and which editions CLMS has of them.

Sources: EEA, Copernicus Land Monitoring Service, coverage of its pan-European products (the 38
members and cooperating countries of the EEA, and the United Kingdom), titles of its catalogue, and
the names of deliveries; d'Andrimont et al. 2021 (EUCROPMAP 2018: the EU of then) and Ghassemi et
al. 2024, Scientific Data 11 (2022: the 27 of the EU, and Ukraine). Countries by ISO 3166 code, with
XK for Kosovo; their outlines are in countries.json, which names its own source.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from lccs_inputs.facts.earthengine import PRODUCT_OFFERS

_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
_BEYOND = "AL BA CH GB IS LI ME MK NO RS TR XK"

EU = frozenset(_EU.split(" "))
EUROPE = EU | set(_BEYOND.split(" "))
"""The countries that pan-European maps of CLMS are made for."""

EUCROPMAP_REACH = {"2018": EU | {"GB"}, "2022": EU | {"UA"}}

PUBLISHED = tuple(map(str, range(2017, 2024)))
"""The years of yearly maps of CLMS that are known to have been delivered."""
_YEARLY = PUBLISHED[1:]

CLMS_EDITIONS: Mapping[str, tuple[str, ...]] = {
    "WAW": ("2018",),
    "IMD": ("2018", "2021", "2024"),
    "TCD": _YEARLY,
    "DLT": _YEARLY,
    "FTY": ("2018", "2021"),
    "GRA": PUBLISHED,
    "HER": PUBLISHED,
    "CTY": PUBLISHED,
    "CLCPLUS": ("2018", "2021", "2023"),
}
"""By product, those of 10 m that are known to have been delivered; `make offers` knows the rest."""


def reach(product: str, edition: str) -> frozenset[str] | None:
    """The countries that an edition of a product is made for; None for all the world."""
    if product == "EUCROPMAP":
        return EUCROPMAP_REACH.get(edition, EU)
    return EUROPE if product not in PRODUCT_OFFERS else None


@cache
def countries() -> Mapping[str, Any]:
    """Outlines of the countries of Europe, and as "-" of those around it.

    Returns:
        country → rings of its polygons, without holes, as (longitude, latitude) in degrees.
    """
    text = (files(__package__) / "countries.json").read_text(encoding="utf-8")
    document: Mapping[str, Any] = json.loads(text)["countries"]
    return document
