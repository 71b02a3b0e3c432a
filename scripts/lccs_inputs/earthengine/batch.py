"""Tiles that interactive requests cannot compute: exported in batch, awaited, and fetched.

An export is named after its tile and its destination, so whoever needs the tile finds the task or
its result: a job that goes on after a kill, a clone of the project. What is known of it is also
noted beside the place of the tile in the cache. A request to start an export carries an id that is
the same each time, by which the service knows one that it has seen.
"""

import logging
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import ee
from tqdm import tqdm

from lccs_inputs.earthengine.cache import TileCache
from lccs_inputs.earthengine.destinations import Destination
from lccs_inputs.earthengine.errors import SpoiledError, TooMuchError, status_of
from lccs_inputs.earthengine.pixels import Piece, Values
from lccs_inputs.earthengine.settings import BatchSettings
from lccs_inputs.earthengine.signin import Session
from lccs_inputs.earthengine.tiles import Tile
from lccs_inputs.errors import SourceError
from lccs_inputs.files import fingerprint
from lccs_inputs.rasters.grid import Grid

_LONGEST = 300.0  # s between two looks at a task
_PACE = 20  # looks become rarer with time: one each twentieth of it
_HOUR = 3600.0
_SUCCEEDED = "SUCCEEDED"
_ADVICE = (
    (r"cancel", "run again to start it anew"),
    (
        r"memory|time[sd]? ?out|too (many|large|complex)",
        "shorten the period, or lower cloud_max",
    ),
    (
        r"quota|storage|permission|access|bucket|drive|asset",
        "see to earthengine.batch and run again to start it anew",
    ),
)
"""What to do, by what the message of a task that failed is about."""

