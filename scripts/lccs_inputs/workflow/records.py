"""What Snakemake keeps of a target, by which it decides whether to make it anew.

As `rerun-triggers` of the profile say: by what was asked, and by when inputs have changed. Its own
files are read, for the library does not import it.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lccs_inputs.files import sha256_of

_METADATA, _INCOMPLETE = Path(".snakemake/metadata"), Path(".snakemake/incomplete")
_LONGEST = 254  # characters of a name; folders of a longer one begin with @


def is_current(
    target: Path, request: Mapping[str, Any], inputs: Iterable[Path] = (), code: str | None = None
) -> bool:
    """Whether a run would leave a target as it is.

    One that is there without a record is left, whatever it was made of.

    Args:
        target: as rules name it, relative to the folder of the run.
        request: what its job would be asked now, `params.request` of the rule.
        inputs: files whose change makes it anew, so none that are `ancient`.
        code: `params.code` of the rule; None where it has none.
    """
    if not target.exists() or (_INCOMPLETE / _name(target)).exists():
        return False
    record = record_of(target)
    asked, sums = record.get("params"), record.get("input_checksums") or {}
    said = [repr(param) for param in (request, code) if param is not None]
    if asked is not None and not {*said} <= {*asked}:
        return False
    made = target.stat().st_mtime
    return not any(_is_newer(path, made, sums.get(str(path))) for path in inputs)


def record_file(target: Path) -> Path:
    """Where it is kept what a target was made of."""
    return _METADATA / _name(target)


def record_of(target: Path) -> Mapping[str, Any]:
    """What is kept of a target; nothing where a killed run has left half a record."""
    try:
        found: Mapping[str, Any] = json.loads(record_file(target).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found


def _is_newer(path: Path, made: float, checksum: str | None) -> bool:
    """Whether a file has changed since, not only its date; of a large one no checksum is kept."""
    if not path.exists() or path.stat().st_mtime <= made:
        return False
    return checksum != f"sha256:{sha256_of(path)}"


def _name(target: Path) -> Path:
    text = urlsafe_b64encode(str(target).encode()).decode()
    parts = [text[start : start + _LONGEST] for start in range(0, len(text), _LONGEST)]
    return Path(*(f"@{part}" for part in parts[:-1]), parts[-1])
