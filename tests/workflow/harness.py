"""Running the real workflow on a small sample, in a folder of its own."""

import compileall
import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import psutil
import yaml

from lccs_inputs.workflow.code_hash import CACHE as CODE_CACHE
from lccs_inputs.workflow.code_hash import ScriptHashes
from workflow.warm_python import warm_python

REPO = Path(__file__).parents[2]
PARTS = ("Makefile", "Snakefile", "config.yaml", "rules", "scripts", "envs", "profiles", "presets")
SAMPLE_BOUNDS = (969_500, 6_590_500, 973_500, 6_594_500)
"""EPSG:2154; holds lake, river, wetland, villages, fields, meadow and forest of the sample."""
AREA_BBOX = [6.513, 46.364, 6.554, 46.392]


@dataclass
class Run:
    """One call of Snakemake."""

    returncode: int
    output: str
    jobs: Counter[str] = field(default_factory=Counter)
    """Jobs by rule; of a dry run, those that would run."""
    targets: list[str] = field(default_factory=list)
    """Outputs of those jobs."""


@dataclass
class Project:
    """A copy of the workflow, with a config of its own, run as users run it."""

    folder: Path
    config: dict[str, Any]

    def write_config(self) -> None:
        (self.folder / "mine.yaml").write_text(yaml.safe_dump(self.config, sort_keys=False))

    def arguments(self, *arguments: str) -> list[str]:
        return ["-m", "snakemake", *OPTIONS, *arguments, "--configfile", "mine.yaml"]

    def snakemake(self, *arguments: str) -> Run:
        self.write_config()
        return run_python(self.folder, *self.arguments(*arguments))

    def run(self, *arguments: str) -> Run:
        """Run and insist on success."""
        result = self.snakemake(*arguments)
        assert result.returncode == 0, result.output
        return result

    def dry_run(self) -> Run:
        result = self.run("--dry-run")
        result.jobs = Counter({r: n for r, n in result.jobs.items() if r not in TARGET_RULES})
        return result

    def traffic(self) -> Counter[str]:
        """The `requests` and `bytes` that all jobs noted, each the last time it ran."""
        noted = [
            json.loads(file.read_text())
            for file in (self.folder / "results/benchmarks").glob("*/*.json")
        ]
        return Counter({name: sum(each[name] for each in noted) for name in ("requests", "bytes")})

    def memory_asked(self) -> dict[str, int]:
        """Rule → the most that a job of it asked for, MB, in all runs here."""
        asked: dict[str, int] = {}
        for log in (self.folder / ".snakemake/log").glob("*.log"):
            for rule, memory in re.findall(_ASKED, log.read_text(), re.MULTILINE | re.DOTALL):
                asked[rule] = max(asked.get(rule, 0), int(memory))
        return asked

    def memory_taken(self) -> dict[str, float]:
        """Rule → the most that Snakemake saw a job of it take, MB."""
        taken: dict[str, float] = {}
        for file in (self.folder / "results/benchmarks").glob("*/*.tsv"):
            for row in csv.DictReader(file.read_text().splitlines(), delimiter="\t"):
                if row["max_rss"] not in ("-", "NA"):  # of a job too short to be seen
                    rule, memory = file.parent.name, float(row["max_rss"]) * 2**20 / 1e6
                    taken[rule] = max(taken.get(rule, 0), memory)
        return taken

    def files(self, pattern: str) -> dict[str, bytes]:
        results = self.folder / "results"
        return {
            path.relative_to(results).as_posix(): path.read_bytes()
            for path in sorted(results.glob(pattern))
            if path.is_file()
        }


_ASKED = r"^ *(?:local)?(?:rule|checkpoint) (\w+):$.*?^ +resources: .*?\bmem_mb=(\d+)"
OPTIONS = ("--cores", "2", "--nocolor")


