"""The CLMS service key: where it is, whether it can be used, and what it signs.

A user makes the key in the CLMS portal and downloads it as a JSON file; docs/accounts.md says
how. Fields and claims as in ftw.tokenauth, which the portal runs.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.origins import CLMS
from lccs_inputs.key_files import KeyFile
from lccs_inputs.redaction import keep_secret
from lccs_inputs.trust import require_trusted

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

KEY_VARIABLE = "CLMS_KEY"
"""The environment variable that holds the path of the key file."""

_HELP = "docs/accounts.md says how to get a key"
_FILE = KeyFile(
    "service key",
    "clms.key",
    KEY_VARIABLE,
    ("client_id", "user_id", "private_key", "token_uri"),
    ("{", "PRIVATE KEY"),
    "that CLMS gives; download it again",
    _HELP,
)
_BACKDATED = 60  # s; CLMS refuses what was signed over a minute in its future
_LASTS = 600  # s; CLMS takes up to a day, and a grant follows at once


def find_key(setting: str | None) -> Path:
    """The path of the service key: `setting` (config key clms.key), else $CLMS_KEY.

    Raises:
        SourceError: neither is set, names a file, or is a path at all.
    """
    path = _FILE.find(setting)
    if path is None:
        raise SourceError(
            f"no CLMS service key: set {KEY_VARIABLE} or clms.key in the config to the path of "
            f"its file, or use image_service or a file of your own as the edition ({_HELP})"
        )
    return path


@dataclass(frozen=True)
class ServiceKey:
    """A service key; the private part is never shown.

    Attributes:
        client_id: names the key to CLMS.
        user_id: the account it belongs to.
        token_uri: where it is traded for an access token.
        ip_range: addresses (CIDR) it may be used from; "" for any.
        source: the file it was read from, for messages.
    """

    client_id: str
    user_id: str
    token_uri: str
    ip_range: str
    source: str
    _private_key: "RSAPrivateKey" = field(repr=False, compare=False)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a key file.

        Raises:
            SourceError: it is missing, readable by others, or not a service key.
        """
        content = _FILE.read(path)
        require_trusted(CLMS, content["token_uri"], f"the token_uri in the service key {path}")
        return cls(
            client_id=content["client_id"],
            user_id=content["user_id"],
            token_uri=content["token_uri"],
            ip_range=str(content.get("ip_range") or ""),
            source=str(path),
            _private_key=_load_rsa(path, content["private_key"]),
        )

    def assertion(self, now: float) -> str:
        """A signed statement (JWT, RS256) that an access token is granted for.

        Args:
            now: seconds since 1970, UTC.
        """
        import jwt  # noqa: PLC0415 - slow, and only a request needs it

        claims = {
            "iss": self.client_id,
            "sub": self.user_id,
            "aud": self.token_uri,
            "iat": int(now) - _BACKDATED,
            "exp": int(now) + _LASTS,
        }
        signed = jwt.encode(claims, self._private_key, algorithm="RS256")
        keep_secret(signed)
        return signed


def _load_rsa(path: Path, pem: str) -> "RSAPrivateKey":
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - slow
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise SourceError(
            f"the private_key in the service key {path} is not an RSA key in PEM form; "
            f"download the key again ({_HELP})"
        )
    return key
