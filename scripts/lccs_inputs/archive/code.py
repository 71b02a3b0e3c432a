"""The code of a run: the files of the clone, and which commit they are."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lccs_inputs.errors import InputError
from lccs_inputs.rasters.given import visible_files

_PARTS = (
    "CHANGELOG.md", "CITATION.cff", "INTERFACE.yaml", "LICENSE", "Makefile", "README.md",
    "Snakefile", "config.yaml", "docs", "envs", "presets", "profiles", "pyproject.toml", "rules",
    "schemas", "scripts",
)  # fmt: skip
"""What the code is where no git tells."""

_KNOWN = (
    *_PARTS, ".ci", ".github", ".gitignore", ".pre-commit-config.yaml",
    ".snakemake-workflow-catalog.yml", ".zenodo.json", "CONTRIBUTING.md", "SECURITY.md", "tests",
    "results/README.md",
)  # fmt: skip
"""What of the files that git knows is code: what users keep beside it, such as a config that names
a key, or the key itself, is no part of it."""

_OWN = ("rules/*.smk", "scripts/*.py")
"""What counts as code too where git does not know it yet."""


@dataclass(frozen=True)
class Code:
    """The code of a run.

    Attributes:
        files: from the folder of the clone, in order.
        commit: "" where no git tells.
        changed: those that are not as in the commit.
    """

    files: list[Path]
    commit: str
    changed: list[str]


def code_of(home: Path) -> Code:
    """The code in a clone, as its files are now.

    Raises:
        InputError: it is a clone of git, and git does not answer.
    """
    if not (home / ".git").exists():
        return Code(sorted(_walked(home)), "", [])
    tracked = _git(home, "ls-files", "--", *_KNOWN)
    own = _git(home, "ls-files", "--others", "--exclude-standard", "--", *_OWN)
    changed = {*_git(home, "diff", "--name-only", "HEAD", "--", *_KNOWN), *own}
    files = [Path(name) for name in {*tracked, *own} if (home / name).is_file()]
    return Code(sorted(files), _commit(home), sorted(changed))


def _commit(home: Path) -> str:
    return _run(home, "rev-parse", "HEAD").strip()


def _git(home: Path, *command: str) -> list[str]:
    """The names that git gives."""
    return [name for name in _run(home, *command[:1], "-z", *command[1:]).split("\0") if name]


def _run(home: Path, *command: str) -> str:
    try:
        done = subprocess.run(
            ["git", *command], cwd=home, check=True, capture_output=True, text=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", "").strip() or error
        raise InputError(
            f"archive: git does not tell which files of {home} are the code ({said}); see to it "
            "that it answers `git status` there"
        ) from error
    return done.stdout


def _walked(home: Path) -> Iterator[Path]:
    for part in _PARTS:
        path = home / part
        found = visible_files(path) if path.is_dir() else [path] if path.exists() else []
        yield from (file.relative_to(home) for file in found if file.suffix != ".pyc")
