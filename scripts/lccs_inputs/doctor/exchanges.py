"""What services answer, noted while they are asked."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

_LARGEST = 500_000  # bytes; an answer that is larger is noted without its body
_SECRET_PLACES = ("token", "sas")  # in the path of an address: what answers there is a secret


@dataclass(frozen=True)
class Exchange:
    """One request and its answer; what was sent is not kept.

    Attributes:
        url: without its query, which may be a signature.
        body: a JSON value or a text; of an image its bytes in base64; None where it is not kept.
    """

    method: str
    url: str
    status: int
    content_type: str
    body: Any

    @classmethod
    def of(cls, response: requests.Response) -> "Exchange":
        asked, kind = response.request, response.headers.get("Content-Type", "")
        url = urlsplit(str(asked.url))._replace(query="", fragment="")
        place = url.path.lower().replace("@", "/").replace("-", "/").split("/")
        secret = any(word in place for word in _SECRET_PLACES)
        body = None if secret else _body(response, kind)
        return cls(str(asked.method), url.geturl(), response.status_code, kind, body)


def _body(response: requests.Response, kind: str) -> Any:
    if len(response.content) > _LARGEST:
        return None
    if kind.startswith("image/"):
        return base64.b64encode(response.content).decode()
    try:
        return response.json()
    except ValueError:
        return response.text


@contextmanager
def noted() -> Iterator[list[Exchange]]:
    """Note every exchange of `requests`, of which all our clients of services are made."""
    found: list[Exchange] = []
    send = requests.Session.send

    def note(
        session: requests.Session, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        response = send(session, request, **options)
        if response.status_code != requests.codes.partial_content:  # those are pixels
            found.append(Exchange.of(response))
        return response

    requests.Session.send = note  # type: ignore[method-assign, assignment]
    try:
        yield found
    finally:
        requests.Session.send = send  # type: ignore[method-assign]
