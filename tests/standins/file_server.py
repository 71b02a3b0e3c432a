"""A loopback file server with range requests, and the faults of real ones."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Fault = Callable[[int], str | int | None]
"""Request number, from 1 → None (served), an HTTP status, "hang" or "truncate"."""


class FileServer(ThreadingHTTPServer):
    """Serves a folder; `requests` are the paths asked for, with their query strings."""

    daemon_threads = True

    def __init__(self, folder: Path, fault: Fault) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder, self.fault = folder, fault
        self.requests: list[str] = []
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FileServer

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def log_message(self, *_: Any) -> None:
        pass

    def _answer(self, with_body: bool) -> None:
        self.server.requests.append(self.path)
        fault = self.server.fault(len(self.server.requests))
        path = self.server.folder / self.path.split("?")[0].lstrip("/")
        if fault == "hang":
            self.server.released.wait(60)
        if isinstance(fault, int) or not path.is_file():
            self._head(fault if isinstance(fault, int) else 404, 0)
            return
        body = path.read_bytes()
        whole, status, headers = len(body), 200, {}
        wanted = self.headers.get("Range")
        if wanted:
            first, last = wanted.removeprefix("bytes=").split("-")
            start, end = int(first), min(int(last or whole - 1), whole - 1)
            body, status = body[start : end + 1], 206
            headers = {"Content-Range": f"bytes {start}-{end}/{whole}"}
        self._head(status, len(body), headers)
        if with_body:
            with contextlib.suppress(OSError):  # the client may have given up
                self.wfile.write(body[: len(body) // 2] if fault == "truncate" else body)
        self.close_connection = fault == "truncate"

    def _head(self, status: int, length: int, headers: dict[str, str] | None = None) -> None:
        with contextlib.suppress(OSError):
            self.send_response(status)
            for key, value in (headers or {}).items():
                self.send_header(key, value)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(length))
            self.end_headers()


@contextlib.contextmanager
def serve(folder: Path, fault: Fault = lambda _: None) -> Iterator[FileServer]:
    """Serve `folder` until the block ends."""
    server = FileServer(folder, fault)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
