"""What a message says of names."""

import pytest

from lccs_inputs.errors import AreaError, ConfigError, SourceError
from lccs_inputs.words import choices, printable, unknown


def test_of_few_names_all_are_told_as_they_stand() -> None:
    assert choices("x", ["scl", "clm", "none"]) == "scl, clm, none"
    assert choices("x", []) == "none"


def test_of_many_names_those_most_alike_are_told_and_the_others_counted() -> None:
    names = [f"source_{number:03}" for number in range(500)]
    told = choices("source_41", names)
    assert told.startswith("source_491, source_481, ")
    assert told.endswith(" and 480 more")
    assert len(told.split(", ")) == 20


def test_what_is_like_nothing_is_told_in_few_words() -> None:
    names = {f"a{number}" * 9 for number in range(3000)}
    assert len(unknown("zzz", "a name", names)) < 1000


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cl\0ass", r"cl\x00ass"),
        ("\x1b[2Jwiped\r", r"\x1b[2Jwiped\r"),
        ("a\tb\x9b", r"a\tb\x9b"),
        ("\u202egnp.tif", r"\u202egnp.tif"),
        ("\udcff.tif", r"\udcff.tif"),
        ("Forêt de Chênes, 森\u00a0林 …\n  - next", "Forêt de Chênes, 森\u00a0林 …\n  - next"),
    ],
)
def test_what_would_control_the_terminal_is_told_escaped(text: str, told: str) -> None:
    assert printable(text) == told
    assert [str(kind(text)) for kind in (SourceError, AreaError)] == [told, told]
    assert str(ConfigError([text])).endswith(told)
