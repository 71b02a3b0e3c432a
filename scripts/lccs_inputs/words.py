"""Names and values in the words of a message: as their owner would recognise them."""

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any


def nearest(name: Any, names: Iterable[str]) -> str | None:
    """The name most like a wrong one, whatever its case; None where none is near."""
    spelt = {known.lower(): known for known in sorted(names)}
    matches = difflib.get_close_matches(str(name).lower(), spelt, n=1, cutoff=0.5)
    return spelt[matches[0]] if matches else None


def printable(text: str) -> str:
    """A text as a terminal may be given it: what controls it, or turns it round, as an escape."""
    return "".join(
        each if each.isprintable() or each in "\n\u00a0" else repr(each)[1:-1] for each in text
    )


_BRIEF = 200  # characters


def brief(text: str, at: int = 0) -> str:
    """A text, or of a long one 200 characters about a place, with … where something is left out."""
    if len(text) <= _BRIEF:
        return text
    start = min(max(at - _BRIEF // 2, 0), len(text) - _BRIEF)
    before, after = "…" if start else "", "…" if start + _BRIEF < len(text) else ""
    return f"{before}{text[start : start + _BRIEF]}{after}"


def shown(value: Any) -> str:
    """A value as its owner would recognise it; lists within a list are not told in full."""
    match value:
        case None:
            text = "nothing"
        case bool():
            text = "true" if value else "false"
        case str():
            text = f'"{printable(brief(value))}"'
        case Mapping():
            text = "a mapping"
        case list() | tuple():
            text = f"the list [{brief(', '.join(map(_item, value[:_BRIEF])))}]"
        case _:
            text = brief(str(value))
    return text


def _item(value: Any) -> str:
    return "a list" if isinstance(value, list | tuple) else shown(value)


def listed(names: Collection[str]) -> str:
    """The names in a row; "none" where there are none."""
    return ", ".join(names) if names else "none"


_MOST = 20  # names


def choices(name: str, names: Iterable[str]) -> str:
    """What may be meant instead of `name`, in a row; of very many, those that are most like it."""
    known = [*names]
    if len(known) <= _MOST:
        return listed(known)
    alike = difflib.get_close_matches(name, known, n=_MOST, cutoff=0)
    return f"{', '.join(alike)} and {len(known) - _MOST} more"


def counted(count: int, noun: str) -> str:
    """How many there are of what has an ordinary plural."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def unknown(name: Any, noun: str, names: Collection[str]) -> str:
    """`name` is not `noun`: the nearest valid name, or all of them where none is near."""
    guess = nearest(name, names)
    hint = f'did you mean "{guess}"?' if guess else f"valid: {choices(str(name), names)}"
    return f"{shown(name)} is not {noun}; {hint}"


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """A table of texts, the first row its head, in columns as wide as they need."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)
