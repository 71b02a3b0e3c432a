"""What Snakemake keeps of a target; that it keeps it so, `workflow/test_plan.py` shows."""

import hashlib
import json
import os
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest

from lccs_inputs.workflow.records import is_current

TARGET, INPUT = Path("results/mine/items.json"), Path("catalogue.json")
REQUEST = {"sensor": "sentinel2", "cloud_max": 60, "bounds": [6.5, 46.3, 6.6, 46.4]}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that was made a moment after its input."""
    monkeypatch.chdir(tmp_path)
    TARGET.parent.mkdir(parents=True)
    INPUT.write_text("before")
    TARGET.write_text("made")
    os.utime(INPUT, (1, 1))


def keep(folder: str, target: Path, **record: Any) -> None:
    path = Path(".snakemake", folder, urlsafe_b64encode(str(target).encode()).decode())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record))


def test_what_was_asked_for_the_same_is_left() -> None:
    keep("metadata", TARGET, params=["'beside it'", repr(REQUEST)])
    assert is_current(TARGET, REQUEST, [INPUT])
    assert not is_current(TARGET, REQUEST | {"cloud_max": 70})
    TARGET.unlink()
    assert not is_current(TARGET, REQUEST)


def test_what_other_code_has_made_is_made_anew() -> None:
    keep("metadata", TARGET, params=[repr(REQUEST), "'0123'"])
    assert is_current(TARGET, REQUEST, code="0123")
    assert not is_current(TARGET, REQUEST, code="4567")


def test_what_has_no_record_or_half_of_one_is_left() -> None:
    assert is_current(TARGET, REQUEST, [INPUT])
    keep("metadata", TARGET)
    (path,) = Path(".snakemake/metadata").iterdir()
    path.write_text('{"params": [')
    assert is_current(TARGET, REQUEST, [INPUT])


def test_what_a_killed_job_has_left_is_made_anew() -> None:
    keep("metadata", TARGET, params=[repr(REQUEST)])
    keep("incomplete", TARGET)
    assert not is_current(TARGET, REQUEST)


def test_a_changed_input_makes_it_anew_and_a_date_alone_does_not() -> None:
    checksum = f"sha256:{hashlib.sha256(b'before').hexdigest()}"
    keep("metadata", TARGET, params=[repr(REQUEST)], input_checksums={str(INPUT): checksum})
    os.utime(INPUT)
    os.utime(TARGET, (2, 2))
    assert is_current(TARGET, REQUEST, [INPUT])
    INPUT.write_text("after")
    assert not is_current(TARGET, REQUEST, [INPUT])


def test_the_record_of_a_long_name_is_found() -> None:
    target = Path("results", "a" * 100, "b" * 100, "items.json")
    target.parent.mkdir(parents=True)
    target.touch()
    name = urlsafe_b64encode(str(target).encode()).decode()
    kept = Path(".snakemake/metadata", f"@{name[:254]}", name[254:])
    kept.parent.mkdir(parents=True)
    kept.write_text(json.dumps({"params": [repr(REQUEST)]}))
    assert is_current(target, REQUEST)
    assert not is_current(target, REQUEST | {"cloud_max": 70})
