"""`make plan` tells of every service what a run will ask of it, and asks little itself."""

import json
import os
import re
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from every_service import Desk, every_service
from lccs_inputs.commands import plan_of, plan_run
from lccs_inputs.costs import Cost
from lccs_inputs.files import fingerprint
from lccs_inputs.imagery import engine as engines
from lccs_inputs.imagery.blocks import fill_block
from lccs_inputs.imagery.engine import engine_of
from lccs_inputs.imagery.freezing import frozen, wanted
from lccs_inputs.rasters.area import write_area
from lccs_inputs.rasters.reading import gdal_env
from lccs_inputs.workflow import code_hash, paths
from lccs_inputs.workflow.requests import Place
from standins.stac_api import Fault

HEAD = (
    "area", "source", "edition", "from", "scenes", "blocks", "requests", "MB", "disk-MB",
    "memory-MB", "core-h", "EECU-h", "time",
)  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silence: None) -> Iterator[Desk]:
    with every_service(tmp_path, monkeypatch) as there:
        del there.config["layers"]["cultman_agr_cat"]  # of Earth Engine, which has nothing here
        yield there


def told(desk: Desk, capsys: Any, *words: str) -> dict[str, dict[str, str]]:
    """Source → its line of the table, by column; "all" for that of all."""
    assert desk.call(plan_run.main, *words) == 0, capsys.readouterr().err
    return rows(capsys.readouterr().out)


def rows(text: str) -> dict[str, dict[str, str]]:
    lines = [line.split() for line in text.split("\n\n")[1].splitlines()]
    assert tuple(lines[0]) == HEAD
    of_all = ["all", "all", "", "", *lines[-1][1:]]
    return {row[1]: dict(zip(HEAD, row, strict=True)) for row in [*lines[1:-1], of_all]}


def recorded(target: Path, *params: Any) -> None:
    """What Snakemake keeps of a target that is made for a request."""
    record = {"record_format_version": 6, "params": [*map(repr, params)], "input_checksums": {}}
    path = Path(".snakemake/metadata", urlsafe_b64encode(str(target).encode()).decode())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record))


def run_scenes(source: str) -> None:
    """What the jobs of a scene set do, and what they write."""
    plan, place = plan_of([Path("mine.yaml")]), Place(area="mine", source=source, edition="2018")
    asked, area = plan.scenes.search(place), plan.areas.area("mine")
    engine, limits = engine_of(asked.catalogue), plan.services
    slots = sum(engine.slots(asked.catalogue, limits).values())
    found, request = engine.search(asked, limits), plan.scenes.freezing(source)
    where = {"area": "mine", "source": source, "edition": "2018"}
    outline, grid, items, listed = (
        plan.folders.here(each.format(**where))
        for each in (paths.OUTLINE, paths.GRID, paths.FOUND, paths.SCENES)
    )
    write_area(area, outline, grid)
    found.write(items)
    recorded(items, asked.to_dict())
    recorded(listed, plan.scenes.freezing(source, fingerprint(items.read_text())).to_dict())
    with gdal_env():
        looks = engine.look_at(found, wanted(found, request, {}), request, area, limits, slots)
    frozen(found, looks, request).write(listed)
    for each in plan.scenes.block_requests(place, frozen=True):
        target = plan.folders.here(paths.BLOCK.format(**where, block=each.block))
        fill_block(engine, each, frozen(found, looks, request), area, target, limits, slots, 1)


def run_in_a_job(source: str) -> None:
    """In a process of its own: GDAL keeps the size of its pieces as long as one lives."""
    call = f"from {__name__} import run_scenes; run_scenes({source!r})"
    there = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", call], env=there, check=True)


def test_every_service_has_its_line_in_one_table(desk: Desk, capsys: Any) -> None:
    there = told(desk, capsys)
    assert {source: row["from"] for source, row in there.items()} == {
        "other": desk.open_api.url, "s2": "cdse", "leaves": "cdse", "sealed": "clms",
        "trees": "image_service", "all": "",
    }  # fmt: skip
    assert there["other"]["scenes"] == "1/1" and there["other"]["blocks"] == "1"
    for source in ("other", "s2", "leaves", "trees"):
        assert "?" not in there[source].values(), source
    assert int(there["trees"]["requests"]) == 1
    assert there["sealed"]["requests"] == there["sealed"]["MB"] == there["sealed"]["time"] == "?"
    assert there["all"]["MB"] == "?" and there["all"]["memory-MB"] == "1530"


