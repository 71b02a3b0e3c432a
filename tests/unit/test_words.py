"""What a message says of names."""

from lccs_inputs.words import choices, unknown


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
