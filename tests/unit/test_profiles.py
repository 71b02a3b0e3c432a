"""What the profile of a cluster says of each rule, and that limits are the same everywhere."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

REPO = Path(__file__).parents[2]
RULES = {
    name: text
    for file in sorted((REPO / "rules").glob("*.smk"))
    for name, text in re.findall(
        r"^(?:rule|checkpoint) (\w+):\n(.*?)(?=^\S|\Z)", file.read_text(), re.MULTILINE | re.DOTALL
    )
    if "    output:" in text
}
"""Rule → what it says, of those that make something."""
HERE = {name for name, text in RULES.items() if "localrule: True" in text}
ASKING = {name for name, text in RULES.items() if "paths.traffic(" in text}


def profile(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((REPO / f"profiles/{name}/profile.yaml").read_text())
    return found


def test_every_rule_is_submitted_with_others_by_itself_or_runs_where_snakemake_does():
    cluster = profile("slurm")
    grouped = {*cluster["groups"]}
    assert not grouped & HERE
    assert grouped | HERE | {*cluster["set-resources"]} == {*RULES}


def test_what_waits_for_a_service_holds_no_job():
    assert {"search_scenes", "request_product", "fetch_product"} <= HERE


def test_memory_of_every_rule_grows_by_attempt():
    """A number would stay what it is, also of a group."""
    told = re.findall(r"mem_mb=(.*),", "".join(RULES.values()))
    assert told
    growing = re.compile(r"by_attempt\(|plan\.\w+\.memory")
    assert not [memory for memory in told if not growing.match(memory)]
    assert "attempt" in str(profile("slurm")["default-resources"]["mem_mb"])


def test_a_cluster_is_asked_by_a_program_beside_the_profile_what_has_become_of_a_job():
    file = REPO / "profiles/slurm" / profile("slurm")["cluster-generic-status-cmd"]
    assert os.access(file, os.X_OK)


def test_all_that_asks_the_internet_can_be_sent_to_a_partition():
    """Each has what the other rules of its group have: a group is in one partition."""
    cluster = profile("slurm")
    told, groups = cluster["set-resources"], cluster["groups"]
    assert {*told} >= ASKING - HERE
    shared = {groups[name] for name in told if name in groups}
    assert {name for name, group in groups.items() if group in shared} <= {*told}


@pytest.mark.parametrize("key", ("rerun-incomplete", "rerun-triggers", "scheduler", "nolock"))
def test_a_cluster_follows_changes_as_one_machine_does(key: str):
    assert profile("slurm")[key] == profile("default")[key]


def test_services_are_asked_as_little_on_a_cluster():
    own, elsewhere = (profile(name)["resources"] for name in ("default", "slurm"))
    assert elsewhere == {name: limit for name, limit in own.items() if name != "mem_mb"}