@pytest.mark.parametrize(("source", "server"), [("other", "files"), ("s2", "store")])
def test_a_run_then_asks_for_what_was_told(
    desk: Desk, capsys: Any, source: str, server: str
) -> None:
    desk.config["composing"] = {"cache_gb": 0}  # else blocks ask for nothing that looks have read
    there = told(desk, capsys)[source]
    served = getattr(desk, server)
    assert not Path("results").exists(), "nothing is written"
    before, sent = len(served.requests), served.sent
    run_in_a_job(source)
    asked, came = len(served.requests) - before, (served.sent - sent) / 1e6
    assert 0.7 * float(there["MB"]) <= came <= 1.01 * float(there["MB"])
    assert 0.7 * int(there["requests"]) <= asked <= 1.1 * int(there["requests"])


def test_what_is_composed_is_planned_no_more_and_the_list_is_not_searched_again(
    desk: Desk, capsys: Any
) -> None:
    told(desk, capsys, "--pilot", "0")
    run_scenes("other")
    searches, before = len(desk.open_api.searches), sorted(Path("results").rglob("*"))
    there = told(desk, capsys)["other"]
    assert (there["scenes"], there["blocks"]) == ("1/1", "0")
    assert (there["requests"], there["MB"], there["time"]) == ("0", "0", "0:00:00")
    assert len(desk.open_api.searches) == searches
    desk.config["layers"]["aquatic_wat_cat"]["methods"]["a"] = "other.swir22 > 0.2"
    more = told(desk, capsys)["other"]
    assert more["blocks"] == "1", "it lacks a band"
    assert sorted(Path("results").rglob("*")) == before
    searches = len(desk.open_api.searches)
    Path("results/mine/sources/other/2018/scenes.json").unlink()
    assert told(desk, capsys, "--pilot", "0")["other"]["blocks"] == "1", "they may be others"
    assert len(desk.open_api.searches) == searches, "what was found before is there"
    desk.config["areas"]["mine"]["bbox"] = [6.56, 46.40, 6.579, 46.415]
    told(desk, capsys, "--pilot", "0")
    assert len(desk.open_api.searches) == searches + 1, "the list is of another area"


def test_what_clms_has_delivered_is_ordered_no_more(desk: Desk, capsys: Any) -> None:
    assert told(desk, capsys, "--pilot", "0")["sealed"]["requests"] == "?"
    plan = plan_of([Path("mine.yaml")])
    place = Place(area="mine", source="sealed", edition="2018")
    document = plan.products.clms_request(place)["document"]
    archive = Path(".cache/clms/archives", f"{document['fingerprint']}.zip")
    archive.parent.mkdir(parents=True)
    archive.touch()
    there = told(desk, capsys, "--pilot", "0")["sealed"]
    assert (there["requests"], there["MB"], there["time"]) == ("0", "0", "0:00:00")
    archive.unlink()
    delivered("sealed", plan.products.clms_request(place))
    assert told(desk, capsys, "--pilot", "0")["sealed"]["requests"] == "0"
    desk.config["areas"]["mine"]["bbox"] = [6.56, 46.40, 6.579, 46.415]
    assert told(desk, capsys, "--pilot", "0")["sealed"]["requests"] == "?", "of another area"


def delivered(source: str, request: dict[str, Any]) -> None:
    """What the jobs of a product leave behind, as far as a plan looks."""
    plan, place = plan_of([Path("mine.yaml")]), Place(area="mine", source=source, edition="2018")
    target = plan.folders.here(plan.products.delivered(place))
    aligned = plan.folders.here(paths.ALIGNED.format(area="mine", source=source, edition="2018"))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch()
    aligned.touch()
    recorded(target, request)
    recorded(aligned, plan.products.align_request(place))


def test_what_is_asked_for_anew_under_its_name_is_planned_again(desk: Desk, capsys: Any) -> None:
    told(desk, capsys, "--pilot", "0")
    products = plan_of([Path("mine.yaml")]).products
    names = {"trees": "image_service", "leaves": "data_space", "sealed": "clms"}
    for source, service in names.items():
        place = Place(area="mine", source=source, edition="2018")
        delivered(source, getattr(products, f"{service}_request")(place))
    run_scenes("other")
    there = told(desk, capsys)
    assert {there[source]["requests"] for source in (*names, "other")} == {"0"}
    assert {there[source]["disk-MB"] for source in (*names, "other")} == {"0"}
    desk.config["products"]["trees"]["product"] = "IMD"
    desk.config["products"]["sealed"]["request"] = {"by": "nuts", "nuts": "FR"}
    desk.config["scenes"]["other"]["cloud_max"] = 70
    now = told(desk, capsys)
    assert now["trees"]["requests"] == "1"
    assert float(now["trees"]["disk-MB"]) > float(now["trees"]["MB"]), "it is aligned too"
    assert now["leaves"]["disk-MB"] == "0"
    assert (now["other"]["requests"], now["other"]["blocks"]) == ("0", "0"), "the same scenes"
    assert now["sealed"]["requests"] == "?"
    desk.config["scenes"]["other"]["leave_out"] = ["S2A_open"]
    assert desk.call(plan_run.main) == 2, "no scene is left"
    assert "S2A_open" in capsys.readouterr().err


