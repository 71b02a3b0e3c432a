"""What a run will take, in one table: what is unknown stays so in the sum, and is told."""

from lccs_inputs.costs import NOTHING, Cost, spread, together, total
from lccs_inputs.estimates.lines import Line, table

SEEN = Line(
    "evian", "s2", "2018", "earth_search",
    Cost(120, 1.5e9, 0, 0.25, 0, 0.5, ["from 3 of 40 scenes"]), 8e6, 1530, (40, 57), 2,
)  # fmt: skip
ORDERED = Line("evian", "sealed", "2018", "clms", Cost(None, 35e6, 35e6, 0, 0, None), 1e6, 1000)


def test_there_is_a_line_for_each_source_and_one_for_all():
    lines = table([SEEN, ORDERED]).splitlines()
    head, first, second, last = lines[:4]
    assert head.split() == [
        "area", "source", "edition", "from", "scenes", "blocks", "requests", "MB", "disk-MB",
        "memory-MB", "core-h", "EECU-h", "time",
    ]  # fmt: skip
    assert first.split() == [
        "evian", "s2", "2018", "earth_search", "40/57", "2", "120", "1500", "8", "1530", "0.25",
        "0", "0:30:00",
    ]  # fmt: skip
    assert second.split()[4:] == ["-", "-", "?", "35", "36", "1000", "0", "0", "?"]
    assert last.split() == [
        "all", "40/57", "2", "?", "1535", "44", "1530", "0.25", "0", "?",
    ]  # fmt: skip


def test_columns_are_as_wide_as_they_need():
    head, *rows = table([SEEN, ORDERED]).splitlines()[:4]
    assert len({len(line) for line in (head, *rows)}) == 1
    assert head.index("requests") + len("requests") == rows[0].index("120") + 3


def test_a_note_is_told_once_with_the_places_it_is_of():
    later = Line("evian", "s2", "2021", "earth_search", SEEN.cost)
    text = table([SEEN, later, ORDERED])
    assert text.endswith("\n\n- evian s2 2018, evian s2 2021: from 3 of 40 scenes")


def test_nothing_is_a_table_too():
    assert table([]).splitlines()[-1].split() == ["all", "-", "-", "0", "0", "0", "0", "0", "0",
                                                  "0:00:00"]  # fmt: skip


def test_what_is_not_known_makes_the_sum_unknown():
    assert total([]) == total([0.0]) == 0
    assert total([1.0, 2.0]) == 3
    assert total([0.0, None]) is None
    both = together([Cost(1, 2, 3, 4, 5, 6, ["a", "b"]), Cost(1, None, 3, 4, 5, 6, ["b", "c"])])
    assert both == Cost(2, None, 6, 8, 10, 12, ["a", "b", "c"])
    assert together([]) == Cost(0, 0, 0, 0, 0, 0, [])
    assert together([NOTHING]).requests == 0


def test_a_pilot_is_spread_over_all_there_is():
    assert spread(range(10), 3) == [1, 5, 8]
    assert spread(range(2), 3) == [0, 1]
    assert spread([], 3) == spread(range(4), 0) == []
