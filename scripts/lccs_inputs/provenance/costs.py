"""What the sources of a period took; what is not recorded is not known."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from lccs_inputs.costs import HOUR, Cost, total
from lccs_inputs.facts.origins import CLMS, FETCHED
from lccs_inputs.provenance.sources import Source
from lccs_inputs.workflow.rules import ASKING, OF_SOURCES
from lccs_inputs.workflow.taken import Taken, jobs_of

_DELIVERY = "delivery.zip"


def cost_of(results: Path, area: str, source: Source) -> dict[str, Any]:
    """What an edition of a source took, as plain values: its `cost`, and of how many `jobs`.

    Args:
        results: the folder of all results.
    """
    jobs = [*jobs_of(results, OF_SOURCES, area, source.name, source.edition)]
    asking = [job for job in jobs if job.rule in ASKING]
    folder = results / area / "sources" / source.name / source.edition
    requests, came = _sum(asking, "requests"), _sum(asking, "bytes")
    origin = source.facts.get("origin")
    if source.is_synthetic or origin not in (None, *FETCHED):
        requests, came = requests or 0, came or 0
    elif origin == CLMS and came is None and (folder / _DELIVERY).exists():
        came = (folder / _DELIVERY).stat().st_size
    kept = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return _told(jobs, Cost(requests, came, kept, notes=[*_kept_from_before(asking)]))


def cost_of_outline(results: Path, outline: str) -> dict[str, Any]:
    """What the outline of an area that is an asset took, as `cost_of` tells it.

    Args:
        outline: what its file in the cache is called.
    """
    jobs = [*jobs_of(results, ["fetch_outline"], outline)]
    if not jobs:  # of another area, run or clone
        return _told(jobs, Cost(0, 0, notes=["from the cache"]))
    return _told(jobs, Cost(_sum(jobs, "requests"), _sum(jobs, "bytes")))


def _told(jobs: Sequence[Taken], cost: Cost) -> dict[str, Any]:
    hours = sum(job.seconds for job in jobs) / HOUR if jobs else None
    said = asdict(replace(cost, hours=hours))
    known = {name: value for name, value in said.items() if value is not None}
    return {"cost": known, "jobs": len(jobs)}


def _sum(asking: Sequence[Taken], name: str) -> float | None:
    return total(getattr(job.traffic, name, None) for job in asking) if asking else None


def _kept_from_before(asking: Sequence[Taken]) -> Iterator[str]:
    """What was taken from a cache."""
    for rule, group in groupby(asking, key=lambda job: job.rule):
        jobs = [job.traffic for job in group]
        kept = sum(traffic is not None and traffic.from_cache for traffic in jobs)
        if kept:
            yield f"{rule}: {kept} of {len(jobs)} jobs from the cache"
