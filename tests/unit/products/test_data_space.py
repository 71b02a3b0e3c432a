"""Products read from the Copernicus Data Space: tiles cut to an area, and taken for a delivery."""

import shutil
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from lccs_inputs.cdse.key import S3Keys
from lccs_inputs.cdse.store import ObjectStore as Store
from lccs_inputs.clms.arrival import check_names
from lccs_inputs.costs import Cost
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.data_space import HOLDINGS
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.imagery.cache.folder import open_cache
from lccs_inputs.products import data_space
from lccs_inputs.products.align import align_product
from lccs_inputs.products.data_space import export_product
from lccs_inputs.products.data_space_cost import export_cost
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.traffic import counted
from small_rasters import area_of, grid_of, write_codes
from standins.data_space import publish_tile
from standins.object_store import ObjectStore
from standins.stac_api import StacApi

DENSITY = PRODUCTS["TCD"]
COLLECTION = HOLDINGS["TCD"].collection
KEYS = ("ACCESS0123456789", "SECRET0123456789")
AREA = area_of(grid_of(120, 90, 970_000, 6_591_000))
INNER = area_of(grid_of(60, 40, 970_300, 6_591_200))
SIDE = 300  # px of the tiles here; those of the publisher have 10,000
SEAM = 4_053_000.0  # easting in EPSG:3035 that runs through the area
NORTH = 2_590_500.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lccs_inputs.imagery.composite.opening._FIRST_DELAY", 0.01)


def tile_at(folder: Path, place: str, west: float, seed: int) -> Path:
    grid = Grid("EPSG:3035", (10, 10), (west, NORTH - 10 * SIDE, west + 10 * SIDE, NORTH))
    codes = np.random.default_rng(seed).integers(0, 101, grid.shape)
    codes[:5] = 255
    return write_codes(folder / f"{place}.tif", grid, codes)


def name_of(place: str, year: int = 2021, revision: str = "V01_R00") -> str:
    return f"CLMS_HRLVLCC_TCD_S{year}_R10m_{place}_03035_{revision}"


@pytest.fixture
def tiles(tmp_path: Path) -> dict[str, Path]:
    """Two tiles that meet within the area."""
    folder = tmp_path / "tiles"
    folder.mkdir()
    return {
        "E40N25": tile_at(folder, "E40N25", SEAM - 10 * SIDE, 1),
        "E41N25": tile_at(folder, "E41N25", SEAM, 2),
    }


def export(tmp_path: Path, items: list[dict[str, Any]], fault: Any = lambda _: None,
           **options: Any) -> tuple[Path, ObjectStore]:  # fmt: skip
    target, cache = tmp_path / "data_space.zip", tmp_path / "cache"
    with StacApi(items) as api, ObjectStore(tmp_path / "store", dict([KEYS]), fault) as server:
        store = Store(server.url, S3Keys(*KEYS), 1)
        export_product(DENSITY, 2021, COLLECTION, AREA, target, api.url, store, cache, **options)
    return target, server


def published(tmp_path: Path, tiles: dict[str, Path], **names: Any) -> list[dict[str, Any]]:
    return [
        publish_tile(tmp_path / "store", COLLECTION, name_of(place, **names), raster)
        for place, raster in tiles.items()
    ]


def aligned(delivery: Path, folder: Path, rasters: list[Path] | None = None) -> np.ndarray:
    target = folder / "aligned.tif"
    folder.mkdir(exist_ok=True)
    rasters = rasters or check_names(delivery, DENSITY, 2021, folder)
    align_product(DENSITY, delivery, AREA, target, folder, rasters=rasters)
    with rasterio.open(target) as raster:
        return raster.read(1)


def test_the_cut_tiles_are_aligned_as_the_whole_ones_would_be(
    tmp_path: Path, tiles: dict[str, Path]
) -> None:
    target, _ = export(tmp_path, published(tmp_path, tiles))
    whole = aligned(tmp_path / "tiles", tmp_path / "whole", list(tiles.values()))
    found = aligned(target, tmp_path / "cut")
    assert np.array_equal(found, whole)
    assert 0 < (found != 255).mean() <= 1


def test_only_what_the_area_needs_is_kept_in_the_numbers_of_the_tiles(
    tmp_path: Path, tiles: dict[str, Path]
) -> None:
    target, server = export(tmp_path, published(tmp_path, tiles))
    with zipfile.ZipFile(target) as archive:
        assert archive.namelist() == [f"{name_of(place)}.tif" for place in sorted(tiles)]
    for place, source in tiles.items():
        with (
            rasterio.open(f"/vsizip/{target}/{name_of(place)}.tif") as part,
            rasterio.open(source) as tile,
        ):
            assert part.width < SIDE and part.nodata == tile.nodata
            window = tile.window(*part.bounds).round_offsets().round_lengths()
            assert np.array_equal(part.read(1), tile.read(1, window=window))
    assert not any("CL_S2021" in path for path in server.requests), "the confidence is not asked"


