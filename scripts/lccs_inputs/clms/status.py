"""The states of all tasks of an account, asked once for everybody.

CLMS answers one search with every task. Processes that wait therefore share its answer through
a locked file: whoever finds it too old asks, the others read.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lccs_inputs.clms.session import ClmsSession
from lccs_inputs.errors import SourceError
from lccs_inputs.redaction import redact
from lccs_inputs.sharing import locked, replace_file

FAILED = {"Rejected", "Finished_nok", "Cancelled"}
"""States that end without a delivery."""
FINISHED = "Finished_ok"
QUEUED = "Queued"


@dataclass(frozen=True)
class TaskStatus:
    """What CLMS says about a task.

    Attributes:
        task: its identifier.
        state: Queued, In_progress, Finished_ok, Finished_nok, Rejected or Cancelled.
        urls: where the delivery is; empty while there is none. They open it to anybody.
        size: bytes of the delivery; None where not said, or where it has several parts.
        message: of CLMS, without secrets.
        started: whether the processing server has taken it on.
        registered: seconds since 1970; 0 where not said.
        datasets: what was asked, as CLMS keeps it.
    """

    task: str
    state: str
    urls: tuple[str, ...]
    size: int | None
    message: str
    started: bool
    registered: float
    datasets: tuple[Mapping[str, Any], ...]

    @property
    def pending(self) -> bool:
        """Whether a delivery is still to come; a state that we do not know counts as such."""
        return self.state not in FAILED and self.state != FINISHED


class StatusCache:
    """Every task of the account, from a file that is renewed when it is too old.

    Args:
        session: signed in.
        folder: of the file; it holds what opens deliveries, so only its owner reads it, also where
            a group shares the folder.
        max_age: seconds an answer serves.
        clock: seconds since 1970, UTC.
    """

    def __init__(
        self,
        session: ClmsSession,
        folder: Path,
        max_age: float = 10,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._session, self._path = session, folder / "status.json"
        self._max_age, self._clock = max_age, clock

    def tasks(self, max_age: float | None = None, since: float = 0) -> dict[str, TaskStatus]:
        """Tasks by identifier.

        Args:
            max_age: seconds, where another age will do; 0 asks CLMS.
            since: the answer must be younger than this, seconds since 1970.

        Raises:
            SourceError: as the session does, or the answer is none.
        """
        oldest = max(since, self._clock() - (self._max_age if max_age is None else max_age))
        with locked(self._path):
            kept = self._read()
            if kept is not None and oldest < kept[0] <= self._clock():
                return kept[1]
            asked = self._clock()  # before CLMS answers: what changes meanwhile is not in it
            tasks = read_tasks(self._session.get("@datarequest_search"))
            document = {"asked": asked, "tasks": [asdict(task) for task in tasks.values()]}
            replace_file(self._path, (json.dumps(document) + "\n").encode(), private=True)
            return tasks

    def task(self, task: str) -> TaskStatus | None:
        """One task, asked by its identifier; None where CLMS knows none such.

        Unlike the search, CLMS answers this for the tasks of other accounts too: of a colleague
        with whom the cache is shared.
        """
        answer = self._session.get("@datarequest_status_get", {"TaskID": task})
        return read_tasks({task: answer}).get(task)

    def _read(self) -> tuple[float, dict[str, TaskStatus]] | None:
        try:
            document = json.loads(self._path.read_text())
            tasks = [_revived(entry) for entry in document["tasks"]]
            return float(document["asked"]), {task.task: task for task in tasks}
        except (OSError, ValueError, LookupError, TypeError):
            return None  # absent, or of another version: it is only a cache


def _revived(entry: dict[str, Any]) -> TaskStatus:
    return TaskStatus(
        **entry | {"urls": tuple(entry["urls"]), "datasets": tuple(entry["datasets"])}
    )


def read_tasks(answer: Any) -> dict[str, TaskStatus]:
    """The tasks in an answer of `@datarequest_search`, without the children of CDSE tasks.

    Raises:
        SourceError: it is something else.
    """
    if not isinstance(answer, Mapping):
        raise SourceError("CLMS answered the search for tasks with something else; run again later")
    return {
        str(task): _read_task(str(task), said)
        for task, said in answer.items()
        if isinstance(said, Mapping) and said.get("cdse_task_role") != "child"
    }


def _read_task(task: str, said: Mapping[str, Any]) -> TaskStatus:
    urls = said.get("DownloadURL") or []
    found = [urls] if isinstance(urls, str) else urls if isinstance(urls, list) else []
    links = tuple(dict.fromkeys(url for url in found if isinstance(url, str) and url))
    size = str(said.get("FileSize") or "")
    datasets = said.get("Datasets")
    return TaskStatus(
        task=task,
        state=str(said.get("Status", "")),
        urls=links,
        size=int(size) if size.isdigit() and len(links) == 1 else None,
        message=_message(said),
        started=bool(said.get("FMETaskId")),
        registered=_seconds(said.get("RegistrationDateTime")),
        datasets=tuple(datasets) if isinstance(datasets, list) else (),
    )


def _message(said: Mapping[str, Any]) -> str:
    """CLMS's own words, and those of CDSE where it passes them on."""
    errors = said.get("cdse_errors") or []
    parts = [said.get("Message") or "", *(errors if isinstance(errors, list) else [errors])]
    return redact("; ".join(str(part) for part in parts if part))


def _seconds(text: Any) -> float:
    """Seconds since 1970 of a time stamp, which is UTC where it does not say."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
