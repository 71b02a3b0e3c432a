"""Pictures: what the colours say, what is missing, what lies outside, and the same bytes again."""

import itertools
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image as Png
from shapely import Point, box

from lccs_inputs.errors import InputError
from lccs_inputs.facts.au import AU
from lccs_inputs.facts.au import MAP as LEVEL4
from lccs_inputs.facts.images import PALETTES, Image
from lccs_inputs.facts.lccs import DESCRIPTORS, LEVEL3, Descriptor, Kind
from lccs_inputs.facts.sensors import SCENE_NODATA
from lccs_inputs.pictures import drawing, painting
from lccs_inputs.pictures.painting import (
    MISSING,
    NOT_IN_LEGEND,
    paint_image,
    paint_layer,
    paint_true_colour,
    ramp_of,
)
from lccs_inputs.pictures.sheet import COMPACT, Key, Ramp, hatching, legend_rows, rgb
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.writing import create_raster
from small_rasters import NODATA, area_of, grid_of, write_codes, write_layers

WATER = DESCRIPTORS["aquatic_wat_cat"]
LIFE_FORM = DESCRIPTORS["lifeform_veg_cat"]
CANOPY = DESCRIPTORS["canopyco_veg_con"]


def share_of(image: NDArray[np.uint8], colour: str) -> float:
    return float((image == rgb(colour)).all(axis=-1).mean())


def labels(legend: object) -> list[str]:
    return [entry.label for entry in legend if isinstance(entry, Key)]  # type: ignore[attr-defined]


def write_mosaic(path: Path, grid: Grid, bands: dict[str, object]) -> Path:
    with create_raster(path, grid, list(bands), "int16", SCENE_NODATA) as raster:
        for index, values in enumerate(bands.values(), start=1):
            raster.write(np.broadcast_to(np.asarray(values, np.int16), grid.shape), index)
    return path


def test_each_code_has_the_colour_of_its_legend_entry(tmp_path: Path) -> None:
    grid = grid_of(40, 20)
    codes = np.zeros(grid.shape)
    codes[:, :10] = 1
    picture = paint_layer(
        write_codes(tmp_path / "w.tif", grid, codes), WATER, area_of(grid), (80, 40)
    )
    assert [(e.label, e.colour) for e in picture.legend if isinstance(e, Key)] == [
        (category.name, category.colour) for category in WATER.codes.values()
    ]
    assert share_of(picture.image, WATER.codes[1].colour) == 0.25
    assert share_of(picture.image, WATER.codes[0].colour) == 0.75


def test_a_legend_lists_the_life_forms_that_occur(tmp_path: Path) -> None:
    grid = grid_of(30, 20)
    path = write_codes(tmp_path / "l.tif", grid, np.repeat([[1, 2]], 15, axis=1))
    picture = paint_layer(path, LIFE_FORM, area_of(grid), grid.shape[::-1])
    assert labels(picture.legend) == ["woody", "herbaceous"]


def test_a_map_of_level_4_lists_the_classes_that_occur(tmp_path: Path) -> None:
    grid = grid_of(40, 20)
    path = write_codes(tmp_path / "l4.tif", grid, np.where(np.arange(40) < 10, 27, 98))
    picture = paint_layer(path, LEVEL4, area_of(grid), (40, 20))
    assert labels(picture.legend) == [AU[27].name, AU[98].name]
    assert share_of(picture.image, AU[27].colour) == 0.25
    maps = {"aquatic_wat_cat": path}
    drawing.draw_maps(
        maps, DESCRIPTORS, None, None, area_of(grid), "a", tmp_path, classes=[(LEVEL4, path)]
    )
    assert (tmp_path / "level4.png").stat().st_size > 5000


def test_a_code_that_is_not_in_the_legend_is_shown_and_named(tmp_path: Path) -> None:
    grid = grid_of(30, 20)
    path = write_codes(tmp_path / "w.tif", grid, 7)
    picture = paint_layer(path, WATER, area_of(grid), grid.shape[::-1])
    assert "7: not in the legend" in labels(picture.legend)
    assert share_of(picture.image, NOT_IN_LEGEND) == 1


