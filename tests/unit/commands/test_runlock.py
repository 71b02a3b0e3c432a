"""What has to be right before Snakemake starts is told in one sentence, and at once."""

import subprocess
from pathlib import Path

import pytest

from calling_make import environment
from lccs_inputs.commands.runlock import main

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("cores", ["0", "-2", "x", "1.5"])
def test_cores_with_which_snakemake_would_wait_for_ever_are_refused(
    cores: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([f"--cores={cores}"])
    told = f"argument --cores: invalid: {cores}; write all, or a whole number from 1 on\n"
    assert capsys.readouterr().err.endswith(told)


@pytest.mark.parametrize("cores", ["all", "1", "16"])
def test_other_cores_are_taken(cores: str) -> None:
    Path("mine.yaml").touch()
    assert main([f"--cores={cores}", "mine.yaml"]) == 0


def test_a_config_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--cores=all", "gone.yaml"]) == 1
    assert capsys.readouterr().err.startswith("CONFIG: gone.yaml is not there; name a file of /")


def test_make_asks_before_every_run() -> None:
    done = subprocess.run(
        ["make", "-n", "-o", ".venv/ready", "grid", "CORES=0"],
        cwd=REPOSITORY, env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    first, second = done.stdout.splitlines()[:2]
    assert first.rstrip().endswith("-m lccs_inputs.commands.runlock --cores=0")
    assert "snakemake grid" in second
