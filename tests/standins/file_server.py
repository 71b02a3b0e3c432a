"""A loopback file server with range requests, and the faults of real ones."""

import threading
from collections.abc import Callable
from pathlib import Path

from standins.loopback import Answer, Call, Loopback

Fault = Callable[[int], str | int | None]
"""Request number, from 1 → None (served), an HTTP status, "hang" or "truncate"."""


class FileServer(Loopback):
    """Serves a folder.

    Attributes:
        requests: the paths asked for, with their query strings.
        methods: how each was asked for.
        asked: first and last byte of each that was served, with its path.
        most_at_once: requests under way at a time, at most.
        delay: seconds before each answer.
        etag: said of every file, if it is not empty.
    """

    def __init__(
        self,
        folder: Path,
        fault: Fault = lambda _: None,
        *,
        retry_after: str = "",
        delay: float = 0,
    ) -> None:
        super().__init__()
        self.folder, self.fault, self.retry_after, self.delay = folder, fault, retry_after, delay
        self.etag = ""
        self.requests: list[str] = []
        self.methods: list[str] = []
        self.asked: list[tuple[str, int, int]] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()

    @property
    def sent(self) -> int:
        """Bytes of files that were sent."""
        return sum(last + 1 - first for _, first, last in self.asked)

    def answer(self, call: Call) -> Answer | None:
        with self._lock:
            self.requests.append(call.path)
            self.methods.append(call.method)
            number = len(self.requests)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        self.closing.wait(self.delay)
        try:
            return self._served(call, self.fault(number))
        finally:
            with self._lock:
                self._at_once -= 1

    def _served(self, call: Call, fault: str | int | None) -> Answer | None:
        if fault == "hang":
            return self.keep_silent(call)
        path = self.folder / call.place.lstrip("/")
        headers = {"Accept-Ranges": "bytes"} | ({"ETag": self.etag} if self.etag else {})
        if isinstance(fault, int):
            later = {"Retry-After": self.retry_after} if self.retry_after else {}
            return Answer(fault, headers=headers | later)
        if not path.is_file():
            return Answer(404, headers=headers)
        whole = path.stat().st_size
        start, end, status = 0, whole - 1, 200
        if wanted := call.headers.get("Range"):
            first, last = wanted.removeprefix("bytes=").split("-")
            start, end, status = int(first), min(int(last or whole - 1), whole - 1), 206
            if start > end:
                return Answer(416, headers=headers | {"Content-Range": f"bytes */{whole}"})
            headers["Content-Range"] = f"bytes {start}-{end}/{whole}"
        with path.open("rb") as file:
            file.seek(start)
            answer = Answer(status, file.read(end + 1 - start), headers)
        if call.method != "HEAD":
            self.asked.append((call.place, start, end))
        return answer.cut() if fault == "truncate" else answer
