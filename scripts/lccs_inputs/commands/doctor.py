"""`make doctor`: whether the machine and the services of a config work, and what to do if not.

    python -m lccs_inputs.commands.doctor [mine.yaml …] [--record doctor.json]
    python -m lccs_inputs.commands.doctor --keep doctor.json

The second makes fixtures for our tests of a record that somebody sent.
"""

import argparse
import logging
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from lccs_inputs.cdse import key as cdse_key
from lccs_inputs.clms import key as clms_key
from lccs_inputs.commands import plan_of, status_of
from lccs_inputs.doctor.exchanges import noted
from lccs_inputs.doctor.machine import room, versions
from lccs_inputs.doctor.record import (
    Finding,
    keep_answers,
    record_of,
    require_free,
    write_record,
)
from lccs_inputs.doctor.services import Check, checks
from lccs_inputs.earthengine import signin
from lccs_inputs.errors import InputError
from lccs_inputs.files import writable
from lccs_inputs.plan import Plan
from lccs_inputs.redaction import redact

_KEY_VARIABLES = (clms_key.KEY_VARIABLE, cdse_key.KEY_VARIABLE, signin.KEY_VARIABLE)

RECORDED = Path("tests/live/recorded")


def examine(plan: Plan, files: Sequence[Path]) -> Iterator[Finding]:
    """Every finding of a plan, as it comes."""
    yield _tried(Check("disk", lambda: room(_folders(plan))))
    problems = list(plan.unready(files))
    yield Finding("config", not problems, "; ".join(problems) or "all that it names is there")
    yield from map(_tried, checks(plan))


def _tried(check: Check) -> Finding:
    begun = time.monotonic()
    with noted() as exchanges, _without_warnings():
        try:
            said, works = check.ask(), True
        except InputError as error:
            said, works = str(error), False
    took = f" ({time.monotonic() - begun:.1f} s)" if exchanges else ""
    return Finding(check.service, works, redact(said) + took, exchanges)


@contextmanager
def _without_warnings() -> Iterator[None]:
    """That something is tried again tells nothing that what comes of it does not."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def _folders(plan: Plan) -> Iterator[Path]:
    yield plan.folders.here("results")
    yield Path(plan.config.clms.cache)
    yield Path(plan.config.earthengine.cache)
    yield Path(plan.config.cdse.cache)
    yield Path(plan.config.composing.cache)


def _private(plan: Plan) -> Mapping[str, str]:
    """Texts that are nobody's business, the longest first."""
    config = plan.config
    keys = {config.clms.key, config.cdse.key, config.earthengine.key}
    keys |= {os.environ.get(name) for name in _KEY_VARIABLES}
    found = {key: Path(key).name for key in keys if key and "{" not in key}
    found |= {str(Path.cwd()): ".", str(Path.home()): "~"}
    if config.earthengine.project:
        found[config.earthengine.project] = "PROJECT"
    return dict(sorted(found.items(), key=lambda each: -len(each[0])))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what works and what does not, and write the record; 1 if something does not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("config", nargs="*", type=Path, help="your config files")
    parser.add_argument("--record", type=Path, default=Path("doctor.json"))
    parser.add_argument("--keep", type=Path, help="a record to make fixtures of")
    given = parser.parse_args(arguments)
    try:
        if given.keep:
            with writable(RECORDED, "recorded"):
                print(*keep_answers(given.keep, RECORDED), sep="\n")
            return 0
        return _report(plan_of(given.config), given.config, given.record)
    except InputError as error:
        print(error, file=sys.stderr)
        return 1


def _report(plan: Plan, files: Sequence[Path], record: Path) -> int:
    require_free(record)
    print(", ".join(f"{name} {number}" for name, number in versions().items()))
    findings = []
    for finding in examine(plan, files):
        print(
            f"{'ok  ' if finding.works else 'FAIL'}  {finding.service}: {finding.said}", flush=True
        )
        findings.append(finding)
    with writable(record, "--record"):
        write_record(record, record_of(versions(), findings, _private(plan)))
    failed = [finding for finding in findings if not finding.works]
    print(f"{record} holds the answers, without secrets: fit for a report")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(status_of(main))
