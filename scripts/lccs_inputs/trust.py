"""Where secrets may go: to the hosts of a service, to this machine, and to those a user trusts.

A config often comes from somebody else, who must not say by it who is to have one's tokens: hosts
that are not known are named where only the user does, in the environment.
"""

import ipaddress
import os
import re
from urllib.parse import urlsplit

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.hosts import HOSTS
from lccs_inputs.redaction import redact

TRUSTED = "LCCS_INPUTS_TRUST_HOSTS"
"""The environment variable that names further hosts, with blanks or commas between them."""

_ADDRESS = re.compile(r"https?://[\w.:\[\]-]+(/[^\s\\]*)?", re.ASCII | re.IGNORECASE)
"""What every reader of addresses reads alike: no user, no backslash, no blank."""


def is_local(url: str) -> bool:
    """Whether an address is one of this very machine."""
    host = urlsplit(url).hostname if _ADDRESS.fullmatch(url) else None
    try:
        return host == "localhost" or bool(host and ipaddress.ip_address(host).is_loopback)
    except ValueError:  # a name
        return False


def is_confidential(url: str) -> bool:
    """Whether what is sent to `url` cannot be read on the way: https, or this very machine."""
    is_secure = url.lower().startswith("https://")
    return bool(_ADDRESS.fullmatch(url)) and (is_secure or is_local(url))


def require_trusted(service: str, url: str, key: str) -> None:
    """See to it that a secret may be sent to an address.

    Args:
        service: whose token it is, of `HOSTS`.
        key: what says the address: a key of the config, or else in words.

    Raises:
        SourceError: it could be read on the way, or its host is neither known nor named in the
            environment.
    """
    if is_local(url):
        return
    if not is_confidential(url):
        raise SourceError(
            f"{key}: {redact(url)} is not an https address, and your token would be sent there; "
            "correct it"
        )
    host = urlsplit(url).hostname or ""
    named = re.split(r"[\s,]+", os.environ.get(TRUSTED, "").lower())
    if host in named or any(f".{host}".endswith(f".{each}") for each in HOSTS[service]):
        return
    raise SourceError(
        f"{key}: your token would be sent to {host}, which is no host of the service; correct it "
        f"or, if you trust it, say so on the command line: make TRUST={host} ... "
        f"({TRUSTED} in the environment)"
    )
