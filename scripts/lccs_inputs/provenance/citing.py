"""The sources of a period as a methods section names them: one entry a dataset."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import Any

from lccs_inputs.facts.citations import product_citation, scene_doi
from lccs_inputs.provenance.sources import Source
from lccs_inputs.words import counted, listed

_PLATFORMS = {"sentinel": "Sentinel-", "landsat": "Landsat "}


@dataclass(frozen=True)
class Cited:
    """A dataset: an edition of a product, or the scenes of one collection in a scene set.

    Attributes:
        key: what a bibliography calls it.
        source: its name in the config.
        title: what it is.
        version: edition, processing baselines, or what a service calls it; "" if nothing says.
        year: that its title or the dates end with.
        dates: of scenes, the first and the last; of a product its edition.
        extent: of scenes, how many and of which platforms; "" of a product.
        publisher: who made it.
        dois: none where none is known.
        article: authors, title and journal, with the year, where its DOI is that of an article.
        accessed: the day, UTC; "" where nobody fetched it.
    """

    key: str
    source: str
    title: str
    version: str
    year: str
    dates: str
    extent: str
    publisher: str
    dois: tuple[str, ...]
    licence: str
    accessed: str
    article: Mapping[str, str]


def cited(sources: Sequence[Source]) -> list[Cited]:
    """The datasets of some sources, each with a key of its own."""
    return list(_distinct(each for source in sources for each in _entries(source)))


def _distinct(entries: Iterable[Cited]) -> Iterator[Cited]:
    """The same with a number behind each key that is taken already; BibTeX knows no case."""
    taken = set[str]()
    for each in entries:
        keys = chain([each.key], (f"{each.key}-{number}" for number in count(2)))
        key = next(key for key in keys if key.lower() not in taken)
        taken.add(key.lower())
        yield replace(each, key=key)


def _entries(source: Source) -> Iterator[Cited]:
    if "scenes" not in source.facts:
        yield _product(source)
        return
    scenes: Sequence[Mapping[str, Any]] = source.facts["scenes"]
    for collection in dict.fromkeys(scene["collection"] for scene in scenes):
        yield _collection(source, collection, [s for s in scenes if s["collection"] == collection])


def _collection(source: Source, collection: str, scenes: Sequence[Mapping[str, Any]]) -> Cited:
    days = sorted(scene["datetime"][:10] for scene in scenes)
    platforms = sorted({_platform(scene["platform"]) for scene in scenes})
    baselines = sorted({scene["baseline"] for scene in scenes} - {""})
    sensor = source.facts["sensor"]
    dois = Counter(scene_doi(sensor, scene["platform"], scene["baseline"]) for scene in scenes)
    without = dois.pop("", 0)
    return Cited(
        key=_key(source.name, source.edition, collection),
        source=source.name,
        title=f"{source.title.partition(',')[0]}, collection {collection}",
        version=f"baseline {listed(baselines)}" if baselines else "",
        year=days[-1][:4],
        dates=f"{days[0]} to {days[-1]}",
        extent=f"{counted(len(scenes), 'scene')} of {listed(platforms)}"
        + (f", {without} of them of no DOI" if dois and without else ""),
        publisher=source.facts["publisher"],
        dois=tuple(sorted(dois)),
        licence=source.licence,
        accessed=source.facts["accessed"],
        article={},
    )


def _product(source: Source) -> Cited:
    known = product_citation(source.facts["product"], source.edition)
    dataset = source.facts["dataset"]
    article = {}
    if known and known.journal:
        article = {
            "author": known.authors,
            "title": known.title,
            "journal": known.journal,
            "year": str(known.year),
        }
    return Cited(
        key=_key(source.name, source.edition),
        source=source.name,
        title=source.title,
        version=next((str(dataset[name]) for name in _NAMED if dataset.get(name)), ""),
        year=source.edition if source.edition.isdigit() else "",
        dates=source.edition,
        extent="",
        publisher=source.facts["publisher"],
        dois=(known.doi,) if known else (),
        licence=source.licence,
        accessed=source.facts["accessed"],
        article=article,
    )


_NAMED = ("title", "asset", "collection", "layer")
"""What a service calls a product, the most telling first."""


def _platform(name: str) -> str:
    """As people write it: sentinel2a is Sentinel-2A."""
    for series, written in _PLATFORMS.items():
        if name.startswith(series):
            return written + name.removeprefix(series).upper()
    return name


def _key(*names: str) -> str:
    """The names without what BibTeX does not take in a key."""
    return "-".join("".join(c if c.isalnum() else "_" for c in name) for name in names)
