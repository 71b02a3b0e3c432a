"""The whole workflow on products requested from CLMS, against the stand-in over real HTTP."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.windows import from_bounds

from lccs_inputs.clms.lock import Lock
from lccs_inputs.clms.session import ClmsSession
from lccs_inputs.commands.offers_lock import refresh
from lccs_inputs.products.archives import find_rasters
from patience import wait_until
from standins.clms import ClmsStandIn
from standins.clms.tasks import Pace
from workflow.harness import (
    Project,
    kill_everything,
    new_project,
    remove_stale_lock,
    small_config,
    start,
    with_sources_of,
)
from workflow.warm_python import warm_python

pytestmark = pytest.mark.workflow

QUEUE_SECONDS = 1.0
ONE_DELIVERY = "results/shore/sources/imperviousness/2018/delivery.zip"
ORDERED = ("WAW", "IMD", "TCD", "DLT", "FTY", "GRA")


class SampleProducts:
    """The sample's own products, as what CLMS would cut out of its maps."""

    def __init__(self, sample: Path, work: Path) -> None:
        self._rasters = {
            archive.name[:3]: find_rasters(archive, work)
            for archive in sorted((sample / "products").glob("*.zip"))
        }

    def __call__(self, product: str, bounds: tuple[float, float, float, float]) -> np.ndarray:
        west, south, east, north = bounds
        shape = (round((north - south) / 10), round((east - west) / 10))
        cut = np.full(shape, 255, np.uint8)
        for path in self._rasters[product[:3]]:  # IMDCL: its confidence layer
            with rasterio.open(path) as raster:
                window = from_bounds(*bounds, raster.transform).round()
                part = raster.read(1, window=window, boundless=True, fill_value=255)
            cut = np.where(part == 255, cut, part)
        return cut


def leaks(project: Project, clms: ClmsStandIn, output: str = "") -> list[str]:
    """Where a secret can be read: results, logs, Snakemake's records, the cache, the output."""
    key = json.loads(Path(project.config["clms"]["key"]).read_text())
    secrets = [line.encode() for line in key["private_key"].splitlines()[1:-1]]
    secrets += [token.encode() for token in clms.accounts.issued]
    files = {str(p): p.read_bytes() for p in project.folder.rglob("*") if p.is_file()}
    texts = files | {"output": output.encode()}
    return [name for name, text in texts.items() if any(secret in text for secret in secrets)]


@pytest.fixture
def clms(sample: Path, tmp_path: Path) -> Iterator[ClmsStandIn]:
    source = SampleProducts(sample, tmp_path / "unpacked")
    with ClmsStandIn(source, queue_seconds=QUEUE_SECONDS) as running:
        yield running


def ordering_config(sample: Path, clms: ClmsStandIn, origin: str = "clms") -> dict[str, Any]:
    config = small_config(sample)
    for product in config["products"].values():
        if product["product"] in ORDERED:
            product["editions"] = {2018: origin}
    config["clms"] = {"url": clms.url, "image_service": clms.image_url, "poll_seconds": 1}
    return config


def ordering_project(
    sample: Path, clms: ClmsStandIn, folder: Path, imagery_of: Project | None = None
) -> Project:
    config = ordering_config(sample, clms)
    config["clms"]["key"] = str(clms.key_file(folder.parent))
    project = (
        with_sources_of(imagery_of, folder, config) if imagery_of else new_project(folder, config)
    )
    with ClmsSession(clms.url, None) as session:
        lock, _ = refresh(session, [(name, 2018) for name in ORDERED], Lock())
    lock.write(folder / "products.lock.json")
    return project


def layers(project: Project) -> dict[str, np.ndarray]:
    found = {}
    for path in sorted((project.folder / "results/shore/periods/2018/layers").glob("*.tif")):
        with rasterio.open(path) as raster:
            found[path.stem] = raster.read(1)
    return found


def test_requested_products_give_the_layers_of_the_delivered_files(
    sample: Path, clms: ClmsStandIn, built: Project, tmp_path: Path
):
    project = ordering_project(sample, clms, tmp_path / "ordered", imagery_of=built)
    before = clms.traffic.copy()
    run = project.run("layers")
    assert project.traffic() == clms.traffic - before
    assert run.jobs["fetch_product"] == run.jobs["align_product"] > 1
    for name, codes in layers(project).items():
        assert np.array_equal(codes, layers(built)[name]), name
    assert "Nothing to be done" in project.run("layers").output
    posts = clms.requests("POST @datarequest_post")
    assert len(posts) == len({json.dumps(post.body, sort_keys=True) for post in posts})
    assert not clms.leaked
    assert not leaks(project, clms)


RECOVERABLE = [
    ("POST @@oauth2-token", "status", {"status": 503}),
    ("GET @datarequest_search", "expired_token", {"after": 1}),
    ("GET @datarequest_search", "unknown_token", {"after": 3}),
    ("GET @datarequest_search", "status", {"status": 429, "retry_after": 1, "after": 5}),
    ("GET result", "html", {}),
    ("POST @datarequest_post", "drop_after_storing", {}),
    ("task", "queued_with_url", {}),
    ("GET result", "status", {"status": 503}),
    ("GET result", "truncated", {}),
]


def test_a_run_full_of_faults_delivers_asks_once_and_tells_no_secret(
    sample: Path, clms: ClmsStandIn, tmp_path: Path
):
    project = ordering_project(sample, clms, tmp_path / "faulty")
    clms.tasks.pace = Pace(polls=4)
    for place, kind, options in RECOVERABLE:
        clms.faults.add(place, kind, **options)
    result = project.run(ONE_DELIVERY)
    assert len(clms.faults.used) == len(RECOVERABLE)
    assert len(clms.requests("POST @datarequest_post")) == 1
    assert not clms.leaked
    assert not leaks(project, clms, result.output)


