"""STAC items of a catalogue: a static one on disk, walked, or an API, searched page by page."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from http.client import responses
from pathlib import Path
from textwrap import shorten
from typing import Any
from urllib.parse import quote, urlsplit

import pystac
import requests
from pystac.stac_io import DefaultStacIO
from pystac_client import Client
from pystac_client.stac_api_io import StacApiIO
from shapely.geometry.base import BaseGeometry
from urllib3 import Retry

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.catalogues import PARQUET_ENDINGS, is_url, url_of
from lccs_inputs.hosts import require_host, silence
from lccs_inputs.imagery.identity import footprint, sensing_time
from lccs_inputs.imagery.stac import parquet
from lccs_inputs.imagery.stac.signing import RETRIES, TIMEOUT
from lccs_inputs.rasters.lonlat import parts

_PAGE = 100  # items per request: larger pages of full items time out on the public services
_GONE = (404, 410)
_IMPATIENT = RETRIES.new(total=1, backoff_max=2, retry_after_max=2)


def find_items(
    catalogue: str,
    collections: Sequence[str],
    bbox: tuple[float, float, float, float],
    start: date,
    end: date,
) -> Iterator[pystac.Item]:
    """The items of `collections` that touch a box and were sensed within the dates.

    Args:
        catalogue: name of a preset, URL of a STAC API, or path of a static catalogue or
            collection, which is walked whole.
        bbox: west, south, east, north, degrees (EPSG:4326); west is more than east across 180.
        start, end: inclusive, UTC.

    Raises:
        SourceError: the catalogue cannot be read, or a static one has none of the collections.
    """
    url = url_of(catalogue)
    if is_url(url):
        candidates = _search_api(url, collections, bbox, start, end)
    else:
        candidates = _walk_catalogue(Path(catalogue), collections)
    area = parts(bbox)
    for item in candidates:
        # An API is asked the same, but each reads box and dates a little differently.
        try:
            wanted = start <= sensing_time(item).date() <= end and _may_touch(item, area)
        except Exception as error:  # as of a document
            raise SourceError(
                f"{catalogue}: {item.collection_id}/{item.id} does not say when and where it was "
                f"sensed in a way that can be read ({_brief(error)}); leave it out of the catalogue"
            ) from error
        if wanted:
            yield item


def find_one(
    catalogue: str,
    collections: Sequence[str],
    bbox: tuple[float, float, float, float],
    start: date,
    end: date,
) -> pystac.Item | None:
    """Some item of an API, or none, as `find_items` would find it; asked with little patience.

    Args:
        catalogue: name of a preset, or URL of a STAC API.

    Raises:
        SourceError: the API cannot be searched.
    """
    url = url_of(catalogue)
    found = _search_api(url, collections, bbox, start, end, page=1, retries=_IMPATIENT)
    return next(found, None)


def read_items(catalogue: str, collection: str, names: Iterable[str]) -> dict[str, pystac.Item]:
    """The items of an API with these ids, asked for one by one; without those it does not have.

    Args:
        catalogue: name of a preset, or URL of a STAC API.

    Raises:
        SourceError: the API gives no answer, or no item.
    """
    url = url_of(catalogue).rstrip("/")
    require_host(url)
    session, found = _ApiIo(max_retries=RETRIES, timeout=TIMEOUT), {}
    for name in names:
        place = f"{url}/collections/{quote(collection)}/items/{quote(name)}"
        try:
            found[name] = pystac.Item.from_dict(session.read_json(place))
        except Exception as error:  # pystac raises whatever a malformed document leads to
            if getattr(error, "status_code", None) not in _GONE:
                raise _unanswered(url, error) from error
    return found


def _may_touch(item: pystac.Item, area: BaseGeometry) -> bool:
    """Whether an item touches an area; one that does not say where it lies may."""
    outline = footprint(item)
    return outline.is_empty or bool(outline.intersects(area))


class _FileIo(DefaultStacIO):
    """Reads documents of a static catalogue; see `_readable`."""

    def json_loads(self, txt: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return _readable(super().json_loads(txt, *args, **kwargs))


class _ApiIo(StacApiIO):
    """Reads the answers of an API; see `_readable`."""

    def json_loads(self, txt: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return _readable(super().json_loads(txt, *args, **kwargs))


def _readable(document: dict[str, Any]) -> dict[str, Any]:
    """A document whose items pystac can read, however little is left of them.

    At an asset without an href it stops, and with it the search, or takes the folder of the item
    for it; such assets are left out, and whoever needs them tells.
    """
    for item in document.get("features", [document]) if isinstance(document, dict) else []:
        if isinstance(item, dict) and item.get("type") == "Feature":
            assets = item.get("assets")
            whole = assets.items() if isinstance(assets, dict) else ()
            item["assets"] = {key: asset for key, asset in whole if _has_href(asset)}
            item["links"] = item.get("links") or []
            item["id"] = str(item.get("id"))
            if item.get("collection") is not None:
                item["collection"] = str(item["collection"])
    return document


def _has_href(asset: Any) -> bool:
    href = asset.get("href") if isinstance(asset, dict) else None
    try:
        return isinstance(href, str) and urlsplit(href).path != ""
    except ValueError:  # brackets that belong to no address
        return False


def _search_api(
    url: str,
    collections: Sequence[str],
    bbox: tuple[float, float, float, float],
    start: date,
    end: date,
    page: int = _PAGE,
    retries: Retry | None = None,
) -> Iterator[pystac.Item]:
    require_host(url)
    try:
        # `open` overwrites the time limit of the connection it is given: say it here.
        client = Client.open(url, stac_io=_ApiIo(max_retries=retries or RETRIES), timeout=TIMEOUT)
        methods = {link.extra_fields.get("method", "GET") for link in client.get_links("search")}
        search = client.search(
            method="POST" if "POST" in methods else "GET",
            collections=list(collections),
            bbox=bbox,
            datetime=f"{start}T00:00:00Z/{end}T23:59:59.999Z",
            limit=page,
        )
        yield from search.items()
    except Exception as error:  # the client raises whatever a malformed answer leads to
        raise _unanswered(url, error) from error


def _unanswered(url: str, error: Exception) -> SourceError:
    return SourceError(
        f"{url} could not be searched ({_fault(error)}); check the address and the network, "
        "then run again"
    )


def _walk_catalogue(path: Path, collections: Sequence[str]) -> Iterator[pystac.Item]:
    if not path.exists():
        raise SourceError(f"{path} does not exist: no STAC catalogue to search")
    seen: set[str] = set()
    try:
        for name, item in _items(path, collections, seen):
            seen.add(name)
            if name in collections:
                yield item
    except Exception as error:  # pystac raises whatever a malformed document leads to
        raise SourceError(f"{path} cannot be read as a STAC catalogue ({_brief(error)})") from error
    if seen.isdisjoint(collections):
        raise SourceError(
            f"{path} has no collection {' or '.join(collections)}; it has "
            f"{', '.join(sorted(seen)) or 'none'}: name one as `collections`"
        )


def _items(
    path: Path, collections: Sequence[str], seen: set[str]
) -> Iterator[tuple[str, pystac.Item]]:
    """The items of a file, each with the collection it is of.

    Args:
        seen: gets the collections that are passed over unread.
    """
    if path.suffix in PARQUET_ENDINGS:
        yield from _saved(path, map(_readable, parquet.read_items(path)), collections)
        return
    document = _FileIo().read_json(path.as_posix())
    if document.get("type") == "FeatureCollection":
        yield from _saved(path, document["features"], collections)
        return
    whole = pystac.read_dict(document, path.absolute().as_posix(), stac_io=_FileIo())
    if not isinstance(whole, pystac.Catalog):
        raise ValueError(f"it is a STAC {type(whole).__name__}")
    for catalogue, _, _ in whole.walk():
        if isinstance(catalogue, pystac.Collection):
            seen.add(catalogue.id)
            if catalogue.id not in collections:
                continue
        for item in catalogue.get_items():
            yield item.collection_id or catalogue.id, item


def _saved(
    path: Path, documents: Iterable[dict[str, Any]], collections: Sequence[str]
) -> Iterator[tuple[str, pystac.Item]]:
    """The items of a search that was saved; one that names no collection is of the first."""
    for document in documents:
        item = pystac.Item.from_dict(document, href=path.absolute().as_posix())
        yield item.collection_id or collections[0], item


def _fault(error: Exception) -> str:
    """Why an API gave no answer that can be read; the client has wrapped what happened."""
    status = getattr(error, "status_code", None)
    if status:
        return f"it answered {status} {responses.get(status, '')}".rstrip()
    met = error.__context__
    if isinstance(met, requests.exceptions.RetryError):
        return _brief(met.args[0].reason)
    return silence(met) if isinstance(met, requests.RequestException) else _brief(error)


def _brief(error: Exception) -> str:
    """The first line of an error, short: a service may answer with a page of HTML."""
    text = str(error).strip() or type(error).__name__
    return shorten(text.splitlines()[0], 200, placeholder=" …")
