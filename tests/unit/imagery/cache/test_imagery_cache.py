"""The imagery cache: nothing is read twice, and what is in it, or was, never changes a pixel."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.windows import Window
from shapely import box

from killing import run_under_kills
from lccs_inputs.cdse.key import PAIR_VARIABLES
from lccs_inputs.cdse.store import ObjectStore as Store
from lccs_inputs.errors import InputError, SourceError
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.cache.folder import ImageryCache, clear, open_cache
from lccs_inputs.imagery.cache.kept import KeptFile
from lccs_inputs.imagery.composite import fetching
from lccs_inputs.imagery.composite.compose import compose_block
from lccs_inputs.imagery.composite.fetching import Fetching
from lccs_inputs.imagery.composite.reading import AssetReader
from lccs_inputs.imagery.composite.verdicts import look_at
from lccs_inputs.imagery.scenes import Asset, Scene
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import gdal_env
from lccs_inputs.traffic import counted
from other_users import FIRST, GROUP, SECOND, act_as, folder_of_a_group
from scene_requests import freeze_request
from small_disk import small_disk
from standins.file_server import FileServer
from standins.imagery import scene, scene_list, sentinel2_scene
from standins.object_store import ObjectStore

S2 = SENSORS["sentinel2"]
OUTER = Grid("EPSG:32631", (10, 10), (700200, 5190000, 702200, 5192000))
INNER = Grid("EPSG:32631", (10, 10), (700600, 5190500, 701600, 5191500))
SIGNED = "?sig=SECRET0123"
VALUES = np.random.default_rng(5).integers(1, 60000, (1, 700, 700)).astype(np.uint16)
CORNER, MIDDLE = Window(0, 0, 100, 100), Window(300, 300, 100, 100)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_FIRST_DELAY", 0.01)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> list[Scene]:
    """Four passes, with overviews."""
    folder = tmp_path_factory.mktemp("scenes")
    made = []
    for month in range(5, 9):
        found = sentinel2_scene(
            folder, f"s{month}", "EPSG:32631", (700000, 5192600), 320, month, block=64
        )
        for asset in found.assets.values():
            with rasterio.open(asset.href, "r+") as raster:
                raster.build_overviews([2, 4])
        made.append(replace(found, datetime=f"2018-{month:02}-01T10:30:00Z"))
    return made


@contextmanager
def served(scenes: list[Scene], **options: object) -> Iterator[tuple[FileServer, list[Scene]]]:
    folder = Path(scenes[0].assets["red"].href).parents[1]
    with FileServer(folder, **options) as server:
        yield server, [
            replace(each, assets={
                name: replace(asset, href=asset.href.replace(str(folder), server.url))
                for name, asset in each.assets.items()
            })
            for each in scenes
        ]  # fmt: skip


def compose(
    scenes: list[Scene], grid: Grid, target: Path, cache: ImageryCache | None, threads: int = 2
) -> bytes:
    area = Area(box(*grid.bounds), grid)
    compose_block(
        scene_list(*scenes), S2, S2.masks["scl"], grid, area, target, threads=threads,
        connections=4, cache=cache,
    )  # fmt: skip
    return target.read_bytes()


def open_at(folder: Path, gigabytes: float = 1):
    return open_cache({"cache": str(folder), "cache_gb": gigabytes})


# --- areas within areas


def test_an_area_within_another_with_dates_in_common_reads_nothing_again(scenes, tmp_path):
    with served(scenes) as (server, remote):
        plain = [
            look_at(scene_list(*part), part, freeze_request(), grid)
            for part, grid in ((remote, OUTER), (remote[1:3], INNER))
        ]
        local = [compose(scenes, OUTER, tmp_path / "o.tif", None),
                 compose(scenes[1:3], INNER, tmp_path / "i.tif", None)]  # fmt: skip
        with open_at(tmp_path / "cache") as cache:
            for number, (part, grid) in enumerate(((remote, OUTER), (remote[1:3], INNER))):
                server.requests.clear()
                found = look_at(scene_list(*part), part, freeze_request(), grid, None, cache)
                assert found == plain[number]
                looked = len(server.requests)
                assert compose(part, grid, tmp_path / "remote.tif", cache) == local[number]
                if number:  # looks of the inner area take finer overviews, the blocks nothing new
                    assert len(server.requests) == looked <= len(part) * 7
        server.requests.clear()
        with open_at(tmp_path / "cache") as cache, counted() as traffic:  # of another run
            assert look_at(scene_list(*part), part, freeze_request(), grid, None, cache) == found
            assert compose(remote, OUTER, tmp_path / "remote.tif", cache) == local[0]
        assert server.requests == []
        assert traffic.from_cache


def test_no_byte_is_asked_for_twice(scenes, tmp_path):
    with served(scenes) as (server, remote), open_at(tmp_path / "cache") as cache:
        compose(remote[:2], INNER, tmp_path / "inner.tif", cache)
        compose(remote, OUTER, tmp_path / "outer.tif", cache)
    for path, start, end in server.asked:
        others = [(s, e) for p, s, e in server.asked if p == path and (s, e) != (start, end)]
        assert all(end < s or start > e for s, e in others)


# --- kills, damage, company


def damaged(folder: Path) -> None:
    """Harm a cache in every way that a disk, a kill or a user can."""
    files = sorted(folder.rglob("*.data"))
    flip(files[0]), flip(files[1], -1)
    os.truncate(files[2], 1000)
    os.truncate(files[3], 0)
    files[4].unlink()
    flip(files[5].parent / "file.index")
    (files[6].parent / "file.index").write_bytes(b"")
    (files[7].parent / "file.index").unlink()
    shutil.rmtree(files[8].parent)


def flip(path: Path, at: int = 20) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 4
    path.write_bytes(content)


def test_a_damaged_cache_only_leads_to_asking_again(scenes, tmp_path):
    with served(scenes) as (server, remote):
        with open_at(tmp_path / "cache") as cache:
            plain = compose(remote, OUTER, tmp_path / "block.tif", cache)
        whole = server.sent
        damaged(tmp_path / "cache")
        server.asked.clear()
        with open_at(tmp_path / "cache") as cache:
            assert compose(remote, OUTER, tmp_path / "block.tif", cache) == plain
        assert {path for path, _, _ in server.asked} and 0 < server.sent < whole / 2
        server.asked.clear()
        with open_at(tmp_path / "cache") as cache:
            assert compose(remote, OUTER, tmp_path / "block.tif", cache) == plain
        assert server.asked == []  # it is whole again


def test_a_cache_too_small_for_a_job_changes_no_pixel(scenes, tmp_path):
    plain = compose(scenes, OUTER, tmp_path / "local.tif", None)
    with served(scenes) as (_, remote):
        for _ in range(2):
            with open_at(tmp_path / "cache", 0.0003) as cache:
                assert compose(remote, OUTER, tmp_path / "remote.tif", cache) == plain


@pytest.mark.parametrize("options", ["size=256k", "size=8m,nr_inodes=20"])
def test_a_job_goes_on_without_a_cache_whose_disk_is_full_and_warns_once(
    scenes, tmp_path, caplog, options
):
    plain = compose(scenes, OUTER, tmp_path / "local.tif", None)
    with small_disk(tmp_path / "disk", options) as disk, served(scenes) as (_, remote):
        (disk / "others").write_bytes(bytes(248 * 1024))
        for folder in (disk / "cache", disk / "cache"):
            caplog.clear()
            with open_at(folder) as cache:
                found = look_at(scene_list(*remote), remote, freeze_request(), OUTER, None, cache)
                assert [each.id for each in found] == [each.id for each in remote]
                assert compose(remote, OUTER, tmp_path / "remote.tif", cache) == plain
            told = [each.message for each in caplog.records if "composing.cache" in each.message]
            assert len(told) == 1 and "no room (No space left on device)" in told[0]


def test_no_room_for_the_folder_itself_is_told_before_anything_is_read(tmp_path):
    with (
        small_disk(tmp_path / "disk", "size=64k,nr_inodes=2") as disk,
        pytest.raises(InputError, match=r"composing\.cache: .*No space left.*free some disk space"),
    ):
        (disk / "one").touch()
        with open_at(disk / "a" / "cache"):
            pass


def test_a_cache_never_takes_more_than_half_of_its_disk(scenes, tmp_path, monkeypatch):
    """Of which it would see nothing until a fiftieth of 1 GB has come."""
    most = []
    write_some = KeptFile.write

    def noting(file: KeptFile, offset: int, data: bytes) -> None:
        write_some(file, offset, data)
        space = os.statvfs(disk)
        most.append((space.f_blocks - space.f_bfree) / space.f_blocks)

    monkeypatch.setattr(KeptFile, "write", noting)
    with small_disk(tmp_path / "disk", "size=4m") as disk, served(scenes) as (_, remote):
        with open_at(disk / "cache") as cache:
            compose(remote, OUTER, tmp_path / "remote.tif", cache)
        assert 0.3 < max(most) <= 0.52


def test_a_disk_that_takes_a_part_of_some_bytes_is_no_reason_to_believe_it(tmp_path, monkeypatch):
    write(tmp_path / "red.tif")
    really, whole = os.pwrite, Window(0, 0, 700, 700)
    monkeypatch.setattr(os, "pwrite", lambda to, data, at: really(to, data[:1000], at))
    with FileServer(tmp_path) as server:
        assert np.array_equal(read(server, tmp_path, whole), VALUES[0])
        server.requests.clear()
        assert np.array_equal(read(server, tmp_path, whole), VALUES[0])
        assert server.requests == []


@pytest.mark.parametrize("place", ["/dev/null", "/dev/null/cache", "/proc/cache"])
def test_a_folder_that_can_be_none_is_told_before_anything_is_read(place):
    told = rf"composing\.cache: {place.removesuffix('null/cache')}.* name another folder$"
    with pytest.raises(InputError, match=told), open_at(Path(place)):
        pass


def test_what_is_wrong_with_the_cache_is_never_told_of_the_scene(scenes, tmp_path, monkeypatch):
    def broken(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with served(scenes) as (_, remote), open_at(tmp_path / "cache") as cache:
        monkeypatch.setattr(os, "pwrite", broken)
        with pytest.raises(InputError, match=r"composing\.cache: .*Input/output error"):
            look_at(scene_list(*remote), remote, freeze_request(), OUTER, None, cache)


CLONE = """
import sys
from pathlib import Path
from shapely import box
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.cache.folder import open_cache
from lccs_inputs.imagery.composite.compose import compose_block
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
listed, cache, target = map(Path, sys.argv[1:4])
grid, sensor = Grid("EPSG:32631", (10, 10), tuple(map(float, sys.argv[4:]))), SENSORS["sentinel2"]
with open_cache({"cache": str(cache), "cache_gb": 1}) as kept:
    compose_block(
        SceneList.read(listed), sensor, sensor.masks["scl"], grid, Area(box(*grid.bounds), grid),
        target, threads=2, connections=4, cache=kept,
    )
