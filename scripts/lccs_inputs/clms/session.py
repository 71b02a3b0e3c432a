"""Talking to CLMS: signed in, patient with passing faults, and never twice where it counts.

Reading and deleting can be repeated, so what passes is waited out. A POST creates a task: it is
repeated only where it cannot have arrived. The access token lives in memory, goes to CLMS alone,
and is renewed once when CLMS no longer knows it.
"""

import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Self
from urllib.parse import urlsplit

import requests

from lccs_inputs.clms.answers import Answer, no_answer, read_answer
from lccs_inputs.clms.key import ServiceKey
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.origins import CLMS
from lccs_inputs.hosts import require_host
from lccs_inputs.redaction import install, keep_secret, redact
from lccs_inputs.sessions import Session
from lccs_inputs.trust import is_confidential, require_trusted
from lccs_inputs.version import __version__
from lccs_inputs.words import brief

USER_AGENT = f"lccs-inputs/{__version__} (FAO LCCS inputs from Copernicus products)"
"""Sent with every request: CLMS turns away the default ones of common clients."""

TIMEOUT = (10.0, 60.0)
"""Seconds to connect, and to wait for the next bytes."""

_ATTEMPTS = 6
_FIRST_DELAY = 2.0  # seconds, doubled after each failed attempt: about a minute in all
_LONGEST_DELAY = 300.0  # seconds, whatever CLMS asks for
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"

_log = logging.getLogger(__name__)


class ClmsError(SourceError):
    """CLMS refused a request for good: HTTP `status` and its own `message`, without secrets."""

    def __init__(self, status: int, message: str, route: str = "") -> None:
        self.status, self.message = status, message
        super().__init__(f"CLMS refused {route or 'a request'}: {message} (HTTP {status})")


class KeyRefused(SourceError):  # noqa: N818 - a state, as its callers name it
    """CLMS does not accept the service key, or one is needed and there is none."""


class Unavailable(SourceError):  # noqa: N818 - a state, as its callers name it
    """CLMS gave no usable answer after several attempts; a later one may succeed."""


class Unclear(SourceError):  # noqa: N818 - a state, as its callers name it
    """A POST may have been carried out: find out before sending it again."""


@dataclass(frozen=True)
class _Request:
    method: str
    url: str
    params: Mapping[str, Any] | None = field(default=None, repr=False)
    json: Any = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)

    @property
    def label(self) -> str:
        """What was asked, for messages: the route, which holds no identifiers."""
        return urlsplit(self.url).path.removeprefix("/").removeprefix("api/")


