"""Asking hosts that must not see our token: the result host and the image service.

Neither is the API: both are asked with a User-Agent of our own, since the default ones of common
libraries are turned away, and with no credentials whatever, also none of a ~/.netrc.
"""

import contextlib
import random
import time
from collections.abc import Iterator, Mapping

import requests
import urllib3

from lccs_inputs.clms.answers import no_answer
from lccs_inputs.errors import SourceError
from lccs_inputs.headers import seconds_to_wait
from lccs_inputs.hosts import require_host
from lccs_inputs.sessions import GuardedSession

ATTEMPTS = 5
"""How many attempts may fail in a row."""

_TIMEOUT = (20.0, 60.0)  # seconds to connect, and of silence
_FIRST_DELAY, _LONGEST_DELAY = 4.0, 60.0  # seconds: a minute in all, before a link counts as dead
_LONGEST_ASKED = 900.0  # seconds, whatever a host asks for
_NO_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)


class RetryableError(SourceError):
    """What may be better next time; `wait` is what the host asks for, in seconds."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class NotReady(SourceError):  # noqa: N818 - a state rather than an error
    """The host refuses the file (403), or has none (404): it may come, or be gone."""

    def __init__(self, reason: str, status: int = 403) -> None:
        super().__init__(reason)
        self.status = status


class Expired(SourceError):  # noqa: N818 - a state rather than an error
    """The link is dead: the product has to be requested again."""


class KeylessSession(GuardedSession):
    """A session that never authenticates, on no redirect either."""

    def __init__(self, user_agent: str) -> None:
        super().__init__()
        self.headers["User-Agent"] = user_agent

    @contextlib.contextmanager
    def ask(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[requests.Response]:
        """Open a streaming answer, of any status; messages hold neither URL nor headers.

        Raises:
            RetryableError: the host is silent or unreachable, or breaks off, also while the body
                is read.
            SourceError: the URL is none.
        """
        require_host(url)
        try:
            with self.get(
                url, params=params, headers=headers, stream=True, timeout=_TIMEOUT
            ) as response:
                yield response
        except _NO_ADDRESS:
            raise SourceError("what should be a link is no web address") from None
        except requests.RequestException as error:
            raise RetryableError(no_answer(error).fault) from None
        except urllib3.exceptions.HTTPError:
            raise RetryableError("a broken connection") from None


def check_status(response: requests.Response) -> None:
    """Raise what a status other than 200 and 206 means.

    Raises:
        NotReady: 403, 404.
        Expired: 410.
        RetryableError: 408, 429 and 5xx.
        SourceError: any other.
    """
    status = response.status_code
    if status in {200, 206}:
        return
    reason = f"HTTP {status}"
    if status in {403, 404}:
        raise NotReady(reason, status)
    if status == 410:
        raise Expired(reason)
    if status in {408, 429} or status >= 500:
        header = response.headers.get("Retry-After", "")
        raise RetryableError(reason, seconds_to_wait(header, time.time()))
    raise SourceError(reason)


def pause(failures: int, error: SourceError) -> float:
    """Seconds to wait after `failures` in a row, the last being `error`."""
    longest = min(_FIRST_DELAY * 2.0 ** (failures - 1), _LONGEST_DELAY)
    # Drawn, so that the jobs of a run do not come back all at once.
    drawn = longest * random.uniform(0.75, 1)
    asked = error.wait if isinstance(error, RetryableError) else None
    return drawn if asked is None else min(asked + drawn / 4, _LONGEST_ASKED)
