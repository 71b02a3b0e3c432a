"""The store of objects of the Copernicus Data Space, read by GDAL as S3 is.

Its addresses are `s3://eodata/…`. An account may have four connections at a time.
"""

import re
from collections.abc import Mapping
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from rasterio.session import Session

from lccs_inputs.cdse.key import S3Keys
from lccs_inputs.cdse.signature import signed
from lccs_inputs.hosts import require_host
from lccs_inputs.redaction import install

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
_REFUSED = re.compile(rf"<Code>({'|'.join(_REFUSALS)})</Code>")
_CODE = re.compile(r"<\?xml.*?<Code>(\w+)</Code>.*?</Error>", re.DOTALL)
_TIMEOUT = (20.0, 20.0)  # seconds, to connect and to be answered
PIECE = 2**20
"""Bytes that are read at a time; tiles of JPEG 2000 and of COGs are about that large."""


class ObjectStore(Session):  # type: ignore[misc]  # rasterio has no types
    """How GDAL reads a store with a pair of keys.

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
            SourceError: there are no keys that can be used.
        """
        keys = S3Keys.find(settings["key"])
        return cls(settings["url"], keys, max(connections, 1))

    @property
    def credentials(self) -> Mapping[str, str]:
        return self.get_credential_options()

    def get_credential_options(self) -> Mapping[str, str]:
        """Options of GDAL, those of the environment for other stores put aside."""
        parts = urlsplit(self.url)
        return {
            "AWS_S3_ENDPOINT": parts.netloc + parts.path.rstrip("/"),
            "AWS_HTTPS": "YES" if parts.scheme == "https" else "NO",
            "AWS_VIRTUAL_HOSTING": "FALSE",
            "AWS_REGION": "default",
            "AWS_ACCESS_KEY_ID": self._keys.access,
            "AWS_SECRET_ACCESS_KEY": self._keys.secret,
            "AWS_SESSION_TOKEN": "",
            "AWS_NO_SIGN_REQUEST": "NO",
            "AWS_REQUEST_PAYER": "",
            "CPL_VSIL_CURL_CHUNK_SIZE": str(PIECE),
        }

    def size(self, href: str) -> int:
        """Bytes of an object, `s3://bucket/object`; 0 where the store does not say it."""
        url = f"{self.url.rstrip('/')}/{quote(href.removeprefix('s3://'), safe='/-_.~')}"
        try:
            with self.turns:
                answer = requests.head(
                    url, headers=signed("HEAD", url, self._keys), timeout=_TIMEOUT
                )
        except requests.RequestException:
            return 0
        return int(answer.headers.get("Content-Length", 0)) if answer.ok else 0

    def require(self) -> None:
        """See to it that the store can be found on the network.

        Raises:
            SourceError: it cannot.
        """
        require_host(self.url)

    def refusal(self, reason: str) -> str:
        """What to tell where the store refused the keys with an answer; "" where it did not."""
        code = _REFUSED.search(reason)
        return (
            f"the Copernicus Data Space refused the S3 keys of {self._keys.origin} ({code[1]}): "
            f"{_REFUSALS[code[1]]}"
            if code
            else ""
        )


def address(href: str) -> str:
    """What GDAL opens of the store: `s3://bucket/object` → `/vsis3/bucket/object`."""
    return f"/vsis3/{href.removeprefix('s3://')}" if href.startswith("s3://") else href


def in_words(reason: str) -> str:
    """A reason in which the answers of a store are down to their codes."""
    return _CODE.sub(r"\1", reason)
