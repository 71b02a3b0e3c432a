"""Service accounts: keys, and the token endpoint that trades their signed requests for tokens."""

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

Document = dict[str, Any]


@cache
def _private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def write_key(path: Path, url: str, project: str) -> Path:
    """Write the key of a service account whose tokens come from the stand-in at `url`."""
    account = f"robot@{project}.iam.gserviceaccount.com"
    document = {
        "type": "service_account",
        "project_id": project,
        "private_key_id": "1",
        "private_key": _private_key(),
        "client_email": account,
        "client_id": "1",
        "token_uri": f"{url}/token",
    }
    path.write_text(json.dumps(document))
    path.chmod(0o600)
    return path


def read_token_request(content: bytes) -> Document:
    """The form a client sends, with the claims it signed (`scope`, `iss`, …) laid open."""
    form = {name: values[0] for name, values in parse_qs(content.decode()).items()}
    if "assertion" not in form:
        return form
    claims = form.pop("assertion").split(".")[1]
    padded = claims + "=" * (-len(claims) % 4)
    return form | json.loads(base64.urlsafe_b64decode(padded))


def token() -> Document:
    return {"access_token": "token-of-the-stand-in", "expires_in": 3600, "token_type": "Bearer"}
