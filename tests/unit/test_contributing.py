"""What people and other machines are told to run is there: walks, CI, hooks and forms."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
WALKS = (REPOSITORY / "CONTRIBUTING.md").read_text()
PLACES = r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:yaml|md)|Makefile|Snakefile)`"
"""Files and folders, from the root of the repository."""
MAKEFILE = (REPOSITORY / "Makefile").read_text()
CI = (REPOSITORY / ".ci/run").read_text()
WORKFLOWS = sorted((REPOSITORY / ".github/workflows").glob("*.yml"))
FORMS = sorted((REPOSITORY / ".github/ISSUE_TEMPLATE").glob("[!c]*.yml"))


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text())
    return found


def calls(text: str) -> list[str]:
    """The targets of make that commands call."""
    return re.findall(r"\bmake ([a-z][\w-]*)", text)


def commands(workflow: dict[str, Any]) -> list[str]:
    """What the steps of a workflow of GitHub run."""
    return [
        step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step
    ]


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "SECURITY.md"])
def test_the_files_that_a_page_walks_through_are_there(page: str) -> None:
    named = re.findall(PLACES, (REPOSITORY / page).read_text())
    made = ("results/", ".snakemake/", ".cache/")
    files = [name for name in named if not name.startswith(made)]
    assert len(files) >= 8
    assert [name for name in files if not (REPOSITORY / name).exists()] == []


def test_what_a_walk_says_is_in_a_file_is_there() -> None:
    said = re.findall(rf"`(\w+)`(?: and `(\w+)`)?\s+in\s+{PLACES}", WALKS)
    assert len(said) >= 10
    for *names, place in said:
        for name in filter(None, names):
            assert re.search(rf"\b{name}\b", (REPOSITORY / place).read_text()), (name, place)


def test_there_is_a_walk_for_each_kind_of_change() -> None:
    walks = re.findall(r"^## Add (.*)$", WALKS, re.MULTILINE)
    assert walks == ["a layer method", "a product", "a sensor", "an engine", "a stage"]
    for walk in re.split(r"^## Add ", WALKS, flags=re.MULTILINE)[1:]:
        assert len(re.findall(PLACES, walk)) >= 4


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_call_targets_of_make(path: Path) -> None:
    workflow = read(path)
    assert workflow[True].keys() >= {"push", "pull_request"}, "YAML 1.1 reads `on` as true"
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert job["runs-on"].startswith("ubuntu-")
        assert all({"run", "uses"} & step.keys() for step in job["steps"])
        assert all("@v" in step.get("uses", "@v") for step in job["steps"])
    called = {target for command in commands(workflow) for target in calls(command)}
    assert {target for target in called if f"\n{target}: " not in MAKEFILE} == set()
    assert called >= {*calls(CI)}, "what .ci/run runs is run there too"


def test_hooks_call_the_targets_that_ci_does() -> None:
    hooks = [
        hook
        for repository in read(REPOSITORY / ".pre-commit-config.yaml")["repos"]
        for hook in repository["hooks"]
    ]
    assert {hook["stages"][0]: hook["entry"] for hook in hooks} == {
        "pre-commit": "make lint",
        "pre-push": "make test",
    }
    assert all(hook["language"] == "system" and not hook["pass_filenames"] for hook in hooks)
    assert {target for hook in hooks for target in calls(hook["entry"])} <= {*calls(CI)}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_forms_for_issues_can_be_filled_in(path: Path) -> None:
    form = read(path)
    assert form["name"] and form["description"]
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    assert len({field["id"] for field in fields}) == len(fields)
    assert all(field["attributes"]["label"] for field in fields)
    assert any(field.get("validations", {}).get("required") for field in fields)


def test_who_reports_something_wrong_is_asked_for_what_the_doctor_says() -> None:
    (asked,) = [
        field for field in read(FORMS[-1].with_name("wrong.yml"))["body"] if field["id"] == "doctor"
    ]
    assert "make doctor CONFIG=" in asked["attributes"]["description"]
    assert asked["validations"] == {"required": True}
