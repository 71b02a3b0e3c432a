"""The store of the Data Space: what it is asked, and what its refusals mean."""

from pathlib import Path

import pytest
import requests

from lccs_inputs.cdse.key import S3Keys
from lccs_inputs.cdse.store import ObjectStore as Store
from lccs_inputs.cdse.store import code_of
from standins.object_store import ObjectStore

KEYS = ("ACCESS0123456789", "SECRET0123456789")


@pytest.mark.parametrize(("secret", "status"), [(KEYS[1], 200), ("wrong", 403)])
def test_requests_are_signed_whatever_an_object_is_called(
    tmp_path: Path, secret: str, status: int
) -> None:
    (tmp_path / "eodata/a b").mkdir(parents=True)
    (tmp_path / "eodata/a b/ü+1.jp2").write_bytes(bytes(1234))
    with ObjectStore(tmp_path, dict([KEYS])) as server:
        store = Store(server.url, S3Keys(KEYS[0], secret), 1)
        answer = requests.get(store.address("s3://eodata/a b/ü+1.jp2"), auth=store, timeout=5)
    assert answer.status_code == status
    assert bool(store.refusal(code_of(answer.content))) == (status == 403)
