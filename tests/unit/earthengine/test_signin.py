"""Signing in: which account, which scopes, how often, and never without a time limit."""

import json
import logging
import socket
import warnings

import ee
import pytest
from google.auth.exceptions import DefaultCredentialsError

from lccs_inputs.earthengine import signin
from lccs_inputs.earthengine.errors import Patience
from lccs_inputs.earthengine.signin import SCOPES, Account, sign_in
from lccs_inputs.errors import SourceError
from standins.earthengine import EarthEngineStandIn, faults

PROJECT = "stand-in-project"
PATIENT = Patience(first=0.01, longest=0.02)


@pytest.fixture
def service(tmp_path):
    catalogue = tmp_path / "catalog.json"
    catalogue.write_text('{"links": []}')
    with EarthEngineStandIn(catalogue, folder=tmp_path) as service:
        yield service
    ee.Reset()


@pytest.fixture
def nobody(monkeypatch, tmp_path):
    """A machine on which no account is known."""

    def default(scopes=None):
        raise DefaultCredentialsError("Your default credentials were not found. To set up …")

    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setattr(ee.oauth, "get_credentials_path", lambda: str(tmp_path / "none"))
    monkeypatch.setattr(signin.google.auth, "default", default)


def anywhere(request):
    return True


def test_a_job_signs_in_once(service):
    account = Account(PROJECT, url=service.url)
    session = sign_in(account)
    assert sign_in(account) is session
    assert [request.method for request in service.log] == ["discovery", "discovery", "algorithms"]
    assert session.compute_value(ee.Number(2).add(3)) == 5


def test_a_project_over_its_quota_is_told_by_jobs_and_not_with_every_answer(service):
    service.restricted = True
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        session = sign_in(Account(PROJECT, url=service.url))
        assert session.compute_value(ee.Number(2).add(3)) == 5
    assert session.restricted and not told


def test_the_project_is_always_named(nobody):
    with pytest.raises(SourceError, match=r"earthengine\.project is not set: write the id"):
        sign_in(Account(""))


def test_a_missing_account_says_what_to_run(nobody):
    with pytest.raises(SourceError, match="run `earthengine authenticate --auth_mode=notebook`"):
        sign_in(Account(PROJECT))


def test_a_service_account_key_asks_for_the_right_scopes(service, tmp_path, nobody):
    key = service.write_key(tmp_path / "key.json")
    sign_in(Account(PROJECT, key, service.url))
    (claims, *_) = [request.body for request in service.requests("token")]
    assert set(claims["scope"].split()) == set(SCOPES)


@pytest.mark.parametrize(
    ("token_uri", "reason"),
    [
        ("http://oauth2.googleapis.com/token", "is not an https address"),
        ("https://oauth2.googleapis.com.example.org/token", "which is no host of the service"),
    ],
)
def test_a_key_is_traded_for_tokens_with_google_alone(service, tmp_path, nobody, token_uri, reason):
    key = service.write_key(tmp_path / "key.json")
    content = json.loads(key.read_text())
    key.write_text(json.dumps(content | {"token_uri": "https://oauth2.googleapis.com/token"}))
    signin._key_credentials(key)
    key.write_text(json.dumps(content | {"token_uri": token_uri}))
    with pytest.raises(SourceError, match=rf"earthengine\.key: the token_uri in .*{reason}"):
        sign_in(Account(PROJECT, key, service.url))
    assert service.requests("token") == []


def test_application_default_credentials_ask_for_the_right_scopes(
    service, tmp_path, nobody, monkeypatch
):
    asked = []

    def default(scopes=None):
        asked.append(scopes)
        return signin.AnonymousCredentials(), None

    monkeypatch.setattr(signin.google.auth, "default", default)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "somewhere.json")
    assert signin._credentials(Account(PROJECT)) is not None
    assert asked == [SCOPES]


def test_stored_credentials_are_used_with_the_project_of_the_config(nobody, tmp_path, monkeypatch):
    path = tmp_path / "credentials"
    path.write_text(json.dumps({"refresh_token": "secret", "project": "another"}))
    path.chmod(0o600)
    monkeypatch.setattr(ee.oauth, "get_credentials_path", lambda: str(path))
    credentials = signin._credentials(Account(PROJECT))
    assert credentials.refresh_token == "secret"
    assert credentials.quota_project_id is None


