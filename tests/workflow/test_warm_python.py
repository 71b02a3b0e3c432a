"""The warm Python, by which the other tests run Snakemake, does what Python does."""

import subprocess
import sys
from pathlib import Path

import pytest

from workflow.warm_python import warm_python

pytestmark = pytest.mark.workflow

SEEN = """
import os, sys, beside
print(__name__, __file__, __spec__ and __spec__.name, sys.argv, sys.path, os.getcwd(), beside.IS)
print(sorted(os.environ.items()), sys.stdin.read(), os.getppid() != 1)
"""
ENDS = {
    "of itself": "print('done')",
    "a status": "import sys; print('all'); sys.exit(3)",
    "a high status": "raise SystemExit(259)",
    "a sentence": "raise SystemExit('this is why')",
    "nothing said": "raise SystemExit",
    "an error": "def fail(): raise ValueError('no')\nfail()",
    "later": "import atexit, threading, time\natexit.register(print, 'last')\n"
    "threading.Thread(target=lambda: (time.sleep(0.1), print('a thread'))).start()",
    "a child": "import subprocess; raise SystemExit(subprocess.call(['sh', '-c', 'exit 4']))",
}


def outcome(python: str, folder: Path, *arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [python, *arguments], cwd=folder, input="typed", capture_output=True, text=True,
        env={"PATH": "/bin", "PWD": str(folder), "PYTHONPATH": "packages", "OWN": "é"}, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("call", [["-m", "program", "-n", "a b"], ["{}/inner/program.py", "--x"]])
def test_a_program_sees_what_it_sees_of_python(call: list[str], tmp_path: Path):
    for folder in ("inner", "packages", "."):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "program.py").write_text(SEEN)
    (tmp_path / "packages/beside.py").write_text("IS = 'found by PYTHONPATH'")
    customised = "import os, sys; os.environ['CUSTOMISED'] = str(sys.path[:2])"
    (tmp_path / "packages/sitecustomize.py").write_text(customised)
    call = [argument.format(tmp_path) for argument in call]
    seen = outcome(warm_python(), tmp_path, *call)
    assert seen == outcome(sys.executable, tmp_path, *call)
    assert seen[0] == 0, seen


@pytest.mark.parametrize("end", ENDS)
def test_a_program_ends_as_of_python(end: str, tmp_path: Path):
    program = str(tmp_path / "program.py")
    Path(program).write_text(ENDS[end])
    assert outcome(warm_python(), tmp_path, program) == outcome(sys.executable, tmp_path, program)


def test_what_it_does_not_know_is_left_to_python(tmp_path: Path):
    assert outcome(warm_python(), tmp_path, "-c", "print(1)") == (0, "1\n", "")


def test_nothing_of_ours_is_loaded_and_its_jobs_are_warm_too(tmp_path: Path):
    code = "import sys; print('numpy' in sys.modules, 'lccs_inputs' in sys.modules, sys.executable)"
    (tmp_path / "program.py").write_text(code)
    seen = outcome(warm_python(), tmp_path, "program.py")
    assert seen == (0, f"True False {warm_python()}\n", "")
