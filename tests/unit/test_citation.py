"""What archives and catalogues read of the software is valid, and says the same in each."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from lccs_inputs.version import __version__

REPOSITORY = Path(__file__).parents[2]
_TEXT = {"type": "string", "minLength": 1}
_TEXTS = {"type": "array", "items": _TEXT, "minItems": 1, "uniqueItems": True}


def _closed(required: str, optional: str = "", **known: Any) -> dict[str, Any]:
    """An object that has these keys and no others, texts but for those that are known."""
    names = [*required.split(), *optional.split()]
    return {
        "type": "object",
        "properties": {name: known.get(name, _TEXT) for name in names},
        "required": required.split(),
        "additionalProperties": False,
    }


_DAY = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}
_PERSON = _closed("family-names given-names", "affiliation orcid")
_ENTITY = _closed("name", "city country website")
_AUTHORS = {"type": "array", "items": {"anyOf": [_PERSON, _ENTITY]}, "minItems": 1}
_REFERENCE = _closed(
    "type title authors",
    "version date-released notes year publisher doi",
    type={"enum": ["software", "book", "article", "data"]},
    authors=_AUTHORS,
    publisher=_ENTITY,
    year={"type": "integer"},
    **{"date-released": _DAY},
)
CFF = _closed(
    "cff-version message title authors type version license abstract keywords",
    "references date-released doi repository-code url",
    authors=_AUTHORS,
    keywords=_TEXTS,
    references={"type": "array", "items": _REFERENCE},
    type={"enum": ["software", "dataset"]},
    **{"cff-version": {"const": "1.2.0"}, "date-released": _DAY},
)
"""What the Citation File Format 1.2.0 allows, as far as it is used here."""

_KINDS = ["Other", "Editor", "Researcher", "ContactPerson"]
ZENODO = _closed(
    "upload_type title description creators license version keywords access_right",
    "contributors language notes references doi related_identifiers",
    upload_type={"enum": ["software", "dataset"]},
    access_right={"enum": ["open"]},
    creators={
        "type": "array", "items": _closed("name", "affiliation orcid"), "minItems": 1,
    },
    contributors={
        "type": "array", "items": _closed("name type", "affiliation orcid", type={"enum": _KINDS}),
    },
    keywords=_TEXTS,
    references=_TEXTS,
)  # fmt: skip
"""What Zenodo takes as the metadata of a deposit, likewise."""

_FLAG = {"type": "boolean"}
CATALOGUE = _closed(
    "usage",
    usage=_closed(
        "mandatory-flags software-stack-deployment",
        **{
            "mandatory-flags": _closed("desc flags", flags={"type": ["string", "null"]}),
            "software-stack-deployment": _closed(
                "conda apptainer apptainer+conda",
                "report",
                report=_FLAG,
                **dict.fromkeys(["conda", "apptainer", "apptainer+conda"], _FLAG),
            ),
        },
    ),
)
"""What the Snakemake workflow catalogue reads."""


def faults(document: Any, schema: dict[str, Any]) -> list[str]:
    return [error.message for error in Draft202012Validator(schema).iter_errors(document)]


def cff() -> dict[str, Any]:
    text = (REPOSITORY / "CITATION.cff").read_text()
    found: dict[str, Any] = yaml.load(text, yaml.BaseLoader)  # dates as they are written
    for reference in found["references"]:
        if "year" in reference:
            reference["year"] = int(reference["year"])
    return found


def zenodo() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((REPOSITORY / ".zenodo.json").read_text())
    return found


def test_the_citation_the_deposit_and_the_catalogue_entry_are_valid() -> None:
    assert not faults(cff(), CFF)
    assert not faults(zenodo(), ZENODO)
    entry = yaml.safe_load((REPOSITORY / ".snakemake-workflow-catalog.yml").read_text())
    assert not faults(entry, CATALOGUE)


def test_what_is_not_valid_is_noticed() -> None:
    assert faults(cff() | {"licence": "x"}, CFF)
    assert faults({**cff(), "authors": [{"family-names": "x"}]}, CFF)
    assert faults({key: text for key, text in zenodo().items() if key != "creators"}, ZENODO)


def test_they_say_the_same() -> None:
    said, deposit = cff(), zenodo()
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert {said["version"], deposit["version"], project["version"]} == {__version__}
    assert said["title"] == deposit["title"] == project["name"]
    assert said["license"] == deposit["license"]
    assert re.search(r"Apache License\s+Version 2\.0", (REPOSITORY / "LICENSE").read_text())
    assert said["keywords"] == deposit["keywords"]
    assert " ".join(said["abstract"].split()) == deposit["description"]
    assert [each["name"] for each in said["authors"]] == [
        each["name"] for each in deposit["creators"]
    ]
    notebook = said["references"][0]["authors"]
    assert [f"{each['family-names']}, {each['given-names']}" for each in notebook] == [
        each["name"] for each in deposit["contributors"]
    ]
