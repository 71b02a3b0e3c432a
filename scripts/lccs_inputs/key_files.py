"""Files that hold the keys of a service: where they are, and that nobody else can open them."""

import json
import os
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lccs_inputs.errors import SourceError
from lccs_inputs.files import expanded


@dataclass(frozen=True)
class KeyFile:
    """What a service's key file is.

    Attributes:
        what: what it holds, in words.
        setting: the key of the config that holds its path.
        variable: the environment variable that does where the config does not.
        needed: its fields, all of them texts.
        signs: what a key itself has, and the path of a file has not.
        written: how the file comes about, as in "the JSON file that CLMS gives".
        help: how to get one.
    """

    what: str
    setting: str
    variable: str
    needed: tuple[str, ...]
    signs: tuple[str, ...]
    written: str
    help: str

    def find(self, value: str | None) -> Path | None:
        """The file that the setting of this value names, else the variable; None if neither does.

        Raises:
            SourceError: it is no file, no path, or the key itself, which is not quoted then.
        """
        if value:
            return self._named(value, self.setting)
        value = os.environ.get(self.variable)
        return self._named(value, self.variable) if value else None

    def _named(self, value: str, origin: str) -> Path:
        if any(sign in value for sign in self.signs):
            raise SourceError(
                f"{origin} holds the {self.what} itself; save the key in a file of mode 600 and "
                "give the path of that file instead"
            )
        try:
            path = Path(expanded(value))
        except ValueError as error:
            raise SourceError(f"{origin} {error}; {self.help}") from None
        if not path.is_file():
            raise SourceError(f"{origin} names {path}, which is not a file; {self.help}")
        return path

    def read(self, path: Path) -> dict[str, Any]:
        """Its fields.

        Raises:
            SourceError: it is missing, can be opened by others, or is not such a file.
        """
        try:
            content = json.loads(self._private(path))
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise SourceError(
                f"the {self.what} {path} is not the JSON file {self.written} ({self.help})"
            )
        found = ((name, content.get(name)) for name in self.needed)
        lacking = [name for name, value in found if not isinstance(value, str) or not value]
        if lacking:
            raise SourceError(
                f"the {self.what} {path} lacks {', '.join(lacking)}; it is not the JSON file "
                f"{self.written} ({self.help})"
            )
        return content

    def _private(self, path: Path) -> bytes:
        try:
            with path.open("rb") as file:
                require_private(self.what, path, os.fstat(file.fileno()).st_mode)
                return file.read()
        except FileNotFoundError:
            raise SourceError(f"the {self.what} {path} does not exist; {self.help}") from None
        except OSError as error:
            raise SourceError(f"the {self.what} {path} cannot be read: {error.strerror}") from None


def require_private(what: str, path: Path, mode: int) -> None:
    """Refuse a file that others than its owner can open.

    Args:
        what: what it holds, in words.
        mode: of the file, as `stat` gives it.

    Raises:
        SourceError: others can open it.
    """
    permissions = stat.S_IMODE(mode)
    if permissions & 0o077:
        raise SourceError(
            f"the {what} {path} can be opened by others (mode {permissions:o}); "
            f"run: chmod 600 {shlex.quote(str(path))}"
        )
