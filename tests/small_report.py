"""The results of a small period, made without a workflow, and the report of them."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely import Polygon

from lccs_inputs.accuracy.reasons import explain_points
from lccs_inputs.accuracy.write import write_accuracy
from lccs_inputs.confidence.score import BANDS
from lccs_inputs.config import read_class_table, read_legend
from lccs_inputs.config.sections.checks import CheckSettings as Defaults
from lccs_inputs.explain.answer import Level3Answer, PixelAnswer
from lccs_inputs.explain.places import Spot
from lccs_inputs.facts.images import Image
from lccs_inputs.facts.lccs import DESCRIPTORS, LEVEL3_INPUTS
from lccs_inputs.facts.sensors import CLEAR_COUNT, SCENE_NODATA, TRUE_COLOUR
from lccs_inputs.layers.change import compare_periods
from lccs_inputs.layers.change_tables import Flag, MapOfChange
from lccs_inputs.layers.checks import CheckSettings, run_checks
from lccs_inputs.layers.image_checks import run_image_checks
from lccs_inputs.layers.legends import translate
from lccs_inputs.layers.level3 import classify
from lccs_inputs.layers.level4 import classify_level4
from lccs_inputs.provenance.costs import cost_of
from lccs_inputs.provenance.sources import Source
from lccs_inputs.rasters.writing import create_raster
from lccs_inputs.reference.data import ReferenceData
from lccs_inputs.report.files import Files
from lccs_inputs.report.write import write_report
from lccs_inputs.workflow.requests.report import ReportRequest
from small_rasters import NODATA, area_of, grid_of, write_codes, write_layers

_POINTS = "errors", "right"
CANOPY = "canopyco_veg_con"
GRID = grid_of(90, 60)
LEFT, TOP = GRID.bounds[0], GRID.bounds[3]
CHAIN = "cultman_agr_cat"
MAES = read_legend("maes")
NDVI = Image("ndvi", "NDVI", "1", (0, 1), ("#000000", "#ffffff"), 10_000)
AREA = area_of(
    GRID,
    Polygon([(LEFT, TOP), (LEFT + 900, TOP), (LEFT + 900, TOP - 600), (LEFT + 100, TOP - 500)]),
)
"""A grid of which the southwest is outside."""
INSIDE = AREA.mask(GRID)


def _codes() -> dict[str, NDArray[np.uint8]]:
    random = np.random.default_rng(7)
    codes = {name: random.integers(0, 2, GRID.shape, np.uint8) for name in LEVEL3_INPUTS}
    codes[LEVEL3_INPUTS[0]][10:20, 10:40] = NODATA
    codes[LEVEL3_INPUTS[3]][:, 50] = 7
    codes[CANOPY] = random.integers(0, 101, GRID.shape, np.uint8)
    for values in codes.values():
        values[~INSIDE] = NODATA
    return codes


def _mosaic(path: Path) -> Path:
    rows, cols = np.indices(GRID.shape)
    bands = dict.fromkeys(TRUE_COLOUR, 200 + 10 * cols) | {CLEAR_COUNT: rows % 7}
    with create_raster(path, GRID, [*bands], "int16", SCENE_NODATA) as raster:
        for band, values in enumerate(bands.values(), start=1):
            raster.write(np.where(INSIDE, values, SCENE_NODATA).astype(np.int16), band)
    return path


def _confidence(path: Path) -> Path:
    rows, _ = np.indices(GRID.shape)
    with create_raster(path, GRID, [*BANDS], "uint8", NODATA, scales=[*BANDS.values()]) as raster:
        raster.write(np.where(INSIDE, 40 + rows, NODATA).astype(np.uint8), 1)
    return path


def _image(path: Path) -> Path:
    rows, cols = np.indices(GRID.shape)
    with create_raster(path, GRID, ["ndvi"], "int16", SCENE_NODATA, scales=[1e-4]) as raster:
        raster.write(np.where(INSIDE, 100 * rows - 10 * cols, SCENE_NODATA).astype(np.int16), 1)
    return path


def _checked(folder: Path, layers: Mapping[str, Path], image: Path) -> tuple[Path, Path]:
    """What the checks find of layers, one with a code that means nothing, and of an image."""
    settings = CheckSettings.from_dict(Defaults().model_dump() | {"valid_share_of": {}})
    files = [folder / name for name in ("checks.json", "checks.txt", "coherence.tif")]
    run_checks(layers, DESCRIPTORS, AREA, settings, *files)
    found = folder / "images.json"
    text = folder / "images.txt"
    run_image_checks({"ndvi": image}, [NDVI], AREA, settings, found, text)
    return files[0], found


def _accuracy(folder: Path, layers: Mapping[str, Path], level3: Path) -> list[Path]:
    """What is told of the accuracy of maps by some points, half of them of one class."""
    random, columns = np.random.default_rng(3), ("x", "y", "class")
    lines = [",".join(columns)]
    for number in range(80):
        x, y = LEFT + 10 * random.uniform(0, 90), TOP - 10 * random.uniform(0, 60)
        lines.append(f"{x:.1f},{y:.1f},{'A12' if number % 2 else 'B20'}")
    points = folder / "points.csv"
    points.write_text("\n".join(lines))
    data = ReferenceData(
        "mine", read_class_table("lccs", DESCRIPTORS), crs=GRID.crs, design="random",
        columns={name: [name] for name in columns},
    )  # fmt: skip
    maps = {"level3": level3, LEVEL3_INPUTS[1]: layers[LEVEL3_INPUTS[1]]}
    year = date(2018, 1, 1), date(2018, 12, 31)
    write_accuracy([(data, points)], maps, DESCRIPTORS, AREA, year, folder / "accuracy", alone=True)
    tables = {folder / f"accuracy/{name}.csv": folder / f"accuracy/{name}.json" for name in _POINTS}
    explain_points(tables, _answers)
    return [folder / "accuracy/accuracy.json", *tables.values()]


def _answers(spots: Sequence[Spot], _: Sequence[Collection[str]]) -> Iterator[PixelAnswer]:
    for spot in spots:
        yield PixelAnswer(
            "here", "2018", GRID.crs, 0, 0, 6.5, 46.5, spot.row, spot.column, (),
            Level3Answer(112, "A12 <natural>", {}, None, ()), synthetic=False,
        )  # fmt: skip


def _told(files: Files, origin: str) -> dict[str, Any]:
    """What `provenance.json` says of them, as far as the page reads it."""
    product = {"product": "TCD", "origin": origin, "dataset": {}, "files": {"a.tif": "ab"}}
    scenes = {
        "sensor": "sentinel2", "catalogue": "earth_search", "collections": ["c1"], "mask": "scl",
        "found": 3, "removed": {"cloud": 1}, "left_out": {},
        "scenes": [{"id": f"S2_{n}", "datetime": "2018-07-01T10:00:00Z"} for n in range(2)],
    }  # fmt: skip
    sources = [
        Source(name, "2018", "A map <b>", "free", ("Contains data & more",), False, facts)
        for name, facts in (("s2", scenes), ("tree_cover", product))
    ]
    rasters = [*files.layers.values(), *files.images.values()]
    rasters += filter(None, (files.level3, files.level4))
    said = {"title": "x", "sha256": "a" * 64, "bytes": 12, "expression": "(nir - red) / 2"}
    return {
        "made": {"finished": "2026-01-02T03:04:05+00:00", "host": "h", "system": "s"},
        "software": {
            "name": "lccs-inputs", "version": "1.2.3", "code": {"build_layer": "c0de"},
            "lock": "l", "libraries": {"gdal": "3"},
        },
        "config": "k",
        "sources": {
            each.name: each.to_dict() | cost_of(files.results, "here", each) for each in sources
        },
        "results": {files.link(path): said for path in rasters},
    }  # fmt: skip


def _change(results: Path, layers: Mapping[str, Path]) -> Path:
    """What changed since a period with the same layers, of which a map tells one."""
    veg = LEVEL3_INPUTS[0]
    flag = Flag([veg], "break", "maps of 2015 and 2018 do not compare", "somebody")
    told = MapOfChange("sealing_change", "imperviousness", [1], [2], [0], [veg])
    codes = write_codes(results / "sealing.tif", GRID, np.indices(GRID.shape)[1] % 3)
    folder = results / "here/change/2015/2018"
    same = {name: layers[name] for name in (veg, CANOPY)}
    compare_periods(
        same, same, DESCRIPTORS, [(told, codes)], [flag], AREA, folder, ("2018", "2021")
    )
    return folder / "change.json"


def small_files(results: Path, origin: str = "clms") -> Files:
    """The results of a period below a folder of results."""
    folder, sources = results / "here/periods/2018", results / "here/sources"
    layers = write_layers(folder / "layers", GRID, _codes())
    level3, level4 = (folder / f"stack/{name}.tif" for name in ("level3", "level4"))
    classify({name: layers[name] for name in LEVEL3_INPUTS}, AREA, level3)
    codes, table = folder / "stack/level4_codes.tif", folder / "stack/level4.csv"
    classify_level4(level3, {CANOPY: layers[CANOPY]}, AREA, level4, codes, table)
    legend = folder / "legends/maes.tif"
    translate(codes, MAES, [CANOPY], AREA, legend, legend.with_suffix(".csv"))
    methods = {
        CHAIN: write_codes(folder / f"methods/{CHAIN}.tif", GRID, np.where(INSIDE, 2, NODATA))
    }
    confidence = _confidence(folder / "confidence/level3.tif")
    image = _image(folder / "images/ndvi.tif")
    checks, image_checks = _checked(folder, layers, image)
    (folder / "ATTRIBUTION.txt").write_text("Contains data\n")
    aligned = write_codes(sources / "tree_cover/2018/aligned.tif", GRID, 1)
    (aligned.parent / "delivery.zip").write_bytes(bytes(1234))
    timed = results / "benchmarks/build_layer/here.2018.canopyco_veg_con.tsv"
    timed.parent.mkdir(parents=True)
    timed.write_text("s\th:m:s\n2.5\t0:00:02\n")
    mosaics = {"s2": _mosaic(sources / "s2/2018/mosaic.tif")}
    accuracy = _accuracy(folder, layers, level3)
    told, credits_text = folder / "provenance.json", folder / "ATTRIBUTION.txt"
    files = Files(
        folder, layers, methods, level3, level4, table, folder / "coherence.tif", [legend],
        {"level3": confidence}, {"ndvi": image}, image_checks, mosaics, {"tree_cover": aligned},
        checks, told, credits_text, accuracy, [_change(results, layers)], [codes, table, *accuracy],
        results,
    )  # fmt: skip
    files.provenance.write_text(json.dumps(_told(files, origin)))
    return files


def small_request(*, true_colour: bool = True) -> ReportRequest:
    made_of = {name: ["s2/2018"] for name in LEVEL3_INPUTS}
    made_of[CANOPY] = ["tree_cover/2018", LEVEL3_INPUTS[0]]
    layers = [*made_of]
    made_of[MAES.map.name] = ["level4"]
    return ReportRequest(
        descriptors=[], start="2018-05-01", end="2018-10-31", images=[NDVI.to_dict()],
        legends=[MAES.to_dict()], scenes=["s2"], products=["tree_cover"],
        true_colour="s2" if true_colour else "", chains={CHAIN: {1: "ndvi", 2: "evi"}},
        methods={name: {"ndvi": "s2.ndvi >= 0.4 && x < 3"} for name in layers},
        lineage=made_of
        | {"level3": [*LEVEL3_INPUTS], "level4": ["level3", CANOPY], "stack": layers},
        config={"grid": {"resolution": 10}}, page="p",
    )  # fmt: skip


def write_small_report(results: Path, *, true_colour: bool = True, origin: str = "clms") -> Path:
    """The report of such a period."""
    files = small_files(results, origin)
    target = files.folder / "report.html"
    request = small_request(true_colour=true_colour)
    write_report(AREA, ("here", "2018"), request, files, target)
    return target
