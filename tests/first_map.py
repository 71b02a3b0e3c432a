"""The commands of docs/first-map.md, and what it says that they print."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "first-map.md"
_ANY = "…"


@dataclass(frozen=True)
class Command:
    """A command of the page.

    Attributes:
        words: as for a shell.
        printed: the lines below it, with … where they differ; a line of that alone is any number.
    """

    words: tuple[str, ...]
    printed: tuple[str, ...]

    @property
    def target(self) -> str:
        """Of make."""
        return self.words[1]

    def check(self, output: str) -> None:
        """Hold what it printed against the page, line by line.

        Raises:
            AssertionError: a line of the page was not printed, or not in this order.
        """
        lines = iter(output.splitlines())
        for line in self.printed:
            if line != _ANY:
                pattern = ".*".join(map(re.escape, line.split(_ANY)))
                assert any(re.fullmatch(pattern, each) for each in lines), f"{line}\nin:\n{output}"


def commands(heading: str) -> list[Command]:
    """The commands below a heading of the page; "" for those before the first."""
    text = PAGE.read_text(encoding="utf-8")
    sections = re.split(r"^## (.*)\n", text, flags=re.MULTILINE)
    named = dict(zip(["", *sections[1::2]], sections[::2], strict=True))
    blocks = re.findall(r"^```console\n(.*?)^```$", named[heading], re.MULTILINE | re.DOTALL)
    return [_command(part) for block in blocks for part in re.split(r"^\$ ", block, flags=re.M)[1:]]


def headings() -> list[str]:
    """The ways that the page goes."""
    return re.findall(r"^## (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def _command(text: str) -> Command:
    said, *printed = text.splitlines()
    return Command(tuple(shlex.split(said)), tuple(filter(None, printed)))
