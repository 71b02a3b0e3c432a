"""When points are from: a day or a year, as data write it."""

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d.%m.%Y", "%Y%m%d", "%Y/%m/%d", "%d-%m-%Y")
"""In the order to try; day before month, as Eurostat writes."""

_DECIMALS = re.compile(r"(?<=^\d{4})\.0+$")
"""Of a year: as tables write whole numbers of a column in which some are missing."""

Days = NDArray[np.datetime64]


def spans(texts: "pd.Series[str]") -> tuple[Days, Days]:
    """The first and the last day that each text means, NaT where it means none."""
    inverse, unique = pd.factorize(texts)
    first, last = np.full((2, len(unique)), np.datetime64("NaT"), "datetime64[D]")
    for at, text in enumerate(unique.tolist()):
        first[at], last[at] = _span(text)
    return first[inverse], last[inverse]


def texts_of(first: Days, last: Days) -> NDArray[np.object_]:
    """What is meant as ISO 8601: a day, or of several days the year; "" of NaT."""
    each, unique = pd.factorize(first)
    days = [*unique.astype(str), ""]  # -1 of NaT
    texts = np.array([days, [day[:4] for day in days]], object)[:, each]
    found: NDArray[np.object_] = np.where(first == last, *texts)
    return found


def _span(text: str) -> tuple[Any, Any]:
    text = _DECIMALS.sub("", text)
    if text.isascii() and text.isdigit() and len(text) == 4:
        return np.datetime64(f"{text}-01-01"), np.datetime64(f"{text}-12-31")
    day = text.replace("T", " ").partition(" ")[0]
    for form in _FORMATS:
        found = pd.to_datetime(day, format=form, errors="coerce")
        if not pd.isna(found):
            return (np.datetime64(found.date()),) * 2
    return (np.datetime64("NaT"),) * 2
