"""What a misspelt name may have meant."""

import difflib
from collections.abc import Iterable


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name most like a wrong one, whatever its case; None where none is near."""
    spelt = {known.lower(): known for known in sorted(names)}
    matches = difflib.get_close_matches(name.lower(), spelt, n=1, cutoff=0.5)
    return spelt[matches[0]] if matches else None
