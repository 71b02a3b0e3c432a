"""The ways in which products can be had, in the order to prefer them, and which are open."""

from collections.abc import Callable, Mapping

from lccs_inputs.beginning.supply import MAPS
from lccs_inputs.cdse.key import S3Keys
from lccs_inputs.clms.key import ServiceKey, find_key
from lccs_inputs.config import Config
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.catalogues import CDSE
from lccs_inputs.facts.earthengine import CATALOGUE as EARTH_ENGINE
from lccs_inputs.facts.origins import CLMS, IMAGE_SERVICE
from lccs_inputs.words import aligned

_HEAD = ("edition", "open", "products")
_TITLE = "Where an edition can come from, in the order to prefer them (docs/accounts.md):"


def _needs_s3_keys(config: Config) -> None:
    S3Keys.find(config.cdse.key)


def _needs_service_key(config: Config) -> None:
    ServiceKey.read(find_key(config.clms.key))


def _needs_nothing(_: Config) -> None:
    pass


def _needs_project(config: Config) -> None:
    if not config.earthengine.project:
        raise SourceError("earthengine.project is not set (docs/earthengine.md)")


_NEEDS: Mapping[str, Callable[[Config], None]] = {
    CDSE: _needs_s3_keys,
    CLMS: _needs_service_key,
    IMAGE_SERVICE: _needs_nothing,
    EARTH_ENGINE: _needs_project,
}
"""What an edition says, in order of preference → raises where an account is needed and not set."""


def list_ways(config: Config) -> str:
    """A table of the ways, the products of a config that each has, and what keeps one closed.

    Keys are looked for, and read; no service is asked.
    """
    named = [product.product for product in config.products.values() if product.product]
    faults = {way: _fault(need, config) for way, need in _NEEDS.items()}
    rows = [("a file", "yes", "any")]
    for way, fault in faults.items():
        there = ", ".join(dict.fromkeys(name for name in named if name in MAPS[way]))
        rows.append((way, "no" if fault else "yes", there or "none of this config"))
    closed = [f"! {way}: {fault}" for way, fault in faults.items() if fault]
    return "\n".join([_TITLE, aligned([_HEAD, *rows]), *closed])


def _fault(need: Callable[[Config], None], config: Config) -> str:
    try:
        need(config)
    except SourceError as error:
        return str(error)
    return ""
