"""What went wrong with a request to Earth Engine, and what to do about it.

Three ways out: try again later (quota of the moment, server errors, silence), ask for less (memory,
size, compute time), or stop and say what the user has to do (sign-in, rights, things that are not
there). The client's own retries are off: they know neither the daily quota nor when to give up.
"""

import http.client
import logging
import random
import re
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import ee
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from googleapiclient.errors import Error as ClientError
from googleapiclient.errors import HttpError

from lccs_inputs.errors import SourceError

Result = TypeVar("Result")

_AGAIN_STATUS = {408, 429}
_TOO_MUCH = re.compile(
    r"memory limit exceeded|computation timed out|request size|output of image computation is too "
    r"large|computed value is too large|reprojection output too large|pixel grid dimensions|"
    r"too many pixels|response size",
    re.IGNORECASE,
)
_DAILY = re.compile(r"per day|daily", re.IGNORECASE)
_NO_ASSET = re.compile(r"asset .* not found", re.IGNORECASE)
_BUSY = re.compile(
    r"too many concurrent|rate limit|quota exceeded|capacity exceeded|internal error has occurred|"
    r"try again|unavailable",
    re.IGNORECASE,
)
_TO_VERIFY = re.compile(r"verif|eligibility", re.IGNORECASE)

_log = logging.getLogger(__name__)


class Verdict(StrEnum):
    AGAIN = "again"
    """Later, the same request may work."""
    TOO_MUCH = "too much"
    """A smaller request may work."""
    STOP = "stop"
    """Nothing helps but the user."""


class TooMuchError(Exception):
    """One request asks for more than Earth Engine computes or sends at a time."""


class BatchOnlyError(SourceError):
    """A tile is too much for interactive requests, and the batch path is off."""


class SpoiledError(SourceError):
    """Pixels came that are not what was asked for; `doubt` says what is wrong with them."""

    def __init__(self, doubt: str, text: str = "") -> None:
        self.doubt = doubt
        super().__init__(text or doubt)


class StoppedError(Exception):
    """Another thread of the job has failed; there is no use in going on."""


@dataclass(frozen=True)
class Patience:
    """How a request that failed is tried again.

    Attributes:
        first, longest: seconds of the first wait and the longest; it doubles in between.
        total: seconds after the first failure beyond which it is not tried again.
    """

    first: float = 1.0
    longest: float = 60.0
    total: float = 900.0

    def wait(self, failures: int) -> float:
        """Seconds to wait after so many failures; at random, so that threads part."""
        return min(self.longest, self.first * 2.0 ** (failures - 1)) * random.uniform(0.5, 1.0)


def persist(
    action: Callable[[], Result],
    project: str,
    patience: Patience,
    stop: threading.Event | None = None,
) -> Result:
    """Call `action`, which sends one request, until it succeeds or there is no point.

    Args:
        stop: set when the job is to end: waits are then cut short.

    Raises:
        TooMuchError: a smaller request may work.
        StoppedError: `stop` was set while waiting.
        SourceError: it cannot work, or did not for as long as `patience` allows; says what to do.
    """
    started, failures = 0.0, 0
    while True:
        try:
            return action()
        except Exception as error:
            choice = verdict(error)
            if choice is Verdict.TOO_MUCH:
                raise TooMuchError(_reason(error)) from error
            failures += 1
            started = started or time.monotonic()
            delay = patience.wait(failures)
            spent = time.monotonic() - started
            if choice is Verdict.STOP or spent + delay > patience.total:
                raise explained(error, project, failures) from error
            _log.warning("Earth Engine: %s; again in %.0f s", _reason(error), delay)
        if stop is None:
            time.sleep(delay)
        elif stop.wait(delay):
            raise StoppedError


def verdict(error: BaseException) -> Verdict:
    """What to do after a failed request.

    Raises:
        the error itself, where it is not one of the service, the network or the sign-in: it is
        ours then.
    """
    if isinstance(error, RefreshError):
        return Verdict.AGAIN if error.retryable else Verdict.STOP
    if isinstance(error, OSError | TransportError | http.client.HTTPException):
        return Verdict.AGAIN  # timeouts and connection errors are OSErrors
    if _is_of_the_client(error):
        return Verdict.AGAIN
    if not isinstance(error, ee.EEException | ClientError | GoogleAuthError):
        raise error
    status, text = status_of(error), _reason(error)
    refused = status in (None, 400)
    if status != 429 and _TOO_MUCH.search(text):
        return Verdict.TOO_MUCH
    passing = (status or 0) >= 500 or status in _AGAIN_STATUS or (refused and _BUSY.search(text))
    return Verdict.AGAIN if passing and not _DAILY.search(text) else Verdict.STOP


