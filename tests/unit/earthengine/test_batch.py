"""The batch path: what interactive requests cannot compute is exported, awaited, and fetched."""

import json
import logging
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import ee
import numpy as np
import pytest
import rasterio
from rasterio.io import MemoryFile
from shapely import Point

from lccs_inputs import config
from lccs_inputs.earthengine import destinations, pixels, tiles
from lccs_inputs.earthengine import service as services
from lccs_inputs.earthengine.batch import BatchPath
from lccs_inputs.earthengine.destinations import AssetFolder, mosaic
from lccs_inputs.earthengine.errors import Patience, SpoiledError
from lccs_inputs.earthengine.export import export_block, scene_set_export, scene_set_tiles
from lccs_inputs.earthengine.pilot import Pilot, run_pilot
from lccs_inputs.earthengine.product_export import export_product
from lccs_inputs.earthengine.search import search_scenes
from lccs_inputs.earthengine.signin import Account, sign_in
from lccs_inputs.errors import ConfigError, SourceError
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from patience import wait_until
from scene_requests import scene_request
from service_settings import batch_settings, export_settings, kept_tiles
from standins.earthengine import faults

REPOSITORY = Path(__file__).parents[3]
PROJECT = "stand-in-project"
FOLDER = f"projects/{PROJECT}/assets/lccs-inputs"
BOUNDS = (977000, 6588000, 977800, 6588800)
GRID = Grid("EPSG:2154", (10, 10), BOUNDS)  # 80 px
AREA = Area(Point(977400, 6588400).buffer(440), GRID)
LANDSAT = SENSORS["landsat"]
PATIENT = Patience(first=0.01, longest=0.05)
ALL = ()
FEW = ("red", "nir", "clear_count")
BATCH = batch_settings(bucket="my-bucket", poll_seconds=0.01, deadline_hours=1 / 6)


def of_a_stored_image(request):
    return "/lccs-inputs-" in json.dumps(request.body)


def computed(request):
    return request.method == "computePixels" and not of_a_stored_image(request)


@pytest.fixture
def too_much(service):
    """Whatever has to be computed is too much for interactive requests."""
    fault = faults.Fault(400, "User memory limit exceeded.", None, when=computed)
    service.faults = [fault]
    return fault


class Engine:
    """Exports one block of Landsat, with one cache."""

    def __init__(self, service, folder, key=None):
        self.session = sign_in(Account(PROJECT, key, service.url), PATIENT)
        self.folder, self.service = folder, service
        asked = scene_request(
            "landsat", "earthengine", "2018-05-01", "2018-10-31", "none", AREA.bounds_lonlat(),
            source="l8", cloud_max=80,
        )  # fmt: skip
        self.scenes = search_scenes(self.session, asked)

    def block(self, batch=BATCH, cache="cache", bands=FEW):
        target = self.folder / "block.tif"
        settings = export_settings(2, self.folder / cache, batch)
        mask = LANDSAT.masks["qa_pixel"]
        export_block(self.session, self.scenes, LANDSAT, mask, GRID, AREA, target, settings, bands)
        with rasterio.open(target) as raster:
            return raster.read()

    def interactive(self, bands=FEW):
        """The same block without faults, in another cache."""
        faulty, self.service.faults = self.service.faults, []
        block = self.block(cache="interactive", bands=bands)
        self.service.faults = faulty
        return block

    @property
    def notes(self):
        return list((self.folder / "cache").rglob("*.batch.json"))

    @property
    def stored(self):
        """Results on the service."""
        files = (path.name for path in (self.service.folder).rglob("*/lccs-inputs-*.tif"))
        return [*self.service.assets.exported, *(f for f in files if "+" not in f)]


@pytest.fixture
def engine(service, tmp_path):
    return Engine(service, tmp_path)


def tasks(service):
    return list(service.tasks.all.values())