def test_percent_runs_from_the_first_colour_to_the_last(tmp_path: Path) -> None:
    grid = grid_of(101, 10)
    path = write_codes(tmp_path / "c.tif", grid, np.arange(101))
    picture = paint_layer(path, CANOPY, area_of(grid), grid.shape[::-1])
    assert [tuple(pixel) for pixel in picture.image[0]] == [tuple(rgb(c)) for c in ramp_of(CANOPY)]
    assert isinstance(picture.legend[0], Ramp)
    assert picture.legend[0].ticks == ("0", "25", "50", "75", "100 %")


def test_a_quantity_runs_between_its_limits_and_says_its_unit(tmp_path: Path) -> None:
    months = Descriptor("wetter_wat_cin", "Wet", Kind.QUANTITY, unit="months", limits=(2, 12))
    grid = grid_of(12, 10)
    path = write_codes(tmp_path / "m.tif", grid, np.arange(2, 14))
    picture = paint_layer(path, months, area_of(grid), grid.shape[::-1])
    shades = [*ramp_of(months), NOT_IN_LEGEND]
    assert [tuple(pixel) for pixel in picture.image[0]] == [tuple(rgb(c)) for c in shades]
    assert isinstance(picture.legend[0], Ramp)
    assert picture.legend[0].ticks == ("2", "4.5", "7", "9.5", "12 months")
    assert labels(picture.legend) == ["13: not in the legend"]


NDWI = Image("l8.ndwi", "NDWI", "1", (-0.05, 0.05), PALETTES["water"], 10_000)


def write_image(path: Path, grid: Grid, values: object) -> Path:
    return write_mosaic(path, grid, {"x": values})


def test_an_image_runs_from_the_first_colour_to_the_last_and_keeps_them_beyond(
    tmp_path: Path,
) -> None:
    grid = grid_of(6, 4)
    values = [-3000, -500, 0, 250, 500, 9000]
    picture = paint_image(
        write_image(tmp_path / "i.tif", grid, values), NDWI, area_of(grid), (6, 4)
    )
    shades = [tuple(map(int, pixel)) for pixel in picture.image[0]]
    assert shades[:2] == [(255, 255, 255)] * 2
    assert shades[2] == pytest.approx((127.5, 127.5, 255), abs=1)
    assert shades[3] == pytest.approx((63.75, 63.75, 255), abs=1)
    assert shades[4:] == [(0, 0, 255)] * 2
    (ramp,) = picture.legend
    assert isinstance(ramp, Ramp)
    assert ramp.ticks == ("≤ −0.05", "−0.025", "0", "0.025", "≥ 0.05")
    assert (picture.title, picture.name) == ("NDWI", "l8.ndwi")
    assert tuple(ramp.colours[0]) == (255, 255, 255)
    assert tuple(ramp.colours[-1]) == (0, 0, 255)


def test_an_image_within_its_limits_says_nothing_of_what_is_beyond_but_its_unit(
    tmp_path: Path,
) -> None:
    grid = grid_of(4, 4)
    radar = Image("vh", "Backscatter", "dB", (-28, -8), PALETTES["grey"], 100)
    path = write_image(tmp_path / "i.tif", grid, [-2800, -2000, -1500, -800])
    (ramp,) = paint_image(path, radar, area_of(grid), (4, 4)).legend
    assert isinstance(ramp, Ramp)
    assert ramp.ticks == ("−28", "−23", "−18", "−13", "−8 dB")


def test_an_image_is_hatched_where_it_has_no_data_and_drawn_with_the_maps(tmp_path: Path) -> None:
    grid = grid_of(40, 40)
    values = np.full(grid.shape, 500)
    values[:20] = SCENE_NODATA
    path = write_image(tmp_path / "i.tif", grid, values)
    picture = paint_image(path, NDWI, area_of(grid), (40, 40))
    assert (picture.image[:20] == hatching(40, 40)[:20]).all()
    assert picture.legend[-1] == MISSING
    layers = write_layers(tmp_path, grid, {"aquatic_wat_cat": 1})
    folder, images = tmp_path / "pictures", [(NDWI, path)]
    drawing.draw_maps(layers, DESCRIPTORS, None, None, area_of(grid), "a", folder, images)
    assert {file.relative_to(folder).as_posix() for file in folder.rglob("*.png")} == {
        "aquatic_wat_cat.png", "contact_sheet.png", "images/l8.ndwi.png",
    }  # fmt: skip
    alone = tmp_path / "alone.png"
    drawing.draw_contact_sheet(layers, DESCRIPTORS, None, None, area_of(grid), "a", alone)
    with Png.open(alone) as without, Png.open(folder / "contact_sheet.png") as sheet:
        assert sheet.height > without.height


