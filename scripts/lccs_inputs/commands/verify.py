"""`make verify`: whether the results are what the jobs wrote; every byte is read.

    python -m lccs_inputs.commands.verify [--remake] [RESULTS]

Names each file that is missing, cut short or changed, and each result that provenance.json tells of
another way. Exits 1 where there is one.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from lccs_inputs.checksums import (
    FOLDER,
    MANIFEST,
    Fault,
    documents,
    faults,
    forget,
    gather,
    read_sums,
)
from lccs_inputs.commands import status_of
from lccs_inputs.files import sha256_of
from lccs_inputs.words import counted
from lccs_inputs.workflow.owner import occupied

_NOT_OURS = ("logs", "benchmarks", FOLDER)
_WRITTEN_BY_OTHERS = ("README.md", "report.html", MANIFEST)


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify the results of the working directory; the exit status."""
    parser = argparse.ArgumentParser(description="Whether the results are what was written.")
    parser.add_argument("results", nargs="?", type=Path, default=Path("results"))
    parser.add_argument(
        "--remake", action="store_true", help="remove what is wrong, so that a run makes it anew"
    )
    given = parser.parse_args(arguments)
    if reason := occupied():
        print(f"locked: {reason}", file=sys.stderr)
        return 1
    found = [*faults(given.results)]
    told = [f"{fault.file} {fault.why}" for fault in found]
    told += [*_against_provenance(given.results, found), *_manifest(given.results, found)]
    for line in sorted(told):
        print(line)
    if found and given.remake:
        forget(found, given.results)
    print(_verdict(given.results, len(told), remade=given.remake))
    return 1 if told else 0


def _verdict(results: Path, wrong: int, *, remade: bool) -> str:
    known = sum(len(read_sums(document)) for document in documents(results)) if not wrong else 0
    if not wrong and not known:
        return f"{results} has no checksums: make run writes them with what it makes"
    if not wrong:
        unknown = len([*_unknown(results)])
        rest = f"; {counted(unknown, 'other file')} without checksums" if unknown else ""
        return f"{counted(known, 'file')} verified{rest}"
    if remade:
        return "removed, with what else its jobs wrote; make run makes it anew"
    return "make verify REMAKE=1 removes what is wrong, and make run makes it anew"


def _against_provenance(results: Path, found: Sequence[Fault]) -> Iterator[str]:
    """Results that provenance.json tells of another way, of those with nothing else wrong."""
    wrong = {fault.file for fault in found}
    for document in sorted(results.glob("*/periods/*/provenance.json")):
        if document in wrong:
            continue
        for name, told in _told(document).items():
            file = document.parent / name
            if file not in wrong and file.exists() and sha256_of(file) != told:
                yield f"{file} is not the one that {document} tells of; make run tells anew"


def _told(document: Path) -> dict[str, str]:
    """The SHA-256 of each result, by its path from the folder of the period."""
    try:
        results = json.loads(document.read_bytes())["results"]
        return {str(name): str(said["sha256"]) for name, said in results.items()}
    except (ValueError, LookupError, TypeError, AttributeError):
        return {document.name: "of nothing that can be read"}


def _manifest(results: Path, found: Sequence[Fault]) -> Iterator[str]:
    """Whether the manifest is of the same checksums; where something is wrong it cannot be."""
    manifest = results / MANIFEST
    if not found and manifest.exists() and manifest.read_bytes() != gather(results).encode():
        yield f"{manifest} is of other checksums; make run writes it anew"


def _unknown(results: Path) -> Iterator[Path]:
    """Files without a checksum, but for those that are none of a job."""
    known = {results / name for document in documents(results) for name in read_sums(document)}
    for file in {
        file for file in results.rglob("[!.]*") if file.is_file() and file.stat().st_size
    } - known:
        inside = file.relative_to(results)
        if inside.parts[0] not in _NOT_OURS and inside.as_posix() not in _WRITTEN_BY_OTHERS:
            yield file


if __name__ == "__main__":
    sys.exit(status_of(main))
