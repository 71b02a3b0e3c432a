"""Where editions can come from: in which order, and what an account opens."""

from pathlib import Path

import pytest

from lccs_inputs.cdse.key import KEY_VARIABLE, PAIR_VARIABLES
from lccs_inputs.clms.key import KEY_VARIABLE as CLMS_VARIABLE
from lccs_inputs.commands.ways import list_ways
from lccs_inputs.plan import Plan
from standins.clms import ClmsStandIn

BASE = Path(__file__).resolve().parents[3] / "config.yaml"
WAYS = ["a file", "cdse", "clms", "image_service", "earthengine"]


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (KEY_VARIABLE, CLMS_VARIABLE, *PAIR_VARIABLES):
        monkeypatch.delenv(name, raising=False)


def listed(**said: object) -> tuple[dict[str, str], list[str]]:
    """What is said of each way, and what keeps ways closed."""
    lines = list_ways(Plan.from_files(BASE, [said], {}).config).splitlines()[2:]
    rows = [line for line in lines if not line.startswith("!")]
    assert [row.split("  ")[0] for row in rows] == WAYS, "in the order to prefer them"
    opened = {way: row.removeprefix(way).split()[0] for way, row in zip(WAYS, rows, strict=True)}
    return opened, [line for line in lines if line.startswith("!")]


def test_without_an_account_files_and_the_image_service_are_open() -> None:
    opened, closed = listed()
    assert [way for way in WAYS if opened[way] == "yes"] == ["a file", "image_service"]
    assert [line.split(":")[0] for line in closed] == ["! cdse", "! clms", "! earthengine"]
    assert "docs/accounts.md" in closed[0] and "docs/accounts.md" in closed[1]


def test_an_account_opens_its_way_and_products_are_listed_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clms: ClmsStandIn
) -> None:
    for name in PAIR_VARIABLES:
        monkeypatch.setenv(name, "KEY0123456789")
    monkeypatch.setenv(CLMS_VARIABLE, str(clms.key_file(tmp_path)))
    opened, closed = listed(earthengine={"project": "mine"})
    assert {*opened.values()} == {"yes"} and closed == []
    rows = list_ways(Plan.from_files(BASE, [], {}).config)
    of_cdse = next(line for line in rows.splitlines() if line.startswith("cdse"))
    assert of_cdse.split("  ")[-1].strip() == "TCD, DLT, FTY, GRA, CTY"


def test_a_key_that_others_can_open_keeps_its_way_closed_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (key := tmp_path / "s3.json").write_text('{"access_key": "A", "secret_key": "B"}')
    key.chmod(0o644)
    monkeypatch.setenv(KEY_VARIABLE, str(key))
    opened, closed = listed()
    assert opened["cdse"] == "no" and f"run: chmod 600 {key}" in closed[0]
