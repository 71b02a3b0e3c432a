"""Verdicts on scenes of open data, from their own numbers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from numpy.typing import ArrayLike
from shapely import box

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.sensors import SCENE_NODATA, SENSORS
from lccs_inputs.imagery.composite.compose import compose_block
from lccs_inputs.imagery.composite.verdicts import look_at
from lccs_inputs.imagery.freezing import Look, Unfit
from lccs_inputs.imagery.places import Extent
from lccs_inputs.imagery.scenes import Asset, Scene, SceneList
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from scene_requests import freeze_request
from standins.imagery import write_asset

S2, S1 = SENSORS["sentinel2"], SENSORS["sentinel1"]
AREA = Grid("EPSG:32632", (10, 10), (320000, 5140000, 320500, 5140500))
CORNER = (320000, 5140500)
RISING = np.arange(2500).reshape(50, 50)


def made(folder: Path, bands: dict[str, ArrayLike], offset: float = 0.0, **facts: str) -> Scene:
    assets = {}
    for band, values in bands.items():
        array = np.broadcast_to(np.asarray(values), AREA.shape)
        array = array.astype(np.float32 if band in S1.bands else np.uint16)
        href = write_asset(folder / f"{band}.tif", array, AREA.crs, CORNER, 10)
        assets[band] = Asset(href, 1e-4 if band in S2.bands else 1.0, offset, 0)
    return Scene("one", "items", "2022-07-01T10:00:00Z", "32TLS", "", "", assets, **facts)


def look(scene: Scene, sensor: str = "sentinel2", area: Grid = AREA, **asked: object) -> Look:
    found = SceneList("s2", "2022", sensor, "2022-01-01", "2022-12-31", "c", "", 1, {}, [scene])
    return look_at(found, found.scenes, freeze_request(**asked), area)[0]


def optical(
    folder: Path, lowest: int, offset: float, baseline: str = "05.09", **more: int
) -> Scene:
    """A scene whose numbers start at `lowest` in every band."""
    bands = dict.fromkeys(S2.bands, RISING + lowest)
    return made(folder, {**bands, **more}, offset, baseline=baseline)


def offsets(looked: Look) -> set[float]:
    assert isinstance(looked, Scene)
    return {asset.offset for name, asset in looked.assets.items() if name in S2.bands}


@pytest.mark.parametrize(
    ("offset", "lowest", "right"),
    [(-0.1, 1001, -0.1), (-0.1, 500, 0.0), (0.0, 1, 0.0), (0.0, 999, 0.0)],
    ids=["pending", "was applied", "applied", "applied, not very dark"],
)
def test_dark_pixels_correct_the_offset_that_an_item_claims(
    tmp_path: Path, offset: float, lowest: int, right: float
) -> None:
    assert offsets(look(optical(tmp_path, lowest, offset))) == {right}


def test_an_offset_that_is_said_to_be_applied_where_nothing_is_dark_leaves_the_scene_out(
    tmp_path: Path,
) -> None:
    looked = look(optical(tmp_path, 1000, 0.0))
    assert isinstance(looked, Unfit)
    assert looked.filter == "offset"
    assert "scenes.s2.boa_offset" in looked.reason


def test_before_baseline_4_there_was_no_offset_to_doubt(tmp_path: Path) -> None:
    assert offsets(look(optical(tmp_path, 1000, 0.0, baseline="02.08"))) == {0.0}


def test_what_the_config_says_is_believed_where_the_numbers_leave_it_open(tmp_path: Path) -> None:
    scene = optical(tmp_path, 1000, 0.0)
    assert offsets(look(scene, boa_offset="applied")) == {0.0}
    assert offsets(look(scene, boa_offset={"items": "applied"})) == {0.0}
    assert isinstance(look(scene, boa_offset={"others": "applied"}), Unfit)


def test_a_config_that_the_numbers_contradict_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        SourceError, match=r"scenes\.s2\.boa_offset: with the offset of -0\.1, \d+%"
    ):
        look(optical(tmp_path, 500, -0.1), boa_offset="pending")


def test_clouds_are_no_dark_pixels(tmp_path: Path) -> None:
    """Only what the scene classification calls clear is evidence."""
    clouded = optical(tmp_path, 500, -0.1, scl=9)
    assert offsets(look(clouded)) == {-0.1}


@pytest.mark.parametrize(
    ("values", "units"), [(RISING / 1e4 + 1e-3, "power"), (RISING / 100 - 30, "db")]
)
def test_the_units_of_backscatter_are_seen_in_the_numbers(
    tmp_path: Path, values: ArrayLike, units: str
) -> None:
    looked = look(made(tmp_path, {"vv": values, "vh": values}), "sentinel1")
    assert isinstance(looked, Scene)
    assert looked.units == units


def test_units_that_the_numbers_contradict_are_refused(tmp_path: Path) -> None:
    scene = made(tmp_path, {"vv": RISING / 100 - 30, "vh": -20})
    with pytest.raises(SourceError, match=r"scenes\.s2\.units: power, but .* `units: db`"):
        look(scene, "sentinel1", units="power")


def test_numbers_that_are_neither_leave_the_scene_out(tmp_path: Path) -> None:
    scene = made(tmp_path, {"vv": RISING - 500.0, "vh": RISING - 500.0})
    looked = look(scene, "sentinel1")
    assert isinstance(looked, Unfit)
    assert looked.filter == "units"


@pytest.mark.parametrize("band", ["red", "swir22"])
def test_a_scene_with_a_file_that_is_gone_is_unreadable(tmp_path: Path, band: str) -> None:
    scene = optical(tmp_path, 1, 0.0)
    Path(scene.assets[band].href).unlink()
    looked = look(scene)
    assert isinstance(looked, Unfit)
    assert (looked.filter, band in looked.reason) == ("unreadable", True)


def test_a_scene_beside_the_area_is_left_as_it_is(tmp_path: Path) -> None:
    scene = optical(tmp_path, 500, -0.1)
    found = SceneList("s2", "p", "sentinel2", "", "", "c", "", 1, {}, [scene])
    away = replace(AREA, bounds=(330000, 5140000, 330500, 5140500))
    (looked,) = look_at(found, [scene], freeze_request(), away)
    assert isinstance(looked, Scene)
    assert replace(looked, extent=None) == scene


def test_a_scene_lies_where_its_files_do_whatever_its_item_says(tmp_path: Path) -> None:
    expected = Extent("EPSG:32632", (320000, 5140000, 320500, 5140500))
    scene = optical(tmp_path, 1, 0.0)
    elsewhere = replace(scene, extent=Extent("EPSG:32632", (0, 0, 10, 10)))
    for each in (scene, elsewhere):
        looked = look(each)
        assert isinstance(looked, Scene)
        assert looked.extent == expected


def test_real_decibels_are_all_composed(shared_data: Path, tmp_path: Path) -> None:
    """Read as power, 68 of these 181,356 pixels had been valid, and no error said so."""
    (path,) = (shared_data / "sentinel1_camargue_db").glob("*.tif")
    with rasterio.open(path) as raster:
        stored, grid = raster.read(1), Grid.from_transform(
            raster.crs.to_string(), raster.transform, raster.width, raster.height
        )  # fmt: skip
        nodata = raster.nodata
    assets = {band: Asset(str(path)) for band in S1.bands}
    looked = look(Scene("one", "s1", "2015-03-09T06:00:00Z", "", "", "", assets), "sentinel1", grid)
    assert isinstance(looked, Scene)
    assert looked.units == "db"
    area, target = Area(box(*grid.bounds), grid), tmp_path / "block.tif"
    found = SceneList("s1", "p", "sentinel1", "", "", "c", "", 1, {}, [looked])
    compose_block(found, S1, None, grid, area, target)
    with rasterio.open(target) as block:
        made = block.read(block.descriptions.index("vv") + 1)
    valid = np.isfinite(stored) & (stored != nodata)
    assert np.array_equal(made != SCENE_NODATA, valid)
    assert np.array_equal(made[valid], np.rint(stored[valid].astype(float) * 100))


# --- numbers that are not those of the sensor


def declare(scene: Scene, scale: float, offset: float, *bands: str) -> None:
    for band in bands:
        with rasterio.open(scene.assets[band].href, "r+") as raster:
            raster.scales, raster.offsets = (scale,), (offset,)


def encoding(looked: Look) -> str:
    assert isinstance(looked, Unfit)
    assert looked.filter == "encoding"
    return looked.reason


def test_a_scale_that_a_file_declares_otherwise_leaves_the_scene_out(tmp_path: Path) -> None:
    scene = optical(tmp_path, 1, 0.0)
    declare(scene, 1e-4, 0.0, *S2.bands)
    assert isinstance(look(scene), Scene)
    declare(scene, 1e-3, 0.0, "nir")
    assert encoding(look(scene)) == (
        "the file of its nir declares a scale of 0.001 and an offset of 0, its item, or sentinel2 "
        "itself, 0.0001 and 0; say which it is in scenes.s2: `scale` and `offset`"
    )
    assert isinstance(look(scene, stated=["scale"]), Scene)  # who reads it so has the last word


def test_an_offset_that_only_the_files_declare_is_doubted_where_nothing_is_dark(
    tmp_path: Path,
) -> None:
    """A file may keep the offset beside numbers that have lost it: then something is dark."""
    silent, dark = optical(tmp_path / "a", 1100, 0.0, ""), optical(tmp_path / "b", 300, 0.0, "")
    assert isinstance(look(silent), Scene)
    for scene in (silent, dark):
        declare(scene, 1e-4, -0.1, *S2.bands)
    assert offsets(look(dark)) == {0.0}
    looked = look(silent)
    assert isinstance(looked, Unfit)
    assert looked.filter == "offset"


@pytest.mark.parametrize(
    ("fill", "dtype", "told"),
    [
        (-9999, np.int16, "3.9% of its clear pixels in red are such as -9999, a reflectance of -1"),
        (65535, np.uint16, "are such as 65535, a reflectance of 6.55: is its nodata not declared?"),
        (32767, np.int16, "are such as 32767, a reflectance of 3.28"),
    ],
)
def test_fill_that_nobody_declares_leaves_the_scene_out(
    tmp_path: Path, fill: int, dtype: type, told: str
) -> None:
    scene = optical(tmp_path, 1, 0.0)
    values = (RISING + 1).astype(dtype)
    values[:2] = fill
    write_asset(Path(scene.assets["red"].href), values, AREA.crs, CORNER, 10)
    reason = encoding(look(scene))
    assert told in reason
    assert reason.endswith(f"Then add to scenes.s2: `nodata: {fill}`")
    with rasterio.open(scene.assets["red"].href, "r+") as raster:
        raster.nodata = fill
    assert isinstance(look(scene), Scene)


def test_numbers_of_another_kind_leave_the_scene_out_and_not_the_set(tmp_path: Path) -> None:
    scene = optical(tmp_path, 1, 0.0)
    values = (RISING / 1e4).astype(np.float32)
    write_asset(Path(scene.assets["red"].href), values, AREA.crs, CORNER, 10)
    assert encoding(look(scene)) == (
        "its red holds float32 numbers, unlike that of sentinel2; if that is what they are, add to "
        "scenes.s2: `scale: 1` and `offset: 0`"
    )
    flags = optical(tmp_path / "flags", 1, 0.0, scl=4)
    write_asset(Path(flags.assets["scl"].href), values, AREA.crs, CORNER, 10)
    assert encoding(look(flags)) == "its scl holds float32 numbers, unlike that of sentinel2"


LAND = {"blue": 400, "green": 700, "red": 500, "nir": 3500, "swir16": 1800, "swir22": 900}
WATER = {"blue": 300, "green": 250, "red": 90, "nir": 20, "swir16": 10, "swir22": 8}
BARE = {"blue": 900, "green": 1300, "red": 1800, "nir": 2400, "swir16": 3200, "swir22": 2900}


def ground(folder: Path, surface: dict[str, int], per_one: float, usgs: bool = False) -> Scene:
    """A scene of one surface with a little noise, its reflectance times `per_one`."""
    noise = np.random.default_rng(1).normal(1, 0.05, AREA.shape)
    bands = {name: noise * value / 1e4 * per_one for name, value in surface.items()}
    scene = made(folder, {name: np.rint(values) for name, values in bands.items()})
    if usgs:
        encoded = {n: replace(a, scale=2.75e-5, offset=-0.2) for n, a in scene.assets.items()}
        return replace(scene, assets=encoded)
    return scene


@pytest.mark.parametrize(
    ("surface", "per_one", "usgs", "lines"),
    [
        (LAND, 1000, False, "`scale: 0.001` and `offset: 0`"),
        (LAND, 100, False, "`scale: 0.01` and `offset: 0`"),
        (BARE, 100, False, "`scale: 0.01` and `offset: 0`"),
        (LAND, 10000, True, "`scale: 0.0001` and `offset: 0`"),
    ],
)
def test_numbers_that_are_no_reflectance_of_land_say_what_they_may_be(
    tmp_path: Path, surface: dict[str, int], per_one: float, usgs: bool, lines: str
) -> None:
    scene = ground(tmp_path, surface, per_one, usgs)
    sensor = "landsat" if usgs else "sentinel2"
    reason = encoding(look(scene, sensor))
    assert reason.endswith(f"if that is what they are, add to scenes.s2: {lines}")
    assert isinstance(look(scene, sensor, stated=["scale", "offset"]), Scene)


@pytest.mark.parametrize("surface", [LAND, WATER, BARE, {**WATER, "red": 12, "nir": 35}])
def test_reflectance_of_land_and_of_water_is_not_doubted(
    tmp_path: Path, surface: dict[str, int]
) -> None:
    assert isinstance(look(ground(tmp_path, surface, 10000)), Scene)


def test_an_offset_that_the_config_says_is_not_changed_by_the_numbers(tmp_path: Path) -> None:
    """They refuse it, as they do a `boa_offset`; or they leave it."""
    with pytest.raises(SourceError, match=r"scenes\.s2\.offset: with the offset of -0\.1, "):
        look(optical(tmp_path / "dark", 500, -0.1), stated=["offset"])
    assert offsets(look(optical(tmp_path / "open", 1000, 0.0), stated=["offset"])) == {0.0}


def test_a_scene_at_the_edge_of_the_area_may_reach_into_it_in_some_bands_only(
    tmp_path: Path,
) -> None:
    """By less than a pixel of 20 m, and more than one of 10 m."""
    scene = optical(tmp_path, 1, 0.0)
    coarse = np.ones((25, 25), np.uint16)
    write_asset(Path(scene.assets["swir16"].href), coarse, AREA.crs, CORNER, 20)
    strip = Grid(AREA.crs, (5, 5), (320485, 5140000, 320500, 5140500))
    looked = look(scene, area=strip)
    assert isinstance(looked, Scene)
    assert (looked.assets, looked.units) == (scene.assets, "")


@pytest.mark.parametrize("fill", [-9999, -99, -32768])
def test_fill_that_nobody_declares_is_no_backscatter(tmp_path: Path, fill: int) -> None:
    """It is left out of power as nothing below 0 is any, even where it is most of a scene."""
    rows = np.arange(50)[:, None]
    power = np.where(rows < 30, fill, RISING / 1e4 + 0.01)
    looked = look(made(tmp_path / "power", {"vv": power, "vh": power}), "sentinel1")
    assert isinstance(looked, Scene)
    assert looked.units == "power"
    decibels = np.where(rows < 30, fill, RISING / 250 - 25)
    looked = look(made(tmp_path / "db", {"vv": decibels, "vh": decibels}), "sentinel1")
    assert encoding(looked) == (
        f"60.2% of its decibels are {fill}: is its nodata not declared? Then add to scenes.s2: "
        f"`nodata: {fill}`"
    )