@pytest.mark.parametrize(
    ("place", "kind", "options", "says"),
    [
        ("POST @@oauth2-token", "invalid_grant", {}, "service key"),
        ("GET @datarequest_search", "expired_token", {}, "service key"),
        ("task", "rejected", {"message": "FME says no"}, "FME says no"),
        ("delivery", "confidence", {}, "kept as"),
        ("delivery", "wrong_code", {}, "kept as"),
        ("delivery", "traversal", {}, "delivery.zip"),
    ],
)
def test_a_run_that_fails_says_why_leaves_nothing_and_tells_no_secret(
    sample: Path, clms: ClmsStandIn, tmp_path: Path,
    place: str, kind: str, options: dict[str, Any], says: str,
):  # fmt: skip
    project = ordering_project(sample, clms, tmp_path / "failing")
    clms.faults.add(place, kind, times=None, **options)
    result = project.snakemake(ONE_DELIVERY)
    assert result.returncode != 0
    assert says in result.output
    assert not (project.folder / ONE_DELIVERY).exists()
    assert not leaks(project, clms, result.output)


def looks_after_posting(clms: ClmsStandIn) -> list[str]:
    routes = [request.route for request in clms.log]
    posted = routes.index("@datarequest_post") if "@datarequest_post" in routes else len(routes)
    return [route for route in routes[posted:] if route == "@datarequest_search"]


def test_a_run_killed_while_waiting_adopts_its_task(
    sample: Path, clms: ClmsStandIn, tmp_path: Path
):
    project = ordering_project(sample, clms, tmp_path / "killed")
    clms.tasks.pace.queue_seconds = math.inf
    process = start(project, ONE_DELIVERY)
    wait_until(lambda: looks_after_posting(clms), process)
    kill_everything(process)
    clms.tasks.pace.queue_seconds = 0
    assert remove_stale_lock(project).returncode == 0
    project.run(ONE_DELIVERY)
    assert len(clms.requests("POST @datarequest_post")) == 1


def test_products_wait_together(sample: Path, clms: ClmsStandIn, tmp_path: Path):
    """Six products, none of which is ready before all of them are asked for."""
    project = ordering_project(sample, clms, tmp_path / "waiting")
    clms.tasks.pace.queue_seconds = math.inf
    targets = [
        f"results/shore/sources/{source}/2018/delivery.zip"
        for source, settings in project.config["products"].items()
        if settings["product"] in ORDERED
    ]
    process = start(project, *targets, python=warm_python())
    wait_until(lambda: len(clms.requests("POST @datarequest_post")) == len(ORDERED), process)
    assert not clms.requests("GET result")
    clms.tasks.pace.queue_seconds = 0
    assert process.wait() == 0
    assert len(clms.requests("POST @datarequest_post")) == len(targets) == len(ORDERED)


def test_a_second_clone_with_the_same_cache_asks_for_nothing(
    sample: Path, clms: ClmsStandIn, tmp_path: Path
):
    first = ordering_project(sample, clms, tmp_path / "first")
    first.config["clms"]["cache"] = str(tmp_path / "cache")
    first.run(ONE_DELIVERY)
    second = ordering_project(sample, clms, tmp_path / "second")
    second.config["clms"] = first.config["clms"] | {"key": str(tmp_path / "no-such-key.json")}
    second.run(ONE_DELIVERY)
    assert second.traffic() == {"requests": 0, "bytes": 0}
    notes = [*second.files("benchmarks/*/*.json").values()]
    assert len(notes) == 2
    assert all(json.loads(note)["from_cache"] for note in notes)
    assert len(clms.requests("POST @datarequest_post")) == 1


def test_a_request_that_was_damaged_is_there_again_and_asked_once(
    sample: Path, clms: ClmsStandIn, tmp_path: Path
):
    project = ordering_project(sample, clms, tmp_path / "project")
    project.run()
    requests = sorted((project.folder / "results").glob("*/sources/*/*/request.json"))
    known = requests[0].read_bytes()
    requests[0].write_bytes(b"")
    project.run()
    assert requests[0].read_bytes() == known
    assert project.dry_run().jobs.total() == 0
    assert len(clms.requests("POST @datarequest_post")) == len(requests)


def test_the_image_service_serves_a_small_area_without_a_key(
    sample: Path, clms: ClmsStandIn, built: Project, tmp_path: Path
):
    config = ordering_config(sample, clms, "image_service")
    config["products"]["forest_type"] = small_config(sample)["products"]["forest_type"]
    project = with_sources_of(built, tmp_path / "keyless", config)
    project.run("layers")
    assert project.traffic() == clms.traffic
    for name, codes in layers(project).items():
        assert np.array_equal(codes, layers(built)[name]), name


def test_a_missing_key_says_what_to_do_before_anything_is_asked(
    sample: Path, clms: ClmsStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("CLMS_KEY", raising=False)
    project = ordering_project(sample, clms, tmp_path / "keyless")
    del project.config["clms"]["key"]
    result = project.snakemake("results/shore/sources/imperviousness/2018/request.json")
    assert result.returncode != 0
    assert "docs/accounts.md" in result.output
    assert not clms.requests("POST @datarequest_post")


def test_a_missing_lock_file_says_how_to_make_it(sample: Path, clms: ClmsStandIn, tmp_path: Path):
    project = ordering_project(sample, clms, tmp_path / "unlocked")
    (project.folder / "products.lock.json").unlink()
    result = project.snakemake("--dry-run")
    assert result.returncode != 0
    assert "make offers-lock" in result.output
