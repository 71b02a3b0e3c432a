"""A loopback API that gives the answers a test wrote down, one after another.

For the exchanges of the session alone: what CLMS itself does is in the stand-in of CLMS.
"""

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import jwt


@dataclass
class Reply:
    """One answer; `action` "hang" never gives it, "drop" closes the connection instead."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    action: str = ""


@dataclass
class Call:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class ScriptedApi(ThreadingHTTPServer):
    """`replies` are for the API, `grants` for the sign-in, which else verifies and grants."""

    daemon_threads = True

    def __init__(self, public_key: Any = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.public_key = public_key
        self.replies: list[Reply] = []
        self.grants: list[Reply] = []
        self.calls: list[Call] = []
        self.sign_ins: list[Call] = []
        self.claims: list[dict[str, Any]] = []
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def token_uri(self) -> str:
        return f"{self.url}/@@oauth2-token"

    def grant(self, call: Call) -> Reply:
        self.sign_ins.append(call)
        if self.grants:
            return self.grants.pop(0)
        form = parse_qs(call.body.decode())
        assertion = form["assertion"][0]
        self.claims.append(
            jwt.decode(assertion, self.public_key, ["RS256"], audience=self.token_uri)
        )
        return Reply(200, {"access_token": f"opaque-token-{len(self.claims)}", "expires_in": 3600})

    def answer(self, call: Call) -> Reply:
        self.calls.append(call)
        return self.replies.pop(0) if self.replies else Reply(200, {"items": []})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ScriptedApi

    def log_message(self, *_: Any) -> None:
        pass

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        call = Call(self.command, self.path, dict(self.headers), self.rfile.read(length))
        signs_in = self.path == "/@@oauth2-token"
        reply = self.server.grant(call) if signs_in else self.server.answer(call)
        if reply.action == "hang":
            self.server.released.wait(30)
        if reply.action:
            self.close_connection = True
            return
        text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
        body = b"" if reply.status == 204 else text.encode()
        with contextlib.suppress(OSError):
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    do_GET = do_POST = do_DELETE = _handle  # noqa: N815 - names of the base class


@contextlib.contextmanager
def scripted_api(public_key: Any = None) -> Iterator[ScriptedApi]:
    """Run a `ScriptedApi` until the block ends."""
    api = ScriptedApi(public_key)
    thread = threading.Thread(target=api.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield api
    finally:
        api.released.set()
        api.shutdown()
        api.server_close()
        thread.join()
