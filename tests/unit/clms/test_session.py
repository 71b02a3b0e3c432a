"""Talking to CLMS over real HTTP: signed in, patient, and never twice where it counts."""

import json
import logging
import socket
import traceback
from email.utils import formatdate

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lccs_inputs.clms.key import ServiceKey
from lccs_inputs.clms.session import (
    USER_AGENT,
    ClmsError,
    ClmsSession,
    KeyRefused,
    Unavailable,
    Unclear,
)
from lccs_inputs.errors import SourceError
from standins.scripted_api import Reply, ScriptedApi

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = RSA.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()

TASK = "94519134408"

EXPIRED = Reply(401, {"error": "invalid_token", "error_description": "Access token expired"})
UNKNOWN = Reply(
    401, {"message": "You are not authorized to access this resource.", "type": "Unauthorized"}
)
NO_STATUS = Reply(200, {"status": "error", "msg": "You need to be logged in to use this service"})
PAGE = Reply(200, "<!doctype html><title>CLMS</title>", {"Content-Type": "text/html"})
BAD = Reply(400, {"status": "error", "msg": "NUTS country error"})
PASSING = [Reply(429), Reply(502), Reply(503), Reply(504), PAGE, Reply(action="drop")]
PASSING_NAMES = ["429", "502", "503", "504", "a page", "a broken connection"]


@pytest.fixture
def api():
    with ScriptedApi(RSA.public_key()) as server:
        yield server


@pytest.fixture
def key_file(api, tmp_path):
    path = tmp_path / "key.json"
    fields = {"client_id": "c", "user_id": "u", "private_key": PEM, "token_uri": api.token_uri}
    path.write_text(json.dumps(fields | {"ip_range": "192.0.2.0/24"}))
    path.chmod(0o600)
    return path


class Nap(list):
    """A `sleep` that only notes how long it was to be."""

    def __call__(self, seconds):
        self.append(seconds)


@pytest.fixture
def naps():
    return Nap()


@pytest.fixture
def session(api, key_file, naps):
    with ClmsSession(api.url, ServiceKey.read(key_file), sleep=naps) as opened:
        yield opened


@pytest.fixture
def anonymous(api, naps):
    with ClmsSession(api.url, None, sleep=naps) as opened:
        yield opened


def tokens(api):
    return [call.headers.get("Authorization") for call in api.calls]


# Signing in


def test_a_request_carries_the_token_the_key_was_traded_for(api, session):
    api.replies = [Reply(200, {"items": [1]})]
    assert session.get("@search", {"portal_type": "DataSet"}) == {"items": [1]}
    assert api.calls[0].path == "/api/@search?portal_type=DataSet"
    assert tokens(api) == ["Bearer opaque-token-1"]
    assert api.claims[0]["iss"] == "c" and api.claims[0]["sub"] == "u"


def test_the_token_serves_all_requests_of_a_session(api, session):
    for _ in range(3):
        session.get("@search")
    assert len(api.sign_ins) == 1