"""


def test_two_clones_at_once_under_kills_compose_what_one_does(scenes, tmp_path):
    plain = compose(scenes, OUTER, tmp_path / "local.tif", None)
    with served(scenes, delay=0.005) as (server, remote):
        scene_list(*remote).write(tmp_path / "scenes.json")
        targets = [tmp_path / name for name in ("one.tif", "other.tif")]
        given = (tmp_path / "scenes.json", tmp_path / "cache")
        clones = [(*given, target, *OUTER.bounds) for target in targets]
        run_under_kills(CLONE, clones, rounds=3, longest=4)
        assert all(target.read_bytes() == plain for target in targets)
        server.asked.clear()
        with open_at(tmp_path / "cache") as cache:
            assert compose(remote, OUTER, tmp_path / "last.tif", cache) == plain
        assert server.asked == []


def test_users_of_a_group_read_for_each_other_and_for_nobody_else(scenes, tmp_path):
    with folder_of_a_group() as shared, served(scenes) as (server, remote):
        targets = shared / "targets"
        targets.mkdir()
        targets.chmod(0o2770)

        def run(grid: Grid) -> None:
            with open_at(shared / "cache") as cache:
                # One thread: those of GDAL that this process has do not go with a fork.
                compose(remote[:1], grid, targets / f"{os.getuid()}.tif", cache, threads=1)

        assert act_as(FIRST, lambda: run(INNER), 0o077)
        asked = len(server.requests)
        assert act_as(SECOND, lambda: run(INNER), 0o077)
        assert len(server.requests) == asked
        assert act_as(SECOND, lambda: run(OUTER), 0o022)
        assert act_as(FIRST, lambda: run(OUTER), 0o077)
        made = [*(shared / "cache").rglob("*")]
        assert {each.stat().st_gid for each in made} == {GROUP}
        assert not any(each.stat().st_mode & 0o007 for each in made if each.is_file())


def test_a_cache_of_another_user_is_told_with_the_remedy(tmp_path):
    with folder_of_a_group() as shared:
        mine = shared / "mine"
        mine.mkdir(mode=0o700)

        def use() -> None:
            with (
                pytest.raises(InputError, match=r"composing\.cache: .*chmod -R g\+rwX"),
                open_at(mine) as cache,
            ):
                cache.file("https://example.org/a.tif", "file").expect(5, "")

        assert act_as(SECOND, use)


# --- one file


def write(path: Path, values: np.ndarray = VALUES, **profile: object) -> None:
    defaults = {"driver": "GTiff", "tiled": True, "blockxsize": 128, "blockysize": 128}
    with rasterio.open(
        path, "w", count=1, height=700, width=700, dtype=values.dtype, crs="EPSG:32631",
        transform=Affine(10, 0, 700000, 0, -10, 5200000), **(profile or defaults),
    ) as raster:  # fmt: skip
        raster.write(values)


def read(server: FileServer, folder: Path, window: Window, name: str = "red.tif") -> np.ndarray:
    with (
        gdal_env(),
        open_at(folder / "cache") as cache,
        reader_of(folder, cache) as reader,
    ):
        return reader.asset(asset_at(f"{server.url}/{name}"), "red").read(window)


def reader_of(folder: Path, cache: ImageryCache | None) -> AssetReader:
    def sign(href: str) -> str:
        return href + SIGNED if href.startswith("http") else href

    return AssetReader(sign, Fetching(2, folder / "block.tif"), None, cache)


def asset_at(href: str) -> Scene:
    return scene("S2A_1", {"red": Asset(href)})


def test_a_file_that_changed_is_read_anew_and_never_mixed(tmp_path):
    other = VALUES[:, ::-1] + np.uint16(1)
    with FileServer(tmp_path) as server:
        server.etag = '"1"'
        write(tmp_path / "red.tif")
        assert np.array_equal(read(server, tmp_path, CORNER), VALUES[0, :100, :100])
        write(tmp_path / "red.tif", other)
        server.etag = '"2"'
        assert np.array_equal(read(server, tmp_path, MIDDLE), other[0, 300:400, 300:400])
        for window, part in ((CORNER, np.s_[:100, :100]), (MIDDLE, np.s_[300:400, 300:400])):
            assert np.array_equal(read(server, tmp_path, window), other[0][part])


def test_a_file_that_changes_under_a_job_ends_it(tmp_path):
    with FileServer(tmp_path) as server:
        write(tmp_path / "red.tif")
        with (
            gdal_env(),
            open_at(tmp_path / "cache") as cache,
            reader_of(tmp_path, cache) as reader,
        ):
            asset = reader.asset(asset_at(f"{server.url}/red.tif"), "red")
            asset.read(CORNER)
            server.etag = '"2"'
            write(tmp_path / "red.tif", VALUES, driver="GTiff", tiled=True, blockxsize=64,
                  blockysize=64)  # fmt: skip
            with pytest.raises(SourceError, match=r"red\.tif has changed .* run again"):
                asset.read(MIDDLE)
        assert np.array_equal(read(server, tmp_path, MIDDLE), VALUES[0, 300:400, 300:400])


def test_what_came_before_a_job_failed_is_not_asked_for_again(tmp_path):
    write(tmp_path / "red.tif")
    whole = Window(0, 0, 700, 700)
    faults = {2: "truncate"} | dict.fromkeys(range(3, 7), 503)
    with FileServer(tmp_path, faults.get) as server:
        with pytest.raises(SourceError, match="response code: 503"):
            read(server, tmp_path, whole)
        ((_, _, header), (_, start, end)) = server.asked  # of which half came
        server.asked.clear()
        assert np.array_equal(read(server, tmp_path, whole), VALUES[0])
        ((_, again, last),) = server.asked
    assert header < start < again < end == last
    assert again - start > (end - start) * 0.4


def test_wrong_bytes_that_came_once_do_not_stay(tmp_path):
    write(tmp_path / "red.tif", driver="COG", blocksize=128, compress="deflate")
    sound = (tmp_path / "red.tif").read_bytes()
    (tmp_path / "red.tif").write_bytes(sound[:40000] + bytes(len(sound) - 40000))
    with FileServer(tmp_path) as server:
        with pytest.raises(SourceError, match=r"red\.tif cannot be read"):
            read(server, tmp_path, MIDDLE)
        (tmp_path / "red.tif").write_bytes(sound)
        assert np.array_equal(read(server, tmp_path, MIDDLE), VALUES[0, 300:400, 300:400])


def test_a_server_whose_tags_differ_by_machine_is_read_all_the_same(tmp_path):
    write(tmp_path / "red.tif")
    with FileServer(tmp_path) as server:
        for number, window in enumerate((CORNER, MIDDLE, CORNER, MIDDLE)):
            server.etag = f'"{number}"'
            (top, bottom), (left, right) = window.toranges()
            assert np.array_equal(read(server, tmp_path, window), VALUES[0, top:bottom, left:right])


@pytest.mark.parametrize("opened", [True, False])
def test_what_others_remove_meanwhile_is_asked_for_again(tmp_path, opened):
    write(tmp_path / "red.tif")
    with (
        FileServer(tmp_path) as server,
        gdal_env(),
        open_at(tmp_path / "cache") as cache,
        reader_of(tmp_path, cache) as reader,
    ):
        asset = reader.asset(asset_at(f"{server.url}/red.tif"), "red")
        assert np.array_equal(asset.read(CORNER), VALUES[0, :100, :100])
        if not opened:
            asset.close()
        assert clear(tmp_path / "cache") > 0
        assert read(server, tmp_path, MIDDLE).any()  # by another job, into a file of its own
        for window, part in ((MIDDLE, np.s_[300:400, 300:400]), (CORNER, np.s_[:100, :100])):
            assert np.array_equal(asset.read(window), VALUES[0][part])


def test_signatures_are_not_kept(tmp_path):
    write(tmp_path / "red.tif")
    with FileServer(tmp_path) as server:
        read(server, tmp_path, CORNER)
        assert all(SIGNED in path for path in server.requests)
    kept = [*(tmp_path / "cache").rglob("*")]
    assert len(kept) > 3
    assert not any("SECRET" in str(path) for path in kept)
    assert not any(b"SECRET" in path.read_bytes() for path in kept if path.is_file())


def test_what_was_not_used_for_longest_goes_first(tmp_path):
    for name in "abc":
        write(tmp_path / f"{name}.tif")
    whole = Window(0, 0, 700, 700)
    with FileServer(tmp_path) as server:
        for name in "ab":
            read(server, tmp_path, whole, f"{name}.tif")
        for number, entry in enumerate(sorted((tmp_path / "cache").glob("??/*[0-9a-f]/"))):
            os.utime(entry, (number, number))  # the clock of a file system can be coarse
        read(server, tmp_path, CORNER, "a.tif")
        limit = (tmp_path / "a.tif").stat().st_size * 2.5 / 1e9
        with (
            gdal_env(),
            open_at(tmp_path / "cache", limit) as cache,
            reader_of(tmp_path, cache) as reader,
        ):
            reader.asset(asset_at(f"{server.url}/c.tif"), "red").read(whole)
        size = sum(each.stat().st_blocks * 512 for each in (tmp_path / "cache").rglob("*.*"))
        assert size <= limit * 1e9
        server.requests.clear()
        for name in "acb":
            read(server, tmp_path, CORNER, f"{name}.tif")
        assert {path.split("?")[0] for path in server.requests} == {"/b.tif"}


def test_a_cache_that_may_take_no_room_is_none(tmp_path):
    with open_at(tmp_path / "cache", 0) as cache:
        assert cache is None
    assert not (tmp_path / "cache").exists()


def test_clearing_takes_nothing_but_what_the_cache_made(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "map.tif").write_bytes(b"mine")
    assert clear(tmp_path) == 0 == clear(tmp_path / "absent")
    assert (tmp_path / "mine" / "map.tif").exists()


# --- looks


@pytest.mark.parametrize(
    "profile",
    [
        {"driver": "COG", "blocksize": 128, "compress": "deflate"},
        {"driver": "GTiff", "blockysize": 1},
        {"driver": "JP2OpenJPEG", "quality": 100, "reversible": "yes", "blockxsize": 128,
         "blockysize": 128},
    ],
    ids=lambda profile: profile["driver"],
)  # fmt: skip
def test_a_look_is_what_gdal_takes_of_the_file_and_is_taken_once(tmp_path, profile):
    name = "red.jp2" if profile["driver"] == "JP2OpenJPEG" else "red.tif"  # else it has no CRS
    write(tmp_path / name, **profile)
    west, north = 700000, 5200000
    boxes = [(0, 0, 700, 700), (17, 33, 430, 390), (250, 251, 333, 340), (600, 1, 699, 120)]
    with FileServer(tmp_path) as server:
        for left, top, right, bottom in boxes:
            grid = Grid("EPSG:32631", (10, 10), (
                west + 10 * left, north - 10 * bottom, west + 10 * right, north - 10 * top
            ))  # fmt: skip
            for side in (64, 100):
                found = [look(tmp_path, href, grid, side, kept) for href, kept in (
                    (str(tmp_path / name), False), (f"{server.url}/{name}", False),
                    (f"{server.url}/{name}", True),
                )]  # fmt: skip
                asked = len(server.requests)
                found.append(look(tmp_path, f"{server.url}/{name}", grid, side, True))
                assert len(server.requests) == asked
                for each in found[1:]:
                    assert np.array_equal(each.data, found[0].data)
                    assert np.array_equal(each.mask, found[0].mask)


def look(folder: Path, href: str, grid: Grid, side: int, kept: bool) -> np.ma.MaskedArray:
    with (
        gdal_env(),
        open_at(folder / "cache", int(kept)) as cache,
        reader_of(folder, cache) as reader,
    ):
        return reader.asset(asset_at(href), "red").preview(grid, side)


# --- what GDAL fetches

ACCESS, SECRET = "ACCESS0123456789", "SECRET-abc/def+ghi"


@pytest.mark.parametrize("name", ["red.jp2", "red.tif"])
def test_an_object_is_fetched_and_decoded_once(tmp_path, monkeypatch, name):
    for variable, value in zip(PAIR_VARIABLES, (ACCESS, SECRET), strict=True):
        monkeypatch.setenv(variable, value)
    (tmp_path / "eodata").mkdir()
    tiles = {"blockxsize": 256, "blockysize": 256}
    write(tmp_path / "eodata" / name, driver="JP2OpenJPEG" if name.endswith("jp2") else "GTiff",
          **tiles, **({"quality": 100, "reversible": "yes"} if name.endswith("jp2") else
                      {"tiled": True, "nodata": 7}))  # fmt: skip
    inner = Grid("EPSG:32631", (10, 10), (702000, 5196000, 704000, 5198000))
    with ObjectStore(tmp_path, {ACCESS: SECRET}) as server:
        store = Store.of({"key": None, "url": server.url}, 2)

        def used(*windows: Window) -> int:
            """How many requests it takes to look at an object and to read windows of it."""
            server.requests.clear()
            with (
                gdal_env(),
                open_at(tmp_path / "cache") as cache,
                AssetReader(str, Fetching(2, tmp_path / "block.tif"), store, cache) as reader,
            ):
                asset = reader.asset(asset_at(f"s3://eodata/{name}"), "red")
                assert asset.preview(inner, 50).shape == (50, 50)
                for window in windows:
                    (top, bottom), (left, right) = window.toranges()
                    out = np.empty((window.height, window.width), np.uint16)
                    found = asset.read(window, out)
                    assert found is out
                    assert np.array_equal(found, VALUES[0, top:bottom, left:right])
            return len(server.requests)

        assert used(Window(0, 0, 700, 700)) > 0
        assert used(Window(0, 0, 700, 700), Window(200, 100, 301, 77)) == 0
        for data in (tmp_path / "cache").rglob("*.data"):
            flip(data)
        assert used(Window(0, 0, 700, 700)) > 0
        assert used(Window(0, 0, 700, 700)) == 0
    kept = b"".join(each.read_bytes() for each in (tmp_path / "cache").rglob("*.*"))
    assert ACCESS.encode() not in kept and SECRET.encode() not in kept


def test_an_object_that_changed_ends_the_job_and_not_the_next(tmp_path, monkeypatch):
    for variable, value in zip(PAIR_VARIABLES, (ACCESS, SECRET), strict=True):
        monkeypatch.setenv(variable, value)
    (tmp_path / "eodata").mkdir()
    write(tmp_path / "eodata" / "red.tif")
    with ObjectStore(tmp_path, {ACCESS: SECRET}) as server:
        store = Store.of({"key": None, "url": server.url}, 2)

        def read_object(window: Window) -> np.ndarray:
            with (
                gdal_env(),
                open_at(tmp_path / "cache") as cache,
                AssetReader(str, Fetching(2, tmp_path / "block.tif"), store, cache) as reader,
            ):
                return reader.asset(asset_at("s3://eodata/red.tif"), "red").read(window)

        read_object(CORNER)
        other = VALUES[:, ::-1] + np.uint16(1)
        write(tmp_path / "eodata" / "red.tif", other, driver="GTiff", blockysize=50)
        with pytest.raises(SourceError, match=r"has changed .* run again"):
            read_object(MIDDLE)
        for window, part in ((MIDDLE, np.s_[300:400, 300:400]), (CORNER, np.s_[:100, :100])):
            assert np.array_equal(read_object(window), other[0][part])


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        ("red.jp2", {"driver": "JP2OpenJPEG", "quality": 100, "reversible": "yes"}),
        ("red.jp2", {"driver": "JP2OpenJPEG", "quality": 100, "reversible": "yes", "TLM": "YES"}),
        ("red.tif", {"driver": "GTiff", "tiled": True}),
    ],
    ids=["jp2", "jp2 with a list", "tiff"],
)
def test_of_an_object_an_inner_area_looks_at_nothing_and_reads_nothing_again(
    tmp_path, monkeypatch, name, profile
):
    for variable, value in zip(PAIR_VARIABLES, (ACCESS, SECRET), strict=True):
        monkeypatch.setenv(variable, value)
    path = tmp_path / "eodata" / name
    path.parent.mkdir()
    write(path, blockxsize=64, blockysize=64, **profile)
    outer, inner = (
        Grid("EPSG:32631", (10, 10), (700000 + 10 * at, 5193000 + 10 * at, 707000 - 10 * at,
                                      5200000 - 10 * at)) for at in (0, 130)
    )  # fmt: skip
    with ObjectStore(tmp_path, {ACCESS: SECRET}) as server:
        store = Store.of({"key": None, "url": server.url}, 2)

        def use(grid: Grid, window: Window, side: int) -> None:
            with (
                gdal_env(),
                open_at(tmp_path / "cache") as cache,
                AssetReader(str, Fetching(2, tmp_path / "block.tif"), store, cache) as reader,
            ):
                asset = reader.asset(asset_at(f"s3://eodata/{name}"), "red")
                local = AssetReader(str).asset(asset_at(str(path)), "red")
                assert np.array_equal(asset.preview(grid, side), local.preview(grid, side))
                assert np.array_equal(asset.read(window), local.read(window))

        use(outer, Window(0, 0, 700, 700), 50)
        assert server.sent <= path.stat().st_size + 64 * 121
        server.requests.clear()
        for side in (10, 50, 100):
            use(inner, Window(130, 140, 300, 50), side)
        assert server.requests == []
