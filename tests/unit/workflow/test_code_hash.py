"""Local targets follow what their script imports: all of it, for what it means, found cheaply."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lccs_inputs.errors import InputError
from lccs_inputs.workflow import code_hash
from lccs_inputs.workflow.code_hash import SCRIPTS, ScriptHashes, script_hash
from lccs_inputs.workflow.source import Source

OURS = sorted(SCRIPTS.glob("*.py"))
LONG_AGO = 1_000_000_000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of scripts: `make.py` imports a module of a package, which is written anew."""
    folder = tmp_path / "scripts"
    _write(folder, "make.py", "from lccs_inputs.layers.build import build\n\nbuild(0.4)\n")
    _write(folder, "lccs_inputs/__init__.py", "")
    _write(folder, "lccs_inputs/layers/__init__.py", '"""Layers."""\n')
    _write(folder, "lccs_inputs/layers/build.py", "def build(limit):\n    return limit > 0.5\n")
    _write(folder, "lccs_inputs/layers/other.py", "LIMIT = 1\n")
    return folder


def _write(root: Path, name: str, text: str) -> None:
    """Write a file that was changed long ago, so that it is one to keep in the cache."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (LONG_AGO, LONG_AGO))


def _hash(root: Path) -> str:
    return _hashes(root).of(root / "make.py")


def _closure(root: Path, module: str) -> set[str]:
    """The closure of a script whose one import is a module of this text."""
    _write(root, "lccs_inputs/layers/build.py", module)
    return _hashes(root).closure(root / "make.py")


def _hashes(root: Path) -> ScriptHashes:
    """As a new process sees the files; nothing is kept."""
    return ScriptHashes(root, root.parent / "absent" / str(os.urandom(4).hex()))


def test_the_closure_holds_the_script_its_module_and_the_packages_that_run(root: Path) -> None:
    assert _hashes(root).closure(root / "make.py") == {
        "make.py",
        "lccs_inputs/__init__.py",
        "lccs_inputs/layers/__init__.py",
        "lccs_inputs/layers/build.py",
    }


@pytest.mark.parametrize(
    "module",
    [
        "import lccs_inputs.layers.other\n",
        "import lccs_inputs.layers.other as other\n",
        "from lccs_inputs.layers import other\n",
        "from lccs_inputs.layers.other import LIMIT\n",
        "from . import other\n",
        "from .other import LIMIT\n",
        "from ..layers.other import LIMIT\n",
        "def build():\n    from lccs_inputs.layers import other\n",
        "try:\n    import numpy\nexcept ImportError:\n    from lccs_inputs.layers import other\n",
        "ENGINES = {'stac': 'lccs_inputs.layers.other'}\n",
        "if TYPE_CHECKING:\n    import numpy\nelse:\n    import lccs_inputs.layers.other\n",
    ],
)
def test_every_way_to_import_a_module_is_followed(root: Path, module: str) -> None:
    assert "lccs_inputs/layers/other.py" in _closure(root, module)


@pytest.mark.parametrize("guard", ["TYPE_CHECKING", "typing.TYPE_CHECKING"])
def test_what_only_a_type_checker_imports_is_not_followed(root: Path, guard: str) -> None:
    module = f"if {guard}:\n    from lccs_inputs.layers import other\n"
    assert "lccs_inputs/layers/other.py" not in _closure(root, module)


def test_modules_that_import_each_other_are_followed_once(root: Path) -> None:
    _write(root, "lccs_inputs/layers/other.py", "import lccs_inputs.layers.build\n")
    assert "lccs_inputs/layers/other.py" in _closure(root, "import lccs_inputs.layers.other\n")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("make.py", "from lccs_inputs.layers.build import build\n\nbuild(0.3)\n"),
        ("lccs_inputs/layers/build.py", "def build(limit):\n    return limit > 0.6\n"),
        ("lccs_inputs/layers/build.py", "def build(limit):\n    return limit >= 0.5\n"),
        ("lccs_inputs/layers/build.py", "def build(limit):\n    return limit > '0.5'\n"),
        ("lccs_inputs/layers/build.py", "def build(limit):\n    return 0.5 > limit\n"),
        ("lccs_inputs/layers/build.py", "def build(limit):\n    limit > 0.5\n    return\n"),
        ("lccs_inputs/layers/__init__.py", "import numpy\n"),
        ("lccs_inputs/__init__.py", "__version__ = '2'\n"),
    ],
)
def test_a_change_of_meaning_changes_the_hash(root: Path, name: str, text: str) -> None:
    before = _hash(root)
    _write(root, name, text)
    assert _hash(root) != before


@pytest.mark.parametrize(
    "text",
    [
        "# A comment.\ndef build(limit):\n    return limit > 0.5  # and one more\n",
        '"""A docstring."""\n\n\ndef build(limit):\n    """And one."""\n    return limit > 0.5\n',
        "def build(\n    limit,\n):\n    return (\n        limit > 0.50\n    )\n",
        "def build(limit):\r\n    return limit > 0.5\r\n",
        "def build(limit):\n    pass\n    return limit > 0.5\n    'of the line before'\n",
    ],
)
def test_comments_docstrings_and_layout_leave_the_hash_alone(root: Path, text: str) -> None:
    before = _hash(root)
    _write(root, "lccs_inputs/layers/build.py", text)
    assert _hash(root) == before


def test_a_module_nothing_imports_leaves_the_hash_alone(root: Path) -> None:
    before = _hash(root)
    _write(root, "lccs_inputs/layers/other.py", "LIMIT = 2\n")
    assert _hash(root) == before


@pytest.mark.parametrize(
    "reader",
    [
        "TEXT = __doc__\n",
        "def text(model):\n    return model.__doc__\n",
        "def text(model):\n    return getattr(model, '__doc__')\n",
        "from inspect import getdoc\n",
        "CONFIG = ConfigDict(use_attribute_docstrings=True)\n",
        "CONFIG = {'use_attribute_docstrings': True}\n",
    ],
)
def test_docstrings_count_where_any_module_of_the_closure_reads_them(
    root: Path, reader: str
) -> None:
    model = 'import lccs_inputs.layers.other\n\n\nclass Layer:\n    use: str\n    """{}"""\n'
    _write(root, "lccs_inputs/layers/other.py", reader)
    _write(root, "lccs_inputs/layers/build.py", model.format("Which method."))
    before = _hash(root)
    _write(root, "lccs_inputs/layers/build.py", "# A comment.\n" + model.format("Which method."))
    assert _hash(root) == before
    _write(root, "lccs_inputs/layers/build.py", model.format("The method."))
    assert _hash(root) != before


def test_the_hash_does_not_hang_on_where_the_scripts_lie(root: Path) -> None:
    before = _hash(root)
    assert _hash(root.rename(root.parent / "moved")) == before


@pytest.mark.parametrize("name", ["absent.py", "../outside.py"])
def test_a_script_that_is_not_there_is_named(root: Path, name: str) -> None:
    (root.parent / "outside.py").write_text("")
    with pytest.raises(InputError, match=Path(name).name):
        _hashes(root).of(root / name)


# The form is the same under every Python: what these lines say differs between versions in
# `ast.dump` (type parameters, defaults left out, how an f-string is cut), or in `repr`.
CONSTRUCTS = r"""
import a.b as c
from . import d
numbers = [1, 1.0, 1e23, 1e999, 2j, 0x10, -0.0, True, None, ..., b"\x00a", "é", "\U0001fae8", ()]
text = "a" f"b{numbers!r:>{10}}c" "d" f"{numbers=}{text:}" f"" f"{{}}" f"{numbers[0]:%Y-%m}" u"e"
def f(a, /, b=1, *args: int, c=None, **kw) -> None: return lambda: {**kw, "a": (yield)}
class G(list[int], metaclass=type): x: int; (y): int = 3
async def h():
    async with a as b, c: return [i async for i in b if i if not i]
