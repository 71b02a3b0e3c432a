"""A run as make tells it: a line for each stage that is done, and a bar where there is a terminal.

Snakemake finds it as `--logger stages` where `scripts` is among the folders of modules. Jobs write
to their logs alone then, and the warnings in these are told in the end. Errors are told as
Snakemake tells them, and why jobs failed is said again in the last lines. With `--dry-run`,
`--verbose` or `--quiet` everything is told as Snakemake does.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

from snakemake.logging import ColorizingTextHandler
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent
from tqdm import tqdm

from lccs_inputs.workflow.logs import QUIET, Failures, Warnings
from lccs_inputs.workflow.scheduling import LOST
from snakemake_logger_plugin_stages.stages import Stages

_INTERRUPTED = "Terminating processes on user request"  # how Snakemake's own word begins
_GO_ON = "interrupted: what is done stays; run again to go on"
_LOST = "BUG: Out of jobs ready"  # how Snakemake tells that it has lost sight of jobs that wait
_BAR = "{n}/{total} |{bar:20}| {elapsed} < {desc}"


class LogHandler(LogHandlerBase):
    """What Snakemake hands its records to, in a thread of its own."""

    writes_to_stream = True
    writes_to_file = False
    has_filter = False
    has_formatter = False
    needs_rulegraph = False

    def __post_init__(self) -> None:
        asked = self.common_settings
        if asked.dryrun or asked.verbose or asked.quiet:
            self.writes_to_stream = False  # so Snakemake writes itself
            return
        os.environ |= QUIET
        self._stream = sys.stdout if asked.stdout else sys.stderr
        self._snakemake = ColorizingTextHandler(asked.nocolor, self._stream)
        self._stages, self._warnings, self._failures = Stages(), Warnings(), Failures()
        self._logs: dict[int, list[str]] = {}
        self._untold: logging.LogRecord | None = None
        self._interrupted = False
        self._bar: tqdm[Any] | None = None
        self._ended = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        """Tell what a record means; one that cannot be told does not end the thread."""
        if self.writes_to_stream:
            try:
                self._take(record)
                self._draw()
            except Exception:
                self.handleError(record)

    def close(self) -> None:
        """End the bar; tell the warnings and why jobs failed or, where nothing was to run, why."""
        if self.writes_to_stream and not self._ended.is_set():
            self._end_bar()
            if not self._stages.total and self._untold:
                self._tell(self._untold)
            self._write(self._warnings.lines())
            if not self._interrupted:
                self._write(self._failures.lines())
        super().close()

    def _take(self, record: logging.LogRecord) -> None:
        """Tell what a record means for the stages, or the record itself."""
        said, when = vars(record), record.created
        match said.get("event"):
            case LogEvent.RUN_INFO:
                self._stages.plan(said["stats"], when)
                self._begin()
            case LogEvent.JOB_INFO:
                self._logs[said["jobid"]] = said["log"]
                name = said["rule_name"] if said["output"] else ""
                self._write(self._stages.start(name, said["jobid"], when))
            case LogEvent.JOB_FINISHED:
                self._stages.finish(said["job_id"], when)
                self._warnings.read(self._logs.pop(said["job_id"], ()))
                self._failures.drop(said["job_id"])
            case LogEvent.JOB_ERROR:
                self._fail(said["jobid"], said)
            case LogEvent.PROGRESS:
                self._write(self._stages.progress(said["done"], said["total"]))
            case None if record.getMessage().startswith(_INTERRUPTED):
                self._interrupted = True  # what is said of jobs from now on follows from it
                self._write([_GO_ON])
            case None if record.levelno == logging.INFO:
                self._untold = record
        if record.levelno >= logging.WARNING and not self._interrupted:
            self._tell(record)
            if record.getMessage().startswith(_LOST):
                self._write([LOST])

    def _fail(self, job: int, said: Mapping[str, Any]) -> None:
        self._stages.fail(job)
        self._failures.add(job, said["rule_name"], said["log"], grouped=said["indent"])

    def _begin(self) -> None:
        """Draw the bar from now on, every second, if it can be."""
        if self._bar is None and self._snakemake.can_color_tty():
            self._bar = tqdm(
                bar_format=_BAR, total=0, file=self._stream, leave=False, dynamic_ncols=True
            )
            threading.Thread(target=self._tick, daemon=True).start()

    def _tick(self) -> None:
        while not self._ended.wait(1):
            self.acquire()
            try:
                self._draw()
            finally:
                self.release()

    def _end_bar(self) -> None:
        self.acquire()  # nothing is drawn meanwhile, nor after
        try:
            self._ended.set()
            if self._bar is not None:
                self._bar.close()
        finally:
            self.release()

    def _draw(self) -> None:
        if self._bar is not None and not self._ended.is_set():
            left = self._stages.left(time.time())
            text = "?" if left is None else tqdm.format_interval(left)
            self._bar.n, self._bar.total = self._stages.done, self._stages.total
            self._bar.set_description_str(f"{text}  {self._stages.running}")

    def _write(self, lines: Iterable[str]) -> None:
        for line in lines:
            tqdm.write(line, file=self._stream)

    def _tell(self, record: logging.LogRecord) -> None:
        """As Snakemake does."""
        self._untold = None
        self._snakemake.setFormatter(self.formatter)
        with tqdm.external_write_mode(file=self._stream):
            self._snakemake.emit(record)