def test_the_sign_in_itself_carries_no_authorization(api, session, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password netrc-password\n")
    monkeypatch.setenv("NETRC", str(netrc))
    session.get("@search")
    assert "Authorization" not in api.sign_ins[0].headers
    assert tokens(api) == ["Bearer opaque-token-1"]


def test_a_netrc_is_not_sent_by_an_anonymous_session(api, anonymous, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password netrc-password\n")
    monkeypatch.setenv("NETRC", str(netrc))
    anonymous.get("@search")
    assert tokens(api) == [None]
    assert not api.sign_ins


def test_every_request_says_who_asks_and_what_it_reads(api, session):
    session.get("@search")
    for call in (*api.calls, *api.sign_ins):
        assert call.headers["User-Agent"] == USER_AGENT
        assert call.headers["Accept"] == "application/json"
    assert "python-requests" not in USER_AGENT


def test_cookies_are_not_kept(api, session):
    api.replies = [Reply(200, {}, {"Set-Cookie": "__ac=whoever; Path=/"})]
    session.get("@search")
    session.get("@search")
    assert "Cookie" not in api.calls[1].headers


@pytest.mark.parametrize("denial", [EXPIRED, UNKNOWN, NO_STATUS], ids=["expired", "unknown", "200"])
@pytest.mark.parametrize(
    ("method", "body"), [("get", None), ("post", {"Datasets": [1]}), ("delete", {"TaskID": "1"})]
)
def test_a_denied_request_is_replayed_once_with_a_new_token(api, session, denial, method, body):
    api.replies = [denial, Reply(200, {"fine": True})]
    assert getattr(session, method)("@route", body) == {"fine": True}
    assert tokens(api) == ["Bearer opaque-token-1", "Bearer opaque-token-2"]
    assert api.calls[0].path == api.calls[1].path
    assert api.calls[0].body == api.calls[1].body


@pytest.mark.parametrize("denial", [EXPIRED, UNKNOWN, NO_STATUS], ids=["expired", "unknown", "200"])
def test_a_second_denial_is_fatal(api, session, naps, key_file, denial):
    api.replies = [denial, denial]
    with pytest.raises(KeyRefused, match=r"@datarequest_search, even with a new token") as refused:
        session.get("@datarequest_search")
    assert str(key_file) in str(refused.value)
    assert len(api.calls) == 2 and not naps


def test_each_request_may_renew_the_token(api, session):
    fine = Reply(200, {})
    api.replies = [EXPIRED, fine, fine, UNKNOWN, fine]
    for _ in range(3):
        session.get("@datarequest_search")
    assert len(api.sign_ins) == 3


def test_a_refused_key_is_fatal_at_once_and_says_what_to_do(api, session, naps, key_file):
    api.grants = [
        Reply(400, {"error": "invalid_grant", "error_description": "No associated key found"})
    ]
    with pytest.raises(KeyRefused) as refused:
        session.get("@search")
    for part in (str(key_file), "No associated key found", "192.0.2.0/24", "docs/accounts.md"):
        assert part in str(refused.value)
    assert len(api.sign_ins) == 1 and not api.calls and not naps


@pytest.mark.parametrize(
    "reply",
    [Reply(405, {"error": "invalid_request", "error_description": "POST only"}), Reply(403, "no")],
)
def test_a_sign_in_refused_otherwise_is_fatal_too(api, session, naps, reply):
    api.grants = [reply]
    with pytest.raises(KeyRefused):
        session.get("@search")
    assert len(api.sign_ins) == 1 and not naps


@pytest.mark.parametrize("body", [{}, [], {"access_token": ""}, {"access_token": None}, "1"])
def test_a_sign_in_that_grants_nothing_is_no_sign_in(api, session, body):
    api.grants = [Reply(200, body)]
    with pytest.raises(KeyRefused):
        session.get("@search")
    assert not api.calls


@pytest.mark.parametrize("reply", [*PASSING, Reply(500, "oops")], ids=[*PASSING_NAMES, "500"])
def test_a_passing_fault_of_the_sign_in_is_waited_out(api, session, naps, reply):
    api.grants = [reply]
    assert session.get("@search") == {"items": []}
    assert len(naps) == 1


def test_a_protected_route_needs_a_key(api, anonymous):
    api.replies = [UNKNOWN]
    with pytest.raises(KeyRefused, match=r"@projections only with a service key; docs/accounts"):
        anonymous.get("@projections", {"uid": "x"})
    assert len(api.calls) == 1


# Passing faults


@pytest.mark.parametrize("reply", PASSING, ids=PASSING_NAMES)
@pytest.mark.parametrize("method", ["get", "delete"])
def test_a_passing_fault_is_waited_out(api, session, naps, reply, method):
    api.replies = [reply, reply, Reply(200, {"fine": True})]
    assert getattr(session, method)("@datarequest_search", {}) == {"fine": True}
    assert len(api.calls) == 3 and len(naps) == 2
    assert len(api.sign_ins) == 1


def test_a_silent_server_is_given_up_after_the_time_limit(api, naps):
    api.replies = [Reply(action="hang")] * 20
    with (
        ClmsSession(api.url, None, sleep=naps, timeout=(10, 0.1)) as session,
        pytest.raises(Unavailable, match=r"@search in 6 attempts .*; try again later"),
    ):
        session.get("@search")
    assert len(naps) == 5


@pytest.mark.usefixtures("silence")
def test_a_silent_server_is_given_up_and_asked_again(api, session, naps):
    api.replies = [Reply(action="hang"), Reply(200, {"fine": True})]
    assert session.get("@search") == {"fine": True}
    assert len(naps) == 1


@pytest.mark.parametrize("reply", PASSING, ids=PASSING_NAMES)
def test_a_lasting_fault_ends_after_some_attempts(api, session, naps, reply):
    api.replies = [reply] * 20
    with pytest.raises(Unavailable, match=r"@search in 6 attempts .*; try again later"):
        session.get("@search")
    assert len(api.calls) == 6 and len(naps) == 5


def test_waits_grow_and_differ(api, session, naps):
    api.replies = [Reply(503)] * 20
    with pytest.raises(Unavailable):
        session.get("@search")
    for number, nap in enumerate(naps):
        assert 0.5 * 2 * 2**number <= nap <= 2 * 2**number
    assert len(set(naps)) == 5


@pytest.mark.parametrize("status", [429, 503])
def test_the_wait_clms_asks_for_is_kept(api, session, naps, status):
    api.replies = [Reply(status, {}, {"Retry-After": "42"})]
    session.get("@search")
    assert 42 <= naps[0] <= 44


def test_the_wait_may_be_a_date(api, session, naps, monkeypatch):
    monkeypatch.setattr(session, "_clock", lambda: 1_790_000_000.0)
    session._token = "a-token-of-no-matter"
    later = formatdate(1_790_000_100, usegmt=True)
    api.replies = [Reply(429, {}, {"Retry-After": later})]
    session.get("@search")
    assert 100 <= naps[0] <= 102


@pytest.mark.parametrize("header", ["86400", "inf", "1e99"])
def test_an_endless_wait_is_bounded(api, session, naps, header):
    api.replies = [Reply(429, {}, {"Retry-After": header})]
    session.get("@search")
    assert naps == [300]


@pytest.mark.parametrize("header", ["soon", "-5", "", "nan", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_senseless_wait_is_not_taken(api, session, naps, header):
    api.replies = [Reply(429, {}, {"Retry-After": header})]
    session.get("@search")
    assert 0 < naps[0] <= 2


def test_reading_outlasts_an_internal_error(api, session, naps):
    api.replies = [Reply(500, {"message": "ConflictError", "type": "ConflictError"})]
    assert session.get("@datarequest_search") == {"items": []}
    assert len(naps) == 1


def test_a_site_that_cannot_be_reached_is_unavailable(key_file, naps):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with ClmsSession(url, None, sleep=naps) as session, pytest.raises(Unavailable) as missing:
            session.get("@search")
    assert "no connection" in str(missing.value)


# Posting


def test_a_post_sends_json(api, session):
    api.replies = [Reply(201, {"TaskIds": [{"TaskID": "1"}], "ErrorTaskIds": []})]
    answer = session.post("@datarequest_post", {"Datasets": [{"DatasetID": "x"}]})
    assert answer["TaskIds"] == [{"TaskID": "1"}]
    assert api.calls[0].json == {"Datasets": [{"DatasetID": "x"}]}
    assert api.calls[0].headers["Content-Type"] == "application/json"


@pytest.mark.usefixtures("silence")
@pytest.mark.parametrize(
    "reply",
    [Reply(502), Reply(503), Reply(504), PAGE, Reply(action="drop"), Reply(action="hang")],
    ids=["502", "503", "504", "a page", "a broken connection", "silence"],
)
def test_a_post_that_may_have_been_carried_out_is_not_repeated(api, session, naps, reply):
    api.replies = [reply]
    with pytest.raises(Unclear, match="look for its tasks before asking again"):
        session.post("@datarequest_post", {})
    assert len(api.calls) == 1 and not naps


def test_a_post_put_off_by_429_is_repeated(api, session, naps):
    api.replies = [Reply(429, {}, {"Retry-After": "7"}), Reply(201, {"TaskIds": []})]
    assert session.post("@datarequest_post", {}) == {"TaskIds": []}
    assert naps[0] >= 7


def test_a_post_that_never_arrived_is_repeated(key_file, naps):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with ClmsSession(url, None, sleep=naps) as session, pytest.raises(Unavailable):
            session.post("@datarequest_post", {})
    assert len(naps) == 5


def test_an_internal_error_on_posting_is_left_to_the_caller(api, session, naps):
    api.replies = [Reply(500, {"status": "error", "msg": "Error, all requests failed"})]
    with pytest.raises(ClmsError) as refused:
        session.post("@datarequest_post", {})
    assert (refused.value.status, refused.value.message) == (500, "Error, all requests failed")
    assert len(api.calls) == 1 and not naps


# Refusals


@pytest.mark.parametrize("method", ["get", "post", "delete"])
@pytest.mark.parametrize("status", [400, 403, 404, 405, 413])
def test_a_refusal_is_final_and_keeps_the_words_of_clms(api, session, naps, method, status):
    api.replies = [Reply(status, {"status": "error", "msg": "Error, the task does not exist"})]
    with pytest.raises(ClmsError) as refused:
        getattr(session, method)("@datarequest_delete", {})
    assert refused.value.status == status
    assert refused.value.message == "Error, the task does not exist"
    assert str(refused.value) == (
        f"CLMS refused @datarequest_delete: Error, the task does not exist (HTTP {status})"
    )
    assert len(api.calls) == 1 and not naps


@pytest.mark.parametrize("body", ["<html>", "", {}, [], None, {"msg": None}])
def test_a_refusal_without_words_is_one_nevertheless(api, session, body):
    api.replies = [Reply(400, body)]
    with pytest.raises(ClmsError, match="HTTP 400 without an explanation"):
        session.get("@search")


def test_a_refusal_in_the_body_alone_is_one(api, session):
    api.replies = [Reply(200, {"status": "error", "msg": "NUTS country error"})]
    with pytest.raises(ClmsError, match="NUTS country error"):
        session.post("@datarequest_post", {})


def test_tasks_are_not_mistaken_for_refusals(api, session):
    tasks = {"94519134409": {"Status": "Rejected", "Message": "no"}}
    api.replies = [Reply(200, tasks)]
    assert session.get("@datarequest_search") == tasks


def test_an_empty_answer_to_a_delete_is_fine(api, session):
    api.replies = [Reply(204), Reply(200, {"next": True})]
    assert session.delete("@datarequest_delete", {"TaskID": "1"}) is None
    assert api.calls[0].json == {"TaskID": "1"}
    assert session.get("@search") == {"next": True}


# Where a token may go


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_redirect_is_not_followed(api, session, status, method):
    with ScriptedApi() as other:
        api.replies = [Reply(status, "", {"Location": f"{other.url}/api/@search?secret=1"})]
        with pytest.raises(ClmsError, match="it redirects to http") as refused:
            getattr(session, method)("@search", {})
        assert not other.calls
    assert "secret=1" not in str(refused.value)


def test_the_next_page_of_a_batch_is_read_by_its_address(api, session):
    session.get(f"{api.url}/api/@search?b_start=25&portal_type=DataSet")
    assert api.calls[0].path == "/api/@search?b_start=25&portal_type=DataSet"


def test_an_address_given_as_http_behind_a_proxy_is_asked_as_the_site_is(api, session):
    session.get(api.url.replace("http:", "https:") + "/api/@search?b_start=25")
    assert api.calls[0].path == "/api/@search?b_start=25"


def test_an_address_of_another_host_gets_no_token(api, session):
    with ScriptedApi() as other, pytest.raises(SourceError, match="another host"):
        session.get(f"{other.url}/api/@search")
    assert not other.calls and not api.calls


@pytest.mark.parametrize("url", ["http://land.copernicus.eu", "land.copernicus.eu", "ftp://x", ""])
def test_a_site_without_https_is_refused(url):
    with pytest.raises(SourceError, match=r"clms\.url"):
        ClmsSession(url, None)


def test_parameters_may_repeat(api, session):
    session.get("@search", {"metadata_fields": ["UID", "title"]})
    assert api.calls[0].path == "/api/@search?metadata_fields=UID&metadata_fields=title"


# Secrets


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.DEBUG)
    return caplog


@pytest.mark.usefixtures("silence")
@pytest.mark.parametrize(
    "replies",
    [
        [BAD],
        [EXPIRED, EXPIRED],
        [UNKNOWN, UNKNOWN],
        [Reply(503)] * 6,
        [PAGE] * 6,
        [Reply(action="drop")] * 6,
        [Reply(action="hang")] * 6,
        [Reply(302, "", {"Location": "http://127.0.0.1/x?t=opaque-token-1"})],
        [Reply(400, {"msg": "who is opaque-token-1?"})],
    ],
    ids=["400", "401", "401b", "503", "page", "drop", "hang", "302", "echo"],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_no_fault_brings_a_secret_to_light(api, session, log, replies, method):
    api.replies = list(replies)
    with pytest.raises(SourceError) as failed:
        getattr(session, method)("@datarequest_status_get", {"TaskID": TASK})
    error = failed.value
    seen = "".join(traceback.format_exception(error)) + log.text + repr(error) + repr(vars(error))
    assert_no_secret(api, seen)
    assert TASK not in seen
    assert error.__context__ is None and error.__cause__ is None


def test_an_assertion_that_clms_echoes_stays_hidden(api, session, log):
    def echo(call):
        api.sign_ins.append(call)
        said = f"bad assertion: {call.body.decode()}"
        return Reply(400, {"error": "invalid_grant", "error_description": said})

    api.grant = echo
    with pytest.raises(KeyRefused) as refused:
        session.get("@search")
    seen = "".join(traceback.format_exception(refused.value)) + log.text
    assert "bad assertion" in seen
    assert_no_secret(api, seen)


def assert_no_secret(api, text):
    assert "opaque-token" not in text
    assert not any(line in text for line in PEM.splitlines()[1:-1])
    for call in api.sign_ins:
        assert call.body.decode().split("assertion=")[1] not in text
    assert "eyJ" not in text


def test_a_session_shows_nothing_of_its_token(api, session):
    session.get("@search")
    assert "opaque-token" not in repr(session) + str(session)


def test_a_closed_session_forgets_its_token(api, session):
    session.get("@search")
    session.close()
    assert session._token == ""