def run_python(folder: Path, *arguments: str) -> Run:
    """Run Python there, as a rule Snakemake; what it said, and the jobs it named."""
    done = subprocess.run(
        [warm_python(), *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    output = done.stdout + done.stderr
    jobs = Counter(re.findall(r"^(?:local)?(?:rule|checkpoint) (\w+):$", output, re.MULTILINE))
    targets = re.findall(r"^    output: (.*)$", output, re.MULTILINE)
    return Run(done.returncode, output, jobs, [t for line in targets for t in line.split(", ")])


TARGET_RULES = {
    "all", "grid", "scenes", "products", "statistics", "layers", "checks", "stack", "legends",
    "le_lccs", "pictures", "report", "images", "change", "confidence", "accuracy",
    "provenance", "qgis", "zarr", "fetch",
}  # fmt: skip


@cache
def compile_once() -> None:
    """Compile the modules, which copies take along, also where Python is told to write none."""
    compileall.compile_dir(REPO / "scripts", quiet=1)


@cache
def code_cache() -> bytes:
    """What the code means, read once: copies keep the times of its files."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "code.json"
        hashes = ScriptHashes(REPO / "scripts", file)
        for script in (REPO / "scripts").glob("*.py"):
            hashes.of(script)
        return file.read_bytes()


def new_project(folder: Path, config: dict[str, Any]) -> Project:
    """A copy of the workflow that has run before elsewhere: it knows its code."""
    (folder / CODE_CACHE).parent.mkdir(parents=True, exist_ok=True)
    (folder / CODE_CACHE).write_bytes(code_cache())
    compile_once()
    for part in PARTS:
        source = REPO / part
        if source.is_dir():
            shutil.copytree(source, folder / part)  # compiled modules too: times are kept
        else:
            shutil.copy(source, folder / part)
    return Project(folder, config)


def small_config(sample: Path, **changes: Any) -> dict[str, Any]:
    """The default config over a few kilometres of the sample, at native 10 m."""
    config = yaml.safe_load((REPO / "config.yaml").read_text())
    for scene_set in config["scenes"].values():
        scene_set["catalogue"] = str(sample / "catalog.json")
    for product in config["products"].values():
        for edition, path in product["editions"].items():
            product["editions"][edition] = str(sample / "products" / Path(path).name)
    config["areas"] = {"shore": {"bbox": AREA_BBOX}}
    config["grid"] |= {"resolution": 10, "block": 256}
    return config | changes


def copy_of(project: Project, folder: Path) -> Project:
    """A project with the results and the records of another, times kept."""
    shutil.copytree(project.folder, folder, copy_function=shutil.copy2, dirs_exist_ok=True)
    return Project(folder, yaml.safe_load(yaml.safe_dump(project.config)))


def with_sources_of(project: Project, folder: Path, config: dict[str, Any]) -> Project:
    """A new project that finds the sources of a finished run, and has no layer yet."""
    made_of_them = shutil.ignore_patterns("periods", "logs", "benchmarks")
    for part in ("results", ".snakemake"):
        shutil.copytree(project.folder / part, folder / part, ignore=made_of_them)
    return new_project(folder, config)


def start(
    project: Project, *arguments: str, python: str = sys.executable, **options: Any
) -> subprocess.Popen[bytes]:
    """A run that may be killed, with the jobs below it; not where `python` is the warm one."""
    project.write_config()
    return subprocess.Popen(
        [python, *project.arguments(*arguments)],
        cwd=project.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **options,
    )


def kill_everything(process: subprocess.Popen[bytes]) -> None:
    """`kill -9` of Snakemake and of its jobs, as when a machine stops."""
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    for member in family:
        member.send_signal(signal.SIGKILL)
    process.wait()
    psutil.wait_procs(family, timeout=10)


def remove_stale_lock(project: Project) -> subprocess.CompletedProcess[str]:
    """The first step of `make run`."""
    return subprocess.run(
        [warm_python(), "-m", "lccs_inputs.commands.runlock"],
        cwd=project.folder,
        env=os.environ | {"PYTHONPATH": "scripts"},
        capture_output=True,
        text=True,
        check=False,
    )
