"""What `make confidence` has mapped, in a few lines: how sure each map is, and what that is worth.

python -m lccs_inputs.commands.confidence [mine.yaml …]
"""

import math
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray

from lccs_inputs.commands import status_of, tell_each_period
from lccs_inputs.confidence.score import STEPS
from lccs_inputs.facts.lccs import LEVEL3_MAP
from lccs_inputs.files import read_json
from lccs_inputs.plan import Plan
from lccs_inputs.rasters.synthetic import is_synthetic_file
from lccs_inputs.words import aligned
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.requests import Place

_LOW = 50
"""Steps of the score below which a pixel is told to be doubtful."""
_PIXELS = 4_000_000
"""That are read of a map at most: of a larger one by its overviews."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print how sure the maps of each area and period are; 2 if the config cannot be used."""
    return tell_each_period(__doc__, arguments, _told)


def _told(plan: Plan, place: Place) -> Iterator[str]:
    """A line for each map of a period, and what to do with them; nothing where there is none."""
    files = [plan.folders.here(file) for file in plan.confidence.of_period(place)]
    files = [file for file in files if file.exists()]
    if not files:
        return
    right = _right(plan, place)
    made_up = " (synthetic)" if is_synthetic_file(files[0]) else ""
    yield f"{place.area} {place.period}{made_up}: {files[0].parent}"
    kinds = {**plan.config.known_descriptors, LEVEL3_MAP.name: LEVEL3_MAP}
    rows = [
        (f"  {kinds[file.stem].title}", *_figures(file), right.get(file.stem, "not assessed"))
        for file in files
    ]
    head = ("  map", "mean score", "below 0.5", "right, by points")
    yield aligned([row if right else row[:-1] for row in (head, *rows)])
    yield "  band 1 of each is the score, the others what it is made of: docs/confidence.md"
    yield "  why it is low somewhere: make explain AT=lon,lat"
    if not plan.config.confidence:
        yield "  to see it in make report: confidence: true in your config"


def _right(plan: Plan, place: Place) -> Mapping[str, str]:
    """How right maps are by reference data, as `make accuracy` tells it."""
    file = plan.folders.here(paths.ACCURACY.format(area=place.area, period=place.period))
    if not (plan.accuracy.references and file.exists()):
        return {}
    found: dict[str, list[str]] = defaultdict(list)
    for each in read_json(file, "assessments")["assessments"]:
        found[each["target"]].append(f"{each['overall']['value']:.1%} of {each['points']}")
    return {target: ", ".join(said) for target, said in found.items()}


def _figures(file: Path) -> tuple[str, str]:
    """The mean score, and how much of the map is doubtful."""
    scores = _scores(file)
    if not scores.size:
        return "no data", ""
    return f"{scores.mean() / STEPS:.2f}", f"{(scores < _LOW).mean():.1%}"


def _scores(file: Path) -> NDArray[np.uint8]:
    """The scores of a map where it has data, of a large one those of some of its pixels."""
    with rasterio.open(file) as raster:
        times = max(1.0, math.sqrt(raster.height * raster.width / _PIXELS))
        shape = tuple(max(1, math.floor(side / times)) for side in raster.shape)
        scores: NDArray[np.uint8] = raster.read(1, out_shape=shape, masked=True).compressed()
    return scores


if __name__ == "__main__":
    sys.exit(status_of(main))
