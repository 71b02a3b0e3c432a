"""A STAC API on the loopback address, and the token service of the Planetary Computer.

It speaks what pystac-client needs: the landing page, item search by POST and GET, and pages
linked by `next`; and it gives an item by its id. Faults are queued and answered one request at a
time.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlencode

from standins.loopback import Answer, Call, Loopback

CONFORMANCE = (
    "https://api.stacspec.org/v1.0.0/core",
    "https://api.stacspec.org/v1.0.0/item-search",
)


@dataclass(frozen=True)
class Fault:
    """What happens to one request: an error status, or silence."""

    status: int = 0
    retry_after: int | None = None
    hang: bool = False


class StacApi(Loopback):
    """The stand-in; use as a context manager.

    Attributes:
        items: item documents it serves.
        page_size: the most items in one answer, whatever the client asks.
        methods: how the landing page says it can be searched.
        faults: consumed by searches and token requests, first in first out.
        searches: the parameters of each search answered; tokens: each container asked for.
        looked_up: the id of each item asked for.
        token_life: how long the tokens it gives stay valid.
    """

    def __init__(
        self,
        items: Sequence[dict[str, Any]] = (),
        page_size: int = 100,
        methods: Sequence[str] = ("GET", "POST"),
        conformance: Sequence[str] = CONFORMANCE,
    ) -> None:
        super().__init__()
        self.items, self.page_size, self.methods = list(items), page_size, tuple(methods)
        self.conformance = tuple(conformance)
        self.faults: deque[Fault] = deque()
        self.searches: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        self.looked_up: list[str] = []
        self.token_life = timedelta(hours=1)

    def answer(self, call: Call) -> Answer | None:
        container = call.place.removeprefix("/sas/")
        _, _, item = call.place.partition("/items/")
        if call.place != "/search" and container == call.place and not item:
            return Answer.of(self.landing_page())
        if self.faults:
            return self._fail(call, self.faults.popleft())
        if item:
            return self.item(unquote(item))
        if container != call.place:
            return Answer.of(self.token(container))
        query = call.json if call.method == "POST" else _read_query(call)
        return Answer.of(self.search(query, call.method))

    def _fail(self, call: Call, fault: Fault) -> Answer | None:
        if fault.hang:
            return self.keep_silent(call)
        wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        page = {"description": "<html>a long page of excuses</html>"}
        return Answer.of(page, fault.status, wait)

    def landing_page(self) -> dict[str, Any]:
        search = {"rel": "search", "href": f"{self.url}/search", "type": "application/geo+json"}
        return {
            "type": "Catalog",
            "stac_version": "1.0.0",
            "id": "stand-in",
            "description": "A STAC API for tests",
            "conformsTo": list(self.conformance),
            "links": [
                {"rel": "self", "href": self.url},
                {"rel": "root", "href": self.url},
                *(search | {"method": method} for method in self.methods),
            ],
        }

    def search(self, query: dict[str, Any], method: str) -> dict[str, Any]:
        """One page of the items that match."""
        self.searches.append(query)
        start, end = (datetime.fromisoformat(text) for text in query["datetime"].split("/"))
        matches = [
            item
            for item in self.items
            if item["collection"] in query["collections"]
            and start <= datetime.fromisoformat(item["properties"]["datetime"]) <= end
            and _overlap(item["bbox"], query["bbox"])
        ]
        first = int(query.get("token", 0))
        last = first + min(self.page_size, int(query["limit"]))
        page = {"type": "FeatureCollection", "features": matches[first:last], "links": []}
        if last < len(matches):
            page["links"] = [self._next(query | {"token": str(last)}, method)]
        return page

    def item(self, name: str) -> Answer:
        """The item of an id."""
        self.looked_up.append(name)
        found = [item for item in self.items if item["id"] == name]
        return Answer.of(found[0]) if found else Answer.of({"code": "NotFoundError"}, 404)

    def _next(self, query: dict[str, Any], method: str) -> dict[str, Any]:
        link = {"rel": "next", "href": f"{self.url}/search", "method": method}
        if method == "POST":
            return link | {"body": query}
        flat = query | {
            "collections": ",".join(query["collections"]),
            "bbox": ",".join(map(str, query["bbox"])),
        }
        return link | {"href": f"{self.url}/search?{urlencode(flat)}"}

    def token(self, container: str) -> dict[str, Any]:
        self.tokens.append(container)
        expiry = datetime.now(UTC) + self.token_life
        return {
            "msft:expiry": expiry.isoformat(),
            "token": f"sp=r&se=soon&sig=SECRET{len(self.tokens)}",
        }


def _overlap(first: Sequence[float], second: Sequence[float]) -> bool:
    return (
        first[0] <= second[2]
        and second[0] <= first[2]
        and first[1] <= second[3]
        and second[1] <= first[3]
    )


def _read_query(call: Call) -> dict[str, Any]:
    query: dict[str, Any] = {key: values[0] for key, values in call.query.items()}
    query["collections"] = query["collections"].split(",")
    query["bbox"] = [float(text) for text in query["bbox"].split(",")]
    return query
