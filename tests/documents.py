"""What the pages of the repository hold: their fences, commands, links and headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "results/*.md", ".github/**/*.md")
    for path in REPOSITORY.glob(pattern)
)
LANGUAGES = {"sh", "console", "text", "yaml", "json", "python", "mermaid"}
"""Of fences: `sh` are commands, `console` commands with what they print, `text` neither."""

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"(?:^|\s+)#.*$", re.MULTILINE)


@dataclass(frozen=True)
class Fence:
    """A block of code of a page."""

    page: Path
    language: str
    text: str

    def commands(self) -> Iterator[str]:
        """What a user types of it, without comments; what is indented goes on with a command.

        A script, which begins with `#!`, is saved, not typed.
        """
        text = "" if self.text.startswith("#!") else self.text
        if self.language == "console":
            text = "\n".join(re.findall(r"^\$ (.*)$", text, re.MULTILINE))
        for command in re.split(r"\n(?!\s|done\b)", _COMMENT.sub("", text)):
            if command.strip():
                yield command.strip()


def fences(page: Path) -> Iterator[Fence]:
    """The blocks of code of a page, indents taken away."""
    for indent, language, text in _FENCE.findall(page.read_text(encoding="utf-8")):
        yield Fence(page, language, re.sub(rf"^{indent}", "", text, flags=re.MULTILINE))


def commands() -> dict[str, list[str]]:
    """Each command of a fence → the pages that it is in."""
    found: dict[str, list[str]] = {}
    for page in PAGES:
        for fence in fences(page):
            if fence.language in {"sh", "console"}:
                for command in fence.commands():
                    found.setdefault(command, []).append(page.relative_to(REPOSITORY).as_posix())
    return found


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def links(page: Path) -> Iterator[str]:
    """Where the links and pictures of a page lead."""
    text = re.sub(r"`[^`]*`", "", prose(page))
    yield from re.findall(r"\]\(\s*([^)\s]+)[^)]*\)", text)
    yield from re.findall(r"<(https?:[^>]*)>", text)


def anchors(page: Path) -> set[str]:
    """What a link can name after `#`: headings, as GitHub writes them."""
    found: list[str] = []
    for heading in re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        found.append(f"{slug}-{found.count(slug)}" if slug in found else slug)
    return {*found}
