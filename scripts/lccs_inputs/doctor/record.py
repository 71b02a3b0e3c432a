"""What services answered, as a document that may be shown to anybody.

It is put together from what is known to be harmless; secrets are looked for all the same, by their
names, their shapes, and those that this process has met.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lccs_inputs.doctor.exchanges import Exchange
from lccs_inputs.errors import InputError
from lccs_inputs.files import write_text
from lccs_inputs.redaction import redact

VERSION = 1
HIDDEN = "[hidden]"

_SECRET_KEYS = re.compile(
    r"(?i)^(user_?id|client_?id|key_?id|task_?id|fme_?task_?id|e?mail|user(name)?|access_?(token|key)|"
    r"secret(_?key)?|private_?key|token|assertion|download_?url|authorization|signature)$"
)
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(\.[\w-]+)+")  # tried once in a long word
_NUMBER_OF_A_TASK = re.compile(r"^\d{6,}$")


@dataclass(frozen=True)
class Finding:
    """What came of one check.

    Attributes:
        service: "disk", "config" and the like for what is no service.
        said: what works, or what does not and the remedy.
    """

    service: str
    works: bool
    said: str
    exchanges: Sequence[Exchange] = ()


def record_of(
    versions: Mapping[str, str], findings: Sequence[Finding], private: Mapping[str, str]
) -> dict[str, Any]:
    """The document of findings.

    Args:
        private: texts that are nobody's business → what stands for them.
    """
    document = {
        "record": VERSION,
        "versions": dict(versions),
        "findings": [asdict(finding) for finding in findings],
    }
    hidden: dict[str, Any] = _hidden(json.loads(json.dumps(document)), private)
    return hidden


def _hidden(value: Any, private: Mapping[str, str]) -> Any:
    match value:
        case str():
            for text, instead in private.items():
                value = value.replace(text, instead)
            return _MAIL.sub(HIDDEN, redact(value))
        case Mapping():
            return {_key(key): _value(key, each, private) for key, each in value.items()}
        case list():
            return [_hidden(each, private) for each in value]
    return value


def _key(key: str) -> str:
    return "1" if _NUMBER_OF_A_TASK.match(key) else key


def _value(key: str, value: Any, private: Mapping[str, str]) -> Any:
    return HIDDEN if _SECRET_KEYS.match(key) and value else _hidden(value, private)


def write_record(path: Path, document: Mapping[str, Any]) -> None:
    """Write a record of findings."""
    write_text(path, json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def require_free(path: Path) -> None:
    """See to it that a record can be written where nothing but another is.

    Raises:
        InputError: something else is there.
    """
    if path.exists():
        _record(path)


def _record(path: Path) -> dict[str, Any]:
    """What a record says, of whatever version."""
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        document["record"], document["findings"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} is no record of make doctor ({error}); name another file"
        ) from error
    return document


def _require_findings(path: Path, document: Mapping[str, Any]) -> None:
    try:
        document["versions"]
        for finding in document["findings"]:
            finding["works"], finding["exchanges"], finding["service"].strip()
    except (AttributeError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} is a record of make doctor that was changed ({error}); have it made anew"
        ) from error


def keep_answers(path: Path, folder: Path) -> Iterator[Path]:
    """Make fixtures of a record that somebody sent: a file for each service that answered.

    Raises:
        InputError: it is no such record, or has something in it that looks like a secret.
    """
    document = _record(path)
    if document["record"] != VERSION or not document["findings"]:
        raise InputError(f"{path} is no record of this version of make doctor; make it anew")
    _require_findings(path, document)
    if _hidden(document, {}) != document:
        raise InputError(
            f"{path} holds what looks like a secret; have it made anew, do not keep it"
        )
    for finding in document["findings"]:
        if finding["works"] and finding["exchanges"]:
            target = folder / f"{_stem(finding['service'])}.json"
            write_record(target, {"versions": document["versions"], **finding})
            yield target


def _stem(service: str) -> str:
    return re.sub(r"\W+", "_", service.partition("://")[2] or service).strip("_")
