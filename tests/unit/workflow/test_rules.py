"""What is said of the rules is what `rules/` has."""

import re
from itertools import chain

from lccs_inputs.workflow import paths
from lccs_inputs.workflow.code_hash import SCRIPTS
from lccs_inputs.workflow.rules import ASKING, DESCRIBED, LOCAL, OF_SOURCES

RULES = dict(
    chain.from_iterable(
        re.findall(r"^(?:rule|checkpoint) (\w+):\n(.*?)(?=^\S|\Z)", file.read_text(), re.M | re.S)
        for file in sorted((SCRIPTS.parent / "rules").glob("*.smk"))
    )
)
"""Rule → what it says."""


def places(rule: str) -> set[str]:
    """The folders of the outputs of a rule, by the paths of their patterns."""
    told = RULES[rule].partition("    output:")[2].partition("    log:")[0]
    return {
        getattr(paths, name).rpartition("}/")[0]
        for name in re.findall(r"paths\.([A-Z_0-9]+)", told)
    }


def test_rules_of_sources_are_those_that_write_among_them():
    found = {rule for rule in RULES if any("/sources/" in each for each in places(rule))}
    assert found == {*OF_SOURCES}


def test_rules_that_note_their_traffic_are_those_that_may_ask():
    noting = {rule for rule, told in RULES.items() if f'paths.traffic("{rule}"' in told}
    assert noting - {"fetch_outline"} == {*ASKING}
    for rule in noting:
        assert "noted(job.traffic)" in (SCRIPTS / f"{rule}.py").read_text()


def test_what_a_period_is_described_after_is_of_periods_and_follows_its_code():
    for rule in DESCRIBED:
        assert any("/periods/" in each for each in places(rule)), rule
        assert "paths.benchmark(" in RULES[rule]
    for rule in LOCAL:
        assert f'code_of("{rule}.py")' in RULES[rule], rule
