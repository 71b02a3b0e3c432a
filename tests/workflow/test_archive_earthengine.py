"""An archive of a run on Earth Engine: its outline, scenes and a map, repeated once it is gone."""

import json
from pathlib import Path
from typing import Any

import pytest

from standins.earthengine import EarthEngineStandIn
from workflow.harness import Project, new_project
from workflow.test_archive import ARCHIVE, RASTERS, REMOTE, unpack
from workflow.test_asset_area import ASSET, FEATURE
from workflow.test_stages import made, make

pytestmark = pytest.mark.workflow


def config(service: EarthEngineStandIn, key: Path) -> dict[str, Any]:
    """An asset as the area, scenes, and a map, all of them asked for with the key of an account."""
    return {
        "areas": {"shore": {"asset": ASSET}},
        "grid": {"resolution": 20, "block": 256},
        "periods": {"2018": {"start": "2018-06-01", "end": "2018-08-31"}},
        "scenes": {"s2": {"sensor": "sentinel2", "catalogue": "earthengine"}},
        "products": {"land_cover": {"product": "WORLDCOVER", "editions": {2021: "earthengine"}}},
        "layers": {
            "vegetat_veg_cat": {"use": "ndvi", "methods": {"ndvi": "ndvi >= 0.4"}},
            "aquatic_wat_cat": {"use": "wet", "methods": {"wet": "land_cover == 80"}},
        },
        "earthengine": {"project": "stand-in-project", "url": service.url, "key": str(key)},
    }


def test_a_run_on_earth_engine_is_repeated_when_earth_engine_is_gone(
    sample: Path, tmp_path: Path
) -> None:
    tables = {ASSET: [FEATURE]}
    with EarthEngineStandIn(sample / "catalog.json", tables, tmp_path / "exports") as service:
        key = service.write_key(tmp_path / "account.json")
        secret = json.loads(key.read_text())["private_key"].splitlines()[1]
        project = new_project(tmp_path / "project", config(service, key))
        project.run("provenance")
        told = made(project.folder, *ARCHIVE, "INPUTS=1", "OUT=../paper.tar.gz")
    assert "without asking a service" in told
    (project.folder / ".cache").rename(tmp_path / "gone")
    key.unlink()

    repeated = Project(unpack(tmp_path / "paper.tar.gz", tmp_path / "empty"), {})
    done = make(repeated.folder, "repeat", "OFFLINE=1", "ARGS=provenance")
    assert done.returncode == 0, done.stdout + done.stderr
    rasters = repeated.files(RASTERS)
    assert rasters == project.files(RASTERS) and len(rasters) > 2
    assert "rasters, byte for byte those of the archived run\n" in done.stdout
    asking = (*REMOTE, "fetch_outline", "export_earthengine")
    assert not [rule for rule in asking if rule in done.stderr]

    held = [path for path in repeated.folder.rglob("*") if path.is_file()]
    assert not [path for path in held if secret.encode() in path.read_bytes()]
    assert not [path for path in held if str(key).encode() in path.read_bytes()]