match text:
    case None | True: del numbers[0]
    case {"a": [1, *rest], **others}: raise A from B
try: pass
except* ValueError as error: global z
"""


def test_the_form_is_the_same_under_every_python() -> None:
    source = Source.of(CONSTRUCTS.encode(), "lccs_inputs/layers/build.py")
    assert source.bare == "de53fe2260271ec02b363cbcd5b9772c219f8020e71635ae9e001823d557b0a3"
    assert source.imports == ("a.b", "lccs_inputs.layers", "lccs_inputs.layers.d")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("f'a' 'b'", "'a' f'b'"),
        ("f'{x:}'", "f'{x}'"),
        ("u'a'", "'a'"),
    ],
)
def test_two_spellings_of_one_constant_are_the_same(one: str, other: str) -> None:
    assert _bare(f"y = {one}") == _bare(f"y = {other}")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", "1.0"),
        ("1", "True"),
        ("0.0", "-0.0"),
        ("'a'", "b'a'"),
        ("None", "..."),
        ("2j", "2"),
        ("[]", "()"),
        ("{**a}", "{a: None}"),
        ("f'{x!r}'", "f'{x}'"),
        ("f'{x}a'", "f'a{x}'"),
        ("lambda *, a, b=1: a", "lambda *, a=1, b: a"),
    ],
)
def test_two_constants_are_told_apart(one: str, other: str) -> None:
    assert _bare(f"y = {one}") != _bare(f"y = {other}")


def _bare(text: str) -> str:
    return Source.of(text.encode(), "module.py").bare


class TestCache:
    """What the files mean is read once, until one changes."""

    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        return tmp_path / ".cache" / "code.json"

    @pytest.fixture
    def read(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The names of the files that were parsed, as they are."""
        parsed: list[str] = []

        of = Source.of

        def counted(text: bytes, path: str) -> Source:
            parsed.append(path)
            return of(text, path)

        monkeypatch.setattr(Source, "of", counted)
        return parsed

    def test_files_that_did_not_change_are_not_read_again(
        self, root: Path, file: Path, read: list[str]
    ) -> None:
        first = ScriptHashes(root, file).of(root / "make.py")
        assert len(read) == 4
        read.clear()
        assert ScriptHashes(root, file).of(root / "make.py") == first
        assert read == []

    def test_a_file_of_another_time_or_size_is_read_again(
        self, root: Path, file: Path, read: list[str]
    ) -> None:
        before = ScriptHashes(root, file).of(root / "make.py")
        module = root / "lccs_inputs/layers/build.py"
        module.write_text(module.read_text().replace("0.5", "0.6"))
        os.utime(module, (LONG_AGO + 1, LONG_AGO + 1))
        read.clear()
        same_size = ScriptHashes(root, file).of(root / "make.py")
        assert (same_size != before, read) == (True, ["lccs_inputs/layers/build.py"])
        _write(root, "lccs_inputs/layers/build.py", "def build(limit):\n    return limit > 0.61\n")
        os.utime(module, (LONG_AGO + 1, LONG_AGO + 1))
        assert ScriptHashes(root, file).of(root / "make.py") not in {before, same_size}

    def test_a_file_that_was_changed_just_now_is_not_kept(
        self, root: Path, file: Path, read: list[str]
    ) -> None:
        (root / "lccs_inputs/layers/build.py").touch()
        ScriptHashes(root, file).of(root / "make.py")
        read.clear()
        ScriptHashes(root, file).of(root / "make.py")
        assert read == ["lccs_inputs/layers/build.py"]

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"scheme": 1}', '{"files": {"a": {}}}', "\0"])
    def test_a_damaged_cache_is_ignored_and_made_anew(
        self, root: Path, file: Path, text: str
    ) -> None:
        expected = _hash(root)
        file.parent.mkdir()
        file.write_text(text)
        assert ScriptHashes(root, file).of(root / "make.py") == expected
        assert len(json.loads(file.read_text())["files"]) == 4

    def test_a_cache_of_another_way_to_read_is_ignored(
        self, root: Path, file: Path, read: list[str]
    ) -> None:
        ScriptHashes(root, file).of(root / "make.py")
        content = json.loads(file.read_text())
        file.write_text(json.dumps(content | {"scheme": "another"}))
        read.clear()
        ScriptHashes(root, file).of(root / "make.py")
        assert len(read) == 4

    def test_a_cache_that_cannot_be_written_costs_only_time(self, root: Path, file: Path) -> None:
        file.parent.write_text("a file where the folder should be")
        assert ScriptHashes(root, file).of(root / "make.py") == _hash(root)


