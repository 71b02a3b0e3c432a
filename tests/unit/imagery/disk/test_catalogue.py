"""Scenes on a disk become a catalogue whose pixels are those of their products, or are told of."""

import os
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from pyproj import Transformer
from shapely import box

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.sensors import SCENE_NODATA, SENSORS
from lccs_inputs.imagery.composite.compose import compose_block
from lccs_inputs.imagery.composite.verdicts import look_at
from lccs_inputs.imagery.disk.catalogue import KINDS, Findings, look_through, write_catalogue
from lccs_inputs.imagery.disk.plain import Naming, plain_kind
from lccs_inputs.imagery.freezing import frozen
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.imagery.stac.search import search_scenes
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from scene_requests import freeze_request, scene_request
from standins import products
from standins.imagery import sentinel2_scene, write_asset

LEFT, TOP = products.CORNER
GRID = Grid(products.CRS, (30, 30), (LEFT, TOP - 240, LEFT + 240, TOP), block_size=256)
AREA = Area(box(*GRID.bounds), GRID)
LAND = {"blue": 400, "green": 700, "red": 500, "nir": 3500, "swir16": 1800, "swir22": 900}
BOUNDS = Transformer.from_crs(GRID.crs, "EPSG:4326", always_xy=True).transform_bounds(*GRID.bounds)


def first_row(values: Any, others: Any, dtype: type = np.int32) -> np.ndarray:
    """Some values in the first row of 30 m, others below it."""
    rows = np.full((products.SIDE, products.SIDE), others, dtype)
    rows[:1] = values
    return rows


def search(folder: Path, sensor: str, mask: str = "", **changes: Any) -> SceneList:
    """The scenes of a catalogue, looked at and frozen."""
    asked = scene_request(
        sensor, str(folder / "catalog.json"), "2018-01-01", "2018-12-31",
        mask or SENSORS[sensor].default_mask, BOUNDS, **changes,
    )  # fmt: skip
    found = search_scenes(asked)
    freeze = freeze_request(stated=list(asked.stated))
    return frozen(found, look_at(found, found.scenes, freeze, GRID), freeze)


def composed(scenes: SceneList, mask: str = "") -> dict[str, np.ndarray]:
    sensor = SENSORS[scenes.sensor]
    chosen = sensor.masks.get(mask or sensor.default_mask)
    target = Path.cwd() / "block.tif"
    compose_block(scenes, sensor, chosen, GRID, AREA, target)
    with rasterio.open(target) as raster:
        return dict(zip(raster.descriptions, raster.read(), strict=True))


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def catalogued(folder: Path, naming: Naming | None = None) -> Findings:
    kinds = (*KINDS, plain_kind(naming)) if naming else KINDS
    found = look_through(folder, kinds)
    write_catalogue(found.scenes, Path("out/catalog.json"))
    return found


def with_a_dark_row(factor: float, add: float, nodata: float) -> dict[str, Any]:
    """Numbers of vegetation; nodata in the first row of pixels."""
    numbers = {name: value / 1e4 * factor + add for name, value in LAND.items()}
    return {name: first_row(nodata, round(value)) for name, value in numbers.items()}


def clear(bands: dict[str, np.ndarray], row: int) -> dict[str, int]:
    """What a row holds of the bands, where all its pixels are alike."""
    found = {name: set(np.unique(bands[name][row])) for name in LAND}
    assert all(len(values) == 1 for values in found.values())
    return {name: int(values.pop()) for name, values in found.items()}


NOTHING = dict.fromkeys(LAND, SCENE_NODATA)


