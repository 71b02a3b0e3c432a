"""Editions of the Data Space in the lock file: made, used without a search, held true."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from lccs_inputs.cdse.key import PAIR_VARIABLES
from lccs_inputs.clms.lock import Lock
from lccs_inputs.commands import offers_lock
from lccs_inputs.errors import ConfigError, SourceError
from lccs_inputs.facts.data_space import HOLDINGS
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.plan import Plan
from lccs_inputs.products.data_space_catalogue import pin, verify
from lccs_inputs.products.locked import LockedTiles, around, from_plain, widest
from lccs_inputs.workflow.requests import Place
from lccs_inputs.workflow.requests.products import DataSpaceRequest
from standins.stac_api import Fault, StacApi

BASE = Path(__file__).resolve().parents[3] / "config.yaml"
DENSITY, COLLECTION = PRODUCTS["TCD"], HOLDINGS["TCD"].collection
WEST, EAST = (6.0, 46.0, 7.0, 47.0), (7.0, 46.0, 8.0, 47.0)
HERE = (6.5, 46.3, 6.6, 46.4)
LIMIT = "2021-01-01T00:00:00Z"


def item(place: str, box: tuple[float, ...], revision: int = 0, **stated: Any) -> dict[str, Any]:
    """The item of a tile, as the Data Space has it."""
    name = f"CLMS_HRLVLCC_TCD_S2021_R10m_{place}_03035_V01_R{revision:02d}"
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    href = f"s3://eodata/CLMS/{COLLECTION}/{name}_cog/{name}"
    raster = {"href": f"{href}.tif"} | {key: v for key, v in stated.items() if "file" in key}
    said = {key: value for key, value in stated.items() if key == "updated"}
    return {
        "type": "Feature",
        "stac_version": "1.1.0",
        "id": f"{name}_cog",
        "collection": COLLECTION,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "bbox": list(box),
        "properties": {"datetime": LIMIT} | said,
        "assets": {"TCD": raster, "TCDCL": {"href": f"{href.replace('TCD', 'TCDCL')}.tif"}},
        "links": [],
    }


def sized(size: int) -> dict[str, Any]:
    return {"file:size": size, "file:checksum": f"d50110{size:032x}"}


@pytest.fixture
def tiles() -> list[dict[str, Any]]:
    return [item("E40N25", WEST, **sized(10)), item("E41N25", EAST, **sized(20))]


def pinned(items: list[dict[str, Any]], *boxes: tuple[float, float, float, float]) -> LockedTiles:
    with StacApi(items) as api:
        return pin(DENSITY, 2021, COLLECTION, boxes or [HERE], api.url)


# -- making ----------------------------------------------------------------------------------


def test_an_edition_is_pinned_to_the_tiles_of_the_areas_and_what_is_said_of_them(tiles) -> None:
    locked = pinned(tiles)
    assert (locked.collection, locked.boxes) == (COLLECTION, (HERE,))
    (tile,) = locked.tiles
    assert tile.href == tiles[0]["assets"]["TCD"]["href"]
    assert tile.state == f"10 bytes, checksum d50110{10:032x}"
    assert [t.place for t in pinned(tiles, HERE, (7.5, 46.3, 7.6, 46.4)).tiles] == [
        "E40N25",
        "E41N25",
    ]


def test_only_where_the_file_itself_is_not_described_the_date_of_the_item_counts() -> None:
    first = item("E40N25", WEST, updated="2025-02-01", **sized(10))
    second = item("E40N25", WEST, updated="2025-02-01")
    assert "2025" not in pinned([first]).tiles[0].state
    assert pinned([second]).tiles[0].state == "updated 2025-02-01"


def test_boxes_hold_an_area_whatever_its_last_digits_are_on_a_machine() -> None:
    box = around(HERE)
    assert box == (6.4999, 46.2999, 6.6001, 46.4001)
    locked = pinned([], box)
    assert all(locked.covers(tuple(side + error for side in HERE)) for error in (-1e-9, 1e-9))
    assert widest([HERE, WEST, HERE, EAST]) == (WEST, EAST)


# -- using -----------------------------------------------------------------------------------


def config(folder: Path, catalogue: str, **areas: Any) -> Path:
    document = {
        "areas": {name: {"bbox": list(box)} for name, box in areas.items()},
        "periods": {"2021": {"start": "2021-05-01", "end": "2021-10-31"}},
        "products": {"cover": {"product": "TCD", "editions": {2021: "cdse", 2022: "cdse"}}},
        "layers": {"artific_urb_cat": {"use": "it", "methods": {"it": "cover >= 30"}}},
        "cdse": {"catalogue": catalogue},
        "clms": {"url": "http://127.0.0.1:9"},
    }
    (folder / "mine.yaml").write_text(yaml.safe_dump(document))
    return Path("mine.yaml")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "config.yaml").write_bytes(BASE.read_bytes())
    monkeypatch.chdir(tmp_path)
    for name in PAIR_VARIABLES:
        monkeypatch.setenv(name, "KEY0123456789")
    return tmp_path


def request_of(user: Path, area: str = "here") -> DataSpaceRequest:
    plan = Plan.from_files(BASE, [user], {}, for_a_run=True)
    place = Place(area=area, source="cover", edition="2021")
    return DataSpaceRequest.from_dict(plan.products.data_space_request(place))


def test_the_lock_command_pins_what_is_in_use_and_a_run_takes_it(folder, tiles, capsys) -> None:
    with StacApi(tiles) as api:
        user = config(folder, api.url, here=HERE)
        unlocked = request_of(user)
        assert "tiles" not in unlocked.to_dict(), "as it was asked before there was a lock"
        assert offers_lock.main([str(user)]) == 0
        said = "+ TCD 2021 from the Copernicus Data Space: clms_vlcc_tree-cover-density"
        assert capsys.readouterr().out.startswith(said)
        assert len(api.searches) == 1, "nothing that the period does not take"
        found = request_of(user)
        assert found.to_dict() == unlocked.to_dict() | {"tiles": found.tiles}
        assert [tile.place for tile in from_plain(found.tiles) or ()] == ["E40N25"]
        assert offers_lock.main(["--check", str(user)]) == 0
        assert "nothing to change (0 products from CLMS, 1 from" in capsys.readouterr().out


def test_the_lock_command_tells_where_there_is_no_tile_and_fails(folder, tiles, capsys) -> None:
    with StacApi(tiles) as api:
        user = config(folder, api.url, here=HERE, far=(20.5, 46.3, 20.6, 46.4))
        assert offers_lock.main([str(user)]) == 1
        assert capsys.readouterr().err == (
            "products.cover.editions.2021: the Copernicus Data Space has no tile of it for "
            "areas.far; choose another year, or write clms or the path of a file\n"
        )
        document = yaml.safe_load(user.read_text())
        layer = document["layers"]["artific_urb_cat"]
        layer["methods"]["bare"], layer["use"] = "s2.ndvi < 0.1", ["it", "bare"]
        document["scenes"] = {"s2": {"sensor": "sentinel2", "catalogue": "earth_search"}}
        user.write_text(yaml.safe_dump(document))
        assert offers_lock.main([str(user)]) == 0, "the next method stands in"


@pytest.mark.parametrize("lock", ["mine.yaml/x.lock.json", "/proc/x.lock.json"])
def test_a_lock_file_that_cannot_be_written_is_told(folder, tiles, capsys, lock: str) -> None:
    with StacApi(tiles) as api:
        user = config(folder, api.url, here=HERE)
        document = yaml.safe_load(user.read_text())
        document["clms"]["lock"] = lock
        user.write_text(yaml.safe_dump(document))
        assert offers_lock.main([str(user)]) == 1
        assert capsys.readouterr().err.startswith(f"clms.lock: {lock} cannot be written (")


def test_the_lock_command_only_checks_when_told_to(folder, tiles, capsys) -> None:
    with StacApi(tiles) as api:
        user = config(folder, api.url, here=HERE)
        assert offers_lock.main([str(user)]) == 0
        before = Path("products.lock.json").read_bytes()
        api.items.append(item("E40N25", WEST, 1))
        capsys.readouterr()
        assert offers_lock.main(["--check", str(user)]) == 1
        said = capsys.readouterr().out
        assert said == (
            "~ TCD 2021 from the Copernicus Data Space: tile E40N25: "
            "CLMS_HRLVLCC_TCD_S2021_R10m_E40N25_03035_V01_R00.tif -> "
            "CLMS_HRLVLCC_TCD_S2021_R10m_E40N25_03035_V01_R01.tif\n"
        )
        assert Path("products.lock.json").read_bytes() == before
        assert offers_lock.main([str(user)]) == 0
        assert from_plain(request_of(user).tiles)[0].version == (1, 1)


def test_what_has_changed_of_tiles_is_told_by_place(tiles) -> None:
    old = pinned(tiles, WEST)
    tiles[0]["assets"]["TCD"]["file:size"] = 11
    new = pinned(tiles[:1], WEST)
    checksum = f"checksum d50110{10:032x}"
    assert new.changes_since(old) == (
        f"tile E40N25: 10 bytes, {checksum} -> 11 bytes, {checksum}; "
        "tile E41N25: CLMS_HRLVLCC_TCD_S2021_R10m_E41N25_03035_V01_R00.tif -> none"
    )


def test_what_another_config_has_locked_is_kept_and_looked_up_anew(folder, tiles) -> None:
    elsewhere = (7.5, 46.3, 7.6, 46.4)
    with StacApi(tiles) as api:
        assert offers_lock.main([str(config(folder, api.url, there=elsewhere))]) == 0
        assert offers_lock.main([str(config(folder, api.url, here=HERE))]) == 0
    locked = Lock.read(Path("products.lock.json")).tiles("TCD", 2021)
    assert locked.covers(HERE) and locked.covers(elsewhere) and len(locked.boxes) == 2
    assert [tile.place for tile in locked.near(HERE)] == ["E40N25"]
    assert [tile.place for tile in locked.tiles] == ["E40N25", "E41N25"]


def test_an_area_beyond_what_was_locked_is_told_before_anything_runs(folder, tiles) -> None:
    with StacApi(tiles) as api:
        assert offers_lock.main([str(config(folder, api.url, here=HERE))]) == 0
        user = config(folder, api.url, here=HERE, there=(6.55, 46.3, 7.1, 46.4))
        with pytest.raises(ConfigError) as caught:
            request_of(user)
    assert caught.value.problems == [
        "products.cover.editions.2021: the lock file has TCD 2021 from the Copernicus Data Space "
        "for other areas, not for all of areas.there; run `make offers-lock CONFIG=mine.yaml`"
    ]


def test_an_edition_that_is_locked_without_a_tile_is_told_before_anything_runs(folder) -> None:
    Lock(data_space=(pinned([], WEST),)).write(Path("products.lock.json"))
    user = config(folder, "http://127.0.0.1:9", here=HERE)
    with pytest.raises(ConfigError) as caught:
        request_of(user)
    assert caught.value.problems == [
        "products.cover.editions.2021: the lock file has no tile of TCD 2021 from the Copernicus "
        "Data Space for areas.here; choose another year, or write clms or the path of a file for "
        "this edition, or run `make offers-lock CONFIG=mine.yaml`"
    ]
    document = yaml.safe_load(user.read_text())
    document["products"]["sealed"] = {"product": "IMD", "editions": {2021: "sealed.tif"}}
    methods = {"it": "cover >= 30", "other": "sealed >= 30"}
    document["layers"]["artific_urb_cat"] = {"use": [*methods], "methods": methods}
    user.write_text(yaml.safe_dump(document))
    Path("sealed.tif").touch()
    assert request_of(user).tiles == [], "another method does without"


@pytest.mark.parametrize("text", ["<<<<<<< ours", '{"private_key": "k", "client_id": "i"}'])
def test_a_file_that_is_no_lock_file_is_told_and_left_as_it_is(folder, text) -> None:
    Path("products.lock.json").write_text(text)
    user = config(folder, "http://127.0.0.1:9", here=HERE)
    assert offers_lock.main([str(user)]) == 1
    assert Path("products.lock.json").read_text() == text
    with pytest.raises(ConfigError, match=r"clms\.lock: .* cannot be read as a lock file"):
        request_of(config(folder, "http://127.0.0.1:9", here=HERE))


def test_a_lock_file_of_before_is_read_and_written_as_it_was(folder, tiles) -> None:
    text = '{\n "products": [],\n "version": 1\n}\n'
    Path("products.lock.json").write_text(text)
    lock = Lock.read(Path("products.lock.json"))
    lock.write(Path("again.json"))
    assert Path("again.json").read_text() == text
    with StacApi(tiles) as api:
        assert request_of(config(folder, api.url, here=HERE)).tiles is None


# -- the catalogue moves on ------------------------------------------------------------------


def check(items: list[dict[str, Any]], locked: LockedTiles, *faults: Fault) -> StacApi:
    with StacApi(items) as api:
        api.faults.extend(faults)
        verify(locked.tiles, DENSITY, 2021, COLLECTION, api.url)
    return api


def test_tiles_as_they_were_locked_pass_without_a_search(tiles) -> None:
    locked = pinned(tiles, WEST)
    api = check([*tiles, item("E40N25", WEST, 1)], locked)
    assert api.searches == [] and sorted(api.looked_up) == [i["id"] for i in tiles]


@pytest.mark.parametrize("stated", ["file:size", "file:checksum"])
def test_a_tile_that_has_changed_in_place_is_told_in_a_sentence(tiles, stated: str) -> None:
    locked = pinned(tiles)
    tiles[0]["assets"]["TCD"][stated] = 11
    with pytest.raises(SourceError) as caught:
        check(tiles, locked)
    text = str(caught.value)
    assert text.startswith(
        "TCD 2021: since the lock file was made, the Copernicus Data Space has changed CLMS_HRL"
    )
    assert text.endswith("; run make offers-lock with your CONFIG") and "\n" not in text


def test_tiles_that_are_gone_or_elsewhere_are_told_together(tiles) -> None:
    locked = pinned(tiles, WEST)
    moved = json.loads(json.dumps(tiles[1]).replace("s3://eodata/CLMS", "s3://eodata/other"))
    with pytest.raises(SourceError, match=r"has removed CLMS_.*E40N25.*, has moved s3://.* to s3"):
        check([moved], locked)


def test_a_catalogue_without_an_answer_is_no_change(tiles, monkeypatch) -> None:
    with pytest.raises(SourceError, match="could not be searched"):
        check(tiles, pinned(tiles), *[Fault(400)] * 9)


def test_of_what_the_lock_has_no_tile_there_is_none_to_verify() -> None:
    assert check([], pinned([])).looked_up == []
