"""`make sample-design`: points to interpret, drawn of each class of the map of level 3.

    python -m lccs_inputs.commands.sample_design [mine.yaml …] --points 500 --allocation neyman

Says first what to expect of each way to share the points out; then draws them with a seed, on the
pixels of the grid, and writes a GeoPackage for QGIS. Filled in, `reference` of a config takes it.
Exits 2 where it cannot.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from lccs_inputs.accuracy.assess import FEW
from lccs_inputs.accuracy.design import (
    ALLOCATIONS,
    LEAST,
    NEYMAN,
    Expected,
    Stratum,
    allocate,
    expect,
    shrunk,
    supposed,
)
from lccs_inputs.accuracy.drawing import draw, survey, write_sample
from lccs_inputs.commands import plan_of, status_of
from lccs_inputs.errors import InputError
from lccs_inputs.facts.lccs import LEVEL3, LEVEL3_MAP
from lccs_inputs.files import read_json, writable
from lccs_inputs.pictures.chips import draw_chips
from lccs_inputs.plan import Plan
from lccs_inputs.words import aligned, shown, unknown
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.requests import Place


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what to expect, and write the sample; 2 if that cannot be done."""
    given = _parser().parse_args(arguments)
    try:
        print(_designed(plan_of(given.config), given))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("config", nargs="*", type=Path, help="your config files")
    parser.add_argument("--points", default="500", help="of all classes; by default 500")
    parser.add_argument("--allocation", default=NEYMAN, help=f"{', '.join(ALLOCATIONS)}")
    parser.add_argument("--seed", default="1", help="the same seed draws the same points")
    parser.add_argument("--accuracy", default="", help="supposed: 0.85, or 111=0.8,112=0.95")
    parser.add_argument("--area", help="one of several")
    parser.add_argument("--period", help="one of several")
    parser.add_argument("--chips", action="store_true", help="draw the surroundings of each point")
    parser.add_argument("--out", type=Path, default=Path("sample.gpkg"), help="the file to write")
    return parser


def _designed(plan: Plan, given: argparse.Namespace) -> str:
    place = Place(
        area=_one("AREA", given.area, [*plan.config.areas]),
        period=_one("PERIOD", given.period, [*plan.config.periods]),
    )
    if given.allocation not in ALLOCATIONS:
        fault = unknown(given.allocation, "an allocation", ALLOCATIONS)
        raise InputError(f"ALLOCATION: {fault} ({NEYMAN} is the optimal one)")
    points, seed = _whole("N", given.points), _whole("SEED", given.seed)
    if given.out.exists():
        raise InputError(f"{given.out}: is there already; name another file by OUT, or remove it")
    if given.out.suffix != ".gpkg":
        raise InputError(f"OUT: {given.out} is no GeoPackage; give it a name that ends in .gpkg")
    level3 = _made(plan, plan.results.level3(place))
    area = plan.areas.area(place.area)
    counts, near = survey(level3, area)
    codes = sorted(counts.pixels)
    known, earlier = _known(plan, place)
    users = supposed(codes, near, known, *_said(given.accuracy, codes))
    strata = [
        Stratum(code, LEVEL3[code].name, counts.pixels[code], counts.hectares[code], accuracy)
        for code, accuracy in zip(codes, users, strict=True)
    ]
    try:
        choices = {how: expect(strata, allocate(strata, points, how)) for how in ALLOCATIONS}
    except ValueError as error:
        raise InputError(f"N: {error}") from error
    print(_table(strata, choices))
    if earlier and not given.accuracy:
        print(earlier)
    drawn = draw(level3, area, strata, choices[given.allocation].points, seed)
    places = [*zip(drawn.row.tolist(), drawn.col.tolist(), strict=True)]
    day = plan.config.periods[place.period].start.isoformat()
    with writable(given.out, "OUT"):
        chips = _chips(plan, place, places, given)
        write_sample(given.out, drawn, strata, area.grid, day, chips)
    return (
        f"\n{given.out}: {len(drawn)} points, {given.allocation}; fill in `class` "
        "(A12, A12.A1.D1 ...), then write "
        f"reference: {{mine: {{file: {given.out}, design: stratified}}}}"
    )


