"""The S3 keys of the Copernicus Data Space: where they are, and whether they can be used.

A user makes a pair of them at the Data Space; docs/accounts.md says how.
"""

import os
from dataclasses import dataclass, field
from typing import Self

from lccs_inputs.errors import SourceError
from lccs_inputs.key_files import KeyFile
from lccs_inputs.redaction import keep_secret

KEY_VARIABLE = "CDSE_KEY"
"""The environment variable that holds the path of a file of keys."""
PAIR_VARIABLES = ("CDSE_S3_ACCESS_KEY", "CDSE_S3_SECRET_KEY")
"""The environment variables that hold the keys themselves."""

_HELP = "docs/accounts.md says how to get them"
_FILE = KeyFile(
    "S3 keys of the Copernicus Data Space",
    "cdse.key",
    KEY_VARIABLE,
    ("access_key", "secret_key"),
    ("{", "secret_key"),
    'that holds them: {"access_key": "...", "secret_key": "..."}',
    _HELP,
)


@dataclass(frozen=True)
class S3Keys:
    """A pair of keys; the secret is never shown.

    Attributes:
        origin: where they are from, for messages.
    """

    access: str
    secret: str = field(repr=False)
    origin: str = ""

    @classmethod
    def find(cls, setting: str | None) -> Self:
        """The keys in the file `setting` (config key cdse.key), else $CDSE_KEY, else in the pair
        of variables.

        Raises:
            SourceError: there are none, or their file is missing, readable by others, or no such.
        """
        path = _FILE.find(setting)
        if path:
            fields = _FILE.read(path)
            return cls._kept(fields["access_key"], fields["secret_key"], str(path))
        pair = [os.environ.get(name, "") for name in PAIR_VARIABLES]
        if all(pair):
            return cls._kept(pair[0], pair[1], " and ".join(PAIR_VARIABLES))
        raise SourceError(
            f"no S3 keys of the Copernicus Data Space: set {KEY_VARIABLE} or cdse.key in the "
            f"config to the path of their file, or set {' and '.join(PAIR_VARIABLES)} ({_HELP})"
        )

    @classmethod
    def _kept(cls, access: str, secret: str, origin: str) -> Self:
        keep_secret(secret)
        keep_secret(access)
        return cls(access, secret, origin)
