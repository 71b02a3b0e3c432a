"""The doctor asks each service that a config uses, says what is wrong, and tells no secrets."""

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from every_service import BASE, KEYS, Desk, every_service
from lccs_inputs.commands import doctor
from lccs_inputs.doctor.record import keep_answers, record_of
from lccs_inputs.doctor.services import checks
from lccs_inputs.errors import InputError, SourceError
from lccs_inputs.facts.catalogues import PRESETS
from lccs_inputs.imagery.engine import ENGINES
from lccs_inputs.plan import Plan
from recorded_answers import read_answers
from standins.stac_api import Fault


def examine(desk: Desk) -> tuple[int, dict[str, Any]]:
    """The exit status, and the record."""
    status = desk.call(doctor.main)
    return status, json.loads((desk.folder / "doctor.json").read_text())


def said(record: dict[str, Any]) -> dict[str, str]:
    """Service → what was said of it, of those that do not work."""
    return {each["service"]: each["said"] for each in record["findings"] if not each["works"]}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silence: None) -> Iterator[Desk]:
    with every_service(tmp_path, monkeypatch) as there:
        yield there


def test_a_machine_on_which_all_works_is_told_so(desk: Desk, capsys: Any) -> None:
    status, record = examine(desk)
    told = capsys.readouterr().out
    assert (status, said(record)) == (0, {}), told
    works = [each["service"] for each in record["findings"]]
    assert works == ["disk", "config", desk.open_api.url, "cdse", "cdse_maps", "clms",
                     "image_service", "earthengine"]  # fmt: skip
    assert re.search(r"^ok    clms: signed in with .*, 0 tasks under way \(\d", told, re.M)
    assert re.search(r"^ok    cdse: S2A_MSIL2A_.*, pixels of red read", told, re.M)
    assert re.search(r"^ok    image_service: \d+ pixels of TCD 2018, codes ", told, re.M)
    assert "ok    earthengine: project annas-project, which computes" in told
    assert {"python", "gdal", "snakemake", "lccs-inputs"} <= record["versions"].keys()


def test_only_what_the_config_uses_is_asked(desk: Desk) -> None:
    desk.config["layers"] = {"canopyco_veg_con": desk.config["layers"]["canopyco_veg_con"]}
    _, record = examine(desk)
    assert [each["service"] for each in record["findings"]] == ["disk", "config", "image_service"]
    assert not desk.earthengine.log and not desk.store.requests and not desk.open_api.searches


def test_each_question_is_tiny(desk: Desk) -> None:
    examine(desk)
    assert [query["limit"] for query in desk.open_api.searches] == [1]
    assert len(desk.clms.requests("GET @datarequest_search")) == 1
    assert len(desk.clms.requests("GET exportImage")) == 1
    assert [each.method for each in desk.earthengine.log][-1] == "value:compute"
    assert not desk.clms.requests("POST @datarequest_post")


def test_everything_that_does_not_work_is_told_with_its_remedy(desk: Desk, capsys: Any) -> None:
    desk.store.expired.add(KEYS[0])
    desk.clms.key_file(desk.folder, client_id="deleted")
    desk.open_api.faults.extend([Fault(503)] * 4)
    desk.config["clms"]["image_service"] += "/gone"
    desk.config["earthengine"]["project"] = None
    status, record = examine(desk)
    found = said(record)
    assert status == 1
    for service in ("cdse", "cdse_maps"):
        assert re.search(r"refused the S3 keys .*\(ExpiredToken\).*make new ones", found[service])
    assert re.search(r"CLMS refused the service key .*make a new key", found["clms"])
    assert re.search(r"could not be searched .*check the address", found[desk.open_api.url])
    assert re.search(r"HTTP 404.*run again later, or set it to clms", found["image_service"])
    assert "earthengine.project is not set" in found["earthengine"]
    assert "earthengine.project is not set" in found["config"]
    assert len(re.findall("^FAIL", capsys.readouterr().out, re.M)) == len(found) == 7


@pytest.mark.parametrize(
    ("mode", "told"), [(0o644, "can be opened by others (mode 644); run: chmod 600"), (None, "")]
)
def test_a_key_file_that_others_can_open_is_told(desk: Desk, mode: int | None, told: str) -> None:
    key = Path(desk.config["clms"]["key"])
    if mode is None:
        key.unlink()
        told = "which is not a file; docs/accounts.md says how to get a key"
    else:
        key.chmod(mode)
    status, record = examine(desk)
    assert status == 1 and told in said(record)["clms"]
    assert not desk.clms.requests("POST @@oauth2-token")


