"""What a Python file means to the hash of our code: its syntax without its looks, its imports.

The syntax is written in a form of our own, the same under Python 3.11 to 3.14: `ast.dump` is not,
nor is the way an f-string is cut into constants. Left out are positions, comments, `pass` and
constants that stand alone as a statement, which is what docstrings are. Those are data where
something reads them: the hash of a script counts the docstrings of all it imports as soon as one
of these modules names `__doc__`, `getdoc` or pydantic's `use_attribute_docstrings`.
"""

import ast
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Self

_OURS = __name__.partition(".")[0] + "."
_READERS = frozenset({"__doc__", "getdoc", "use_attribute_docstrings"})
_NOT_MEANING = frozenset({"ctx", "kind", "type_comment", "type_ignores"})


@dataclass(frozen=True)
class Source:
    """One file: digests of its syntax `bare` and `documented` (with docstrings), its imports.

    `imports` are dotted names that may be modules: of `from a import b` both `a` and `a.b`, and
    what a string names, as a table of modules to import does.
    """

    bare: str
    documented: str
    reads_docstrings: bool
    imports: tuple[str, ...]

    @classmethod
    def of(cls, text: bytes, path: str) -> Self:
        """Read the `text` of the file at `path`, relative to the folder imports start from.

        Raises:
            SyntaxError: it is not Python.
        """
        tree = ast.parse(text, path)
        return cls(
            bare=_digest(_form(tree, docstrings=False)),
            documented=_digest(_form(tree, docstrings=True)),
            reads_docstrings=any(_is_reader(node) for node in ast.walk(tree)),
            imports=tuple(sorted({name for _, name in imports(tree, path.split("/")[:-1])})),
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _form(value: Any, *, docstrings: bool) -> str:
    """A node, a list of nodes or a plain value, as text."""
    if isinstance(value, ast.AST):
        fields = (
            f"{name}={_form(inner, docstrings=docstrings)}"
            for name, inner in _fields(value, docstrings=docstrings)
        )
        return f"{type(value).__name__}({','.join(fields)})"
    if isinstance(value, list):
        return f"[{','.join(_form(inner, docstrings=docstrings) for inner in value)}]"
    # not repr: which characters it shows as they are follows the Unicode of the Python version
    return f"{type(value).__name__}:{value!a}"


def _fields(node: ast.AST, *, docstrings: bool) -> Iterator[tuple[str, Any]]:
    """The fields of a node that mean something; absent ones differ between versions."""
    for name in node._fields:
        value = getattr(node, name, None)
        if name in _NOT_MEANING:
            continue
        if isinstance(value, list):
            value = _pieces(value) if name == "values" and _is_template(node) else value
            value = [inner for inner in value if not _is_idle(inner, docstrings=docstrings)]
        if name == "format_spec" and isinstance(value, ast.JoinedStr) and not _pieces(value.values):
            continue
        if value is not None and value != []:
            yield name, value


def _is_template(node: ast.AST) -> bool:
    return type(node).__name__ in {"JoinedStr", "TemplateStr"}


def _pieces(values: Sequence[ast.expr]) -> list[ast.expr]:
    """The parts of an f-string, neighbouring constants put together."""
    pieces: list[ast.expr] = []
    for constant, group in groupby(values, lambda part: isinstance(part, ast.Constant)):
        parts = list(group)
        text = "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
        pieces += parts if not constant else [ast.Constant(text)] if text else []
    return pieces


def _is_idle(node: Any, *, docstrings: bool) -> bool:
    """Whether a statement does nothing: `pass`, or a constant alone (unless it is data)."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return not (docstrings and isinstance(node.value.value, str))
    return isinstance(node, ast.Pass)


def _is_reader(node: ast.AST) -> bool:
    return any(isinstance(v, str) and v in _READERS for _, v in ast.iter_fields(node))


def imports(tree: ast.AST, package: Sequence[str]) -> Iterator[tuple[ast.AST, str]]:
    """What a file imports anywhere but for type checkers: the node, a dotted name in it.

    Args:
        tree: the file, parsed.
        package: the folders it lies in, which relative imports start from.
    """
    for node in _executed(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            kept = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*kept, *filter(None, [node.module])])
            yield node, base
            yield from ((node, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Constant) and str(node.value).startswith(_OURS):
            yield node, str(node.value)


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all below it that can run: not the body of `if TYPE_CHECKING`."""
    yield node
    type_checking = isinstance(node, ast.If) and _is_type_checking(node.test)
    for name, value in ast.iter_fields(node):
        if type_checking and name == "body":
            continue
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, ast.AST):
                yield from _executed(inner)


def _is_type_checking(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"
