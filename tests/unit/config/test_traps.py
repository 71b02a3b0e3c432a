"""Files of YAML that would be read as something else, or never to the end."""

from pathlib import Path

import pytest

from lccs_inputs.commands.runlock import main
from lccs_inputs.config.files import load_files, read_yaml
from lccs_inputs.config.load import load
from lccs_inputs.errors import ConfigError

BASE = Path(__file__).resolve().parents[3] / "config.yaml"
TENFOLD = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 40)
)


def refusal(folder: Path, text: str) -> str:
    (folder / "mine.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_yaml(folder / "mine.yaml")
    (problem,) = caught.value.problems
    return problem.removeprefix(f"{folder}/")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("composing: {connections: 010}",
         'line 1: composing.connections: YAML reads 010 as 8; write 10, or "010" for a text'),
        ("a:\n  b: -012", 'line 2: a.b: YAML reads -012 as -10; write -12, or "-012" for a text'),
        ("a: [1, 1:10]",
         'line 1: a[1]: YAML reads 1:10 as 70; write a number, or "1:10" for a text'),
        ("a: 1:10.5", 'line 1: a: YAML reads 1:10.5 as 70.5; write a number, or "1:10.5" for a '
                      "text"),
        ("periods:\n  no: {start: 2018-01-01}",
         'line 2: periods.no: YAML reads the name no as yes or no; put it in quotes: "no"'),
        ("areas: {On: {}}",
         'line 1: areas.On: YAML reads the name On as yes or no; put it in quotes: "On"'),
        ("areas: {null: {}}",
         'line 1: areas.null: YAML reads the name null as nothing; put it in quotes: "null"'),
        ("a: " + "[" * 100_000 + "]" * 100_000, "line 1: is nested more than 50 deep"),
        ("\n".join(" " * n + "a:" for n in range(3000)), "line 51: is nested more than 50 deep"),
        (TENFOLD, "line 1: holds more than 200,000 keys and values"),
        ("a: &a {x: *a}", "line 1: holds more than 200,000 keys and values"),
    ],
)  # fmt: skip
def test_a_trap_is_told_with_its_line_and_key(tmp_path: Path, text: str, told: str) -> None:
    assert refusal(tmp_path, text) == f"mine.yaml, {told}"


def test_what_is_meant_as_it_is_read_stays_so(tmp_path: Path) -> None:
    text = (
        'a: {q: 0, s: 0.5, t: 2018-01-01, u: "010", v: no, w: 1_000, y: "1:10", 2018: -1, b: "no"}'
    )
    (tmp_path / "mine.yaml").write_text(text)
    assert read_yaml(tmp_path / "mine.yaml")["a"] == {
        "q": 0, "s": 0.5, "t": "2018-01-01", "u": "010", "v": False, "w": 1000, "y": "1:10",
        2018: -1, "b": "no",
    }  # fmt: skip


def test_a_trap_is_told_before_snakemake_reads_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.yaml").write_text("a: " + "[" * 100_000)
    assert main([str(tmp_path / "mine.yaml")]) == 1
    assert "is nested more than 50 deep" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("section", "entry"),
    [
        ("areas", "{{{0}: {{bbox: [6, 46, 6.1, 46.1]}}, {1}: {{bbox: [7, 46, 7.1, 46.1]}}}}"),
        ("periods", "{{{0}: {{start: 2018-01-01, end: 2018-12-31}}, {1}: {{start: 2019-01-01, "
                    "end: 2019-12-31}}}}"),
    ],
)  # fmt: skip
def test_folders_that_differ_by_case_only_are_refused(
    tmp_path: Path, section: str, entry: str
) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(f"{section}: {entry.format('Alps', 'alps')}")
    with pytest.raises(ConfigError) as caught:
        load(load_files(BASE, [mine], {}))
    told = f"{section}.alps: differs from Alps by case only, and some disks take both for one"
    assert [problem for problem in caught.value.problems if problem.startswith(told)]
    mine.write_text(f"{section}: {entry.format('Alps', 'Alps2')}")
    load(load_files(BASE, [mine], {}))
