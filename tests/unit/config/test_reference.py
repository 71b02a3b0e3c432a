"""The JSON schema and the key table, in step with the models they are generated from."""

import json
from pathlib import Path

import jsonschema
import pytest

from lccs_inputs.commands import schema
from lccs_inputs.config import load_files
from lccs_inputs.config.reference import schema_text, table_text

REPOSITORY = Path(__file__).resolve().parents[3]


def test_the_schema_and_the_key_table_are_in_step_with_the_models(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(REPOSITORY)
    assert schema.main(["--check"]) == 0, capsys.readouterr().out


def test_a_check_out_of_step_fails_with_the_difference(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert schema.main([]) == 0
    assert schema.main(["--check"]) == 0
    table = tmp_path / schema.TABLE
    table.write_text(table.read_text().replace("`grid.block`", "`grid.blok`"))
    assert schema.main(["--check"]) == 1
    assert "-| `grid.blok` |" in capsys.readouterr().out


def test_every_key_is_in_the_table_and_the_schema_with_its_meaning() -> None:
    table = table_text()
    definitions = json.loads(schema_text())["$defs"]
    assert "ValidShare" in definitions
    for name, definition in definitions.items():
        for key, entry in definition["properties"].items():
            assert entry.get("description"), f"{name}.{key}"
            assert f"{key}`" in table or f".{key}." in table, f"{name}.{key}"


def test_the_schema_names_what_can_be_chosen() -> None:
    definitions = json.loads(schema_text())["$defs"]
    assert "sentinel2" in definitions["SceneSet"]["properties"]["sensor"]["enum"]
    assert "WAW" in definitions["ProductSettings"]["properties"]["product"]["anyOf"][0]["enum"]


def test_the_schema_accepts_the_projects_config_and_refuses_an_unknown_key() -> None:
    document = load_files(REPOSITORY / "config.yaml", [], {})
    as_json = json.loads(json.dumps(document, default=str))
    validator = jsonschema.Draft202012Validator(json.loads(schema_text()))
    assert list(validator.iter_errors(as_json)) == []
    as_json["grid"]["resolutoin"] = 10
    (error,) = validator.iter_errors(as_json)
    assert "resolutoin" in error.message
