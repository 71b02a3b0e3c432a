"""The HTTP server on the loopback address that every stand-in for a service is made of."""

import json
import select
import socket
import sys
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from unittest import mock
from urllib.parse import parse_qs, urlsplit

from requests.structures import CaseInsensitiveDict

_silent: set[tuple[int, int]] = set()  # ports of client and server, where no answer will come

_LONG = 600.0  # seconds

network_down = threading.Event()
"""While it is set, connections to all stand-ins break, also in the midst of an answer."""


@dataclass(frozen=True)
class Call:
    """One request as it arrived.

    Attributes:
        path: with its query, as it was asked for; `place` is without.
        port: of the client.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    port: int

    @property
    def place(self) -> str:
        return urlsplit(self.path).path

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.path).query, keep_blank_values=True)

    @property
    def json(self) -> Any:
        return json.loads(self.body or b"{}")


@dataclass
class Answer:
    """What goes back; `sent` bytes of the body are really sent (None: all)."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    sent: int | None = None

    @classmethod
    def of(
        cls, document: Any, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> "Answer":
        kind = {"Content-Type": "application/json"}
        return cls(status, json.dumps(document).encode(), kind | dict(headers or {}))

    def cut(self) -> "Answer":
        """The same, of which only half of the body arrives."""
        return Answer(self.status, self.body, self.headers, len(self.body) // 2)


class Loopback(ABC):
    """A server that runs while it is entered; a stand-in says in `answer` what it answers.

    Attributes:
        closing: set when the server is to end; whatever waits in `answer` waits for it too.
        traffic: how many `requests` came, and `bytes` of bodies that were sent.
    """

    def __init__(self) -> None:
        self.closing = threading.Event()
        self.traffic = Counter[str]()
        self._counting = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.005,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @abstractmethod
    def answer(self, call: Call) -> Answer | None:
        """The answer to one request, called in a thread of its own; None drops the connection."""

    def count(self, **added: int) -> None:
        with self._counting:
            self.traffic.update(added)

    def keep_silent(self, call: Call) -> None:
        """Give no answer while the server runs, which is longer than any client should wait."""
        connection = (call.port, self._server.server_port)
        _silent.add(connection)
        self.closing.wait(_LONG)
        _silent.discard(connection)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, stand_in: Loopback) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.stand_in = stand_in

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Show what is wrong with a stand-in, but not that a client has gone."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two packets
    server: _Server

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = CaseInsensitiveDict(self.headers.items())
        call = Call(self.command, self.path, headers, body, self.client_address[1])
        self.server.stand_in.count(requests=1)
        answer = None if network_down.is_set() else self.server.stand_in.answer(call)
        if answer and network_down.is_set():
            answer = answer.cut()
        if answer is None:
            self.close_connection = True
            return
        with suppress(OSError):  # the client may have given up
            self._send(answer)
        self.close_connection = self.close_connection or answer.sent is not None

    do_GET = do_POST = do_DELETE = do_PATCH = do_HEAD = _handle  # noqa: N815 - of the base class

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.server.stand_in.count(bytes=len(answer.body[: answer.sent]))
            self.wfile.write(answer.body[: answer.sent])

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


@contextmanager
def limits_end_in_silence() -> Iterator[None]:
    """Let time limits of this process' clients run out when a stand-in keeps silent, and only then.

    So no request fails because the machine is busy, a limit is over at once where it is to be,
    and what a stand-in does before it falls silent is done by then.
    """
    with mock.patch("socket.socket", _Socket):
        yield


class _Socket(socket.socket):
    def recv_into(self, *arguments: Any) -> int:
        """Bytes, waited for as long as somebody may send some."""
        if self.gettimeout() is not None:  # without a limit there is none to run out
            connection = (self.getsockname()[1], self.getpeername()[1])
            (arrived := select.poll()).register(self, select.POLLIN)
            while not arrived.poll(20):
                if connection in _silent:
                    _silent.discard(connection)
                    raise TimeoutError("timed out")
        return super().recv_into(*arguments)
