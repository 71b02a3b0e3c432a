"""What a run tells while it is under way: a line for each stage, a bar on a terminal, errors."""

import contextlib
import io
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry
from snakemake_interface_logger_plugins.tests import MockOutputSettings, TestLogHandlerBase

from snakemake_logger_plugin_stages import LogHandler
from snakemake_logger_plugin_stages.stages import Stages


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@dataclass
class Run:
    """A run as Snakemake would tell of it, second by second."""

    handler: LogHandler
    stream: io.StringIO
    now: float = 0
    total: int = 0
    done: int = 0
    rules: dict[int, str] = field(default_factory=dict)

    def say(self, event: LogEvent | None, message: str = "", level: int = 20, **said: Any) -> None:
        record = logging.LogRecord("snakemake", level, "", 0, message, None, None)
        vars(record).update(said | ({"event": event} if event else {}), created=self.now)
        self.handler.handle(record)

    @property
    def told(self) -> list[str]:
        """The lines that are printed; the last is what a bar has drawn."""
        return self.stream.getvalue().removesuffix("\n").split("\n")

    def plan(self, **stats: int) -> None:
        self.total = sum(stats.values())
        self.say(LogEvent.RUN_INFO, stats=stats | {"total": self.total})

    def start(self, job: int, rule: str, log: str = "", output: str = "made") -> None:
        said = {"jobid": job, "rule_name": rule, "log": [log] if log else []}
        self.say(LogEvent.JOB_INFO, output=[output] if output else [], **said)

    def finish(self, job: int) -> None:
        self.done += 1
        self.say(LogEvent.JOB_FINISHED, job_id=job)
        self.say(LogEvent.PROGRESS, done=self.done, total=self.total)

    def job(self, job: int, rule: str, seconds: float, log: str = "") -> None:
        self.start(job, rule, log)
        self.now += seconds
        self.finish(job)

    def fail(self, job: int, rule: str, log: str, *, grouped: bool = False) -> None:
        said: dict[str, Any] = dict.fromkeys(["rule_msg", "conda_env", "shellcmd"])
        said |= {"jobid": job, "rule_name": rule, "input": [], "output": [], "log": [log]}
        self.say(LogEvent.JOB_ERROR, f"Error in {rule}", 40, **said, aux={}, indent=grouped)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is outside a run; what the plugin sets goes again."""
    monkeypatch.setenv("TERM", "xterm")
    for name in ("TQDM_DISABLE", "LCCS_INPUTS_QUIET"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def new_run(stream: io.StringIO, **asked: Any) -> Run:
    settings = MockOutputSettings()
    vars(settings).update(asked)
    with contextlib.redirect_stderr(stream):
        handler = LogHandler(settings, None)
    handler.setFormatter(logging.Formatter("snakemake: %(message)s"))
    return Run(handler, stream)


@pytest.fixture
def run() -> Iterator[Run]:
    """Off a terminal."""
    made = new_run(io.StringIO())
    yield made
    made.handler.close()


def test_snakemake_finds_it_where_scripts_is_a_folder_of_modules() -> None:
    assert LoggerPluginRegistry().is_installed("stages")


def test_a_stage_is_told_once_when_its_last_job_is_done(run: Run) -> None:
    run.plan(align=2, build=2, all=1)
    run.start(1, "align")
    run.now = 5
    run.start(2, "build")
    run.now = 70
    run.finish(2)
    run.start(3, "build")
    run.finish(1)
    assert run.told == [""]
    run.now = 3700
    run.finish(3)
    assert run.told == ["build                 2 jobs    1:01:35"]
    run.job(4, "align", 1)
    run.start(5, "all", output="")
    run.finish(5)
    assert run.told[1:] == ["align                 2 jobs    1:01:41"]


def test_jobs_that_a_checkpoint_adds_are_told_with_their_stage(run: Run) -> None:
    run.plan(search=1, compose=1, all=1)
    run.job(1, "compose", 3)
    run.job(2, "search", 7)
    run.total = 8  # four blocks more, and a mosaic
    for job in range(3, 7):
        run.job(job, "compose", 10)
    assert run.told == [
        "compose               1 job     00:03", "search                1 job     00:07",
    ]  # fmt: skip
    run.job(7, "mosaic", 1)
    assert run.told[2:] == [
        "compose               4 jobs    00:40", "mosaic                1 job     00:01",
    ]  # fmt: skip


def test_an_error_is_told_as_snakemake_does_and_what_it_says_beside_is_not(run: Run) -> None:
    run.say(None, "Building DAG of jobs...")
    run.plan(align=2)
    run.say(None, "Select jobs to execute...")
    run.start(1, "align")
    run.fail(1, "align", "align.log")
    run.say(LogEvent.ERROR, "exiting", 40)
    run.say(None, "odd", 30)
    assert run.told == ["snakemake: Error in align", "snakemake: exiting", "snakemake: odd"]
    run.handler.close()
    assert run.told[3:] == [
        "failed",
        "  align ended without saying why (killed, or no memory?); run again to go on",
        "    no log",
    ]  # fmt: skip


def log_of(folder: Path, name: str, *lines: str) -> str:
    log = folder / f"{name}.log"
    log.write_text("\n".join(f"2026-01-01 10:00:00,000 {line}" for line in lines) + "\n")
    return str(log)


def test_why_jobs_failed_is_said_again_in_the_last_lines(run: Run, tmp_path: Path) -> None:
    a, b = (log_of(tmp_path, each, f"ERROR {each}.zip: is no raster") for each in "ab")
    odd = log_of(tmp_path, "odd", "ERROR unexpected error\nTraceback:\n  ...\nKeyError: 3")
    good = log_of(tmp_path, "good", "ERROR came to nothing")
    run.plan(align=4)
    run.fail(1, "align", good)
    run.job(1, "align", 1, good)  # tried again
    run.fail(2, "align", a)
    run.fail(3, "align", b)
    run.fail(4, "align", odd)
    run.say(LogEvent.ERROR, "exiting", 40)
    run.handler.close()
    assert run.told[-5:] == [
        "failed",
        "  a.zip: is no raster (and 1 like it)", f"    {a}",
        "  unexpected error: KeyError: 3", f"    {odd}",
    ]  # fmt: skip


def test_of_a_group_only_those_that_say_why_are_told(run: Run, tmp_path: Path) -> None:
    why = log_of(tmp_path, "why", "INFO began", "ERROR a.zip: is no raster")
    run.plan(align=3)
    run.fail(1, "align", "never began.log", grouped=True)
    run.fail(2, "align", why, grouped=True)
    run.fail(3, "build", "gone.log")
    run.fail(4, "draw", "gone.log")
    run.handler.close()
    silent = "ended without saying why (killed, or no memory?); run again to go on"
    assert run.told[-7:] == [
        "failed", "  a.zip: is no raster", f"    {why}",
        f"  build {silent}", "    no log", f"  draw {silent}", "    no log",
    ]  # fmt: skip


def test_after_ctrl_c_it_says_how_to_go_on_and_nothing_of_the_jobs_that_ended(run: Run) -> None:
    run.plan(layers=2)
    run.start(1, "layers")
    run.say(None, "Terminating processes on user request, this might take some time.")
    run.say(None, "RuleException: died with <Signals.SIGINT: 2>", level=logging.ERROR)
    run.fail(1, "layers", "layers.log")
    run.handler.close()
    assert run.told == ["interrupted: what is done stays; run again to go on"]


def test_where_snakemake_loses_jobs_that_wait_it_says_how_to_go_on(run: Run) -> None:
    run.plan(layers=2)
    run.say(None, "BUG: Out of jobs ready to be started, but not all files built yet.", level=40)
    assert run.told == [
        "snakemake: BUG: Out of jobs ready to be started, but not all files built yet.",
        "Snakemake lost sight of jobs that waited: what is done stays; run again to go on",
    ]


def test_what_is_not_understood_does_not_hide_what_follows(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    run.say(LogEvent.JOB_INFO)
    run.say(LogEvent.ERROR, "exiting", 40)
    assert run.told == ["snakemake: exiting"]
    assert "KeyError" in capsys.readouterr().err


def test_a_job_that_is_tried_again_counts_once(run: Run) -> None:
    run.plan(fetch=1, build=1)
    run.start(1, "fetch")
    run.fail(1, "fetch", "fetch.log")
    run.now = 9
    run.job(1, "fetch", 2)
    assert run.told[1:] == ["fetch                 1 job     00:02"]


def test_a_job_of_a_group_that_is_told_again_counts_once(run: Run) -> None:
    """As Snakemake does where a checkpoint changed it: it is in its group as it was, too."""
    run.plan(draw=1, build=1)
    for _ in range(3):
        run.start(1, "draw")
    run.start(2, "build")
    run.now += 9
    for _ in range(3):
        run.finish(1)
    run.finish(2)
    assert sorted(run.told) == [
        "build                 1 job     00:09", "draw                  1 job     00:09",
    ]  # fmt: skip


def test_where_nothing_is_to_be_done_snakemake_says_why_in_a_line(run: Run) -> None:
    run.say(None, "Building DAG of jobs...")
    run.say(None, "Nothing to be done")
    run.handler.close()
    run.handler.close()
    assert run.told == ["snakemake: Nothing to be done"]


def test_a_config_that_is_refused_is_told_alone(run: Run) -> None:
    run.say(None, "Building DAG of jobs...")
    run.say(LogEvent.ERROR, "config: 2 problems", 40)
    run.handler.close()
    assert run.told == ["snakemake: config: 2 problems"]


def test_the_warnings_of_jobs_are_told_in_the_end(run: Run, tmp_path: Path) -> None:
    run.plan(align=2)
    for job in (1, 2):
        log = tmp_path / f"{job}.log"
        log.write_text(f"2026-01-01 10:00:00,000 WARNING {job}.zip: is small\n")
        run.job(job, "align", 1, str(log))
    assert len(run.told) == 1
    run.handler.close()
    assert run.told[1:] == [
        "warnings", "  1.zip: is small (and 1 like it)", f"    {tmp_path / '1.log'}",
    ]  # fmt: skip


@pytest.mark.parametrize("asked", [{"dryrun": True}, {"verbose": True}, {"quiet": ["rules"]}])
def test_who_asks_snakemake_for_more_or_less_has_it_from_snakemake(asked: dict[str, Any]) -> None:
    run = new_run(Terminal(), **asked)
    assert not run.handler.writes_to_stream
    run.plan(align=1)
    run.job(1, "align", 1)
    run.fail(1, "align", "align.log")
    run.handler.close()
    assert run.told == [""]
    assert "TQDM_DISABLE" not in os.environ and "LCCS_INPUTS_QUIET" not in os.environ


def test_jobs_are_told_to_be_quiet(run: Run) -> None:
    assert run.handler.writes_to_stream
    assert os.environ["TQDM_DISABLE"] == os.environ["LCCS_INPUTS_QUIET"] == "1"


def test_on_a_terminal_a_bar_follows_the_run_and_goes_in_the_end() -> None:
    run = new_run(Terminal())

    def bar() -> str:
        return run.told[-1].split("\r")[-1].rstrip()

    run.plan(align=3, all=1)
    run.start(1, "align")
    run.start(2, "align")
    assert bar().startswith("0/4 |") and bar().endswith("< ?  align ×2")
    run.finish(1)
    run.total = 9
    run.finish(2)
    run.start(3, "align")
    assert bar().startswith("2/9 |") and bar().endswith(":00  align")
    run.finish(3)
    run.start(4, "build")
    assert run.told[0].split("\r")[-1] == "align                 3 jobs    00:00"
    assert bar().endswith("  build")
    run.handler.close()
    assert bar() == ""


def test_the_rest_takes_what_its_rules_took_with_as_many_at_a_time() -> None:
    stages = Stages()
    stages.plan({"generate": 1, "align": 5, "build": 4, "total": 10}, 0)
    assert stages.left(0) is None
    stages.start("generate", 1, 0)
    stages.finish(1, 40)
    for job in (2, 3):
        stages.start("align", job, 40)
        stages.finish(job, 50)
    stages.progress(3, 10)
    # three of align at 10 s, four unlike any before at the usual 10 s; 60 s of work in 50 s
    assert stages.left(50) == pytest.approx((30 + 40) / (60 / 50))
    stages.start("align", 4, 50)
    assert stages.left(54) == pytest.approx((30 + 40 - 4) / (60 / 54))
    stages.progress(3, 14)
    assert stages.left(54) == pytest.approx((30 + 80 - 4) / (60 / 54))
    assert stages.left(500) == pytest.approx(30 + 80 - 10), "one that takes long is at its end"


class TestAsOthersAre(TestLogHandlerBase):
    """What Snakemake asks of every plugin."""

    __test__ = True

    def get_log_handler_cls(self) -> type[LogHandler]:
        return LogHandler

    def get_log_handler_settings(self) -> Any:
        return None
