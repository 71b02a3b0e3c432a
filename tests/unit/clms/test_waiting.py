"""Waiting for a delivery: every state of a task, and every way it can fail to arrive."""

import logging
import threading
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from clms_desk import EVIAN, IMPERVIOUSNESS, desk_at, posts, searches
from lccs_inputs.clms.downloading import NotReady
from lccs_inputs.clms.handing_in import Desk, submit
from lccs_inputs.clms.journal import State
from lccs_inputs.clms.requests import ProductRequest
from lccs_inputs.clms.session import KeyRefused, Unavailable
from lccs_inputs.clms.waiting import wait_and_fetch
from lccs_inputs.errors import SourceError
from lccs_inputs.products.archives import find_rasters
from locked_products import crop_types, locked_product
from standins.clms import ClmsStandIn

SEARCH = "GET @datarequest_search"
RESULT = "GET result"
FINGERPRINT = IMPERVIOUSNESS.fingerprint
HOUR = 3600


pytestmark = pytest.mark.usefixtures("silence")


@pytest.fixture
def desk(clms: ClmsStandIn, tmp_path: Path) -> Desk:
    return desk_at(clms, tmp_path)


def fetched(desk: Desk, request: ProductRequest = IMPERVIOUSNESS) -> bool:
    """Whether a whole archive with a raster is delivered, and nothing else is left behind."""
    archive = wait_and_fetch(request, desk)
    assert archive == desk.archive(request)
    left = [path.name for path in archive.parent.iterdir() if not path.name.endswith(".lock")]
    states = [attempt.state for attempt in desk.journal.attempts(request.fingerprint)]
    assert (left, states[-1]) == ([archive.name], State.FETCHED)
    return bool(find_rasters(archive, archive.parent.parent / "work"))


def failure(desk: Desk, request: ProductRequest = IMPERVIOUSNESS) -> str:
    """What a fetch that fails says; it leaves no archive."""
    with pytest.raises(SourceError) as caught:
        wait_and_fetch(request, desk)
    assert not desk.archive(request).exists()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "request_",
    [
        IMPERVIOUSNESS,
        ProductRequest.by_nuts(locked_product(), "FRK28"),
        ProductRequest.by_bbox(crop_types(), EVIAN),
        ProductRequest(locked_product(), file_id=locked_product().files[0].file_id),
    ],
    ids=lambda request: request.name,
)
def test_a_product_is_requested_awaited_and_fetched(desk: Desk, request_: ProductRequest):
    assert fetched(desk, request_)


def test_an_archive_in_the_cache_is_not_fetched_again(clms: ClmsStandIn, desk: Desk):
    assert fetched(desk)
    clms.log.clear()
    assert fetched(desk)
    assert clms.log == []


def test_what_was_requested_before_is_only_awaited(clms: ClmsStandIn, desk: Desk):
    submit(IMPERVIOUSNESS, desk)
    assert fetched(desk)
    assert posts(clms) == 1


def test_the_bearer_stays_with_clms(clms: ClmsStandIn, desk: Desk):
    assert fetched(desk)
    assert clms.leaked == []
    agents = {each.headers["user-agent"].split("/")[0] for each in clms.log}
    assert agents == {"lccs-inputs"}


def test_waiting_shows_state_and_age_and_no_task(
    clms: ClmsStandIn, desk: Desk, caplog: pytest.LogCaptureFixture, capsys
):
    clms.tasks.pace.queue_seconds, clms.tasks.pace.work_seconds = 600, 600
    with caplog.at_level(logging.INFO):
        assert fetched(desk)
    shown = caplog.text + capsys.readouterr().err
    for words in (": Queued after 0:00:00", ": In_progress after 0:1", ": Finished_ok after 0:2"):
        assert words in shown
    assert "IMD 2018" in shown
    assert not any(task in shown for task in clms.tasks.all)


def test_looks_become_rarer_with_age(clms: ClmsStandIn, tmp_path: Path):
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        clms.clock.advance(seconds)

    clms.tasks.pace.queue_seconds = 3 * HOUR
    assert fetched(desk_at(clms, tmp_path, sleep=sleep))
    assert 8 <= pauses[0] <= 10
    assert all(240 <= pause <= 300 for pause in pauses[-5:])
    assert len(set(pauses[-5:])) > 1  # jitter
    assert searches(clms) < 100  # every 10 s would be 1080


