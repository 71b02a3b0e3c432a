"""What is said of the rules is what `rules/` has."""

import re
from itertools import chain

from lccs_inputs.workflow import paths
from lccs_inputs.workflow.code_hash import SCRIPTS
from lccs_inputs.workflow.rules import ASKING, DESCRIBED, LOCAL, OF_LEVEL3, OF_SOURCES, ONCE

RULES = dict(
    chain.from_iterable(
        re.findall(r"^(?:rule|checkpoint) (\w+):\n(.*?)(?=^\S|\Z)", file.read_text(), re.M | re.S)
        for file in sorted((SCRIPTS.parent / "rules").glob("*.smk"))
    )
)
"""Rule → what it says."""


def output(rule: str) -> str:
    """The pattern of the output that the jobs of a rule are told by."""
    found = re.search(r'paths\.benchmark\("\w+", paths\.(\w+)(?:\("([^"]*)"\))?\)', RULES[rule])
    if found is None:
        return ""
    named = getattr(paths, found[1])
    return named(found[2]) if found[2] else named


def test_rules_of_sources_are_those_that_write_among_them():
    found = {rule for rule in RULES if "/sources/" in output(rule)}
    assert found == {*OF_SOURCES}


def test_rules_that_note_their_traffic_are_those_that_may_ask():
    noting = {rule for rule, told in RULES.items() if f'paths.traffic("{rule}"' in told}
    assert noting - {"fetch_outline"} == {*ASKING}
    for rule in noting:
        assert "noted(job.traffic)" in (SCRIPTS / f"{rule}.py").read_text()


def test_what_a_period_is_described_after_is_of_periods_and_follows_its_code():
    for rule in DESCRIBED:
        assert "/periods/" in output(rule), rule
        assert "paths.benchmark(" in RULES[rule]
    for rule in LOCAL:
        assert f'code_of("{rule}.py")' in RULES[rule], rule


def test_rules_with_one_job_for_each_period_are_those_without_another_wildcard():
    """Of the stages that every run makes; le_lccs itself runs only where it is installed."""
    always = ("checks", "stack", "le_lccs", "pictures", "provenance", "qgis")
    told = "".join((SCRIPTS.parent / f"rules/{stage}.smk").read_text() for stage in always)
    found = {
        rule
        for rule in re.findall(r"^rule (\w+):", told, re.M)
        if {*re.findall(r"{(\w+)}", output(rule))} == {"area", "period"}
    }
    assert found - {"run_le_lccs"} == {*ONCE, *OF_LEVEL3}
