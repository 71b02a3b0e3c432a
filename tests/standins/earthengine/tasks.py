"""Batch tasks: exports that are pending, running, and done or failed as they are polled."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]
Run = Callable[[], list[str]]

_CLOCK = "2026-01-01T00:00:00Z"  # of every time in an operation: nothing here depends on it


@dataclass
class Task:
    """One export.

    Attributes:
        run: does the work, returns where the result is.
        polls: times it was asked about.
    """

    name: str
    description: str
    body: Document
    run: Run
    eecu: float
    state: str = "PENDING"
    polls: int = 0
    error: str = ""
    uris: list[str] = field(default_factory=list)

    def document(self) -> Document:
        metadata = {
            "@type": "type.googleapis.com/google.earthengine.v1.OperationMetadata",
            "state": self.state,
            "description": self.description,
            "type": "EXPORT_IMAGE",
            "createTime": _CLOCK,
            "updateTime": _CLOCK,
            "attempt": 1,
        }
        if self.state in ("SUCCEEDED", "FAILED", "CANCELLED"):
            metadata |= {"startTime": _CLOCK, "endTime": _CLOCK, "progress": 1}
            metadata |= {"destinationUris": self.uris, "batchEecuUsageSeconds": self.eecu}
        document: Document = {"name": self.name, "metadata": metadata}
        if self.state == "SUCCEEDED":
            document |= {"done": True, "response": {"@type": "type.googleapis.com/Empty"}}
        if self.state in ("FAILED", "CANCELLED"):
            code = 1 if self.state == "CANCELLED" else 3
            document |= {"done": True, "error": {"code": code, "message": self.error}}
        return document


class Tasks:
    """The tasks of a project. Each poll takes a task one step further."""

    def __init__(self) -> None:
        self.all: dict[str, Task] = {}
        self.failures: list[str] = []  # messages the next tasks fail with
        self.held = False  # whether tasks stay as they are, however often they are asked about
        self._requests: dict[str, Task] = {}
        self._lock = threading.Lock()

    def start(self, project: str, body: Document, run: Run, eecu: float) -> Task:
        """Queue an export; a request id seen before names the task it started."""
        with self._lock:
            known = self._requests.get(body.get("requestId", ""))
            if known is not None:
                return known
            name = f"{project}/operations/TASK{len(self.all):04d}"
            task = Task(name, body.get("description", ""), body, run, eecu)
            self.all[name] = task
            if "requestId" in body:
                self._requests[body["requestId"]] = task
            return task

    def poll(self, name: str) -> Document | None:
        with self._lock:
            task = self.all.get(name)
            if task is None:
                return None
            if task.state in ("PENDING", "RUNNING") and not self.held:
                self._advance(task)
            return task.document()

    def cancel(self, name: str) -> Document:
        with self._lock:
            task = self.all.get(name)
            if task is not None and task.state in ("PENDING", "RUNNING"):
                task.state, task.error = "CANCELLED", "Cancelled."
            return {}

    def forget(self) -> None:
        """Lose all that is known of the tasks; their results stay."""
        with self._lock:
            self.all.clear()
            self._requests.clear()

    def _advance(self, task: Task) -> None:
        task.polls += 1
        if task.polls == 1:
            return
        if task.polls == 2:
            task.state = "RUNNING"
            return
        if self.failures:
            task.state, task.error = "FAILED", self.failures.pop(0)
            return
        try:
            task.uris = task.run()
            task.state = "SUCCEEDED"
        except Exception as error:  # the client of a batch task is told, not the poll
            task.state, task.error = "FAILED", str(error)
