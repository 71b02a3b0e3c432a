"""HTTP by which a secret reaches nobody but whom it is for, and odd answers end as others do."""

from urllib.parse import urlsplit

import requests


class Session(requests.Session):
    """Has an error of requests, as for all that is wrong, where an answer leads to no address."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        try:
            target = super().get_redirect_target(resp)
            _ = urlsplit(target or "").port
        except ValueError:
            raise requests.exceptions.InvalidURL("it redirects to what is no address") from None
        return target


class GuardedSession(Session):
    """Sends what it is told to, nothing of a ~/.netrc, and no secret along a redirect elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.auth = _unchanged  # one is set, so that none is looked for

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        asked, url = response.request.url, prepared_request.url
        if not asked or not url or self.should_strip_auth(asked, url):  # type: ignore[no-untyped-call]
            prepared_request.headers.pop("Authorization", None)


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