@pytest.mark.parametrize("to", ["asset", "drive", "cloud_storage"])
def test_a_batch_export_gives_the_pixels_of_interactive_requests(
    engine, service, too_much, to, caplog
):
    expected = engine.interactive(bands=ALL)
    caplog.set_level(logging.INFO)
    engine.session.tag("l8-2018")
    block = engine.block(replace(BATCH, to=to), bands=ALL)
    assert np.array_equal(block, expected)
    (task,) = tasks(service)
    assert task.body["workloadTag"] == "l8-2018"
    assert f"took {task.eecu:.1f} EECU-seconds" in caplog.text
    assert (engine.notes, engine.stored) == ([], [])
    assert len(kept_tiles(engine.folder / "cache")) == 1
    service.log.clear()
    assert np.array_equal(engine.block(replace(BATCH, to=to), bands=ALL), expected)
    assert service.log == []


def test_a_folder_of_assets_is_made_with_those_it_lies_in(engine, service, too_much):
    engine.block(replace(BATCH, asset_root=f"projects/{PROJECT}/assets/staging/deep"))
    assert set(service.assets.folders) == {
        f"projects/{PROJECT}/assets/staging",
        f"projects/{PROJECT}/assets/staging/deep",
    }


@pytest.mark.parametrize("to", ["asset", "cloud_storage"])
@pytest.mark.parametrize(("product", "edition"), [("DEM", "static"), ("EUCROPMAP", "2022")])
def test_maps_come_in_batch_on_their_own_pixels(engine, service, too_much, product, edition, to):
    """In degrees, half a pixel off the lattice, floating point; and with other projections."""

    def exported(cache, batch):
        target = engine.folder / "map.tif"
        settings = export_settings(2, engine.folder / cache, batch)
        export_product(engine.session, PRODUCTS[product], edition, AREA, target, settings)
        with rasterio.open(target) as raster:
            return raster.read()

    in_batch = exported("cache", replace(BATCH, to=to))
    service.faults = []
    assert np.array_equal(in_batch, exported("interactive", None))
    assert len(tasks(service)) == 1


@pytest.mark.parametrize("to", ["drive", "cloud_storage"])
def test_exports_that_the_service_cut_up_are_put_together(engine, service, too_much, to):
    service.shard = 30
    assert np.array_equal(engine.block(replace(BATCH, to=to)), engine.interactive())
    assert engine.stored == []


def test_only_the_tile_that_is_too_much_is_exported_in_batch(engine, service, monkeypatch):
    monkeypatch.setattr(tiles, "_SIDES", (40,))
    expected = engine.interactive()

    def within(request):
        """Of the tile in the north-west."""
        x, y = request.corner or (0, 0)
        return computed(request) and x < 977200 and y > 6588400

    service.faults = [faults.Fault(400, "Computation timed out.", None, when=within)]
    assert np.array_equal(engine.block(), expected)
    assert len(tasks(service)) == 1


# --- interruptions -------------------------------------------------------------------------------

CHILD = """
    import sys
    from pathlib import Path
    sys.path[:0] = {paths}
    from shapely import from_wkt
    from lccs_inputs.earthengine.export import export_block
    from service_settings import batch_settings, export_settings, kept_tiles
    from lccs_inputs.earthengine.signin import Account, sign_in
    from lccs_inputs.rasters.area import Area
    from lccs_inputs.rasters.grid import Grid
    from lccs_inputs.imagery.scenes import SceneList
    from lccs_inputs.facts.sensors import SENSORS
    folder, sensor = Path({folder!r}), SENSORS["landsat"]
    grid = Grid("EPSG:2154", (10, 10), {bounds})
    export_block(
        sign_in(Account({project!r}, url={url!r})), SceneList.read(folder / "items.json"), sensor,
        sensor.masks["qa_pixel"], grid, Area(from_wkt({area!r}), grid), folder / "block.tif",
        export_settings(1, folder / "cache", batch_settings(poll_seconds=0.05)), {bands},
    )
"""


