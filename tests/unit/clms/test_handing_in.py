"""A product is asked for once, whatever happens on the way."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clms_desk import EVIAN, IMPERVIOUSNESS, desk_at, posts, searches
from lccs_inputs.clms.handing_in import Desk, submit
from lccs_inputs.clms.journal import State
from lccs_inputs.clms.requests import ProductRequest
from lccs_inputs.clms.session import KeyRefused
from lccs_inputs.errors import SourceError
from locked_products import crop_types, locked_product
from patience import wait_until
from standins.clms import ClmsStandIn

POST = "POST @datarequest_post"
FINGERPRINT = IMPERVIOUSNESS.fingerprint
PHENOLOGY = ProductRequest.by_bbox(
    locked_product("Plant Phenology", "PPI", 2021, "PPI"), EVIAN
)  # of CDSE
FRANCE = ProductRequest(locked_product(), file_id=locked_product().files[0].file_id)


pytestmark = pytest.mark.usefixtures("silence")


@pytest.fixture
def clms() -> Iterator[ClmsStandIn]:
    with ClmsStandIn(polls=100) as running:
        running.clock.stop()
        yield running


@pytest.fixture
def desk(clms: ClmsStandIn, tmp_path: Path) -> Desk:
    return desk_at(clms, tmp_path)


def live_tasks(clms: ClmsStandIn) -> list[str]:
    return [task.ident for task in clms.tasks.all.values() if task.is_live]


def task_of(request: ProductRequest, desk: Desk) -> str:
    attempt = submit(request, desk)
    assert attempt is not None
    assert attempt.state is State.WAITING
    assert desk.journal.live(request.fingerprint) == attempt
    return attempt.task


def test_the_task_is_in_the_journal_when_clms_has_answered(clms: ClmsStandIn, desk: Desk):
    assert [task_of(IMPERVIOUSNESS, desk)] == live_tasks(clms)
    assert posts(clms) == 1


@pytest.mark.parametrize(
    "request_",
    [
        ProductRequest.by_nuts(locked_product(), "FRK28"),
        ProductRequest.by_bbox(crop_types(), EVIAN),
        FRANCE,
        PHENOLOGY,
    ],
    ids=lambda request: request.name,
)
def test_every_kind_of_request_is_asked_once_and_then_kept(
    clms: ClmsStandIn, desk: Desk, request_: ProductRequest
):
    assert task_of(request_, desk) == task_of(request_, desk)
    assert posts(clms) == 1


def test_clones_share_a_task_through_the_cache(clms: ClmsStandIn, tmp_path: Path, desk: Desk):
    assert task_of(IMPERVIOUSNESS, desk) == task_of(IMPERVIOUSNESS, desk_at(clms, tmp_path))
    assert posts(clms) == 1


def test_an_archive_in_the_cache_is_not_asked_for(clms: ClmsStandIn, desk: Desk):
    desk.archive(IMPERVIOUSNESS).parent.mkdir(parents=True)
    desk.archive(IMPERVIOUSNESS).touch()
    assert submit(IMPERVIOUSNESS, desk) is None
    assert clms.log == []


def test_what_clms_would_refuse_is_not_sent(clms: ClmsStandIn, desk: Desk):
    request = ProductRequest.by_nuts(locked_product(), "XX")
    with pytest.raises(SourceError, match=r"^products\.imperviousness\.request\.nuts: "):
        submit(request, desk, "products.imperviousness.request")
    assert clms.log == []


@pytest.mark.parametrize("request_", [IMPERVIOUSNESS, FRANCE], ids=["clip", "prepackaged"])
def test_a_live_task_at_clms_is_taken_over_by_another_cache(
    clms: ClmsStandIn, tmp_path: Path, desk: Desk, request_: ProductRequest
):
    elsewhere = desk_at(clms, tmp_path, cache="another")
    assert task_of(request_, desk) == task_of(request_, elsewhere)
    assert posts(clms) == 1


def test_a_finished_task_serves_while_its_link_may_live(clms: ClmsStandIn, tmp_path: Path):
    clms.tasks.pace.polls = 0
    first = task_of(IMPERVIOUSNESS, desk_at(clms, tmp_path))
    clms.clock.advance(48 * 3600)
    assert task_of(IMPERVIOUSNESS, desk_at(clms, tmp_path, cache="another")) == first
    clms.clock.advance(48 * 3600)
    assert task_of(IMPERVIOUSNESS, desk_at(clms, tmp_path, cache="third")) != first


def test_a_task_of_another_request_for_the_same_box_is_not_taken_over(
    clms: ClmsStandIn, desk: Desk
):
    coarse = ProductRequest.by_bbox(locked_product(collection="100 m"), EVIAN)
    assert task_of(IMPERVIOUSNESS, desk) != task_of(coarse, desk)
    assert posts(clms) == 2


def test_requests_of_one_run_share_a_look_at_clms(clms: ClmsStandIn, desk: Desk):
    for year in (2018, 2019, 2020, 2021):
        task_of(ProductRequest.by_bbox(crop_types(year), EVIAN), desk)
    assert posts(clms) == 4
    assert searches(clms) == 1


@pytest.mark.parametrize("kind", ["timeout_after_storing", "drop_after_storing"])
@pytest.mark.parametrize("request_", [IMPERVIOUSNESS, FRANCE], ids=["clip", "prepackaged"])
def test_an_answer_lost_after_storing_is_found_and_not_asked_again(
    clms: ClmsStandIn, desk: Desk, kind: str, request_: ProductRequest
):
    clms.faults.add(POST, kind)
    assert [task_of(request_, desk)] == live_tasks(clms)
    assert posts(clms) == 1


@pytest.mark.parametrize("kind", ["timeout", "drop", "html", "status"])
def test_a_post_that_never_arrived_is_repeated_once_nothing_is_found(
    clms: ClmsStandIn, desk: Desk, kind: str
):
    clms.faults.add(POST, kind)
    assert [task_of(IMPERVIOUSNESS, desk)] == live_tasks(clms)
    assert posts(clms) == 2
    assert searches(clms) > 1


def test_clms_too_busy_for_a_post_is_asked_again_without_a_search(clms: ClmsStandIn, desk: Desk):
    clms.faults.add(POST, "status", status=429, retry_after=7, times=2)
    assert [task_of(IMPERVIOUSNESS, desk)] == live_tasks(clms)
    assert (posts(clms), searches(clms)) == (3, 1)


def test_posts_that_never_arrive_end_in_an_error(clms: ClmsStandIn, desk: Desk):
    clms.faults.add(POST, "timeout", times=None)
    with pytest.raises(SourceError, match=r"could not start a task for IMD 2018 .* in two"):
        submit(IMPERVIOUSNESS, desk)
    assert posts(clms) == 2
    assert desk.journal.live(FINGERPRINT) is None


@pytest.mark.parametrize("kind", ["all_failed", "error_task_ids"])
@pytest.mark.parametrize("request_", [IMPERVIOUSNESS, FRANCE], ids=["clip", "prepackaged"])
def test_a_task_that_clms_could_not_start_is_deleted_and_asked_for_once_more(
    clms: ClmsStandIn, desk: Desk, kind: str, request_: ProductRequest
):
    clms.faults.add(POST, kind)
    assert [task_of(request_, desk)] == live_tasks(clms)
    assert (posts(clms), len(clms.requests("DELETE @datarequest_delete"))) == (2, 1)


@pytest.mark.parametrize("kind", ["all_failed", "error_task_ids"])
def test_clms_that_cannot_start_tasks_is_not_asked_for_ever(
    clms: ClmsStandIn, desk: Desk, kind: str
):
    clms.faults.add(POST, kind, times=None)
    with pytest.raises(SourceError, match="could not start a task"):
        submit(IMPERVIOUSNESS, desk)
    assert posts(clms) == 2
    assert live_tasks(clms) == []


def test_an_orphan_that_cannot_be_deleted_is_named_and_not_waited_for(
    clms: ClmsStandIn, desk: Desk
):
    clms.faults.add(POST, "all_failed")
    clms.faults.add("DELETE @datarequest_delete", "status", status=403, times=None)
    with pytest.raises(SourceError, match="cancel queued tasks that are twins or cannot start"):
        submit(IMPERVIOUSNESS, desk)


def test_an_error_page_instead_of_an_answer_is_no_proof_of_failure(clms: ClmsStandIn, desk: Desk):
    clms.faults.add(POST, "status", status=500)
    assert [task_of(IMPERVIOUSNESS, desk)] == live_tasks(clms)
    assert len(clms.requests("DELETE @datarequest_delete")) == 0


def test_a_duplicate_is_adopted(clms: ClmsStandIn, tmp_path: Path, desk: Desk):
    desk.statuses.tasks()  # before the other one asks: nothing to be seen in it
    theirs = task_of(IMPERVIOUSNESS, desk_at(clms, tmp_path, cache="another"))
    assert task_of(IMPERVIOUSNESS, desk) == theirs
    assert [each.route for each in clms.log].count("@datarequest_post") == 2  # one refused
    assert live_tasks(clms) == [theirs]


def test_twins_that_block_the_queue_are_explained(clms: ClmsStandIn, desk: Desk):
    item = {"DatasetID": "x", "FileID": "y"}
    for _ in range(2):  # of prepackaged files, which CLMS does not compare when they are asked for
        clms.tasks.store(clms.accounts.user, [item], prepackaged=True)
    with pytest.raises(SourceError, match="counts it as asked twice"):
        submit(IMPERVIOUSNESS, desk)


def test_a_task_made_later_is_found_in_the_list(clms: ClmsStandIn, desk: Desk):
    task = task_of(PHENOLOGY, desk)
    assert clms.tasks.all[task].record["cdse_task_role"] == "parent"
    assert posts(clms) == 1


def test_an_answer_without_a_task_is_resolved_by_the_list(clms: ClmsStandIn, desk: Desk):
    clms.faults.add(POST, "empty_task_ids")
    assert [task_of(IMPERVIOUSNESS, desk)] == live_tasks(clms)
    assert posts(clms) == 1


def test_an_accepted_request_of_which_no_task_is_made_is_an_error(
    clms: ClmsStandIn, desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    clms.faults.add(POST, "empty_task_ids")
    monkeypatch.setattr(clms.tasks, "search", lambda *_: {})
    started = clms.clock.now()
    with pytest.raises(SourceError, match=r"accepted IMD 2018 .* and made no task"):
        submit(IMPERVIOUSNESS, desk)
    assert clms.clock.now() - started > 300  # after some patience
    assert desk.journal.live(FINGERPRINT) is None


def test_a_run_that_ends_before_clms_makes_the_task_is_continued_by_the_next(
    clms: ClmsStandIn, tmp_path: Path, desk: Desk
):
    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        submit(PHENOLOGY, desk_at(clms, tmp_path, sleep=interrupted))
    attempt = desk.journal.live(PHENOLOGY.fingerprint)
    assert attempt is not None
    assert attempt.state is State.ACCEPTED
    task_of(PHENOLOGY, desk)
    assert posts(clms) == 1


def test_a_refusal_is_passed_on_and_closes_the_attempt(clms: ClmsStandIn, desk: Desk):
    clms.catalogue.retire("Imperviousness Density 2018")
    with pytest.raises(SourceError, match="the DatasetID is not valid"):
        submit(IMPERVIOUSNESS, desk)
    assert desk.journal.live(FINGERPRINT) is None
    assert posts(clms) == 1


def test_a_key_that_is_refused_leaves_no_attempt_to_look_for(clms: ClmsStandIn, desk: Desk):
    clms.faults.add("POST @@oauth2-token", "invalid_grant", times=None)
    with pytest.raises(KeyRefused):
        submit(IMPERVIOUSNESS, desk)
    assert desk.journal.live(FINGERPRINT) is None


@pytest.mark.parametrize("kind", ["expired_token", "unknown_token"])
def test_a_token_that_ends_at_the_post_is_renewed(clms: ClmsStandIn, desk: Desk, kind: str):
    clms.faults.add(POST, kind)
    assert [task_of(IMPERVIOUSNESS, desk)] == live_tasks(clms)


def test_a_run_that_ends_before_the_answer_is_continued_by_the_next(
    clms: ClmsStandIn, desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    post = type(desk.session).post

    def killed(*args: object) -> None:
        post(*args)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(type(desk.session), "post", killed)
    with pytest.raises(KeyboardInterrupt):
        submit(IMPERVIOUSNESS, desk)
    monkeypatch.undo()
    attempt = desk.journal.live(FINGERPRINT)
    assert attempt is not None
    assert attempt.state is State.POSTING
    assert [task_of(IMPERVIOUSNESS, desk)] == live_tasks(clms)
    assert posts(clms) == 1


def test_a_run_that_ends_before_it_posts_asks_in_the_next(clms: ClmsStandIn, desk: Desk):
    desk.journal.open(FINGERPRINT, IMPERVIOUSNESS.document())
    assert [task_of(IMPERVIOUSNESS, desk)] == live_tasks(clms)
    assert posts(clms) == 1


def test_processes_that_ask_for_the_same_at_once_post_once(clms: ClmsStandIn, tmp_path: Path):
    desks = [desk_at(clms, tmp_path) for _ in range(4)]
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda desk: task_of(IMPERVIOUSNESS, desk), desks))
    assert found == live_tasks(clms) * 4
    assert posts(clms) == 1


SCRIPT = """
import sys
from pathlib import Path
from clms_desk import IMPERVIOUSNESS
from lccs_inputs.clms.key import ServiceKey
from lccs_inputs.clms.session import ClmsSession
from lccs_inputs.clms.handing_in import Desk, submit
url, key, cache = sys.argv[1:]
session = ClmsSession(url, ServiceKey.read(Path(key)))
submit(IMPERVIOUSNESS, Desk(session, Path(cache), deadline=3600, shortest=10))
"""


def test_a_kill_while_clms_answers_leaves_one_task(clms: ClmsStandIn, tmp_path: Path, desk: Desk):
    clms.faults.add(POST, "timeout_after_storing")
    arguments = [clms.url, clms.key_file(tmp_path), desk.cache]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(["scripts", "tests"])}
    command = [sys.executable, "-c", SCRIPT, *map(str, arguments)]
    run = subprocess.Popen(command, env=environment, cwd=Path(__file__).parents[3])
    wait_until(lambda: live_tasks(clms), run)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert [task_of(IMPERVIOUSNESS, desk)] == live_tasks(clms)
    assert posts(clms) == 1
