"""`make coverage`: whether the tests ran as much of the library as is asked for."""

import json
import sys
from pathlib import Path

LEAST = {"statements": 93, "branches": 87}
"""Percent of the lines and of the branches."""


def main(report: Path) -> int:
    totals = json.loads(report.read_text())["totals"]
    low = False
    for what, least in LEAST.items():
        share = totals[f"percent_{what}_covered"]
        print(f"{what}: {share:.1f} %, {least} % asked for")
        low |= share < least
    return int(low)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
