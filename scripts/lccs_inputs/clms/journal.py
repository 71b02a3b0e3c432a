"""The journal of tasks: what was asked of CLMS, so that it is never asked twice.

It lies outside the results and outside Snakemake's bookkeeping, in a cache that clones may share.
A request is known by its fingerprint; each time it is sent to CLMS is an attempt. An attempt is
written down before the request leaves and completed the moment CLMS answers: after a kill at any
instant the next run knows that there may be a task, and looks for it before it asks again.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from lccs_inputs.errors import SourceError
from lccs_inputs.sharing import locked, replace_file


class State(StrEnum):
    """How far an attempt is."""

    POSTING = "posting"
    """About to be sent, or sent without an answer: look for its task before asking again."""
    ACCEPTED = "accepted"
    """CLMS said yes and gave no task id: the task appears later."""
    WAITING = "waiting"
    """The task is known and not fetched yet."""
    FETCHED = "fetched"
    """Its delivery is in the cache."""
    CLOSED = "closed"
    """Of no more use (`note` says why): refused, failed, expired, vanished, or no good."""


_LIVE = {State.POSTING, State.ACCEPTED, State.WAITING}


@dataclass(frozen=True)
class Attempt:
    """One time a request was sent.

    Attributes:
        number: 0-based, in the order of sending; it names the attempt within its request.
        posted: when, ISO 8601 in UTC.
        task: identifier of the task at CLMS; "" while unknown. Whoever knows it can read the
            state of the task, so it is never logged.
        note: why it is closed.
    """

    number: int
    state: State
    posted: str
    task: str = ""
    note: str = ""

    @property
    def live(self) -> bool:
        """Whether there is, or may be, a task worth waiting for."""
        return self.state in _LIVE

    @property
    def posted_at(self) -> float:
        """Seconds since 1970."""
        return datetime.fromisoformat(self.posted).timestamp()


class Journal:
    """Attempts by fingerprint, in one JSON file that many processes read and write.

    Args:
        path: of the file; it appears with the first attempt, readable by its owner, and by the
            group that shares its folder.
        clock: seconds since 1970, UTC.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self.path, self._clock = path, clock

    def attempts(self, fingerprint: str) -> list[Attempt]:
        """Every attempt of a request, oldest first.

        Raises:
            SourceError: the file is not a journal.
        """
        return [
            Attempt(number, **entry | {"state": State(entry["state"])})
            for number, entry in enumerate(self._read().get(fingerprint, {}).get("attempts", []))
        ]

    def live(self, fingerprint: str) -> Attempt | None:
        """The newest attempt that may still deliver."""
        return next((a for a in reversed(self.attempts(fingerprint)) if a.live), None)

    def tasks_of_no_use_to(self, fingerprint: str) -> set[str]:
        """Tasks that a request must not adopt: those of other requests, and its own closed ones."""
        return {
            entry["task"]
            for owner, record in self._read().items()
            for entry in record["attempts"]
            if entry["task"] and (owner != fingerprint or entry["state"] == State.CLOSED)
        }

    def open(self, fingerprint: str, request: Mapping[str, Any], task: str = "") -> Attempt:
        """Append an attempt: one about to be posted, or the adoption of a `task` that exists.

        Args:
            request: what is asked, for those who read the file.
        """
        now = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
        state = State.WAITING if task else State.POSTING
        with self._editing() as records:
            record = records.setdefault(fingerprint, {"request": dict(request), "attempts": []})
            attempt = Attempt(len(record["attempts"]), state, now, task)
            record["attempts"].append(_entry(attempt))
        return attempt

    def update(
        self, fingerprint: str, attempt: Attempt, state: State, task: str = "", note: str = ""
    ) -> Attempt:
        """Write down what became of an attempt; a task once known stays known."""
        changed = replace(attempt, state=state, task=task or attempt.task, note=note)
        with self._editing() as records:
            entries = records.get(fingerprint, {}).get("attempts", [])
            # Somebody may have removed the file meanwhile: the task is then found at CLMS again.
            if attempt.number < len(entries):
                entries[attempt.number] = _entry(changed)
        return changed

    def close(self, fingerprint: str, note: str) -> None:
        """Close the newest attempt, so that the next run asks CLMS anew.

        For a delivery that turned out to be no good after it was fetched.
        """
        attempts = self.attempts(fingerprint)
        if attempts:
            self.update(fingerprint, attempts[-1], State.CLOSED, note=note)

    def _read(self) -> dict[str, Any]:
        if not self.path.exists():
            return {}
        try:
            records = json.loads(self.path.read_text())["requests"]
            tasks = [entry["task"] for record in records.values() for entry in record["attempts"]]
        except (ValueError, LookupError, TypeError, AttributeError):
            tasks = [None]
        if not all(isinstance(task, str) for task in tasks):
            raise SourceError(
                f"{self.path} is not a journal of CLMS tasks; move it away and run again: tasks "
                "that still run are found at CLMS"
            )
        return dict(records)

    @contextmanager
    def _editing(self) -> Iterator[dict[str, Any]]:
        with locked(self.path):
            records = self._read()
            yield records
            document = json.dumps({"requests": records}, indent=2) + "\n"
            replace_file(self.path, document.encode())


def _entry(attempt: Attempt) -> dict[str, Any]:
    return {key: value for key, value in asdict(attempt).items() if key != "number"}
