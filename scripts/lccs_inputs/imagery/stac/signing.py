"""Signed access to assets: a token per storage container, asked for by the job that reads.

Also the time limits and retries that every request to a catalogue service keeps.
"""

import logging
from collections.abc import Callable
from typing import Any, Self
from urllib.parse import urlparse

from planetary_computer import sas
from planetary_computer.settings import Settings
from planetary_computer.utils import parse_blob_url
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, Retry

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.catalogues import CDSE
from lccs_inputs.sessions import GuardedSession
from lccs_inputs.trust import is_confidential

TIMEOUT = (10.0, 60.0)
"""Seconds to connect to a service, and to wait for its next bytes."""
_log = logging.getLogger(__name__)


class _Told(Retry):
    """Says that it waits: minutes of silence look like a program that hangs."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: Any = None,
        _stacktrace: Any = None,
    ) -> Self:
        left = super().increment(method, url, response, error, _pool, _stacktrace)
        said = f"it answered {response.status}" if response else "no answer"
        _log.warning("%s: %s; trying again", getattr(_pool, "host", url), said)
        return left


RETRIES = _Told(
    total=6,
    backoff_factor=1,
    backoff_max=60,
    status_forcelist=(429, 500, 502, 503, 504),
    allowed_methods=None,  # a search is safe to repeat, by POST too
    respect_retry_after_header=True,
    retry_after_max=120,
)
"""Waits 0, 2, 4 … 32 s between attempts, or as long as the service asks for."""

_TOKEN_MARGIN = 300  # s a token must still last: a window is read in far less


def unsigned(href: str) -> str:
    """The href without a signature: what may be written to a file."""
    parts = urlparse(href)
    is_blob = (parts.hostname or "").endswith(sas.BLOB_STORAGE_DOMAIN)
    return parts._replace(query="").geturl() if is_blob else href


def sign_planetary_computer(href: str) -> str:
    """Add a read token to the href of a blob; other hrefs are returned as they are.

    Raises:
        SourceError: no token was to be had, or it could be read on the way.
    """
    parts = urlparse(unsigned(href))
    if parts.netloc.endswith(sas.BLOB_STORAGE_DOMAIN):
        if not is_confidential(parts.geturl()):
            raise SourceError(
                f"{parts.geturl()} is not an https address, and a token of the Planetary Computer "
                "would be sent there; use another catalogue"
            )
        _renew_token(*parse_blob_url(parts))
    return str(sas.sign_url(parts.geturl()))


def _renew_token(account: str, container: str) -> None:
    """Put a token in the package's cache: it would ask for one itself, without a time limit."""
    settings = Settings.get()
    url = f"{settings.sas_url}/{account}/{container}"
    token = sas.TOKEN_CACHE.get(url)
    if token is not None and token.ttl() > _TOKEN_MARGIN:
        return
    key = settings.subscription_key
    headers = {"Ocp-Apim-Subscription-Key": key} if key else {}
    try:
        with GuardedSession() as session:
            session.mount(url, HTTPAdapter(max_retries=RETRIES))
            response = session.get(url, headers=headers, timeout=TIMEOUT, allow_redirects=False)
        response.raise_for_status()
        sas.TOKEN_CACHE[url] = sas.SASToken.model_validate_json(response.text)
    except (OSError, ValueError) as error:
        raise SourceError(
            f"the Planetary Computer gave no access to {account}/{container} "
            f"({type(error).__name__}); try again later"
        ) from error


def signer(name: str) -> Callable[[str], str]:
    """The function that signs an href for reading now; `name` as in `SceneList.sign`.

    Signing happens in the job that reads: signatures expire within the hour, and never reach a
    file. What it returns raises SourceError when the service gives no token.
    """
    signers: dict[str, Callable[[str], str]] = {
        "": str,
        "planetary_computer": sign_planetary_computer,
        CDSE: str,  # its requests are signed, not its addresses
    }
    return signers[name]
