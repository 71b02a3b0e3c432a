"""The stand-in itself: three loopback servers over one state."""

import json
import threading
from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs

from standins import loopback
from standins.clms.accounts import EXPIRED, UNAUTHORISED, Accounts
from standins.clms.api import Api, Call
from standins.clms.catalogue import Catalogue
from standins.clms.clock import Clock
from standins.clms.deliveries import RasterSource, pattern
from standins.clms.faults import Fault, Faults
from standins.clms.images import export_image
from standins.clms.tasks import Pace, Tasks
from standins.loopback import Answer, Loopback

_PAGE = b"<!DOCTYPE html>\n<html><head><title>%s</title></head><body><h1>%s</h1></body></html>"
_DEFAULT_AGENTS = ("python-requests", "python-urllib", "urllib3", "curl", "wget")
_SECRET = "***"


@dataclass(frozen=True)
class Request:
    """One request as it arrived, its secrets replaced by ***.

    Attributes:
        host: "api", "result" or "image".
        route: last part of the path that begins with @, else the path.
        body: JSON document or form.
    """

    host: str
    method: str
    path: str
    route: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: Any


class ClmsStandIn:
    """A local CLMS; use as a context manager.

    Attributes:
        url: of the portal (its API is below /api); result_url, image_url: of the other hosts.
        clock, accounts, catalogue, tasks, faults: its parts, for tests to meddle with.
        log: every request; leaked: those that carried a bearer where none belongs.
        ranges: whether the result host serves parts of files.

    Args:
        raster_source: what deliveries and images hold; see `deliveries.RasterSource`.
        queue_seconds, work_seconds, polls: how long tasks take; see `tasks.Pace`.
        aware: whether time stamps say +00:00, as they do since 2026.
    """

    def __init__(
        self,
        raster_source: RasterSource = pattern,
        *,
        queue_seconds: float | None = None,
        work_seconds: float = 0,
        polls: int = 1,
        aware: bool = True,
    ) -> None:
        self.clock, self.catalogue, self.faults = Clock(), Catalogue(), Faults()
        self.raster_source = raster_source
        self.log: list[Request] = []
        self.ranges = True
        self._lock, self._running = threading.Lock(), ExitStack()
        self._hosts = [kind(self) for kind in (_Portal, _Results, _Images)]
        self.url, self.result_url, images = (host.url for host in self._hosts)
        self.image_url = f"{images}/arcgis/rest/services/GioLandPublic"
        self.accounts = Accounts(self.clock, f"{self.url}/@@oauth2-token")
        self.tasks = Tasks(self.clock, self.catalogue, self.faults, raster_source)
        self.tasks.pace = Pace(queue_seconds, work_seconds, polls)
        self.tasks.result_url, self.tasks.aware = self.result_url, aware
        self.api = Api(self.url, self.accounts, self.catalogue, self.tasks)

    def __enter__(self) -> "ClmsStandIn":
        for host in self._hosts:
            self._running.enter_context(host)
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    @property
    def traffic(self) -> Counter[str]:
        """As of `Loopback`, of all hosts."""
        return sum((host.traffic for host in self._hosts), Counter[str]())

    def key_file(self, folder: Path, **changes: Any) -> Path:
        """Write the service key, with `changes`, as a file only its owner can read."""
        path = folder / "clms_key.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(self.accounts.service_key() | changes, indent=1))
        return path

    def requests(self, name: str) -> list[Request]:
        """The logged requests of one "METHOD route", or of "GET result", "GET exportImage"."""
        return [each for each in self.log if _place(each) == name]

    @property
    def leaked(self) -> list[Request]:
        """Requests with credentials at the result host, the image service or the token route."""
        return [
            each
            for each in self.log
            if "authorization" in each.headers
            and (each.host != "api" or each.route == "@@oauth2-token")
        ]

    def answer(self, call: Call) -> tuple[int, Any]:
        """The API's answer; one call at a time."""
        with self._lock:
            return self.api.answer(call)


def _place(request: Request) -> str:
    return {"result": "GET result", "image": "GET exportImage"}.get(
        request.host, f"{request.method} {request.route}"
    )


