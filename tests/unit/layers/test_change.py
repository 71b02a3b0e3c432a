"""Change between two periods: what is counted, written, flagged and refused."""

import csv
import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from PIL import Image as Png
from pyproj import Proj
from shapely import box

from lccs_inputs.errors import InputError, SourceError
from lccs_inputs.facts.change import BREAKS, DRAWN, MAP, break_between, transition
from lccs_inputs.facts.lccs import DESCRIPTORS, LEVEL3
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.layers.change import compare_periods
from lccs_inputs.layers.change_tables import Flag, MapOfChange, beside_level3, taken_from
from lccs_inputs.pictures.drawing import draw_change
from lccs_inputs.pictures.painting import paint_layer
from lccs_inputs.rasters import reading
from lccs_inputs.rasters.grid import Grid
from small_rasters import NODATA, area_of, grid_of, write_codes, write_layers

VEG, FORM, COVER = "vegetat_veg_cat", "lifeform_veg_cat", "canopyco_veg_con"
GRID = Grid("EPSG:2154", (200, 200), (940_000, 6_540_000, 970_000, 6_560_000))
"""150 × 100 px near Geneva, which Lambert-93 makes some 1.8 ‰ too small."""
HELD = {
    VEG: [0, 1, NODATA],
    FORM: [0, 1, 2, 3, NODATA],
    COVER: [0, 10, 80, NODATA],
    "level3": [*LEVEL3, NODATA],
}
KINDS = ("gain", "loss", "other", "unchanged", "unknown")


@pytest.fixture(scope="module")
def rasters() -> list[dict[str, NDArray[np.uint8]]]:
    """The codes of both periods."""
    draw = np.random.default_rng(2018)
    return [
        {name: draw.choice(np.array(codes, np.uint8), GRID.shape) for name, codes in HELD.items()}
        for _ in range(2)
    ]


@pytest.fixture(scope="module")
def files(
    rasters: list[dict[str, NDArray[np.uint8]]], tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, Path]]:
    folders = [tmp_path_factory.mktemp(period) for period in ("earlier", "later")]
    return [write_layers(f, GRID, codes) for f, codes in zip(folders, rasters, strict=True)]


@pytest.fixture(scope="module")
def inside() -> NDArray[np.bool_]:
    """An area that leaves out a column of pixels on the right."""
    mask = np.ones(GRID.shape, bool)
    mask[:, -1] = False
    return mask


def area() -> Any:
    left, bottom, right, top = GRID.bounds
    return area_of(GRID, box(left, bottom, right - 200, top))


@pytest.fixture(scope="module")
def ground() -> NDArray[np.float64]:
    """Hectares of each pixel by the factors of the projection itself."""
    cols, rows = np.meshgrid(np.arange(GRID.width) + 0.5, np.arange(GRID.height) + 0.5)
    projection = Proj(GRID.crs)
    x, y = GRID.bounds[0] + 200 * cols, GRID.bounds[3] - 200 * rows
    factors = projection.get_factors(*projection(x, y, inverse=True))
    return np.asarray(4 / factors.areal_scale)


def compared(
    folder: Path,
    files: Sequence[dict[str, Path]],
    flags: Sequence[Flag] = (),
    place: Any = None,
    maps: Sequence[tuple[MapOfChange, Path]] = (),
) -> Any:
    compare_periods(*files, DESCRIPTORS, maps, flags, place or area(), folder, ("2018", "2021"))
    return json.loads((folder / "change.json").read_text())


