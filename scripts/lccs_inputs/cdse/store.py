"""The store of objects of the Copernicus Data Space, read as S3 is.

Its addresses are `s3://eodata/…`. An account may have four connections at a time.
"""

import re
from collections.abc import Mapping
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import quote

from requests import PreparedRequest
from requests.auth import AuthBase

from lccs_inputs.cdse.key import S3Keys
from lccs_inputs.cdse.signature import signed
from lccs_inputs.facts.catalogues import CDSE
from lccs_inputs.hosts import require_host
from lccs_inputs.redaction import install
from lccs_inputs.trust import require_trusted

_RENEW = "make new ones (docs/accounts.md)"
_REFUSALS = {
    "InvalidAccessKeyId": f"it knows no such access key: it is mistyped, or has expired; {_RENEW}",
    "SignatureDoesNotMatch": "the secret key is not that of the access key: copy both whole, or "
    + _RENEW,
    "ExpiredToken": f"they have expired; {_RENEW}",
    "InvalidToken": f"they are no longer valid; {_RENEW}",
    "AccessDenied": "the account has used up its quota of this month, or the keys are not for this "
    "store; look at the account (docs/accounts.md), or run again next month",
    "RequestTimeTooSkewed": "the clock of this machine is wrong; set it right",
}
"""The code of an answer with which keys are refused → what is wrong, and what to do."""
_CODE = re.compile(rb"<Code>(\w+)</Code>")


class ObjectStore(AuthBase):
    """A store, and the pair of keys that requests to it are signed with.

    Attributes:
        url: its address.
        turns: to be held while it is asked for anything: a job's connections.
    """

    def __init__(self, url: str, keys: S3Keys, connections: int) -> None:
        self.url, self._keys = url, keys
        self.turns = BoundedSemaphore(connections)
        install()

    @classmethod
    def of(cls, settings: Mapping[str, Any], connections: int) -> "ObjectStore":
        """As the section `cdse` of the config says.

        Raises:
            SourceError: there are no keys that can be used, or the store may not have them.
        """
        require_trusted(CDSE, settings["url"], "cdse.url")
        keys = S3Keys.find(settings["key"])
        return cls(settings["url"], keys, max(connections, 1))

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign a request."""
        assert request.method and request.url
        request.headers.update(signed(request.method, request.url, self._keys))
        return request

    def address(self, href: str) -> str:
        """The URL of an object, `s3://bucket/object`."""
        return f"{self.url.rstrip('/')}/{quote(href.removeprefix('s3://'), safe='/-_.~')}"

    def require(self) -> None:
        """See to it that the store can be found on the network.

        Raises:
            SourceError: it cannot.
        """
        require_host(self.url)

    def refusal(self, code: str) -> str:
        """What to tell where the store refused the keys with a code; "" where it did not."""
        return (
            f"the Copernicus Data Space refused the S3 keys of {self._keys.origin} ({code}): "
            f"{_REFUSALS[code]}"
            if code in _REFUSALS
            else ""
        )


def code_of(answer: bytes) -> str:
    """The code of an answer of a store that has nothing else to give; "" if it has none."""
    found = _CODE.search(answer)
    return found[1].decode() if found else ""
