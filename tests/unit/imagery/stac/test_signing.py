"""Planetary Computer signatures: made for reading, renewed in time, never written."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from planetary_computer import sas
from planetary_computer.settings import Settings

from lccs_inputs.errors import SourceError
from lccs_inputs.imagery.stac import signing
from lccs_inputs.imagery.stac.signing import signer
from standins.stac_api import Fault, StacApi

BLOB = "https://account.blob.core.windows.net/container/scene/B04.tif"

pytestmark = pytest.mark.usefixtures("silence")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[StacApi]:
    with StacApi() as api:
        monkeypatch.setenv("PC_SDK_SAS_URL", f"{api.url}/sas")
        monkeypatch.setenv("PC_SDK_SUBSCRIPTION_KEY", "")
        monkeypatch.setattr(sas, "TOKEN_CACHE", {})
        monkeypatch.setattr(signing, "RETRIES", signing.RETRIES.new(total=2, backoff_factor=0.01))
        Settings.get.cache_clear()
        yield api
        Settings.get.cache_clear()


def test_one_token_serves_a_whole_container(service: StacApi):
    sign = signer("planetary_computer")
    assert sign(BLOB) == f"{BLOB}?sp=r&se=soon&sig=SECRET1"
    assert sign(BLOB.replace("B04", "B08")).endswith("B08.tif?sp=r&se=soon&sig=SECRET1")
    assert sign(BLOB.replace("container", "other")).endswith("sig=SECRET2")
    assert service.tokens == ["account/container", "account/other"]


def test_a_token_about_to_expire_is_renewed(service: StacApi):
    sign = signer("planetary_computer")
    service.token_life = timedelta(seconds=120)
    sign(BLOB)
    assert sign(BLOB).endswith("sig=SECRET2")


def test_a_stale_signature_is_replaced(service: StacApi):
    assert signer("planetary_computer")(f"{BLOB}?sp=r&sig=STALE").endswith("sig=SECRET1")


def test_hrefs_outside_blob_storage_are_left_alone(service: StacApi):
    sign = signer("planetary_computer")
    for href in ("results/sample_data/B04.tif", "https://example.org/B04.tif?version=2"):
        assert sign(href) == href
    assert service.tokens == []


@pytest.mark.parametrize("fault", [Fault(429, retry_after=0), Fault(500), Fault(hang=True)])
def test_a_passing_fault_of_the_token_service_is_retried(service: StacApi, fault: Fault):
    service.faults.append(fault)
    assert signer("planetary_computer")(BLOB).endswith("sig=SECRET1")


@pytest.mark.parametrize("fault", [Fault(500), Fault(403), Fault(hang=True)])
def test_no_token_is_an_error_that_names_the_container(service: StacApi, fault: Fault):
    service.faults.extend([fault] * 5)
    with pytest.raises(SourceError, match="gave no access to account/container"):
        signer("planetary_computer")(BLOB)
    assert service.faults


def test_what_is_written_carries_no_signature():
    assert signing.unsigned(f"{BLOB}?sp=r&sig=SECRET") == BLOB
    assert signing.unsigned("https://example.org/a.tif?version=2").endswith("?version=2")
