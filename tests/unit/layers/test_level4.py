"""The level-4 map and its table, held against a slow replay pixel by pixel."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import rasterio
from pyproj import CRS, Geod, Proj
from shapely import Polygon

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.lccs import DESCRIPTORS, LEVEL3
from lccs_inputs.facts.level4 import LAYERS
from lccs_inputs.layers.level4 import classify_level4
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.synthetic import SYNTHETIC
from small_rasters import NODATA, area_of, grid_of, write_codes, write_layers

WOODY = {0, 1, 3, 4, NODATA}


def lowest(value: int, limits: dict[int, str]) -> str:
    """The class whose limit is the highest that a value reaches; ? is unknown."""
    if value == NODATA:
        return "?"
    return next(
        (text for limit, text in sorted(limits.items(), reverse=True) if value >= limit), ""
    )


def code_of(value: int, letter: str) -> str:
    return "?" if value == NODATA else f"{letter}{value}" if value else ""


def replay(level3: int, at: dict[str, int]) -> tuple[str, bool]:
    """The code of a pixel by the reference, and whether all that describes it is known.

    Args:
        at: the values of the layers there are.
    """
    parts = [LEVEL3[level3].name[:3]]
    if level3 in (111, 112, 123, 124):
        form = at.get("lifeform_veg_cat", 0)
        parts.append(code_of(form, "A"))
        parts.append(lowest(at.get("canopyco_veg_con", 0),
                            {65: "A10", 40: "A12", 15: "A13", 4: "A15", 1: "A16"}))  # fmt: skip
        if form in WOODY:
            limits = {14: "B5", 7: "B6", 3: "B7", 1: "B9"} if form != 4 else {3: "B8", 1: "B9"}
            parts.append(lowest(at.get("canopyht_veg_con", 0), limits))
            parts.append(code_of(at.get("leaftype_veg_cat", 0), "D"))
            parts.append(code_of(at.get("phenolog_veg_cat", 0), "E"))
    elif level3 in (220, 227, 228):
        parts.append(code_of(at.get("waterstt_wat_cat", 0), "A"))
        parts.append(lowest(at.get("waterper_wat_cin", 0), {10: "B1", 7: "B7", 4: "B8", 1: "B9"}))
    elif level3 == 216 and "baregrad_phy_con" in at:
        parts.append(lowest(at["baregrad_phy_con"], {60: "A15", 20: "A12", 0: "A10"}))
    known = [part for part in parts if part not in ("", "?")]
    return ".".join(known), "?" not in parts


def random_layers(grid: Grid, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Values that each layer may hold, and nodata."""
    random = np.random.default_rng(4)
    layers = {"level3": random.choice([*LEVEL3, NODATA], grid.shape)}
    for name in names:
        descriptor = DESCRIPTORS[name]
        lowest_value, highest = descriptor.limits
        values = (
            range(lowest_value, highest + 1) if descriptor.kind.is_continuous else descriptor.codes
        )
        layers[name] = random.choice([*values, *[NODATA] * (1 + len(values) // 8)], grid.shape)
    return layers


def rows(table: Path) -> list[dict[str, str]]:
    return [*csv.DictReader(table.read_text().splitlines())]


def classified(folder: Path, area: Area, values: dict[str, np.ndarray]) -> Path:
    files = write_layers(folder, area.grid, values)
    level3 = files.pop("level3")
    made = (folder / name for name in ("level4.tif", "codes.tif", "level4.csv"))
    classify_level4(level3, files, area, *made)
    return folder


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as raster:
        return raster.read(1)


SETS = [LAYERS, ("lifeform_veg_cat", "canopyco_veg_con", "leaftype_veg_cat"), ()]


@pytest.mark.parametrize("names", SETS, ids=["all", "default", "none"])
def test_every_pixel_has_the_class_of_a_slow_replay(names: tuple[str, ...], tmp_path: Path) -> None:
    grid = grid_of(90, 70)
    values = random_layers(grid, names)
    folder = classified(tmp_path, area_of(grid), values)
    codes, au = read(folder / "codes.tif"), read(folder / "level4.tif")
    met = {int(row["code"]): row for row in rows(folder / "level4.csv")}
    level3 = values["level3"]
    for row in range(grid.height):
        for col in range(grid.width):
            found = met[int(codes[row, col])]
            if level3[row, col] == NODATA:
                assert (codes[row, col], au[row, col], found["lccs"]) == (0, NODATA, "")
                continue
            at = {name: int(values[name][row, col]) for name in names}
            text, known = replay(int(level3[row, col]), at)
            assert (found["lccs"], "unknown" not in found["name"]) == (text, known)
            assert codes[row, col] // 10**6 == level3[row, col]
            assert int(found["au"]) == au[row, col]
    counts = Counter(codes.ravel().tolist())
    assert {code: int(row["pixels"]) for code, row in met.items()} == counts
    assert [*met] == sorted(met)


def test_a_pixel_beside_the_area_is_nothing(tmp_path: Path) -> None:
    grid = grid_of(4, 4)
    left, bottom, right, top = grid.bounds
    area = area_of(grid, Polygon([(left, bottom), (left, top), (right, top)]))
    folder = classified(tmp_path, area, {"level3": np.full(grid.shape, 215)})
    inside = area.mask(grid)
    assert 0 < inside.sum() < inside.size
    assert (read(folder / "codes.tif") == np.where(inside, 215_000_000, 0)).all()
    (only,) = rows(folder / "level4.csv")
    assert int(only["pixels"]) == inside.sum()


def test_the_map_has_colours_and_names_and_the_codes_their_nodata(tmp_path: Path) -> None:
    grid = grid_of(600, 40)
    folder = classified(tmp_path, area_of(grid), random_layers(grid, LAYERS))
    with rasterio.open(folder / "level4.tif") as raster:
        assert (raster.dtypes, raster.nodata) == (("uint8",), NODATA)
        assert raster.tags()["scheme"] == "au"
        assert raster.colormap(1)[27] == (0x2C, 0x49, 0x1F, 255)
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    names = (folder / "level4.tif.aux.xml").read_text()
    assert "A12 Natural Terrestrial Vegetated, woody, closed (&gt; 65 %)" in names
    with rasterio.open(folder / "codes.tif") as raster:
        assert (raster.dtypes, raster.nodata) == (("uint32",), 0)
        assert raster.overviews(1) == [2]


def test_hectares_are_those_on_the_ground(tmp_path: Path) -> None:
    """Lambert-93 shows Switzerland almost two thousandths too small."""
    left, top = 1_100_000, 6_660_000
    grid = Grid("EPSG:2154", (200, 200), (left, top - 60_000, left + 80_000, top))
    halves = np.where(np.arange(grid.width) < 150, 112, 215) * np.ones(grid.shape, int)
    folder = classified(tmp_path, area_of(grid), {"level3": halves})
    known = CRS.from_user_input(grid.crs)
    geod = known.get_geod()
    assert isinstance(geod, Geod)
    for row, (west, east) in zip(
        rows(folder / "level4.csv"), ((left, left + 30_000), (left + 30_000, left + 80_000)),
        strict=True,
    ):  # fmt: skip
        side = np.linspace(0, 1, 500)
        x = np.concatenate([west + side * (east - west), np.full(500, east),
                            east - side * (east - west), np.full(500, west)])  # fmt: skip
        y = np.concatenate([np.full(500, top), top - side * 60_000,
                            np.full(500, top - 60_000), top - 60_000 + side * 60_000])  # fmt: skip
        area, _ = geod.polygon_area_perimeter(*Proj(known)(x, y, inverse=True))
        assert float(row["hectares"]) == pytest.approx(abs(area) / 1e4, rel=1e-6)
        assert float(row["hectares"]) / (int(row["pixels"]) * 4) - 1 > 1.5e-3


def test_a_class_has_the_same_code_whichever_layers_and_places_there_are(tmp_path: Path) -> None:
    """Maps of areas and periods can be compared."""
    values = {"level3": 112, "lifeform_veg_cat": 1, "canopyco_veg_con": 70}
    more = values | {"leaftype_veg_cat": 0, "waterstt_wat_cat": NODATA, "baregrad_phy_con": 3}
    codes = []
    for number, (left, layers) in enumerate(((900_000, values), (500_000, more))):
        grid = grid_of(3, 3, left=left)
        (tmp_path / str(number)).mkdir()
        folder = classified(tmp_path / str(number), area_of(grid),
                            {k: np.full(grid.shape, v) for k, v in layers.items()})  # fmt: skip
        codes.append(np.unique(read(folder / "codes.tif")).tolist())
    assert codes == [[112_01_1000], [112_01_1000]]


def test_what_is_made_of_the_sample_says_so(tmp_path: Path) -> None:
    grid = grid_of(2, 1)
    level3 = write_codes(tmp_path / "level3.tif", grid, 112, tags={"SOURCE": SYNTHETIC})
    made = [tmp_path / name for name in ("level4.tif", "codes.tif", "level4.csv")]
    classify_level4(level3, {}, area_of(grid), *made)
    for path in made[:2]:
        with rasterio.open(path) as raster:
            assert raster.tags()["SOURCE"] == SYNTHETIC


def test_a_layer_off_the_grid_is_refused(tmp_path: Path) -> None:
    grid = grid_of(4, 2)
    level3 = write_codes(tmp_path / "level3.tif", grid, 112)
    layer = write_codes(tmp_path / "lifeform_veg_cat.tif", grid_of(4, 2, top=6_500_010), 1)
    made = [tmp_path / name for name in ("level4.tif", "codes.tif", "level4.csv")]
    with pytest.raises(SourceError, match=r"lifeform_veg_cat\.tif: .*not on the grid"):
        classify_level4(level3, {"lifeform_veg_cat": layer}, area_of(grid), *made)
    assert not any(path.exists() for path in made)
