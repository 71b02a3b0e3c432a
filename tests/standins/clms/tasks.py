"""Download tasks: stored, queued, worked on and finished, as the portal and FME do."""

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from standins.clms.accounts import RefusedError
from standins.clms.catalogue import COUNTRIES, Catalogue, Layer
from standins.clms.clock import Clock
from standins.clms.deliveries import (
    CODES,
    SIDE_LIMIT,
    Bounds,
    Clip,
    RasterSource,
    box_bounds,
    lattice_bounds,
    pack,
)
from standins.clms.faults import Fault, Faults
from standins.clms.validation import DUPLICATE, Accepted, Item, encoded_path, refuse

STATUSES = ("Rejected", "Queued", "In_progress", "Finished_ok", "Finished_nok", "Cancelled")
_ENDS = {"rejected": "Rejected", "finished_nok": "Finished_nok", "cancelled": "Cancelled"}
_SUCCESS = "Download process finished successfully"
_QUEUED, _WORKING, _DONE = range(3)


class _FailedError(Exception):
    """FME cannot make the archive; the text is the task's Message."""


@dataclass
class Task:
    """A task; `record` is what the API shows of it."""

    ident: str
    record: dict[str, Any]
    stored: float
    prepackaged: bool = False
    fault: Fault | None = None
    looks: int = 0
    looks_when_done: int = 0
    hidden: bool = False

    @property
    def kind(self) -> str:
        return self.fault.kind if self.fault else ""

    @property
    def is_live(self) -> bool:
        return self.record["Status"] in {"Queued", "In_progress"}


@dataclass
class Archive:
    """A file of the result host."""

    content: bytes
    made: float
    status: int = 200


@dataclass
class Places:
    """Where countries and NUTS regions lie, EPSG:3035; deliveries cover these boxes.

    They are small: France and Switzerland are the shore of Lake Geneva around Évian, FRJ13 is
    a corner of Hérault. The country boxes cross a line of the 100 km tiles.
    """

    countries: dict[str, Bounds] = field(
        default_factory=lambda: {
            "France": (4_049_000, 2_579_000, 4_077_000, 2_604_000),
            "Switzerland": (4_049_000, 2_579_000, 4_077_000, 2_604_000),
            "Italy": (4_520_000, 2_090_000, 4_524_000, 2_094_000),
        }
    )
    nuts: dict[str, Bounds] = field(
        default_factory=lambda: {
            "FRK28": (4_049_000, 2_579_000, 4_077_000, 2_598_000),
            "CH011": (4_049_000, 2_579_000, 4_077_000, 2_598_000),
            "FRJ13": (3_770_000, 2_289_000, 3_780_000, 2_302_000),
            "ITC11": (4_100_000, 2_440_000, 4_104_000, 2_444_000),
        }
    )
    names: dict[str, str] = field(
        default_factory=lambda: {
            "FRK28": "Haute-Savoie",
            "CH011": "Vaud",
            "FRJ13": "Hérault",
            "ITC11": "Torino",
        }
    )


