"""Which locked packages have wheels is as docs/environments.md says; asks the package index."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
SOURCE_ONLY = "connection-pool"
PLATFORMS = {
    "Linux, x86_64": ("x86_64-manylinux_2_28", ""),
    "Linux, aarch64": ("aarch64-manylinux_2_28", ""),
    "macOS 15, arm64": ("aarch64-apple-darwin", "15.0"),
    "macOS 14, arm64": ("aarch64-apple-darwin", "14.0"),
    "macOS 13, arm64": ("aarch64-apple-darwin", "13.0"),
    "macOS 15, x86_64": ("x86_64-apple-darwin", "15.0"),
}
"""System in the page → its name for uv, and the oldest macOS that is to do."""


def table() -> Iterator[tuple[str, str, set[str]]]:
    """System, version of Python, and the packages that have no wheel there."""
    page = (REPO / "docs" / "environments.md").read_text()
    header, _, *rows = re.findall(r"^\|(.*)\|$", page, re.MULTILINE)
    for row in rows:
        system, *cells = (cell.strip() for cell in row.split("|"))
        for python, cell in zip(header.split("|")[1:], cells, strict=True):
            yield system, python.strip(), {*re.findall(r"`([\w-]+)`", cell)}


def without_wheel(system: str, python: str, nowhere: Path) -> set[str]:
    """The locked packages that only a source is there of, or none for this system.

    uv names one at a time, and goes on once it may take the source of that.
    """
    platform, macos = PLATFORMS[system]
    options = ["--dry-run", "--no-deps", "--require-hashes", "--target", str(nowhere)]
    there = ["--python-version", python, "--python-platform", platform, "--only-binary", ":all:"]
    found: set[str] = set()
    while True:
        sources = [word for name in sorted(found) for word in ("--no-binary", name)]
        done = subprocess.run(
            [Path(sys.executable).with_name("uv"), "pip", "install", *options, *there, *sources,
             "-r", "envs/requirements.txt"],
            cwd=REPO,
            env=os.environ | {"MACOSX_DEPLOYMENT_TARGET": macos or "15.0"},
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        if done.returncode == 0:
            return found
        if re.search(r"Failed to fetch|error sending request|Connection refused", done.stderr):
            pytest.skip(f"the package index does not answer: {done.stderr.splitlines()[0]}")
        named = re.search(r"Wheels are required for `([\w-]+)`", done.stderr)
        assert named and named[1] not in found, done.stderr
        found.add(named[1])


@pytest.mark.parametrize(("system", "python", "lacking"), [*table()])
def test_the_page_names_the_packages_without_a_wheel(
    system: str, python: str, lacking: set[str], tmp_path: Path
) -> None:
    assert without_wheel(system, python, tmp_path) == lacking | {SOURCE_ONLY}
