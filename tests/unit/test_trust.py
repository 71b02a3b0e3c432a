"""Secrets go to the hosts of a service, to this machine and to whom a user trusts; nowhere else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from planetary_computer import sas
from planetary_computer.settings import Settings

from lccs_inputs.cdse.key import S3Keys
from lccs_inputs.cdse.store import ObjectStore
from lccs_inputs.clms.key import ServiceKey
from lccs_inputs.clms.session import ClmsSession
from lccs_inputs.earthengine.signin import Account, Transport, sign_in
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.catalogues import CDSE
from lccs_inputs.facts.earthengine import CATALOGUE as EARTH_ENGINE
from lccs_inputs.facts.origins import CLMS
from lccs_inputs.imagery.cache.sparse import SparseFile
from lccs_inputs.imagery.composite.fetching import Fetcher, FetchError
from lccs_inputs.imagery.stac.signing import sign_planetary_computer
from lccs_inputs.trust import TRUSTED, is_local, require_trusted
from standins.scripted_api import Reply, ScriptedApi

BEARER = {"Authorization": "Bearer token-of-the-user"}
NETRC = "machine 127.0.0.1 login someone password netrc-password\n"


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedApi]:
    """A service, of whose host a ~/.netrc knows another account."""
    (tmp_path / "netrc").write_text(NETRC)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with ScriptedApi() as service:
        yield service


@pytest.fixture
def other() -> Iterator[ScriptedApi]:
    """Another host, as far as HTTP goes: another port."""
    with ScriptedApi() as service:
        yield service


def to(service: ScriptedApi, status: int = 302) -> Reply:
    return Reply(status, headers={"Location": f"{service.url}/elsewhere"})


@pytest.mark.parametrize(
    ("service", "url"),
    [
        (CLMS, "https://land.copernicus.eu"),
        (CLMS, "HTTPS://Land.Copernicus.EU/api"),
        (CLMS, "https://test.land.copernicus.eu:8443"),
        (CDSE, "https://eodata.dataspace.copernicus.eu"),
        (CDSE, "https://eodata.ams.dataspace.copernicus.eu/"),
        (EARTH_ENGINE, "https://earthengine.googleapis.com"),
        (EARTH_ENGINE, "https://earthengine-highvolume.googleapis.com"),
        (CLMS, "http://127.0.0.1:8080/api"),
        (CLMS, "http://127.1.2.3"),
        (CLMS, "http://localhost:1"),
        (CLMS, "http://[::1]:8080"),
    ],
)
def test_services_and_this_machine_may_have_a_token(service: str, url: str) -> None:
    require_trusted(service, url, "its.url")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://example.org", "no host of the service"),
        ("https://eodata.dataspace.copernicus.eu", "no host of the service"),  # of another service
        ("https://land.copernicus.eu.example.org", "no host of the service"),
        ("https://badland.copernicus.eu", "no host of the service"),
        ("https://localhost.example.org", "no host of the service"),
        ("https://127.0.0.1.example.org", "no host of the service"),
        ("https://169.254.169.254", "no host of the service"),
        ("http://land.copernicus.eu", "not an https address"),
        ("ftp://land.copernicus.eu", "not an https address"),
        ("land.copernicus.eu", "not an https address"),
        ("", "not an https address"),
        ("https://", "not an https address"),
        # what one reader of addresses takes for the host, another does not
        ("https://land.copernicus.eu@example.org", "not an https address"),
        ("https://example.org\\@land.copernicus.eu", "not an https address"),
        ("http://example.org\\@127.0.0.1", "not an https address"),
        ("https://example.org #.land.copernicus.eu", "not an https address"),
        ("https://example.org\n.land.copernicus.eu", "not an https address"),
        ("https://example.org?.land.copernicus.eu", "not an https address"),
        ("https://lаnd.copernicus.eu", "not an https address"),  # a Cyrillic letter
    ],
)
def test_whoever_else_a_config_names_is_refused(url: str, reason: str) -> None:
    with pytest.raises(SourceError, match=reason) as told:
        require_trusted(CLMS, url, "clms.url")
    assert str(told.value).startswith("clms.url: ") and not is_local(url)


@pytest.mark.parametrize(
    ("named", "url", "is_trusted"),
    [
        ("proxy.example.org", "https://proxy.example.org/clms", True),
        ("a.example.org, Proxy.Example.org", "https://proxy.example.org", True),
        ("a.example.org proxy.example.org", "https://PROXY.example.org", True),
        ("proxy.example.org", "https://other.proxy.example.org", False),
        ("proxy.example.org", "http://proxy.example.org", False),
        ("", "https://proxy.example.org", False),
        ("example.org", "https://proxy.example.org", False),
    ],
)
def test_a_host_is_trusted_where_only_the_user_can_say_so(
    monkeypatch: pytest.MonkeyPatch, named: str, url: str, is_trusted: bool
) -> None:
    monkeypatch.setenv(TRUSTED, named)
    if is_trusted:
        require_trusted(CLMS, url, "clms.url")
    else:
        with pytest.raises(SourceError):
            require_trusted(CLMS, url, "clms.url")


def test_no_client_takes_a_secret_to_another_address(tmp_path: Path) -> None:
    url = "https://example.org"
    key = ServiceKey("id", "user", url, "", "key.json", None)  # type: ignore[arg-type]
    with pytest.raises(SourceError, match=r"clms\.url: .* TRUST=example\.org"):
        ClmsSession(url, key)
    ClmsSession(url, None).close()  # which sends none
    with pytest.raises(SourceError, match=r"cdse\.url: .* TRUST=example\.org"):
        ObjectStore.of({"url": url, "key": None}, 1)
    with pytest.raises(SourceError, match=r"earthengine\.url: .* TRUST=example\.org"):
        sign_in(Account("project", url=url))
    with pytest.raises(SourceError, match="is not an https address, and a token of the Planetary"):
        sign_planetary_computer("http://account.blob.core.windows.net/container/B04.tif")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_netrc_takes_the_place_of_no_bearer_of_earth_engine(
    api: ScriptedApi, method: str
) -> None:
    Transport().request(f"{api.url}/v1/projects", method, headers=BEARER)
    assert [call.headers["Authorization"] for call in api.calls] == [BEARER["Authorization"]]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_token_of_earth_engine_follows_a_redirect_to_another_host(
    api: ScriptedApi, other: ScriptedApi, method: str, status: int
) -> None:
    api.replies.append(to(other, status))
    body = "assertion=signed" if method == "POST" else None
    Transport().request(f"{api.url}/token", method, body, BEARER)
    assert len(api.calls) == 1
    assert not [call for call in other.calls if "Authorization" in call.headers or call.body]


def test_a_token_of_earth_engine_stays_on_its_host(api: ScriptedApi) -> None:
    api.replies.append(to(api))
    Transport().request(f"{api.url}/v1/projects", headers=BEARER)
    assert [call.headers["Authorization"] for call in api.calls] == [BEARER["Authorization"]] * 2


def test_a_key_of_the_planetary_computer_follows_no_redirect(
    api: ScriptedApi, other: ScriptedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PC_SDK_SAS_URL", f"{api.url}/sas")
    monkeypatch.setenv("PC_SDK_SUBSCRIPTION_KEY", "key-of-the-user")
    monkeypatch.setattr(sas, "TOKEN_CACHE", {})
    Settings.get.cache_clear()
    api.replies.append(to(other))
    with pytest.raises(SourceError, match="gave no access"):
        sign_planetary_computer("https://account.blob.core.windows.net/container/B04.tif")
    Settings.get.cache_clear()
    (asked,) = api.calls
    assert asked.headers["Ocp-Apim-Subscription-Key"] == "key-of-the-user"
    assert "Authorization" not in asked.headers and not other.calls


def test_what_is_signed_for_the_data_space_follows_no_redirect(
    api: ScriptedApi, other: ScriptedApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lccs_inputs.imagery.composite.fetching._FIRST_DELAY", 0.0)
    api.replies += [to(other)] * 4
    store = ObjectStore(api.url, S3Keys("ACCESS0123456789", "SECRET0123456789"), 1)
    with pytest.raises(FetchError, match="HTTP response code: 302"):
        Fetcher(1).fetch(
            lambda: store.address("s3://eodata/a.jp2"), 0, 9, SparseFile(tmp_path / "part"), store
        )
    assert {call.headers["Authorization"].split()[0] for call in api.calls} == {"AWS4-HMAC-SHA256"}
    assert not other.calls