class _Host(Loopback):
    """Reads a request, lets its fault happen, else answers it."""

    name: ClassVar[str]

    def __init__(self, clms: ClmsStandIn) -> None:
        super().__init__()
        self.clms = clms

    def answer(self, call: loopback.Call) -> Answer | None:
        request, body = self._read(call)
        self.clms.log.append(request)
        fault = self.clms.faults.take(_place(request)) or Fault("", {})
        answer = _instead(fault)
        if answer is None and fault.kind not in {"timeout", "drop"}:
            answer = self._serve(call, request, body, fault.kind)
        if fault.kind in {"timeout", "timeout_after_storing"}:
            return self.keep_silent(call)
        return None if fault.kind in {"drop", "drop_after_storing"} else answer

    @abstractmethod
    def _serve(self, call: loopback.Call, request: Request, body: Any, fault: str) -> Answer:
        """What the host answers where no fault happens in place of it."""

    def _read(self, call: loopback.Call) -> tuple[Request, Any]:
        """The request for the log, and its body with the secrets still in it."""
        form = "form-urlencoded" in call.headers.get("Content-Type", "")
        body: Any = None
        if form:
            body = {key: values[0] for key, values in parse_qs(call.body.decode()).items()}
        elif call.body:
            with suppress(ValueError):
                body = json.loads(call.body)
        headers = {key.lower(): value for key, value in call.headers.items()}
        if "authorization" in headers:
            headers["authorization"] = f"{headers['authorization'].split()[0]} {_SECRET}"
        shown = body | {"assertion": _SECRET} if form and "assertion" in body else body
        path = call.place
        route = path[path.find("@") :] if "@" in path else path
        request = Request(self.name, call.method, path, route, call.query, headers, shown)
        return request, body


def _instead(fault: Fault) -> Answer | None:
    """What a fault answers in place of the service."""
    options = fault.options
    if fault.kind == "status":
        return _page(options.get("status", 503), options.get("retry_after"))
    if fault.kind == "html":
        return _page(200)
    if fault.kind in {"expired_token", "unknown_token"}:
        return _json(401, EXPIRED if fault.kind == "expired_token" else UNAUTHORISED)
    if fault.kind == "redirect":
        return Answer(options.get("status", 302), headers={"Location": options["to"]})
    return None


class _Portal(_Host):
    name = "api"

    def _serve(self, call: loopback.Call, request: Request, body: Any, fault: str) -> Answer:
        if request.route != "@@oauth2-token" and not request.path.startswith("/api/"):
            return _page(404)
        token = call.headers.get("Authorization")
        asked = Call(request.method, request.route, request.query, body or {}, token, fault)
        try:
            status, document = self.clms.answer(asked)
        except Exception as error:  # the portal answers whatever it did not expect like this
            return _json(500, {"message": str(error), "type": type(error).__name__})
        if "json" not in request.headers.get("accept", "") and request.route != "@@oauth2-token":
            return _page(200)  # Plone renders its pages unless asked for JSON
        return Answer(status) if status == 204 else _json(status, document)


class _Results(_Host):
    """The host of finished archives; it knows no tokens and dislikes scripts."""

    name = "result"

    def _serve(self, call: loopback.Call, request: Request, body: Any, fault: str) -> Answer:
        agent = request.headers.get("user-agent", "").lower()
        if not agent or agent.startswith(_DEFAULT_AGENTS) or "authorization" in request.headers:
            return _page(403)
        archive = self.clms.tasks.archive(request.path.rpartition("/")[2])
        if archive is None:
            return _page(404)
        if archive.status != 200:
            return _page(archive.status)
        return self._file(archive.content, call.headers.get("Range", ""), fault)

    def _file(self, content: bytes, wanted: str, fault: str) -> Answer:
        headers = {"Content-Type": "application/zip"}
        if fault == "flipped" and content:
            middle = len(content) // 2
            flipped = bytes([content[middle] ^ 0xFF])
            content = content[:middle] + flipped + content[middle + 1 :]
        status, whole = 200, len(content)
        if self.clms.ranges:
            headers["Accept-Ranges"] = "bytes"
            start = wanted.removeprefix("bytes=").partition("-")[0]
            if start.isdigit():
                if int(start) >= whole:
                    return Answer(416, b"", {"Content-Range": f"bytes */{whole}"})
                headers["Content-Range"] = f"bytes {start}-{whole - 1}/{whole}"
                status, content = 206, content[int(start) :]
        answer = Answer(status, content, headers)
        return answer.cut() if fault == "truncated" else answer


class _Images(_Host):
    """The image service: public, on a host of its own."""

    name = "image"

    def _serve(self, call: loopback.Call, request: Request, body: Any, fault: str) -> Answer:
        parts = request.path.strip("/").split("/")
        if parts[:4] != ["arcgis", "rest", "services", "GioLandPublic"] or len(parts) != 7:
            return _page(404)
        if fault == "error":
            text = "Unable to complete operation."
            return _json(200, {"error": {"code": 500, "message": text, "details": []}})
        query = {key: values[0] for key, values in request.query.items()}
        source = self.clms.raster_source
        status, content, image = export_image(parts[4], query, source, fault == "wrong_code")
        answer = Answer(status, image, {"Content-Type": content})
        return answer.cut() if fault == "truncated" else answer


def _json(status: int, document: Any) -> Answer:
    return Answer.of(document, status, {"Cache-Control": "no-store"})


def _page(status: int, retry_after: int | str | None = None) -> Answer:
    """A web page, as proxies and firewalls send them."""
    headers = {"Content-Type": "text/html; charset=utf-8"}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return Answer(status, _PAGE % (b"%d" % status, b"%d" % status), headers)
