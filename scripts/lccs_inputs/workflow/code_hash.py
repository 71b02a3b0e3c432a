"""What a target depends on besides its input files: a request, or our own code.

Remote targets (scene lists, scene blocks) follow the fingerprint of what was asked, so that
refactoring costs no download. Local targets follow the hash of what their script imports, found
from the script itself: Snakemake records the script, not what the script imports.
"""

import hashlib
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from lccs_inputs.errors import InputError
from lccs_inputs.workflow.source import Source
from lccs_inputs.workflow.source_cache import SourceCache

SCRIPTS = Path(__file__).parents[2]
CACHE = Path(".cache/code.json")  # in the working directory


class ScriptHashes:
    """The hashes of scripts, as the files below `root` are now.

    Args:
        root: the folder imports start from: that of the scripts, with our package in it.
        cache_file: where what the files mean is kept; see `SourceCache`.
    """

    def __init__(self, root: Path, cache_file: Path) -> None:
        self._root = root.resolve()
        self._files = frozenset(_python_files(self._root))
        self._cache = SourceCache(cache_file)
        self._sources: dict[str, Source] = {}
        self._imported: dict[str, set[str]] = {}

    def of(self, script: Path) -> str:
        """Hash of the script and of all it imports, for what each file means (`source.py`).

        Raises:
            InputError: there is no such script below `root`.
        """
        closure = {name: self._source(name) for name in sorted(self.closure(script))}
        self._cache.save()
        documented = any(source.reads_docstrings for source in closure.values())
        digest = hashlib.sha256()
        for name, source in closure.items():
            meaning = source.documented if documented else source.bare
            digest.update(f"{name}\0{meaning}\n".encode())
        return digest.hexdigest()[:16]

    def closure(self, script: Path) -> set[str]:
        """The script and all it imports, also lazily or by the name of a module: paths from `root`.

        Raises:
            InputError: there is no such script below `root`.
        """
        found: set[str] = set()
        waiting = {self._name(script)}
        while waiting:
            name = waiting.pop()
            found.add(name)
            waiting |= self._imports(name) - found
        return found

    def _name(self, script: Path) -> str:
        path = script.resolve()
        name = path.relative_to(self._root).as_posix() if self._root in path.parents else ""
        if name not in self._files:
            raise InputError(f"{script}: there is no such script in {self._root}")
        return name

    def _source(self, name: str) -> Source:
        if name not in self._sources:
            self._sources[name] = self._cache.source(self._root / name, name)
        return self._sources[name]

    def _imports(self, name: str) -> set[str]:
        if name not in self._imported:
            files = {file for m in self._source(name).imports for file in _run_by(m)}
            self._imported[name] = files & self._files
        return self._imported[name]


def _run_by(module: str) -> Iterator[str]:
    """The files that importing `module` may run: its own, the `__init__` of its packages."""
    path = ""
    for part in module.split("."):
        path = f"{path}/{part}" if path else part
        yield from (f"{path}/__init__.py", f"{path}.py")


def _python_files(root: Path) -> Iterator[str]:
    for folder, _, names in os.walk(root):
        base = Path(folder).relative_to(root)
        yield from ((base / name).as_posix() for name in names if name.endswith(".py"))


@cache
def script_hash(script: Path) -> str:
    """Hash of a script of ours and of all it imports from our package.

    Comments, docstrings and layout are not in it, unless something reads the docstrings. It is
    taken once per process: all rules of a run follow one state of the code.

    Args:
        script: path of a file in `scripts/`.

    Raises:
        InputError: there is no such script.
    """
    return _our_scripts().of(Path(script))


@cache
def _our_scripts() -> ScriptHashes:
    return ScriptHashes(SCRIPTS, CACHE)