Operation = dict[str, Any]
"""A task as the service describes it."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Awaited:
    """A piece, the name of its export, and its task; "" where only the result is there."""

    piece: Piece
    name: str
    task: str


class BatchPath:
    """Batch exports of the tiles of one export: started by any thread, collected by one.

    Args:
        subject: what messages call the whole.
    """

    def __init__(
        self,
        session: Session,
        subject: str,
        cache: TileCache,
        destination: Destination,
        settings: BatchSettings,
    ) -> None:
        self._session, self._subject, self._cache = session, subject, cache
        self._destination, self._settings = destination, settings
        self._lock = threading.Lock()  # one start at a time: the listing is for all
        self._listing: list[Operation] | None = None
        self._prepared = False
        self._awaited: list[_Awaited] = []

    def start(self, piece: Piece, reason: str) -> None:
        """See to it that there is a task for a piece, or its result; an earlier one's is taken.

        Args:
            reason: why it is too much for interactive requests.

        Raises:
            SourceError: Earth Engine does not take the export; says why and what to do.
        """
        name = self._name(piece)
        if self._cache.read(piece.grid, piece.bands) is not None:  # another job was quicker
            self._awaited.append(_Awaited(piece, name, ""))
            return
        with self._lock:
            task, spent = self._find(piece, name)
            if task is None:
                # Noted first: were the job killed before the answer, the next one would know.
                self._note(piece, reason=reason, spent=spent)
                task = self._begin(piece, name, spent)
            self._note(piece, reason=reason, spent=spent, task=task)
            self._awaited.append(_Awaited(piece, name, task))

    def collect(self) -> Iterator[Piece]:
        """Wait for all that was started; yields each piece once the cache holds it.

        Raises:
            SourceError: a task failed, or took longer than the deadline; those that run go on,
                and the next run waits for the same ones.
            InputError: the cache could not be written.
        """
        if not self._awaited:
            return
        began = time.monotonic()
        name = f"{self._subject}, in batch"
        with tqdm(desc=name, total=len(self._awaited), unit="task", mininterval=1) as bar:
            while self._awaited:
                states = Counter[str]()
                for each in list(self._awaited):
                    state = self._state(each)
                    states[state.lower()] += 1
                    if state == _SUCCEEDED:
                        self._keep(each)
                        self._awaited.remove(each)
                        bar.update()
                        yield each.piece
                bar.set_postfix(states)
                if self._awaited:
                    self._pause(time.monotonic() - began)

    def tidy(self, tile: Tile) -> None:
        """Remove what a job left on the service that was killed once the tile was in the cache."""
        noted = self._cache.note(tile.grid)
        if "export" in noted and noted["export"] == self._called(tile.grid, noted["bands"]):
            self._remove(tile.grid, noted["export"])

    # --- finding and starting ------------------------------------------------------------------

    def _name(self, piece: Piece) -> str:
        return self._called(piece.grid, piece.bands)

    def _called(self, grid: Grid, bands: Sequence[str]) -> str:
        """The same on every machine; it holds only what assets and files may be called."""
        where = [self._session.project, self._destination.where]
        return f"lccs-inputs-{fingerprint([self._cache.key(grid, bands), *where])}"

    def _note(self, piece: Piece, **facts: Any) -> None:
        facts |= {"export": self._name(piece), "destination": self._destination.where}
        self._cache.mark_for_batch(piece, facts)

    def _find(self, piece: Piece, name: str) -> tuple[str | None, list[str]]:
        """A task that runs or has succeeded, "" for a result without one, None if none is.

        Second, the tasks of that name that came to nothing.
        """
        noted = self._cache.note(piece.grid)
        noted = noted if noted.get("export") == name else {}
        spent = list(noted.get("spent", []))
        for operation in self._candidates(name, noted.get("task", "")):
            task = operation["name"]
            if task in spent:
                continue
            if not operation.get("done") or self._has_delivered(operation, name):
                return task, spent
            _log.warning("%s: exported anew, %s %s", piece.name, task,
                         _failure(operation) or "left no result")  # fmt: skip
            spent.append(task)
        whole = self._destination.appears_whole and self._destination.holds(name)
        return ("" if whole else None), spent

    def _candidates(self, name: str, task: str) -> list[Operation]:
        known = self._operation(task) if task else None
        return [known] if known is not None else self._listed(name)

    def _listed(self, name: str) -> list[Operation]:
        if self._listing is None:
            self._listing = self._session.persist(ee.data.listOperations)
        return [each for each in self._listing if _metadata(each).get("description") == name]

    def _operation(self, task: str) -> Operation | None:
        """What the service knows of a task; None if it has forgotten it."""
        try:
            found: Operation = self._session.persist(lambda: ee.data.getOperation(task))
        except SourceError as error:
            if status_of(error) != 404:
                raise
            return None
        return found

    def _has_delivered(self, operation: Operation, name: str) -> bool:
        return _metadata(operation).get("state") == _SUCCEEDED and self._destination.holds(name)

    def _begin(self, piece: Piece, name: str, spent: list[str]) -> str:
        if not self._prepared:
            self._destination.prepare()
            self._prepared = True
        asked = self._destination.request(name, piece)
        request = f"{name}-{fingerprint(sorted(spent))}"
        try:
            started = self._session.persist(lambda: ee.data.exportImage(request, asked))
        except TooMuchError as error:
            raise SourceError(f"{piece.name}: {error}") from error
        except SourceError:
            self._listing = None  # it may run all the same: another job's, or an answer was lost
            running = [each for each in self._listed(name) if not each.get("done")]
            if not running:
                raise
            started = running[0]
        task: str = started["name"]
        _log.info("%s: %s exports it to %s", piece.name, task, self._destination.where)
        return task

    # --- waiting and fetching ------------------------------------------------------------------

    def _state(self, each: _Awaited) -> str:
        """How far a task is; SourceError if it came to nothing."""
        if not each.task:
            return _SUCCEEDED
        operation = self._operation(each.task)
        if operation is None:
            raise self._failed(each, "the task is unknown to Earth Engine")
        state = str(_metadata(operation).get("state"))
        if not operation.get("done"):
            return state
        failure = _failure(operation)
        if failure:
            raise self._failed(each, failure)
        used = _metadata(operation).get("batchEecuUsageSeconds", 0)
        _log.info("%s: %s took %.1f EECU-seconds", each.piece.name, each.task, used)
        return state

    def _failed(self, each: _Awaited, reason: str) -> SourceError:
        """Note that the task is spent, so that the next run starts another; what to say."""
        noted = self._cache.note(each.piece.grid)
        spent = [*noted.get("spent", []), *([each.task] if each.task else [])]
        self._note(each.piece, reason=noted.get("reason", ""), spent=spent)
        advice = next(
            (advice for pattern, advice in _ADVICE if re.search(pattern, reason, re.IGNORECASE)),
            "run again to start it anew; if it fails again, shorten the period or lower cloud_max",
        )
        return SourceError(
            f"{each.piece.name}: its batch export failed on Earth Engine ({reason}); {advice}"
        )

    def _keep(self, each: _Awaited) -> None:
        """Put a result in the cache, then remove it from the service."""
        piece = each.piece
        if self._cache.read(piece.grid, piece.bands) is None:
            try:
                values = self._checked(each)
            except SpoiledError as error:
                self._remove(piece.grid, each.name)
                raise self._failed(each, error.doubt) from error
            if values is not None:
                self._cache.write(piece.grid, piece.bands, values)
        self._remove(piece.grid, each.name)

    def _checked(self, each: _Awaited) -> Values | None:
        """The values of a result; None where another job has put them in the cache meanwhile."""
        piece = each.piece
        try:
            values = self._destination.values(each.name, piece)
        except SourceError:
            if self._cache.read(piece.grid, piece.bands) is None:
                raise
            return None
        doubt = piece.doubt(values, self._cache.beside(piece))
        if doubt:
            raise SpoiledError(doubt)
        return values

    def _remove(self, grid: Grid, name: str) -> None:
        try:
            self._destination.discard(name)
        except SourceError as error:
            _log.warning("%s: left in %s, remove it by hand: %s", name, self._destination.where,
                         error)  # fmt: skip
        self._cache.unmark(grid)

    def _pause(self, waited: float) -> None:
        left = self._settings.deadline_hours * _HOUR - waited
        if left <= 0:
            tasks = ", ".join(each.task for each in self._awaited)
            raise SourceError(
                f"{self._subject}: batch exports are not done after "
                f"{self._settings.deadline_hours:g} hours (earthengine.batch.deadline_hours; "
                f"{tasks}); run again later, which waits for the same ones"
            )
        time.sleep(min(left, max(self._settings.poll_seconds, min(waited / _PACE, _LONGEST))))


def _metadata(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = operation.get("metadata", {})
    return found


def _failure(operation: Operation) -> str:
    """Why a task that is done failed; "" if it did not."""
    if not operation.get("done") or _metadata(operation).get("state") == _SUCCEEDED:
        return ""
    message: str = operation.get("error", {}).get("message") or _metadata(operation)["state"]
    return message.strip().rstrip(".")
