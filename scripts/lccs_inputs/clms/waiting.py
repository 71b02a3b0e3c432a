"""Waiting for the delivery of a request, and fetching it.

A run may end at any time: the task goes on at CLMS, the journal knows it, and the next run waits
for the same one. A task that vanishes, or whose link is dead, is asked for once more.
"""

import logging
import random
import zipfile
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from tqdm import tqdm

from lccs_inputs.clms import downloading as delivery
from lccs_inputs.clms.handing_in import Desk, delete, submit
from lccs_inputs.clms.journal import Attempt, State
from lccs_inputs.clms.requests import ProductRequest
from lccs_inputs.clms.session import USER_AGENT, ClmsError, Unavailable
from lccs_inputs.clms.status import FAILED, FINISHED, QUEUED, TaskStatus
from lccs_inputs.errors import SourceError
from lccs_inputs.files import scratch_folder
from lccs_inputs.sharing import make_folder, share

_URL_LATE = 600.0  # seconds that a finished task may still lack its link
_ORPHAN_AGE = 3600.0  # seconds after which a task that was never taken on is given up
_NOT_READY = 3  # times that the result host may refuse a finished delivery
_OUTAGES = 5  # looks in a row without an answer, each of them retried by the session
_PATIENT_SOURCES = {"CDSE", "CDSE_CSV"}  # their tasks are taken on by nobody we would be told of

_log = logging.getLogger(__name__)

Download = Callable[..., Path]
"""As `download.download`."""


class _GoneError(Exception):
    """The task will not deliver, through no fault of the request: it can be asked for anew."""


def wait_and_fetch(
    request: ProductRequest,
    desk: Desk,
    key: str = "request",
    download: Download = delivery.download,
) -> Path:
    """The archive of a request in the cache: waited for and downloaded where it is not there.

    Args:
        key: config path of the request, for messages.

    Raises:
        SourceError: CLMS refuses or fails the task, does not finish it before the deadline, or
            the delivery cannot be fetched whole.
    """
    archive = desk.archive(request)
    replaced = False
    while (attempt := submit(request, desk, key)) is not None:
        try:
            task = _await(request, attempt, desk)
            _fetch(request, task, archive, desk, download)
        except _GoneError as reason:
            note = str(reason)
            desk.journal.update(request.fingerprint, attempt, State.CLOSED, note=note)
            if replaced:
                raise SourceError(
                    f"{request.name}: {note}, also after it was requested anew; run again later"
                ) from None
            replaced = True
            _log.warning("%s: %s; requesting it anew", request.name, note)
        else:
            desk.journal.update(request.fingerprint, attempt, State.FETCHED)
            break
    return archive


def _await(request: ProductRequest, attempt: Attempt, desk: Desk) -> TaskStatus:
    """Look at the state of a task until it has a link, at ever longer intervals."""
    watch, outages = _Watch(request, desk), 0
    with tqdm(bar_format="{desc}", desc=request.name, mininterval=1) as line:
        while True:
            age = desk.clock() - attempt.posted_at
            interval = min(max(age / 8, desk.shortest), desk.longest)
            try:
                task = _look(attempt, desk, interval / 4)
                outages = 0
            except Unavailable as error:
                outages += 1
                if outages == _OUTAGES:
                    raise
                _log.warning("%s: %s", request.name, error)
            else:
                line.set_description_str(f"{request.name}: {task.state} for {_text(age)}")
                if watch.delivers(task, age):
                    return task
            _check_deadline(request, desk, age)
            # Jitter, so that the jobs of a run do not ask all at once.
            desk.sleep(interval * random.uniform(0.8, 1.0))


def _look(attempt: Attempt, desk: Desk, max_age: float) -> TaskStatus:
    """The state of a task, from the answer that all processes share."""
    task = desk.statuses.tasks(max_age, since=attempt.posted_at).get(attempt.task)
    if task is not None:
        return task
    try:
        found = desk.statuses.task(attempt.task)
    except ClmsError as error:
        if error.status != 404:
            raise
        found = None
    if found is None:
        raise _GoneError("its task vanished from CLMS")
    return found