@pytest.mark.parametrize("content", [None, "{}", "not json"])
def test_a_key_that_is_none_is_named(tmp_path, nobody, content):
    key = tmp_path / "key.json"
    if content is not None:
        key.write_text(content)
        key.chmod(0o600)
    with pytest.raises(SourceError, match=r"earthengine\.key: .*key\.json .*service account"):
        sign_in(Account(PROJECT, key))


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_credentials_that_others_can_open_are_refused(tmp_path, nobody, monkeypatch, service, mode):
    key = service.write_key(tmp_path / "key.json")
    key.chmod(mode)
    remedy = rf"mode {mode:o}\); run: chmod 600 .*key\.json"
    with pytest.raises(SourceError, match=r"earthengine\.key: .*" + remedy):
        sign_in(Account(PROJECT, key, service.url))
    monkeypatch.setattr(ee.oauth, "get_credentials_path", lambda: str(key))
    with pytest.raises(SourceError, match=remedy):
        sign_in(Account(PROJECT))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key))
    with pytest.raises(SourceError, match=remedy):
        sign_in(Account(PROJECT))
    assert not service.log


def test_a_missing_role_says_which(service):
    service.faults = [faults.no_permission(PROJECT)]
    with pytest.raises(SourceError, match="--role roles/serviceusage"):
        sign_in(Account(PROJECT, url=service.url), PATIENT)


def test_a_project_that_is_to_be_verified_says_where(service):
    service.faults = [faults.not_verified(PROJECT)]
    with pytest.raises(SourceError, match=r"noncommercial, .* at https://.*project=" + PROJECT):
        sign_in(Account(PROJECT, url=service.url), PATIENT)


def test_a_value_that_is_too_large_says_to_ask_for_less(service):
    session = sign_in(Account(PROJECT, url=service.url), PATIENT)
    service.faults = [faults.value_too_large()]
    with pytest.raises(SourceError, match=r"Computed value is too large; choose a smaller area"):
        session.compute_value(ee.Number(1))


def test_an_expired_sign_in_says_what_to_run(service):
    service.faults = [faults.expired_token()]
    with pytest.raises(SourceError, match="earthengine authenticate --force"):
        sign_in(Account(PROJECT, url=service.url), PATIENT)


def test_server_errors_while_signing_in_are_sat_out(service):
    service.faults = [faults.Fault(503, "unavailable", 2, when=anywhere)]
    sign_in(Account(PROJECT, url=service.url), PATIENT)


def test_a_service_that_is_silent_is_not_waited_for_forever(service):
    service.faults = [faults.Fault(hang=True, times=None, when=anywhere)]
    brief = Patience(first=0.01, longest=0.02, total=0.3)
    with pytest.raises(SourceError, match="no answer after"):
        sign_in(Account(PROJECT, url=service.url), brief, timeout=(10, 0.2))
    assert len(service.log) <= 3


def test_a_deprecated_asset_is_told_with_its_successor(service, monkeypatch, caplog):
    link = {"title": "OLD/MAP", "gee:replacement_id": "NEW/MAP", "deprecated": True}
    monkeypatch.setattr(ee.deprecation, "_FetchDataCatalogStac", lambda: {"links": [link]})
    sign_in(Account(PROJECT, url=service.url))
    logging.captureWarnings(True)  # as every job does
    ee.ImageCollection("NEW/MAP")
    assert caplog.text == ""
    ee.ImageCollection("OLD/MAP").filterDate("2018-01-01")
    logging.captureWarnings(False)
    assert "OLD/MAP" in caplog.text
    assert "superseded by NEW/MAP" in caplog.text


def test_the_look_at_deprecated_assets_has_a_time_limit(service, monkeypatch):
    limits = []

    def look():
        limits.append(socket.getdefaulttimeout())
        return {}

    monkeypatch.setattr(ee.deprecation, "_FetchDataCatalogStac", look)
    sign_in(Account(PROJECT, url=service.url))
    assert limits == [20]
    assert socket.getdefaulttimeout() is None