@pytest.mark.parametrize("metadata", ["json", "xml", "txt"])
@pytest.mark.parametrize("pack", [None, products.tarred])
def test_a_landsat_bundle_is_read_as_usgs_encodes_it(
    tmp_path: Path, metadata: str, pack: Callable[[Path], Path] | None
) -> None:
    numbers = with_a_dark_row(1 / 2.75e-5, 0.2 / 2.75e-5, 0)
    numbers["qa_pixel"] = np.full((24, 24), 21824)
    numbers["qa_pixel"][1] = 1 << 3 | 1 << 6  # a cloud in the second row
    bundle = products.write_landsat(tmp_path / "in", numbers, metadata=metadata)
    if pack:
        pack(bundle)
    (scene,) = catalogued(tmp_path / "in").scenes
    assert (scene.granule.note, scene.granule.properties["eo:cloud_cover"]) == ("T1, -0.2", 12.5)
    bands = composed(search(tmp_path / "out", "landsat"))
    assert clear(bands, 0) == clear(bands, 1) == NOTHING
    assert clear(bands, 2) == LAND


@pytest.mark.parametrize("product", ["S30", "L30"])
def test_hls_is_read_with_its_own_bands_nodata_and_fmask(tmp_path: Path, product: str) -> None:
    """Near infrared of S30 is B8A, of L30 B05; B05 of S30 is red edge."""
    numbers = with_a_dark_row(1e4, 0, -9999)
    numbers["red"][2] = -150  # reflectance below 0 is an observation
    numbers["fmask"] = np.full((24, 24), 0b01000000)
    numbers["fmask"][1] = 0b00000100  # next to a cloud
    products.write_hls(tmp_path / "in", numbers, product)
    (scene,) = catalogued(tmp_path / "in").scenes
    platform = {"S30": "sentinel-2a", "L30": "landsat-9"}[product]
    assert (scene.granule.platform, scene.granule.note) == (platform, f"{product}, 0")
    bands = composed(search(tmp_path / "out", "hls"))
    assert clear(bands, 0) == clear(bands, 1) == NOTHING
    assert clear(bands, 2) == LAND | {"red": -150}
    assert clear(bands, 3) == LAND


def test_both_kinds_of_hls_are_one_scene_set(tmp_path: Path) -> None:
    for product, when in (("S30", "2018185T103031"), ("L30", "2018186T102351")):
        products.write_hls(tmp_path / "in", LAND, product, when)
    catalogued(tmp_path / "in")
    found = search(tmp_path / "out", "hls")
    assert [scene.collection for scene in found.scenes] == ["hls2-s30", "hls2-l30"]
    assert composed(found)["clear_count"].max() == 2


@pytest.mark.parametrize("pack", [None, products.zipped])
def test_theia_is_read_with_its_own_nodata_and_cloud_mask(
    tmp_path: Path, pack: Callable[[Path], Path] | None
) -> None:
    """FRE is taken, not SRE; -10000 is nodata, and 0 is not."""
    numbers = {name: np.full((24, 24), value) for name, value in LAND.items()}
    numbers["clm"] = np.zeros((24, 24), int)
    numbers["clm"][3:6] = 1 << 5  # the shadow of a cloud, second row of 30 m
    for name, values in numbers.items():
        if name != "clm":
            values[:2] = -10000  # of 20 m too
            values[7] = 0 if name == "red" else values[7, 0]
    product = products.write_theia(tmp_path / "in", numbers)
    if pack:
        pack(product)
    (scene,) = catalogued(tmp_path / "in").scenes
    assert (scene.granule.mask, scene.granule.note) == ("clm", "FRE, 0")
    assert scene.granule.properties["eo:cloud_cover"] == 34
    found = search(tmp_path / "out", "sentinel2", "clm", collections=["theia-sentinel2-l2a"])
    bands = composed(found, "clm")
    assert clear(bands, 0) == clear(bands, 1) == NOTHING
    assert clear(bands, 2) == LAND | {"red": 0}
    assert clear(bands, 5) == LAND