def test_a_key_for_earth_engine_is_held_to_the_same(desk: Desk) -> None:
    key = desk.earthengine.write_key(desk.folder / "google.json")
    desk.config["earthengine"]["key"] = str(key)
    key.chmod(0o640)
    status, record = examine(desk)
    assert status == 1 and "mode 640); run: chmod 600" in said(record)["earthengine_key"]
    key.chmod(0o600)
    status, record = examine(desk)
    assert (status, said(record)) == (0, {})
    text = (desk.folder / "doctor.json").read_text()
    assert json.loads(key.read_text())["client_email"] not in text
    assert "ya29" not in text and "access_token" not in text


def test_a_full_disk_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1e9}))
    _, record = examine(desk)
    assert re.search(r"1\.0 GB are free in .*; make room for 5 GB or more", said(record)["disk"])


def test_a_file_where_a_folder_is_to_be_is_told(desk: Desk) -> None:
    desk.config["composing"] = {"cache": "mine.yaml/imagery"}
    status, record = examine(desk)
    assert status == 1
    assert re.search(r"/mine\.yaml is a file, where a folder of the config", said(record)["disk"])


def test_a_service_that_is_silent_ends_in_seconds_and_one_sentence(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.clms.faults.add("GET @datarequest_search", "timeout", times=9)
    _, record = examine(desk)
    assert "gave no usable answer" in said(record)["clms"]
    assert not caplog.records
    logging.getLogger("lccs_inputs").warning("as ever")
    assert caplog.messages == ["as ever"]


def test_a_config_that_cannot_be_used_is_told_as_ever(desk: Desk, capsys: Any) -> None:
    desk.config["layers"]["aquatic_wat_cat"]["use"] = "b"
    (desk.folder / "mine.yaml").write_text(yaml.safe_dump(desk.config))
    assert doctor.main(["mine.yaml"]) == 1
    assert '"b" is not a method of this layer' in capsys.readouterr().err


# -- the record ------------------------------------------------------------------------------


def test_a_record_holds_the_answers_and_no_secret(desk: Desk) -> None:
    _, record = examine(desk)
    text = (desk.folder / "doctor.json").read_text()
    key = json.loads(Path(desk.config["clms"]["key"]).read_text())
    secrets = [*KEYS, key["client_id"], key["user_id"], key["private_key"].splitlines()[1]]
    secrets += ["annas-project", "Bearer ", str(desk.folder / "home"), "assertion"]
    for secret in secrets:
        assert secret not in text
    (items,) = [
        each["body"]["features"] for each in exchanges(record, "cdse") if "features" in str(each)
    ]
    assert items[0]["assets"].keys() >= {"B04_10m", "SCL_20m"}
    assert [each["body"] for each in exchanges(record, "earthengine")][-1] == {"result": 2}
    assert {each["status"] for each in exchanges(record, "clms")} == {200}
    assert exchanges(record, "clms")[0]["body"] is None, "that is the token"


def exchanges(record: dict[str, Any], service: str) -> list[dict[str, Any]]:
    (found,) = [each for each in record["findings"] if each["service"] == service]
    return list(found["exchanges"])


def test_a_record_takes_the_place_of_no_other_file(desk: Desk, capsys: Any) -> None:
    assert desk.call(doctor.main, "--record", "mine.yaml") == 1
    assert "mine.yaml is no record of make doctor (" in capsys.readouterr().err
    assert "areas:" in Path("mine.yaml").read_text()
    assert not desk.open_api.searches
    assert desk.call(doctor.main, "--record", "/proc/doctor.json") == 1
    assert "--record: /proc/doctor.json cannot be written (" in capsys.readouterr().err
    examine(desk)
    examine(desk)


def test_what_is_private_in_an_answer_is_hidden_by_its_name_and_by_its_shape() -> None:
    from lccs_inputs.doctor.exchanges import Exchange
    from lccs_inputs.doctor.record import Finding

    body = {
        "14909741217": {
            "UserID": "anna",
            "DownloadURL": "https://x/1.zip?sig=1",
            "Status": "Queued",
        },
        "note": "write to anna@example.org, or see https://x.org/a?token=abc",
    }
    exchange = Exchange("GET", "https://x.org/list", 200, "application/json", body)
    found = record_of(
        {}, [Finding("clms", True, "of /home/anna/k", [exchange])], {"/home/anna": "~"}
    )
    (told,) = found["findings"]
    assert told["said"] == "of ~/k"
    assert told["exchanges"][0]["body"] == {
        "1": {"UserID": "[hidden]", "DownloadURL": "[hidden]", "Status": "Queued"},
        "note": "write to [hidden], or see https://x.org/a",
    }


def test_a_record_becomes_fixtures_by_one_command(desk: Desk, capsys: Any) -> None:
    desk.store.expired.add(KEYS[0])
    examine(desk)
    Path("tests").touch()
    assert doctor.main(["--keep", "doctor.json"]) == 1
    assert "recorded: tests/live/recorded cannot be written (" in capsys.readouterr().err
    Path("tests").unlink()
    assert doctor.main(["--keep", "doctor.json"]) == 0
    kept = sorted(path.name for path in Path("tests/live/recorded").iterdir())
    address = re.sub(r"\W+", "_", desk.open_api.url.partition("://")[2])
    assert kept == sorted(
        ["clms.json", "earthengine.json", "image_service.json", f"{address}.json"]
    )
    assert "cdse.json" not in kept, "what failed is no fixture"
    for path in Path("tests/live/recorded").iterdir():
        read_answers(json.loads(path.read_text()))


def test_a_record_of_long_items_that_spell_a_platform_their_own_way_is_read(desk: Desk) -> None:
    desk.open_api.items[0]["properties"] |= {"platform": "Sentinel-2A", "note": "x" * 100_000}
    examine(desk)
    assert doctor.main(["--keep", "doctor.json"]) == 0
    for path in Path("tests/live/recorded").iterdir():
        read_answers(json.loads(path.read_text()))


def test_an_answer_that_our_readers_do_not_understand_is_told(desk: Desk) -> None:
    examine(desk)
    doctor.main(["--keep", "doctor.json"])
    answer = json.loads(Path("tests/live/recorded/clms.json").read_text())
    answer["exchanges"][-1]["body"] = "something else"
    with pytest.raises(SourceError, match="with something else"):
        read_answers(answer)


def test_the_config_of_the_live_checklist_uses_every_service() -> None:
    live = Path(__file__).parents[2] / "live" / "everything.yaml"
    plan = Plan.from_files(BASE, [live], {})
    asked = [check.service for check in checks(plan)]
    assert sorted(asked) == sorted([*PRESETS, "cdse_maps", "clms", "image_service", "earthengine"])
    page = (BASE.parent / "docs" / "live.md").read_text()
    assert all(f"`{service}`" in page for service in asked)


def test_an_engine_of_ones_own_is_not_asked_as_if_it_were_a_catalogue(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(ENGINES, "checkerboard", "workflow.checkerboard")
    own = {
        "scenes": {"own": {"sensor": "sentinel2", "catalogue": "checkerboard", "mask": "squares"}},
        "products": {},
        "layers": {"vegetat_veg_cat": {"use": "bright", "methods": {"bright": "own.ndvi >= 0.4"}}},
    }
    assert list(checks(Plan.from_files(BASE, [own], {}))) == []


RECORDED = sorted((Path(__file__).parents[2] / "live" / "recorded").glob("*.json"))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_our_readers_understand_what_services_answered_to_others(path: Path) -> None:
    read_answers(json.loads(path.read_text()))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "is no record of make doctor"),
        ("no json", "is no record of make doctor"),
        ('{"record": 99, "findings": []}', "is no record of this version"),
        (
            '{"record": 1, "versions": {}, "findings": 3}',
            "a record of make doctor that was changed",
        ),
        (
            '{"record": 1, "versions": {}, "findings": [{"service": 1, "works": true}]}',
            "a record of make doctor that was changed",
        ),
        (
            '{"record": 1, "versions": {}, "findings": [{"service": "clms", "works": true, "said":'
            ' "mail anna@example.org", "exchanges": []}]}',
            "holds what looks like a secret",
        ),
    ],
)
def test_what_is_no_record_or_holds_secrets_is_not_kept(
    text: str, told: str, tmp_path: Path
) -> None:
    (tmp_path / "sent.json").write_text(text)
    with pytest.raises(InputError, match=told):
        list(keep_answers(tmp_path / "sent.json", tmp_path / "recorded"))
    assert not (tmp_path / "recorded").exists()
