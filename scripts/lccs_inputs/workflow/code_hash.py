"""What a target depends on besides its input files: a request, or our own code.

Remote targets (scene lists, scene blocks) follow the fingerprint of what was asked, so that
refactoring costs no download. Local targets follow the hash of the modules their script uses,
which Snakemake does not see by itself: it records the script, not what the script imports.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]


@cache
def code_hash(*modules: str) -> str:
    """Hash of the named modules of this package and of all they import from it.

    Args:
        modules: dotted names below the package, such as "layers" or "sample.scenes".
    """
    files = sorted(_closure(modules))
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _closure(modules: tuple[str, ...]) -> set[Path]:
    found: set[Path] = set()
    waiting = [_file(name) for name in modules]
    while waiting:
        path = waiting.pop()
        if path is None or path in found:
            continue
        found.add(path)
        waiting.extend(_imports(path))
        waiting.extend(_packages(path))
    return found


def _packages(path: Path) -> list[Path]:
    """The `__init__` of each package a module lies in: importing the module runs them."""
    parents = path.relative_to(PACKAGE).parents
    return [init for folder in parents if (init := PACKAGE / folder / "__init__.py").exists()]


def _file(module: str) -> Path | None:
    path = PACKAGE.joinpath(*module.split("."))
    if path.is_dir():
        return path / "__init__.py"
    path = path.with_suffix(".py")
    return path if path.exists() else None


@cache
def _imports(path: Path) -> tuple[Path, ...]:
    prefix = PACKAGE.name
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == prefix:
            base = (node.module or "")[len(prefix) + 1 :]
            names.add(base)
            names.update(f"{base}.{alias.name}".strip(".") for alias in node.names)
        elif isinstance(node, ast.Import):
            names.update(
                alias.name[len(prefix) + 1 :]
                for alias in node.names
                if alias.name.startswith(prefix + ".")
            )
    return tuple(sorted(file for name in names if name and (file := _file(name)) is not None))