def test_true_colours_of_an_image_are_drawn_as_they_are(tmp_path: Path) -> None:
    grid = grid_of(3, 2)
    bytes_of = {"red": [1, 128, 0], "green": [255, 60, 0], "blue": [9, 9, 0]}
    path = tmp_path / "t.tif"
    with create_raster(path, grid, [*bytes_of], "uint8", 0) as raster:
        for index, values in enumerate(bytes_of.values(), start=1):
            raster.write(np.broadcast_to(np.asarray(values, np.uint8), grid.shape), index)
    true_colour = Image("true_colour", "True colour", "1", (0, 0.18), (), None)
    picture = paint_image(path, true_colour, area_of(grid), (3, 2))
    assert picture.image[0, :2].tolist() == [[1, 255, 9], [128, 60, 9]]
    assert picture.name == "true_colour"
    ramp, missing = picture.legend
    assert isinstance(ramp, Ramp)
    assert ramp.ticks == ("0", "0.045", "0.09", "0.135", "0.18 reflectance")
    assert missing == MISSING


def test_missing_is_hatched_and_outside_is_white(tmp_path: Path) -> None:
    grid = grid_of(40, 40)
    xmin, ymin, xmax, ymax = grid.bounds
    area = area_of(grid, box(xmin, ymin, (xmin + xmax) / 2, ymax))
    codes = np.full(grid.shape, NODATA)
    codes[:20, :20] = 1
    picture = paint_layer(write_codes(tmp_path / "w.tif", grid, codes), WATER, area, (40, 40))
    assert (picture.image[:, 20:] == 255).all()
    assert (picture.image[20:, :20] == hatching(40, 40)[20:, :20]).all()
    assert (picture.image[:20, :20] == rgb(WATER.codes[1].colour)).all()
    assert picture.legend[-1] == MISSING


@pytest.mark.parametrize("side", [120, 333])
def test_the_rim_of_an_area_is_not_missing_data_once_pixels_are_merged(
    tmp_path: Path, side: int
) -> None:
    grid = grid_of(500, 500)
    centre = Point((grid.bounds[0] + grid.bounds[2]) / 2, (grid.bounds[1] + grid.bounds[3]) / 2)
    area = area_of(grid, centre.buffer(2450).difference(centre.buffer(700)))
    codes = np.where(area.mask(grid), 1, NODATA)
    path = write_codes(tmp_path / "w.tif", grid, codes)
    picture = paint_layer(path, WATER, area, (side, side))
    assert MISSING not in picture.legend
    covered = share_of(picture.image, WATER.codes[1].colour)
    assert covered == pytest.approx(area.mask(grid).mean(), abs=0.02)


def test_true_colour_keeps_hues_and_puts_the_darkest_and_brightest_at_the_ends(
    tmp_path: Path,
) -> None:
    grid = grid_of(100, 10)
    ramp = np.linspace(200, 3000, 100)
    mosaic = write_mosaic(
        tmp_path / "m.tif", grid, {"blue": ramp * 0.5, "red": ramp, "green": ramp * 0.8}
    )
    image = paint_true_colour(mosaic, area_of(grid), grid.shape[::-1]).image
    assert image[0, 0].max() <= 40
    assert image[0, -1, 0] == 255
    assert image[0, -1, 0] > image[0, -1, 1] > image[0, -1, 2]
    assert (np.diff(image[0].astype(int), axis=0) >= 0).all()


def test_one_missing_band_hides_a_pixel_of_the_true_colours(tmp_path: Path) -> None:
    grid = grid_of(20, 20)
    red = np.full(grid.shape, 500)
    red[5, 5] = SCENE_NODATA
    mosaic = write_mosaic(tmp_path / "m.tif", grid, {"red": red, "green": 500, "blue": 500})
    picture = paint_true_colour(mosaic, area_of(grid), grid.shape[::-1])
    assert (picture.image[5, 5] == hatching(20, 20)[5, 5]).all()
    assert picture.legend == [MISSING]


