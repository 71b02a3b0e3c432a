"""Tables of the generated pages in Markdown."""

from collections.abc import Iterable, Iterator, Sequence

from lccs_inputs.words import listed


def rows(head: Sequence[str], body: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table, and an empty one after it."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in body:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
    yield ""


def code(names: Sequence[str]) -> str:
    """Names as code, listed."""
    return listed([f"`{name}`" for name in names])
