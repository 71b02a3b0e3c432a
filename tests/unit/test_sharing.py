"""Folders of a group: its users go on with what another began, nobody else reads it."""

import os
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio

from clms_desk import IMPERVIOUSNESS, desk_at, posts
from lccs_inputs.clms.downloading import download
from lccs_inputs.clms.handing_in import submit
from lccs_inputs.clms.status import StatusCache
from lccs_inputs.errors import InputError, SourceError
from lccs_inputs.files import atomic_path, put, write_text
from lccs_inputs.sharing import locked, make_folder, replace_file, require_place, usable
from other_users import FIRST, SECOND, STRANGER, act_as, folder_of_a_group
from small_disk import small_disk
from standins.clms import ClmsStandIn
from standins.file_server import FileServer


@pytest.fixture
def shared() -> Iterator[Path]:
    with folder_of_a_group() as folder:
        yield folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_second_user_asks_clms_for_nothing_that_the_first_has_asked(
    shared: Path, clms: ClmsStandIn, tmp_path: Path
):
    desk = desk_at(clms, tmp_path, str(shared / "clms"))
    for user, umask in ((FIRST, 0o077), (SECOND, 0o022)):
        assert act_as(user, lambda: submit(IMPERVIOUSNESS, desk), umask)
    assert posts(clms) == 1
    assert act_as(SECOND, lambda: desk.journal.close(IMPERVIOUSNESS.fingerprint, "no good"))
    (attempt,) = desk.journal.attempts(IMPERVIOUSNESS.fingerprint)
    assert attempt.note == "no good"
    assert act_as(
        FIRST, lambda: desk.journal.update(IMPERVIOUSNESS.fingerprint, attempt, "waiting")
    )


def test_what_opens_deliveries_is_read_by_nobody_else(
    shared: Path, clms: ClmsStandIn, tmp_path: Path
):
    desk = desk_at(clms, tmp_path, str(shared))
    for user in (FIRST, SECOND, FIRST):
        assert act_as(user, lambda: StatusCache(desk.session, shared).tasks())
        assert mode(shared / "status.json") == 0o600
    assert {mode(each) for each in shared.glob("journal.*")} <= {0o660}


def test_a_download_that_one_user_began_is_ended_by_another(shared: Path, tmp_path: Path):
    archive(tmp_path / "delivery.zip")
    target = shared / "archives" / "it.zip"

    def fetch() -> None:
        download(f"{server.url}/delivery.zip", target, size=None, user_agent="test", attempts=1)

    def begin() -> None:
        with pytest.raises(SourceError, match="run again"):
            fetch()

    with FileServer(tmp_path, lambda number: "truncate" if number == 1 else None) as server:
        assert act_as(FIRST, begin, 0o077)
        assert act_as(SECOND, fetch)
    assert len(server.asked) == 2 and server.asked[1][1] > 0  # it went on, and did not begin anew
    assert target.read_bytes() == (tmp_path / "delivery.zip").read_bytes()
    assert act_as(FIRST, target.read_bytes) and not act_as(STRANGER, target.read_bytes)


def archive(path: Path) -> None:
    values = np.random.default_rng(1).integers(0, 200, (1, 200, 200)).astype(np.uint8)
    with rasterio.MemoryFile() as memory:
        with memory.open(
            driver="GTiff", count=1, width=200, height=200, dtype="uint8", crs="EPSG:3035",
            transform=rasterio.Affine(10, 0, 4e6, 0, -10, 2e6),
        ) as raster:  # fmt: skip
            raster.write(values)
        with zipfile.ZipFile(path, "w") as members:
            members.writestr("IMD_2018_010m_E40N20_03035_v020.tif", memory.read())


@pytest.mark.parametrize(("bits", "file"), [(0o755, 0o600), (0o2770, 0o660), (0o700, 0o600)])
def test_what_is_made_is_as_open_as_its_folder(tmp_path: Path, bits: int, file: int):
    tmp_path.chmod(bits)
    replace_file(tmp_path / "document", b"text")
    replace_file(tmp_path / "secret", b"text", private=True)
    with locked(tmp_path / "document"):
        pass
    assert mode(tmp_path / "document") == mode(tmp_path / "document.lock") == file
    assert mode(tmp_path / "secret") == 0o600
    inner = make_folder(tmp_path / "a" / "b")
    assert bool(mode(inner) & stat.S_IWGRP) == (file == 0o660)


