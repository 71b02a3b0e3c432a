"""Freezing a scene list: what is left out, what counts once, what blocks could not read."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from lccs_inputs.errors import SourceError, UnreadableError
from lccs_inputs.imagery.freezing import Unfit, frozen, note_unreadable, read_unreadable, wanted
from lccs_inputs.imagery.scenes import Asset, Scene, SceneList, day_of
from scene_requests import freeze_request


def scene(name: str, when: str, tile: str = "32TLS", **facts: str) -> Scene:
    facts = {"platform": "sentinel2a", **facts}
    return Scene(name, "items", f"2018-07-{when}Z", tile, updated="", assets={}, **facts)


def listed(*scenes: Scene) -> SceneList:
    dates = ("2018-07-01", "2018-07-31")
    return SceneList("s2", "2018", "sentinel2", *dates, "c", "", len(scenes), {"cloud": 1}, scenes)


def passes(*scenes: Scene, **asked: str) -> list[list[str]]:
    found = listed(*scenes)
    observed = frozen(found, scenes, freeze_request(**asked)).observations
    return [[each.id for each in one] for one in observed]


def test_granules_of_a_pass_are_one_observation_in_the_order_of_their_tiles() -> None:
    north, south = scene("n", "01T10:36:10", "32TLT"), scene("s", "01T10:36:25", "32TLS")
    later = scene("later", "04T10:36:10", "32TLT")
    assert passes(north, south, later) == [["s", "n"], ["later"]]
    assert passes(north, south, later, observations="granule") == [["n"], ["s"], ["later"]]


@pytest.mark.parametrize(
    ("facts", "number"),
    [
        ({"when": "01T11:00:00"}, 1),
        ({"when": "01T11:10:00"}, 2),
        ({"when": "01T10:40:00", "platform": "sentinel2b"}, 2),
        ({"when": "01T10:40:00", "datatake": "other"}, 2),
        ({"when": "01T12:30:00", "datatake": "one"}, 1),
    ],
    ids=["half an hour", "longer", "another platform", "another datatake", "the same datatake"],
)
def test_a_pass_is_a_platform_and_a_datatake_or_half_an_hour(facts: dict, number: int) -> None:
    first = scene("a", "01T10:36:00", datatake="one" if "datatake" in facts else "")
    second = scene("b", facts.pop("when"), "32TLT", **facts)
    assert len(passes(first, second)) == number


def test_a_pass_over_midnight_is_of_the_day_on_which_it_began(tmp_path: Path) -> None:
    """So that the day does not hang on which of its granules touch a block."""
    west, east = scene("w", "01T23:59:50"), scene("e", "02T00:00:05", "32TLT")
    later = scene("l", "02T10:00:00")
    made = frozen(listed(west, east, later), (west, east, later), freeze_request())
    made.write(tmp_path / "scenes.json")
    read = SceneList.read(tmp_path / "scenes.json")
    days = {each.id: each.day for each in read.scenes}
    assert days == {"w": "", "e": "2018-07-01", "l": ""}
    assert "day" not in json.loads((tmp_path / "scenes.json").read_text())["scenes"][0]
    both, last = read.observations
    assert {day_of(both), day_of(both[:1]), day_of(both[1:])} == {date(2018, 7, 1)}
    assert day_of(last) == date(2018, 7, 2)
    alone = frozen(listed(east), (east,), freeze_request()).scenes[0]
    assert alone.fingerprint != next(each for each in both if each.id == "e").fingerprint


def test_the_fingerprint_hangs_on_what_decides_pixels_and_not_on_where_files_lie() -> None:
    one = replace(scene("a", "01T10:00:00"), assets={"red": Asset("here/red.tif", 1e-4, 0.0)})
    moved = replace(one, assets={"red": Asset("there/red.tif", 1e-4, 0.0)})
    shifted = replace(one, assets={"red": Asset("here/red.tif", 1e-4, -0.1)})
    decibels, later = replace(one, units="db"), replace(one, updated="2020")
    prints = [listed(each).fingerprint for each in (one, moved, shifted, decibels, later)]
    assert prints[0] == prints[1]
    assert len({*prints}) == 4


def test_the_fingerprint_hangs_on_what_is_one_pass_and_not_on_what_it_is_called() -> None:
    one, other = scene("a", "01T10:00:00"), scene("b", "01T10:00:10", "32TLT")

    def fingerprint(*passes: str) -> str:
        both = zip((one, other), passes, strict=True)
        return listed(*(replace(each, observation=of) for each, of in both)).fingerprint

    assert fingerprint("x", "x") == fingerprint("y", "y")
    assert fingerprint("x", "z") == fingerprint("y", "z")
    assert fingerprint("x", "x") != fingerprint("x", "z")


def test_what_is_left_out_is_counted_with_its_reason() -> None:
    good, bad, named = (scene(name, f"0{day}T10:00:00") for day, name in enumerate("gbn", 1))
    found = listed(good, bad, named)
    asked = freeze_request(leave_out=["n"], unreadable_max=50)
    looks = wanted(found, asked, {bad.key: "cut short"})
    assert [isinstance(each, Unfit) for each in looks] == [False, True, True]
    kept = frozen(found, looks, asked)
    assert [each.id for each in kept.scenes] == ["g"]
    assert kept.removed == {"cloud": 1, "left_out": 1, "unreadable": 1, "duplicate": 0}
    assert kept.left_out == {
        "items/b": "unreadable: cut short", "items/n": "left_out: by the config",
    }  # fmt: skip


def test_a_scene_to_leave_out_that_is_not_there_is_an_error_that_names_the_key() -> None:
    with pytest.raises(SourceError, match=r"scenes\.s2\.leave_out: there is no scene x"):
        wanted(listed(scene("a", "01T10:00:00")), freeze_request(leave_out=["x"]), {})


def test_more_unreadable_scenes_than_the_config_bears_are_an_error() -> None:
    scenes = [scene(name, f"0{day}T10:00:00") for day, name in enumerate("abcde", 1)]
    looks = [Unfit(scenes[0], "unreadable", "gone"), *scenes[1:]]
    assert len(frozen(listed(*scenes), looks, freeze_request()).scenes) == 4
    looks[1] = Unfit(scenes[1], "unreadable", "gone too")
    with pytest.raises(SourceError, match=r"2 of 5 scenes cannot be read, .*unreadable_max \(20 %"):
        frozen(listed(*scenes), looks, freeze_request())


def test_a_readable_copy_takes_the_place_of_one_that_is_unreadable() -> None:
    new = scene("new", "01T10:00:00", baseline="05.09")
    old = scene("old", "01T10:00:00", baseline="02.08")
    found = listed(new, old)
    assert [s.id for s in frozen(found, [new, old], freeze_request()).scenes] == ["new"]
    looks = [Unfit(new, "unreadable", "cut short"), old]
    kept = frozen(found, looks, freeze_request(unreadable_max=50))
    assert [s.id for s in kept.scenes] == ["old"]


def test_none_left_says_why() -> None:
    only = scene("a", "01T10:00:00")
    looks = [Unfit(only, "units", "neither")]
    with pytest.raises(SourceError, match=r"none of 1 scenes .* items/a \(units: neither\)"):
        frozen(listed(only), looks, freeze_request())


def test_what_a_block_cannot_read_is_noted_beside_the_list_for_all_blocks(tmp_path: Path) -> None:
    found, path = listed(scene("a", "01T10:00:00")), tmp_path / "scenes.json"
    first = note_unreadable(path, found, UnreadableError("items/a", "asset 'red' is cut short"))
    assert "scenes.s2: asset 'red' is cut short; run again" in str(first)
    note_unreadable(path, found, UnreadableError("items/b", "so is this"))
    known = read_unreadable([tmp_path / "unreadable.json"])
    assert known == {"items/a": "asset 'red' is cut short", "items/b": "so is this"}
    assert json.loads((tmp_path / "unreadable.json").read_text()) == known
