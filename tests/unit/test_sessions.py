"""Redirects that lead to no address are faults of the service, told as others are."""

from collections.abc import Iterator

import pytest
import requests

from lccs_inputs.sessions import GuardedSession, Session
from standins.scripted_api import Reply, ScriptedApi

ODD = ["http://[", "http://a:99999/", "\xb2", "http://a:port/"]


@pytest.fixture
def api() -> Iterator[ScriptedApi]:
    with ScriptedApi() as service:
        yield service


@pytest.mark.parametrize("follow", [True, False])
@pytest.mark.parametrize("kind", [Session, GuardedSession])
@pytest.mark.parametrize("place", ODD)
def test_a_redirect_to_no_address_is_an_error_of_requests(
    api: ScriptedApi, kind: type[Session], place: str, follow: bool
) -> None:
    api.replies = [Reply(302, headers={"Location": place})]
    with kind() as session, pytest.raises(requests.RequestException, match="no address"):
        session.get(api.url, allow_redirects=follow)
