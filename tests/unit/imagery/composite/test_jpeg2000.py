"""Where the tiles of JPEG 2000 files lie, and that no other byte of them is needed."""

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.windows import Window

from lccs_inputs.errors import SourceError
from lccs_inputs.imagery.cache.ranges import Range, joined
from lccs_inputs.imagery.composite import fetching, jpeg2000
from lccs_inputs.imagery.composite.fetching import Fetching
from lccs_inputs.imagery.composite.jpeg2000 import Tiles, tiles_of
from lccs_inputs.imagery.composite.reading import AssetReader
from lccs_inputs.imagery.scenes import Asset
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import gdal_env
from standins.file_server import FileServer
from standins.imagery import scene

HEIGHT, WIDTH, TILE = 1100, 900, 128  # 9 × 8 tiles
VALUES = np.random.default_rng(2).integers(1, 9000, (HEIGHT, WIDTH)).astype(np.uint16)
WINDOWS = [Window(0, 0, 1, 1), Window(300, 700, 128, 128), Window(256, 256, 128, 128),
           Window(899, 1099, 1, 1), Window(100, 500, 700, 3)]  # fmt: skip


def write(folder: Path, **options: object) -> Path:
    path = folder / "red.jp2"
    with rasterio.open(
        path, "w", driver="JP2OpenJPEG", height=HEIGHT, width=WIDTH, count=1, dtype="uint16",
        crs="EPSG:32631", transform=Affine(10, 0, 700000, 0, -10, 5200000), quality=100,
        reversible="yes", **({"blockxsize": TILE, "blockysize": TILE} | options),
    ) as raster:  # fmt: skip
        raster.write(VALUES, 1)
    return path


