"""What an answer of CLMS means: a result, a refusal, or a passing fault worth another attempt."""

from dataclasses import dataclass
from typing import Any

import requests

from lccs_inputs.headers import seconds_to_wait
from lccs_inputs.hosts import never_connected, silence
from lccs_inputs.redaction import redact
from lccs_inputs.words import brief

_BUSY = (429,)
_LOST = (408, 502, 503, 504)
_LONGEST_MESSAGE = 500  # characters
_NOT_LOGGED_IN = "You need to be logged in"  # said with status 200 by some routes


@dataclass(frozen=True)
class Answer:
    """An answer, or the lack of one.

    Attributes:
        status: HTTP status, 0 where nothing came back.
        body: the JSON value; None where there is none.
        fault: why this is no final answer, in words; "" where it is one.
        perhaps_done: with a fault, whether CLMS may have carried the request out nevertheless.
        wait: seconds CLMS asks to wait before the next attempt; None where it does not say.
        moved_to: where a redirect points.
    """

    status: int = 0
    body: Any = None
    fault: str = ""
    perhaps_done: bool = False
    wait: float | None = None
    moved_to: str = ""

    @property
    def unauthorised(self) -> bool:
        return self.status == 401 or (self.refused and self.message.startswith(_NOT_LOGGED_IN))

    @property
    def refused(self) -> bool:
        """A final no, in the status or, rarely, only in the body."""
        said = isinstance(self.body, dict) and self.body.get("status") == "error"
        return self.status >= 300 or (said and "msg" in self.body)

    @property
    def message(self) -> str:
        """What CLMS says about a refusal, in its own words, without secrets."""
        if self.moved_to:
            return f"it redirects to {brief(redact(self.moved_to))}"
        body = self.body if isinstance(self.body, dict) else {}
        texts = (body.get(key) for key in ("msg", "message", "error_description", "error"))
        said = next((text for text in texts if isinstance(text, str) and text), "")
        return redact(said)[:_LONGEST_MESSAGE] or f"HTTP {self.status} without an explanation"


def read_answer(response: requests.Response, now: float) -> Answer:
    """What a whole response means; `now` is seconds since 1970."""
    status = response.status_code
    if 300 <= status < 400:
        return Answer(status, moved_to=response.headers.get("Location", ""))
    if status in (*_BUSY, *_LOST):
        wait = seconds_to_wait(response.headers.get("Retry-After", ""), now)
        return Answer(status, None, f"HTTP {status}", status in _LOST, wait)
    if status == 204:
        return Answer(status)
    try:
        body = response.json()
    except ValueError:
        if status < 300:
            return Answer(status, None, "a page instead of data", perhaps_done=True)
        body = None
    return Answer(status, body)


def no_answer(error: requests.RequestException) -> Answer:
    """What an exchange that broke off means."""
    return Answer(fault=silence(error), perhaps_done=not never_connected(error))
