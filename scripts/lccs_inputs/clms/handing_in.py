"""Asking CLMS for a product exactly once.

CLMS stores a task before it answers, refuses to queue the same thing twice, and may lose the
answer on its way. So before a request is posted its task is looked for, in the journal and at
CLMS, and after a doubtful post it is looked for again.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from lccs_inputs.clms.journal import Attempt, Journal, State
from lccs_inputs.clms.preflight import preflight
from lccs_inputs.clms.requests import ProductRequest
from lccs_inputs.clms.session import ClmsError, ClmsSession, Unclear
from lccs_inputs.clms.status import FINISHED, QUEUED, StatusCache, TaskStatus
from lccs_inputs.errors import SourceError
from lccs_inputs.sharing import locked

_DOUBTFUL = (0.0, 5.0, 15.0, 30.0)
"""Seconds before each look for the task of a post that was not answered."""
_LATE = (0.0, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0)
"""The same where CLMS accepted the request and makes its task later (CDSE)."""
_LINK_LIFE = 72 * 3600.0  # seconds; the documented life of a delivery
_DUPLICATE = "the same thing at least twice"
_NOT_STARTED = "all requests failed"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Desk:
    """Where requests are handed in and deliveries waited for.

    Attributes:
        session: signed in.
        cache: folder of the journal, the states and the archives (config key clms.cache);
            areas, periods, clones and the users of a group may share it.
        deadline: seconds after which a task is not waited for any longer (clms.deadline_hours).
        shortest, longest: seconds between two looks at the state of a task.
        clock: seconds since 1970, UTC.
        sleep: waits that many seconds.
    """

    session: ClmsSession
    cache: Path
    deadline: float
    shortest: float
    longest: float = 300.0
    clock: Callable[[], float] = field(default=time.time, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    @cached_property
    def journal(self) -> Journal:
        return Journal(self.cache / "journal.json", self.clock)

    @cached_property
    def statuses(self) -> StatusCache:
        return StatusCache(self.session, self.cache, self.shortest, self.clock)

    def archive(self, request: ProductRequest) -> Path:
        """Where the delivery of a request is kept."""
        return self.cache / "archives" / f"{request.fingerprint}.zip"


def submit(request: ProductRequest, desk: Desk, key: str = "request") -> Attempt | None:
    """See to it that a task for the request exists; None where its archive is here already.

    A live task of the journal is kept; one at CLMS that asks for the same is adopted; else the
    request is posted. Processes that share a cache take turns for the same request.

    Args:
        key: config path of the request, for messages.

    Raises:
        SourceError: CLMS refuses the request, or would; or it could not be handed in.
    """
    preflight(request.item(), request.product, key)
    with locked(desk.cache / "requests" / request.fingerprint):
        if desk.archive(request).exists():
            return None
        return _journalled(request, desk) or _adopt(request, desk) or _post(request, desk)


def _journalled(request: ProductRequest, desk: Desk) -> Attempt | None:
    """The live attempt of the journal, with its task; None where there is none to be found."""
    attempt = desk.journal.live(request.fingerprint)
    if attempt is None or attempt.task:
        return attempt
    # A run ended between asking and hearing the answer, or CLMS had not made the task yet.
    waits = _LATE if attempt.state is State.ACCEPTED else _DOUBTFUL
    return _complete(request, desk, attempt, waits)


def _complete(
    request: ProductRequest, desk: Desk, attempt: Attempt, waits: Sequence[float]
) -> Attempt | None:
    """Find the task of an attempt; where there is none, close the attempt and return None."""
    for wait in waits:
        if wait:
            desk.sleep(wait)
        if task := _find(request, desk, desk.statuses.tasks(max_age=0)):
            _log.info("%s: its task is at CLMS and goes on", request.name)
            return desk.journal.update(request.fingerprint, attempt, State.WAITING, task.task)
    note = "no task of it appeared at CLMS"
    desk.journal.update(request.fingerprint, attempt, State.CLOSED, note=note)
    return None


def _adopt(request: ProductRequest, desk: Desk, max_age: float | None = None) -> Attempt | None:
    """A task at CLMS that asks for the same: of another cache, of the web site, of before."""
    task = _find(request, desk, desk.statuses.tasks(max_age))
    if task is None:
        return None
    _log.info("%s: CLMS has a task for the same; taking it over", request.name)
    return desk.journal.open(request.fingerprint, request.document(), task.task)


def _find(request: ProductRequest, desk: Desk, tasks: dict[str, TaskStatus]) -> TaskStatus | None:
    """The best of the tasks that can serve a request: done, then started, then newest."""
    useless = desk.journal.tasks_of_no_use_to(request.fingerprint)
    oldest = desk.clock() - _LINK_LIFE
    serving = [
        task
        for task in tasks.values()
        if task.task not in useless
        and len(task.datasets) == 1
        and request.same_as(task.datasets[0])
        and (task.pending or (task.state == FINISHED and task.registered > oldest))
    ]
    return max(
        serving,
        key=lambda task: (bool(task.urls), task.started, task.registered, task.task),
        default=None,
    )


def _post(request: ProductRequest, desk: Desk) -> Attempt:
    """Post the request; once more where CLMS stored a task that it then could not start."""
    for _ in range(2):
        attempt = desk.journal.open(request.fingerprint, request.document())
        try:
            answer = desk.session.post("@datarequest_post", request.payload())
        except Unclear:
            found = _complete(request, desk, attempt, _DOUBTFUL)
        except ClmsError as refusal:
            found = _after_refusal(request, desk, attempt, refusal)
        except SourceError as error:  # never carried out
            note = str(error)
            desk.journal.update(request.fingerprint, attempt, State.CLOSED, note=note)
            raise
        else:
            found = _after_answer(request, desk, attempt, answer)
        if found:
            return found
    raise SourceError(
        f"CLMS could not start a task for {request.name} in two attempts; run again later"
    )


def _after_answer(
    request: ProductRequest, desk: Desk, attempt: Attempt, answer: Any
) -> Attempt | None:
    """Write the task down; None where CLMS could not start it, and it is deleted."""
    said = answer if isinstance(answer, dict) else {}
    if tasks := _task_ids(said, "TaskIds"):
        _log.info("%s: requested", request.name)
        return desk.journal.update(request.fingerprint, attempt, State.WAITING, tasks[0])
    if failed := _task_ids(said, "ErrorTaskIds"):
        _delete_orphans(request, desk, attempt, failed)
        return None
    accepted = desk.journal.update(request.fingerprint, attempt, State.ACCEPTED)
    found = _complete(request, desk, accepted, _LATE)
    if found is None:
        raise SourceError(f"CLMS accepted {request.name} and made no task of it; run again later")
    return found


def _task_ids(answer: dict[str, Any], key: str) -> list[str]:
    entries = answer.get(key) or []
    return [str(entry["TaskID"]) for entry in entries if entry.get("TaskID")]


def _after_refusal(
    request: ProductRequest, desk: Desk, attempt: Attempt, refusal: ClmsError
) -> Attempt | None:
    """Adopt the task CLMS calls a duplicate; clear away one that it could not start."""
    if refusal.status >= 500 and _NOT_STARTED not in refusal.message:
        return _complete(request, desk, attempt, _DOUBTFUL)  # of a proxy: CLMS may have done it
    if refusal.status >= 500:
        _delete_orphans(request, desk, attempt, _orphans(request, desk))
        return None
    desk.journal.update(request.fingerprint, attempt, State.CLOSED, note=refusal.message)
    if _DUPLICATE not in refusal.message:
        raise SourceError(f"{request.name}: CLMS refused it: {refusal.message}") from None
    adopted = _adopt(request, desk, max_age=0)
    if adopted is None:
        raise SourceError(
            f"{request.name}: CLMS counts it as asked twice, and none of the tasks it lists can "
            "serve; cancel queued tasks that are twins or cannot start in the download cart at "
            "land.copernicus.eu, then run again"
        )
    return adopted


def _orphans(request: ProductRequest, desk: Desk) -> list[str]:
    """Tasks for the request that CLMS stored and could not hand to its processing server."""
    useless = desk.journal.tasks_of_no_use_to(request.fingerprint)
    return [
        task.task
        for task in desk.statuses.tasks(max_age=0).values()
        if task.state == QUEUED
        and not (task.started or task.urls or task.task in useless)
        and len(task.datasets) == 1
        and request.same_as(task.datasets[0])
    ]


def _delete_orphans(
    request: ProductRequest, desk: Desk, attempt: Attempt, tasks: Sequence[str]
) -> None:
    """Delete tasks that never start: CLMS would take the next post for their duplicate."""
    note = "CLMS could not start it"
    _log.warning("%s: %s; removing what is left of it", request.name, note)
    desk.journal.update(request.fingerprint, attempt, State.CLOSED, next(iter(tasks), ""), note)
    for task in tasks[1:]:
        other = desk.journal.open(request.fingerprint, request.document(), task)
        desk.journal.update(request.fingerprint, other, State.CLOSED, note=note)
    for task in tasks:
        delete(desk, task)


def delete(desk: Desk, task: str) -> None:
    """Cancel a task; where CLMS does not let us (it has been firewalled), go on without."""
    try:
        desk.session.delete("@datarequest_delete", {"TaskID": task})
    except SourceError as error:
        _log.warning("a task could not be removed: %s", error)