def test_a_mosaic_without_any_clear_observation_is_drawn_as_missing(tmp_path: Path) -> None:
    grid = grid_of(20, 20)
    mosaic = write_mosaic(
        tmp_path / "m.tif", grid, dict.fromkeys(("red", "green", "blue"), SCENE_NODATA)
    )
    picture = paint_true_colour(mosaic, area_of(grid), grid.shape[::-1])
    assert (picture.image == hatching(20, 20)).all()
    drawing.draw_true_colour(mosaic, area_of(grid), "a · 2018", tmp_path / "m.png")


def test_a_radar_mosaic_cannot_be_drawn_in_true_colour(tmp_path: Path) -> None:
    grid = grid_of(20, 20)
    mosaic = write_mosaic(tmp_path / "m.tif", grid, {"vv": 1, "vh": 1})
    with pytest.raises(InputError, match=r"m\.tif: has no red band"):
        drawing.draw_true_colour(mosaic, area_of(grid), "a · 2018", tmp_path / "m.png")
    assert not (tmp_path / "m.png").exists()


def test_reading_in_strips_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grid = grid_of(700, 500)
    noise = np.random.default_rng(1).integers(0, 3000, grid.shape)
    noise[40:120, 200:400] = SCENE_NODATA
    mosaic = write_mosaic(tmp_path / "m.tif", grid, {"red": noise, "green": 500, "blue": 500})
    images = []
    for strip in (7, 10_000):
        monkeypatch.setattr(painting, "_STRIP", strip)
        images.append(paint_true_colour(mosaic, area_of(grid), (233, 167)).image)
    assert (images[0] == images[1]).all()


@pytest.mark.parametrize(
    ("width", "height"), [(2437, 1247), (1219, 624), (232, 353), (9000, 300), (1, 1), (3, 40_000)]
)
def test_a_single_map_has_a_readable_size_whatever_the_area(width: int, height: int) -> None:
    drawn = drawing.map_size(grid_of(width, height))
    assert min(drawn) >= 1
    assert max(drawn) <= 1600
    assert max(drawn) >= 600
    if max(width, height) < 1000:
        assert drawn[0] % width == drawn[1] % height == 0


def test_every_picture_of_a_period_is_written(tmp_path: Path) -> None:
    area, layers, mosaic, level3 = period(tmp_path)
    for name, path in layers.items():
        drawing.draw_layer(path, DESCRIPTORS[name], area, "a · 2018", tmp_path / f"{name}.png")
    drawing.draw_level3(level3, area, "a · 2018", tmp_path / "level3.png")
    drawing.draw_true_colour(mosaic, area, "a · 2018", tmp_path / "true_colour.png")
    drawn = [*layers, "level3", "true_colour"]
    for name in drawn:
        with Png.open(tmp_path / f"{name}.png") as image:
            assert image.size[0] >= 900
            assert round(image.info["dpi"][0]) == 150
    image = np.asarray(Png.open(tmp_path / "level3.png").convert("RGB"))
    assert share_of(image, LEVEL3[111].colour) > 0.1


@pytest.mark.parametrize("count", range(1, 10))
def test_a_contact_sheet_is_1600_px_wide_with_any_number_of_maps(
    tmp_path: Path, count: int
) -> None:
    area, layers, mosaic, level3 = period(tmp_path)
    chosen = dict(itertools.islice(layers.items(), count))
    heroes = (mosaic if count % 2 else None, level3 if count % 3 else None)
    drawing.draw_contact_sheet(
        chosen, DESCRIPTORS, *heroes, area, "a · 2018", tmp_path / "sheet.png"
    )
    with Png.open(tmp_path / "sheet.png") as image:
        assert image.size[0] == 1600


def test_the_same_maps_give_the_same_bytes_under_any_matplotlib_settings(tmp_path: Path) -> None:
    area, layers, mosaic, level3 = period(tmp_path)
    first, second = tmp_path / "1.png", tmp_path / "2.png"
    drawing.draw_contact_sheet(layers, DESCRIPTORS, mosaic, level3, area, "a · 2018", first)
    with mpl.rc_context({"font.family": "serif", "savefig.dpi": 40, "lines.antialiased": False}):
        drawing.draw_contact_sheet(layers, DESCRIPTORS, mosaic, level3, area, "a · 2018", second)
    assert first.read_bytes() == second.read_bytes()
    with Png.open(first) as image:
        assert "Software" not in image.info


