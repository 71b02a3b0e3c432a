"""Secrets do not reach logs, messages or tracebacks, whatever brings them there."""

import json
import logging
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lccs_inputs.redaction import RedactingFilter, install, keep_secret, redact

PEM = (
    rsa.generate_private_key(public_exponent=65537, key_size=2048)
    .private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    .decode()
)
LINES = PEM.splitlines()[1:-1]
JWT = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJjbGllbnQifQ.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
SECRET = "s3cret-value-4711"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {SECRET}",
        f"{{'Authorization': 'Bearer {SECRET}', 'Accept': '*/*'}}",
        f"authorization: BEARER {SECRET}",
        f'{{"access_token":"{SECRET}","expires_in":3600}}',
        f"{{'access_token': '{SECRET}'}}",
        f"grant_type=urn:ietf:params&assertion={SECRET}",
        f"GET /api/@datarequest_status_get?TaskID={SECRET} HTTP/1.1",
        f'{{"TaskID": "{SECRET}"}}',
        f"https://host/results/4050.zip?sig={SECRET}&x=1",
        f"at 'https://host/a?{SECRET}'",
        f"http://someone:{SECRET}@host/path",
        f"'private_key': '{SECRET}'",
    ],
)
def test_a_secret_of_known_shape_is_hidden(text):
    assert SECRET not in redact(text)
    assert SECRET not in redact(f"before {text}, after")


@pytest.mark.parametrize("text", [JWT, f"({JWT})", f"'{JWT}'", f"x={JWT}&y=1", JWT[:60]])
def test_an_assertion_is_hidden_wherever_it_stands(text):
    assert "eyJ" not in redact(text)


@pytest.mark.parametrize(
    "text",
    [PEM, json.dumps({"private_key": PEM}), repr(PEM), PEM[:400], json.dumps(PEM)[:500]],
    ids=["as it is", "in JSON", "quoted", "cut off", "quoted and cut off"],
)
def test_a_private_key_is_hidden(text):
    redacted = redact(f"key: {text}")
    assert not any(line in redacted for line in LINES)
    assert "BEGIN" not in redacted


def test_an_opaque_token_is_hidden_once_it_is_known():
    assert redact("it is opaque-4711-aaa") == "it is opaque-4711-aaa"
    keep_secret("opaque-4711-aaa")
    assert redact("it is opaque-4711-aaa") == "it is [hidden]"


def test_an_empty_or_short_secret_garbles_nothing():
    keep_secret("")
    keep_secret("a")
    assert redact("a banana") == "a banana"


@pytest.mark.parametrize(
    "text",
    [
        "CLMS refused @datarequest_post: NUTS country error (HTTP 400)",
        "https://land.copernicus.eu/api/@search",
        "results/mine/sources/imperviousness/2021/delivery.zip: 35 MB",
        "the token_uri in the service key ~/key.json is not an https address",
        "run: chmod 600 ~/.config/lccs-inputs/clms-key.json",
        "bearer of good news",
        "Basic checks passed",
        "BoundingBox=[6.488, 46.417, 6.798, 46.314]",
        "",
    ],
)
def test_what_is_no_secret_stays_readable(text):
    assert redact(text) == text


def test_redacting_twice_changes_nothing_more():
    once = redact(f"Bearer {SECRET} TaskID={SECRET} https://host/x?{SECRET}")
    assert redact(once) == once


@pytest.fixture
def log_file(tmp_path):
    """A log set up after the redaction, as the one of a job is, and the path of its file."""
    before = logging.getLogRecordFactory()
    install()
    handler = logging.FileHandler(tmp_path / "log")
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield tmp_path / "log"
    root.removeHandler(handler)
    root.setLevel(level)
    handler.close()
    logging.setLogRecordFactory(before)


@pytest.mark.parametrize(
    "name", [None, "lccs_inputs.clms.waiting", "urllib3.connectionpool", "any"]
)
def test_every_logger_is_redacted_also_below_a_logger(log_file, name):
    logging.getLogger(name).debug("sent %s to %r", f"Bearer {SECRET}", {"TaskID": SECRET})
    assert SECRET not in log_file.read_text()
    assert "sent Bearer [hidden]" in log_file.read_text()


def test_a_logged_traceback_is_redacted(log_file):
    try:
        try:
            raise OSError(f"https://host/results/1.zip?sig={SECRET}")
        except OSError as error:
            raise ValueError(f"Bearer {SECRET}") from error
    except ValueError:
        logging.getLogger("any").exception("failed")
    text = log_file.read_text()
    assert SECRET not in text
    assert "ValueError: Bearer [hidden]" in text and "OSError: https://host/results/1.zip" in text


def test_a_record_without_a_secret_is_left_as_it_is(log_file):
    record = logging.getLogRecordFactory()("any", logging.INFO, "file", 1, "%d of %d", (1, 2), None)
    assert (record.msg, record.args) == ("%d of %d", (1, 2))


def test_a_record_that_cannot_be_formatted_is_left_to_logging():
    record = logging.LogRecord("any", logging.INFO, "file", 1, "%d", ("text",), None)
    assert RedactingFilter().filter(record)
    assert record.args == ("text",)


def test_installing_twice_wraps_once(log_file):
    factory = logging.getLogRecordFactory()
    install()
    assert logging.getLogRecordFactory() is factory


def test_the_exception_handed_on_is_not_changed(log_file):
    try:
        raise ValueError(f"Bearer {SECRET}")
    except ValueError:
        info = sys.exc_info()
        logging.getLogger("any").error("failed", exc_info=info)
    assert SECRET in str(info[1])
