"""What starting jobs takes, beside their work: of small areas, most of it."""

from dataclasses import replace

from lccs_inputs.costs import HOUR, Cost, total
from lccs_inputs.facts.speeds import START


def started(cost: Cost, jobs: int, cores: int) -> Cost:
    """A cost with the start of so many jobs."""
    hours = START * jobs / HOUR
    return replace(
        cost,
        core_hours=total([cost.core_hours, hours]),
        hours=total([cost.hours, hours / cores]),
    )