class Together:
    """The time of several threads: it passes while all of them sleep."""

    def __init__(self, clms: ClmsStandIn, threads: int) -> None:
        self._clock, self._awake = clms.clock, threads
        self._ends: list[float] = []
        self._changed = threading.Condition()

    def sleep(self, seconds: float) -> None:
        with self._changed:
            end = self._clock.now() + seconds
            self._ends.append(end)
            self._rest()
            self._changed.wait_for(lambda: end not in self._ends)

    def run(self, task: Callable[[], Path]) -> Path:
        try:
            return task()
        finally:
            with self._changed:
                self._rest()

    def _rest(self) -> None:
        self._awake -= 1
        if not self._awake and self._ends:
            first = min(self._ends)
            self._clock.advance(max(0.0, first - self._clock.now()))
            self._ends.remove(first)
            self._awake = 1
            self._changed.notify_all()


def fetch_together(
    clms: ClmsStandIn, folder: Path, requests: Sequence[ProductRequest]
) -> list[Path]:
    """The archives of the requests, each waited for by a process of its own."""
    time = Together(clms, len(requests))
    desks = [desk_at(clms, folder, sleep=time.sleep) for _ in requests]
    tasks = [
        partial(wait_and_fetch, request, desk)
        for request, desk in zip(requests, desks, strict=True)
    ]
    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(time.run, tasks))


def test_one_look_serves_all_who_wait(clms: ClmsStandIn, tmp_path: Path):
    clms.tasks.pace.queue_seconds = 25
    years = range(2018, 2024)
    requests = [ProductRequest.by_bbox(crop_types(year), EVIAN) for year in years]
    archives = fetch_together(clms, tmp_path, requests)
    assert all(archive.exists() for archive in archives)
    assert posts(clms) == len(requests)
    assert searches(clms) < 3 * len(requests)  # a look each would be more than twice as many


@pytest.mark.parametrize("kind", ["expired_token", "unknown_token"])
def test_a_token_that_ends_while_waiting_is_renewed_once(clms: ClmsStandIn, desk: Desk, kind: str):
    clms.faults.add(SEARCH, kind, after=1)
    assert fetched(desk)
    assert len(clms.requests("POST @@oauth2-token")) == 2


def test_a_new_token_refused_as_well_is_fatal(clms: ClmsStandIn, desk: Desk):
    clms.faults.add(SEARCH, "expired_token", after=1, times=None)
    with pytest.raises(KeyRefused):
        wait_and_fetch(IMPERVIOUSNESS, desk)
    assert searches(clms) == 3  # one at the request, two refused
    assert desk.journal.live(FINGERPRINT) is not None


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("status", {"status": 429}),
        ("status", {"status": 429, "retry_after": 20}),
        ("status", {"status": 502}),
        ("status", {"status": 503, "retry_after": 3}),
        ("status", {"status": 504}),
        ("html", {}),
        ("timeout", {}),
        ("drop", {}),
    ],
    ids=str,
)
def test_a_passing_fault_while_waiting_is_waited_out(
    clms: ClmsStandIn, desk: Desk, kind: str, options: dict[str, int]
):
    clms.faults.add(SEARCH, kind, times=2, after=1, **options)
    assert fetched(desk)
    assert posts(clms) == 1


def test_an_outage_is_waited_out_but_not_for_ever(clms: ClmsStandIn, desk: Desk):
    clms.faults.add(SEARCH, "status", status=503, times=15, after=1)  # more than one look retries
    assert fetched(desk)
    assert posts(clms) == 1


def test_an_outage_that_stays_is_an_error_and_keeps_the_task(clms: ClmsStandIn, desk: Desk):
    clms.faults.add(SEARCH, "status", status=503, times=None, after=1)
    with pytest.raises(Unavailable):
        wait_and_fetch(IMPERVIOUSNESS, desk)
    clms.faults.clear()
    assert fetched(desk)
    assert posts(clms) == 1


@pytest.mark.parametrize(
    ("kind", "state"),
    [("rejected", "Rejected"), ("finished_nok", "Finished_nok"), ("cancelled", "Cancelled")],
)
def test_a_task_that_failed_ends_with_its_message_and_can_be_asked_for_anew(
    clms: ClmsStandIn, desk: Desk, kind: str, state: str
):
    clms.faults.add("task", kind, message="FME says no")
    assert f"ended as {state}: FME says no; run again" in failure(desk)
    assert posts(clms) == 1
    assert fetched(desk)
    assert posts(clms) == 2


