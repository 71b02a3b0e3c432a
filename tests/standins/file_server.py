"""A loopback file server with range requests, and the faults of real ones."""

from collections.abc import Callable
from pathlib import Path

from standins.loopback import Answer, Call, Loopback

Fault = Callable[[int], str | int | None]
"""Request number, from 1 → None (served), an HTTP status, "hang" or "truncate"."""


class FileServer(Loopback):
    """Serves a folder; `requests` are the paths asked for, with their query strings."""

    def __init__(self, folder: Path, fault: Fault = lambda _: None) -> None:
        super().__init__()
        self.folder, self.fault = folder, fault
        self.requests: list[str] = []

    def answer(self, call: Call) -> Answer | None:
        self.requests.append(call.path)
        fault = self.fault(len(self.requests))
        if fault == "hang":
            return self.keep_silent(call)
        path = self.folder / call.place.lstrip("/")
        headers = {"Accept-Ranges": "bytes"}
        if isinstance(fault, int) or not path.is_file():
            return Answer(fault if isinstance(fault, int) else 404, headers=headers)
        answer = Answer(200, path.read_bytes(), headers)
        if wanted := call.headers.get("Range"):
            first, last = wanted.removeprefix("bytes=").split("-")
            whole = len(answer.body)
            start, end = int(first), min(int(last or whole - 1), whole - 1)
            headers["Content-Range"] = f"bytes {start}-{end}/{whole}"
            answer = Answer(206, answer.body[start : end + 1], headers)
        return answer.cut() if fault == "truncate" else answer
