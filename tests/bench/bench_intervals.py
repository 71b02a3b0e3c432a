"""How often 95 % intervals of areas hold the truth: the table of docs/accuracy.md.

10,000 samples for each line, or as many as the first argument says. Exits 1 where an interval does
not hold it in 94 to 96 % where no stratum is expected to have fewer than 5 points of a class or of
the others, or of classes in several strata in fewer than 94 %.
"""

import sys
from collections.abc import Iterator

from interval_coverage import (
    CLASSES,
    LEAST,
    SAMPLE,
    Coverage,
    at_random,
    equal,
    layers,
    proportional,
    stratified,
)

SAMPLES = 10_000
RANDOM = (100, 280, 1000, 5000)
STRATIFIED = ((proportional, (500, 5000, 20_000)), (equal, (70, 350, 2100)))
WITHIN = 0.94, 0.96
HEAD = ("Design", "Points", "Least, class by class", f"of {LEAST} points or more", "Most")


def level_3(samples: int) -> Iterator[tuple[str, int, Coverage]]:
    """Design, points, and what it comes to for the classes of level 3."""
    for points in RANDOM:
        yield "`random`", points, at_random(SAMPLE, points, samples)
    for share, sizes in STRATIFIED:
        for points in sizes:
            found = stratified(SAMPLE, share(SAMPLE, points), samples)
            yield f"stratified by level 3, {share.__name__}", points, found


def row(design: str, points: int, found: Coverage) -> str:
    least, many = int(found.held.argmin()), found.expected >= LEAST
    few = f" ({CLASSES[least]}, of {found.expected[least]:.1f})" if not many[least] else ""
    cells = (
        design, f"{points}", f"{found.held[least]:.1%}{few}", f"{found.held[many].min():.1%}",
        f"{found.held.max():.1%}",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def main() -> int:
    samples = int(sys.argv[1]) if sys.argv[1:] else SAMPLES
    missed = []
    print(f"| {' | '.join(HEAD)} |\n|---|---:|---:|---:|---:|")
    for design, points, found in level_3(samples):
        print(row(design, points, found), flush=True)
        if design.startswith("stratified") and found.held.min() < WITHIN[0]:
            missed.append(f"{design}, {points}")
    judged = []
    for said, found in layers(samples):
        held = found.held[found.least >= LEAST].tolist()
        judged += held
        missed += [said for each in held if not WITHIN[0] <= each <= WITHIN[1]]
    print(
        f"\n{len(judged)} areas of layers where no stratum is expected to have fewer than {LEAST}"
    )
    print(f"points: {min(judged):.1%} to {max(judged):.1%}\n\nmissed: {missed or 'nothing'}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