def test_a_task_queued_for_ever_ends_at_the_deadline_and_is_kept(clms: ClmsStandIn, tmp_path: Path):
    clms.faults.add("task", "stuck")
    started = clms.clock.now()
    assert "raise clms.deadline_hours" in failure(desk_at(clms, tmp_path, deadline=2 * HOUR))
    assert 2 * HOUR < clms.clock.now() - started < 2.2 * HOUR
    assert "not delivered 3:" in failure(desk_at(clms, tmp_path, deadline=3 * HOUR))
    assert posts(clms) == 1


def test_a_delivery_counts_even_after_the_deadline(clms: ClmsStandIn, desk: Desk):
    clms.tasks.pace.queue_seconds = 60
    submit(IMPERVIOUSNESS, desk)
    clms.clock.advance(desk.deadline + HOUR)
    assert fetched(desk)
    assert posts(clms) == 1


def test_a_link_counts_although_the_state_says_queued(clms: ClmsStandIn, desk: Desk):
    clms.faults.add("task", "queued_with_url")
    assert fetched(desk)
    assert posts(clms) == 1


def test_a_link_that_comes_late_is_waited_for(clms: ClmsStandIn, desk: Desk):
    clms.faults.add("task", "url_late", looks=4)
    assert fetched(desk)
    assert posts(clms) == 1


def test_a_link_that_never_comes_is_asked_for_anew_once(clms: ClmsStandIn, desk: Desk):
    clms.faults.add("task", "url_late", looks=10_000, times=2)
    assert "has no link, also after it was requested anew" in failure(desk)
    assert posts(clms) == 2


def test_a_list_of_one_link_is_a_link(clms: ClmsStandIn, desk: Desk):
    clms.faults.add("task", "url_list")
    assert fetched(desk)


def test_several_links_are_put_together_in_one_archive(clms: ClmsStandIn, desk: Desk):
    coarse = ProductRequest.by_bbox(locked_product(collection="100 m"), EVIAN)
    wait_and_fetch(coarse, desk)
    wait_and_fetch(IMPERVIOUSNESS, desk)
    desk.archive(IMPERVIOUSNESS).unlink()
    links = [task.record["DownloadURL"] for task in clms.tasks.all.values()]
    for task in clms.tasks.all.values():
        task.record["DownloadURL"] = links
    clms.clock.advance(60)
    archive = wait_and_fetch(IMPERVIOUSNESS, desk)
    with zipfile.ZipFile(archive) as parts:
        assert parts.namelist() == ["part1.zip", "part2.zip"]
        assert parts.testzip() is None
    assert not [path for path in archive.parent.iterdir() if "parts" in path.name]


def test_a_task_that_vanishes_is_asked_for_anew_once(clms: ClmsStandIn, desk: Desk):
    clms.faults.add("task", "vanishes")
    assert fetched(desk)
    assert posts(clms) == 2


def test_tasks_that_keep_vanishing_are_an_error(clms: ClmsStandIn, desk: Desk):
    clms.faults.add("task", "vanishes", times=None)
    assert "its task vanished from CLMS, also after it was requested anew" in failure(desk)
    assert posts(clms) == 2


def test_a_task_of_a_colleague_is_awaited_although_the_list_lacks_it(clms: ClmsStandIn, desk: Desk):
    attempt = submit(IMPERVIOUSNESS, desk)
    assert attempt is not None
    clms.tasks.all[attempt.task].record["UserID"] = "colleague"
    assert fetched(desk)
    assert posts(clms) == 1


def test_an_orphan_is_given_up_deleted_and_asked_for_anew(clms: ClmsStandIn, desk: Desk):
    attempt = submit(IMPERVIOUSNESS, desk)
    assert attempt is not None
    orphan = clms.tasks.all[attempt.task]
    del orphan.record["FMETaskId"]  # as a run leaves it that ends between refusal and cleaning
    assert fetched(desk)
    assert orphan.record["Status"] == "Cancelled"
    assert posts(clms) == 2


@pytest.mark.parametrize("status", [404, 410])
def test_a_dead_link_is_asked_for_anew_once(clms: ClmsStandIn, desk: Desk, status: int):
    clms.faults.add("task", "expired", status=status)
    assert fetched(desk)
    assert posts(clms) == 2


