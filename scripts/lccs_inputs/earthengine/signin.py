"""Signing in to Earth Engine, on laptops and clusters: once per job, no call without a time limit.

The account is, in this order: the service-account key named in the config; the credentials
GOOGLE_APPLICATION_CREDENTIALS names; what `earthengine authenticate` stored; application default
credentials. Each is asked for the scopes Earth Engine needs: the client's own sign-in asks for none
where a service account comes from the environment.
"""

import contextlib
import json
import logging
import os
import re
import socket
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ee
import google.auth
import httplib2
from google.auth.credentials import AnonymousCredentials, Credentials, Scoped
from google.auth.exceptions import GoogleAuthError
from google.oauth2 import credentials as stored_credentials
from google.oauth2 import service_account
from google_auth_httplib2 import AuthorizedHttp
from requests.adapters import HTTPAdapter

from lccs_inputs.earthengine.errors import Patience, Result, TooMuchError, persist
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.earthengine import CATALOGUE as EARTH_ENGINE
from lccs_inputs.hosts import require_host
from lccs_inputs.key_files import KeyFile, require_private
from lccs_inputs.sessions import GuardedSession
from lccs_inputs.trust import is_local, require_trusted

SCOPES = (
    "https://www.googleapis.com/auth/earthengine",
    "https://www.googleapis.com/auth/cloud-platform",
)
TIMEOUT = (20.0, 360.0)
"""Seconds to connect, and to wait for bytes: an interactive computation may take five minutes."""

KEY_VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
"""The environment variable that holds the path of an account's key, as Google's clients have it."""

_HELP = "make a key of a service account with `gcloud iam service-accounts keys create`"
_FILE = KeyFile(
    "key",
    "earthengine.key",
    KEY_VARIABLE,
    ("client_email", "private_key", "token_uri"),
    ("{", "PRIVATE KEY"),
    "that Google gives",
    _HELP,
)
_ENDPOINT = "https://earthengine.googleapis.com"
_CATALOGUE_TIMEOUT = 20.0  # s; the client looks for deprecated assets, without a limit of its own
_QUOTA_STATUS = "x-earth-engine-quota-status"
_RESTRICTED = "parallelism_restricted=true"
_OVER_QUOTA = "Your project has exceeded"  # how the client's own warning begins
_NO_TAG = re.compile(r"[^a-z0-9_-]+")
_POOL = 64  # connections kept; more than any number of slots

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Account:
    """Who asks Earth Engine, and for whose quota.

    Attributes:
        project: id of a Google Cloud project that is registered for Earth Engine.
        key: JSON key of a service account; None for the account of the user or the machine.
        url: another endpoint; one of this machine is asked without credentials, where there is no
            `key`.
    """

    project: str
    key: Path | None = None
    url: str = ""

    @property
    def is_local(self) -> bool:
        """Whether the endpoint is one of this machine, which stands for all of Google's."""
        return is_local(self.url)


class Transport:
    """Sends the client's requests, as it expects of httplib2; safe to share between threads.

    Attributes:
        restricted: whether the last answer said that the project is over its monthly quota; None
            before the first.
    """

    def __init__(self, timeout: tuple[float, float] = TIMEOUT) -> None:
        self.restricted: bool | None = None
        self._timeout = timeout
        self._session = GuardedSession()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=_POOL))

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        redirections: int | None = None,
        connection_type: Any = None,
    ) -> tuple[httplib2.Response, bytes]:
        """Raises OSError (of which timeouts are one) where there is no whole answer."""
        answer = self._session.request(
            method,
            uri,
            data=body,
            headers=headers,
            timeout=self._timeout,
            allow_redirects=method in ("GET", "HEAD"),  # a body may hold what signs in
        )
        facts = {name.lower(): value for name, value in answer.headers.items()}
        self.restricted = _RESTRICTED in facts.get(_QUOTA_STATUS, "")
        return httplib2.Response(facts | {"status": str(answer.status_code)}), answer.content

    def another(self) -> "Transport":
        """One that does not mix what other services answer into `restricted`."""
        return Transport(self._timeout)

    def close(self) -> None:
        self._session.close()


