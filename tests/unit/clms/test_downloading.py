"""Fetching deliveries from the result host of the stand-in, whole and through every fault."""

import errno
import logging
import os
import shutil
import subprocess
import sys
import threading
import traceback
import zipfile
from pathlib import Path

import pytest
import rasterio

from lccs_inputs.clms import downloading as module
from lccs_inputs.clms.downloading import Expired, NotReady, download
from lccs_inputs.errors import InputError, SourceError
from lccs_inputs.products.archives import find_rasters
from patience import wait_until
from standins.clms.deliveries import Clip, pack, pattern
from standins.clms.faults import Fault
from standins.clms.tasks import Archive, Layer
from standins.loopback import Answer, Loopback

AGENT = "lccs-inputs/0 (tests)"
BOUNDS = (4_098_000, 2_600_000, 4_102_000, 2_602_000)  # crosses a line of the 100 km tiles
PREPACKAGED = Clip(Layer("WAW", 2018, 10, "WAW_2018_010m_fr_03035_v020"), BOUNDS)
CLIP = Clip(Layer("IMD", 2018, 10, "IMD_2018_010m_03035_V2_0"), BOUNDS, "bbox_0")

pytestmark = pytest.mark.usefixtures("silence")


@pytest.fixture
def target(tmp_path):
    return tmp_path / "archives" / "0f3a.zip"


@pytest.fixture
def publish(clms):
    """Put an archive on the result host; returns its URL and size."""

    def put(clip=CLIP, kind="", name="4050.zip"):
        content = pack([clip], pattern, Fault(kind, {}) if kind else None)
        clms.tasks.archives[name] = Archive(content, clms.clock.now())
        return f"{clms.result_url}/clmsdatadownload/results/{name}", len(content)

    return put


@pytest.fixture
def fetch(target):
    """Download to `target` without waiting; `fetch.waits` are the seconds it would have."""

    def run(url, size=None, agent=AGENT):
        return download(url, target, size=size, user_agent=agent, sleep=run.waits.append)

    run.waits = []
    return run


def assert_nothing_but_the_lock(target):
    assert [path.name for path in target.parent.iterdir()] in ([], [f".{target.name}.lock"])


def result_requests(clms):
    return clms.requests("GET result")


@pytest.mark.parametrize("clip", [CLIP, PREPACKAGED])
def test_a_delivery_arrives_whole_and_under_its_name_alone(
    clms, publish, fetch, target, tmp_path, clip
):
    url, size = publish(clip)
    assert fetch(url, size) == target
    assert target.stat().st_size == size
    assert sorted(path.name for path in target.parent.iterdir()) == [
        f".{target.name}.lock",
        "0f3a.zip",
    ]
    for raster in find_rasters(target, tmp_path / "work"):
        with rasterio.open(raster) as opened:
            assert opened.read(1).size
    assert fetch.waits == []


def test_the_host_sees_our_user_agent_and_no_credentials(
    clms, publish, fetch, tmp_path, monkeypatch
):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    url, size = publish()
    clms.faults.add("GET result", "redirect", to=url)
    fetch(url, size)
    assert clms.leaked == []
    assert {request.headers["user-agent"] for request in result_requests(clms)} == {AGENT}


def test_what_is_there_is_not_fetched_again(clms, publish, fetch):
    url, size = publish()
    fetch(url, size)
    fetch(url, size)
    assert len(result_requests(clms)) == 1


def test_a_default_user_agent_is_refused_as_not_ready(publish, fetch, target):
    url, size = publish()
    with pytest.raises(NotReady, match=r"HTTP 403, after 5 attempts: it may not be ready yet"):
        fetch(url, size, agent="python-requests/2.32")
    assert_nothing_but_the_lock(target)


@pytest.mark.parametrize("status", [403, 404])
def test_a_file_that_is_not_there_yet_is_asked_for_again(clms, publish, fetch, target, status):
    url, size = publish()
    clms.faults.add("GET result", "status", status=status, times=3)
    fetch(url, size)
    assert target.exists()
    assert len(fetch.waits) == 3
    assert fetch.waits == sorted(fetch.waits)


