"""How a command ends that is stopped, or that has no room to write."""

import errno
import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from lccs_inputs import commands
from lccs_inputs.commands import status_of
from lccs_inputs.files import write_text
from lccs_inputs.workflow.jobs import running
from small_disk import small_disk


def test_ctrl_c_is_told_in_a_line_and_by_the_status(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    assert status_of(interrupted) == 130
    assert capsys.readouterr().err == "\nstopped by Ctrl-C\n"


def test_a_full_disk_is_told_with_the_file_and_nothing_is_half_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_disk(tmp_path / "small", "size=64k") as disk:
        target = disk / "told.json"
        write_text(target, "before")

        def writing() -> int:
            write_text(target, json.dumps(["x" * 100_000]))
            return 0

        assert status_of(writing) == 1
        assert [path.name for path in disk.iterdir()] == ["told.json"]
        assert target.read_text() == "before"
    assert capsys.readouterr().err == (
        f"{target} cannot be written ({os.strerror(errno.ENOSPC)}); free some disk space, and run "
        "again\n"
    )


@pytest.mark.usefixtures("logging_as_it_was")
def test_a_full_disk_is_told_in_the_log_of_a_job_without_a_traceback(tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    handed = SimpleNamespace(log=[str(log)], config={}, wildcards={})
    with (
        small_disk(tmp_path / "small", "size=64k") as disk,
        pytest.raises(SystemExit),
        running(handed),
    ):
        write_text(disk / "told.json", "x" * 100_000)
    told = log.read_text()
    assert f"{tmp_path}/small/told.json cannot be written (" in told
    assert "free some disk space" in told and "Traceback" not in told


def test_other_errors_keep_their_traceback_and_statuses_are_passed_on() -> None:
    def failing() -> int:
        raise PermissionError(errno.EACCES, "no", "file")

    with pytest.raises(PermissionError):
        status_of(failing)
    assert status_of(lambda: 2) == 2


def test_every_command_ends_so() -> None:
    for file in Path(commands.__file__).parent.glob("*.py"):
        assert "sys.exit(main())" not in file.read_text(), file.name
