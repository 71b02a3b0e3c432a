"""One answer of CLMS serves every task and every process."""

import json
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clms_desk import IMPERVIOUSNESS, desk_at, posts, searches
from lccs_inputs.clms.handing_in import Desk, submit
from lccs_inputs.clms.session import ClmsError
from lccs_inputs.clms.status import StatusCache, read_tasks
from lccs_inputs.errors import SourceError
from standins.clms import ClmsStandIn

MOMENT = "2022-09-29T13:10:17.080461"


@pytest.fixture
def clms() -> Iterator[ClmsStandIn]:
    with ClmsStandIn(polls=2) as running:
        yield running


@pytest.fixture
def desk(clms: ClmsStandIn, tmp_path: Path) -> Desk:
    return desk_at(clms, tmp_path)


def statuses(desk: Desk) -> StatusCache:
    """As another process has it: it shares the file only."""
    return StatusCache(desk.session, desk.cache, 10, desk.clock)


def read(**said: Any) -> Any:
    return read_tasks({"1": {"Status": "Queued", "Datasets": [{"DatasetID": "d"}]} | said})["1"]


def test_an_answer_serves_all_until_it_is_too_old(clms: ClmsStandIn, desk: Desk):
    for _ in range(5):
        statuses(desk).tasks()
    assert searches(clms) == 1
    clms.clock.advance(11)
    statuses(desk).tasks()
    assert searches(clms) == 2


def test_processes_that_ask_at_once_share_one_answer(clms: ClmsStandIn, tmp_path: Path):
    desks = [desk_at(clms, tmp_path) for _ in range(6)]
    asking = [threading.Thread(target=desk.statuses.tasks) for desk in desks]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert searches(clms) == 1


def test_a_younger_answer_can_be_asked_for(clms: ClmsStandIn, desk: Desk):
    statuses(desk).tasks()
    statuses(desk).tasks(max_age=0)
    assert searches(clms) == 2
    statuses(desk).tasks(since=desk.clock() + 1)
    assert searches(clms) == 3


def test_what_is_kept_is_what_was_read(desk: Desk):
    submit(IMPERVIOUSNESS, desk)
    asked = statuses(desk).tasks(max_age=0)
    assert len(asked) == 1
    assert statuses(desk).tasks() == asked


def test_only_its_owner_reads_the_file(desk: Desk):
    statuses(desk).tasks()
    assert stat.S_IMODE((desk.cache / "status.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "[]", '{"asked": 1}', '{"asked": 9e9, "tasks": [{}]}'])
def test_a_broken_file_is_asked_for_anew(clms: ClmsStandIn, desk: Desk, text: str):
    desk.cache.mkdir()
    (desk.cache / "status.json").write_text(text)
    assert statuses(desk).tasks() == {}
    assert searches(clms) == 1


def test_a_file_of_the_future_is_not_believed(clms: ClmsStandIn, desk: Desk):
    statuses(desk).tasks()
    clms.clock.advance(-3600)
    statuses(desk).tasks()
    assert searches(clms) == 2


def test_one_task_is_asked_by_its_identifier(clms: ClmsStandIn, desk: Desk):
    attempt = submit(IMPERVIOUSNESS, desk)
    assert attempt is not None
    found = statuses(desk).task(attempt.task)
    assert found is not None
    assert (found.task, found.state) == (attempt.task, "Queued")
    with pytest.raises(ClmsError, match="404"):
        statuses(desk).task("1")
    assert posts(clms) == 1


def test_children_of_cdse_tasks_are_no_tasks_of_ours():
    child = {"Status": "QUEUED", "Datasets": {"DatasetID": "d"}, "cdse_task_role": "child"}
    parent = {"Status": "Queued", "Datasets": [{}], "cdse_task_role": "parent"}
    assert list(read_tasks({"1": child, "2": parent, "3": None})) == ["2"]


def test_a_list_of_links_is_read_without_its_repeats():
    links = ["https://a/1.zip", "https://a/2.zip"]
    assert read(DownloadURL=[*links, links[0], ""], FileSize=5).urls == tuple(links)
    assert read(DownloadURL=links, FileSize=5).size is None  # of which of them?
    assert read(DownloadURL=links[:1], FileSize=5).size == 5
    assert read(DownloadURL=None).urls == read(DownloadURL="").urls == ()


def test_time_stamps_without_a_zone_are_utc():
    seconds = 1664457017.080461
    assert read(RegistrationDateTime=MOMENT).registered == pytest.approx(seconds)
    assert read(RegistrationDateTime=f"{MOMENT}+00:00").registered == pytest.approx(seconds)
    assert read(RegistrationDateTime="soon").registered == 0


def test_what_cdse_says_of_a_failure_is_passed_on():
    task = read(Status="Rejected", Message="Rejected by CDSE", cdse_errors=["no tile", "quota"])
    assert task.message == "Rejected by CDSE; no tile; quota"
    assert not task.pending


def test_a_state_nobody_knows_is_waited_for():
    assert read(Status="Post_processing").pending


def test_an_answer_of_another_kind_is_an_error():
    with pytest.raises(SourceError, match="something else"):
        read_tasks(["1"])


def test_the_examples_of_the_documentation_are_read(shared_data: Path):
    folder = shared_data / "clms_http_examples"
    text = (folder / "download-request-download-finished.resp").read_text()
    tasks = read_tasks(json.loads(text[text.index("{") :]))
    assert {task: (said.state, said.size) for task, said in tasks.items()} == {
        "14909741217": ("Finished_ok", 12874380),
        "31833063043": ("Finished_ok", 9266860),
        "94519134409": ("Finished_ok", 9266860),
    }
    assert all(task.urls and task.started for task in tasks.values())