def test_a_link_that_stays_404_has_expired(clms, publish, fetch, target):
    url, _ = publish()
    clms.tasks.archives.clear()
    with pytest.raises(Expired, match="the link is dead; request the product again"):
        fetch(url)
    assert len(result_requests(clms)) == 5
    assert sum(fetch.waits) > 30
    assert_nothing_but_the_lock(target)


def test_a_link_that_is_gone_has_expired_at_once(clms, publish, fetch):
    url, size = publish()
    clms.tasks.archives["4050.zip"].status = 410
    with pytest.raises(Expired, match="HTTP 410: the link is dead"):
        fetch(url, size)
    assert len(result_requests(clms)) == 1


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("status", {"status": 429}),
        ("status", {"status": 500}),
        ("status", {"status": 502}),
        ("status", {"status": 503}),
        ("status", {"status": 504}),
        ("html", {}),
        ("drop", {}),
        ("timeout", {}),
        ("truncated", {}),
        ("flipped", {}),
    ],
)
@pytest.mark.parametrize("ranges", [True, False])
def test_a_passing_fault_is_waited_out(clms, publish, fetch, target, kind, options, ranges):
    clms.ranges = ranges
    url, size = publish()
    clms.faults.add("GET result", kind, times=2, **options)
    fetch(url, size)
    assert target.stat().st_size == size
    assert all(0 < wait < 10 for wait in fetch.waits)


def test_a_lasting_fault_fails_in_one_sentence_and_leaves_nothing(clms, publish, fetch, target):
    url, size = publish()
    clms.faults.add("GET result", "status", status=503, times=None)
    with pytest.raises(SourceError) as raised:
        fetch(url, size)
    assert str(raised.value).startswith("0f3a.zip from 127.0.0.1")
    assert str(raised.value).endswith("HTTP 503, after 5 attempts; run again later")
    assert_nothing_but_the_lock(target)


def test_the_wait_the_host_asks_for_is_kept(clms, publish, fetch):
    url, size = publish()
    clms.faults.add("GET result", "status", status=429, retry_after=77)
    fetch(url, size)
    assert 77 <= fetch.waits[0] < 90


def test_an_unforeseen_refusal_is_final(clms, publish, fetch):
    url, size = publish()
    clms.faults.add("GET result", "status", status=400)
    with pytest.raises(SourceError, match="HTTP 400; run again later"):
        fetch(url, size)
    assert len(result_requests(clms)) == 1


def test_what_broke_off_is_continued_where_it_ended(clms, publish, fetch, target):
    url, size = publish()
    clms.faults.add("GET result", "truncated")
    fetch(url, size)
    first, second = result_requests(clms)
    assert "range" not in first.headers
    assert second.headers["range"] == f"bytes={size // 2}-"
    assert target.stat().st_size == size


class Host(Loopback):
    """Gives what a test wrote down, one answer after another, and notes what it was asked."""

    def __init__(self, *answers):
        super().__init__()
        self.answers, self.asked = list(answers), []

    def answer(self, call):
        self.asked.append(call.headers)
        return self.answers.pop(0)


@pytest.fixture
def content():
    return pack([CLIP], pattern, None)


def test_a_delivery_that_was_replaced_meanwhile_is_not_mixed_with_what_came_before(
    fetch, target, content
):
    """The host is told which file the rest is wanted of, and sends the whole of another."""
    other = pack([PREPACKAGED], pattern, None)
    first = Answer(200, other, {"ETag": '"one"'}).cut()
    with Host(first, Answer(200, content, {"ETag": '"two"'})) as host:
        fetch(host.url)
    assert host.asked[1]["If-Range"] == '"one"'
    assert target.read_bytes() == content


def test_a_weak_tag_is_not_asked_by_but_the_date_is(fetch, target, content):
    said = {"ETag": 'W/"one"', "Last-Modified": "Sun, 06 Nov 1994 08:49:37 GMT"}
    half = len(content) // 2
    rest = Answer(206, content[half:], {"Content-Range": f"bytes {half}-/{len(content)}"})
    with Host(Answer(200, content, said).cut(), rest) as host:
        fetch(host.url)
    assert host.asked[1]["If-Range"] == said["Last-Modified"]
    assert target.read_bytes() == content


