"""`make mutation`: of the small faults that are put into the code, how many do its tests notice?

mutmut changes the modules that decide values a little, a place at a time, and runs the unit tests
that reach it. Each module has a copy of the repository below `.cache/mutation`, where mutmut may
be asked further: `mutmut results`, and `mutmut show` of a name.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
WORK = REPOSITORY / ".cache" / "mutation"
LEAST = 0.80
"""Share of the faults of a module that have to be noticed."""

_EXPRESSIONS = [f"expressions/test_{name}.py" for name in ("language", "ratios", "together")]
MODULES: Mapping[str, Sequence[str]] = {
    "expressions/evaluation": (*_EXPRESSIONS, "layers/test_statistics.py"),
    "expressions/values": _EXPRESSIONS,
    "rasters/grid": ("rasters/test_grid.py", "rasters/test_gather.py", "rasters/test_fitness.py"),
    "rasters/gather": ("rasters/test_gather.py",),
    "imagery/composite/order_statistics": ("imagery/composite/test_order_statistics.py",),
    "products/align": ("products/test_align.py", "products/test_custom.py"),
    "layers/statistics": ("layers/test_statistics.py",),
    "layers/level3": ("layers/test_level3.py",),
}
"""Module of the library → the unit tests of it, which are few: each fault runs them."""

SETTINGS = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = ["src/lccs_inputs/{module}.py"]
also_copy = {copied}
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["-p", "no:xdist", "-p", "no:cacheprovider", "--hypothesis-profile=mutation"]
"""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", choices=[[], *MODULES], default=[])
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args(arguments)
    print("| Module | Faults | Noticed | of them endless | Not noticed | Score |")
    print("|---|---:|---:|---:|---:|---:|", flush=True)
    scores = [score(module, options.cores) for module in options.modules or MODULES]
    if low := [share for share in scores if share < LEAST]:
        print(f"{len(low)} of {len(scores)} below {LEAST:.0%}")
    return bool(low)


def score(module: str, cores: int) -> float:
    """Put the faults into one module, and print the row of its table."""
    copy = WORK / module.replace("/", ".")
    prepare(module, copy)
    with (copy / "mutmut.log").open("w") as log:
        for command in (["run", f"--max-children={cores}"], ["export-cicd-stats"]):
            subprocess.run(
                [sys.executable, "-m", "mutmut", *command],
                cwd=copy, stdout=log, stderr=subprocess.STDOUT, check=True,
                env=os.environ | {"LCCS_INPUTS_SHARED": shared()},
            )  # fmt: skip
    counts = json.loads((copy / "mutants" / "mutmut-cicd-stats.json").read_text())
    noticed = counts["killed"] + counts["timeout"]
    share = noticed / counts["total"]
    print(
        f"| `{module}` | {counts['total']} | {noticed} | {counts['timeout']} "
        f"| {counts['total'] - noticed} | {share:.0%} |",
        flush=True,
    )
    return share


def prepare(module: str, copy: Path) -> None:
    """A copy of what is committed or about to be, where the library lies in `src`.

    mutmut takes the name of a module from its path, and of folders only `src` out of it.
    """
    shutil.rmtree(copy, ignore_errors=True)
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    for name in filter(None, names.stdout.split("\0")):
        source = REPOSITORY / name
        target = copy / (name.replace("scripts/", "src/", 1) if name[:8] == "scripts/" else name)
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    settings = SETTINGS.format(
        module=module,
        copied=[path.name for path in copy.iterdir() if path.name not in ("src", "tests")],
        tests=[f"tests/unit/{test}" for test in MODULES[module]],
    )
    project = copy / "pyproject.toml"
    project.write_text(project.read_text().replace('"scripts"', '"src"') + settings)


def shared() -> str:
    """The folder of real data, as tests/conftest.py has it: seen from the copy it is elsewhere."""
    return os.environ.get("LCCS_INPUTS_SHARED") or str(REPOSITORY.parent / "shared")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
