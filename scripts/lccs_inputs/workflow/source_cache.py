"""What Python files mean, kept between runs: Snakemake reads its rules again in every job."""

import contextlib
import hashlib
import time
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ValidationError

from lccs_inputs.files import write_text
from lccs_inputs.workflow import source
from lccs_inputs.workflow.source import Source

# A file may change again within one tick of its clock and keep size and time: on some file
# systems a tick is two seconds, so that younger files are read anew.
_TICK_NS = 2_000_000_000


class _Known(BaseModel):
    mtime_ns: int
    size: int
    source: Source


class _Content(BaseModel):
    scheme: str
    files: dict[str, _Known]


class SourceCache:
    """Sources by name, as long as a file keeps its size and the time of its last change.

    A copy of the files that keeps their times may take the cache along.

    Args:
        file: the JSON file they are kept in. Absent, damaged, of another version or not writable,
            it only costs the time to read the sources.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._files = _read(file)
        self._changed = False

    def source(self, path: Path, name: str) -> Source:
        """The source at `path`; `name` is its path from where imports start."""
        stat, now = path.stat(), time.time_ns()
        known = self._files.get(name)
        if known and (known.mtime_ns, known.size) == (stat.st_mtime_ns, stat.st_size):
            return known.source
        found = Source.of(path.read_bytes(), name)
        if now - stat.st_mtime_ns > _TICK_NS:
            self._files[name] = _Known(mtime_ns=stat.st_mtime_ns, size=stat.st_size, source=found)
            self._changed = True
        return found

    def save(self) -> None:
        """Write what was learnt, where possible."""
        if not self._changed:
            return
        text = _Content(scheme=_scheme(), files=self._files).model_dump_json()
        with contextlib.suppress(OSError):
            write_text(self._file, text + "\n")
        self._changed = False


def _read(file: Path) -> dict[str, _Known]:
    try:
        content = _Content.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return {}
    return content.files if content.scheme == _scheme() else {}


@cache
def _scheme() -> str:
    """The version of how sources are read: the module that does it."""
    return hashlib.sha256(Path(source.__file__).read_bytes()).hexdigest()[:16]