class ClmsSession:
    """A connection to the CLMS API; a context manager. Use it from one thread at a time.

    Args:
        base_url: the site, such as "https://land.copernicus.eu" (config key clms.url).
        key: signs every request in; None to stay anonymous, which public routes allow.
        clock: seconds since 1970, UTC.
        sleep: waits that many seconds.
        timeout: seconds to connect, and to wait for the next bytes.

    Raises:
        SourceError: `base_url` is not an https address or, with a key, not one that may have it.
    """

    def __init__(
        self,
        base_url: str,
        key: ServiceKey | None,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        timeout: tuple[float, float] = TIMEOUT,
    ) -> None:
        if not is_confidential(base_url):
            raise SourceError(f"clms.url: {redact(base_url)} is not an https address; correct it")
        if key is not None:
            require_trusted(CLMS, base_url, "clms.url")
        install()
        self._base = base_url.rstrip("/")
        self._key, self._token = key, ""
        self._clock, self._sleep, self._timeout = clock, sleep, timeout
        self._http = Session()
        self._http.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
        self._http.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def get(self, route: str, params: Mapping[str, Any] | None = None) -> Any:
        """The JSON value at a route.

        Args:
            route: below /api, such as "@search"; or a whole address of the same host, such as
                the next page of a batch.
            params: query parameters; a list repeats one.

        Raises:
            ClmsError: CLMS refused.
            KeyRefused: the key is not accepted, or there is none and the route needs one.
            Unavailable: no usable answer after several attempts.
        """
        return self._ask(_Request("GET", self._address(route), params))

    def post(self, route: str, json: Any) -> Any:
        """Send a JSON body; the JSON answer. Repeated only where it cannot have arrived.

        Raises:
            ClmsError, KeyRefused, Unavailable: as `get`; nothing was carried out, except
                perhaps where the status of a ClmsError is 500.
            Unclear: it may or may not have been carried out.
        """
        return self._ask(_Request("POST", self._address(route), json=json))

    def delete(self, route: str, json: Any) -> Any:
        """Send a DELETE with a JSON body; the JSON answer, None where it is empty.

        Raises:
            ClmsError, KeyRefused, Unavailable: as `get`.
        """
        return self._ask(_Request("DELETE", self._address(route), json=json))

    def close(self) -> None:
        """Forget the token and close the connections."""
        self._token = ""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _address(self, route: str) -> str:
        """Where a route is; the scheme, host and port are always those of `base_url`."""
        if "://" not in route:
            return f"{self._base}/api/{route.lstrip('/')}"
        there, here = urlsplit(route), urlsplit(self._base)
        if there.netloc.lower() != here.netloc.lower():
            host = brief(str(there.hostname))
            raise SourceError(f"CLMS points to another host ({host}); check clms.url: {self._base}")
        return there._replace(scheme=here.scheme, netloc=here.netloc).geturl()

    def _ask(self, request: _Request) -> Any:
        require_host(request.url)
        answer = self._patiently(
            lambda: self._exchange_signed_in(request), request.label, request.method != "POST"
        )
        if answer.unauthorised:
            raise self._not_let_in(request, answer)
        if answer.refused:
            raise ClmsError(answer.status, answer.message, request.label)
        return answer.body

    def _not_let_in(self, request: _Request, answer: Answer) -> KeyRefused:
        if self._key is None:
            return KeyRefused(
                f"CLMS answers {request.label} only with a service key; docs/accounts.md says "
                f"how to get one"
            )
        return KeyRefused(
            f"CLMS does not let the service key {self._key.source} use {request.label}, even "
            f"with a new token ({answer.message}); {_remedy(self._key)}"
        )

    def _patiently(self, exchange: Callable[[], Answer], label: str, repeatable: bool) -> Answer:
        """The final answer; passing faults are waited out where the request may be repeated."""
        for attempt in range(1, _ATTEMPTS + 1):
            answer = exchange()
            fault = answer.fault
            if answer.status == 500 and repeatable:
                fault = f"HTTP 500: {answer.message}"
            if not fault:
                return answer
            if answer.perhaps_done and not repeatable:
                raise Unclear(
                    f"CLMS did not say whether it carried out {label} ({fault}); look for its "
                    f"tasks before asking again"
                )
            if attempt < _ATTEMPTS:
                delay = _delay(attempt, answer.wait)
                _log.warning("CLMS %s: %s; again in %.0f s", label, fault, delay)
                self._sleep(delay)
        raise Unavailable(
            f"CLMS gave no usable answer to {label} in {_ATTEMPTS} attempts ({fault}); "
            f"try again later"
        )

    def _exchange_signed_in(self, request: _Request) -> Answer:
        if self._key is None:
            return self._exchange(request)
        answer = self._exchange(request, self._current_token(self._key))
        if answer.unauthorised:
            self._token = ""  # whatever the reason given: CLMS forgets tokens in several ways
            answer = self._exchange(request, self._current_token(self._key))
        return answer

    def _current_token(self, key: ServiceKey) -> str:
        if not self._token:
            self._token = self._grant(key)
        return self._token

    def _grant(self, key: ServiceKey) -> str:
        """Trade a signed statement for an access token; both are new in each attempt."""

        def exchange() -> Answer:
            form = {"grant_type": _GRANT, "assertion": key.assertion(self._clock())}
            return self._exchange(_Request("POST", key.token_uri, form=form))

        answer = self._patiently(exchange, "the sign-in", repeatable=True)
        token = answer.body.get("access_token") if isinstance(answer.body, dict) else None
        if answer.refused or not isinstance(token, str) or not token:
            raise KeyRefused(
                f"CLMS refused the service key {key.source} ({answer.message}); {_remedy(key)}"
            )
        keep_secret(token)
        return token

    def _exchange(self, request: _Request, token: str = "") -> Answer:
        """One request, one answer. Redirects are not followed: a token goes nowhere else."""
        try:
            response = self._http.request(
                request.method,
                request.url,
                params=request.params,
                json=request.json,
                data=request.form,
                auth=_Bearer(token),
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            return no_answer(error)
        return read_answer(response, self._clock())


class _Bearer(requests.auth.AuthBase):
    """Sets the Authorization header, or keeps it away: requests would add one from ~/.netrc."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.pop("Authorization", None)
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _remedy(key: ServiceKey) -> str:
    place = f", use it from {key.ip_range} only" if key.ip_range else ""
    return f"check this machine's clock{place}, or make a new key as docs/accounts.md says"


def _delay(attempt: int, asked: float | None) -> float:
    """Seconds before the next attempt; drawn, so that jobs do not come back all at once."""
    longest = _FIRST_DELAY * 2.0 ** (attempt - 1)
    drawn = longest * random.uniform(0.5, 1.0)
    return drawn if asked is None else min(asked + drawn / 2, _LONGEST_DELAY)
