"""Tables of classes and the ground they are."""

import csv
import io
from collections.abc import Iterable
from typing import Any


def amounts(pixels: int, hectares: float) -> tuple[int, str]:
    """Two cells of a table: pixels, and hectares to the square metre."""
    return pixels, f"{hectares:.4f}"


def csv_text(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A table as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([columns, *rows])
    return text.getvalue()
