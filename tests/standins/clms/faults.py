"""What can go wrong at CLMS, queued by place and consumed in order.

A *place* is a request ("POST @datarequest_post", "GET @datarequest_search", "POST @@oauth2-token",
"DELETE @datarequest_delete", …), "GET result" (the result host), "GET exportImage" (the image
service), "task" (a task as it is stored) or "delivery" (an archive as it is built).
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

_REQUEST = {
    "status",  # status=503, retry_after=None (seconds or an HTTP date), an HTML page
    "html",  # an HTML page with 200
    "timeout",  # no answer, nothing done
    "timeout_after_storing",  # done, but no answer
    "drop",  # the connection ends, nothing done
    "drop_after_storing",  # done, then the connection ends
    "expired_token",  # 401, the token is still stored
    "unknown_token",  # 401, the token has been purged
    "redirect",  # to=url, status=302
}
KINDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "POST @datarequest_post": frozenset(
            {*_REQUEST, "all_failed", "error_task_ids", "empty_task_ids"}
        ),
        "POST @@oauth2-token": frozenset({*_REQUEST, "invalid_grant"}),
        "GET result": frozenset({*_REQUEST, "truncated", "flipped"}),
        "GET exportImage": frozenset({*_REQUEST, "truncated", "wrong_code", "error"}),
        "task": frozenset(
            {
                "rejected",  # message=…
                "finished_nok",  # message=…
                "cancelled",  # message=…
                "stuck",  # Queued forever
                "queued_with_url",  # a late job wrote Queued over the finish
                "url_late",  # Finished_ok; the URL comes looks=2 later
                "url_list",  # the URL is a list of one
                "vanishes",  # forgotten once in progress
                "size_mismatch",  # FileSize is one too many
                "expired",  # status=404 (or 410, 403) at the result host from the start
            }
        ),
        "delivery": frozenset(
            {
                "bad_crc",  # in the outer zip
                "inner_bad_crc",  # in the raster of the inner zip, or of the only one
                "html",  # a web page named .zip
                "empty_zip",
                "empty_file",
                "no_raster",
                "traversal",  # a member named ../…
                "wrong_code",
                "wrong_crs",
                "wrong_size",  # pixels of 20 m
                "no_overlap",
                "wrong_product",
                "confidence",
                "two_products",
            }
        ),
    }
)


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong; `options` are those its kind lists above."""

    kind: str
    options: Mapping[str, Any]


@dataclass
class _Queued:
    fault: Fault
    times: int | None
    after: int


class Faults:
    """The queue; `used` lists (place, kind) of those that happened."""

    def __init__(self) -> None:
        self._queues: dict[str, list[_Queued]] = {}
        self._lock = threading.Lock()
        self.used: list[tuple[str, str]] = []

    def add(
        self, place: str, kind: str, *, times: int | None = 1, after: int = 0, **options: Any
    ) -> None:
        """Let `kind` happen at `place`, `times` times (None: always) once `after` went well."""
        known = KINDS.get(place, _REQUEST if " " in place else ())
        if kind not in known:
            raise ValueError(f"{place}: no fault {kind!r}; there are {', '.join(sorted(known))}")
        queued = _Queued(Fault(kind, options), times, after)
        with self._lock:
            self._queues.setdefault(place, []).append(queued)

    def clear(self) -> None:
        """Let everything go well from now on."""
        with self._lock:
            self._queues.clear()

    def take(self, place: str) -> Fault | None:
        """What happens to the present one at `place`, if anything."""
        with self._lock:
            queue = self._queues.get(place, [])
            if not queue:
                return None
            first = queue[0]
            if first.after:
                first.after -= 1
                return None
            if first.times is not None:
                first.times -= 1
                if not first.times:
                    queue.pop(0)
            self.used.append((place, first.fault.kind))
            return first.fault
