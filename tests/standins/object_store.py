"""An object store on the loopback address, read with keys as S3 is.

Signatures are checked as Amazon describes version 4 of them (docs, "Authenticating Requests:
Using the Authorization Header"): whoever does not know the secret gets nothing.
"""

import hashlib
import hmac
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, unquote

from standins.file_server import Fault, FileServer
from standins.loopback import Answer, Call

_SCHEME = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<scope>(?P<day>\d{8})/[^/]+/s3/aws4_request),"
    r"\s*SignedHeaders=(?P<names>[^,]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)
_CODES = {403: "AccessDenied", 404: "NoSuchKey", 429: "TooManyRequests", 503: "SlowDown"}


class ObjectStore(FileServer):
    """Serves the folders below `folder` as buckets, to who signs with `keys`.

    Attributes:
        keys: access key → its secret.
        expired: access keys that are no longer valid.
    """

    def __init__(
        self,
        folder: Path,
        keys: dict[str, str],
        fault: Fault = lambda _: None,
        *,
        retry_after: str = "",
        delay: float = 0,
    ) -> None:
        super().__init__(folder, fault, retry_after=retry_after, delay=delay)
        self.keys = keys
        self.expired: set[str] = set()

    def _served(self, call: Call, fault: str | int | None) -> Answer | None:
        refused = self._refusal(call)
        plain = replace(call, path=unquote(call.place))
        answer = _error(403, refused) if refused else super()._served(plain, fault)
        if answer is not None and answer.status >= 400 and not answer.body:
            return _error(answer.status, _CODES.get(answer.status, "InternalError"), answer)
        return answer

    def _refusal(self, call: Call) -> str:
        """The code of the error with which a request is refused; "" where it is signed rightly."""
        said = _SCHEME.fullmatch(call.headers.get("Authorization", ""))
        if said is None:
            return "AccessDenied"
        if said["key"] in self.expired:
            return "ExpiredToken"
        if said["key"] not in self.keys:
            return "InvalidAccessKeyId"
        right = hmac.compare_digest(
            _signature(call, said, self.keys[said["key"]]), said["signature"]
        )
        return "" if right else "SignatureDoesNotMatch"


def _signature(call: Call, said: re.Match[str], secret: str) -> str:
    names = said["names"].split(";")
    query = sorted((name, value) for name, values in call.query.items() for value in values)
    canonical = "\n".join(
        [
            call.method,
            quote(unquote(call.place), safe="/-_.~"),
            "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query),
            *(f"{name}:{' '.join(call.headers[name].split())}" for name in names),
            "",
            said["names"],
            call.headers["x-amz-content-sha256"],
        ]
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    stated = "\n".join(["AWS4-HMAC-SHA256", call.headers["x-amz-date"], said["scope"], digest])
    key = f"AWS4{secret}".encode()
    for part in said["scope"].split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, stated.encode(), hashlib.sha256).hexdigest()


def _error(status: int, code: str, like: Answer | None = None) -> Answer:
    body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code></Error>'
    headers = {"Content-Type": "application/xml"} | dict(like.headers if like else {})
    return Answer(status, body.encode(), headers)
