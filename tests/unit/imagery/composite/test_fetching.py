"""Remote scenes: each byte is asked for once, servers that ask to wait are obeyed, faults end."""

import logging
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.windows import Window
from shapely import box

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.composite import fetching
from lccs_inputs.imagery.composite.compose import compose_block
from lccs_inputs.imagery.composite.fetching import Fetching
from lccs_inputs.imagery.composite.reading import AssetReader
from lccs_inputs.imagery.scenes import Asset
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import gdal_env
from standins import loopback
from standins.file_server import FileServer
from standins.imagery import scene, scene_list, sentinel2_scene
from standins.loopback import limits_end_in_silence

S2 = SENSORS["sentinel2"]
GRID = Grid("EPSG:32631", (10, 10), (700200, 5190000, 702200, 5192000))
VALUES = np.random.default_rng(5).integers(1, 60000, (2, 700, 700)).astype(np.uint16)
MIDDLE = Window(130, 260, 200, 90)


def write(path, driver="GTiff", bands=1, **profile):
    with rasterio.open(
        path, "w", driver=driver, count=bands, height=700, width=700, dtype="uint16",
        crs="EPSG:32631", transform=Affine(10, 0, 700000, 0, -10, 5200000), **profile,
    ) as raster:  # fmt: skip
        raster.write(VALUES[:bands])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "_FIRST_DELAY", 0.01)
    write(tmp_path / "red.tif", tiled=True, blockxsize=128, blockysize=128)
    return tmp_path


@pytest.fixture
def waits(monkeypatch):
    """What is waited for, which takes no time."""
    slept, now = [], [time.monotonic()]

    def sleep(seconds):
        slept.append(round(seconds, 1))
        now[0] += seconds

    monkeypatch.setattr(fetching.time, "sleep", sleep)
    monkeypatch.setattr(fetching.time, "monotonic", lambda: now[0])
    return slept


def read(server, tmp_path, name="red.tif", window=MIDDLE, sign=str, **facts):
    asset = Asset(f"{server.url}/{name}", **facts)
    with gdal_env(), AssetReader(sign, Fetching(4, tmp_path / "out" / "block.tif")) as reader:
        (tmp_path / "out").mkdir(exist_ok=True)
        values = reader.asset(scene("S2A_1", {"red": asset}), "red").read(window)
    assert not list((tmp_path / "out").iterdir())  # nothing is left beside the target
    return values


def cut(window, band=0):
    rows, columns = window.toslices()
    return VALUES[band][rows, columns]


# --- what is asked for


def test_a_block_asks_for_every_byte_once_and_for_no_more_than_it_needs(tmp_path):
    scenes = [
        sentinel2_scene(
            tmp_path, f"s{seed}", "EPSG:32631", (700000, 5200000), 2200, seed, block=128
        )
        for seed in range(3)
    ]
    needed = sum(needed_bytes(asset) for each in scenes for asset in each.assets.values())
    with FileServer(tmp_path, delay=0.01) as server:
        remote = over_http(scenes, tmp_path, server)
        compose_block(
            scene_list(*remote), S2, S2.masks["scl"], GRID, Area(box(*GRID.bounds), GRID),
            tmp_path / "remote.tif", connections=5,
        )  # fmt: skip
    compose_block(
        scene_list(*scenes), S2, S2.masks["scl"], GRID, Area(box(*GRID.bounds), GRID),
        tmp_path / "local.tif",
    )  # fmt: skip
    assert (tmp_path / "remote.tif").read_bytes() == (tmp_path / "local.tif").read_bytes()
    assert set(server.methods) == {"GET"}
    assert 1 < server.most_at_once <= 5
    for path, start, end in server.asked:
        others = [(s, e) for p, s, e in server.asked if p == path and (s, e) != (start, end)]
        assert all(end < s or start > e for s, e in others)
    headers = 32768 * len(set(server.requests))
    assert server.sent <= 1.05 * (needed + headers)
    assert len(server.requests) <= 3 * len(set(server.requests))
    assert len(set(server.requests)) == 21


def test_bands_of_the_first_pass_come_before_the_third_mask(
    tmp_path,
):
    made = sentinel2_scene(tmp_path, "s", "EPSG:32631", (700000, 5200000), 2200, 1, block=128)
    scenes = [
        replace(
            made,
            id=f"S2A_{day}",
            datetime=f"2018-06-{day:02}T10:30:00Z",
            assets={
                name: replace(asset, href=f"{asset.href}?day={day}")
                for name, asset in made.assets.items()
            },
        )
        for day in range(1, 7)
    ]
    with FileServer(tmp_path, delay=0.01) as server:
        remote = over_http(scenes, tmp_path, server)
        compose_block(
            scene_list(*remote), S2, S2.masks["scl"], GRID, Area(box(*GRID.bounds), GRID),
            tmp_path / "remote.tif", connections=1,
        )  # fmt: skip
    asked = [path.rpartition("/")[2] for path in server.requests]
    assert asked.index("red.tif?day=1") < asked.index("scl.tif?day=3")
    assert len(set(asked)) == 6 * 7