def _whole(key: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise InputError(f"{key}: {shown(text)} is no whole number from 0 on")
    return int(text)


def _one(key: str, name: str | None, names: Sequence[str]) -> str:
    if name is None and len(names) > 1:
        raise InputError(f"{key}: there are several ({', '.join(names)}); name one")
    if name is not None and name not in names:
        raise InputError(f"{key}: {unknown(name, 'one of the config', names)}")
    return name or names[0]


def _made(plan: Plan, files: Sequence[str]) -> Path:
    if not files:
        raise InputError("layers: level 3 is not made; choose methods of the layers it needs")
    path = plan.folders.here(files[0])
    if not path.exists():
        raise InputError(f"{path}: is not there yet; run `make stack` first")
    return path


def _known(plan: Plan, place: Place) -> tuple[Mapping[int, float], str]:
    """The user's accuracy of classes that enough earlier points have told of, never all or none;
    and where it is from, in words."""
    file = plan.folders.here(paths.ACCURACY.format(area=place.area, period=place.period))
    if not file.exists():
        return {}, ""
    told = read_json(file, "assessments", "synthetic")
    known = {
        row["code"]: shrunk(row["users"], row["map_points"])
        for each in told["assessments"]
        if each["target"] == LEVEL3_MAP.name
        for row in each["classes"]
        if row["users"] is not None and row["map_points"] >= FEW
    }
    kind = "synthetic" if told["synthetic"] else "of earlier points"
    return known, f"what is supposed is {kind}, as far as {file} tells" if known else ""


def _said(accuracy: str, codes: Sequence[int]) -> tuple[Mapping[int, float], float | None]:
    """What is supposed of some classes, and of all others."""
    said: dict[int | None, float] = {}
    try:
        for part in filter(None, accuracy.split(",")):
            code, _, value = part.rpartition("=")
            of = int(code) if code else None
            if of in said or not 0 < float(value) < 1:
                raise ValueError
            said[of] = float(value)
    except ValueError as error:
        raise InputError(
            f"ACCURACY: {accuracy} is neither a share between 0 and 1, such as 0.85, nor classes "
            "with theirs, such as 111=0.8,112=0.95"
        ) from error
    every, of_class = said.pop(None, None), {of: each for of, each in said.items() if of}
    for wrong in of_class.keys() - {*codes}:
        raise InputError(f"ACCURACY: {unknown(wrong, 'a class of the map', [*map(str, codes)])}")
    return of_class, every


def _chips(
    plan: Plan, place: Place, places: Sequence[tuple[int, int]], given: argparse.Namespace
) -> Mapping[int, str]:
    if not given.chips:
        return {}
    files = plan.results.true_colour(place)
    if not files:
        raise InputError("CHIPS: no scene set is drawn in true colours")
    folder = given.out.with_suffix("")
    pictures = draw_chips(_made(plan, files), places, folder)
    return {number: f"{folder.name}/{path.name}" for number, path in enumerate(pictures, start=1)}


def _table(strata: Sequence[Stratum], choices: Mapping[str, Expected]) -> str:
    """What to expect of each choice, class by class."""
    head = ["class", "hectares", "supposed user's"]
    for how in choices:
        head += [f"{how}: points", "area ± ha", "user's ±"]
    rows = [head]
    for at, each in enumerate(strata):
        row = [each.name, f"{each.hectares:,.1f}", f"{each.users:.2f}"]
        for found in choices.values():
            row += [str(found.points[at]), f"{found.areas[at]:,.1f}", f"{found.users[at]:.3f}"]
        rows.append(row)
    last = ["overall accuracy", f"{sum(each.hectares for each in strata):,.1f}", ""]
    for found in choices.values():
        last += [str(sum(found.points)), "", f"{found.overall:.3f}"]
    return (
        f"{aligned([*rows, last])}\n± is of 95 %, if the map is as right as is supposed; each "
        f"class has {LEAST} points at least"
    )


if __name__ == "__main__":
    sys.exit(status_of(main))
