"""What a source took is what its jobs noted; what none noted is not made up."""

import json
from pathlib import Path
from typing import Any

import pytest

from lccs_inputs.facts.origins import CLMS, FETCHED
from lccs_inputs.provenance.costs import cost_of
from lccs_inputs.provenance.sources import Source
from lccs_inputs.workflow.rules import ASKING


def _note(results: Path, rule: str, job: str, seconds: float, *traffic: Any) -> None:
    file = results / "benchmarks" / rule / f"{job}.tsv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"s\th:m:s\n{seconds}\t0:00:00\n")
    if traffic:
        said = dict(zip(("requests", "bytes", "from_cache"), traffic, strict=True))
        file.with_suffix(".json").write_text(json.dumps(said))


def _source(origin: str = "", *, synthetic: bool = False) -> Source:
    facts = {"origin": origin} if origin else {}
    return Source("s2", "2018", "t", "l", (), synthetic, facts)


def test_requests_bytes_and_seconds_are_added_up_for_a_source(tmp_path: Path) -> None:
    _note(tmp_path, "search_scenes", "here.s2.2018", 1.5, 2, 5000, False)
    for block, asked in (("E0N0", (0, 0, True)), ("E1N0", (7, 900, False))):
        _note(tmp_path, "compose_block", f"here.s2.2018.{block}", 4, *asked)
    _note(tmp_path, "mosaic_blocks", "here.s2.2018", 0.5)
    for other in ("here.s2.2019", "here.s2.20180", "there.s2.2018", "here.s21.2018"):
        _note(tmp_path, "search_scenes", other, 100, 100, 100, False)
    kept = tmp_path / "here/sources/s2/2018/blocks/E0N0.tif"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(bytes(77))
    found = cost_of(tmp_path, "here", _source())
    assert found["jobs"] == 4
    assert found["cost"] == {
        "requests": 9, "bytes": 5900, "kept": 77, "hours": pytest.approx(10 / 3600),
        "notes": ["compose_block: 1 of 2 jobs from the cache"],
    }  # fmt: skip


def test_where_a_job_noted_nothing_the_sum_is_not_known(tmp_path: Path) -> None:
    _note(tmp_path, "search_scenes", "here.s2.2018", 1, 2, 5000, False)
    _note(tmp_path, "compose_block", "here.s2.2018.E0N0", 1)
    found = cost_of(tmp_path, "here", _source())["cost"]
    assert not {"requests", "bytes"} & {*found}
    assert found["hours"] == pytest.approx(2 / 3600)


@pytest.mark.parametrize("origin", FETCHED)
def test_of_a_product_of_a_service_nothing_is_known_without_its_jobs(
    tmp_path: Path, origin: str
) -> None:
    assert cost_of(tmp_path, "here", _source(origin)) == {
        "cost": {"kept": 0, "notes": []}, "jobs": 0,
    }  # fmt: skip


def test_files_on_a_disk_ask_for_nothing(tmp_path: Path) -> None:
    for source in (_source("/data/map.tif"), _source(synthetic=True)):
        found = cost_of(tmp_path, "here", source)["cost"]
        assert (found["requests"], found["bytes"]) == (0, 0)


def test_a_delivery_from_the_cache_costs_nothing(tmp_path: Path) -> None:
    for rule in ("request_product", "fetch_product"):
        assert rule in ASKING
        _note(tmp_path, rule, "here.s2.2018", 1, 0, 0, True)
    found = cost_of(tmp_path, "here", _source(CLMS))["cost"]
    assert (found["requests"], found["bytes"]) == (0, 0)
    assert found["notes"] == [
        f"{rule}: 1 of 1 jobs from the cache" for rule in ("request_product", "fetch_product")
    ]
