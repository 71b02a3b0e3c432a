"""What headers of an answer say in numbers: None where they say nothing, or nothing of the kind."""

import email.utils
import re
from contextlib import suppress
from datetime import UTC

_WHOLE = re.compile(r"[0-9]{1,18}")  # more is no count of anything


def whole_number(said: str) -> int | None:
    """A count of bytes, such as `Content-Length`."""
    return int(said) if _WHOLE.fullmatch(said) else None


def seconds_to_wait(said: str, now: float) -> float | None:
    """Seconds that `Retry-After` asks for: a number of them, however large, or a date.

    Args:
        now: that a date is held against, seconds since 1970.
    """
    with suppress(ValueError):
        return max(0.0, float(said))
    try:
        until = email.utils.parsedate_to_datetime(said)
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return max(0.0, until.timestamp() - now)
    except (ValueError, OverflowError):
        return None