def test_the_same_tiles_give_the_same_bytes(tmp_path: Path, tiles: dict[str, Path]) -> None:
    items = published(tmp_path, tiles)
    first = export(tmp_path, items)[0].read_bytes()
    shutil.rmtree(tmp_path / "cache")
    assert export(tmp_path, items[::-1])[0].read_bytes() == first


@pytest.mark.parametrize("damage", ["cut short", "emptied", "flipped"])
def test_a_kept_archive_that_is_damaged_is_made_anew(
    tmp_path: Path, tiles: dict[str, Path], damage: str
) -> None:
    items = published(tmp_path, tiles)
    target, _ = export(tmp_path, items)
    first = target.read_bytes()
    (kept,) = (tmp_path / "cache").rglob("*.zip")
    middle = len(first) // 2
    flipped = first[:middle] + bytes([first[middle] ^ 1]) + first[middle + 1 :]
    content = {"cut short": first[:middle], "emptied": b"", "flipped": flipped}[damage]
    target.unlink()
    kept.unlink()
    kept.write_bytes(content)
    assert export(tmp_path, items)[0].read_bytes() == first


def test_what_was_cut_of_the_same_tiles_is_not_read_again(
    tmp_path: Path, tiles: dict[str, Path]
) -> None:
    items = published(tmp_path, tiles)
    target, server = export(tmp_path, items)
    first = target.read_bytes()
    assert server.requests
    target.unlink()
    with counted() as traffic:
        again, server = export(tmp_path, items)
    assert again.read_bytes() == first and not server.requests
    assert traffic.from_cache
    items[0]["properties"]["updated"] = "2026-01-01T00:00:00Z"
    _, server = export(tmp_path, items)
    assert server.requests, "the file may have changed"


def test_tiles_that_were_read_are_not_asked_for_again_for_another_area(
    tmp_path: Path, tiles: dict[str, Path]
) -> None:
    items = published(tmp_path, tiles)
    plain, asked = export(tmp_path, items)
    expected, there = plain.read_bytes(), {"cache": str(tmp_path / "kept"), "cache_gb": 1}
    with StacApi(items) as api, ObjectStore(tmp_path / "store", dict([KEYS])) as server:
        store, target = Store(server.url, S3Keys(*KEYS), 1), tmp_path / "again.zip"
        for first, area in ((True, AREA), (False, INNER), (False, AREA)):
            server.requests.clear()
            with open_cache(there) as kept:
                export_product(DENSITY, 2021, COLLECTION, area, target, api.url, store,
                               tmp_path / f"cut_{first}", imagery=kept)  # fmt: skip
            assert len(server.requests) == first * len(asked.requests)
        assert target.read_bytes() == expected
        items[0]["properties"]["updated"] = "2026-01-01T00:00:00Z"  # the file may have changed
        with open_cache(there) as kept:
            export_product(DENSITY, 2021, COLLECTION, INNER, target, api.url, store,
                           tmp_path / "cut", imagery=kept)  # fmt: skip
        assert 0 < len(server.requests) < len(asked.requests)


def test_what_was_cut_in_a_folder_of_a_group_is_for_the_group(
    tmp_path: Path, tiles: dict[str, Path]
) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache").chmod(0o2770)
    export(tmp_path, published(tmp_path, tiles))
    (kept,) = (tmp_path / "cache/archives").iterdir()
    assert kept.stat().st_mode & 0o060 == kept.parent.stat().st_mode & 0o060 == 0o060


def test_a_zip_is_packed_in_pieces_and_holds_what_was_packed_at_once(tmp_path: Path) -> None:
    rasters = [tmp_path / name for name in ("b.tif", "a.tif")]
    for raster, size in zip(rasters, (0, 9 << 20), strict=True):
        raster.write_bytes(np.random.default_rng(size).bytes(size))
    with zipfile.ZipFile(tmp_path / "at_once.zip", "w", zipfile.ZIP_STORED) as archive:
        for raster in rasters:
            archive.writestr(zipfile.ZipInfo(raster.name), raster.read_bytes())
    tracemalloc.start()
    data_space._pack(rasters, tmp_path / "in_pieces.zip")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tmp_path / "in_pieces.zip").read_bytes() == (tmp_path / "at_once.zip").read_bytes()
    assert most < 4 << 20


