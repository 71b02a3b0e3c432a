"""A loopback API that gives the answers a test wrote down, one after another.

For the exchanges of the session alone: what CLMS itself does is in the stand-in of CLMS.
"""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import jwt

from standins.loopback import Answer, Call, Loopback


@dataclass
class Reply:
    """One answer; `action` "hang" never gives it, "drop" closes the connection instead."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    action: str = ""


class ScriptedApi(Loopback):
    """`replies` are for the API, `grants` for the sign-in, which else verifies and grants."""

    def __init__(self, public_key: Any = None) -> None:
        super().__init__()
        self.public_key = public_key
        self.replies: list[Reply] = []
        self.grants: list[Reply] = []
        self.calls: list[Call] = []
        self.sign_ins: list[Call] = []
        self.claims: list[dict[str, Any]] = []

    @property
    def token_uri(self) -> str:
        return f"{self.url}/@@oauth2-token"

    def answer(self, call: Call) -> Answer | None:
        reply = self.grant(call) if call.path == "/@@oauth2-token" else self._next(call)
        if reply.action == "hang":
            return self.keep_silent(call)
        if reply.action == "drop":
            return None
        text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
        return Answer(reply.status, b"" if reply.status == 204 else text.encode(), reply.headers)

    def grant(self, call: Call) -> Reply:
        self.sign_ins.append(call)
        if self.grants:
            return self.grants.pop(0)
        assertion = parse_qs(call.body.decode())["assertion"][0]
        self.claims.append(
            jwt.decode(assertion, self.public_key, ["RS256"], audience=self.token_uri)
        )
        return Reply(200, {"access_token": f"opaque-token-{len(self.claims)}", "expires_in": 3600})

    def _next(self, call: Call) -> Reply:
        self.calls.append(call)
        return self.replies.pop(0) if self.replies else Reply(200, {"items": []})
