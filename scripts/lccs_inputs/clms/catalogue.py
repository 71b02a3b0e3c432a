"""The CLMS catalogue: its DataSets, what can be cut out of them, and which files are ready made.

Anyone may read it; no key is needed. Its records are filled in by hand, so everything in them
may be blank, padded or spelt in two ways.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tqdm import tqdm

from lccs_inputs.clms.titles import Title, read_pixels, read_title
from lccs_inputs.errors import SourceError

if TYPE_CHECKING:  # a config is read without loading what talks to CLMS
    from lccs_inputs.clms.session import ClmsSession

_log = logging.getLogger(__name__)

_FIELDS = ("UID", "dataset_download_information", "downloadable_files", "mapviewer_istimeseries")
_AT_ONCE = 20  # UIDs in one address
_MOST_PAGES = 200
_SIZE = re.compile(r"(\d+(?:[.,]\d+)?)\s*([KMGT]B)", re.IGNORECASE)
_UNITS = {"KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}


@dataclass(frozen=True)
class Collection:
    """A part of a DataSet that areas can be cut from.

    Attributes:
        information_id: the DatasetDownloadInformationID of a request.
        name: its "collection", or its name where that is blank: "10 m", "Confidence Layer".
        resolution: pixel size it mentions, metres; None where it does not.
        format: in which it is kept, "Geotiff" for rasters; "" if unknown.
        source: the system that holds it ("EEA", "CDSE", …); "" where it cannot be downloaded.
    """

    information_id: str
    name: str
    resolution: float | None
    format: str
    source: str


@dataclass(frozen=True)
class PrepackagedFile:
    """A ready-made file of a DataSet.

    Attributes:
        file_id: the FileID of a request.
        area: a country by its English name, or "Europe".
        name: of the file, without its suffix.
        resolution: pixel size, metres; None where it is not said.
        format: "Geotiff" for rasters.
        size: as CLMS writes it, "35 MB".
        year: as CLMS writes it, often "".
    """

    file_id: str
    area: str
    name: str
    resolution: float | None
    format: str
    size: str
    version: str
    year: str

    @property
    def bytes(self) -> float | None:
        """Of its size, where that can be read."""
        said = _SIZE.fullmatch(self.size.strip())
        return float(said[1].replace(",", ".")) * _UNITS[said[2].upper()] if said else None


@dataclass(frozen=True)
class Offer:
    """A DataSet of the catalogue.

    Attributes:
        title: what `text`, the title as CLMS writes it, says.
        time_series: a request has to say which year it wants.
    """

    uid: str
    text: str
    title: Title
    collections: tuple[Collection, ...]
    files: tuple[PrepackagedFile, ...]
    time_series: bool


def read_offers(session: "ClmsSession") -> list[Offer]:
    """Every DataSet of the catalogue, in its order.

    Raises:
        SourceError: the catalogue cannot be read, or what comes is none.
    """
    asked = {"portal_type": "DataSet", "metadata_fields": list(_FIELDS)}
    offers = [*_read(session, "@search", asked)]
    if not offers:
        raise SourceError("the CLMS catalogue lists no DataSet; check clms.url, or try again later")
    return offers


def read_by_uid(session: "ClmsSession", uids: Iterable[str]) -> dict[str, Offer]:
    """The DataSets with these UIDs, in full, by UID; those that are gone are not there.

    Raises:
        SourceError: the catalogue cannot be read.
    """
    wanted = sorted(set(uids))
    found: dict[str, Offer] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = ",".join(wanted[start : start + _AT_ONCE])
        found |= {offer.uid: offer for offer in _read(session, "@datasets_by_uid", {"UID": some})}
    return {uid: found[uid] for uid in wanted if uid in found}


def _read(session: "ClmsSession", route: str, params: Mapping[str, Any]) -> Iterator[Offer]:
    """The DataSets of a route and of all its further pages, each once."""
    pages, seen, total = set[str](), set[str](), 0
    page = session.get(route, params)
    with tqdm(desc="Reading the CLMS catalogue", unit="page", mininterval=1, delay=2) as progress:
        while True:
            progress.update()
            total = _total(page, route)
            for record in _records(page):
                if (offer := _read_offer(record)) and offer.uid not in seen:
                    seen.add(offer.uid)
                    yield offer
            following = _next(page)
            if not following:
                break
            if following in pages or len(pages) == _MOST_PAGES:
                raise SourceError(f"the pages of CLMS {route} have no end; try again later")
            pages.add(following)
            page = session.get(f"{route}?{following}")
    if len(seen) < total:
        _log.warning("CLMS %s announces %d DataSets and gives %d", route, total, len(seen))


def _total(page: Any, route: str) -> int:
    if not isinstance(page, Mapping) or not isinstance(page.get("items"), list):
        raise SourceError(
            f"what {route} answers is no list of the CLMS catalogue; check clms.url, or try again "
            f"later"
        )
    total = page.get("items_total")
    return total if isinstance(total, int) else len(page["items"])


def _next(page: Mapping[str, Any]) -> str:
    """The query of the next page; "" on the last one.

    Its host is left out: behind a proxy, Plone may name one that only CLMS itself can reach.
    """
    batching = page.get("batching")
    return urlsplit(_text(batching, "next")).query if isinstance(batching, Mapping) else ""


def _read_offer(record: Mapping[str, Any]) -> Offer | None:
    """A DataSet; None for a record without a UID, which nothing can be asked of."""
    uid, text = _text(record, "UID"), " ".join(_text(record, "title").split())
    if not uid:
        return None
    title = read_title(text)
    return Offer(
        uid,
        text,
        title,
        tuple(filter(None, map(_read_collection, _items(record, "dataset_download_information")))),
        tuple(filter(None, map(_read_file, _items(record, "downloadable_files")))),
        title.is_series or record.get("mapviewer_istimeseries") is True,
    )


def _read_collection(record: Mapping[str, Any]) -> Collection | None:
    information_id = _text(record, "@id")
    if not information_id:
        return None
    name = _text(record, "collection") or _text(record, "name")
    source = _text(record, "full_source")
    return Collection(information_id, name, _pixels(name), _text(record, "full_format"), source)


def _read_file(record: Mapping[str, Any]) -> PrepackagedFile | None:
    """A ready-made file; None for the blank record that stands for none, or one without data."""
    needed = ["@id", "file", *(key for key in ("path", "source") if key in record)]
    if not all(_text(record, key) for key in needed):
        return None
    return PrepackagedFile(
        _text(record, "@id"),
        _text(record, "area"),
        _text(record, "file"),
        _pixels(_text(record, "resolution")),
        _text(record, "format"),
        _text(record, "size"),
        _text(record, "version"),
        _text(record, "year"),
    )


def _pixels(text: str) -> float | None:
    return next(iter(read_pixels(text)), None)


def _items(record: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    """The records within {"items": […]}, which may be missing altogether."""
    held = record.get(key)
    return _records(held) if isinstance(held, Mapping) else iter(())


def _records(held: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    items = held.get("items")
    listed = items if isinstance(items, list) else []
    return (item for item in listed if isinstance(item, Mapping))


def _text(record: Mapping[str, Any], key: str) -> str:
    """A text field without its padding; a choice may come as {"title", "token"}."""
    value = record.get(key)
    if isinstance(value, Mapping):
        value = value.get("token") or value.get("title")
    return str(value).strip() if isinstance(value, str | int | float) else ""
