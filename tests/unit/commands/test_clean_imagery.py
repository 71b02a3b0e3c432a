"""`make clean-imagery` removes what was kept of imagery, and nothing else."""

from pathlib import Path

import pytest

from lccs_inputs.commands.clean_imagery import main
from lccs_inputs.errors import InputError
from lccs_inputs.imagery.cache.folder import ImageryCache, clear
from lccs_inputs.sharing import usable
from other_users import SECOND, act_as, folder_of_a_group

REPOSITORY = Path(__file__).resolve().parents[3]


def test_what_it_frees_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(REPOSITORY)
    folder, mine = tmp_path / "cache", tmp_path / "mine.yaml"
    mine.write_text(f"composing: {{cache: {folder}}}")
    file = ImageryCache(folder, 10**9).file("https://example.org/red.tif", "file")
    file.expect(3_000_000, "")
    file.write(0, b"x" * 3_000_000)
    file.add([(0, 3_000_000)])
    (folder / "mine.tif").write_bytes(b"mine")
    assert main([str(mine)]) == 0
    assert capsys.readouterr().out.startswith(f"{folder}: 0.003")
    assert not [*folder.rglob("*.data")] and (folder / "mine.tif").exists()
    assert main([str(mine)]) == 0
    assert "0 GB removed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("folder", "told"),
    [
        ("/dev/null", "/dev/null cannot be used (Not a directory); "),
        ("/dev/null/x", "/dev/null cannot be used (Not a directory); "),
        ("/proc/none", "/proc cannot be used (Operation not supported); "),
    ],
)
def test_a_folder_that_can_be_none_is_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    folder: str,
    told: str,
) -> None:
    monkeypatch.chdir(REPOSITORY)
    (tmp_path / "mine.yaml").write_text(f"composing: {{cache: {folder}}}")
    assert main([str(tmp_path / "mine.yaml")]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"composing.cache: {told}") and said.count("\n") == 1


def test_what_may_not_be_removed_is_not_said_to_be_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    with folder_of_a_group() as shared:
        file = ImageryCache(shared / "cache", 10**9).file("https://example.org/red.tif", "file")
        file.expect(3, "")
        (entry,) = shared.glob("cache/*/*/")
        entry.chmod(0o755)

        def clean() -> None:
            with (
                pytest.raises(InputError, match=r"composing\.cache: .* let its owner open"),
                usable(shared, "composing.cache"),
            ):
                clear(shared / "cache")

        assert act_as(SECOND, clean)
        assert entry.exists()
