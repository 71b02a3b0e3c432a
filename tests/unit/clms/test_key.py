"""The service key: refused where it is unsafe or unusable, and never shown."""

import json
from dataclasses import asdict

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lccs_inputs.clms.key import KEY_VARIABLE, ServiceKey, find_key
from lccs_inputs.errors import SourceError

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NOW = 1_790_000_000.0


def pem(key):
    return key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    ).decode()


def content(**changes):
    return {
        "client_id": "client-1",
        "user_id": "someone",
        "key_id": "k1",
        "private_key": pem(RSA),
        "token_uri": "https://land.copernicus.eu/@@oauth2-token",
        "title": "test",
        "issued": "2026-01-01T00:00:00",
        "ip_range": None,
    } | changes


def write(path, fields, mode=0o600):
    path.write_text(fields if isinstance(fields, str) else json.dumps(fields))
    path.chmod(mode)
    return path


@pytest.fixture
def key_file(tmp_path):
    return write(tmp_path / "key.json", content())


def refusal(path):
    with pytest.raises(SourceError) as refused:
        ServiceKey.read(path)
    message = str(refused.value)
    assert str(path) in message
    assert "\n" not in message and "PRIVATE" not in message
    return message


def test_a_key_is_read(key_file):
    key = ServiceKey.read(key_file)
    assert (key.client_id, key.user_id, key.ip_range) == ("client-1", "someone", "")


def test_the_private_key_is_never_shown(key_file):
    key = ServiceKey.read(key_file)
    line = pem(RSA).splitlines()[3]
    for text in (repr(key), str(key), f"{key}", repr(vars(key))):
        assert line not in text and "BEGIN" not in text


def test_the_private_key_does_not_leave_in_a_copy_of_the_fields(key_file):
    with pytest.raises(TypeError):
        json.dumps(asdict(ServiceKey.read(key_file)))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o666, 0o610, 0o777])
def test_a_key_others_can_open_is_refused_with_the_command_that_helps(tmp_path, mode):
    path = write(tmp_path / "my key.json", content(), mode)
    message = refusal(path)
    assert message.endswith(f"run: chmod 600 '{path}'")
    assert f"mode {mode:o}" in message


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_key_only_its_owner_can_open_is_taken(tmp_path, mode):
    ServiceKey.read(write(tmp_path / "key.json", content(), mode))


def test_a_link_is_judged_by_the_file_it_leads_to(tmp_path):
    write(tmp_path / "key.json", content(), 0o644)
    (tmp_path / "link.json").symlink_to(tmp_path / "key.json")
    assert "chmod 600" in refusal(tmp_path / "link.json")


def test_a_missing_key_points_to_the_guide(tmp_path):
    assert "docs/accounts.md" in refusal(tmp_path / "none.json")


def test_a_folder_is_no_key(tmp_path):
    (tmp_path / "key").mkdir(mode=0o700)
    assert "cannot be read" in refusal(tmp_path / "key")


@pytest.mark.parametrize("text", ["", "not json", "[1, 2]", '"text"', "{", pem(RSA)])
def test_what_is_not_the_json_of_clms_is_refused(tmp_path, text):
    assert "docs/accounts.md" in refusal(write(tmp_path / "key.json", text))


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = write(tmp_path / "key.json", "")
    path.write_bytes(b"\xff\xfe\x00\x01" * 9)
    assert "not the JSON file" in refusal(path)


@pytest.mark.parametrize("name", ["client_id", "user_id", "private_key", "token_uri"])
@pytest.mark.parametrize("value", [None, "", 7])
def test_a_lacking_field_is_named(tmp_path, name, value):
    path = write(tmp_path / "key.json", content(**{name: value}))
    assert f"lacks {name};" in refusal(path)


def test_all_lacking_fields_are_named_at_once(tmp_path):
    message = refusal(write(tmp_path / "key.json", {}))
    assert "client_id, user_id, private_key, token_uri" in message


@pytest.mark.parametrize(
    "text",
    ["nonsense", pem(RSA)[:300], pem(ec.generate_private_key(ec.SECP256R1()))],
    ids=["nonsense", "cut off", "another kind"],
)
def test_a_private_key_that_cannot_sign_is_refused(tmp_path, text):
    path = write(tmp_path / "key.json", content(private_key=text))
    assert "not an RSA key" in refusal(path)


@pytest.mark.parametrize(
    "address",
    ["http://land.copernicus.eu/@@oauth2-token", "land.copernicus.eu", "file:///tmp/x", "https://"],
)
def test_a_key_is_only_sent_over_https(tmp_path, address):
    path = write(tmp_path / "key.json", content(token_uri=address))
    assert "not an https address" in refusal(path)


def test_the_assertion_says_what_clms_checks(key_file):
    key = ServiceKey.read(key_file)
    assertion = key.assertion(NOW)
    assert jwt.get_unverified_header(assertion)["alg"] == "RS256"
    claims = jwt.decode(
        assertion, RSA.public_key(), ["RS256"], options={"verify_aud": False, "verify_exp": False}
    )
    assert set(claims) == {"iss", "sub", "aud", "iat", "exp"}  # nbf and scope are refused
    assert (claims["iss"], claims["sub"]) == ("client-1", "someone")
    assert claims["aud"] == "https://land.copernicus.eu/@@oauth2-token"
    assert isinstance(claims["iat"], int) and isinstance(claims["exp"], int)


@pytest.mark.parametrize("off", [-300, -60, 0, 60, 110])
def test_the_assertion_bears_a_clock_that_is_a_little_off(key_file, off):
    claims = jwt.decode(
        ServiceKey.read(key_file).assertion(NOW + off), options={"verify_signature": False}
    )
    assert NOW - 3600 < claims["iat"] <= NOW + 60
    assert NOW < claims["exp"] < NOW + 86400


def test_the_config_names_the_key(key_file, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "elsewhere.json")
    assert find_key(str(key_file)) == key_file


def test_the_environment_names_the_key_where_the_config_does_not(key_file, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, str(key_file))
    assert find_key(None) == find_key("") == key_file


def test_a_tilde_is_the_home_folder(key_file, monkeypatch):
    monkeypatch.setenv("HOME", str(key_file.parent))
    assert find_key("~/key.json") == key_file
    monkeypatch.setenv(KEY_VARIABLE, "~nobody_here/key.json")
    with pytest.raises(
        SourceError, match=f"^{KEY_VARIABLE} begins with ~ .*write the path in full"
    ):
        find_key(None)


def test_no_key_at_all_says_the_ways_out(monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    with pytest.raises(SourceError) as refused:
        find_key(None)
    for way in (KEY_VARIABLE, "clms.key", "image_service", "docs/accounts.md"):
        assert way in str(refused.value)


def test_a_key_that_is_not_there_says_who_names_it(tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "gone.json"))
    with pytest.raises(SourceError, match=f"{KEY_VARIABLE} names .*gone.json"):
        find_key(None)
    with pytest.raises(SourceError, match=r"clms\.key names"):
        find_key("gone.json")


@pytest.mark.parametrize("value", [json.dumps(content()), pem(RSA)])
def test_the_key_itself_in_place_of_its_path_is_not_repeated(value, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, value)
    with pytest.raises(SourceError) as refused:
        find_key(None)
    assert "save the key in a file of mode 600" in str(refused.value)
    assert "BEGIN" not in str(refused.value)
