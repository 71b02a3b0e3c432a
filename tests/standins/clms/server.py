"""The stand-in itself: three loopback servers over one state."""

import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from standins.clms.accounts import EXPIRED, UNAUTHORISED, Accounts
from standins.clms.api import Api, Call
from standins.clms.catalogue import Catalogue
from standins.clms.clock import Clock
from standins.clms.deliveries import RasterSource, pattern
from standins.clms.faults import Fault, Faults
from standins.clms.images import export_image
from standins.clms.tasks import Pace, Tasks

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


@dataclass
class Answer:
    """What goes back; `sent` bytes of the body are really sent (None: all)."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] | None = None
    sent: int | None = None


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
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._servers = [_Server(self, kind) for kind in (_ApiHandler, _ResultHandler, _Images)]
        self.url, self.result_url, images = (server.url for server in self._servers)
        self.image_url = f"{images}/arcgis/rest/services/GioLandPublic"
        self.accounts = Accounts(self.clock, f"{self.url}/@@oauth2-token")
        self.tasks = Tasks(self.clock, self.catalogue, self.faults, raster_source)
        self.tasks.pace = Pace(queue_seconds, work_seconds, polls)
        self.tasks.result_url, self.tasks.aware = self.result_url, aware
        self.api = Api(self.url, self.accounts, self.catalogue, self.tasks)

    def __enter__(self) -> "ClmsStandIn":
        for server in self._servers:
            server.thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()
            server.thread.join()

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


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, clms: ClmsStandIn, handler: type["_Handler"]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.clms = clms
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)


class _Handler(BaseHTTPRequestHandler):
    """Reads a request, lets its fault happen, else answers it."""

    protocol_version = "HTTP/1.1"
    host: ClassVar[str]
    server: _Server

    def _handle(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request, body = self._read(raw)
        clms = self.server.clms
        clms.log.append(request)
        fault = clms.faults.take(_place(request))
        if not self._fails_before(fault):
            answer = self._answer(request, body, fault)
            if not self._fails_after(fault):
                self._send(answer)

    do_GET = do_POST = do_DELETE = do_PATCH = do_HEAD = _handle  # noqa: N815

    def _answer(self, request: Request, body: Any, fault: Fault | None) -> Answer:
        raise NotImplementedError

    def _read(self, raw: bytes) -> tuple[Request, Any]:
        """The request for the log, and its body with the secrets still in it."""
        parts = urlsplit(self.path)
        form = "form-urlencoded" in self.headers.get("Content-Type", "")
        body: Any = None
        if form:
            body = {key: values[0] for key, values in parse_qs(raw.decode()).items()}
        elif raw:
            with suppress(ValueError):
                body = json.loads(raw)
        headers = {key.lower(): value for key, value in self.headers.items()}
        if "authorization" in headers:
            headers["authorization"] = f"{headers['authorization'].split()[0]} {_SECRET}"
        shown = body | {"assertion": _SECRET} if form and "assertion" in body else body
        at = parts.path.find("@")
        route = parts.path[at:] if at >= 0 else parts.path
        query = parse_qs(parts.query, keep_blank_values=True)
        request = Request(self.host, self.command, parts.path, route, query, headers, shown)
        return request, body

    def _fails_before(self, fault: Fault | None) -> bool:
        """Let a fault happen that keeps the request from being served."""
        kind = fault.kind if fault else ""
        if kind == "timeout":
            self._keep_silent(fault)
        elif kind == "drop":
            self.close_connection = True
        elif kind == "status" and fault:
            self._send(_page(fault.options.get("status", 503), fault.options.get("retry_after")))
        elif kind == "html":
            self._send(_page(200))
        elif kind in {"expired_token", "unknown_token"}:
            self._send(_json(401, EXPIRED if kind == "expired_token" else UNAUTHORISED))
        elif kind == "redirect" and fault:
            to = {"Location": fault.options["to"]}
            self._send(Answer(fault.options.get("status", 302), b"", to))
        else:
            return False
        return True

    def _fails_after(self, fault: Fault | None) -> bool:
        """Let a fault happen that keeps the answer from arriving."""
        kind = fault.kind if fault else ""
        if kind == "timeout_after_storing":
            self._keep_silent(fault)
        elif kind == "drop_after_storing":
            self.close_connection = True
        else:
            return False
        return True

    def _keep_silent(self, fault: Fault | None) -> None:
        self.server.clms.closing.wait(fault.options.get("seconds", 60) if fault else 60)
        self.close_connection = True

    def _send(self, answer: Answer) -> None:
        with suppress(OSError):  # the client may have given up
            self.send_response(answer.status)
            for key, value in (answer.headers or {}).items():
                self.send_header(key, value)
            if answer.status != 204:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body[: answer.sent])
        if answer.sent is not None:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


class _ApiHandler(_Handler):
    host = "api"

    def _answer(self, request: Request, body: Any, fault: Fault | None) -> Answer:
        clms = self.server.clms
        if request.route != "@@oauth2-token" and not request.path.startswith("/api/"):
            return _page(404)
        call = Call(
            request.method,
            request.route,
            request.query,
            body or {},
            self.headers.get("Authorization"),
            fault.kind if fault else "",
        )
        try:
            status, document = clms.answer(call)
        except Exception as error:  # the portal answers whatever it did not expect like this
            return _json(500, {"message": str(error), "type": type(error).__name__})
        if "json" not in request.headers.get("accept", "") and request.route != "@@oauth2-token":
            return _page(200)  # Plone renders its pages unless asked for JSON
        return Answer(status) if status == 204 else _json(status, document)


class _ResultHandler(_Handler):
    """The host of finished archives; it knows no tokens and dislikes scripts."""

    host = "result"

    def _answer(self, request: Request, body: Any, fault: Fault | None) -> Answer:
        agent = request.headers.get("user-agent", "").lower()
        if not agent or agent.startswith(_DEFAULT_AGENTS) or "authorization" in request.headers:
            return _page(403)
        archive = self.server.clms.tasks.archive(request.path.rpartition("/")[2])
        if archive is None:
            return _page(404)
        if archive.status != 200:
            return _page(archive.status)
        return self._file(archive.content, fault.kind if fault else "")

    def _file(self, content: bytes, kind: str) -> Answer:
        headers = {"Content-Type": "application/zip"}
        if kind == "flipped" and content:
            middle = len(content) // 2
            flipped = bytes([content[middle] ^ 0xFF])
            content = content[:middle] + flipped + content[middle + 1 :]
        status, whole = 200, len(content)
        if self.server.clms.ranges:
            headers["Accept-Ranges"] = "bytes"
            wanted = self.headers.get("Range", "")
            start = wanted.removeprefix("bytes=").partition("-")[0]
            if start.isdigit():
                if int(start) >= whole:
                    return Answer(416, b"", {"Content-Range": f"bytes */{whole}"})
                headers["Content-Range"] = f"bytes {start}-{whole - 1}/{whole}"
                status, content = 206, content[int(start) :]
        sent = len(content) // 2 if kind == "truncated" else None
        return Answer(status, content, headers, sent)


class _Images(_Handler):
    """The image service: public, on a host of its own."""

    host = "image"

    def _answer(self, request: Request, body: Any, fault: Fault | None) -> Answer:
        parts = request.path.strip("/").split("/")
        if parts[:4] != ["arcgis", "rest", "services", "GioLandPublic"] or len(parts) != 7:
            return _page(404)
        kind = fault.kind if fault else ""
        if kind == "error":
            text = "Unable to complete operation."
            return _json(200, {"error": {"code": 500, "message": text, "details": []}})
        query = {key: values[0] for key, values in request.query.items()}
        source = self.server.clms.raster_source
        status, content, image = export_image(parts[4], query, source, kind == "wrong_code")
        sent = len(image) // 2 if kind == "truncated" else None
        return Answer(status, image, {"Content-Type": content}, sent)


def _json(status: int, document: Any) -> Answer:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return Answer(status, json.dumps(document).encode(), headers)


def _page(status: int, retry_after: int | str | None = None) -> Answer:
    """A web page, as proxies and firewalls send them."""
    headers = {"Content-Type": "text/html; charset=utf-8"}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return Answer(status, _PAGE % (b"%d" % status, b"%d" % status), headers)