def test_drawing_never_loads_pyplot() -> None:
    code = "import sys, lccs_inputs.pictures.drawing; sys.exit('matplotlib.pyplot' in sys.modules)"
    environment = {"PYTHONPATH": str(Path(drawing.__file__).parents[2])}
    assert (
        subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
    )


@given(st.floats(1e-2, 1e7))
def test_a_scale_bar_is_round_and_nearly_as_long_as_it_may_be(longest: float) -> None:
    length = drawing.round_length(longest)
    assert length <= longest < 2.5 * length * (1 + 1e-9)
    assert f"{length:e}"[0] in "125"


def test_true_north_follows_the_convergence_of_the_meridians() -> None:
    grid = grid_of(100, 100, left=980_000, top=6_591_000)
    longitude = 6.64
    convergence = math.radians((longitude - 3) * 0.7256077650)  # n of Lambert-93, IGN NT/G 71
    assert drawing._north_angle(grid) == pytest.approx(-convergence, abs=2e-3)


def test_a_legend_wraps_at_the_width_of_its_panel() -> None:
    entries = [Key(name, "#000000") for name in ("one", "two", "a much longer label", "three")]
    rows = legend_rows(entries, COMPACT.width(entries[0]) + COMPACT.gap + COMPACT.width(entries[1]))
    assert [len(row) for row in rows] == [2, 1, 1]
    assert [entry for row in rows for entry in row] == entries


# Machado, Oliveira & Fernandes 2009, severity 1.0, on linear RGB.
VISION = {
    "common": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def cielab(colours: list[str], vision: str) -> NDArray[np.float64]:
    """CIE L*a*b* (D65) of colours as a reader with this vision sees them."""
    stored = np.stack([rgb(colour) for colour in colours]) / 255
    linear = np.where(stored <= 0.04045, stored / 12.92, ((stored + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.asarray(VISION[vision]).T, 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = seen @ np.transpose(to_xyz) / [0.9505, 1, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = f.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


@pytest.mark.parametrize("vision", VISION)
def test_level_3_classes_stay_apart_for_colour_blind_readers(vision: str) -> None:
    lab = cielab([category.colour for category in LEVEL3.values()], vision)
    distances = np.linalg.norm(lab[:, None] - lab[None], axis=2)
    assert distances[np.triu_indices(len(lab), 1)].min() > 18


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize(
    "name", ["leaftype_veg_cat", "artwatr_wat_cat", "waterstt_wat_cat", "phenolog_veg_cat",
             "urbanveg_urb_cat"],
)  # fmt: skip
def test_codes_of_a_layer_stay_apart_for_colour_blind_readers(name: str, vision: str) -> None:
    lab = cielab([category.colour for category in DESCRIPTORS[name].codes.values()], vision)
    distances = np.linalg.norm(lab[:, None] - lab[None], axis=2)
    assert distances[np.triu_indices(len(lab), 1)].min() > 18


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("name", ["canopyco_veg_con", "waterper_wat_cin", "baregrad_phy_con"])
def test_measures_darken_steadily_for_every_reader(name: str, vision: str) -> None:
    shades = ramp_of(replace(DESCRIPTORS[name], limits=(0, 100)))
    lightness = cielab(list(shades), vision)[:, 0]
    steps = -np.diff(lightness)
    assert steps.min() > -0.1  # a colour is whole bytes: a step can round to nothing
    assert steps.max() < 2.5


def period(folder: Path) -> tuple[Area, dict[str, Path], Path, Path]:
    """The layers, true-colour mosaic and level-3 map of a small period, a hole in its area."""
    grid = grid_of(120, 80)
    centre = Point((grid.bounds[0] + grid.bounds[2]) / 2, (grid.bounds[1] + grid.bounds[3]) / 2)
    area = area_of(grid, box(*grid.bounds).difference(centre.buffer(150)))
    codes = np.where(area.mask(grid), np.arange(120) // 60, NODATA)
    layers = write_layers(folder, grid, dict.fromkeys(DESCRIPTORS, codes))
    level3 = write_codes(folder / "l3.tif", grid, np.where(codes == NODATA, codes, 111 + codes))
    values = np.where(codes == NODATA, SCENE_NODATA, 300 + 500 * codes)
    mosaic = write_mosaic(folder / "m.tif", grid, dict.fromkeys(("red", "green", "blue"), values))
    return area, layers, mosaic, level3