def over_http(scenes, folder, server):
    return [
        replace(each, assets={
            name: replace(asset, href=asset.href.replace(str(folder), server.url))
            for name, asset in each.assets.items()
        })
        for each in scenes
    ]  # fmt: skip


def needed_bytes(asset):
    """Of the blocks of a file under the grid, as GDAL says them."""
    with rasterio.open(asset.href) as raster:
        window = raster.window(*GRID.bounds)
        (top, bottom), (left, right) = window.toranges()
        return sum(
            int(raster.get_tag_item(f"BLOCK_SIZE_{col}_{row}", "TIFF", bidx=1))
            for row in range(int(top) // 128, (int(bottom) - 1) // 128 + 1)
            for col in range(int(left) // 128, (int(right) - 1) // 128 + 1)
        )


def test_a_window_takes_the_header_and_its_blocks(folder):
    with FileServer(folder) as server:
        assert np.array_equal(read(server, folder), cut(MIDDLE))
    (_, *header), (_, *body) = server.asked
    assert header == [0, 32767]
    assert body[1] - body[0] < 2 * 6 * 128 * 128 * 2  # 2 rows of 6 blocks, whose middle is read


@pytest.mark.parametrize(
    "profile",
    [
        {"driver": "COG", "blocksize": 128, "compress": "deflate"},
        {"bigtiff": "yes", "tiled": True, "blockxsize": 64, "blockysize": 256},
        {"endianness": "big", "compress": "zstd"},
        {"blockysize": 1},
        {"bands": 2, "interleave": "band", "tiled": True, "blockxsize": 128, "blockysize": 128},
        {"bands": 2, "interleave": "pixel", "tiled": True, "blockxsize": 128, "blockysize": 128},
        {"name": "red.jp2", "driver": "JP2OpenJPEG", "quality": 100, "reversible": "yes"},
        {"name": "red.img", "driver": "HFA"},
    ],
    ids=lambda profile: "-".join(map(str, profile.values())),
)
def test_files_of_every_layout_are_read(tmp_path, profile):
    name, bands = profile.pop("name", "red.tif"), profile.get("bands", 1)
    write(tmp_path / name, **profile)
    windows = [MIDDLE, Window(0, 0, 700, 700), Window(690, 690, 10, 10)]
    with FileServer(tmp_path) as server:
        for window in windows:
            for band in range(bands):
                found = read(server, tmp_path, name, window, band=band + 1)
                assert np.array_equal(found, cut(window, band))


@pytest.mark.parametrize("driver", ["GTiff", "JP2OpenJPEG"])
def test_a_file_that_ends_too_soon_is_an_error_wherever_it_does(tmp_path, driver):
    name = "red.tif" if driver == "GTiff" else "red.jp2"
    write(tmp_path / name, driver=driver)
    sound = (tmp_path / name).read_bytes()
    for size in (9, 30, 100, 180, 700, 50_000):
        (tmp_path / name).write_bytes(sound[:size])
        with FileServer(tmp_path) as server, pytest.raises(SourceError, match=name):
            read(server, tmp_path, name, Window(600, 600, 50, 50))


def test_directories_at_the_end_of_a_file_are_found(tmp_path):
    write(tmp_path / "red.tif", tiled=True, blockxsize=128, blockysize=128)
    with rasterio.open(tmp_path / "red.tif", "r+") as raster:
        raster.update_tags(comment="x" * 100_000)  # GDAL writes its directory anew, at the end
    with FileServer(tmp_path) as server:
        assert np.array_equal(read(server, tmp_path), cut(MIDDLE))


def test_what_a_mask_in_the_file_hides_is_nodata(tmp_path):
    write(tmp_path / "red.tif", tiled=True, blockxsize=128, blockysize=128)
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK="YES"),
        rasterio.open(tmp_path / "red.tif", "r+") as it,
    ):
        hidden = np.zeros((700, 700), bool)
        hidden[290:300] = True
        it.write_mask(~hidden)
    with FileServer(tmp_path) as server:
        values = read(server, tmp_path)
    assert np.array_equal(values, np.where(hidden, 0, VALUES[0])[260:350, 130:330])


def test_an_alpha_band_in_a_plane_of_its_own_makes_nodata(tmp_path):
    write(
        tmp_path / "red.tif", bands=2, photometric="minisblack", alpha="yes", interleave="band",
        tiled=True, blockxsize=128, blockysize=128,
    )  # fmt: skip
    with rasterio.open(tmp_path / "red.tif", "r+") as raster:
        alpha = np.full((700, 700), 65535, np.uint16)
        alpha[290:300] = 0
        raster.write(alpha, 2)
    with FileServer(tmp_path) as server:
        values = read(server, tmp_path, band=0)
    assert np.array_equal(values, np.where(alpha == 0, 0, VALUES[0])[260:350, 130:330])


