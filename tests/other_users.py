"""Doing something as another user of this machine, where tests run as its administrator."""

import encodings.cp437  # noqa: F401 - of zip files: other users may not reach Python itself
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FIRST, SECOND, STRANGER = 54001, 54002, 54003
"""Users, each with a group of its own."""
GROUP = 54000
"""The group that the first two are in."""


@contextmanager
def folder_of_a_group() -> Iterator[Path]:
    """A folder as an administrator makes it for a group; skips where nobody can be another."""
    if os.geteuid() != 0:
        pytest.skip("only an administrator can act as another user")
    with tempfile.TemporaryDirectory() as name:
        if any(not each.stat().st_mode & 0o001 for each in Path(name).parents):
            pytest.skip("other users do not reach the folder for temporary files")
        Path(name).chmod(0o755)
        shared = Path(name) / "shared"
        shared.mkdir()
        os.chown(shared, 0, GROUP)
        shared.chmod(0o2770)
        yield shared


def act_as(user: int, action: Callable[[], object], umask: int = 0o022) -> bool:
    """Do something as a user; whether it went well, as what it raises is printed."""
    job = multiprocessing.get_context("fork").Process(target=_act, args=(user, action, umask))
    job.start()
    job.join()
    return job.exitcode == 0


def _act(user: int, action: Callable[[], object], umask: int) -> None:
    os.setgroups([] if user == STRANGER else [GROUP])
    os.setgid(user)
    os.setuid(user)
    os.umask(umask)
    action()