class Session:
    """A signed-in client; every request is tried again as long as `patience` allows.

    Attributes:
        profiles: ids of the profiles of computed pixels; None, the default, asks for none.
    """

    def __init__(
        self,
        account: Account,
        credentials: Credentials,
        transport: Transport,
        patience: Patience,
    ) -> None:
        self.account, self.patience = account, patience
        self.profiles: list[str] | None = None
        self._credentials, self._transport = credentials, transport

    @property
    def project(self) -> str:
        return self.account.project

    def tag(self, text: str) -> None:
        """Tag what is asked from now on: the project's use of compute is reported by tags.

        Args:
            text: made 1 to 63 of a-z, 0-9, - and _, as the service demands.
        """
        ee.data.setDefaultWorkloadTag(_NO_TAG.sub("-", text.lower())[:63].strip("-_"))

    @property
    def restricted(self) -> bool | None:
        """Whether the project is over its monthly quota, as the last answer said."""
        return self._transport.restricted

    def compute_pixels(
        self, request: Mapping[str, Any], stop: threading.Event | None = None
    ) -> Any:
        """The pixels of `ee.data.computePixels`; raises as `errors.persist`."""
        note = self.profiles.append if self.profiles is not None else None

        def ask() -> Any:
            with ee.data.profiling(note):  # of this thread only
                return ee.data.computePixels(dict(request))

        return persist(ask, self.project, self.patience, stop)

    def compute_value(self, value: Any) -> Any:
        """The value of a computed object.

        Raises:
            SourceError: it is too much for one answer, or as `errors.persist`.
        """
        try:
            return self.persist(value.getInfo)
        except (KeyError, TypeError, ValueError) as error:  # the client's, of what is no answer
            raise SourceError(
                f"Earth Engine, project {self.project}: the answer is none of its API; check "
                "earthengine.url and the network, or try again later"
            ) from error
        except TooMuchError as error:
            reason = str(error).rstrip(".")
            raise SourceError(
                f"Earth Engine, project {self.project}: {reason}; choose a smaller area or a "
                "shorter period"
            ) from error

    def persist(self, action: Callable[[], Result]) -> Result:
        """What one request of another kind gives; raises as `errors.persist`."""
        return persist(action, self.project, self.patience)

    def authorised(self, *scopes: str) -> AuthorizedHttp:
        """A client for other services of Google, as the same account; for one thread.

        Args:
            scopes: what it asks for, where the account can choose: one that was authorised
                before has the scopes it was given then.
        """
        credentials = self._credentials
        if isinstance(credentials, Scoped):
            credentials = credentials.with_scopes(scopes)  # type: ignore[no-untyped-call]
        return AuthorizedHttp(credentials, http=self._transport.another())


_current: dict[Account, Session] = {}  # the client itself is one per process


def sign_in(
    account: Account,
    patience: Patience | None = None,
    timeout: tuple[float, float] = TIMEOUT,
) -> Session:
    """The session of this process; signing in again to the same account sends nothing.

    Raises:
        SourceError: no project or no account is known, it may not use Earth Engine, or the
            endpoint may not have its token; says what to run.
    """
    if not account.project:
        raise SourceError(
            "earthengine.project is not set: write the id of a Google Cloud project that is "
            "registered for Earth Engine (https://console.cloud.google.com/earth-engine)"
        )
    if account in _current:
        return _current[account]
    if account.url:
        require_trusted(EARTH_ENGINE, account.url, "earthengine.url")
    credentials = _credentials(account)
    require_host(account.url or _ENDPOINT)
    transport = Transport(timeout)
    session = Session(account, credentials, transport, patience or Patience())
    _current.clear()
    ee.Reset()
    ee.data.setMaxRetries(0)  # `persist` does it
    warnings.filterwarnings("ignore", _OVER_QUOTA)  # with every answer; jobs tell it once
    with _socket_timeout(_CATALOGUE_TIMEOUT):
        persist(
            lambda: ee.Initialize(
                credentials,
                url=account.url or None,
                project=account.project,
                http_transport=transport,
            ),
            account.project,
            session.patience,
        )
    _current[account] = session
    return session


def _credentials(account: Account) -> Credentials:
    if account.key is not None:
        return _key_credentials(account.key)
    if account.is_local:
        return AnonymousCredentials()  # type: ignore[no-untyped-call]
    if KEY_VARIABLE in os.environ:
        _require_private(Path(os.environ[KEY_VARIABLE]))
    else:
        stored = _stored_credentials()
        if stored is not None:
            return stored
    try:
        credentials, _ = google.auth.default(scopes=SCOPES)
    except GoogleAuthError as error:
        raise SourceError(
            f"no account for Earth Engine was found ({str(error).split('. ')[0]}); run "
            "`earthengine authenticate --auth_mode=notebook` once, or name a service-account key "
            "as earthengine.key"
        ) from error
    found: Credentials = credentials
    return found


def _key_credentials(key: Path) -> Credentials:
    try:
        content = _FILE.read(key)
        require_trusted(EARTH_ENGINE, content["token_uri"], f"the token_uri in the key {key}")
    except SourceError as error:
        raise SourceError(f"earthengine.key: {error}") from None
    try:
        credentials: Credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
            content, scopes=SCOPES
        )
    except (ValueError, GoogleAuthError) as error:
        raise SourceError(
            f"earthengine.key: {key} is not the JSON key of a service account; {_HELP}"
        ) from error
    return credentials


def _require_private(path: Path) -> None:
    """Refuse what Google's own tools wrote where others can open it, unless there is no secret in
    it; a file that cannot be read is told by whoever reads it."""
    try:
        mode, content = path.stat().st_mode, path.read_bytes()
    except OSError:
        return
    if b'"external_account' not in content:
        require_private("credentials of Google", path, mode)


def _stored_credentials() -> Credentials | None:
    """What `earthengine authenticate` stored; None if it never ran here."""
    path = Path(ee.oauth.get_credentials_path())
    _require_private(path)
    try:
        arguments = ee.oauth.get_credentials_arguments()
    except OSError:
        return None
    except json.JSONDecodeError as error:
        raise SourceError(
            f"{path} is not readable as credentials; run `earthengine authenticate --force`"
        ) from error
    if not arguments.get("refresh_token"):
        return None
    # The project whose quota is used is the config's, not the one stored beside the token.
    arguments["quota_project_id"] = None
    return stored_credentials.Credentials(None, **arguments)  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def _socket_timeout(seconds: float) -> Iterator[None]:
    """A limit for sockets that are opened without one."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
