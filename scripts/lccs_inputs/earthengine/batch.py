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
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ee
from tqdm import tqdm

from lccs_inputs.earthengine.cache import TileCache
from lccs_inputs.earthengine.destinations import Destination
from lccs_inputs.earthengine.errors import SpoiledError, TooMuchError, status_of
from lccs_inputs.earthengine.pixels import Export, Values
from lccs_inputs.earthengine.settings import BatchSettings
from lccs_inputs.earthengine.signin import Session
from lccs_inputs.earthengine.tiles import Tile
from lccs_inputs.errors import SourceError
from lccs_inputs.files import fingerprint

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
    """A tile, the name of its export, and its task; "" where only the result is there."""

    tile: Tile
    name: str
    task: str


class BatchPath:
    """Batch exports of the tiles of one export: started by any thread, collected by one."""

    def __init__(
        self,
        session: Session,
        export: Export,
        cache: TileCache,
        destination: Destination,
        settings: BatchSettings,
    ) -> None:
        self._session, self._export, self._cache = session, export, cache
        self._destination, self._settings = destination, settings
        self._lock = threading.Lock()  # one start at a time: the listing is for all
        self._listing: list[Operation] | None = None
        self._prepared = False
        self._awaited: list[_Awaited] = []

    def start(self, tile: Tile, reason: str) -> None:
        """See to it that there is a task for a tile, or its result; an earlier one's is taken.

        Args:
            reason: why it is too much for interactive requests.

        Raises:
            SourceError: Earth Engine does not take the export; says why and what to do.
        """
        name = self._name(tile)
        if self._cache.read(tile.grid) is not None:  # another job was quicker
            self._awaited.append(_Awaited(tile, name, ""))
            return
        with self._lock:
            task, spent = self._find(tile, name)
            if task is None:
                # Noted first: were the job killed before the answer, the next one would know.
                self._note(tile, reason=reason, spent=spent)
                task = self._begin(tile, name, spent)
            self._note(tile, reason=reason, spent=spent, task=task)
            self._awaited.append(_Awaited(tile, name, task))

    def collect(self) -> Iterator[Tile]:
        """Wait for all that was started; yields each tile once the cache holds it.

        Raises:
            SourceError: a task failed, or took longer than the deadline; those that run go on,
                and the next run waits for the same ones.
            InputError: the cache could not be written.
        """
        if not self._awaited:
            return
        began = time.monotonic()
        name = f"{self._export.name}, in batch"
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
                        yield each.tile
                bar.set_postfix(states)
                if self._awaited:
                    self._pause(time.monotonic() - began)

    def tidy(self, tile: Tile) -> None:
        """Remove what a job left on the service that was killed once the tile was in the cache."""
        if self._cache.note(tile.grid).get("export") == self._name(tile):
            self._remove(tile, self._name(tile))

    # --- finding and starting ------------------------------------------------------------------

    def _name(self, tile: Tile) -> str:
        """The same on every machine; it holds only what assets and files may be called."""
        where = [self._session.project, self._destination.where]
        return f"lccs-inputs-{fingerprint([self._cache.key(tile.grid), *where])}"

    def _note(self, tile: Tile, **facts: Any) -> None:
        facts |= {"export": self._name(tile), "destination": self._destination.where}
        self._cache.mark_for_batch(tile.grid, facts)

    def _find(self, tile: Tile, name: str) -> tuple[str | None, list[str]]:
        """A task that runs or has succeeded, "" for a result without one, None if none is.

        Second, the tasks of that name that came to nothing.
        """
        noted = self._cache.note(tile.grid)
        noted = noted if noted.get("export") == name else {}
        spent = list(noted.get("spent", []))
        for operation in self._candidates(name, noted.get("task", "")):
            task = operation["name"]
            if task in spent:
                continue
            if not operation.get("done") or self._has_delivered(operation, name):
                return task, spent
            _log.warning("%s, tile %s: exported anew, %s %s", self._export.name, tile.name, task,
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

    def _begin(self, tile: Tile, name: str, spent: list[str]) -> str:
        if not self._prepared:
            self._destination.prepare()
            self._prepared = True
        asked = self._destination.request(name, tile.grid)
        request = f"{name}-{fingerprint(sorted(spent))}"
        try:
            started = self._session.persist(lambda: ee.data.exportImage(request, asked))
        except TooMuchError as error:
            raise SourceError(f"{self._export.name}, tile {tile.name}: {error}") from error
        except SourceError:
            self._listing = None  # it may run all the same: another job's, or an answer was lost
            running = [each for each in self._listed(name) if not each.get("done")]
            if not running:
                raise
            started = running[0]
        task: str = started["name"]
        _log.info("%s, tile %s: %s exports it to %s", self._export.name, tile.name, task,
                  self._destination.where)  # fmt: skip
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
        _log.info("%s, tile %s: %s took %.1f EECU-seconds", self._export.name, each.tile.name,
                  each.task, used)  # fmt: skip
        return state

    def _failed(self, each: _Awaited, reason: str) -> SourceError:
        """Note that the task is spent, so that the next run starts another; what to say."""
        noted = self._cache.note(each.tile.grid)
        spent = [*noted.get("spent", []), *([each.task] if each.task else [])]
        self._note(each.tile, reason=noted.get("reason", ""), spent=spent)
        advice = next(
            (advice for pattern, advice in _ADVICE if re.search(pattern, reason, re.IGNORECASE)),
            "run again to start it anew; if it fails again, shorten the period or lower cloud_max",
        )
        return SourceError(
            f"{self._export.name}, tile {each.tile.name}: its batch export failed on Earth Engine "
            f"({reason}); {advice}"
        )

    def _keep(self, each: _Awaited) -> None:
        """Put a result in the cache, then remove it from the service."""
        if self._cache.read(each.tile.grid) is None:
            try:
                values = self._checked(each)
            except SpoiledError as error:
                self._remove(each.tile, each.name)
                raise self._failed(each, error.doubt) from error
            if values is not None:
                self._cache.write(each.tile.grid, values)
        self._remove(each.tile, each.name)

    def _checked(self, each: _Awaited) -> Values | None:
        """The values of a result; None where another job has put them in the cache meanwhile."""
        try:
            values = self._destination.values(each.name, each.tile)
        except SourceError:
            if self._cache.read(each.tile.grid) is None:
                raise
            return None
        doubt = self._export.doubt(values)
        if doubt:
            raise SpoiledError(doubt)
        return values

    def _remove(self, tile: Tile, name: str) -> None:
        try:
            self._destination.discard(name)
        except SourceError as error:
            _log.warning("%s: left in %s, remove it by hand: %s", name, self._destination.where,
                         error)  # fmt: skip
        self._cache.unmark(tile.grid)

    def _pause(self, waited: float) -> None:
        left = self._settings.deadline_hours * _HOUR - waited
        if left <= 0:
            tasks = ", ".join(each.task for each in self._awaited)
            raise SourceError(
                f"{self._export.name}: batch exports are not done after "
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
