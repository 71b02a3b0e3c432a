"""Which files are the code of a run, and what is told of them."""

import subprocess
from pathlib import Path

import pytest

from lccs_inputs.archive.code import code_of
from lccs_inputs.errors import InputError

REPOSITORY = Path(__file__).resolve().parents[3]
WHO = ("-c", "user.name=me", "-c", "user.email=me@example.org")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name in ("Snakefile", "scripts/lccs/a.py", "docs/with space.md", ".gitignore"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("one\n")
    (tmp_path / ".gitignore").write_text("*.pyc\n/results/\n")
    for command in (["init", "-q"], ["add", "."], [*WHO, "commit", "-qm", "first"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


def test_it_is_what_git_knows_and_rules_and_scripts_that_are_new(clone: Path) -> None:
    for name in ("scripts/lccs/new.py", "scripts/lccs/new.pyc", "mine.yaml", "key.json"):
        (clone / name).touch()
    (clone / "Snakefile").write_text("two\n")
    code = code_of(clone)
    assert [str(file) for file in code.files] == [
        ".gitignore", "Snakefile", "docs/with space.md", "scripts/lccs/a.py", "scripts/lccs/new.py",
    ]  # fmt: skip
    assert code.changed == ["Snakefile", "scripts/lccs/new.py"]
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=clone, check=True, capture_output=True, text=True
    )
    assert code.commit == head.stdout.strip()


def test_what_users_keep_beside_it_is_none_of_it_though_git_knows_it(clone: Path) -> None:
    for name in ("mine.yaml", "keys/key.json"):
        (clone / name).parent.mkdir(exist_ok=True)
        (clone / name).touch()
        subprocess.run(["git", "add", name], cwd=clone, check=True)
    code = code_of(clone)
    assert not {"mine.yaml", "keys/key.json"} & {*map(str, code.files), *code.changed}


@pytest.mark.skipif(not (REPOSITORY / ".git").exists(), reason="no clone of git")
def test_all_files_of_this_software_are_code() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=REPOSITORY, check=True, capture_output=True, text=True
    )
    assert {*map(str, code_of(REPOSITORY).files)} >= {*listed.stdout.splitlines()}


def test_a_file_that_was_removed_is_told_and_is_not_in_it(clone: Path) -> None:
    (clone / "docs/with space.md").unlink()
    code = code_of(clone)
    assert code.changed == ["docs/with space.md"]
    assert Path("docs/with space.md") not in code.files


def test_where_no_git_tells_it_is_the_known_parts(tmp_path: Path) -> None:
    for name in ("Snakefile", "rules/a.smk", "rules/a.pyc", "mine.yaml", "results/a.tif"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    code = code_of(tmp_path)
    assert [str(file) for file in code.files] == ["Snakefile", "rules/a.smk"]
    assert (code.commit, code.changed) == ("", [])


def test_a_clone_of_which_git_tells_nothing_is_refused(clone: Path) -> None:
    (clone / ".git/HEAD").write_text("nowhere\n")
    with pytest.raises(InputError, match=r"^archive: git does not tell which files of .* `git st"):
        code_of(clone)
