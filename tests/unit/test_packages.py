"""The packages of the library depend on each other one way, and the picture of them is true."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from textwrap import indent

import pytest

import lccs_inputs
from lccs_inputs.workflow.source import imports

LIBRARY = Path(lccs_inputs.__file__).parent
ROOT = LIBRARY.name
PICTURE = LIBRARY.parents[1] / "docs" / "architecture.md"
HEAD = "<!-- packages: kept true by tests/unit/test_packages.py -->\n"
FOOT = "<!-- end of packages -->\n"

Edges = Mapping[tuple[str, str], list[str]]
"""Package and package it imports → the lines that do. A module beside them counts as one."""


def edges(library: Path) -> Edges:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path in sorted(library.rglob("*.py")):
        place = path.relative_to(library)
        for node, name in imports(ast.parse(path.read_text()), [ROOT, *place.parts[:-1]]):
            ends = _package(library, place.parts), _package(library, tuple(name.split(".")[1:]))
            # An engine or another module that a string names is a seam: nothing is known of it.
            if name.split(".")[0] != ROOT or isinstance(node, ast.Constant) or ends[0] == ends[1]:
                continue
            line = f"{place}:{getattr(node, 'lineno', 0)}: {ast.unparse(node)}"
            found[ends] += [] if line in found[ends] else [line]
    return found


def _package(library: Path, parts: tuple[str, ...]) -> str:
    """The first-level package or module; the library itself for what its `__init__` says."""
    name = parts[0].removesuffix(".py") if parts else ""
    exists = (library / name).is_dir() or (library / f"{name}.py").exists()
    return name if name and exists and name != "__init__" else ROOT


def reached(graph: Edges, start: str) -> set[str]:
    """The packages that `start` imports, and those they import."""
    found: set[str] = set()
    waiting = {end for begin, end in graph if begin == start}
    while waiting:
        found |= waiting
        waiting = {end for begin, end in graph if begin in waiting} - found
    return found


def circles(graph: Edges) -> Iterator[str]:
    """The imports that lie on a circle, as lines."""
    for (begin, end), lines in sorted(graph.items()):
        if begin in reached(graph, end):
            yield "\n".join([f"{begin} imports {end}:", *(f"    {line}" for line in lines)])


def picture(graph: Edges) -> str:
    """A flowchart of the imports, without those that follow from others.

    The library itself is left out: importing any module of it runs its `__init__`.
    """
    drawn: dict[str, list[str]] = defaultdict(list)
    for begin, end in sorted(graph):
        others = {other for b, other in graph if b == begin} - {end}
        if end != ROOT and not any(end in reached(graph, other) for other in others):
            drawn[begin].append(end)
    lines = [f"{begin} --> {' & '.join(ends)}" for begin, ends in drawn.items()]
    return "\n".join(["```mermaid", "flowchart TD", indent("\n".join(lines), "    "), "```", ""])


def test_no_package_imports_one_that_imports_it() -> None:
    found = "\n".join(circles(edges(LIBRARY)))
    assert not found, f"move what both need to where neither imports the other:\n{found}"


def test_the_picture_of_the_packages_is_that_of_the_imports() -> None:
    _, head, rest = PICTURE.read_text().partition(HEAD)
    drawn, foot, _ = rest.partition(FOOT)
    assert (head, foot) == (HEAD, FOOT), f"{PICTURE.name} has lost the marks of the picture"
    expected = picture(edges(LIBRARY))
    assert drawn == expected, f"in {PICTURE.name}, between the marks, put:\n{expected}"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Three packages in a row and a module beside them."""
    texts = {
        "__init__.py": "",
        "words.py": "",
        "low/a.py": "from lccs_inputs import words\n",
        "middle/a.py": "import lccs_inputs.low.a\nimport lccs_inputs.middle.b\n",
        "middle/b.py": "",
        "high/a.py": "import numpy\nfrom lccs_inputs.middle import a\nimport lccs_inputs.low.a\n",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def _linked(library: Path) -> Set[tuple[str, str]]:
    return edges(library).keys() - {(name, ROOT) for name in ("low", "middle", "high")}


def test_the_imports_between_packages_are_found(library: Path) -> None:
    expected = {("low", "words"), ("middle", "low"), ("high", "middle"), ("high", "low")}
    assert _linked(library) == expected
    assert list(circles(edges(library))) == []


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    from lccs_inputs.high import a\n",
        "import lccs_inputs.high.a as a\n",
        "from lccs_inputs import high\n",
        "from ..high import a\n",
    ],
)
def test_a_circle_is_told_with_the_lines_that_close_it(library: Path, text: str) -> None:
    (library / "low" / "b.py").write_text(text)
    found = "\n".join(circles(edges(library)))
    line = len(text.splitlines())
    assert f"low imports high:\n    low/b.py:{line}: {text.splitlines()[-1].strip()}" in found
    assert "high imports middle:\n    high/a.py:2: from lccs_inputs.middle import a" in found
    assert "words" not in found


@pytest.mark.parametrize(
    "text",
    [
        "if TYPE_CHECKING:\n    from lccs_inputs.high import a\n",
        "ENGINES = {'high': 'lccs_inputs.high.a'}\n",
    ],
)
def test_type_checking_and_names_of_modules_close_no_circle(library: Path, text: str) -> None:
    before = edges(library)
    (library / "low" / "b.py").write_text(text)
    assert edges(library) == before


def test_the_picture_leaves_out_what_follows_from_the_rest(library: Path) -> None:
    lines = picture(edges(library)).splitlines()[2:-1]
    assert lines == ["    high --> middle", "    low --> words", "    middle --> low"]
