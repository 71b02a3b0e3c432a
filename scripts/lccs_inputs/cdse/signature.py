"""Signing a request to a store that speaks S3.

Amazon's signature version 4, in headers, for requests without a body or a query.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import reduce
from urllib.parse import urlsplit

from lccs_inputs.cdse.key import S3Keys

_REGION = "default"
_EMPTY = hashlib.sha256(b"").hexdigest()


def signed(method: str, url: str, keys: S3Keys) -> Mapping[str, str]:
    """The headers that make a request acceptable.

    Args:
        url: as it is asked for, its path quoted.
    """
    parts, now = urlsplit(url), datetime.now(UTC)
    moment, scope = f"{now:%Y%m%dT%H%M%SZ}", f"{now:%Y%m%d}/{_REGION}/s3/aws4_request"
    headers = {"host": parts.netloc, "x-amz-content-sha256": _EMPTY, "x-amz-date": moment}
    listed, names = "".join(f"{name}:{text}\n" for name, text in headers.items()), ";".join(headers)
    request = "\n".join([method, parts.path, "", listed, names, _EMPTY])
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, digest])
    key = reduce(_mac, scope.split("/"), f"AWS4{keys.secret}".encode())
    said = f"Credential={keys.access}/{scope}, SignedHeaders={names}, Signature="
    return headers | {"Authorization": f"AWS4-HMAC-SHA256 {said}{_mac(key, text).hex()}"}


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