def _is_of_the_client(error: BaseException) -> bool:
    """Whether Google's client failed over an answer that is not what it expects of the service."""
    *_, (frame, _) = [(None, 0), *traceback.walk_tb(error.__traceback__)]
    module = frame.f_globals.get("__name__", "") if frame else ""
    return isinstance(error, LookupError | TypeError) and module == "googleapiclient.http"


def status_of(error: BaseException) -> int | None:
    """The HTTP status behind an error; the client keeps it only in the error's context."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, HttpError):
            return int(seen.resp.status)
        seen = seen.__cause__ or seen.__context__
    return None


def explained(error: BaseException, project: str, failures: int = 1) -> SourceError:
    """One sentence that says what failed and what to do."""
    return SourceError(f"Earth Engine, project {project}: {_remedy(error, project, failures)}")


def _remedy(error: BaseException, project: str, failures: int) -> str:
    status, reason = status_of(error), _reason(error).rstrip(".")
    if verdict(error) is Verdict.AGAIN:
        return f"no answer after {failures} attempts ({reason}); run again later, tiles are kept"
    if isinstance(error, GoogleAuthError) or status == 401:
        advice = (
            "run `earthengine authenticate --force`, or name a valid service-account key as "
            "earthengine.key"
        )
    elif status == 403:
        advice = _missing_right(reason, project)
    elif status == 404 and "bucket" in reason:
        advice = "check earthengine.batch.bucket"
    elif _NO_ASSET.search(reason):
        advice = (
            "if it is a scene, delete the scene list (items.json), so that scenes are searched "
            "again; else check its name, and that the account may read it"
        )
    elif status == 404:
        advice = "check earthengine.project"
    elif _DAILY.search(reason):
        advice = "run again tomorrow, or raise the project's daily quota; tiles are kept"
    else:
        advice = "this is not a passing fault: check the versions of earthengine-api and config"
    return f"{reason}; {advice}"


def _missing_right(reason: str, project: str) -> str:
    """What to run or visit, by what a refusal says is missing."""
    page = f"https://console.cloud.google.com/earth-engine/configuration?project={project}"
    if _TO_VERIFY.search(reason) and not re.search("not registered", reason, re.IGNORECASE):
        return (
            "confirm that the use is noncommercial, a questionnaire that is asked anew from time "
            f"to time, at {page}"
        )
    if re.search("register", reason, re.IGNORECASE):
        return f"register the project at {page}"
    if re.search(r"has not been used|is disabled|SERVICE_DISABLED", reason):
        api = "drive" if re.search(r"\bdrive\b", reason, re.IGNORECASE) else "earthengine"
        return f"run `gcloud services enable {api}.googleapis.com --project {project}`"
    if "authentication scopes" in reason:
        return "run `earthengine authenticate --force`, which asks for all scopes"
    if re.search(r"storage\.(objects|buckets)", reason):
        return (
            "run `gcloud storage buckets add-iam-policy-binding gs://BUCKET --role "
            "roles/storage.objectAdmin --member ACCOUNT` with the account that signs in"
        )
    viewer, consumer = "roles/earthengine.viewer", "roles/serviceusage.serviceUsageConsumer"
    needed = consumer if re.search(r"serviceusage|use project", reason, re.IGNORECASE) else viewer
    if re.search(r"earthengine\.(exports|assets)\.(create|update|delete)", reason):
        needed = "roles/earthengine.writer"
    return (
        f"run `gcloud projects add-iam-policy-binding {project} --role {needed} --member ACCOUNT` "
        "with the account that signs in"
    )


def _reason(error: BaseException) -> str:
    """The first line of an error, without what a proxy may add in pages of HTML, and without the
    answer that the client puts beside it."""
    text = error.reason if isinstance(error, HttpError) else str(error)
    if isinstance(error, GoogleAuthError) and error.args:
        text = str(error.args[0])
    return (text.strip() or type(error).__name__).splitlines()[0][:300]
