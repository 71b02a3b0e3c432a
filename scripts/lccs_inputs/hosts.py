"""Whether a host can be asked at all, and why one that was asked has given no answer.

Clients of services try again for minutes, as they should where a service is slow; a mistyped
address or a machine without a network is to be told at once, in one sentence.
"""

import socket
import threading
import time
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import requests
from urllib3.exceptions import NewConnectionError

from lccs_inputs.errors import SourceError
from lccs_inputs.offline import require_network

_PATIENCE = 4.0  # seconds: a resolver that cannot be reached keeps silent
_PAUSE = 1.0  # seconds, before a look-up that may do better the next time
_FORGOTTEN = 60.0  # seconds, after which a name that was not found is looked up again

_answers: dict[str, tuple[str, float]] = {}
"""Host → why it was not found, "" where it was, and when it was looked up."""
_lock = threading.Lock()


def require_host(url: str) -> None:
    """See to it that the host of an address exists; behind a proxy, that is the proxy's matter.

    Raises:
        OfflineError: the network may not be asked.
        SourceError: its name cannot be looked up; says so within seconds, and what to check.
    """
    parts = urlsplit(url)
    host = parts.hostname
    if not host or parts.scheme not in ("http", "https"):  # a bucket is no host
        return
    require_network(host)
    if parts.scheme in getproxies() and not proxy_bypass(host):
        return
    with _lock:  # of many threads that ask at a time, one looks it up
        reason, when = _answers.get(host, ("", -_FORGOTTEN))
        if host not in _answers or (reason and time.monotonic() - when > _FORGOTTEN):
            reason = _looked_up(host)
            _answers[host] = reason, time.monotonic()
    if reason:
        raise SourceError(
            f"the host {host} cannot be found ({reason}); check the address, and that this machine "
            "is on the network"
        )


def silence(error: requests.RequestException) -> str:
    """Why there was no answer, in words; an exception itself holds headers, and with them keys."""
    if isinstance(error, requests.exceptions.SSLError):
        return "no trusted connection"
    if isinstance(error, requests.ConnectTimeout):
        return "no connection in time"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    return "no connection" if never_connected(error) else "a broken connection"


def never_connected(error: requests.RequestException) -> bool:
    """Whether an exchange ended before anything was sent."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError)


def _looked_up(host: str) -> str:
    """Why a host was not found; "" where it was."""
    found: list[str] = []

    def look() -> None:
        for pause in (_PAUSE, 0.0):
            try:
                socket.getaddrinfo(host, None)
            except OSError as error:
                if pause and getattr(error, "errno", None) == socket.EAI_AGAIN:
                    time.sleep(pause)
                    continue
                found.append(error.strerror or str(error))
            except UnicodeError:
                found.append("it is no name of a host")
            else:
                found.append("")
            return

    thread = threading.Thread(target=look, daemon=True)  # it may never end
    thread.start()
    thread.join(_PATIENCE)
    return found[0] if found else f"no answer in {_PATIENCE:g} s"