def test_what_is_unknown_is_said_with_its_reason(desk: Desk, capsys: Any) -> None:
    assert desk.call(plan_run.main, "--pilot", "0") == 0
    text = capsys.readouterr().out
    assert rows(text)["other"]["requests"] == "?"
    assert not desk.files.requests, "a pilot of none opens nothing"
    for line in (
        r"mine other 2018, mine s2 2018, mine leaves 2018: nothing is measured without a pilot",
        r"mine sealed 2018: .* how long it waits in the queue is not known",
        r"mine sealed 2018: CLMS does not say how large what it cuts out will be",
        r"mine trees 2018: its time is not known without a pilot",
    ):
        assert re.search(rf"^- {line}", text, re.M), line


def test_an_engine_without_an_estimate_is_unknown(
    desk: Desk, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(engines.ENGINES, "checkerboard", "workflow.checkerboard")
    desk.config["scenes"]["other"] = {
        "sensor": "sentinel2", "catalogue": "checkerboard", "mask": "squares",
    }  # fmt: skip
    assert desk.call(plan_run.main) == 0
    text = capsys.readouterr().out
    there = rows(text)["other"]
    assert (there["from"], there["scenes"], there["memory-MB"]) == ("checkerboard", "1/1", "700")
    assert [there[name] for name in ("requests", "MB", "core-h", "EECU-h", "time")] == ["?"] * 5
    assert "mine other 2018: its engine does not tell what its work will take" in text


def test_an_engine_from_elsewhere_tells_of_itself_and_of_its_ration(
    desk: Desk, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workflow import checkerboard

    class Rationed(checkerboard.Checkerboard):
        service = "Checkers"

        def estimate(self, ahead: Any, area: Any, services: Any, pilot: int, cores: int) -> Cost:
            return Cost(7, 8e6, 0, 0.5, 3, 1, [f"with {cores} cores and a pilot of {pilot}"])

        def verdict(self, eecu_hours: float | None, services: Any) -> tuple[str, bool]:
            return f"{eecu_hours} of 2 boards", bool(eecu_hours and eecu_hours <= 2)

    monkeypatch.setitem(engines.ENGINES, "checkerboard", "workflow.checkerboard")
    monkeypatch.setattr(checkerboard, "ENGINE", Rationed())
    desk.config["scenes"]["other"] = {
        "sensor": "sentinel2", "catalogue": "checkerboard", "mask": "squares",
    }  # fmt: skip
    words = ("--pilot", "2", "--cores", "5")
    assert desk.call(plan_run.main, *words) == 1, "it refuses"
    text = capsys.readouterr().out
    there = rows(text)["other"]
    found = [there[name] for name in ("requests", "MB", "core-h", "EECU-h", "time")]
    assert found == ["7", "8", "0.5", "3", "1:00:00"]
    assert "with 5 cores and a pilot of 2" in text and "quota: 3 of 2 boards" in text
    assert desk.call(plan_run.main, *words, "--allow") == 0


def test_a_catalogue_that_is_down_ends_it_in_one_sentence(desk: Desk, capsys: Any) -> None:
    desk.open_api.faults.extend([Fault(404)] * 9)
    assert desk.call(plan_run.main) == 2
    streams = capsys.readouterr()
    (line,) = [each for each in streams.err.splitlines() if "could" in each]
    assert line.startswith("scenes.other:") and "could not be searched" in line
    assert streams.out == ""


def test_files_of_ones_own_are_added_up(desk: Desk, capsys: Any) -> None:
    Path("trees.tif").write_bytes(bytes(3_000_000))
    desk.config["products"]["trees"]["editions"][2018] = "trees.tif"
    assert desk.call(plan_run.main, "--pilot", "0") == 0
    text = capsys.readouterr().out
    assert "trees" not in rows(text)
    assert "files of your own: 1, 3 MB" in text


def test_the_local_part_is_told_whatever_the_sources(desk: Desk, capsys: Any) -> None:
    """Of five layers of some 6,400 px of 20 m, the start of 14 jobs is nearly all."""
    assert desk.call(plan_run.main, "--pilot", "0") == 0
    found = re.search(
        r"^from products to level 3: (\S+) core-hours, .* at most (\S+) MB$",
        capsys.readouterr().out, re.M,
    )  # fmt: skip
    assert found
    assert float(found[1]) == pytest.approx(14 * 0.4 / 3600, rel=0.02)
    assert float(found[2]) == pytest.approx(0.0064 * 13 * 4 / 3, rel=0.1)


@pytest.mark.parametrize("cores", ["0.5", "many", "0", "-5"])
def test_cores_are_a_number_or_all(desk: Desk, capsys: Any, cores: str) -> None:
    with pytest.raises(SystemExit):
        desk.call(plan_run.main, f"--cores={cores}")
    assert f"argument --cores: invalid: {cores}; write all, or" in capsys.readouterr().err


@pytest.mark.parametrize("pilot", ["-1", "1.5", "x"])
def test_a_pilot_is_a_number(desk: Desk, capsys: Any, pilot: str) -> None:
    with pytest.raises(SystemExit):
        desk.call(plan_run.main, f"--pilot={pilot}")
    assert f"argument --pilot: invalid: {pilot}; write a whole" in capsys.readouterr().err


def test_what_would_stop_a_run_stops_it_in_the_same_words(desk: Desk, capsys: Any) -> None:
    desk.config["products"]["trees"]["editions"][2018] = "gone.tif"
    desk.config["clms"]["lock"] = "none.json"
    assert desk.call(plan_run.main) == 2
    told = capsys.readouterr().err
    assert "config: 2 problems" in told
    assert "products.trees.editions.2018: gone.tif does not exist" in told
    assert "clms.lock: the lock file none.json does not exist, and products.sealed" in told
    assert "run `make offers-lock CONFIG=mine.yaml`" in told
    assert not desk.open_api.searches


def test_what_is_nowhere_and_needed_stops_it_as_it_would_a_run(desk: Desk, capsys: Any) -> None:
    desk.config["products"]["leaves"]["editions"] = {2019: "cdse"}
    assert desk.call(plan_run.main, "--pilot", "0") == 2
    assert "DLT 2019: the Copernicus Data Space has no tile of it for" in capsys.readouterr().err
    layer = desk.config["layers"]["leaftype_veg_cat"]
    layer["methods"]["b"], layer["use"] = "where(trees > 50, 1, 2)", ["a", "b"]
    assert desk.call(plan_run.main, "--pilot", "0") == 0, capsys.readouterr().err
    assert "leaves 2019: the Copernicus Data Space has no tile of it" in capsys.readouterr().out


def test_an_asset_is_asked_for_first_and_anew_where_another_is_named(
    desk: Desk, capsys: Any
) -> None:
    def refused() -> bool:
        status = desk.call(plan_run.main, "--pilot", "0")
        told = "areas.mine.asset: is not fetched yet; run `make grid` with this config first"
        return status == 2 and told in capsys.readouterr().err

    told(desk, capsys, "--pilot", "0")
    area = plan_of([Path("mine.yaml")]).areas.area("mine")
    desk.config["areas"]["mine"] = {"asset": "projects/annas-project/assets/shore"}
    assert refused()
    plan = plan_of([Path("mine.yaml")])
    outline, grid = (
        plan.folders.here(each.format(area="mine")) for each in (paths.OUTLINE, paths.GRID)
    )
    write_area(area, outline, grid)
    request = plan.areas.grid_request(Place(area="mine"))
    recorded(grid, request, "made by other code")
    assert refused()
    recorded(grid, request, code_hash.script_hash(code_hash.SCRIPTS / "write_grid.py"))
    assert not refused()
    desk.config["areas"]["mine"] = {"asset": "projects/annas-project/assets/another"}
    assert refused()


def test_a_config_that_is_not_there_is_said_to_be_so(desk: Desk, capsys: Any) -> None:
    assert plan_run.main(["nothing.yaml"]) == 2
    assert (
        f"nothing.yaml: cannot be read: it is not there; name a file of {Path.cwd()}"
        in capsys.readouterr().err
    )
    assert plan_run.main(["presets"]) == 2
    assert "presets: cannot be read (Is a directory)" in capsys.readouterr().err
