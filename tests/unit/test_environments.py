"""The conda environment and the pip lock must name the same versions, and the lock no host."""

import re
from pathlib import Path

import pytest
import yaml

ENVS = Path(__file__).parents[2] / "envs"
CONDA_NAMES = {"matplotlib-base": "matplotlib", "snakemake-minimal": "snakemake"}


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


@pytest.mark.parametrize("further", ["requirements-dev", "requirements-cluster"])
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
