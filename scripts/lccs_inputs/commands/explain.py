"""`make explain`: why a pixel is what it is.

    python -m lccs_inputs.commands.explain --at 6.62,46.38 [mine.yaml …] [--period 2018] [--json]

Tells of every layer which method decided, from which values, and what would change it; then the
same of level 3. Reads the results that are there and writes nothing. Exits 2 where it cannot tell.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import rasterio

from lccs_inputs.commands import plan_of, status_of
from lccs_inputs.errors import InputError
from lccs_inputs.explain.answer import PixelAnswer
from lccs_inputs.explain.explaining import Explainer
from lccs_inputs.explain.places import spots_at
from lccs_inputs.explain.sources import Files
from lccs_inputs.explain.text import text_of
from lccs_inputs.files import read_json
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.layers.statistics import read_statistics
from lccs_inputs.plan import Plan
from lccs_inputs.words import unknown
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.requests import Place
from lccs_inputs.workflow.requests.confidence import ConfidenceRequest
from lccs_inputs.workflow.requests.explain import ExplainRequest
from lccs_inputs.workflow.requests.results import AccuracyRequest


def main(arguments: Sequence[str] | None = None) -> int:
    """Print why the pixel is what it is; 2 if that cannot be told."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("config", nargs="*", type=Path, help="your config files")
    parser.add_argument(
        "--at", required=True, help="longitude,latitude, or east,north in the CRS of the grid"
    )
    parser.add_argument("--period", help="one of several; by default all")
    parser.add_argument("--json", action="store_true", help="for programs: a list of pixels")
    given = parser.parse_args(arguments)
    try:
        answers = [*answers_at(plan_of(given.config), given.at, given.period)]
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    if given.json:
        print(json.dumps([each.to_dict() for each in answers], indent=1, ensure_ascii=False))
    else:
        print("\n\n".join(map(text_of, answers)))
        print(f"\n{_next(answers)}")
    return 0


def _next(answers: Sequence[PixelAnswer]) -> str:
    """What can be done about it."""
    sure = [layer.confidence for each in answers for layer in each.layers]
    hint = "" if any(sure) else "; make confidence tells how sure each is"
    return f"other methods and thresholds: docs/methods.md; `use` in a config of yours{hint}"


def answers_at(plan: Plan, at: str, period: str | None = None) -> Iterator[PixelAnswer]:
    """What is told of a place, of each area that holds it, in each period.

    Raises:
        InputError: there is no such place or period, or what it needs is not made yet.
    """
    if period is not None and period not in plan.config.periods:
        raise InputError(f"PERIOD: {unknown(period, 'a period', plan.config.periods)}")
    areas = {name: plan.areas.area(name) for name in plan.config.areas}
    for area, spot in spots_at(at, areas).items():
        for name in [period] if period else plan.config.periods:
            with explainer(plan, area, name) as explains:
                yield explains.at(spot)


def explainer(plan: Plan, area: str, period: str, *, with_flips: bool = True) -> Explainer:
    """What explains the pixels of a period, of the results that are there.

    Raises:
        InputError: they are not there.
    """
    place = Place(area=area, period=period)
    files = Files(
        {name: plan.folders.here(file) for name, file in plan.explain.rasters(place).items()},
        read_statistics(_there(plan, plan.explain.statistics(place))),
        {
            name: len(SceneList.read(file).observations)
            for name, file in _there(plan, plan.explain.scene_lists(place)).items()
        },
        *_confidence(plan, place),
    )
    request = ExplainRequest.from_dict(plan.explain.request(place))
    whole = plan.areas.area(area)
    return Explainer((area, period), whole, request, files, with_flips=with_flips)


def _confidence(plan: Plan, place: Place) -> tuple[dict[str, Path], dict[str, list[float]]]:
    """The maps of confidence that are there, of the layers as they are, and what their scores are
    worth by reference data."""
    asked = ConfidenceRequest.from_dict(plan.confidence.request(place)).fingerprint
    files = [plan.folders.here(file) for file in plan.confidence.of_period(place)]
    layers = [plan.folders.here(file) for file in plan.results.layers(place)]
    if not all(file.exists() for file in layers):
        return {}, {}
    newest = max(file.stat().st_mtime for file in layers)
    maps = {file.stem: file for file in files if _is_of(file, asked, newest)}
    points = [plan.folders.here(file) for file in plan.accuracy.files(place)]
    since = [file.stat().st_mtime for file in (*maps.values(), *points) if file.exists()]
    return maps, _calibration(plan, place, max(since)) if maps else {}


def _calibration(plan: Plan, place: Place, since: float) -> dict[str, list[float]]:
    """What scores are worth, by the reference data of the config as they are."""
    table = plan.folders.here(paths.CALIBRATION.format(area=place.area, period=place.period))
    if not table.exists() or table.stat().st_mtime < since:
        return {}
    told = read_json(table, "maps")
    if told.get("asked") != AccuracyRequest.from_dict(plan.accuracy.request(place)).fingerprint:
        return {}
    return {name: each["table"] for name, each in told["maps"].items()}


def _is_of(file: Path, fingerprint: str, since: float) -> bool:
    if not file.exists() or file.stat().st_mtime < since:
        return False
    with rasterio.open(file) as raster:
        return bool(raster.tags().get("fingerprint") == fingerprint)


def _there(plan: Plan, files: dict[str, str]) -> dict[str, Path]:
    found = {name: plan.folders.here(file) for name, file in files.items()}
    for file in found.values():
        if not file.exists():
            raise InputError(f"{file}: is not there yet; run `make layers` first")
    return found


if __name__ == "__main__":
    sys.exit(status_of(main))