class _Watch:
    """What the states of one task mean, one after the other."""

    def __init__(self, request: ProductRequest, desk: Desk) -> None:
        self._request, self._desk = request, desk
        self._state, self._finished = "", 0.0

    def delivers(self, task: TaskStatus, age: float) -> bool:
        """Whether there is something to fetch; `age` is that of the task, in seconds.

        Raises:
            SourceError: the task failed; its attempt is closed.
            _GoneError: it will not deliver, though nothing is wrong with the request.
        """
        if task.state != self._state:
            _log.info("%s: %s after %s", self._request.name, task.state, _text(age))
            self._state = task.state
        if task.state in FAILED:
            raise self._failure(task)
        if task.urls:  # whatever the state: a late note "Queued" may overwrite "Finished_ok"
            return True
        if task.state == FINISHED:
            self._finished = self._finished or self._desk.clock()
            if self._desk.clock() - self._finished > _URL_LATE:
                raise _GoneError("it is finished at CLMS, and has no link")
        if self._is_orphan(task, age):
            delete(self._desk, task.task)
            raise _GoneError("CLMS never started it")
        return False

    def _failure(self, task: TaskStatus) -> SourceError:
        journal, fingerprint = self._desk.journal, self._request.fingerprint
        note = f"{task.state}: {task.message or 'CLMS gives no reason'}"
        for attempt in journal.attempts(fingerprint):
            if attempt.live and attempt.task == task.task:
                journal.update(fingerprint, attempt, State.CLOSED, note=note)
        return SourceError(
            f"{self._request.name}: the task ended as {note}; run again to request it anew"
        )

    def _is_orphan(self, task: TaskStatus, age: float) -> bool:
        return (
            task.state == QUEUED
            and not task.started
            and age > _ORPHAN_AGE
            and self._request.product.source not in _PATIENT_SOURCES
        )


def _check_deadline(request: ProductRequest, desk: Desk, age: float) -> None:
    if age > desk.deadline:
        raise SourceError(
            f"{request.name}: not delivered {_text(age)} after it was requested; raise "
            "clms.deadline_hours to wait on for the same task, or cancel it in the download cart "
            "at land.copernicus.eu and run again to request it anew"
        )


def _fetch(
    request: ProductRequest, task: TaskStatus, archive: Path, desk: Desk, download: Download
) -> None:
    """Download the delivery; several parts are put together in one archive.

    Raises:
        _GoneError: the link is dead.
        SourceError: as `download` does.
    """
    make_folder(archive.parent)
    if len(task.urls) == 1:
        _fetch_part(request, task.urls[0], archive, task.size, desk, download)
        return
    with scratch_folder(archive.parent) as folder:
        parts = [folder / f"part{number}.zip" for number in range(1, len(task.urls) + 1)]
        for url, part in zip(task.urls, parts, strict=True):
            _fetch_part(request, url, part, None, desk, download)
        _join(parts, folder / archive.name).replace(archive)
        share(archive)


def _fetch_part(
    request: ProductRequest,
    url: str,
    target: Path,
    size: int | None,
    desk: Desk,
    download: Download,
) -> None:
    for refused in range(1, _NOT_READY + 1):
        try:
            download(url, target, size=size, user_agent=USER_AGENT, sleep=desk.sleep)
            return
        except delivery.Expired:
            raise _GoneError("the link to its delivery is dead") from None
        except delivery.NotReady as error:
            if refused == _NOT_READY:
                raise
            _log.warning("%s: %s", request.name, error)
            desk.sleep(desk.shortest * 3**refused)


def _join(parts: Sequence[Path], target: Path) -> Path:
    """One archive that holds the others, as CLMS itself nests them."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for part in parts:
            archive.write(part, part.name)
    return target


def _text(seconds: float) -> str:
    """A duration for people, to the second."""
    return str(timedelta(seconds=round(max(seconds, 0))))