@pytest.fixture
def other_job(engine, service, too_much, tmp_path):
    """Another process at work on the same block, which waits for a task that does not end."""
    engine.scenes.write(tmp_path / "items.json")
    service.tasks.held = True
    code = textwrap.dedent(CHILD).format(
        paths=[path for path in sys.path if path], folder=str(tmp_path), bounds=BOUNDS,
        project=PROJECT, url=service.url, area=AREA.geometry.wkt, bands=FEW,
    )  # fmt: skip
    child = subprocess.Popen([sys.executable, "-c", code])
    wait_until(lambda: any("task" in json.loads(note.read_text()) for note in engine.notes), child)
    yield child
    child.kill()
    child.wait()


def test_a_killed_job_waits_for_the_task_it_started(engine, service, other_job):
    other_job.kill()
    other_job.wait()
    service.tasks.held = False
    service.log.clear()
    block = engine.block()
    assert len(tasks(service)) == 1
    assert all(of_a_stored_image(request) for request in service.requests())  # straight to batch
    assert np.array_equal(block, engine.interactive())


def test_two_jobs_that_need_one_tile_share_a_task(engine, service, other_job, monkeypatch):
    pause = BatchPath._pause

    def done_meanwhile(*waiting):
        service.tasks.held = False
        pause(*waiting)

    monkeypatch.setattr(BatchPath, "_pause", done_meanwhile)
    block = engine.block()
    assert other_job.wait(120) == 0
    assert len(tasks(service)) == 1
    assert (engine.notes, engine.stored) == ([], [])
    assert np.array_equal(block, engine.interactive())


@pytest.fixture
def killed(monkeypatch):
    """Ends the job right after an action has had its effect."""

    def after(owner, name):
        action = getattr(owner, name)

        def and_end(*args, **kwargs):
            action(*args, **kwargs)
            raise KeyboardInterrupt

        patch.setattr(owner, name, and_end)

    with monkeypatch.context() as patch:
        yield after, patch.undo


@pytest.mark.parametrize("cache", ["cache", "of a clone"])
def test_a_task_whose_id_was_never_learned_is_found(engine, service, too_much, killed, cache):
    after, undo = killed
    after(ee.data, "exportImage")
    with pytest.raises(KeyboardInterrupt):
        engine.block()
    undo()
    assert len(tasks(service)) == 1
    engine.block(cache=cache)
    assert len(tasks(service)) == 1


def test_a_start_whose_answer_is_lost_is_one_start(engine, service, too_much):
    lost = faults.Fault(cut=True, times=None, when=lambda request: request.method == "export")
    service.faults.append(lost)
    engine.session.patience = Patience(first=0.01, longest=0.05, total=0.3)
    engine.block()
    assert len(service.requests("export")) > 1
    assert len(tasks(service)) == 1


@pytest.mark.parametrize(("to", "started"), [("asset", 0), ("cloud_storage", 1)])
def test_a_result_whose_task_is_forgotten_is_taken_if_it_must_be_whole(
    engine, service, too_much, killed, to, started
):
    after, undo = killed
    after(ee.data, "exportImage")
    with pytest.raises(KeyboardInterrupt):
        engine.block(replace(BATCH, to=to))
    undo()
    (name,) = service.tasks.all
    while service.tasks.poll(name)["metadata"]["state"] != "SUCCEEDED":
        pass
    service.tasks.forget()  # as after some days
    block = engine.block(replace(BATCH, to=to))
    assert len(tasks(service)) == started
    assert np.array_equal(block, engine.interactive())


