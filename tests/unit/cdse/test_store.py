"""The store of the Data Space, asked without GDAL."""

from pathlib import Path

from lccs_inputs.cdse.key import S3Keys
from lccs_inputs.cdse.store import ObjectStore as Store
from standins.object_store import ObjectStore

KEYS = ("ACCESS0123456789", "SECRET0123456789")


def test_it_says_how_large_an_object_is_to_who_has_its_keys(tmp_path: Path) -> None:
    (tmp_path / "eodata/a b").mkdir(parents=True)
    (tmp_path / "eodata/a b/ü.jp2").write_bytes(bytes(1234))
    with ObjectStore(tmp_path, dict([KEYS])) as server:
        store = Store(server.url, S3Keys(*KEYS), 1)
        assert store.size("s3://eodata/a b/ü.jp2") == 1234
        assert store.size("s3://eodata/gone.jp2") == 0
        assert Store(server.url, S3Keys(KEYS[0], "wrong"), 1).size("s3://eodata/a b/ü.jp2") == 0
        assert server.methods == ["HEAD"] * 3
    assert store.size("s3://eodata/a b/ü.jp2") == 0, "nobody answers"
