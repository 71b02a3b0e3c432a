"""What can go wrong with a service: refusals, silence, broken answers, slowness."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

RESTRICTED = {"x-earth-engine-quota-status": "parallelism_restricted=true"}
"""The header of every answer while a project is over its monthly quota."""

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


@dataclass
class Request:
    """One request as the stand-in saw it.

    Attributes:
        method: of the API: `computePixels`, `value:compute`, `export`, `operation`, `asset`, …
        status: what was answered; 0 while it is not, or never will be.
        pixels: (width, height) asked for; (0, 0) of requests that ask for none.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    pixels: tuple[int, int] = (0, 0)
    status: int = 0
    seconds: float = 0
    arrived: float = field(default_factory=time.monotonic)

    def due(self, latency: float) -> float:
        """Seconds until an answer that takes `latency` is due."""
        return self.arrived + latency - time.monotonic()

    @property
    def corner(self) -> tuple[float, float] | None:
        """Where the grid asked for starts, CRS units."""
        transform = self.body.get("grid", {}).get("affineTransform")
        return transform and (transform.get("translateX", 0), transform.get("translateY", 0))


@dataclass
class Fault:
    """What happens to requests, until it has happened `times` times (None = always).

    Attributes:
        status: answered instead; 0 to go on with the request.
        hang: give no answer at all.
        cut: answer only half of the body, then close.
        when: which requests; computePixels where None.
    """

    status: int = 0
    message: str = ""
    times: int | None = 1
    hang: bool = False
    cut: bool = False
    when: Callable[[Request], bool] | None = None

    def concerns(self, request: Request) -> bool:
        if self.times is not None and self.times <= 0:
            return False
        return request.method == "computePixels" if self.when is None else self.when(request)

    def document(self) -> dict[str, Any]:
        return error_document(self.status, self.message)


def error_document(status: int, message: str) -> dict[str, Any]:
    return {"error": {"code": status, "message": message, "status": _STATUS.get(status, "UNKNOWN")}}


def too_many_requests(times: int = 1) -> Fault:
    """A burst over the limit of concurrent requests."""
    return Fault(429, "Too many concurrent aggregations.", times)


def server_error(times: int = 1, status: int = 500) -> Fault:
    return Fault(status, "An internal error has occurred.", times)


def capacity_exceeded(times: int = 1) -> Fault:
    """The service as a whole is short of memory: a limit of the moment, not of the request."""
    return Fault(400, "Earth Engine memory capacity exceeded.", times)


def hang(times: int = 1) -> Fault:
    """No answer at all, until the client gives up."""
    return Fault(hang=True, times=times)


def cut_short(times: int = 1) -> Fault:
    """The connection breaks in the middle of the answer."""
    return Fault(cut=True, times=times)


def memory_limit(larger_than: int = 0, times: int | None = None) -> Fault:
    """Requests of more than so many pixels do not fit into memory."""
    return _too_large("User memory limit exceeded.", larger_than, times)


def computation_timeout(larger_than: int = 0, times: int | None = None) -> Fault:
    return _too_large("Computation timed out.", larger_than, times)


def reprojection_limit(larger_than: int = 0, times: int | None = None) -> Fault:
    return _too_large("Reprojection output too large (27412x20470 pixels).", larger_than, times)


def value_too_large() -> Fault:
    """What is computed is more than fits into an answer that is no pixels."""
    message = "Computed value is too large."
    return Fault(400, message, None, when=lambda request: request.method == "value:compute")


def _too_large(message: str, larger_than: int, times: int | None) -> Fault:
    def when(request: Request) -> bool:
        width, height = request.pixels
        return request.method == "computePixels" and width * height > larger_than

    return Fault(400, message, times, when=when)


def _with_token(request: Request) -> bool:
    return request.method not in ("token", "discovery")


def expired_token(times: int | None = None) -> Fault:
    message = (
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login "
        "cookie or other valid authentication credential."
    )
    return Fault(401, message, times, when=_with_token)


def no_permission(project: str, times: int | None = None) -> Fault:
    message = (
        "Caller does not have required permission to use project "
        f"{project}. Grant the caller the roles/serviceusage.serviceUsageConsumer role."
    )
    return Fault(403, message, times, when=_with_token)


def not_verified(project: str, times: int | None = None) -> Fault:
    """The project was registered as noncommercial, which is to be confirmed anew."""
    message = f"Project {project} requires verification of its noncommercial eligibility."
    return Fault(403, message, times, when=_with_token)


def daily_quota(times: int | None = None) -> Fault:
    """The project's own cap on compute per day: no use trying again today."""
    message = (
        "Quota exceeded for quota metric 'Earth Engine compute time (EECU-time) per day in "
        "seconds' and limit 'Earth Engine compute time (EECU-time) per day in seconds per day'."
    )
    return Fault(429, message, times)