def test_what_a_job_left_that_was_killed_after_keeping_a_tile_is_removed(
    engine, service, too_much, monkeypatch
):
    def end(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(AssetFolder, "discard", end)
        with pytest.raises(KeyboardInterrupt):
            engine.block()
    assert (len(engine.notes), len(engine.stored)) == (1, 1)
    service.log.clear()
    engine.block()
    assert (engine.notes, engine.stored, service.requests()) == ([], [], [])


def test_a_result_that_may_not_be_removed_is_named_and_the_run_goes_on(
    engine, service, too_much, caplog
):
    refused = "Permission 'earthengine.assets.delete' denied"
    service.faults.append(faults.Fault(403, refused, None, when=lambda r: r.method == "delete"))
    engine.block()
    assert f"left in {FOLDER}, remove it by hand" in caplog.text
    assert engine.notes == []


# --- failures ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        ("User memory limit exceeded.", "shorten the period, or lower cloud_max"),
        ("Asset storage quota exceeded.", r"see to earthengine\.batch"),
        ("Internal error.", "run again to start it anew"),
    ],
)
def test_a_task_that_fails_ends_the_run_and_the_next_run_starts_another(
    engine, service, too_much, message, advice
):
    service.tasks.failures.append(message)
    with pytest.raises(SourceError, match=rf"batch export failed .*{message[:-1]}\); .*{advice}"):
        engine.block()
    assert np.array_equal(engine.block(), engine.interactive())
    first, second = tasks(service)
    assert (first.state, second.state) == ("FAILED", "SUCCEEDED")


def test_a_task_that_was_cancelled_is_started_anew_by_the_next_run(engine, service, too_much):
    service.tasks.held = True
    with pytest.raises(SourceError, match="are not done after"):
        engine.block(replace(BATCH, deadline_hours=0.2 / 3600))
    service.tasks.held = False
    service.tasks.cancel(next(iter(service.tasks.all)))
    engine.block()
    assert [task.state for task in tasks(service)] == ["CANCELLED", "SUCCEEDED"]


def test_after_the_deadline_the_next_run_waits_for_the_same_task(engine, service, too_much):
    service.tasks.held = True
    with pytest.raises(SourceError, match=r"deadline_hours.*waits for the same") as error:
        engine.block(replace(BATCH, deadline_hours=0.2 / 3600))
    (task,) = tasks(service)
    assert task.name in str(error.value)
    service.tasks.held = False
    engine.block()
    assert len(tasks(service)) == 1


def test_a_tile_that_was_removed_later_is_exported_again(engine, service, too_much):
    engine.block()
    for path in (engine.folder / "cache/tiles").rglob("*.tif"):
        path.unlink()
    engine.block()
    assert [task.state for task in tasks(service)] == ["SUCCEEDED", "SUCCEEDED"]


@pytest.mark.parametrize(
    ("to", "owner", "reads"),
    [("asset", pixels, "_decoded"), ("cloud_storage", destinations, "mosaic")],
)
def test_a_result_that_is_not_what_was_asked_for_is_removed_and_exported_anew(
    engine, service, too_much, monkeypatch, to, owner, reads
):
    batch, read = replace(BATCH, to=to), getattr(owner, reads)
    with monkeypatch.context() as patch:
        patch.setattr(owner, reads, lambda *asked: np.zeros_like(read(*asked)))
        with pytest.raises(SourceError, match=r"failed .*\(blue without clear .*run again"):
            engine.block(batch, bands=ALL)
    assert engine.stored == []
    assert np.array_equal(engine.block(batch, bands=ALL), engine.interactive(ALL))
    assert len(tasks(service)) == 2


def test_passing_faults_of_the_service_leave_no_trace(engine, service, too_much):
    for method in ("export", "operations", "operation", "asset", "delete", "storage.GET"):
        service.faults.append(
            faults.Fault(503, "unavailable", 2, when=lambda r, method=method: r.method == method)
        )
    assert np.array_equal(engine.block(replace(BATCH, to="cloud_storage")), engine.interactive())
    assert np.array_equal(engine.block(cache="another"), engine.interactive())
    assert len(tasks(service)) == 2


def test_a_missing_right_to_export_says_which_role(engine, service, too_much):
    message = "Permission 'earthengine.exports.create' denied on resource"
    service.faults.append(faults.Fault(403, message, None, when=lambda r: r.method == "export"))
    with pytest.raises(SourceError, match=r"--role roles/earthengine\.writer"):
        engine.block()