def test_files_that_appear_whole_are_for_the_group_as_tiles_of_earth_engine_are(shared: Path):
    tile = shared / "tiles" / "a1b2" / "0_0.json"
    assert act_as(FIRST, lambda: write_text(tile, "first"), 0o077)
    assert act_as(SECOND, lambda: write_text(tile.with_name("1_0.json"), "next"), 0o077)
    assert act_as(SECOND, lambda: put(tile, tile.with_name("2_0.json")), 0o022)
    assert act_as(FIRST, lambda: write_text(tile.with_name("2_0.json"), "again"), 0o077)
    assert not any(mode(each) & 0o007 for each in tile.parent.iterdir())


def test_a_folder_of_another_group_is_not_opened_to_ones_own(shared: Path):
    shared.chmod(0o770)  # without s, what is made belongs to the group of its maker
    assert act_as(FIRST, lambda: replace_file(shared / "document", b"text"))
    assert mode(shared / "document") == 0o600 and (shared / "document").stat().st_gid == FIRST


def test_a_cache_that_is_not_shared_is_told_with_the_remedy(shared: Path):
    mine = shared / "mine"
    mine.mkdir()
    mine.chmod(0o700)

    def use() -> None:
        with (
            pytest.raises(InputError, match=r"clms\.cache: .*\(chmod -R g\+rwX .*another folder"),
            usable(mine, "clms.cache"),
        ):
            (mine / "journal.json").read_text()

    assert act_as(SECOND, use)


@pytest.mark.parametrize("folder", ["/dev/null", "/proc/none"])
def test_a_folder_that_cannot_be_used_is_named_by_its_key(folder: str) -> None:
    place = Path(folder)
    told = rf"composing\.cache: {folder}.* cannot be used \(.+\); .*name another folder"
    with pytest.raises(InputError, match=told), usable(place, "composing.cache"):
        make_folder(place / "entry")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("target", ["nowhere", "link"])
def test_a_link_to_nowhere_is_no_place_for_a_cache(tmp_path: Path, target: str) -> None:
    (tmp_path / "link").symlink_to(tmp_path / target)
    link = tmp_path / "link"
    told = r"link cannot be used \(Not a directory\); name another folder"
    with pytest.raises(InputError, match=told), usable(link, "composing.cache"):
        require_place(link)


def test_a_full_disk_is_told_of_the_folder_that_is_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / ".index.part"

    def on_a_full_disk(**_: object) -> tuple[int, str]:
        left.touch()
        return os.open("/dev/full", os.O_WRONLY), str(left)

    monkeypatch.setattr("lccs_inputs.sharing.tempfile.mkstemp", on_a_full_disk)
    with (
        pytest.raises(InputError, match=r"index cannot be used \(No space left on device\); free"),
        usable(tmp_path, "composing.cache"),
    ):
        replace_file(tmp_path / "index", b"{}")
    assert not left.exists()


def _lock(path: Path) -> None:
    with locked(path):
        pass


def _write(path: Path) -> None:
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.write(bytes(300_000))


def _replace(path: Path) -> None:
    replace_file(path, bytes(300_000))


@pytest.mark.parametrize(
    ("action", "options"),
    [(_write, "size=64k"), (_replace, "size=64k")]
    + [(action, "nr_inodes=3") for action in (_lock, make_folder, _write, _replace)],
)
def test_whatever_finds_no_room_says_the_folder_and_what_to_do(
    tmp_path: Path, action: Callable[[Path], object], options: str
) -> None:
    with small_disk(tmp_path / "disk", options) as disk:
        (disk / "cache").mkdir()
        (disk / "others").write_bytes(bytes(60 * 1024))
        told = r"clms\.cache: .* cannot be used \(No space left on device\); free some disk space"
        with pytest.raises(InputError, match=told), usable(disk / "cache", "clms.cache"):
            action(disk / "cache" / "it")
        assert not [*(disk / "cache").iterdir()]


def test_a_fault_of_something_else_is_not_put_down_to_the_folder(tmp_path: Path) -> None:
    with pytest.raises(ConnectionError), usable(tmp_path, "composing.cache"):
        raise ConnectionError("reset by peer")