@pytest.mark.parametrize("status", [404, 410])
def test_links_that_are_always_dead_are_an_error(clms: ClmsStandIn, desk: Desk, status: int):
    clms.faults.add("task", "expired", status=status, times=None)
    assert "the link to its delivery is dead, also after" in failure(desk)
    assert posts(clms) == 2


def test_a_link_that_expired_between_two_runs_is_asked_for_anew(clms: ClmsStandIn, desk: Desk):
    assert fetched(desk)
    desk.archive(IMPERVIOUSNESS).unlink()
    clms.tasks.archives.clear()
    assert fetched(desk)
    assert posts(clms) == 2


@pytest.mark.parametrize("status", [403, 404])
def test_a_file_that_is_not_ready_yet_is_tried_again(clms: ClmsStandIn, desk: Desk, status: int):
    clms.faults.add(RESULT, "status", status=status, times=2)
    assert fetched(desk)
    assert posts(clms) == 1


def test_a_refusal_by_the_result_host_is_tried_for_longer_than_a_fault(
    clms: ClmsStandIn, desk: Desk
):
    clms.faults.add(RESULT, "status", status=403, times=7)
    assert fetched(desk)


def test_a_refusal_that_stays_is_an_error_and_keeps_the_task(clms: ClmsStandIn, desk: Desk):
    clms.faults.add(RESULT, "status", status=403, times=None)
    with pytest.raises(NotReady, match="run again later"):
        wait_and_fetch(IMPERVIOUSNESS, desk)
    clms.faults.clear()
    assert fetched(desk)
    assert posts(clms) == 1


@pytest.mark.parametrize("kind", ["truncated", "flipped", "html"])
def test_a_delivery_that_arrives_damaged_is_fetched_again(clms: ClmsStandIn, desk: Desk, kind: str):
    clms.faults.add(RESULT, kind)
    assert fetched(desk)
    assert posts(clms) == 1


@pytest.mark.parametrize("kind", ["bad_crc", "html", "empty_zip", "empty_file", "traversal"])
def test_a_delivery_that_is_no_good_fails_and_leaves_nothing(
    clms: ClmsStandIn, desk: Desk, kind: str
):
    clms.faults.add("delivery", kind)
    failure(desk)


def test_a_size_other_than_announced_fails(clms: ClmsStandIn, desk: Desk):
    clms.faults.add("task", "size_mismatch")
    assert "bytes" in failure(desk)


def test_a_delivery_refused_on_arrival_is_asked_for_anew(clms: ClmsStandIn, desk: Desk):
    assert fetched(desk)
    desk.archive(IMPERVIOUSNESS).rename(desk.cache / "rejected.zip")
    desk.journal.close(FINGERPRINT, "holds another product")
    assert fetched(desk)
    assert posts(clms) == 2


@pytest.mark.parametrize("pauses", range(4))
def test_a_run_that_ends_while_waiting_is_continued_by_the_next(
    clms: ClmsStandIn, tmp_path: Path, desk: Desk, pauses: int
):
    left = iter(range(pauses))

    def interrupted(seconds: float) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        clms.clock.advance(seconds)

    clms.tasks.pace.queue_seconds = 120
    with pytest.raises(KeyboardInterrupt):
        wait_and_fetch(IMPERVIOUSNESS, desk_at(clms, tmp_path, sleep=interrupted))
    assert fetched(desk)
    assert posts(clms) == 1


def test_one_of_two_that_wait_for_a_task_replaces_it(clms: ClmsStandIn, tmp_path: Path):
    clms.faults.add("task", "expired", status=410)
    clms.tasks.pace.queue_seconds = 25
    archives = fetch_together(clms, tmp_path, [IMPERVIOUSNESS] * 3)
    assert all(archive.exists() for archive in archives)
    assert posts(clms) == 2


def test_tasks_and_links_stay_out_of_logs_and_messages(
    clms: ClmsStandIn, desk: Desk, caplog: pytest.LogCaptureFixture
):
    clms.faults.add("task", "expired", times=None, status=410)
    with caplog.at_level(logging.DEBUG):
        said = failure(desk)
    secrets = [*clms.tasks.all, *clms.accounts.issued, "BEGIN RSA"]
    assert not [secret for secret in secrets if secret in caplog.text + said]
