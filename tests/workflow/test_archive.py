"""A run in one file, and the run again from it: in an empty folder, once every server has gone."""

import json
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from lccs_inputs.clms.lock import Lock
from lccs_inputs.clms.session import ClmsSession
from lccs_inputs.commands.offers_lock import refresh
from standins.clms import ClmsStandIn
from standins.file_server import FileServer
from standins.stac_api import StacApi
from workflow.harness import Project, new_project, run_python
from workflow.test_clms import QUEUE_SECONDS, SampleProducts, leaks
from workflow.test_stages import made, make

pytestmark = pytest.mark.workflow

BOX = [6.515, 46.366, 6.530, 46.376]
LAYERS = {
    "vegetat_veg_cat": {"use": "ndvi", "methods": {"ndvi": "ndvi >= 0.4"}},
    "artific_urb_cat": {"use": "sealed", "methods": {"sealed": "imperviousness >= 30"}},
    "aquatic_wat_cat": {"use": "wet", "methods": {"wet": "water in {1, 2}"}},
}
REMOTE = ("search_scenes", "freeze_scenes", "compose_block", "request_product", "fetch_product")
ARCHIVE = ("archive", "CONFIG=mine.yaml")
RASTERS = "*/periods/*/*/*.tif"


def items(sample: Path, url: str) -> list[dict[str, Any]]:
    """The items of Sentinel-2 of the sample, with assets at a URL."""
    found = []
    for path in sorted(sample.glob("sentinel-2-l2a/*/*.json")):
        item = json.loads(path.read_text()) | {"links": []}
        for asset in item["assets"].values():
            asset["href"] = f"{url}/{(path.parent / asset['href']).relative_to(sample)}"
        found.append(item)
    return found


def config(sample: Path, own: Path, catalogue: str, clms: ClmsStandIn) -> dict[str, Any]:
    """Imagery of an API, a map of CLMS, and files that lie outside of the project."""
    west, south, east, north = BOX
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    outline = {"type": "Polygon", "coordinates": [ring]}
    (own / "shore.geojson").write_text(
        json.dumps({"type": "Feature", "properties": {}, "geometry": outline})
    )
    (water,) = sample.glob("products/WAW_2018*.zip")
    (own / "water.zip").write_bytes(water.read_bytes())
    return {
        "areas": {"shore": {"file": str(own / "shore.geojson")}},
        "grid": {"resolution": 20, "block": 256},
        "periods": {"2018": {"start": "2018-06-01", "end": "2018-08-31"}},
        "scenes": {"s2": {"sensor": "sentinel2", "catalogue": catalogue}},
        "products": {
            "imperviousness": {"product": "IMD", "editions": {2018: "clms"}},
            "water": {"product": "WAW", "editions": {2018: str(own / "water.zip")}},
        },
        "layers": LAYERS,
        "clms": {
            "url": clms.url,
            "poll_seconds": 1,
            "key": str(clms.key_file(own)),
            "cache": str(own / "cache of a group"),
        },
    }


@dataclass
class Archived:
    """A finished run, and its archive with what services gave, from a time when they answered.

    Attributes:
        refused: what was told of an archive before the run.
        told: what was told of the one that was written.
        leaked: where a secret could be read in what was unpacked of it.
    """

    project: Project
    own: Path
    file: Path
    refused: str
    told: str
    leaked: list[str]


@pytest.fixture(scope="module")
def archived(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archived]:
    folder = tmp_path_factory.mktemp("archived")
    (own := folder / "own").mkdir()
    maps = SampleProducts(sample, folder / "unpacked")
    with (
        FileServer(sample) as files,
        StacApi(items(sample, files.url)) as api,
        ClmsStandIn(maps, queue_seconds=QUEUE_SECONDS) as clms,
    ):
        project = new_project(folder / "project", config(sample, own, api.url, clms))
        with ClmsSession(clms.url, None) as session:
            lock, _ = refresh(session, [("IMD", 2018)], Lock())
        lock.write(project.folder / "products.lock.json")
        project.write_config()
        refused = make(project.folder, *ARCHIVE).stderr
        project.run("provenance")
        told = made(project.folder, *ARCHIVE, "INPUTS=1", "OUT=../paper.tar.gz")
        unpacked = Project(unpack(folder / "paper.tar.gz", folder / "looked at"), project.config)
        leaked = leaks(unpacked, clms)
    own.rename(folder / "gone")
    (project.folder / ".cache").rename(folder / "gone too")
    return Archived(project, own, folder / "paper.tar.gz", refused, told, leaked)


def unpack(file: Path, empty: Path) -> Path:
    """The folder that an archive holds."""
    empty.mkdir()
    subprocess.run(["tar", "xf", str(file)], cwd=empty, check=True)
    (folder,) = empty.iterdir()
    return folder


@pytest.fixture
def unpacked(archived: Archived, tmp_path: Path) -> Project:
    return Project(unpack(archived.file, tmp_path / "empty"), {})


