"""Two periods of one area, from maps of one's own to the tables and the picture of change."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import Proj

from reading_pages import Element
from workflow.harness import Project, new_project

pytestmark = pytest.mark.workflow

LEFT, TOP, SIDE = 969_000, 6_594_000, 120
BOUNDS = (LEFT, TOP - 10 * SIDE, LEFT + 10 * SIDE, TOP)


def write_map(path: Path, values: NDArray[np.uint8]) -> None:
    with rasterio.open(
        path, "w", driver="GTiff", width=SIDE, height=SIDE, count=1, dtype="uint8",
        crs="EPSG:2154", transform=Affine(10, 0, LEFT, 0, -10, TOP), nodata=255,
    ) as raster:  # fmt: skip
        raster.write(values, 1)


@pytest.fixture(scope="module")
def maps() -> dict[str, NDArray[np.uint8]]:
    """Sealing and trees of two years, wetness of one; 255 is unknown."""
    draw = np.random.default_rng(7)
    held = {"IMD_2015": (0, 80), "IMD_2018": (0, 80, 255), "TCD_2015": (0, 60), "TCD_2018": (0, 60)}
    held |= {"WAW_2018": (0, 1), "sealing": (0, 1, 2, 255)}
    return {
        name: draw.choice(np.array(codes, np.uint8), (SIDE, SIDE)) for name, codes in held.items()
    }


@pytest.fixture(scope="module")
def compared(
    maps: dict[str, NDArray[np.uint8]], tmp_path_factory: pytest.TempPathFactory
) -> Project:
    layers = {
        "vegetat_veg_cat": "tree_cover > 0",
        "aquatic_wat_cat": "water_wetness == 1",
        "cultman_agr_cat": "vegetat_veg_cat and aquatic_wat_cat",
        "artific_urb_cat": "imperviousness >= 30",
    }
    config = {
        "areas": {"here": {"file": "here.geojson"}},
        "grid": {"crs": "EPSG:2154", "resolution": 10},
        "periods": {
            year: {"start": f"{year}-05-01", "end": f"{year}-10-31"} for year in ("2015", "2018")
        },
        "scenes": {},
        "products": {
            "imperviousness": {
                "product": "IMD", "editions": {2015: "IMD_2015.tif", 2018: "IMD_2018.tif"},
            },
            "tree_cover": {
                "product": "TCD", "editions": {2015: "TCD_2015.tif", 2018: "TCD_2018.tif"},
            },
            "sealing_change": {
                "custom": {
                    "title": "Sealing 2015-2018", "kind": "classes",
                    "codes": {0: "none", 1: "new", 2: "gone"},
                },
                "editions": {2018: "sealing.tif"},
                "change": {"of": "imperviousness", "since": 2015, "gain": [1], "loss": [2],
                           "unchanged": [0]},
            },
            "water_wetness": {"product": "WAW", "editions": {2018: "WAW_2018.tif"}},
        },
        "layers": {name: {"use": "a", "methods": {"a": text}} for name, text in layers.items()},
    }  # fmt: skip
    project = new_project(tmp_path_factory.mktemp("change") / "project", config)
    left, bottom, right, top = BOUNDS
    ring = [[left, bottom], [right, bottom], [right, top], [left, top], [left, bottom]]
    (project.folder / "here.geojson").write_text(
        json.dumps(
            {
                "type": "Polygon", "coordinates": [ring],
                "crs": {"type": "name", "properties": {"name": "EPSG:2154"}},
            }
        )
    )  # fmt: skip
    for name, values in maps.items():
        write_map(project.folder / f"{name}.tif", values)
    project.run("change")
    return project


def level3(maps: dict[str, NDArray[np.uint8]], year: str) -> NDArray[np.int64]:
    """What the decision tree makes of the maps of a year, 0 where it cannot decide."""
    vegetated, aquatic = maps[f"TCD_{year}"] > 0, maps["WAW_2018"] == 1
    sealed = maps[f"IMD_{year}"]
    bare = np.select([sealed == 255, sealed >= 30], [0, 215], 216)
    return np.select([vegetated & aquatic, vegetated, aquatic], [123, 112, 220], bare)


def test_the_matrix_of_a_run_is_that_of_the_maps_themselves(
    compared: Project, maps: dict[str, NDArray[np.uint8]]
):
    cols, rows = np.meshgrid(np.arange(SIDE) + 0.5, np.arange(SIDE) + 0.5)
    projection = Proj("EPSG:2154")
    lon, lat = projection(LEFT + 10 * cols, TOP - 10 * rows, inverse=True)
    ground = 0.01 / projection.get_factors(lon, lat).areal_scale
    before, after = level3(maps, "2015"), level3(maps, "2018")
    folder = compared.folder / "results/here/change/2015/2018"
    with (folder / "level3.csv").open() as file:
        found = {row["from"]: row for row in csv.DictReader(file)}
    assert found.keys() == {"112", "123", "215", "216", "220"}
    for first in map(int, found):
        for last in (112, 123, 215, 216, 220, 0):
            expected = ground[(before == first) & (after == last)].sum()
            cell = found[str(first)].get(f"to {last or 'undecided'}", "0")
            assert float(cell) == pytest.approx(expected, rel=1e-6, abs=1e-4)
    assert (folder / "level3.png").stat().st_size > 5000


def test_the_map_of_the_change_itself_is_beside_the_layers(
    compared: Project, maps: dict[str, NDArray[np.uint8]]
):
    document = (compared.folder / "results/here/change/2015/2018/change.json").read_text()
    found = json.loads(document)["maps"]["sealing_change"]
    assert json.loads(document)["layers"]["artific_urb_cat"] == found, "it tells its change"
    for kind, code in (("gain", 1), ("loss", 2), ("unchanged", 0), ("unknown", 255)):
        assert found[kind]["pixels"] == (maps["sealing"] == code).sum()


def test_what_follows_from_editions_that_do_not_compare_is_flagged(compared: Project):
    folder = compared.folder / "results/here/change/2015/2018"
    flags = json.loads((folder / "change.json").read_text())["flags"]
    assert [(flag["kind"], flag["text"].split(" ")[0], flag["layers"]) for flag in flags] == [
        ("break", "imperviousness", ["artific_urb_cat", "level3"]),
        ("break", "tree_cover", ["vegetat_veg_cat", "cultman_agr_cat", "level3"]),
        ("same", "water_wetness", ["aquatic_wat_cat", "cultman_agr_cat", "level3"]),
    ]
    assert "ETC/ULS Technical Report 01/2021" in flags[0]["source"]
    assert flags[0]["text"].endswith("; sealing_change tells its change")
    log = compared.folder / "results/logs/compare_periods/here.2015.2018.log"
    assert (
        "artific_urb_cat, level3: imperviousness of 2015 and 2018 do not compare" in log.read_text()
    )


def test_the_report_of_the_later_period_tells_it(compared: Project):
    """Of a config without imagery, too."""
    reports = [f"results/here/periods/{year}/report.html" for year in (2015, 2018)]
    compared.run(*reports)
    earlier, later = (Element.read((compared.folder / file).read_text()) for file in reports)
    assert not [*earlier.all("tr", data_changed="")]
    told = json.loads((compared.folder / "results/here/change/2015/2018/change.json").read_text())
    row = later.one("tr", data_changed="artific_urb_cat")
    assert row.value("gain") == told["maps"]["sealing_change"]["gain"]["hectares"]
    assert "sealing_change" in row.text


def test_a_run_with_several_periods_makes_their_change_and_once(compared: Project):
    assert "Nothing to be done" in compared.run("change").output
    planned = compared.dry_run()
    assert not planned.jobs.keys() & {"compare_periods", "draw_change", "build_layer"}
    compared.config["change"] = []
    assert "periods: change needs two" in compared.snakemake("change").output
