"""The journal of tasks survives kills and many writers."""

import multiprocessing
import os
import signal
import stat
from pathlib import Path

import pytest

from lccs_inputs.clms.journal import Journal, State
from lccs_inputs.errors import SourceError

REQUEST = {"request": {"DatasetID": "d"}}


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "cache" / "journal.json")


def test_an_attempt_is_written_before_it_is_posted_and_completed_after(journal: Journal):
    attempt = journal.open("f", REQUEST)
    assert Journal(journal.path).live("f") == attempt
    assert (attempt.state, attempt.task) == (State.POSTING, "")
    journal.update("f", attempt, State.WAITING, "123")
    found = Journal(journal.path).live("f")
    assert found is not None
    assert (found.state, found.task, found.posted) == (State.WAITING, "123", attempt.posted)


def test_a_closed_attempt_makes_room_for_another(journal: Journal):
    first = journal.open("f", REQUEST, "123")
    journal.update("f", first, State.CLOSED, note="Rejected: no data")
    assert journal.live("f") is None
    second = journal.open("f", REQUEST)
    assert journal.live("f") == second
    assert [(a.number, a.task, a.note) for a in journal.attempts("f")] == [
        (0, "123", "Rejected: no data"),
        (1, "", ""),
    ]


def test_a_fetched_delivery_that_is_no_good_is_closed(journal: Journal):
    journal.update("f", journal.open("f", REQUEST, "123"), State.FETCHED)
    assert "123" not in journal.tasks_of_no_use_to("f")
    journal.close("f", "the raster holds other codes")
    assert journal.tasks_of_no_use_to("f") == {"123"}


def test_closing_what_was_never_asked_is_no_error(journal: Journal):
    journal.close("f", "no reason")
    assert not journal.path.exists()


def test_tasks_of_other_requests_are_no_use(journal: Journal):
    journal.open("f", REQUEST, "1")
    journal.open("g", REQUEST, "2")
    journal.open("g", REQUEST)
    assert journal.tasks_of_no_use_to("f") == {"2"}


def test_only_its_owner_reads_it(journal: Journal):
    journal.open("f", REQUEST, "123")
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "{", "[]", '{"requests": {"f": {"attempts": [{}]}}}'])
def test_a_file_that_is_no_journal_is_named(journal: Journal, text: str):
    journal.path.parent.mkdir()
    journal.path.write_text(text)
    with pytest.raises(SourceError, match=r"journal\.json is not a journal .* move it away"):
        journal.live("f")


def test_a_journal_removed_meanwhile_is_no_error(journal: Journal):
    attempt = journal.open("f", REQUEST)
    journal.path.unlink()
    assert journal.update("f", attempt, State.WAITING, "123").task == "123"


def _append(path: Path, name: str, count: int) -> None:
    for number in range(count):
        Journal(path).open(name, REQUEST, f"{name}{number}")


def test_many_writers_lose_nothing(journal: Journal):
    fork = multiprocessing.get_context("fork")
    jobs = [fork.Process(target=_append, args=(journal.path, name, 15)) for name in "abcd"]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    for name in "abcd":
        assert [a.task for a in journal.attempts(name)] == [f"{name}{n}" for n in range(15)]


def test_a_kill_leaves_a_whole_journal_and_no_lock(journal: Journal):
    journal.open("before", REQUEST, "1")
    fork = multiprocessing.get_context("fork")
    for wait in (0.02, 0.05, 0.09):
        job = fork.Process(target=_append, args=(journal.path, "killed", 10_000))
        job.start()
        job.join(wait)
        assert job.pid is not None
        os.kill(job.pid, signal.SIGKILL)
        job.join()
        count = len(journal.attempts("killed"))
        journal.open("after", REQUEST, "2")  # would wait for ever for a lock that stayed
        assert len(journal.attempts("killed")) == count
    assert [a.task for a in journal.attempts("before")] == ["1"]
    assert sorted(path.name for path in journal.path.parent.iterdir()) == [
        "journal.json",
        "journal.json.lock",
    ]
