"""The session at the local CLMS, which verifies every signature as the portal does."""

import json
import logging
import traceback

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lccs_inputs.clms.key import ServiceKey
from lccs_inputs.clms.session import ClmsError, ClmsSession, KeyRefused, Unavailable, Unclear
from lccs_inputs.errors import SourceError

SEARCH = "GET @datarequest_search"
SIGN_IN = "POST @@oauth2-token"
POST = "POST @datarequest_post"

pytestmark = pytest.mark.usefixtures("silence")


@pytest.fixture
def open_session(clms, tmp_path):
    opened = []

    def open_session(clock=None, **changes):
        key = ServiceKey.read(clms.key_file(tmp_path, **changes))
        clock = clock or clms.clock.now
        session = ClmsSession(clms.url, key, clock=clock, sleep=clms.clock.sleep)
        opened.append(session)
        return session

    yield open_session
    for session in opened:
        session.close()


def sign_ins(clms):
    return len(clms.requests(SIGN_IN))


def test_a_real_signature_opens_a_protected_route(clms, open_session):
    assert open_session().get("@datarequest_search") == {}
    assert sign_ins(clms) == 1 and not clms.leaked


def test_a_token_past_its_hour_is_renewed(clms, open_session):
    session = open_session()
    session.get("@datarequest_search")
    clms.clock.advance(3601)
    assert session.get("@datarequest_search") == {}
    assert sign_ins(clms) == 2 and len(clms.requests(SEARCH)) == 3


def test_an_expired_token_does_not_close_public_routes(clms, open_session):
    session = open_session()
    session.get("@search")
    clms.accounts.expire_tokens()
    assert session.get("@search")["items_total"] > 25


def test_a_token_clms_forgot_is_renewed(clms, open_session):
    session = open_session()
    session.get("@datarequest_search")
    clms.accounts.purge_tokens()
    assert session.get("@datarequest_search") == {}
    assert sign_ins(clms) == 2


@pytest.mark.parametrize("kind", ["expired_token", "unknown_token"])
def test_a_second_denial_in_a_row_is_fatal(clms, open_session, kind):
    clms.faults.add(SEARCH, kind, times=2)
    with pytest.raises(KeyRefused, match="even with a new token"):
        open_session().get("@datarequest_search")
    assert len(clms.requests(SEARCH)) == 2


def test_a_revoked_key_is_fatal_at_once(clms, open_session):
    clms.accounts.revoked = True
    with pytest.raises(KeyRefused, match="No associated key found"):
        open_session().get("@datarequest_search")
    assert sign_ins(clms) == 1


def test_a_key_of_another_user_or_signature_is_refused(clms, open_session):
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(KeyRefused, match="subject"):
        open_session(user_id="another").get("@search")
    with pytest.raises(KeyRefused, match="Signature verification failed"):
        open_session(private_key=pem).get("@search")


@pytest.mark.parametrize("off", [-500, -60, 60, 100])
def test_a_clock_some_minutes_off_does_no_harm(clms, open_session, off):
    session = open_session(clock=lambda: clms.clock.now() + off)
    assert session.get("@datarequest_search") == {}


@pytest.mark.parametrize("off", [-90_000, 7200])
def test_a_clock_far_off_is_named_as_a_reason(clms, open_session, off):
    with pytest.raises(KeyRefused, match="check this machine's clock"):
        open_session(clock=lambda: clms.clock.now() + off).get("@search")


def test_all_pages_of_a_batch_are_reached_by_their_addresses(clms):
    with ClmsSession(clms.url, None) as session:
        page = session.get("@search", {"portal_type": "DataSet"})
        found = list(page["items"])
        while following := page["batching"].get("next"):
            page = session.get(following)
            found += page["items"]
            if "batching" not in page:
                break
    assert len(found) == page["items_total"] > 25
    assert not clms.requests(SIGN_IN)


@pytest.mark.parametrize("kind", ["timeout_after_storing", "drop_after_storing"])
def test_a_post_whose_answer_is_lost_is_unclear(clms, open_session, kind):
    clms.faults.add(POST, kind)
    with pytest.raises(Unclear):
        open_session().post("@datarequest_post", {"Datasets": []})
    assert len(clms.requests(POST)) == 1


def test_an_unknown_task_cannot_be_deleted(clms, open_session):
    with pytest.raises(ClmsError) as refused:
        open_session().delete("@datarequest_delete", {"TaskID": "1"})
    assert refused.value.status == 403  # 403 and 404 are swapped there


FAULTS = [
    ("status", {"status": 429, "retry_after": 20}, None),
    ("status", {"status": 429}, Unavailable),
    ("status", {"status": 502}, Unavailable),
    ("status", {"status": 503}, Unavailable),
    ("status", {"status": 504}, Unavailable),
    ("html", {}, Unavailable),
    ("timeout", {}, Unavailable),
    ("drop", {}, Unavailable),
    ("expired_token", {}, KeyRefused),
    ("unknown_token", {}, KeyRefused),
    ("redirect", {"to": "http://127.0.0.1:9/?t=secret-query"}, ClmsError),
]


@pytest.mark.parametrize(("kind", "options", "error"), FAULTS)
@pytest.mark.parametrize("place", [SEARCH, SIGN_IN])
def test_after_every_fault_no_secret_is_seen(
    clms, open_session, tmp_path, caplog, place, kind, options, error
):
    caplog.set_level(logging.DEBUG)
    if place == SIGN_IN and error in (KeyRefused, ClmsError):
        error = KeyRefused
    clms.faults.add(place, kind, times=None if error else 1, **options)
    session, seen = open_session(), ""
    if error:
        with pytest.raises(error) as failed:
            session.get("@datarequest_search")
        seen = "".join(traceback.format_exception(failed.value)) + repr(vars(failed.value))
        assert isinstance(failed.value, SourceError)
    else:
        session.get("@datarequest_search")
    seen += caplog.text + repr(session)
    pem = json.loads((tmp_path / "clms_key.json").read_text())["private_key"]
    for secret in (*clms.accounts.issued, *pem.splitlines()[1:-1], "eyJ", "secret-query"):
        assert secret not in seen
    assert not clms.leaked
