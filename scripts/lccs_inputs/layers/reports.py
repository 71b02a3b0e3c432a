"""The outcome of data checks: what each found, the report of them all, and the gate after it."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from lccs_inputs.errors import CheckError
from lccs_inputs.files import intact, write_text
from lccs_inputs.words import aligned

Severity = Literal["error", "warn", "off"]
Status = Literal["passed", "failed", "not checked"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Check:
    """The outcome of one check of one layer."""

    layer: str
    check: str
    severity: Severity
    status: Status
    found: str
    expected: str


def report(
    checks: Sequence[Check], found: Mapping[str, Any], json_out: Path, table_out: Path
) -> None:
    """Log what failed, and write the outcome of checks and what was found beside them."""
    for check in checks:
        if check.status == "failed":
            level = logging.ERROR if check.severity == "error" else logging.WARNING
            log.log(level, "%s", _sentence(check))
    document = {"checks": [asdict(check) for check in checks], **found}
    write_text(json_out, json.dumps(document, indent=1) + "\n")
    write_text(table_out, _table(checks))


def require_passed(report: Path) -> None:
    """Stop what follows if a check of severity `error` failed; `report` is the JSON written.

    Raises:
        CheckError: one sentence that lists the checks that failed.
        InputError: the file has been damaged since it was written.
    """
    with intact(report):
        checks = [Check(**check) for check in json.loads(report.read_text())["checks"]]
    failed = [check for check in checks if check.status == "failed" and check.severity == "error"]
    if failed:
        listed = "; ".join(_sentence(check) for check in failed)
        count = "1 check" if len(failed) == 1 else f"{len(failed)} checks"
        raise CheckError(
            f"{count} failed: {listed} (the whole table is {report.with_suffix('.txt')})"
        )


def _sentence(check: Check) -> str:
    return f"{check.layer} {check.check}: found {check.found}, expected {check.expected}"


def unreadable(name: str, error: Exception) -> Check:
    """That a file cannot be read, whatever the settings."""
    return Check(name, "readable", "error", "failed", str(error), "a whole raster")


def check_of(
    layer: str, check: str, severity: Severity, *, passed: bool, found: str, expected: str
) -> Check:
    """The outcome of one check; one that is off is not checked."""
    status: Status = "passed" if passed else "failed"
    if severity == "off":
        status = "not checked"
    return Check(layer, check, severity, status, found, expected)


def _table(checks: Sequence[Check]) -> str:
    """The checks as aligned text, one line each, failures marked at the left margin."""
    rows = [("", "layer", "check", "found", "expected")]
    rows += [(_mark(c), c.layer, c.check, c.found, c.expected) for c in checks]
    return aligned(rows) + "\n"


def _mark(check: Check) -> str:
    match check.status, check.severity:
        case "passed", _:
            return "ok"
        case "not checked", "off":
            return "off"
        case "not checked", _:
            return "not checked"
        case _, "warn":
            return "warning"
    return "FAILED"