@pytest.mark.parametrize(("settings", "units"), [("gpuned", "power"), ("sdufem", "db")])
def test_backscatter_of_hyp3_is_read_in_its_units(
    tmp_path: Path, settings: str, units: str
) -> None:
    values = {"vv": 0.1, "vh": 0.01} if units == "power" else {"vv": -10.0, "vh": -20.0}
    products.write_hyp3(tmp_path / "in", values, settings)
    catalogued(tmp_path / "in")
    found = search(tmp_path / "out", "sentinel1")
    assert found.scenes[0].units == units
    bands = composed(found)
    assert (bands["vv"] == -1000).all()
    assert (bands["vh"] == -2000).all()


def test_a_burst_of_opera_is_power_and_its_fill_is_none(tmp_path: Path) -> None:
    values = first_row(np.nan, 0.1, np.float32)
    name = products.write_opera(tmp_path / "in", {"vv": values, "vh": values / 10})
    (scene,) = catalogued(tmp_path / "in").scenes
    assert (scene.granule.id, scene.granule.datetime) == (name, "2018-07-04T05:35:23Z")
    found = search(tmp_path / "out", "sentinel1")
    assert found.scenes[0].tile == "T066-140120-IW2"
    bands = composed(found)
    assert (bands["vv"][0] == SCENE_NODATA).all()
    assert (bands["vh"][1:] == -2000).all()


def safe_scene(folder: Path, seed: int = 1, platform: str = "sentinel2a", **changes: Any) -> Any:
    made = sentinel2_scene(folder / "made", f"s{seed}", products.CRS, (LEFT, TOP), 60, seed,
                           offset=changes.pop("offset", -0.1))  # fmt: skip
    time = f"2018-07-{seed:02d}T10:30:31Z"
    return replace(made, platform=platform, tile="31TEJ", datetime=time, **changes)


def test_a_folder_of_mixed_baselines_has_an_offset_for_each_scene(tmp_path: Path) -> None:
    old = products.write_safe(tmp_path / "in", safe_scene(tmp_path, 1, offset=0.0), "02.08")
    new = products.write_safe(tmp_path / "in", safe_scene(tmp_path, 2), "05.10")
    products.zipped(new)
    found = catalogued(tmp_path / "in")
    assert [scene.granule.note for scene in found.scenes] == ["02.08, 0", "05.10, -0.1"]
    scenes = search(tmp_path / "out", "sentinel2").scenes
    assert [scene.assets["nir"].offset for scene in scenes] == [0.0, -0.1]
    assert [scene.baseline for scene in scenes] == ["02.08", "05.10"]
    assert scenes[0].id == old.stem


def test_a_catalogue_moves_with_its_scenes_zips_too(tmp_path: Path) -> None:
    products.zipped(products.write_safe(tmp_path / "a b/in", safe_scene(tmp_path)))
    found = look_through(tmp_path / "a b/in")
    write_catalogue(found.scenes, tmp_path / "a b/out/catalog.json")
    shutil.move(tmp_path / "a b", tmp_path / "moved à côté")
    scene = search(tmp_path / "moved à côté/out", "sentinel2").scenes[0]
    path = Path(scene.assets["red"].href)
    assert path.as_posix().startswith("moved à côté/in/")
    assert ".SAFE.zip/" in path.as_posix()


def test_writing_again_changes_the_file_that_is_watched_only_with_the_scenes(
    tmp_path: Path,
) -> None:
    products.write_hls(tmp_path / "in", LAND)
    catalogued(tmp_path / "in")
    catalogue = tmp_path / "out/catalog.json"
    os.utime(catalogue, (1e9, 1e9))
    catalogued(tmp_path / "in")
    assert catalogue.stat().st_mtime == 1e9
    (path,) = (tmp_path / "in").glob("*.B04.tif")
    with rasterio.open(path, "r+") as raster:
        raster.update_tags(cloud_coverage="99")
    with rasterio.open(next((tmp_path / "in").glob("*.B02.tif")), "r+") as raster:
        raster.update_tags(cloud_coverage="99")
    catalogued(tmp_path / "in")
    assert catalogue.stat().st_mtime > 1e9