def test_of_two_versions_of_a_tile_the_newer_is_taken(
    tmp_path: Path, tiles: dict[str, Path]
) -> None:
    old = {"E40N25": tiles["E41N25"]}
    items = published(tmp_path, tiles, revision="V01_R01") + published(tmp_path, old)
    target, _ = export(tmp_path, items)
    with zipfile.ZipFile(target) as archive:
        assert archive.namelist() == [f"{name_of(p, revision='V01_R01')}.tif" for p in tiles]


def test_another_year_is_not_taken(tmp_path: Path, tiles: dict[str, Path]) -> None:
    with pytest.raises(SourceError, match=r"TCD 2021: .* has no tile of it for this area; choose"):
        export(tmp_path, published(tmp_path, tiles, year=2022))


def test_a_product_that_others_stand_in_for_may_have_no_tile(tmp_path: Path) -> None:
    target, _ = export(tmp_path, [], optional=True)
    found = check_names(target, DENSITY, 2021, tmp_path)
    with rasterio.open(found[0]) as raster:
        assert (raster.read(1) == 255).all()


def test_an_item_without_the_raster_itself_is_refused_with_what_it_has(
    tmp_path: Path, tiles: dict[str, Path]
) -> None:
    items = published(tmp_path, tiles)
    for item in items:
        del item["assets"]["TCD"]
    with pytest.raises(SourceError, match=r"has 0 rasters of TCD 2021, not one: .*TCDCL_S2021"):
        export(tmp_path, items)


@pytest.mark.parametrize("fault", [503, 429, "truncate"])
def test_a_passing_fault_is_tried_again(
    tmp_path: Path, tiles: dict[str, Path], fault: int | str
) -> None:
    target, _ = export(tmp_path, published(tmp_path, tiles), lambda n: fault if n <= 3 else None)
    assert len(zipfile.ZipFile(target).namelist()) == 2


def test_a_refusal_is_told_once_in_a_sentence_and_nothing_beside_it(
    tmp_path: Path, tiles: dict[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    items = published(tmp_path, tiles)
    with pytest.raises(SourceError, match=r"\(AccessDenied\): the account has used up its quota"):
        export(tmp_path, items, lambda _: 403)
    assert not [record for record in caplog.records if record.levelname == "WARNING"]


def test_a_lasting_fault_leaves_nothing_behind(tmp_path: Path, tiles: dict[str, Path]) -> None:
    items = published(tmp_path, tiles)
    next((tmp_path / "store").rglob(f"{name_of('E41N25')}.tif")).unlink()
    with pytest.raises(SourceError, match=r"^tile \w+E41N25_03035_V01_R00\.tif, asset .*NoSuchKey"):
        export(tmp_path, items)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store", "tiles"]


# --- what it will take


@pytest.fixture
def desk(tmp_path: Path, tiles: dict[str, Path]) -> Any:
    """The catalogue and the store, and what the cost is told of them."""
    with (
        StacApi(published(tmp_path, tiles)) as api,
        ObjectStore(tmp_path / "store", dict([KEYS])) as server,
    ):
        store = Store(server.url, S3Keys(*KEYS), 1)

        def cost(pilot: int, *, optional: bool = False) -> Cost:
            where = (AREA, api.url, store, tmp_path / "cache")
            return export_cost(DENSITY, 2021, COLLECTION, *where, pilot, optional=optional)

        yield cost, api, server, store


def test_it_is_what_the_store_then_sends(desk: Any, tmp_path: Path) -> None:
    cost, api, server, store = desk
    told = cost(2)
    assert told.hours > 0 and told.notes == [
        "from 2 of 2 tiles; what the cache has of them is spared"
    ]
    before, asked = server.sent, len(server.requests)
    target = tmp_path / "data_space.zip"
    export_product(DENSITY, 2021, COLLECTION, AREA, target, api.url, store, tmp_path / "cache")
    assert 0.5 * told.bytes < server.sent - before < 1.5 * told.bytes
    # GDAL keeps the size of pieces that the first file of a process was asked in: another test's,
    # here, so that opening each of the two tiles can take one more.
    assert len(server.requests) - asked <= told.requests + 2
    again = cost(2)
    assert (again.requests, again.bytes) == (0, 0) and again.notes == ["it is in the cache"]


def test_without_a_pilot_no_tile_is_opened(desk: Any) -> None:
    cost, _, server, _ = desk
    told = cost(0)
    assert told.bytes is told.requests is told.hours is None
    assert not server.requests


def test_no_tile_here_costs_nothing_where_others_stand_in(desk: Any) -> None:
    cost, api, _, _ = desk
    api.items.clear()
    assert cost(3, optional=True).requests == 0
    with pytest.raises(SourceError, match=r"TCD 2021: .* has no tile of it for this area; choose"):
        cost(3)
