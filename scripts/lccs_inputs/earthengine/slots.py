"""How many requests a job has under way, and fewer once the project is over its quota.

Over its monthly quota a project is not refused but restricted: its parallel requests are slowed
down. A job that is told so keeps on with fewer, and leaves a marker so that jobs started after it
begin with fewer; the first job that is told nothing of the kind removes it.
"""

import logging
import threading
from pathlib import Path
from typing import Self

from lccs_inputs.files import write_text

_SHARE = 4  # of its slots, a restricted job keeps one in so many

_log = logging.getLogger(__name__)


class Slots:
    """A pool of slots for requests, a context manager for each of them.

    Args:
        count: requests under way at most.
        marker: where it is noted that the project is restricted; of all jobs of a project.
    """

    def __init__(self, count: int, marker: Path) -> None:
        self._free = threading.Condition()
        self._taken = 0
        self._full, self._marker = count, marker
        self._informed = False
        self.limit = self._reduced if marker.exists() else count
        if self.limit < count:
            _log.warning("%s: %d of %d requests at a time", marker, self.limit, count)

    @property
    def _reduced(self) -> int:
        return max(1, self._full // _SHARE)

    def note(self, restricted: bool | None) -> None:
        """Take note of what an answer said; None if it said nothing."""
        with self._free:
            self._informed |= restricted is not None
            if not restricted:
                return
            if not self._marker.exists():
                write_text(self._marker, "Earth Engine restricts this project: over its quota.\n")
            if self.limit > self._reduced:
                self.limit = self._reduced
                _log.warning(
                    "Earth Engine: the project is over its monthly quota and restricted; going on "
                    "with %d requests at a time instead of %d (noted in %s)",
                    self.limit, self._full, self._marker,
                )  # fmt: skip

    def finish(self, restricted: bool | None) -> None:
        """End the job; `restricted` is what the last answer said."""
        if self._informed and restricted is False:
            self._marker.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        with self._free:
            self._free.wait_for(lambda: self._taken < self.limit)
            self._taken += 1
        return self

    def __exit__(self, *_: object) -> None:
        with self._free:
            self._taken -= 1
            self._free.notify_all()