def test_a_server_without_ranges_sends_the_whole(folder):
    class Whole(FileServer):
        def answer(self, call):
            return super().answer(replace(call, headers={}))

    with Whole(folder) as server:
        assert np.array_equal(read(server, folder), cut(MIDDLE))
    assert len(server.requests) == 1


# --- faults


@pytest.mark.parametrize("fault", [500, 502, 503, 429, 403, "truncate"])
@pytest.mark.parametrize("at", [1, 2])
def test_a_passing_fault_is_tried_again(folder, fault, at):
    with FileServer(folder, lambda number: fault if number == at else None) as server:
        assert np.array_equal(read(server, folder), cut(MIDDLE))
    assert len(server.requests) == 3


def test_a_connection_that_is_cut_is_taken_up_where_it_stopped(folder):
    with FileServer(folder, lambda number: "truncate" if number == 2 else None) as server:
        assert np.array_equal(read(server, folder), cut(MIDDLE))
    (_, start, end), (_, again, still_end) = server.asked[1:]
    assert still_end == end
    assert again == start + (end + 1 - start) // 2


def test_a_server_that_hangs_is_given_up_and_asked_again(folder):
    hangs = FileServer(folder, lambda number: "hang" if number == 2 else None)
    with limits_end_in_silence(), hangs as server:
        assert np.array_equal(read(server, folder), cut(MIDDLE))
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("as_date", [False, True])
def test_a_server_that_asks_to_wait_is_obeyed(folder, waits, status, as_date):
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    asks = FileServer(
        folder, lambda number: status if number == 2 else None,
        retry_after=later if as_date else "90",
    )  # fmt: skip
    with asks as server:
        assert np.array_equal(read(server, folder), cut(MIDDLE))
    assert 85 <= sum(waits) <= 91


def test_a_server_that_asks_to_wait_for_hours_is_an_error_that_says_so(folder, waits):
    with (
        FileServer(folder, lambda _: 429, retry_after="7200") as server,
        pytest.raises(SourceError, match=r"429, asks to wait 7200 s.*run again when"),
    ):
        read(server, folder)
    assert sum(waits) == 0


@pytest.mark.parametrize("fault", [500, 403, "truncate"])
def test_a_lasting_fault_names_scene_and_asset(folder, fault):
    with (
        FileServer(folder, lambda _: fault) as server,
        pytest.raises(SourceError, match=r"scene S2A_1, asset 'red'.*after 4 attempts"),
    ):
        read(server, folder)


def test_bytes_that_are_no_answer_are_not_told(folder, monkeypatch):
    def send(handler, answer):
        handler.wfile.write(b"\xfe" * 4000 + b"\r\n")
        handler.close_connection = True

    monkeypatch.setattr(loopback._Handler, "_send", send)
    with (
        FileServer(folder) as server,
        pytest.raises(SourceError, match=r"asset 'red'.*\(a broken connection\)") as caught,
    ):
        read(server, folder)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("said", [{"Content-Range": "bytes 0-9/*"}, {"Content-Range": "9"}, {}])
def test_an_answer_that_does_not_say_how_large_the_file_is_is_none(folder, monkeypatch, said):
    def send(handler, answer):
        handler.send_response(206)
        for name, value in said.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.close_connection = True

    monkeypatch.setattr(loopback._Handler, "_send", send)
    with (
        FileServer(folder) as server,
        pytest.raises(SourceError, match=r"does not say how large the file is|other bytes came"),
    ):
        read(server, folder)


def test_what_is_not_there_is_not_asked_for_again(folder):
    with FileServer(folder) as server, pytest.raises(SourceError, match="404"):
        read(server, folder, "absent.tif")
    assert len(server.requests) == 1


def test_every_request_is_signed_anew_and_no_signature_is_told(folder, caplog):
    caplog.set_level(logging.DEBUG)
    tokens = iter(range(10))
    with FileServer(folder, lambda number: 403 if number <= 2 else None) as server:
        read(server, folder, sign=lambda href: f"{href}?sig=SECRET{next(tokens)}")
    assert server.requests == [f"/red.tif?sig=SECRET{number}" for number in range(4)]
    url = server.url  # nothing listens there any more
    caplog.clear()
    with pytest.raises(SourceError, match=r"red\.tif.*run again when the network") as caught:
        read(server, folder, sign=lambda href: f"{href}?se=2026&sig=SECRET%3D")
    assert url
    told = [record.getMessage() for record in caplog.records if record.levelno > logging.DEBUG]
    assert "SECRET" not in str(caught.value) + "".join(told)
