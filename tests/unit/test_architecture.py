"""The pages that say where things are name files and rules that exist, and leave none out."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lccs_inputs.workflow import paths

REPO = Path(__file__).parents[2]
LIBRARY = REPO / "scripts" / "lccs_inputs"
PLACES = (
    LIBRARY,
    REPO,
    *(REPO / folder for folder in ("rules", "scripts", "docs", "tests/workflow")),
)
"""What paths in the page are relative to."""
PAGE = (REPO / "docs" / "architecture.md").read_text()
RULES = sorted((REPO / "rules").glob("*.smk"))

OF_JOBS = (paths.log, paths.benchmark, paths.sums)
PATTERNS = {
    value.removeprefix("<results>/")
    for value in (*vars(paths).values(), *(of("rule", "") for of in OF_JOBS))
    if isinstance(value, str) and value.startswith("<results>/")
}
"""Every file of a run, below its results."""
REPORT = "report.html"  # the Makefile's own: Snakemake writes it outside the workflow


def section(page: str, title: str) -> str:
    _, found, rest = page.partition(f"\n## {title}\n")
    assert found, f"no section {title!r}"
    return rest.partition("\n## ")[0]


def rows(text: str) -> Iterator[list[str]]:
    """The cells of the tables in a text, without their heads."""
    for table in re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE):
        for line in table.splitlines()[2:]:
            yield [cell.strip() for cell in line.strip("|").split("|")]


def named(text: str) -> set[str]:
    """The files, folders and modules that a text names: in code, or as targets of links."""
    code = re.findall(r"`([^`\n]+)`", text)
    place = r"[\w.-]*/[\w./-]*|[\w-]+\.(?:py|smk|md|yaml|json)"
    return {span for span in code if re.fullmatch(place, span)} | {
        *re.findall(r"\]\(([^)#:]+)\)", text)
    }


def lost(text: str) -> set[str]:
    """Those of them that are not there."""
    return {name for name in named(text) if not any((place / name).exists() for place in PLACES)}


def is_written(pattern: str) -> bool:
    """Whether a run writes such a file or folder; `…` stands for any beginning."""
    if pattern.startswith("…"):
        return any(file.endswith(pattern.removeprefix("…")) for file in PATTERNS)
    if pattern.endswith("/"):
        return any(file.startswith(pattern) for file in PATTERNS)
    return pattern in PATTERNS


def scripts_of(rules: str) -> Iterator[tuple[str, str]]:
    """Each rule that runs a script, and the script."""
    for name, body in re.findall(
        r"^(?:rule|checkpoint) (\w+):\n((?:(?:    .*)?\n)+)", rules, re.MULTILINE
    ):
        for script in re.findall(r'"\.\./scripts/([^"]+)"', body):
            yield name, script


@pytest.mark.parametrize("title", ["Stages", "Where a change belongs"])
def test_every_place_that_a_table_names_exists(title: str):
    tables = "\n".join(" ".join(row) for row in rows(section(PAGE, title)))
    assert len(named(tables)) >= 10
    assert {name for name in lost(tables) if not is_written(name)} == set()


def test_every_place_that_the_rest_of_the_page_names_exists():
    made = ("results/", ".cache/")
    missing = {name for name in lost(PAGE) if not name.startswith(made) and not is_written(name)}
    assert missing == set()


@pytest.mark.parametrize("name", ["sensors.py", "stac/", "facts/sensor.py", "scripts/no.py"])
def test_a_place_that_has_moved_is_noticed(name: str):
    assert lost(f"| a sensor | the table in `{name}`; `config.yaml`, `facts/` |") == {name}


def test_every_file_of_rules_is_in_the_stages_in_the_order_of_the_workflow():
    listed = [name for row in rows(section(PAGE, "Stages")) for name in named(row[1])]
    included = re.findall(r"rules/(\w+\.smk)", (REPO / "Snakefile").read_text())
    assert listed == included
    assert sorted(listed) == [path.name for path in RULES]


def test_every_stage_is_a_rule_of_the_file_it_names():
    for stage, file, *_ in rows(section(PAGE, "Stages")):
        for name in filter(None, stage.split(", ")):
            text = (REPO / "rules" / file.strip("`")).read_text()
            assert re.search(rf"^rule {name}:$", text, re.MULTILINE), name


def test_the_stages_write_the_patterns_of_the_workflow():
    cells = " ".join(row[2] for row in rows(section(PAGE, "Stages")))
    patterns = [span for span in re.findall(r"`([^`]+)`", cells) if "." in span or "{" in span]
    assert len(patterns) >= 20
    assert [pattern for pattern in patterns if not is_written(pattern)] == []


@pytest.mark.parametrize("page", ["results/README.md", "docs/results.md"])
def test_the_pages_of_the_results_name_what_a_run_writes(page: str):
    spans = re.findall(r"`([^`]+)`", (REPO / page).read_text())
    patterns = [span for span in spans if "/" in span]
    assert len(patterns) >= 10
    assert [pattern for pattern in patterns if not is_written(pattern)] == []
    assert REPORT in spans
    assert f"results/{REPORT}" in (REPO / "Makefile").read_text()


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_every_script_is_named_after_its_rule(path: Path):
    for rule, script in scripts_of(path.read_text()):
        assert script == f"{rule}.py"


def test_every_script_is_that_of_a_rule():
    used = {script for path in RULES for _, script in scripts_of(path.read_text())}
    assert used == {path.name for path in (REPO / "scripts").glob("*.py")}