def test_our_scripts_have_a_hash_each_kept_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    script_hash.cache_clear()
    code_hash._our_scripts.cache_clear()
    hashes = {script_hash(script) for script in OURS}
    assert len(hashes) == len(OURS)
    assert (tmp_path / ".cache" / "code.json").exists()


def test_a_layer_follows_its_statistics_and_how_a_job_is_run() -> None:
    closure = _hashes(SCRIPTS).closure(SCRIPTS / "build_layer.py")
    assert {"lccs_inputs/layers/statistics.py", "lccs_inputs/workflow/jobs.py"} <= closure
    assert not any("earthengine/" in name for name in closure)


@pytest.mark.parametrize(
    "name",
    ["write_grid", "mosaic_blocks", "write_qgis", "build_layer", "describe_period", "write_report"],
)
def test_what_is_made_of_blocks_follows_no_engine(name: str) -> None:
    closure = _hashes(SCRIPTS).closure(SCRIPTS / f"{name}.py")
    engines = ("earthengine/", "cdse/", "imagery/stac/", "imagery/composite/")
    assert [file for file in closure for engine in engines if f"/{engine}" in file] == []


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    """The files of our package that the imports of each script really load, lazy ones of its own.

    One process: our modules are forgotten before the next script, those of others are kept.
    """
    lines = {script.name: list(_import_lines(ast.parse(script.read_text()))) for script in OURS}
    program = """
import json, sys
found = {}
for script, lines in json.load(sys.stdin).items():
    for name in [name for name in sys.modules if name.split(".")[0] == "lccs_inputs"]:
        del sys.modules[name]
    exec("\\n".join(lines), {})
    modules = [m for name, m in sys.modules.items() if name.split(".")[0] == "lccs_inputs"]
    found[script] = [module.__file__ for module in modules]
print(json.dumps(found))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(lines),
        env=os.environ | {"PYTHONPATH": str(SCRIPTS)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return {
        script: {Path(file).relative_to(SCRIPTS).as_posix() for file in files}
        for script, files in json.loads(done.stdout).items()
    }


def _import_lines(script: ast.Module) -> Iterator[str]:
    """The imports of a script, as they are where a condition guards them at its top."""
    for statement in script.body:
        guarded = isinstance(statement, ast.If)
        for node in [statement] if guarded else ast.walk(statement):
            if guarded or isinstance(node, ast.Import | ast.ImportFrom):
                yield ast.unparse(node)


@pytest.mark.parametrize("script", OURS, ids=lambda script: script.stem)
def test_nothing_is_loaded_that_is_not_in_the_closure(
    script: Path, loaded: dict[str, set[str]]
) -> None:
    closure = _hashes(SCRIPTS).closure(script)
    assert loaded[script.name]
    assert loaded[script.name] <= closure