def refusals(folder: Path) -> dict[str, str]:
    """Where → why, relative to a folder that may hold no scene at all."""
    found = look_through(folder)
    return {each.where.relative_to(folder).as_posix(): each.reason for each in found.refused}


def cut(path: Path, share: float = 0.6) -> None:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


def blank(path: Path) -> None:
    """As a download that took its room first, and did not end."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2].ljust(len(data), b"\0"))


def reword(safe: Path, name: str, other: str) -> None:
    path = safe / "MTD_MSIL2A.xml"
    path.write_text(
        path.read_text().replace(f"<{name}", f"<{other}").replace(f"</{name}", f"</{other}")
    )


def without(safe: Path, name: str) -> None:
    next(safe.rglob(name)).unlink()


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (lambda safe: without(safe, "MTD_MSIL2A.xml"), "lacks MTD_MSIL2A.xml: half downloaded?"),
        (lambda safe: without(safe, "*SCL_20m.jp2"), "lacks scl: half downloaded?"),
        (lambda safe: cut(next(safe.rglob("*B08_10m.jp2"))), "has a nir that cannot be read (T31"),
        (
            lambda safe: blank(next(safe.rglob("*B08_10m.jp2"))),
            "has a nir that cannot be read (T31",
        ),
        (
            lambda safe: reword(safe, "BOA_ADD_OFFSET", "ADD"),
            "lacks BOA_ADD_OFFSET of some bands, in MTD_MSIL2A.xml; download it again",
        ),
        (
            lambda safe: reword(safe, "PRODUCT_URI", "PRODUCT_URI_2A"),
            "has metadata without PRODUCT_URI, of no form that is known",
        ),
        (lambda safe: cut(safe / "MTD_MSIL2A.xml"), "has metadata that cannot be read ("),
        (
            lambda safe: (safe / "MTD_MSIL2A.xml").rename(safe / "MTD_MSIL1C.xml"),
            "is Level-1C, not corrected for the atmosphere; download its Level-2A",
        ),
    ],
)
def test_a_safe_that_is_not_whole_is_told(
    tmp_path: Path, harm: Callable[[Path], None], reason: str
) -> None:
    safe = products.write_safe(tmp_path / "in", safe_scene(tmp_path))
    harm(safe)
    ((where, told),) = refusals(tmp_path / "in").items()
    assert where == safe.name
    assert told.startswith(reason)


@pytest.mark.parametrize("declares", [True, False])
def test_of_a_granule_that_a_user_has_corrected_the_offset_is_what_it_declares(
    tmp_path: Path, declares: bool
) -> None:
    """Its baseline is 99.99, also over a scene of before 04.00, which has none."""
    safe = products.write_safe(tmp_path / "in", safe_scene(tmp_path))
    path = safe / "MTD_MSIL2A.xml"
    told = re.sub("(<PROCESSING_BASELINE>)[^<]*", r"\g<1>99.99", path.read_text())
    path.write_text(told if declares else re.sub("<BOA_ADD_OFFSET .*?</BOA_ADD_OFFSET>", "", told))
    (found,) = catalogued(tmp_path / "in").scenes
    assert found.granule.assets["red"].offset == (-0.1 if declares else 0)
    (scene,) = search(Path("out"), "sentinel2").scenes
    assert scene.assets["red"].offset == (-0.1 if declares else 0)


def test_a_zip_whose_bytes_have_changed_is_told(tmp_path: Path) -> None:
    path = products.zipped(products.write_safe(tmp_path / "in", safe_scene(tmp_path)))
    with zipfile.ZipFile(path) as archive:
        member = next(each for each in archive.infolist() if each.filename.endswith("B08_10m.jp2"))
    data = bytearray(path.read_bytes())
    data[member.header_offset + len(member.filename) + member.compress_size // 2] ^= 1
    path.write_bytes(data)
    (told,) = refusals(tmp_path / "in").values()
    assert told.startswith("has a nir that cannot be read (T31")


def test_archives_that_are_cut_off_are_told(tmp_path: Path) -> None:
    cut(products.zipped(products.write_safe(tmp_path / "in", safe_scene(tmp_path))))
    cut(products.tarred(products.write_landsat(tmp_path / "in", LAND)))
    (tmp_path / "in/next.zip.part").touch()
    told = refusals(tmp_path / "in")
    assert len(told) == 3
    assert told["next.zip.part"] == "is a download that has not ended; finish it"
    assert sum(reason.startswith("is damaged or cut off (") for reason in told.values()) == 2


@pytest.mark.parametrize(
    "name",
    [
        "S2B_MSIL2A_20180704T103031_N0208_R108_T31TEJ_20230612T214223.SAFE",
        "SENTINEL2A_20180704-104904-892_L2A_T31TEJ_C_V2-2",
        "LC08_L2SP_196028_20180704_20200831_02_T1",
        "HLS.S30.T31TEJ.2018185T103031.v2.0",
        "S1A_IW_20180704T053523_DVP_RTC20_G_gpuned_1B2C",
        "OPERA_L2_RTC-S1_T066-140120-IW2_20180704T053523Z_20180704T120000Z_S1A_30_v1.0",
    ],
)
@pytest.mark.parametrize("file", ["", "preview.jpg"])
def test_a_product_without_its_files_is_told_once(tmp_path: Path, name: str, file: str) -> None:
    products.write_theia(tmp_path / "in", LAND)
    (tmp_path / "in/notes").mkdir()
    empty = tmp_path / "in/more" / name / "GRANULE"
    empty.mkdir(parents=True)
    if file:
        (empty / file).touch()
    told = refusals(tmp_path / "in")
    assert told.keys() == {f"more/{name}"}
    assert told[f"more/{name}"].endswith("half downloaded? Download it again")


def test_a_bundle_without_metadata_is_told_by_its_name_folder_or_archive(tmp_path: Path) -> None:
    folder = products.write_landsat(tmp_path / "in", LAND)
    for path in folder.glob("*MTL*"):
        path.unlink()
    products.tarred(folder)
    folder = products.write_landsat(tmp_path / "in/other", LAND)
    for path in folder.glob("*MTL*"):
        path.unlink()
    name = folder.name
    assert refusals(tmp_path / "in") == dict.fromkeys(
        [f"{name}.tar", f"other/{name}"],
        "lacks its metadata (MTL): half downloaded? Download it again",
    )


def test_an_empty_archive_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/LC08_L2SP_196028_20180704_20200831_02_T1.tar").touch()
    assert [*refusals(tmp_path / "in").values()] == [
        "is damaged or cut off (file could not be opened successfully); download it again"
    ]


def test_what_is_no_scene_is_told_with_its_reason(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    name = "LE07_L2SP_196028_20180704_20200831_02_T1"
    products.write_landsat(folder, LAND, name)
    products.write_landsat(folder, LAND, "LC08_L1TP_196028_20180704_20200831_02_T1")
    products.write_hyp3(folder, {"vv": 0.3}, "gauned")
    single = products.write_hyp3(folder, {"vv": 0.1}, polarisation="H")
    grd = "S1A_IW_GRDH_1SDV_20180704T053523_20180704T053548_022640_0273F0_1B2C.SAFE"
    (folder / grd / "measurement").mkdir(parents=True)
    (folder / grd / "measurement/s1a-iw-grd-vv.tiff").touch()
    write_asset(folder / "others/a.tif", np.ones((4, 4), np.uint16), products.CRS, (0, 0), 10)
    write_asset(folder / "others/b.tif", np.ones((4, 4), np.uint16), products.CRS, (0, 0), 10)
    told = refusals(folder)
    assert told.pop("others") == (
        "holds a.tif and 1 more, of no product that is understood: GeoTIFFs need a PATTERN"
    )
    assert told.pop(name) == "is of LANDSAT_7, which no landsat scene set reads"
    assert told.pop(single.name).startswith("lacks vh: half downloaded?")
    assert told.pop(grd).startswith("is GRD, which is not terrain-corrected; use RTC")
    assert sorted(reason.partition(";")[0] for reason in told.values()) == [
        "is Level-1 (L1TP)",
        "is amplitude",
    ]


def test_of_two_granules_of_one_name_the_second_is_told(tmp_path: Path) -> None:
    """One that is cut off does not stand in the way of its whole twin."""
    scene = safe_scene(tmp_path)
    safe = products.write_safe(tmp_path / "in/1", scene)
    products.zipped(products.write_safe(tmp_path / "in/2", scene))
    found = look_through(tmp_path / "in")
    assert [each.where for each in found.scenes] == [safe]
    (told,) = found.refused
    assert told.reason == f"has the name of {safe} too, which is taken; remove one of them"
    cut(next(safe.rglob("*B08_10m.jp2")))
    found = look_through(tmp_path / "in")
    assert [each.where.parent.name for each in found.scenes] == [f"{safe.name}.zip"]
    assert [each.where for each in found.refused] == [safe]


def test_a_member_that_leads_out_of_its_zip_is_none(tmp_path: Path) -> None:
    safe = products.write_safe(tmp_path / "made", safe_scene(tmp_path))
    (tmp_path / "in").mkdir()
    with zipfile.ZipFile(tmp_path / "in/evil.zip", "w") as archive:
        for path in sorted(safe.rglob("*.*")):
            archive.write(path, f"../made/{path.relative_to(safe.parent)}")
    assert refusals(tmp_path / "in") == {"evil.zip": "holds no scene that is understood"}


def test_an_empty_folder_or_none_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(SourceError, match=r"in holds no scene that is understood; these are: "):
        look_through(tmp_path / "in")
    with pytest.raises(SourceError, match=r"nowhere is no folder; name the one that your scenes"):
        look_through(tmp_path / "nowhere")


def plain_files(folder: Path, name: str, scale: float = 10_000, dtype: type = np.uint16) -> None:
    for band, value in LAND.items():
        values = np.full((24, 24), value / 1e4 * scale).astype(dtype)
        path = folder / name.format(band=band)
        write_asset(path, values, products.CRS, (LEFT, TOP), 10)


@pytest.mark.parametrize(
    ("scale", "dtype", "said"),
    [(10_000, np.uint16, {}), (1000, np.uint16, {"scale": 1e-3}), (1, np.float32, {"scale": 1.0})],
)
def test_geotiffs_named_by_a_pattern_are_scenes_of_a_sensor(
    tmp_path: Path, scale: float, dtype: type, said: dict[str, float]
) -> None:
    plain_files(tmp_path / "in/2018", "31TEJ_20180704_{band}.tif", scale, dtype)
    naming = Naming("{tile}_{date}_{band}.tif", "sentinel2")
    (scene,) = catalogued(tmp_path / "in", naming).scenes
    granule = scene.granule
    assert (granule.id, granule.mask, granule.note) == ("31TEJ_20180704", "none", "no time")
    found = search(tmp_path / "out", "sentinel2", "none", collections=["own"], **said)
    assert found.scenes[0].tile == "31TEJ"
    assert clear(composed(found, "none"), 4) == LAND


def test_a_scale_that_files_declare_is_that_of_their_scenes(tmp_path: Path) -> None:
    plain_files(tmp_path / "in", "x-{band}_2018-07-04.tif", 1000)
    for path in (tmp_path / "in").glob("*.tif"):
        with rasterio.open(path, "r+") as raster:
            raster.scales, raster.nodata = (0.001,), 0
    catalogued(tmp_path / "in", Naming("x-{band}_{date}.tif", "sentinel2"))
    found = search(tmp_path / "out", "sentinel2", "none", collections=["own"])
    assert clear(composed(found, "none"), 4) == LAND


def test_files_of_several_bands_are_told_apart_by_their_order(tmp_path: Path) -> None:
    order = ("nir", "red", "green", "blue", "swir16", "swir22", "scl")
    path = tmp_path / "in/scene_20180704T103031.tif"
    path.parent.mkdir()
    profile = {"driver": "GTiff", "width": 24, "height": 24, "count": 7, "dtype": "uint16",
               "crs": products.CRS,
               "transform": rasterio.Affine(10, 0, LEFT, 0, -10, TOP)}  # fmt: skip
    with rasterio.open(path, "w", **profile) as raster:
        for number, band in enumerate(order, start=1):
            raster.write(np.full((24, 24), LAND.get(band, 4), np.uint16), number)
    naming = Naming("scene_{date}T{time}.tif", "sentinel2", order)
    (scene,) = catalogued(tmp_path / "in", naming).scenes
    assert (scene.granule.mask, scene.granule.datetime) == ("scl", "2018-07-04T10:30:31Z")
    found = search(tmp_path / "out", "sentinel2", collections=["own"])
    assert [found.scenes[0].assets[band].band for band in order] == [1, 2, 3, 4, 5, 6, 7]
    assert clear(composed(found), 4) == LAND


def test_a_day_that_is_none_is_told(tmp_path: Path) -> None:
    plain_files(tmp_path / "in", "{band}_20181399.tif")
    found = look_through(tmp_path / "in", [plain_kind(Naming("{band}_{date}.tif", "sentinel2"))])
    assert [each.reason for each in found.refused] == [
        "has no date that is one (2018-13-99T00:00:00Z)"
    ]


@pytest.mark.parametrize(
    ("naming", "problem"),
    [
        (Naming("{date}_{band}.tif", "sentinel-2"), 'SENSOR: "sentinel-2" is not a sensor'),
        (Naming("{dat}_{band}.tif", "hls"), 'PATTERN: "dat" is not a part of a name'),
        (Naming("{band}_{band}_{date}.tif", "hls"), "PATTERN: {band} stands in it twice"),
        (Naming("{band}.tif", "hls"), "PATTERN: has no {date}"),
        (Naming("{date}.tif", "hls"), "PATTERN, BANDS: either {band} is in the pattern"),
        (Naming("{date}_{band}.tif", "hls", ("red",)), "PATTERN, BANDS: either"),
        (Naming("{date}.tif", "hls", ("red", "infrared")), 'BANDS: "infrared" is not a band'),
    ],
)
def test_a_pattern_that_cannot_be_used_is_told(naming: Naming, problem: str) -> None:
    with pytest.raises(SourceError) as caught:
        naming.check()
    assert str(caught.value).startswith(problem)


def test_real_products_are_read_as_the_catalogues_that_serve_them(
    shared_data: Path, tmp_path: Path
) -> None:
    """One granule of Hérault as a SAFE and as Earth Search has it: the same pixels."""
    herault = shared_data / "herault_safe_20180627"
    (safe,) = catalogued(herault).scenes
    served = shared_data / "herault_2018/S2A_31TEJ_20180627_0_L2A"
    for band, raster in safe.granule.assets.items():
        name = products.S2_FILES[band][:3]
        with rasterio.open(raster.path) as one, rasterio.open(served / f"{name}.jp2") as other:
            np.testing.assert_array_equal(one.read(1), other.read(1))
            assert (one.crs, one.transform) == (other.crs, other.transform)
    (bundle,) = look_through(shared_data / "landsat8_bundle").scenes
    assert bundle.granule.id == "LC08_L2SP_008059_20191201_20200825_02_T1"
    assert bundle.granule.datetime == "2019-12-01T15:13:51.861099Z"
    assert {asset.scale for asset in bundle.granule.assets.values()} == {2.75e-5, None}
