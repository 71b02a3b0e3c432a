"""What a page of HTML says, read without a browser."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Self

_EMPTY = {"meta", "link", "img", "input", "br", "path", "rect"}


@dataclass
class Element:
    """An element of a page, with all that is in it."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)

    @classmethod
    def read(cls, text: str) -> Self:
        root = cls("page")
        _Reader(root).feed(text)
        return root

    def all(self, name: str = "", **wanted: str) -> Iterator["Element"]:
        """The elements of a name in it, by attributes; `data_x` is `data-x`; "" is any value."""
        asked = {key.replace("_", "-"): value for key, value in wanted.items()}
        for child in self.children:
            if isinstance(child, Element):
                has = all(
                    key in child.attributes and value in ("", child.attributes[key])
                    for key, value in asked.items()
                )
                if has and name in ("", child.name):
                    yield child
                yield from child.all(name, **wanted)

    def one(self, name: str = "", **wanted: str) -> "Element":
        (found,) = self.all(name, **wanted)
        return found

    @property
    def text(self) -> str:
        parts = (each if isinstance(each, str) else each.text for each in self.children)
        return " ".join(" ".join(parts).split())

    def value(self, name: str) -> float:
        """The number of this name in it."""
        return float(self.one("data", data_name=name).attributes["value"])


class _Reader(HTMLParser):
    def __init__(self, root: Element) -> None:
        super().__init__()
        self.open = [root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {key: value or "" for key, value in attrs})
        self.open[-1].children.append(element)
        if tag not in _EMPTY:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().name == tag, f"</{tag}> closes what it did not open"

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)