def test_a_part_that_the_host_does_not_continue_where_it_ends_is_begun_anew(fetch, target, content):
    elsewhere = Answer(206, content[:100], {"Content-Range": f"bytes 0-99/{len(content)}"})
    with Host(Answer(200, content).cut(), elsewhere, Answer(200, content)) as host:
        fetch(host.url)
    assert ["Range" in asked for asked in host.asked] == [False, True, False]
    assert target.read_bytes() == content


def test_a_part_that_is_longer_than_what_is_announced_is_begun_anew(fetch, target, content):
    drops = [None] * 5
    with Host(Answer(200, content).cut(), *drops) as host:
        with pytest.raises(SourceError, match="broken connection"):
            fetch(host.url)
        (part,) = target.parent.glob("*.part.zip")
        part.write_bytes(content + b"more")
        host.answers = [Answer(200, content)]
        fetch(host.url, len(content))
    assert "Range" not in host.asked[-1]
    assert target.read_bytes() == content


def test_attempts_that_gain_bytes_do_not_count(clms, publish, fetch, target):
    url, size = publish()
    clms.faults.add("GET result", "truncated", times=8)
    fetch(url, size)
    assert target.stat().st_size == size


def test_a_host_that_always_breaks_off_and_has_no_ranges_fails(clms, publish, fetch, target):
    clms.ranges = False
    url, size = publish()
    clms.faults.add("GET result", "truncated", times=None)
    with pytest.raises(SourceError, match="broken connection, after"):
        fetch(url, size)
    assert not target.exists()


def test_a_size_that_is_not_the_announced_one_fails(publish, fetch, target):
    url, size = publish()
    with pytest.raises(SourceError, match=rf"{size} bytes, where CLMS announced {size + 1}"):
        fetch(url, size + 1)
    assert_nothing_but_the_lock(target)


@pytest.mark.parametrize(
    ("clip", "kind", "reason"),
    [
        (CLIP, "bad_crc", "damaged"),
        (PREPACKAGED, "bad_crc", "damaged"),
        (PREPACKAGED, "inner_bad_crc", "damaged"),
        (CLIP, "html", "web page"),
        (CLIP, "empty_file", "is empty"),
        (CLIP, "empty_zip", "holds no GeoTIFF"),
        (CLIP, "no_raster", "holds no GeoTIFF"),
    ],
)
def test_a_bad_archive_is_tried_again_then_refused(
    clms, publish, fetch, target, tmp_path, clip, kind, reason
):
    url, size = publish(clip, kind)
    with pytest.raises(SourceError, match=reason) as raised:
        fetch(url, size)
    assert "\n" not in str(raised.value)
    assert len(result_requests(clms)) == 5
    assert_nothing_but_the_lock(target)
    assert list(tmp_path.rglob("escaped.tif")) == []


@pytest.mark.parametrize("clip", [CLIP, PREPACKAGED])
def test_an_archive_that_points_outside_is_refused_at_once(
    clms, publish, fetch, target, tmp_path, clip
):
    url, size = publish(clip, "traversal")
    with pytest.raises(SourceError, match=r"holds '../../escaped.tif', which points outside"):
        fetch(url, size)
    assert len(result_requests(clms)) == 1
    assert_nothing_but_the_lock(target)
    assert list(tmp_path.rglob("escaped.tif")) == []


def test_damage_beside_the_rasters_is_found_too(clms, publish, fetch, tmp_path):
    url, _ = publish()
    archive = clms.tasks.archives["4050.zip"]
    path = tmp_path / "with metadata.zip"
    path.write_bytes(archive.content)
    with zipfile.ZipFile(path, "a") as members:
        members.writestr("Metadata/IMD.xml", "<licence>free and open</licence>")
    archive.content = path.read_bytes().replace(b"free and open", b"fee, not open")
    with pytest.raises(SourceError, match=r"damaged .*IMD\.xml"):
        fetch(url)


def test_a_run_that_was_killed_is_continued_by_the_next(clms, publish, fetch, target):
    def killed(_):
        raise KeyboardInterrupt

    url, size = publish()
    clms.faults.add("GET result", "truncated")
    with pytest.raises(KeyboardInterrupt):
        download(url, target, size=size, user_agent=AGENT, sleep=killed)
    assert not target.exists()
    fetch(url, size)
    assert result_requests(clms)[1].headers["range"] == f"bytes={size // 2}-"
    assert target.stat().st_size == size


