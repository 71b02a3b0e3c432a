"""A STAC API on the loopback address, and the token service of the Planetary Computer.

It speaks what pystac-client needs: the landing page, item search by POST and GET, and pages
linked by `next`. Faults are queued and answered one request at a time.
"""

import json
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

CONFORMANCE = (
    "https://api.stacspec.org/v1.0.0/core",
    "https://api.stacspec.org/v1.0.0/item-search",
)


@dataclass(frozen=True)
class Fault:
    """What happens to one request: an error status, or silence for `hang` seconds."""

    status: int = 0
    retry_after: int | None = None
    hang: float = 0


class StacApi:
    """The stand-in; use as a context manager.

    Attributes:
        items: item documents it serves.
        page_size: the most items in one answer, whatever the client asks.
        methods: how the landing page says it can be searched.
        faults: consumed by searches and token requests, first in first out.
        searches: the parameters of each search answered; tokens: each container asked for.
        token_life: how long the tokens it gives stay valid.
    """

    def __init__(
        self,
        items: Sequence[dict[str, Any]] = (),
        page_size: int = 100,
        methods: Sequence[str] = ("GET", "POST"),
        conformance: Sequence[str] = CONFORMANCE,
    ) -> None:
        self.items, self.page_size, self.methods = list(items), page_size, tuple(methods)
        self.conformance = tuple(conformance)
        self.faults: deque[Fault] = deque()
        self.searches: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        self.token_life = timedelta(hours=1)
        self.closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "StacApi":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

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


def _handler(api: StacApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/search":
                query: dict[str, Any] = {k: v[0] for k, v in parse_qs(parts.query).items()}
                query["collections"] = query["collections"].split(",")
                query["bbox"] = [float(text) for text in query["bbox"].split(",")]
                self._answer(lambda: api.search(query, "GET"))
            elif parts.path.startswith("/sas/"):
                self._answer(lambda: api.token(parts.path.removeprefix("/sas/")))
            else:
                self._send(200, api.landing_page())

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(lambda: api.search(body, "POST"))

        def _answer(self, make: Any) -> None:
            if not api.faults:
                self._send(200, make())
                return
            fault = api.faults.popleft()
            if fault.hang:
                api.closing.wait(fault.hang)
                self.close_connection = True
                return
            wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            self._send(fault.status, {"description": "<html>a long page of excuses</html>"}, wait)

        def _send(
            self, status: int, document: dict[str, Any], headers: dict[str, str] | None = None
        ) -> None:
            text = json.dumps(document).encode()
            with suppress(ConnectionError):
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    return Handler