def table(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def kind_of(name: str, before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.str_]:
    """What became of each pixel, written out."""
    before, after = before.astype(int), after.astype(int)
    first, last = (before < after, before > after) if name == COVER else (before == 0, after == 0)
    return np.select(
        [(before == 255) | (after == 255), before == after, first, last],
        ["unknown", "unchanged", "gain", "loss"],
        "other",
    )


def test_gain_and_loss_of_each_layer_are_those_of_plain_numpy(
    files: list[dict[str, Path]],
    rasters: list[dict[str, NDArray[np.uint8]]],
    inside: NDArray[np.bool_],
    ground: NDArray[np.float64],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "WINDOW", 64)  # several windows
    found = compared(tmp_path, files)["layers"]
    assert found.keys() == HELD.keys()
    rows = {row["layer"]: row for row in table(tmp_path / "layers.csv")}
    for name in HELD:
        kinds = kind_of(name, rasters[0][name], rasters[1][name])
        assert tuple(found[name]) == KINDS
        for kind in KINDS:
            chosen = inside & (kinds == kind)
            assert found[name][kind]["pixels"] == chosen.sum(), (name, kind)
            hectares = found[name][kind]["hectares"]
            assert hectares == pytest.approx(ground[chosen].sum(), rel=1e-6), (name, kind)
            assert float(rows[name][f"{kind}_ha"]) == hectares
            assert int(rows[name][f"{kind}_px"]) == chosen.sum()
    plain = 4 * inside.sum()
    total = sum(amount["hectares"] for amount in found[VEG].values())
    assert total / plain == pytest.approx(1.0018, abs=3e-4), "true hectares, not those of the CRS"


def test_the_matrix_of_level_3_is_that_of_plain_numpy(
    files: list[dict[str, Path]],
    rasters: list[dict[str, NDArray[np.uint8]]],
    inside: NDArray[np.bool_],
    ground: NDArray[np.float64],
    tmp_path: Path,
) -> None:
    document = compared(tmp_path, files)["level3"]
    found = {(each["from"], each["to"]): each for each in document}
    rows = {row["from"]: row for row in table(tmp_path / "level3.csv")}
    before, after = (codes["level3"] for codes in rasters)
    assert len(found) == (len(LEVEL3) + 1) ** 2
    for (first, last), each in found.items():
        codes = [255 if code == "undecided" else code for code in (first, last)]
        chosen = inside & (before == codes[0]) & (after == codes[1])
        assert each["pixels"] == chosen.sum() > 0
        assert each["hectares"] == pytest.approx(ground[chosen].sum(), rel=1e-6)
        assert float(rows[str(first)][f"to {last}"]) == each["hectares"]


def test_the_map_says_from_which_class_to_which(
    files: list[dict[str, Path]],
    rasters: list[dict[str, NDArray[np.uint8]]],
    inside: NDArray[np.bool_],
    tmp_path: Path,
) -> None:
    compared(tmp_path, files)
    before, after = (codes["level3"] for codes in rasters)
    with rasterio.open(tmp_path / "level3.tif") as raster:
        codes = raster.read(1)
        colours = raster.colormap(1)
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert (raster.tags()["earlier"], raster.tags()["later"]) == ("2018", "2021")
    known = inside & (before != 255) & (after != 255)
    assert (codes[~known] == NODATA).all()
    assert (codes[known & (before == after)] == 0).all()
    for first, last in ((111, 112), (228, 216)):
        chosen = known & (before == first) & (after == last)
        (code,) = np.unique(codes[chosen]).tolist()
        assert (codes == code).sum() == chosen.sum()
        assert MAP.codes[code].name == f"{first} to {last}"
        assert colours[code][:3] == tuple(bytes.fromhex(LEVEL3[last].colour[1:]))
    assert "112 to 215" in (tmp_path / "level3.tif.aux.xml").read_text()


def test_flags_are_in_the_tables_and_the_log(
    files: list[dict[str, Path]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    flag = Flag([VEG, "level3"], "break", "maps of 2015 and 2018 do not compare", "somebody")
    same = [Flag([VEG, FORM], "same", "a 2018", ""), Flag([VEG], "same", "b 2018", "")]
    document = compared(tmp_path, files, [*same, flag])
    assert document["flags"][-1] == {
        "layers": [VEG, "level3"], "kind": "break", "text": flag.text, "source": "somebody",
    }  # fmt: skip
    flagged = {row["layer"]: row["flags"] for row in table(tmp_path / "layers.csv")}
    shown = "the same map in both periods, which shows no change: a 2018"
    assert flagged == {
        VEG: f"{flag.text}; {shown}, b 2018", FORM: shown, COVER: "", "level3": flag.text,
    }  # fmt: skip
    assert f"{shown}, b 2018" in caplog.text
    assert (f"{VEG}, level3: {flag.text}", logging.WARNING) in [
        (record.getMessage(), record.levelno) for record in caplog.records
    ]


def test_what_cannot_be_compared_is_refused_with_the_reason(tmp_path: Path) -> None:
    grid = grid_of(4, 5)
    place = area_of(grid)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    earlier = write_layers(tmp_path / "a", grid, {VEG: 1, "level3": 112})
    with pytest.raises(InputError, match=r"^level3: made in one of the two periods only"):
        compared(tmp_path, [earlier, {VEG: earlier[VEG]}], place=place)
    other = {**earlier, VEG: write_codes(tmp_path / "b/veg.tif", grid_of(4, 6), 1)}
    with pytest.raises(SourceError, match="not on the grid of the area"):
        compared(tmp_path, [earlier, other], place=place)
    gap = {**earlier, "level3": write_codes(tmp_path / "b/level3.tif", grid, 113)}
    with pytest.raises(InputError, match=r"b/level3\.tif: has 113, which is none of 111, 112"):
        compared(tmp_path, [earlier, gap], place=place)
    assert not (tmp_path / "change.json").exists()


def test_a_map_of_the_change_itself_is_counted_beside_the_layers(
    files: list[dict[str, Path]],
    inside: NDArray[np.bool_],
    ground: NDArray[np.float64],
    tmp_path: Path,
) -> None:
    codes = np.random.default_rng(3).choice(
        np.array([0, 1, 2, 10, 11, 12, NODATA], np.uint8), GRID.shape
    )
    path = write_codes(tmp_path / "imcc.tif", GRID, codes)
    own = MapOfChange("sealing_change", "imperviousness", [1], [2], [0, 10])
    found = compared(tmp_path, files, maps=[(own, path)])["maps"]["sealing_change"]
    row = table(tmp_path / "layers.csv")[-1]
    assert row["layer"] == "sealing_change"
    for kind, of_kind in (
        ("gain", [1]), ("loss", [2]), ("unchanged", [0, 10]), ("other", [11, 12]),
        ("unknown", [NODATA]),
    ):  # fmt: skip
        chosen = inside & np.isin(codes, of_kind)
        assert found[kind]["pixels"] == chosen.sum() == int(row[f"{kind}_px"])
        assert found[kind]["hectares"] == pytest.approx(ground[chosen].sum(), rel=1e-6)
        assert float(row[f"{kind}_ha"]) == found[kind]["hectares"]


def test_the_change_of_a_layer_is_that_of_the_map_that_tells_it(
    files: list[dict[str, Path]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    codes = np.random.default_rng(4).choice(np.array([0, 1, 2, NODATA], np.uint8), GRID.shape)
    path = write_codes(tmp_path / "imcc.tif", GRID, codes)
    own = MapOfChange("sealing_change", "imperviousness", [1], [2], [0], [VEG])
    plain = compared(tmp_path, files)
    found = compared(tmp_path, files, maps=[(own, path)])
    assert found["taken_from"] == {VEG: "sealing_change"}
    assert found["layers"][VEG] == found["maps"]["sealing_change"] != plain["layers"][VEG]
    assert found["differences"] == {VEG: plain["layers"][VEG]}
    assert {**found["layers"], VEG: 0} == {**plain["layers"], VEG: 0}
    assert found["level3"] == plain["level3"]
    rows = {row["layer"]: row for row in table(tmp_path / "layers.csv")}
    assert {name: row["taken_from"] for name, row in rows.items() if row["taken_from"]} == {
        VEG: "sealing_change"
    }
    assert int(rows[VEG]["gain_px"]) == found["maps"]["sealing_change"]["gain"]["pixels"]
    assert f"{VEG}: its change is that of sealing_change" in caplog.text
    assert taken_from([own, replace(own, name="another")]) == {VEG: "sealing_change"}
    assert beside_level3([own]) == [
        f"the change of {VEG} itself, as sealing_change has it, is in layers.csv"
    ]


def test_without_level_3_there_are_only_the_layers(tmp_path: Path) -> None:
    grid = grid_of(4, 5)
    layers = write_layers(tmp_path, grid, {VEG: 1})
    document = compared(tmp_path / "out", [layers, layers], place=area_of(grid))
    assert document["level3"] == []
    assert document["layers"][VEG]["unchanged"]["pixels"] == 20
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {"change.json", "layers.csv"}


def test_the_map_has_a_code_for_every_pair_of_classes() -> None:
    codes = [transition(a, b) for a in LEVEL3 for b in LEVEL3 if a != b]
    assert len({*codes, 0}) == len(codes) + 1 == len(MAP.codes)
    assert max(codes) < NODATA


def test_breaks_are_of_known_products_and_lie_between_editions() -> None:
    assert {each.product for each in BREAKS} <= PRODUCTS.keys()
    assert all(each.source and each.reason for each in BREAKS)
    imd = break_between("IMD", 2015, 2018)
    assert imd is not None
    assert "IMCC" in imd.own
    assert break_between("IMD", 2021, 2012) == imd
    assert break_between("IMD", 2012, 2015) is None
    assert break_between("IMD", 2018, 2021) is None
    assert break_between("SLOPE", 2015, 2018) is None


def test_the_picture_says_what_pixels_became_and_what_is_to_be_known(tmp_path: Path) -> None:
    grid = grid_of(40, 20)
    codes = [0] * 10 + [transition(111, 215)] * 10 + [transition(112, 215)] * 10 + [NODATA] * 10
    path = write_codes(tmp_path / "map.tif", grid, [codes] * 20)
    picture = paint_layer(path, DRAWN, area_of(grid), (40, 20))
    assert [getattr(key, "label", None) for key in picture.legend] == [
        "unchanged", "to B15 Artificial Surface", "no data",
    ]  # fmt: skip
    plain, noted = tmp_path / "plain.png", tmp_path / "noted.png"
    draw_change(path, area_of(grid), "a · 2015 to 2018", plain)
    draw_change(path, area_of(grid), "a · 2015 to 2018", noted, ["they do not compare " * 9])
    with Png.open(plain) as without, Png.open(noted) as told:
        assert told.height > without.height
        assert told.width == without.width
