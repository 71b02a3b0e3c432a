"""What goes into an archive: code, config, what users and services gave, and what came of it."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from lccs_inputs.archive.code import Code
from lccs_inputs.archive.finished import results_of, unfinished
from lccs_inputs.archive.manifest import NAME, Beside, Manifest
from lccs_inputs.archive.moved import config_there, default_cache, places_of
from lccs_inputs.archive.readme import readme
from lccs_inputs.archive.writing import Content
from lccs_inputs.errors import InputError
from lccs_inputs.files import sha256_of
from lccs_inputs.plan import Plan
from lccs_inputs.rasters.given import files_behind, given_bytes
from lccs_inputs.redaction import redact
from lccs_inputs.version import __version__
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.records import record_file, record_of

_LARGE = 10_000_000
"""Bytes from which a map of others is told by its checksum, unless inputs are asked for."""
_TOLD = (paths.PROVENANCE, paths.ATTRIBUTION, paths.METHODS, paths.BIBLIOGRAPHY)
"""What a period says of itself. It is kept apart: who repeats a run writes it anew."""


def contents_of(
    plan: Plan, document: Mapping[str, Any], code: Code, *, inputs: bool
) -> dict[str, Content]:
    """All members of the archive of a finished run, in the working directory.

    Args:
        document: the config of the run, merged of its files.
        inputs: whether what services delivered goes along, and large maps of the user's own.

    Raises:
        InputError: the run is not finished, or something may hold a secret.
    """
    given = plan.archive.given()
    places = places_of(given, Path.cwd())
    config = _yaml(config_there(document, places))
    large = set() if inputs else {key for key in plan.archive.large() if _is_large(given.get(key))}
    files = dict(_files(given, places))
    _refuse_keys(plan, [file for _, file in files.values()], code)
    results = results_of(plan)
    members: dict[str, Content] = {str(file): file for file in code.files} | {"config.yaml": config}
    members |= {there: file for there, (key, file) in files.items() if key not in large}
    members |= {**dict(_sources(plan, places, inputs=inputs)), **dict(_told(plan))}
    beside = {there: _beside(file) for there, (key, file) in files.items() if key in large}
    beside |= {href: _beside(Path(href), not inputs) for href in plan.archive.scene_files()}
    offline = inputs or not (plan.archive.fetched() or plan.archive.outlines())
    members["README.txt"] = readme(code, beside, offline=offline).encode()
    sums = {place: _sum(content) for place, content in sorted(members.items())}
    manifest = Manifest(__version__, code.commit, code.changed, offline, sums, beside, results)
    return {**members, NAME: manifest.text.encode()}


def _files(
    given: Mapping[str, str], places: Mapping[str, str]
) -> Iterator[tuple[str, tuple[str, Path]]]:
    """Where each file that a user gives lies in the archive, the key that names it, and itself."""
    for key, path in given.items():
        if not Path(path).exists():
            raise InputError(f"{key}: {path} is not there, and the archive would lack it")
        top = Path(path) if Path(path).is_dir() else Path(path).parent
        there = PurePosixPath(places[path])
        folder = there if Path(path).is_dir() else there.parent
        for file in files_behind(Path(path)):
            yield str(folder / file.relative_to(top).as_posix()), (key, file)


def _is_large(path: str | None) -> bool:
    return path is not None and given_bytes(Path(path)) > _LARGE


def _beside(file: Path, needed: bool = True) -> Beside:
    return Beside(sha256_of(file), file.stat().st_size, needed)


def _refuse_keys(plan: Plan, files: list[Path], code: Code) -> None:
    """Refuse files of keys among what a user gives, and the keys of the config among the code."""
    keys = {Path(key).resolve() for key in plan.archive.key_files()}
    of_config = (file for file in [*files, *code.files] if file.resolve() in keys)
    for file in chain(of_config, filter(_holds_key, files)):
        raise InputError(f"archive: {file} is a key, which no archive may hold; move it")


def _holds_key(file: Path) -> bool:
    return file.stat().st_size < _LARGE and b"PRIVATE KEY-----" in file.read_bytes()


def _sources(
    plan: Plan, places: Mapping[str, str], *, inputs: bool
) -> Iterator[tuple[str, Content]]:
    """What services were asked and, if inputs are wanted, what they gave; with the records of it.

    By these Snakemake knows what each was made of: a changed config still asks anew.
    """
    cache = default_cache("earthengine")
    outlines = {
        path: paths.asset_outline(cache, Path(path).stem) for path in plan.archive.outlines()
    }
    moved = {**places, **outlines}
    for target in plan.archive.asked():
        yield from _with_record(plan, target, moved)
        _refuse_secrets(plan.folders.here(target))
    for target in plan.archive.fetched() if inputs else ():
        yield from _with_record(plan, target, moved)
    for target in outlines if inputs else ():
        yield from _with_record(plan, target, moved)


def _with_record(
    plan: Plan, target: str, moved: Mapping[str, str]
) -> Iterator[tuple[str, Content]]:
    path = plan.folders.here(target)
    if not path.is_file():
        raise unfinished(path, "is not there")
    there = Path(moved.get(target, str(path)))
    yield str(there), path
    if record := record_of(path):
        yield str(record_file(there)), _json(_moved(record, moved))


def _moved(record: Mapping[str, Any], places: Mapping[str, str]) -> dict[str, Any]:
    """What is kept of a target, as if the files of the user had always been where they are then."""
    told = dict(record)
    told["input"] = [places.get(path, path) for path in told.get("input") or []]
    sums = told.get("input_checksums") or {}
    told["input_checksums"] = {places.get(path, path): known for path, known in sums.items()}
    asked = told.get("params") or []
    for path, there in places.items():
        asked = [text.replace(repr(path), repr(there)) for text in asked]
    return told | {"params": asked}


def _refuse_secrets(path: Path) -> None:
    text = path.read_text()
    if redact(text) != text:
        raise InputError(
            f"archive: {path} may hold a secret (a token, or the query of a URL), which no archive "
            "may hold; take another catalogue, whose addresses have none"
        )


def _told(plan: Plan) -> Iterator[tuple[str, Content]]:
    """What the periods say of themselves, below `told/`."""
    for area, period in plan.names.places():
        for pattern in _TOLD:
            path = plan.folders.here(pattern.format(area=area, period=period))
            yield f"told/{area}/{period}/{path.name}", path


def _yaml(document: Mapping[str, Any]) -> bytes:
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    return text.encode()


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document).encode()


def _sum(content: Content) -> str:
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    return sha256_of(content)
