"""Files that appear whole or not at all, and the short hashes that name what was asked.

Also what a path means that a user has written.
"""

import contextlib
import glob
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lccs_inputs.errors import InputError
from lccs_inputs.sharing import FULL, make_folder, share

ZIP_TIME = (1980, 1, 1, 0, 0, 0)
"""When every member of a zip was written, as it says: the same content gives the same bytes."""


@contextlib.contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target`; rename it to `target` only if the body succeeds.

    The name is unique per process and keeps the suffix, so that GDAL picks the right driver.
    Whatever the process, or an earlier one that was killed, leaves beside it is removed.
    In a folder of a group the file is for the group too.
    """
    make_folder(target.parent)
    _remove_leftovers(target)
    temporary = temporary_path(target, "part")
    try:
        yield temporary
        share(temporary)
        os.replace(temporary, target)  # noqa: PTH105 - the atomic form, by name
    except OSError as error:
        if error.errno in FULL:  # which does not say of which file
            error.filename = error.filename or str(target)
        raise
    finally:
        for leftover in target.parent.glob(glob.escape(temporary.name) + "*"):
            leftover.unlink(missing_ok=True)


@contextlib.contextmanager
def writable(target: Path, key: str) -> Iterator[None]:
    """Say what to do where a file that a user names cannot be written: at once, if its folder bears
    none, for libraries tell it each in their way.

    Args:
        key: what names it: a key of the config, or a variable of make.

    Raises:
        InputError: it cannot, in place of an `OSError`.
    """
    try:
        probe = temporary_path(make_folder(target.parent) / target.name, "probe")
        probe.touch()
        probe.unlink()
        yield
    except OSError as error:
        raise InputError(
            f"{key}: {target} cannot be written ({error.strerror or error}); name another file, or "
            "make room for it"
        ) from error


@contextlib.contextmanager
def intact(path: Path) -> Iterator[None]:
    """Within which a file that this program wrote is read: it may have been cut short since.

    Raises:
        InputError: it is not what was written, in place of the errors of who reads it.
    """
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise InputError(
            f"{path}: is cut short or damaged ({type(error).__name__}); delete it and run again"
        ) from error


def read_json(path: Path, *keys: str) -> Any:
    """What a JSON file says that this program wrote: an object where it is to have `keys`.

    Raises:
        InputError: it is cut short or damaged, or lacks one of the keys.
    """
    with intact(path):
        said = json.loads(path.read_bytes())
        for key in keys:
            said[key]
    return said


def put(source: Path, target: Path) -> None:
    """Have a file at `target` too: the same one where both are on one file system, else a copy."""
    with atomic_path(target) as temporary:
        try:
            os.link(source, temporary)
        except OSError:
            shutil.copyfile(source, temporary)


@contextlib.contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside `target` that takes its place only if the body succeeds."""
    make_folder(target.parent)
    _remove_leftovers(target)
    temporary = temporary_path(target, "part")
    try:
        temporary.mkdir()
        yield temporary
        shutil.rmtree(target, ignore_errors=True)
        temporary.rename(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def temporary_path(target: Path, role: str) -> Path:
    """A name beside `target` that no other process takes; who makes such a file removes it.

    What a killed process leaves there goes when `target` is written the next time.
    """
    return target.with_name(f".{target.stem}.{os.getpid()}.{role}{target.suffix}")


def _remove_leftovers(target: Path) -> None:
    """Remove the temporaries for `target` whose process is gone: it was killed.

    Those of a temporary have one dot more. A process of another host looks gone too, but no two
    jobs of a run write one target.
    """
    for prefix in (f".{target.stem}.", f"..{target.stem}."):
        for path in target.parent.glob(glob.escape(prefix) + "*"):
            import psutil  # noqa: PLC0415 - slow to load, and rarely is anything left

            process = path.name.removeprefix(prefix).split(".")[0]
            if process.isdigit() and not psutil.pid_exists(int(process)):
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    """Write `text` to `target` atomically, leaving it untouched where it already says so."""
    if target.exists() and target.read_bytes() == text.encode():
        return
    with atomic_path(target) as temporary:
        temporary.write_text(text)


@contextlib.contextmanager
def scratch_path(target: Path, role: str) -> Iterator[Path]:
    """Yield a path beside `target` for what comes before it; the file is removed in the end.

    What a killed process leaves there goes when `target` is written the next time.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    path = temporary_path(target, role)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def scratch_folder(beside: Path) -> Iterator[Path]:
    """Yield an empty folder in the folder `beside`; it is removed in the end.

    What a killed process leaves there goes with the next run (`workflow/recovery.py`).
    """
    with TemporaryDirectory(dir=beside, prefix=f".unpacked.{os.getpid()}.") as name:
        yield Path(name)


def expanded(path: str) -> str:
    """A path as a user writes it, with the home folder for `~`; any other stays as it is.

    Raises:
        ValueError: it begins with a home that is not there; says what to do.
    """
    if not path.startswith("~"):
        return path
    try:
        return str(Path(path).expanduser())
    except RuntimeError as error:
        raise ValueError(
            "begins with ~ but with no home folder that is there; write the path in full, or ./~ "
            "for a file of that name"
        ) from error


def fingerprint(request: Any) -> str:
    """A short stable hash of a JSON-like request."""
    text = json.dumps(request, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal; it is read in parts."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
