"""What the title of a DataSet in the CLMS catalogue says: of what, of when, in which pixels.

Titles are what CLMS keeps stable, more or less: "High Resolution Layer Imperviousness Density
2018", "Imperviousness Density 2018 (raster 10 m and 100 m), Europe, 3-yearly" and "Tree Cover
Density 2018 - Present (raster 10m), Europe, yearly" are titles of three generations.
"""

import re
from dataclasses import dataclass

_YEARS = re.compile(
    r"\b(?P<first>(?:19|20)\d\d)(?:\s*[-–—]\s*(?:(?P<last>(?:19|20)\d\d)|(?P<open>present|now)))?"
    r"(?!\d)",
    re.IGNORECASE,
)
_PIXELS = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)\s*(k?)m\b", re.IGNORECASE)
_STEP = re.compile(r"\b(\d+)-yearly\b", re.IGNORECASE)
_SERIES_NAME = re.compile(r"^(highresolutionlayers?|hrl)")
_RETIRED = re.compile(r"\b(deprecated|archived|obsolete|superseded|withdrawn)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Title:
    """A title, taken apart.

    Attributes:
        name: of what, as `name_key` spells it.
        first: the year, or the first one of a series; None where no year is said.
        last: the last year; None where the series goes on.
        step: years from one map of a series to the next.
        resolutions: pixel sizes it mentions, metres.
        retired: it says that the DataSet is no longer kept up.
    """

    name: str
    first: int | None
    last: int | None
    step: int
    resolutions: tuple[float, ...]
    retired: bool

    @property
    def is_series(self) -> bool:
        """Whether it is of several years, so that a request has to say which."""
        return self.first is not None and self.last != self.first

    @property
    def years(self) -> str:
        """The years for a reader: "2018", "2018-present", "2018-present, every 3"."""
        if self.first is None or self.last == self.first:
            return str(self.first or "")
        every = f", every {self.step}" if self.step > 1 else ""
        return f"{self.first}-{self.last or 'present'}{every}"

    def covers(self, year: int) -> bool:
        if self.first is None or not self.first <= year <= (self.last or year):
            return False
        return (year - self.first) % self.step == 0


def read_title(text: str) -> Title:
    """Take a title apart; what it does not say is None or empty."""
    match, retired = _YEARS.search(text), _RETIRED.search(text) is not None
    if match is None:
        return Title(name_key(_before_details(text)), None, None, 1, read_pixels(text), retired)
    first = int(match["first"])
    last = None if match["open"] else int(match["last"] or first)
    rest = text[match.end() :]
    # A word after the year belongs to the name: "Grassland 2018 Change" is no grassland.
    name = name_key(text[: match.start()] + " " + _before_details(rest))
    step = _STEP.search(rest)
    years = max(1, int(step[1])) if step else 1
    return Title(name, first, last, years, read_pixels(rest), retired)


def name_key(name: str) -> str:
    """One spelling for a name that titles write in many ways: letters and digits only."""
    words = name.casefold().replace("+", "plus").replace("&", "and")
    return _SERIES_NAME.sub("", re.sub(r"[^a-z0-9]", "", words))


def read_pixels(text: str) -> tuple[float, ...]:
    """The pixel sizes a text mentions, metres: "10 m", "100m", "1 km"."""
    found = (float(size) * (1000 if kilo else 1) for size, kilo in _PIXELS.findall(text))
    return tuple(dict.fromkeys(found))


def _before_details(text: str) -> str:
    return re.split(r"[(,]", text, maxsplit=1)[0]
