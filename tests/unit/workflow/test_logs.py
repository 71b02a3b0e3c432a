"""What a job logs goes to its file, and to stderr only where nothing else tells it."""

import logging
import warnings
from pathlib import Path

import pytest
from rasterio.errors import NotGeoreferencedWarning

from lccs_inputs.workflow.logs import QUIET, Warnings, write_logs

pytestmark = pytest.mark.usefixtures("logging_as_it_was")


@pytest.mark.parametrize("told_elsewhere", [True, False])
def test_stderr_has_what_the_log_has_unless_it_is_told_elsewhere(
    told_elsewhere: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value) if told_elsewhere else monkeypatch.delenv(name, False)
    log = tmp_path / "logs/rule/job.log"
    write_logs(log)
    logging.info("b")
    logging.error("e")
    written = [line.split(" ", 2)[2] for line in log.read_text().splitlines()]
    assert written == ["INFO b", "ERROR e"]
    assert capsys.readouterr().err == ("" if told_elsewhere else log.read_text())


def test_the_warnings_of_a_log_are_read_as_they_are_written(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    write_logs(log)
    logging.info("WARNING: no warning")
    logging.warning("area: it lies\nin the sea")
    warnings.warn("of Python", UserWarning, stacklevel=1)
    found = Warnings()
    found.read([str(log), str(tmp_path / "never written.log")])
    head, first, where, second, _ = found.lines()
    assert (head, first, where) == ("warnings", "  area: it lies", f"    {log}")
    assert second.endswith("UserWarning: of Python")


def test_a_raster_in_memory_that_lies_nowhere_is_no_news(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    write_logs(log)
    said = "Dataset has no geotransform, gcps, or rpcs. The identity matrix will be returned."
    warnings.warn(said, NotGeoreferencedWarning, stacklevel=1)
    assert log.read_text() == ""


def _log(folder: Path, name: str, *messages: str) -> str:
    log = folder / name
    log.write_text("".join(f"2026-01-01 10:00:00,000 WARNING {each}\n" for each in messages))
    return str(log)


def test_a_sentence_is_told_once_of_whatever_it_is_said(tmp_path: Path) -> None:
    found = Warnings()
    assert found.lines() == []
    first = _log(tmp_path, "a", "a.zip: does not cover 1 %", "no colon")
    found.read([first])
    found.read([_log(tmp_path, "b", "b.zip: does not cover 1 %", "b.zip: does not cover 2 %")])
    found.read([_log(tmp_path, "c", "c.zip: does not cover 1 %")])
    assert found.lines() == [
        "warnings",
        "  a.zip: does not cover 1 % (and 2 like it)", f"    {first}",
        "  no colon", f"    {first}",
        "  b.zip: does not cover 2 %", f"    {tmp_path / 'b'}",
    ]  # fmt: skip


def test_many_warnings_are_told_in_a_few_lines(tmp_path: Path) -> None:
    found = Warnings()
    found.read([_log(tmp_path, "a", *(f"s2: left out, scene {at}" for at in range(100)))])
    assert len(found.lines()) == 18
    assert found.lines()[-1] == "  and 92 more, in the logs"
