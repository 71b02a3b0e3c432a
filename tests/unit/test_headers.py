"""Headers that say odd things say nothing."""

import math
from datetime import UTC, datetime

import pytest

from lccs_inputs.headers import seconds_to_wait, whole_number

NOON = datetime(1994, 11, 6, 12, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("said", ["", " ", "-1", "1.5", "1e3", "²", "٣", "7 bytes", "9" * 5000])
def test_what_is_no_count_is_none(said: str) -> None:
    assert whole_number(said) is None


def test_a_count_is_read() -> None:
    assert [whole_number(said) for said in ("0", "007", "123456789012")] == [0, 7, 123456789012]


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("90", 90),
        ("1.5", 1.5),
        ("-3", 0),
        ("inf", math.inf),
        ("nan", 0),
        ("Sun, 06 Nov 1994 12:01:30 GMT", 90),
        ("Sun, 06 Nov 1994 12:01:30 -0000", 90),  # UTC, of a machine whose own zone is unknown
        ("Sun, 06 Nov 1994 13:01:30 +0100", 90),
        ("Sun, 06 Nov 1994 11:00:00 GMT", 0),
    ],
)
def test_how_long_to_wait_is_a_number_or_a_date(said: str, seconds: float) -> None:
    assert seconds_to_wait(said, NOON) == seconds


@pytest.mark.parametrize(
    "said", ["", "soon", "²", "Sat, 32 Foo 2026 99:99", "Fri, 31 Dec 9999 23:59:59 -2359"]
)
def test_what_says_no_time_asks_for_none_or_for_more_than_anyone_waits(said: str) -> None:
    assert (seconds_to_wait(said, NOON) or math.inf) > 1e9
