"""`make clean-imagery` removes what was kept of imagery, and nothing else."""

from pathlib import Path

import pytest

from lccs_inputs.commands.clean_imagery import main
from lccs_inputs.imagery.cache.folder import ImageryCache

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