@pytest.fixture
def dear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes are dear, and requests are not: as with files of a hundred megabytes."""
    for module in (fetching, jpeg2000):
        monkeypatch.setattr(module, "GAP", 64)


def asset_of(server: FileServer, folder: Path):
    reader = AssetReader(str, Fetching(1, folder / "block.tif"))
    return reader.asset(scene("S2A_1", {"red": Asset(f"{server.url}/red.jp2")}), "red")


@pytest.mark.parametrize(
    "options",
    [{}, {"TLM": "YES"}, {"TLM": "YES", "PLT": "YES", "PROGRESSION": "RPCL"}, {"RESOLUTIONS": 5},
     {"blockxsize": 192, "blockysize": 80}, {"blockxsize": WIDTH, "blockysize": HEIGHT}],
    ids=str,
)  # fmt: skip
def test_a_window_takes_its_tiles_and_no_tile_twice(tmp_path, dear, options):
    whole = write(tmp_path, **options).stat().st_size
    single = options.get("blockxsize") == WIDTH
    with FileServer(tmp_path) as server, gdal_env():
        for window in WINDOWS:
            server.asked.clear()
            asset = asset_of(server, tmp_path)
            (top, bottom), (left, right) = window.toranges()
            assert np.array_equal(asset.read(window), VALUES[top:bottom, left:right])
            asset.close()
            assert single or server.sent < 32768 + whole / 4
        asset = asset_of(server, tmp_path)
        server.asked.clear()
        for window in [*WINDOWS, Window(0, 0, WIDTH, HEIGHT), *WINDOWS]:
            (top, bottom), (left, right) = window.toranges()
            assert np.array_equal(asset.read(window), VALUES[top:bottom, left:right])
        asset.close()
    starts = 14 * 72  # bytes before each tile, which a longer range can take in again
    assert server.sent <= whole + (0 if "TLM" in options else starts)


@pytest.mark.parametrize("options", [{}, {"TLM": "YES", "RESOLUTIONS": 5}], ids=str)
def test_a_look_takes_the_tiles_under_it(tmp_path, dear, options):
    path = write(tmp_path, **options)
    with FileServer(tmp_path) as server, gdal_env():
        for left, top, right, bottom in ((0, 0, 900, 1100), (127, 130, 390, 700), (250, 1, 260, 9)):
            box = (700000 + 10 * left, 5200000 - 10 * bottom, 700000 + 10 * right,
                   5200000 - 10 * top)  # fmt: skip
            grid = Grid("EPSG:32631", (10, 10), box)
            local = AssetReader(str).asset(scene("S2A_1", {"red": Asset(str(path))}), "red")
            asset = asset_of(server, tmp_path)
            assert np.array_equal(asset.preview(grid, 64).data, local.preview(grid, 64).data)
            asset.close()


def test_where_looking_for_tiles_is_dearer_than_all_all_is_fetched_at_once(tmp_path):
    whole = write(tmp_path).stat().st_size
    with FileServer(tmp_path) as server, gdal_env():
        asset = asset_of(server, tmp_path)
        for window in WINDOWS:
            asset.read(window)
        asset.close()
    assert len(server.asked) == 2 and server.sent == whole


def test_a_file_that_cannot_be_read_by_its_tiles_is_read_as_a_whole(tmp_path, dear, monkeypatch):
    """As by a decoder that goes through all tiles although they are listed."""
    whole = write(tmp_path).stat().st_size
    right = Tiles.ranges
    monkeypatch.setattr(Tiles, "ranges", lambda *of: [*right(*of)][-1:])
    with FileServer(tmp_path) as server, gdal_env():
        asset = asset_of(server, tmp_path)
        assert np.array_equal(asset.read(Window(200, 100, 400, 90)), VALUES[100:190, 200:600])
        asset.close()
    assert whole <= server.sent < whole * 1.2


@pytest.mark.parametrize("remote", [False, True])
@pytest.mark.parametrize("options", [{}, {"TLM": "YES"}], ids=str)
def test_a_file_that_was_cut_short_is_an_error_and_never_nodata(tmp_path, dear, options, remote):
    path = write(tmp_path, **options)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    with FileServer(tmp_path) as server, gdal_env():
        asset = asset_of(server, tmp_path)
        if not remote:
            asset = AssetReader(str).asset(scene("S2A_1", {"red": Asset(str(path))}), "red")
        assert np.array_equal(asset.read(Window(0, 0, 400, 90)), VALUES[:90, :400])
        with pytest.raises(SourceError, match=r"asset 'red': .*red\.jp2 cannot be read"):
            asset.read(Window(0, 600, 400, 490))
        asset.close()


# --- markers


Part = tuple[int, int, int]
"""Tile, bytes after the start of the part, and how many parts the tile says that it has."""


def made(parts: Sequence[Part], *, corner: int = 0, listed: bytes = b"", open_end: bool = False):
    """A file of 2 × 2 tiles of 10 px; and first byte and end of each part."""
    size = struct.pack(">H8IH3B", 0, 20, 20, corner, 0, 10, 10, 0, 0, 1, 15, 1, 1)
    segments = [(b"\xff\x51", size), (b"\xff\x52", bytes([0, 0, 0, 1, 0, 2, 4, 4, 0, 1]))]
    segments += [(b"\xff\x55", listed)] if listed else []
    stream = b"\xff\x4f" + b"".join(
        mark + struct.pack(">H", len(body) + 2) + body for mark, body in segments
    )
    head = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
    places = []
    for number, (tile, length, count) in enumerate(parts):
        said = 0 if open_end and number == len(parts) - 1 else length + 12
        places.append((len(head) + 8 + len(stream), len(head) + 20 + len(stream) + length))
        stream += b"\xff\x90" + struct.pack(">HHIBB", 10, tile, said, 0, count) + bytes(length)
    stream += b"\xff\xd9"
    return head + struct.pack(">I4s", 0, b"jp2c") + stream, places


def tiles_in(content: bytes) -> Tiles | None:
    return tiles_of(lambda at, size: content[at : at + size], len(content))


def found(content: bytes, *windows: Window) -> list[Range]:
    tiles = tiles_in(content)
    assert tiles is not None
    return joined(tiles.ranges(windows))


ONE, LAST = Window(0, 0, 5, 5), Window(15, 15, 5, 5)


@pytest.mark.parametrize("count", [2, 0])
def test_all_parts_of_a_tile_are_found_wherever_they_are(dear, count):
    content, at = made([(tile, 900, count) for tile in (0, 1, 3, 2, 0, 3, 1, 2)])
    assert found(content, ONE) == [(s, e + 12) for s, e in (at[0], at[4])]
    assert found(content, LAST) == [(s, e + 12) for s, e in (at[2], at[5])]


def test_a_part_can_last_until_the_end(dear):
    content, at = made([(0, 900, 1), (1, 900, 1), (2, 900, 1), (3, 900, 1)], open_end=True)
    assert found(content, LAST) == [(at[3][0], len(content))]


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_a_list_of_lengths_tells_where_tiles_are_without_looking(dear, kind):
    lengths = {1: 100, 0: 200, 3: 300, 2: 400} if kind else {0: 100, 1: 200, 2: 300, 3: 400}
    form = f">{('', 'B', 'H')[kind]}H"
    entries = [struct.pack(form, *([tile] if kind else []), length + 12)
               for tile, length in lengths.items()]  # fmt: skip
    content, at = made(
        [(tile, length, 1) for tile, length in lengths.items()],
        listed=bytes([0, kind << 4]) + b"".join(entries),
    )
    places = dict(zip(lengths, at, strict=True))
    asked: list[int] = []

    def read(start: int, size: int) -> bytes:
        asked.append(start + size)
        return content[start : start + size]

    tiles = tiles_of(read, len(content))
    (start, end) = places[3]
    assert list(tiles.ranges([LAST])) == [(start, min(end + 12, len(content)))]
    assert max(asked) < min(at)[0] + 12


def test_a_list_that_does_not_fit_is_not_believed(dear):
    listed = bytes([0, 0]) + struct.pack(">4H", 50, 50, 50, 50)
    content, at = made([(n, 900, 1) for n in range(4)], listed=listed)
    assert found(content, ONE) == [(at[0][0], at[0][1] + 12)]


def test_parts_that_do_not_follow_each_other_make_it_a_whole(dear):
    content, at = made([(n, 900, 1) for n in range(4)])
    broken = bytearray(content)
    broken[at[1][0]] = 0
    assert found(bytes(broken), LAST) == [(0, len(content))]
    assert found(bytes(broken), ONE) == [(at[0][0], at[0][1] + 12)]
    cut = content[: at[2][0] + 40]
    assert found(cut, LAST) == [(0, len(cut))]


def test_what_is_no_image_of_tiles_from_the_corner_is_read_as_a_whole():
    content, _ = made([(0, 9, 1)], corner=3)
    assert tiles_in(content) is None
    assert tiles_in(b"II*\x00" + bytes(50)) is None
    assert not any(tiles_in(content[:size]) for size in range(90))
