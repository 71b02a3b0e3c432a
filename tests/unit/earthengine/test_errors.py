"""Failures of Earth Engine: what is tried again, what is split, and what the user is told."""

import http.client
import json
import threading
from types import SimpleNamespace

import ee
import httplib2
import pytest
from google.auth.exceptions import RefreshError
from googleapiclient.errors import HttpError

from lccs_inputs.earthengine import errors
from lccs_inputs.earthengine.errors import (
    Patience,
    StoppedError,
    TooMuchError,
    Verdict,
    explained,
    persist,
    verdict,
)
from lccs_inputs.errors import SourceError

PATIENT = Patience(first=0.01, longest=0.02)


def failure(status, message):
    """As the client raises it: the status is in the context only."""
    content = json.dumps({"error": {"message": message}}).encode()
    try:
        try:
            raise HttpError(httplib2.Response({"status": str(status)}), content)
        except HttpError:
            raise ee.EEException(message)  # noqa: B904 - as the client does
    except ee.EEException as error:
        return error


def failing(*errors):
    """An action that fails with each of the errors, then answers."""
    left = list(errors)

    def action():
        if left:
            raise left.pop(0)
        return "answer"

    return action


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (failure(429, "Too many concurrent aggregations."), Verdict.AGAIN),
        (failure(500, "An internal error has occurred."), Verdict.AGAIN),
        (failure(503, "The service is currently unavailable."), Verdict.AGAIN),
        (failure(400, "Too many concurrent aggregations."), Verdict.AGAIN),
        (failure(400, "Earth Engine capacity exceeded."), Verdict.AGAIN),
        (failure(400, "Earth Engine memory capacity exceeded."), Verdict.AGAIN),
        (failure(503, "Earth Engine memory capacity exceeded."), Verdict.AGAIN),
        (failure(400, "An internal error has occurred"), Verdict.AGAIN),
        (ee.EEException("Earth Engine capacity exceeded."), Verdict.AGAIN),
        (ee.EEException("An internal error has occurred (c0ffee)."), Verdict.AGAIN),
        (TimeoutError("read timed out"), Verdict.AGAIN),
        (ConnectionResetError("reset by peer"), Verdict.AGAIN),
        (http.client.IncompleteRead(b""), Verdict.AGAIN),
        (RefreshError("token endpoint is down", retryable=True), Verdict.AGAIN),
        (failure(400, "User memory limit exceeded."), Verdict.TOO_MUCH),
        (failure(400, "Computation timed out."), Verdict.TOO_MUCH),
        (failure(400, "Total request size (9 bytes) must be less than …"), Verdict.TOO_MUCH),
        (failure(400, "Output of image computation is too large"), Verdict.TOO_MUCH),
        (failure(400, "Request size (9 bytes) must be less than or equal to …"), Verdict.TOO_MUCH),
        (failure(400, "Reprojection output too large (27412x20470 pixels)."), Verdict.TOO_MUCH),
        (failure(400, "Computed value is too large."), Verdict.TOO_MUCH),
        (ee.EEException("User memory limit exceeded."), Verdict.TOO_MUCH),
        (failure(400, "Image.select: Pattern 'B99' did not match any bands."), Verdict.STOP),
        (failure(400, "Image.load: Image asset 'X' not found."), Verdict.STOP),
        (failure(401, "Request had invalid authentication credentials."), Verdict.STOP),
        (failure(403, "Permission denied"), Verdict.STOP),
        (failure(403, "Internal: capacity exceeded for this account"), Verdict.STOP),
        (failure(400, "Request payload size exceeds the limit: 10485760 bytes."), Verdict.STOP),
        (failure(404, "not found"), Verdict.STOP),
        (failure(429, "Quota exceeded for … EECU-time per day in seconds"), Verdict.STOP),
        (RefreshError("invalid_grant"), Verdict.STOP),
    ],
)
def test_each_failure_has_its_way_out(error, expected):
    assert verdict(error) is expected


def test_a_defect_of_ours_is_raised_as_it_is():
    with pytest.raises(KeyError):
        persist(failing(KeyError("ours")), "p", PATIENT)


def test_a_burst_of_refusals_is_sat_out():
    burst = [failure(429, "Too many"), failure(500, "internal"), TimeoutError()]
    assert persist(failing(*burst), "p", PATIENT) == "answer"


def test_waits_grow_with_jitter_up_to_a_limit():
    patience = Patience(first=1, longest=8)
    waits = [[patience.wait(failures) for _ in range(50)] for failures in (1, 3, 9)]
    assert [max(each) <= limit for each, limit in zip(waits, (1, 4, 8), strict=True)] == [True] * 3
    assert all(len(set(each)) > 1 for each in waits)
    assert min(waits[2]) >= 4


def test_patience_ends_and_says_that_work_is_kept(monkeypatch):
    waits = []
    clock = SimpleNamespace(monotonic=lambda: 1 + sum(waits), sleep=waits.append)
    monkeypatch.setattr(errors, "time", clock)
    with pytest.raises(SourceError, match="run again later, tiles are kept"):
        persist(failing(*[failure(503, "unavailable")] * 1000), "p", Patience(1, 60, total=900))
    assert 900 - 60 < sum(waits) <= 900


def test_what_is_too_much_is_not_tried_again():
    too_much = [failure(400, "User memory limit exceeded."), AssertionError("tried again")]
    with pytest.raises(TooMuchError, match="memory limit"):
        persist(failing(*too_much), "p", PATIENT)


def test_a_stopped_job_does_not_wait():
    stop = threading.Event()
    stop.set()
    with pytest.raises(StoppedError):
        persist(failing(failure(429, "Too many")), "p", Patience(first=60), stop)


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (failure(401, "invalid credentials"), "earthengine authenticate"),
        (RefreshError("invalid_grant: expired"), "earthengine.key"),
        (RefreshError("invalid_grant: Account not found", {"error": "invalid_grant"}),
         "mine: invalid_grant: Account not found; run `earthengine authenticate --force`"),
        (failure(403, "Earth Engine API has not been used in project 1 before"),
         "gcloud services enable earthengine.googleapis.com --project mine"),
        (failure(403, "Project 'mine' is not registered to use Earth Engine."),
         "register the project at https://console.cloud.google.com/earth-engine"),
        (failure(403, "Project mine requires noncommercial verification."),
         "confirm that the use is noncommercial, a questionnaire that is asked anew from time to "
         "time, at https://console.cloud.google.com/earth-engine/configuration?project=mine"),
        (failure(403, "Verify your project's noncommercial eligibility to continue."),
         "confirm that the use is noncommercial"),
        (failure(403, "Project mine is not registered; choose noncommercial or commercial use."),
         "register the project at"),
        (failure(403, "Caller does not have required permission to use project mine."),
         "roles/serviceusage.serviceUsageConsumer"),
        (failure(403, "Permission 'earthengine.computations.create' denied"),
         "roles/earthengine.viewer"),
        (failure(404, "Project not found"), "earthengine.project"),
        (failure(400, "Image.load: Image asset 'S2/x' not found (does not exist …)."),
         "delete the scene list"),
        (failure(429, "Quota exceeded … per day."), "tomorrow"),
    ],
)  # fmt: skip
def test_what_stops_a_run_says_the_project_and_what_to_do(error, advice):
    text = str(explained(error, "mine"))
    assert text.startswith("Earth Engine, project mine: ")
    assert advice in text
    assert "\n" not in text