def test_the_run_is_repeated_in_an_empty_folder_byte_for_byte_without_a_network(
    archived: Archived, unpacked: Project
) -> None:
    done = make(unpacked.folder, "repeat", "OFFLINE=1", "ARGS=provenance")
    assert done.returncode == 0, done.stdout + done.stderr
    assert unpacked.files(RASTERS) == archived.project.files(RASTERS)
    assert len(unpacked.files(RASTERS)) > len(LAYERS)
    published = (unpacked.files(f"*/periods/*/{part}/*.tif") for part in ("layers", "stack"))
    count = sum(map(len, published))
    assert f"{count} rasters, byte for byte those of the archived run\n" in done.stdout
    assert "build_layer" in done.stderr
    assert not [rule for rule in REMOTE if rule in done.stderr]
    again = json.loads((unpacked.folder / "told/shore/2018/provenance.json").read_text())
    anew = json.loads((unpacked.folder / "results/shore/periods/2018/provenance.json").read_text())
    for name in ("s2", "imperviousness"):
        assert anew["sources"][name]["accessed"] == again["sources"][name]["accessed"]
        assert anew["sources"][name]["accessed"] > "2020", "not the date of the unpacked file"


def test_nothing_of_it_is_secret_or_of_the_machine(archived: Archived, unpacked: Project) -> None:
    assert not archived.leaked
    said = yaml.safe_load((unpacked.folder / "config.yaml").read_text())
    assert said["clms"]["key"] is None and said["clms"]["cache"] == ".cache/clms"
    assert said["areas"]["shore"] == {"file": "inputs/areas.shore.file/shore.geojson"}
    names = [path for path in unpacked.folder.rglob("*") if path.is_file()]
    own = str(archived.own).encode()
    assert not [path for path in names if own in path.read_bytes()]
    assert not [path for path in names if "key" in path.name and path.suffix == ".json"]


def test_a_file_that_was_changed_lost_or_added_is_named_and_nothing_is_run(
    unpacked: Project,
) -> None:
    block = next((unpacked.folder / "results").rglob("blocks/*.tif"))
    block.write_bytes(block.read_bytes()[:-1] + b"?")
    (unpacked.folder / "inputs/areas.shore.file/shore.geojson").unlink()
    (unpacked.folder / "scripts/stray.py").write_text("raise SystemExit(3)")
    (unpacked.folder / "mine.yaml").write_text("{}")
    done = make(unpacked.folder, "repeat", "OFFLINE=1")
    assert done.returncode != 0
    told = [line for line in done.stderr.splitlines() if "unpack the archive anew" in line]
    assert [line.split()[0] for line in told] == [
        "inputs/areas.shore.file/shore.geojson",
        block.relative_to(unpacked.folder).as_posix(),
        "scripts/stray.py",
    ]
    assert not (unpacked.folder / "results/shore/grid.json").exists()


def test_other_settings_still_ask_anew(unpacked: Project) -> None:
    document = yaml.safe_load((unpacked.folder / "config.yaml").read_text())
    document["areas"]["shore"] = {"bbox": [6.515, 46.366, 6.532, 46.376]}
    (unpacked.folder / "config.yaml").write_text(yaml.safe_dump(document))
    plan = run_python(unpacked.folder, "-m", "snakemake", "--nocolor", "--dry-run", "provenance")
    assert plan.jobs["search_scenes"] == 1, plan.output
    assert plan.jobs["request_product"] == 1


def test_the_same_run_gives_the_same_bytes_and_without_inputs_says_whom_it_will_ask(
    archived: Archived, tmp_path: Path
) -> None:
    archived.own.symlink_to(archived.own.with_name("gone"))
    out = tmp_path / "paper.tar.gz"
    arguments = (*ARCHIVE, f"OUT={out}")
    made(archived.project.folder, *arguments, "INPUTS=1")
    assert out.read_bytes() == archived.file.read_bytes()
    assert "without asking a service" in archived.told
    told = made(archived.project.folder, *arguments)
    assert "services would be asked again" in told
    with tarfile.open(out) as tar:
        names = {name.removeprefix("paper/") for name in tar.getnames()}
    assert {"results/shore/sources/s2/2018/scenes.json", "told/shore/2018/METHODS.md"} <= names
    assert not [name for name in names if name.endswith((".tif", "delivery.zip"))]
    archived.own.unlink()


def test_what_is_not_finished_is_not_archived(archived: Archived) -> None:
    assert "archive: the run is not finished: results/shore/periods/2018/provenance.json " in (
        archived.refused
    )
    archived.own.symlink_to(archived.own.with_name("gone"))
    layer = archived.project.folder / "results/shore/periods/2018/layers/vegetat_veg_cat.tif"
    held = layer.read_bytes()
    layer.write_bytes(held + b"\n")
    done = make(archived.project.folder, *ARCHIVE)
    layer.write_bytes(held)
    archived.own.unlink()
    assert done.returncode != 0
    assert "layers/vegetat_veg_cat.tif is not there, or not as " in done.stderr
    assert not (archived.project.folder / "results/archive.tar.gz").exists()
