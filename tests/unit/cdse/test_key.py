"""The S3 keys of the Data Space: the rules of the CLMS key, and never shown."""

import json

import pytest

from lccs_inputs.cdse.key import KEY_VARIABLE, PAIR_VARIABLES, S3Keys
from lccs_inputs.errors import SourceError

PAIR = {"access_key": "ACCESS0123456789", "secret_key": "SECRET0123456789"}


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch):
    for name in (KEY_VARIABLE, *PAIR_VARIABLES):
        monkeypatch.delenv(name, raising=False)


def write(path, content, mode=0o600):
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    path.chmod(mode)
    return str(path)


def test_keys_come_from_the_file_of_the_config_before_that_of_the_environment(
    tmp_path, monkeypatch
):
    monkeypatch.setenv(KEY_VARIABLE, write(tmp_path / "other.json", PAIR | {"access_key": "B"}))
    keys = S3Keys.find(write(tmp_path / "s3.json", PAIR))
    assert (keys.access, keys.secret) == (PAIR["access_key"], PAIR["secret_key"])
    assert S3Keys.find(None).access == "B"


def test_keys_come_from_a_pair_of_variables_where_no_file_is_named(monkeypatch):
    for name, value in zip(PAIR_VARIABLES, PAIR.values(), strict=True):
        monkeypatch.setenv(name, value)
    assert S3Keys.find(None).secret == PAIR["secret_key"]


def test_half_a_pair_is_none(monkeypatch):
    monkeypatch.setenv(PAIR_VARIABLES[0], "ACCESS")
    with pytest.raises(SourceError, match=r"^no S3 keys .*CDSE_KEY or cdse\.key.*docs/accounts"):
        S3Keys.find(None)


def test_the_secret_is_never_shown(tmp_path):
    keys = S3Keys.find(write(tmp_path / "s3.json", PAIR))
    assert PAIR["secret_key"] not in f"{keys} {keys!r}"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_file_that_others_can_open_is_refused_with_the_command_that_helps(tmp_path, mode):
    path = write(tmp_path / "s3.json", PAIR, mode)
    with pytest.raises(SourceError, match=f"run: chmod 600 {path}$"):
        S3Keys.find(path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("access_key: A", "is not the JSON file that holds them"),
        ({"access_key": "A"}, "lacks secret_key;"),
        ({"access_key": "", "secret_key": 7}, "lacks access_key, secret_key;"),
    ],
)
def test_a_file_that_holds_no_keys_says_what_it_should_hold(tmp_path, content, told):
    with pytest.raises(SourceError, match=told):
        S3Keys.find(write(tmp_path / "s3.json", content))


def test_the_keys_themselves_in_place_of_their_file_are_not_quoted():
    with pytest.raises(SourceError, match=r"cdse\.key holds .* itself") as caught:
        S3Keys.find(json.dumps(PAIR))
    assert PAIR["secret_key"] not in str(caught.value)
