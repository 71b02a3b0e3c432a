"""Conda, containers and the pip lock must name the same versions, and the lock no host."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from calling_make import environment

ENVS = Path(__file__).parents[2] / "envs"
CONDA_NAMES = {
    "matplotlib-base": "matplotlib",
    "python-xxhash": "xxhash",
    "snakemake-minimal": "snakemake",
}


def locked(lock: str = "requirements") -> dict[str, set[str]]:
    """Package → versions in a lock (several where Python versions differ)."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(
        r"^([a-z0-9-]+)==([^ ]+)", (ENVS / f"{lock}.txt").read_text(), re.MULTILINE
    ):
        found.setdefault(name, set()).add(version)
    return found


def conda() -> dict[str, str]:
    document = yaml.safe_load((ENVS / "environment.yaml").read_text())
    pairs = (dependency.split("=") for dependency in document["dependencies"])
    return {CONDA_NAMES.get(name, name): version for name, version in pairs if name != "python"}


def test_conda_versions_are_those_of_the_lock():
    versions = locked()
    differing = {
        name: version for name, version in conda().items() if version not in versions[name]
    }
    assert not differing


def test_conda_lists_every_direct_requirement():
    lines = (ENVS / "requirements.in").read_text().splitlines()
    direct = {re.match(r"[a-z0-9-]+", line).group() for line in lines if re.match(r"[a-z]", line)}
    assert direct == conda().keys()


@pytest.mark.parametrize("further", ["requirements-dev", "requirements-audit"])
def test_what_is_installed_on_top_changes_no_version(further):
    versions = locked()
    differing = {
        name: found for name, found in locked(further).items() if found != versions.get(name, found)
    }
    assert not differing


def test_every_locked_package_has_hashes_and_no_host_is_named():
    for lock in ENVS.glob("requirements*.txt"):
        text = lock.read_text()
        assert "://" not in text
        packages = re.findall(r"^[a-z0-9-]+==", text, re.MULTILINE)
        assert len(packages) <= text.count("--hash=sha256:")


def test_both_containers_run_the_same_steps_on_the_same_base():
    containerfile = (ENVS / "Containerfile").read_text()
    definition = (ENVS / "apptainer.def").read_text()
    (base,) = re.findall(r"^ARG BASE=(.*)$", containerfile, re.MULTILINE)
    assert re.findall(r"^From: (.*)$", definition, re.MULTILINE) == [base]
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", base), "pinned to the last number"
    copied = re.findall(r"^ +envs/(\S+) /opt/\1$", definition, re.MULTILINE)
    assert re.findall(r"^COPY (.*) \./$", containerfile, re.MULTILINE) == [" ".join(copied)]
    assert {*copied} == {"requirements.txt", "install.sh"}
    for recipe in (containerfile, definition):
        assert recipe.count("sh install.sh") == 1
        assert not re.search("pip |apt-get |conda ", recipe), "installs in install.sh alone"


def test_containers_and_conda_have_the_python_of_the_oldest_that_is_supported():
    base = re.search(r"python:(3\.\d+)\.", (ENVS / "Containerfile").read_text())[1]
    assert (
        f"python={base}" in yaml.safe_load((ENVS / "environment.yaml").read_text())["dependencies"]
    )
    assert f'requires-python = ">={base}"' in (ENVS.parent / "pyproject.toml").read_text()


def test_a_container_installs_what_the_lock_has_and_runs_as_nobody_special():
    steps = (ENVS / "install.sh").read_text().replace("\\\n", " ")
    (install,) = re.findall(r"^.*pip install (.*)$", steps, re.MULTILINE)
    assert install.split()[-3:] == ["--require-hashes", "--requirement", "requirements.txt"]
    users = re.findall(r"^USER (\d+)$", (ENVS / "Containerfile").read_text(), re.MULTILINE)
    assert users and int(users[-1]) > 0


def test_a_container_of_another_lock_is_refused(tmp_path: Path):
    def ready() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", ".venv/ready", f"LCCS_INPUTS_IMAGE={tmp_path}"],
            cwd=ENVS.parent, env=environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip

    shutil.copy(ENVS / "requirements.txt", tmp_path)
    assert ready().returncode == 0
    with (tmp_path / "requirements.txt").open("a") as lock:
        lock.write("another==1\n")
    refused = ready()
    assert refused.returncode != 0
    assert "the container is of another envs/requirements.txt than this clone" in refused.stdout
