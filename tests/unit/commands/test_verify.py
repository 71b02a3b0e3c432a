"""`make verify` names what is not as it was written, and what to do."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from lccs_inputs.checksums import write_manifest, write_sums
from lccs_inputs.commands.verify import main


@pytest.fixture(autouse=True)
def layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished period of one layer, in the working directory."""
    monkeypatch.chdir(tmp_path)
    period = Path("results/a/periods/2018")
    layer, provenance = period / "layers/water.tif", period / "provenance.json"
    layer.parent.mkdir(parents=True)
    layer.write_bytes(b"water")
    told = {"layers/water.tif": {"sha256": sha256(b"water").hexdigest()}}
    provenance.write_text(json.dumps({"results": told}))
    for rule, file in (("build_layer", layer), ("describe_period", provenance)):
        write_sums(Path(f"results/checksums/{rule}/a.json"), [file], Path("results"))
    write_manifest(Path("results"))
    return layer


def verified(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    status = main(arguments)
    return status, capsys.readouterr().out.splitlines()


def test_whole_results_are_told_and_so_is_what_nothing_is_known_of(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert verified(capsys) == (0, ["2 files verified"])
    Path("results/a/mine.tif").write_text("mine")
    Path("results/README.md").write_text("of the clone")
    assert verified(capsys) == (0, ["2 files verified; 1 other file without checksums"])


def test_what_is_wrong_is_named_with_what_to_do_and_removed_if_asked(
    layer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layer.write_bytes(b"wader")
    status, told = verified(capsys)
    assert (status, told) == (1, [
        f"{layer} has changed since it was written",
        "make verify REMAKE=1 removes what is wrong, and make run makes it anew",
    ])  # fmt: skip
    assert verified(capsys, "--remake")[0] == 1
    assert not layer.exists()


def test_results_that_provenance_tells_of_another_way_are_named(
    layer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layer.write_bytes(b"wader")
    write_sums(Path("results/checksums/build_layer/a.json"), [layer], Path("results"))
    write_manifest(Path("results"))
    provenance = "results/a/periods/2018/provenance.json"
    told = f"{layer} is not the one that {provenance} tells of; make run tells anew"
    status, lines = verified(capsys)
    assert status == 1
    assert lines[0] == told


def test_a_manifest_of_other_checksums_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    Path("results/checksums.txt").write_text("of others")
    status, told = verified(capsys)
    assert status == 1
    assert told[0] == "results/checksums.txt is of other checksums; make run writes it anew"


def test_results_of_no_job_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = "none has no checksums: make run writes them with what it makes"
    assert verified(capsys, "none") == (0, [told])