def test_a_bucket_that_does_not_exist_is_named(engine, service, too_much, killed):
    gone = faults.Fault(404, "The specified bucket does not exist.", None,
                        when=lambda request: request.method == "storage.GET")  # fmt: skip
    service.faults.append(gone)
    with pytest.raises(SourceError, match=r"check earthengine\.batch\.bucket"):
        engine.block(replace(BATCH, to="cloud_storage"))


@pytest.mark.parametrize(
    ("to", "scope"), [("drive", "auth/drive"), ("cloud_storage", "auth/cloud-platform")]
)
def test_a_service_account_asks_for_the_scope_of_the_store(service, too_much, tmp_path, to, scope):
    engine = Engine(service, tmp_path, service.write_key(tmp_path / "key.json"))
    service.log.clear()
    engine.block(replace(BATCH, to=to))
    (claims,) = [request.body for request in service.requests("token")]
    assert claims["scope"] == f"https://www.googleapis.com/{scope}"


# --- files ---------------------------------------------------------------------------------------


def geotiff(grid=GRID, bands=("a", "b"), dtype="int16", value=7):
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff", width=grid.width, height=grid.height, count=len(bands), dtype=dtype,
            crs=grid.crs, transform=grid.transform,
        ) as raster:  # fmt: skip
            raster.descriptions = bands
            raster.write(np.full((len(bands), *grid.shape), value, dtype))
        return memory.read()


def test_files_that_cover_a_tile_are_one_array():
    halves = [geotiff(GRID.subgrid(0, row, 80, 40), value=row) for row in (0, 40)]
    whole = mosaic(halves, GRID, ["a", "b"], "int16")
    assert whole.shape == (2, 80, 80)
    assert (whole[:, :40] == 0).all()
    assert (whole[:, 40:] == 40).all()


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ([], "0 files, without 6400 pixels"),
        ([geotiff(GRID.subgrid(0, 0, 80, 70))], "1 files, without 800 pixels"),
        ([geotiff(bands=("b", "a"))], "bands"),
        ([geotiff(dtype="float32")], "float32"),
        ([geotiff(GRID.subgrid(1, 0, 80, 80))], "off the tile"),
        ([geotiff(replace(GRID, bounds=tuple(b + 2 for b in BOUNDS)))], "off the tile"),
        ([geotiff()[:500]], "cannot be read"),
        ([b"no GeoTIFF"], "cannot be read"),
    ],
)
def test_files_that_do_not_make_a_tile_are_refused(files, problem):
    with pytest.raises(SpoiledError, match=problem):
        mosaic(files, GRID, ["a", "b"], "int16")


# --- settings ------------------------------------------------------------------------------------


def test_a_pilot_leaves_what_only_the_batch_path_can_compute(engine, service, too_much, tmp_path):
    export = scene_set_export(engine.scenes, LANDSAT, LANDSAT.masks["qa_pixel"])
    wanted = scene_set_tiles(GRID, AREA, LANDSAT)
    settings = export_settings(1, tmp_path / "cache", BATCH)
    assert run_pilot(engine.session, export, wanted, 1, settings) == Pilot()
    assert tasks(service) == []


def test_the_config_says_where_batch_exports_go():
    def settings(batch):
        overrides = {"earthengine": {"batch": batch}}
        loaded = config.load(config.load_files(REPOSITORY / "config.yaml", [], overrides))
        return services.export_settings(loaded.earthengine.model_dump(), 4).batch

    assert settings({}) == batch_settings()
    assert settings({"to": "never"}) is None
    assert settings({"to": "cloud_storage", "bucket": "mine"}).bucket == "mine"
    with pytest.raises(ConfigError, match=r"earthengine\.batch\.bucket.* is needed with"):
        settings({"to": "cloud_storage"})
    with pytest.raises(ConfigError, match=r"earthengine\.batch\.asset_root: expected a folder"):
        settings({"asset_root": "somewhere"})
