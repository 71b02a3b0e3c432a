"""What jobs took, by the files that Snakemake keeps of their time; what is not there is not known.

How many requests were made, and how many bytes came, is known of what came from no service, and of
what was delivered as one file.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lccs_inputs.config.sections.products import CLMS, FETCHED
from lccs_inputs.report.document import Cost

_OF_SOURCES = (
    "search_scenes", "freeze_scenes", "compose_block", "mosaic_blocks", "request_product",
    "fetch_product", "export_earthengine", "export_image_service", "export_data_space",
    "align_product",
)  # fmt: skip
_OF_PERIODS = (
    "compute_statistics", "build_layer", "map_methods", "build_image", "check_layers",
    "stack_layers", "classify_level3", "classify_level4", "translate_legend", "prepare_le_lccs",
    "describe_period",
)  # fmt: skip
"""Of those before the report: others may or may not have run."""
_DELIVERY = "delivery.zip"


def cost_of(benchmarks: Path, place: str, told: Mapping[str, Any], folder: Path) -> Cost:
    """What an edition of a source took.

    Args:
        benchmarks: the folder with a file for each job.
        place: area, source and edition, with dots between.
        told: what `provenance.json` says of it.
        folder: of the edition among the results.
    """
    jobs = [seconds for _, seconds in _jobs(benchmarks, _OF_SOURCES, place)]
    local = told["synthetic"] or told.get("origin", FETCHED[0]) not in FETCHED
    delivered = folder / _DELIVERY
    came = delivered.stat().st_size if told.get("origin") == CLMS and delivered.exists() else None
    return Cost(
        jobs=len(jobs),
        seconds=sum(jobs) if jobs else None,
        requests=0 if local else None,
        bytes=0 if local else came,
        held=sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()),
    )


def seconds_of(benchmarks: Path, place: str) -> dict[str, float]:
    """What the jobs of a period took, by rule and, where a rule has several, what they made.

    Args:
        place: area and period, with a dot between.
    """
    return dict(_jobs(benchmarks, _OF_PERIODS, place))


def _jobs(benchmarks: Path, rules: Iterable[str], place: str) -> Iterator[tuple[str, float]]:
    """Rule and what it made → seconds, of the jobs of a place."""
    for rule in rules:
        for file in sorted((benchmarks / rule).glob("*.tsv")):
            if file.stem == place or file.stem.startswith(f"{place}."):
                made = file.stem.removeprefix(place).removeprefix(".")
                yield f"{rule} {made}".strip(), _seconds(file)


def _seconds(file: Path) -> float:
    with file.open(newline="") as text:
        return sum(float(row["s"]) for row in csv.DictReader(text, delimiter="\t"))