@dataclass
class Pace:
    """How long tasks take: by the clock where `queue_seconds` is set, else by looks at them.

    A task is Queued for `queue_seconds` and In_progress for `work_seconds`; or it takes `polls`
    looks (status requests that show it) in each of the two states.
    """

    queue_seconds: float | None = None
    work_seconds: float = 0
    polls: int = 1

    def stage(self, task: Task, now: float) -> int:
        if self.queue_seconds is None:
            return min(_DONE, max(0, task.looks - 1) // self.polls if self.polls else _DONE)
        passed = now - task.stored - self.queue_seconds
        return _QUEUED if passed < 0 else _WORKING if passed < self.work_seconds else _DONE


class Tasks:
    """Everybody's tasks, and the archives made for them. Not thread-safe: the API locks."""

    link_seconds = 72 * 3600

    def __init__(
        self, clock: Clock, catalogue: Catalogue, faults: Faults, source: RasterSource
    ) -> None:
        self.clock, self.catalogue, self.faults, self.source = clock, catalogue, faults, source
        self.pace, self.places = Pace(), Places()
        self.aware = True
        self.result_url = ""
        self.all: dict[str, Task] = {}
        self.archives: dict[str, Archive] = {}
        self._numbers, self._fme = random.Random(20260101), 4050

    # --- requests

    def request(self, user: str, accepted: Accepted, fault: str = "") -> dict[str, Any]:
        """Store the tasks of a checked request and hand them to FME.

        Args:
            fault: "all_failed" or "error_task_ids": FME takes none, or not the last, of them.

        Raises:
            RefusedError: something asked for is being made already, or FME refused everything.
        """
        live = [item for task in self._settled(user) if task.is_live for item in _items(task)]
        if _has_twins(accepted.general + live):
            raise refuse(DUPLICATE)
        if accepted.cdse:
            self._store_cdse(user, accepted.cdse)
        tasks = [
            self.store(user, items, prepackaged)
            for items, prepackaged in ((accepted.prepackaged, True), (accepted.general, False))
            if items
        ]
        if fault == "all_failed":
            raise refuse("Error, all requests failed", 500)
        taken = tasks[:-1] if fault == "error_task_ids" else tasks
        for task in taken:
            self._send(task)
        good, bad = ([{"TaskID": t.ident} for t in part] for part in (taken, tasks[len(taken) :]))
        return {"TaskIds": good, "ErrorTaskIds": bad}

    def store(self, user: str, items: list[Item], prepackaged: bool = False) -> Task:
        """Store a task as Queued, not yet known to FME: an orphan, if it stays so."""
        record = {
            "Datasets": items,
            "RegistrationDateTime": self._time(),
            "Status": "Queued",
            "UserID": user,
        }
        task = self._add(record, self.faults.take("task"))
        task.prepackaged = prepackaged
        return task

    def _add(self, record: dict[str, Any], fault: Fault | None = None) -> Task:
        ident = str(self._numbers.randrange(10**9, 10**11))
        task = self.all[ident] = Task(ident, record, self.clock.now(), fault=fault)
        return task

    def _send(self, task: Task) -> None:
        task.record["FMETaskId"] = self._fme
        self._fme += 1

    def _store_cdse(self, user: str, items: list[Item]) -> None:
        """One child per item and their parent; they appear a moment after the answer."""
        group = "-".join(f"{self._numbers.randrange(10_000):04d}" for _ in range(4))
        common = {
            "UserID": user,
            "RegistrationDateTime": self._time(),
            "cdse_task_group_id": group,
        }
        for item in items:
            child = {"Status": "QUEUED", "Datasets": item, "cdse_task_role": "child"}
            self._add(common | child).hidden = True
        parent = {"Status": "Queued", "Datasets": items, "cdse_task_role": "parent"}
        task = self._add(common | parent, self.faults.take("task"))
        task.hidden = True
        self._send(task)

    # --- looking

    def search(self, user: str, status: str | None) -> dict[str, Any]:
        """The user's tasks by id; every task shown has been looked at once more."""
        if status and status not in STATUSES:
            raise refuse("Error, status not recognized")
        shown = {}
        for task in list(self._own(user)):
            if task.hidden:
                task.hidden = False
            elif self._look(task) and status in {None, "", task.record["Status"]}:
                shown[task.ident] = dict(task.record)
        return shown

    def status(self, ident: str | None) -> dict[str, Any]:
        """One task, whoever's it is."""
        if not ident:
            raise RefusedError(400, "Error, TaskID not defined")
        task = self.all.get(ident)
        if task is None or task.hidden or not self._look(task):
            raise RefusedError(404, "Error, the task does not exist")
        return dict(task.record)

    def delete(self, user: str, ident: Any) -> None:
        """Cancel a task; unknown is 403 and another's is 404, as the portal has them."""
        if not ident:
            raise refuse("Error, TaskID not defined")
        task = self.all.get(str(ident))
        if task is None:
            raise refuse("Error, TaskID not registered", 403)
        if task.record["UserID"] != user:
            raise refuse("Error, permission denied", 404)
        task.record |= {"Status": "Cancelled", "FinalizationDateTime": self._time()}

    def _own(self, user: str) -> Iterator[Task]:
        return (task for task in self.all.values() if task.record["UserID"] == user)

    def _settled(self, user: str) -> list[Task]:
        """The user's tasks as they stand, without a look counted."""
        return [task for task in list(self._own(user)) if self._settle(task)]

    def _look(self, task: Task) -> bool:
        task.looks += 1
        return self._settle(task)

    # --- the life of a task

    def _settle(self, task: Task) -> bool:
        """Bring the record up to date; False if the task is no more."""
        record = task.record
        due = task.is_live or (record["Status"] == "Finished_ok" and "DownloadURL" not in record)
        if "FMETaskId" not in record or not due:
            return True
        stage = self.pace.stage(task, self.clock.now())
        if task.kind == "stuck":
            stage = _QUEUED
        if task.kind == "vanishes" and stage > _QUEUED:
            del self.all[task.ident]
            return False
        if stage == _WORKING:
            record["Status"] = "In_progress"
        elif stage == _DONE and "DownloadURL" not in record:
            self._finish(task)
        return True

    def _finish(self, task: Task) -> None:
        if status := _ENDS.get(task.kind):
            message = task.fault.options.get("message", "") if task.fault else ""
            self._end(task, status, message or f"FME: the request ended as {status}")
            return
        if task.kind == "url_late":
            task.looks_when_done = task.looks_when_done or task.looks
            self._end(task, "Finished_ok", _SUCCESS)
            waited = task.looks - task.looks_when_done
            if waited < (task.fault.options.get("looks", 2) if task.fault else 0):
                return
        try:
            self._deliver(task)
        except _FailedError as failure:
            self._end(task, "Finished_nok", str(failure))

    def _end(self, task: Task, status: str, message: str) -> None:
        task.record |= {"Status": status, "Message": message}
        task.record.setdefault("FinalizationDateTime", self._time())

    def _deliver(self, task: Task) -> None:
        """Make the archive and say where it is."""
        content = pack(list(self._clips(task)), self.source, self.faults.take("delivery"))
        number = task.record["FMETaskId"]
        archive = Archive(content, self.clock.now())
        if task.kind == "expired" and task.fault:
            archive.status = task.fault.options.get("status", 404)
        self.archives[f"{number}.zip"] = archive
        url = f"{self.result_url}/clmsdatadownload/results/{number}.zip"
        self._end(task, "Finished_ok", _SUCCESS)
        task.record |= {
            "DownloadURL": [url] if task.kind == "url_list" else url,
            "FileSize": len(content) + (task.kind == "size_mismatch"),
        }
        if task.kind == "queued_with_url":
            task.record["Status"] = "Queued"

    def _clips(self, task: Task) -> Iterator[Clip]:
        for index, item in enumerate(task.record["Datasets"]):
            dataset = self.catalogue.by_uid(item["DatasetID"])
            if dataset is None:
                raise _FailedError("The data set is gone")
            if task.prepackaged:
                file = next(each for each in dataset.files if each["@id"] == item["FileID"])
                yield Clip(dataset.layers[file["@id"]], self.places.countries[file["area"]])
                continue
            layer = self._layer(item)
            date = item.get("TemporalFilter", {}).get("StartDate", "2018-01-01")[:10]
            bounds, place = self._place(item, index, layer)
            if max(bounds[2] - bounds[0], bounds[3] - bounds[1]) > SIDE_LIMIT * layer.resolution:
                raise _FailedError(f"The stand-in delivers at most {SIDE_LIMIT} pixels a side")
            yield Clip(layer, bounds, place, item["DatasetTitle"], date.replace("-", ""))

    def _layer(self, item: Item) -> Layer:
        """What the download item that was asked for holds; paths tell them apart."""
        dataset = self.catalogue.by_uid(item["DatasetID"])
        for offer in dataset.downloads if dataset else ():
            layer = dataset.layers.get(offer["@id"]) if dataset else None
            if layer and _is_of(item, offer) and layer.product.removesuffix("CL") in CODES:
                return layer
        raise _FailedError("No data found for the request")

    def _place(self, item: Item, index: int, layer: Layer) -> tuple[Bounds, str]:
        if box := item.get("BoundingBox"):
            return box_bounds(box, layer.resolution), f"bbox_{index}"
        code = item.get("NUTSID", "")
        country = {iso.upper(): name for name, iso in COUNTRIES.items()}.get(code)
        bounds = self.places.countries[country] if country else self.places.nuts.get(code)
        if bounds is None:
            raise _FailedError(f"No area was found for NUTS {code}")
        return lattice_bounds(bounds, layer.resolution), code

    def archive(self, name: str) -> Archive | None:
        """A file of the result host; expired links are like files that never were."""
        archive = self.archives.get(name)
        if archive and self.clock.now() - archive.made > self.link_seconds:
            return None
        return archive

    def _time(self) -> str:
        moment = datetime.fromtimestamp(self.clock.now(), UTC)
        return (moment if self.aware else moment.replace(tzinfo=None)).isoformat()


def _is_of(item: Item, offer: Mapping[str, Any]) -> bool:
    return encoded_path(offer["full_path"]) == str(item["DatasetPath"])


def _items(task: Task) -> list[Item]:
    datasets = task.record["Datasets"]
    return datasets if isinstance(datasets, list) else []


def _has_twins(items: list[Item]) -> bool:
    texts = [json.dumps(item, sort_keys=True) for item in items]
    return len(set(texts)) < len(texts)