def test_a_killed_process_frees_its_lock_and_leaves_what_it_has(clms, publish, fetch, target):
    url, size = publish()
    clms.faults.add("GET result", "truncated")
    clms.faults.add("GET result", "timeout")  # it is killed while it waits here at the latest
    code = f"""
import pathlib, lccs_inputs.clms.downloading as d
d.download({url!r}, pathlib.Path({str(target)!r}), size={size}, user_agent={AGENT!r})
"""
    scripts = str(Path(module.__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": scripts}
    ) as process:
        parts = target.parent.glob
        wait_until(
            lambda: sum(part.stat().st_size for part in parts(".*.part.zip")) >= size // 2, process
        )
        process.kill()
    clms.faults.clear()
    fetch(url, size)
    assert result_requests(clms)[-1].headers["range"] == f"bytes={size // 2}-"
    assert target.stat().st_size == size


@pytest.mark.parametrize("announced", [True, False])
def test_a_run_killed_before_the_rename_fetches_nothing_again(
    clms, publish, fetch, target, monkeypatch, announced
):
    def killed(*_):
        raise KeyboardInterrupt

    url, size = publish()
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "replace", killed)
        fetch(url, size)
    fetch(url, size if announced else None)
    assert target.stat().st_size == size
    whole = [request for request in result_requests(clms) if "range" not in request.headers]
    assert len(whole) == 1


def test_bytes_of_another_delivery_are_not_continued(clms, publish, fetch, target):
    def killed(_):
        raise KeyboardInterrupt

    old, size = publish()
    clms.faults.add("GET result", "truncated")
    with pytest.raises(KeyboardInterrupt):
        download(old, target, size=size, user_agent=AGENT, sleep=killed)
    new, size = publish(name="4051.zip")
    fetch(new, size)
    assert "range" not in result_requests(clms)[1].headers
    assert list(target.parent.glob("*.part*")) == []


def test_two_who_want_the_same_delivery_fetch_it_once(clms, publish, target):
    url, size = publish()
    threads = [
        threading.Thread(
            target=download, args=(url, target), kwargs={"size": size, "user_agent": AGENT}
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert target.stat().st_size == size
    assert len(result_requests(clms)) == 1


def test_a_disk_without_room_is_told_before_anything_is_fetched(
    publish, fetch, target, monkeypatch
):
    url, size = publish()
    usage = shutil.disk_usage(target.parent.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10))
    with pytest.raises(InputError, match=r"set clms\.cache to a folder with room"):
        fetch(url, size)
    assert_nothing_but_the_lock(target)


def test_a_disk_that_fills_up_is_not_blamed_on_the_host(clms, publish, fetch, target, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    url, size = publish()
    monkeypatch.setattr(module._Transfer, "_store", full)
    with pytest.raises(InputError, match="No space left on device") as raised:
        fetch(url, size)
    assert not isinstance(raised.value, SourceError)
    assert len(result_requests(clms)) == 1


def test_what_is_no_link_is_refused(fetch):
    for url in ("not a link", "ftp://127.0.0.1/4050.zip", "http://"):
        with pytest.raises(SourceError, match="no web address"):
            fetch(url)


@pytest.mark.parametrize("kind", ["status", "drop", "timeout", "html", "truncated", "redirect"])
def test_the_query_of_a_link_is_told_nowhere(clms, publish, target, caplog, capsys, kind):
    clms.ranges = False
    url, size = publish()
    options = {"status": {"status": 503}, "redirect": {"to": f"{url}?sig=hush-hush-2"}}
    clms.faults.add("GET result", kind, times=None, **options.get(kind, {}))
    with caplog.at_level(logging.INFO), pytest.raises(SourceError) as raised:
        download(
            f"{url}?TaskID=hush-hush",
            target,
            size=size,
            user_agent=AGENT,
            attempts=2,
            sleep=lambda _: None,
        )
    told = "".join(traceback.format_exception(raised.value)) + caplog.text
    told += "".join(capsys.readouterr())
    assert "hush-hush" not in told
