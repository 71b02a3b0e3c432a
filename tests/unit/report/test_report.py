"""The report of a period: its numbers are those of the rasters, and all that it names is there."""

import csv
import json
from base64 import b64decode
from collections import Counter
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from lccs_inputs.facts.au import AU
from lccs_inputs.facts.coherence import MAP as COHERENCE
from lccs_inputs.facts.images import PALETTES
from lccs_inputs.facts.lccs import DESCRIPTORS, LEVEL3, PALETTE, Category
from lccs_inputs.pictures.painting import NOT_IN_LEGEND
from lccs_inputs.pictures.sheet import rgb
from lccs_inputs.rasters.counting import Counts
from lccs_inputs.report.maps import map_size
from lccs_inputs.report.write import write_report
from reading_pages import Element
from small_rasters import NODATA, grid_of
from small_report import (
    AREA,
    CANOPY,
    CHAIN,
    GRID,
    INSIDE,
    MAES,
    small_files,
    small_request,
    write_small_report,
)
from true_ground import hectares_by_scale

HECTARES = hectares_by_scale(GRID)
BINARY = ("vegetat_veg_cat", "aquatic_wat_cat", "cultman_agr_cat", "artific_urb_cat")
UNNAMED = {7: Category("not in the legend", NOT_IN_LEGEND)}
LEGENDS = {
    "level3": LEVEL3,
    "level4": AU,
    "coherence": COHERENCE.codes,
    MAES.map.name: MAES.map.codes,
}
LEGENDS |= {name: {**DESCRIPTORS[name].codes, **UNNAMED} for name in BINARY}
LEGENDS |= {f"{CHAIN}_method": {2: Category("evi", PALETTE[1])}}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_report(tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def page(written: Path) -> Element:
    return Element.read(written.read_text())


def raster_of(written: Path, name: str) -> NDArray[np.uint8]:
    """The raster that a map is of, by where files of its kind lie."""
    folder = {"level3": "stack", "level4": "stack", "level4_codes": "stack", "coherence": "."}
    file = f"{folder.get(name, 'layers')}/{name}"
    if name == MAES.map.name:
        file = f"legends/{MAES.name}"
    if name.endswith("_method"):
        file = f"methods/{CHAIN}"
    with rasterio.open(written.parent / f"{file}.tif") as raster:
        return raster.read(1)


def drawn(page: Element, name: str) -> NDArray[np.uint8]:
    """The picture of a map: red, green, blue and opacity, (height, width, 4)."""
    source = page.one("article", data_map=name).one("img").attributes["src"]
    kind, _, text = source.partition(",")
    assert kind == "data:image/webp;base64"
    return np.asarray(Image.open(BytesIO(b64decode(text))).convert("RGBA"))


@pytest.mark.parametrize(("name", "legend"), LEGENDS.items())
def test_a_legend_has_the_pixels_and_the_hectares_of_the_raster(
    page: Element, written: Path, name: str, legend: Mapping[int, Category]
) -> None:
    codes = raster_of(written, name)
    listed = page.one("article", data_map=name).all("tr", data_code="", data_pixels="")
    rows = {int(row.attributes["data-code"].replace("nodata", "255")): row for row in listed}
    assert {*rows} == {*np.unique(codes[INSIDE]).tolist()}
    for code, row in rows.items():
        there = INSIDE & (codes == code)
        assert int(row.attributes["data-pixels"]) == there.sum()
        assert row.value("hectares") == pytest.approx(HECTARES[there].sum(), rel=1e-6, abs=1e-4)
        share = HECTARES[there].sum() / HECTARES[INSIDE].sum()
        assert row.value("share") == pytest.approx(share, abs=2e-6)
        assert row.one("th").text.endswith("no data" if code == NODATA else legend[code].name)


def test_a_number_that_is_read_is_the_number_behind_it(page: Element) -> None:
    level3 = page.one("article", data_map="level3")
    for row in level3.all("tr", data_code="", data_pixels=""):
        assert row.one("data", data_name="hectares").text == f"{row.value('hectares'):,.2f}"
        assert row.one("data", data_name="share").text == f"{100 * row.value('share'):.2f} %"


def test_the_figures_of_a_measure_are_those_of_the_raster(page: Element, written: Path) -> None:
    values = raster_of(written, CANOPY)[INSIDE]
    looks = np.broadcast_to(np.arange(60)[:, None] % 7, GRID.shape)[INSIDE]
    for name, known, of in ((CANOPY, values[values != NODATA], values), ("looks-s2", looks, looks)):
        said = page.one("article", data_map=name)
        assert said.value("minimum") == known.min()
        assert said.value("maximum") == known.max()
        assert said.value("median") == np.median(known)
        assert said.value("mean") == pytest.approx(known.mean(), abs=1e-6)
        assert said.value("valid_share") == pytest.approx(100 * len(known) / len(of), abs=1e-6)


def test_the_figures_of_an_image_are_those_of_the_raster(page: Element, written: Path) -> None:
    with rasterio.open(written.parent / "images/ndvi.tif") as raster:
        known = raster.read(1)[INSIDE] / 10_000
    said = page.one("article", data_map="image-ndvi")
    assert said.value("minimum") == pytest.approx(known.min(), abs=1e-6)
    assert said.value("maximum") == pytest.approx(known.max(), abs=1e-6)
    assert said.value("valid_share") == 100


def test_confidence_is_drawn_from_0_to_1(page: Element) -> None:
    shades = drawn(page, "confidence-level3")[..., :3].astype(int)
    rows, columns = np.indices(GRID.shape)
    colours = np.stack([rgb(colour) for colour in PALETTES["viridis"]]).astype(int)
    places = np.linspace(0, 1, len(colours))
    expected = np.stack(
        [np.interp((40 + rows) / 100, places, colours[:, band]) for band in range(3)], axis=-1
    )
    middle = (columns > 30) & (columns < 80) & (rows > 9) & (rows < 40)
    assert np.abs(shades - expected)[middle].max() < 12, "but for how a picture is packed"
    said = page.one("article", data_map="confidence-level3").text
    assert "Confidence: Land cover, LCCS level 3" in said


def test_the_head_says_how_large_the_area_is(page: Element) -> None:
    head = page.one("header")
    assert head.value("pixels") == INSIDE.sum()
    said = [head.value(side) for side in ("west", "south", "east", "north")]
    assert said == [*AREA.bounds_lonlat()]
    assert head.value("hectares") == pytest.approx(HECTARES[INSIDE].sum(), rel=1e-6)


def test_the_classes_of_level_4_are_those_of_its_table(page: Element, written: Path) -> None:
    table = csv.DictReader((written.parent / "stack/level4.csv").read_text().splitlines())
    codes = raster_of(written, "level4_codes")
    rows = {
        row.attributes["data-code"]: row for row in page.one(id="classes").all("tr", data_code="")
    }
    for said in table:
        row = rows.pop(said["code"])
        assert said["name"] in row.text
        assert row.value("pixels") == (INSIDE & (codes == int(said["code"]))).sum()
        assert row.value("hectares") == float(said["hectares"])
    assert not rows


@pytest.mark.parametrize(("name", "legend"), LEGENDS.items())
def test_a_map_of_classes_is_drawn_pixel_by_pixel(
    page: Element, written: Path, name: str, legend: Mapping[int, Category]
) -> None:
    codes, image = raster_of(written, name), drawn(page, name)
    assert ((image[..., 3] == 0) == ~INSIDE).all()
    for code in np.unique(codes[INSIDE & (codes != NODATA)]).tolist():
        assert (image[INSIDE & (codes == code), :3] == rgb(legend[code].colour)).all()


def test_true_colours_are_as_large_as_the_maps_over_them(page: Element) -> None:
    image = drawn(page, "true_colour")
    assert image.shape == (*GRID.shape, 4)
    assert ((image[..., 3] == 0) == ~INSIDE).all()
    assert image[5, 80, :3].mean() > image[5, 10, :3].mean() + 50


def test_every_link_leads_to_a_file_or_a_place_that_is_there(page: Element, written: Path) -> None:
    ids = [element.attributes["id"] for element in page.all(id="")]
    assert max(Counter(ids).values()) == 1
    links = [link.attributes["href"] for link in page.all("a", href="")]
    places = {link[1:] for link in links if link.startswith("#")}
    files = {link for link in links if not link.startswith("#")}
    assert places <= {*ids}
    assert len(files) >= 8
    assert [file for file in files if not (written.parent / file).is_file()] == []


def test_nothing_is_loaded_from_elsewhere(page: Element) -> None:
    loaded = [element.attributes["src"] for element in page.all(src="")]
    loaded += [element.attributes["href"] for element in page.all("link")]
    assert len(loaded) > 6
    assert [each[:40] for each in loaded if not each.startswith("data:")] == []
    assert "url(" not in page.one("style").text
    policy = page.one("meta", http_equiv="Content-Security-Policy").attributes["content"]
    assert policy.startswith("default-src 'none'; img-src data:;")


def test_the_lineage_goes_from_the_left_to_the_right_and_each_box_leads_on(page: Element) -> None:
    lineage = page.one("svg")
    boxes = {box.attributes["data-node"]: box for box in lineage.all("a", data_node="")}
    left = {name: int(box.one("rect").attributes["x"]) for name, box in boxes.items()}
    lines = [
        (line.attributes["data-from"], line.attributes["data-to"]) for line in lineage.all("path")
    ]
    assert {*lines} >= {
        ("s2/2018", "vegetat_veg_cat"), ("tree_cover/2018", CANOPY), ("vegetat_veg_cat", CANOPY),
        ("level3", "level4"), (CANOPY, "stack"),
    }  # fmt: skip
    assert all(left[start] < left[end] for start, end in lines)
    corners = [(left[name], box.one("rect").attributes["y"]) for name, box in boxes.items()]
    assert len({*corners}) == len(corners) == 11
    assert boxes[CANOPY].attributes["href"] == f"#map-{CANOPY}"
    assert boxes["s2/2018"].attributes["href"] == "#source-s2-2018"
    image = page.one("article", data_map="image-ndvi").one("dl", **{"class": "made"}).text
    assert "(nir - red) / 2" in image
    made = page.one("article", data_map=CANOPY).one("dl", **{"class": "made"}).text
    assert "(nir - red) / 2" not in made
    assert "s2.ndvi >= 0.4 && x < 3" in made
    assert "build_layer, code c0de : 2.5 s" in made


def costs(page: Element, source: str) -> list[str]:
    return [cell.text for cell in page.one("tr", data_source=source).all("td")]


def test_what_is_not_recorded_of_a_source_is_not_made_up(page: Element, tmp_path: Path) -> None:
    assert costs(page, "s2/2018")[:4] == ["not recorded", "not recorded", "0", "not recorded"]
    assert costs(page, "tree_cover/2018")[:4] == ["not recorded", "1.23 kB", "0", "not recorded"]
    own = Element.read(write_small_report(tmp_path, origin="/home/me/trees.tif").read_text())
    assert costs(own, "tree_cover/2018")[:2] == ["0", "0 B"]
    assert "/home/me" not in own.text


def test_sources_are_told_with_ids_licences_and_credits(page: Element) -> None:
    told = page.one("article", id="source-s2-2018").text
    for said in ("free", "Contains data & more", "S2_0", "2 used of 3 found", "1 removed by cloud"):
        assert said in told
    assert "A map <b>" in told


def test_checks_that_failed_come_first(page: Element, written: Path) -> None:
    rows = [*page.one("section", id="checks").one("tbody").all("tr")]
    outcomes = [row.attributes["class"] for row in rows]
    assert outcomes == sorted(outcomes)
    files = [written.parent / name for name in ("checks.json", "images.json")]
    checks = [check for file in files for check in json.loads(file.read_text())["checks"]]
    assert Counter(outcomes) == Counter(check["status"] for check in checks)
    assert outcomes.count("failed") == 3
    warned = sum(each["status"] == "failed" and each["severity"] == "warn" for each in checks)
    assert warned > 0
    told = f"{outcomes.count('passed')} passed, 3 failed, of which {warned} only warned"
    assert told in page.one("header").text


def test_the_same_results_give_the_same_bytes(written: Path, tmp_path: Path) -> None:
    assert write_small_report(tmp_path).read_bytes() == written.read_bytes()


def test_accuracy_is_shown_as_it_is_in_its_table_and_the_worst_confusion_first(
    page: Element, written: Path
) -> None:
    told = json.loads((written.parent / "accuracy/accuracy.json").read_text())
    tables = [*page.all("table", data_source="mine")]
    assert [table.attributes["data-target"] for table in tables] == ["level3", "aquatic_wat_cat"]
    for table, said in zip(tables, told["assessments"], strict=True):
        areas = [float(cell.attributes["value"]) for cell in table.all("data", data_name="area")]
        assert areas == [row["area_ha"] for row in said["classes"]]
    pairs = [*page.one("section", id="accuracy").all("details", data_target="")]
    shares = [pair.value("share") for pair in pairs]
    confusions = [pair for each in told["assessments"] for pair in each["confusions"]]
    assert shares == sorted((pair["share"] for pair in confusions), reverse=True)[:12]
    assert (
        f"the first {len(shares)} of {len(confusions)}" in page.one("section", id="accuracy").text
    )
    of_level3 = [pair for pair in pairs if pair.attributes["data-target"] == "level3"]
    place = next(of_level3[0].all("li"))
    assert place.attributes["data-lon"]
    folded = place.one("details")  # opens by a click, and by the keyboard
    assert folded.one("summary").text.startswith(place.attributes["data-lon"])
    assert "level 3 = 112" in folded.one("pre").text
    for pair in pairs:
        assert all([*each.all("summary")] for each in pair.all("li", data_lon=""))


def test_how_many_errors_are_not_explained_is_told_where_they_are_listed(
    page: Element, tmp_path: Path
) -> None:
    assert not [*page.one("section", id="accuracy").all("data", data_name="explained")]
    files = small_files(tmp_path)
    told = json.loads(files.accuracy[1].read_text())
    lines = told["lines"][: told["points"] - 2]
    files.accuracy[1].write_text(json.dumps({**told, "explained": len(lines), "lines": lines}))
    write_report(AREA, ("here", "2018"), small_request(), files, tmp_path / "report.html")
    section = Element.read((tmp_path / "report.html").read_text()).one("section", id="accuracy")
    assert section.value("explained") == len(lines)
    assert "the other 2 are only in that table" in section.text


def test_without_true_colours_there_is_nothing_to_swipe_over(tmp_path: Path) -> None:
    bare = Element.read(write_small_report(tmp_path, true_colour=False).read_text())
    assert not [*bare.all(id="swipe"), *bare.all(id="below")]
    assert not [*bare.all("article", data_map="true_colour")]
    assert [*bare.all(id="opacity")]


@given(st.integers(1, 40_000), st.integers(1, 40_000), st.integers(1, 99))
def test_a_map_has_a_million_pixels_at_most_and_the_shape_of_the_grid(
    width: int, height: int, maps: int
):
    across, down = map_size(grid_of(width, height), maps)
    assert across * down <= min(1e6, 20e6 / maps) * 1.01 + max(across, down)
    assert across <= width
    assert down <= height
    assert across / down == pytest.approx(width / height, rel=1 / min(across, down))


@given(st.lists(st.integers(0, 9), min_size=1))
def test_mean_and_median_of_counts_are_those_of_the_values(values: list[int]):
    counts = Counts()
    counts.add(np.array(values), np.ones(len(values)))
    assert counts.median == np.median(values)
    assert counts.mean == pytest.approx(np.mean(values))


def test_the_change_since_an_earlier_period_says_what_it_is_taken_from(
    page: Element, written: Path
) -> None:
    told = json.loads((written.parents[2] / "change/2015/2018/change.json").read_text())
    section = page.one("section", id="change-2015")
    rows = {row.attributes["data-changed"]: row for row in section.all("tr", data_changed="")}
    assert rows.keys() == told["layers"].keys()
    for name, row in rows.items():
        for kind, amount in told["layers"][name].items():
            assert row.value(kind) == amount["hectares"]
        said = told["taken_from"].get(name, "the maps of both periods")
        assert [cell.text for cell in row.all("td")][5] == said
    (vegetation,) = told["taken_from"]
    assert "2015 and 2018 do not compare" in rows[vegetation].text
    assert section.one("a", href="").attributes["href"] == "../../change/2015/2018/change.json"
