"""Freezing a scene list: which candidates are used, how their numbers are read, what is one pass.

Every verdict on a scene is taken here, once per scene set, and obeyed by every block of every
engine. An engine looks at the files of each scene (`Look`); what is common to engines follows: one
scene per granule, one observation per pass.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from shapely import from_wkt
from shapely.geometry.base import BaseGeometry

from lccs_inputs.errors import SourceError, UnreadableError
from lccs_inputs.files import intact, write_text
from lccs_inputs.imagery.requests import FreezeRequest
from lccs_inputs.imagery.scenes import Scene, SceneList

_SAME_TIME = timedelta(minutes=10)  # processings of one granule time it from other marks
_SAME_PLACE = 0.5  # share of the smaller footprint; neighbours along the orbit overlap far less
_SAME_PASS = timedelta(minutes=30)  # where the datatake is not known; an orbit takes a hundred

LEFT_OUT = "left_out"
"""The filter of scenes that the config leaves out by id."""
_LEDGER = "unreadable.json"  # beside the list

UNREADABLE = "unreadable"
"""The filter of scenes whose files cannot be read, now or in a block before."""


@dataclass(frozen=True)
class Unfit:
    """A scene that cannot be used: which filter it falls under, and why."""

    scene: Scene
    filter: str
    reason: str


Look = Scene | Unfit
"""What looking at a scene comes to: the scene, with what was learnt of it, or why it is unfit."""


def wanted(found: SceneList, request: FreezeRequest, unreadable: Mapping[str, str]) -> list[Look]:
    """The candidates, each still to be looked at unless it is left out already.

    Args:
        unreadable: `collection/id` → why, of scenes that a block could not read.

    Raises:
        SourceError: the config leaves out a scene that is not there.
    """
    ids = {scene.id for scene in found.scenes} | {key.split("/", 1)[1] for key in found.left_out}
    for name in request.leave_out:
        if name not in ids:
            raise SourceError(
                f"scenes.{found.source}.leave_out: there is no scene {name} between {found.start} "
                f"and {found.end}; the scene list (items.json) has their ids"
            )
    return [_known(scene, request, unreadable) for scene in found.scenes]


def _known(scene: Scene, request: FreezeRequest, unreadable: Mapping[str, str]) -> Look:
    if scene.id in request.leave_out:
        return Unfit(scene, LEFT_OUT, "by the config")
    if scene.key in unreadable:
        return Unfit(scene, UNREADABLE, unreadable[scene.key])
    return scene


def frozen(found: SceneList, looks: Sequence[Look], request: FreezeRequest) -> SceneList:
    """The list that blocks obey.

    Of several processings of one granule the earlier collection wins, then the newest processing
    baseline, then the newest item. Scenes of one platform and datatake are one observation, or,
    where that is not known, of one platform within 30 minutes.

    Raises:
        SourceError: no scene is left, or more of them are unreadable than the config bears.
    """
    unfit = [look for look in looks if isinstance(look, Unfit)]
    fit = [look for look in looks if isinstance(look, Scene)]
    counts = Counter(each.filter for each in unfit)
    _not_too_many(found, counts[UNREADABLE], [u for u in unfit if u.filter == UNREADABLE], request)
    unique = _without_duplicates(fit, found.collections)
    removed = {**found.removed, **dict(sorted(counts.items())), "duplicate": len(fit) - len(unique)}
    left_out = {**found.left_out, **{u.scene.key: f"{u.filter}: {u.reason}" for u in unfit}}
    if not unique:
        reasons = "; ".join(f"{key} ({reason})" for key, reason in list(left_out.items())[:3])
        raise SourceError(
            f"scenes.{found.source}: none of {len(looks)} scenes between {found.start} and "
            f"{found.end} can be used: {reasons}"
        )
    observed = _by_granule(unique) if request.observations == "granule" else _by_pass(unique)
    return replace(found, scenes=observed, removed=removed, left_out=left_out)


def _not_too_many(
    found: SceneList, count: int, unreadable: Sequence[Unfit], request: FreezeRequest
) -> None:
    share = 100 * count / len(found.scenes)
    if share > request.unreadable_max:
        first = unreadable[0]
        raise SourceError(
            f"scenes.{found.source}: {count} of {len(found.scenes)} scenes cannot be read, more "
            f"than unreadable_max ({request.unreadable_max:g} %) bears; the first is "
            f"{first.scene.id} ({first.reason}); mend the files, leave it out (leave_out: "
            f"[{first.scene.id}]), or raise scenes.{found.source}.unreadable_max"
        )


def _without_duplicates(scenes: Sequence[Scene], collections: Sequence[str]) -> list[Scene]:
    """One scene per granule, the best processing of it, in the order of `scenes`."""

    def preference(scene: Scene) -> tuple[int, tuple[int, ...], str, str]:
        ranked = list(collections)
        rank = ranked.index(scene.collection) if scene.collection in ranked else 0
        return -rank, _numbers(scene.baseline), scene.updated, scene.id

    kept: dict[tuple[str, str], list[Scene]] = {}
    for scene in sorted(scenes, key=preference, reverse=True):
        group = kept.setdefault((scene.tile, scene.platform), [])
        if not any(_is_same_granule(scene, other) for other in group):
            group.append(scene)
    chosen = {id(scene) for group in kept.values() for scene in group}
    return [scene for scene in scenes if id(scene) in chosen]


def _is_same_granule(one: Scene, other: Scene) -> bool:
    """Same time and same ground: the halves of a tile cut between datastrips are two scenes."""
    if abs(_time(one) - _time(other)) > _SAME_TIME:
        return False
    first, second = _outline(one), _outline(other)
    smaller = min(first.area, second.area)
    return bool(first.intersection(second).area >= _SAME_PLACE * smaller)


def _outline(scene: Scene) -> BaseGeometry:
    return from_wkt(scene.footprint or "POLYGON EMPTY")


def _numbers(baseline: str) -> tuple[int, ...]:
    """ "05.09" → (5, 9); what is not said comes before all."""
    parts = baseline.split(".")
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else ()


def _by_granule(scenes: Sequence[Scene]) -> list[Scene]:
    return [replace(scene, observation=scene.key) for scene in scenes]


def _by_pass(scenes: Sequence[Scene]) -> list[Scene]:
    passes: list[Scene] = []  # the first scene of each
    observed = []
    for scene in sorted(scenes, key=lambda each: (_time(each), each.id)):
        first = next((each for each in passes if _is_same_pass(each, scene)), None)
        if first is None:
            first = scene
            passes.append(scene)
        began = first.datetime[:10]  # a pass over midnight is of one day, all of it
        day = "" if scene.datetime.startswith(began) else began
        observed.append(replace(scene, observation=f"{first.platform} {first.datetime}", day=day))
    return observed


def _is_same_pass(one: Scene, other: Scene) -> bool:
    if one.platform != other.platform:
        return False
    if one.datatake and other.datatake:
        return one.datatake == other.datatake
    return abs(_time(one) - _time(other)) <= _SAME_PASS


def _time(scene: Scene) -> datetime:
    return datetime.fromisoformat(scene.datetime)


def read_unreadable(ledger: Sequence[Path]) -> dict[str, str]:
    """`collection/id` → why, of the scenes that a block could not read; from at most one file.

    Raises:
        InputError: the file has been damaged since it was written.
    """
    found: dict[str, str] = {}
    for path in ledger:
        with intact(path):
            found |= {**json.loads(path.read_text())}
    return found


def note_unreadable(listed: Path, scenes: SceneList, error: UnreadableError) -> SourceError:
    """Note beside the frozen list that a scene of it cannot be read; what is to be said of it.

    The next run freezes the list without the scene, for all blocks, so that neighbours agree.
    """
    ledger = listed.with_name(_LEDGER)
    known = read_unreadable([ledger] if ledger.exists() else [])
    write_text(ledger, json.dumps(known | {error.scene: str(error)}, indent=1) + "\n")
    return SourceError(
        f"scenes.{scenes.source}: {error}; run again: it is left out of every block then. Its "
        f"name is in {ledger}; delete that file once the scene is mended"
    )
