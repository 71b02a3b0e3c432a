"""What is noted of a layer as it is built, and whom it serves."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import rasterio
from shapely import box, union_all

from lccs_inputs.errors import InputError
from lccs_inputs.expressions import parse
from lccs_inputs.facts.lccs import DESCRIPTORS
from lccs_inputs.layers.build import build_layer
from lccs_inputs.layers.contents import Contents, Noted, noted_of, read_contents
from lccs_inputs.layers.sources import RasterBand
from lccs_inputs.patches.limits import PatchLimits
from lccs_inputs.rasters.area import Area
from small_rasters import NODATA, area_of, grid_of, write_codes

VEG, CANOPY = "vegetat_veg_cat", "canopyco_veg_con"
GRID = grid_of(2100, 30)  # two windows
LEFT, BOTTOM, RIGHT, TOP = GRID.bounds
AREA = area_of(GRID, box(LEFT + 50, BOTTOM, RIGHT, TOP - 20))


def built(
    folder: Path, layer: str, expression: str, cover: np.ndarray, patches: PatchLimits | None = None
) -> tuple[Path, Path, Path]:
    """A layer, what is noted of it, its overviews."""
    source = write_codes(folder / "cover.tif", GRID, cover)
    files = folder / f"{layer}.tif", folder / f"{layer}.json", folder / f"near/{layer}.ovr"
    build_layer(
        DESCRIPTORS[layer],
        parse(f"layers.{layer}", expression),
        {"cover": RasterBand(source, 1)},
        statistics={},
        area=AREA,
        target=files[0],
        tags={},
        patches=patches,
        note=files[1],
        nearest=files[2],
    )
    return files


def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 101, GRID.shape)


def counted(layer: Path, area: Area) -> Mapping[int, int]:
    """Pixels by code, one after the other."""
    with rasterio.open(layer) as raster:
        within = raster.read(1)[area.mask(area.grid)]
    codes, counts = np.unique(within[within != NODATA], return_counts=True)
    return dict(zip(codes.tolist(), counts.tolist(), strict=True))


@pytest.mark.parametrize(
    ("layer", "expression", "patches"),
    [
        (VEG, "cover >= 40", None),
        (VEG, "cover >= 40", PatchLimits(3, 10, 8)),
        (CANOPY, "cover", None),
    ],
)
def test_the_pixels_of_each_code_in_the_area_are_noted(
    tmp_path: Path, layer: str, expression: str, patches: PatchLimits | None
) -> None:
    cover = noise()
    cover[4, 2060] = cover[0, 3] = NODATA  # in the second window, and outside the area
    file, note, nearest = built(tmp_path, layer, expression, cover, patches)
    noted = Noted.of(file, note, nearest)
    assert noted
    assert noted.contents.codes == counted(file, AREA)
    assert noted.contents.pixels == 28 * 2095
    assert noted.gaps == {(0, 2048)}
    assert noted.nearest == nearest
    with rasterio.open(file) as raster, rasterio.open(nearest) as half:
        assert (half.read(1) == raster.read(1)[::2, ::2]).all()


def test_a_file_that_is_not_the_one_that_was_built_has_nothing_noted(tmp_path: Path) -> None:
    file, note, nearest = built(tmp_path, VEG, "cover >= 40", noise())
    files = {VEG: file}, {VEG: note}, {VEG: nearest}
    assert noted_of(*files)[VEG].nearest == nearest
    nearest.write_bytes(nearest.read_bytes()[:-1])
    assert noted_of(*files)[VEG].nearest is None
    write_codes(file, GRID, noise() >= 41)
    assert noted_of(*files) == {}


def test_a_layer_is_counted_where_the_area_begins_far_below_the_top_of_a_window(
    tmp_path: Path,
) -> None:
    grid = grid_of(2100, 40)
    left, bottom, right, top = grid.bounds
    step = grid.resolution
    corner = box(left, top - step, left + step, top)
    area = area_of(grid, union_all([corner, box(right - 5 * step, bottom, right, bottom + step)]))
    file = write_codes(tmp_path / "layer.tif", grid, np.full(grid.shape, 3))
    with rasterio.open(file) as raster:
        assert read_contents(raster, area, VEG) == Contents(6, {3: 6})


@pytest.mark.parametrize("damaged", ["", '{"layer": "', "{}", "[]"])
def test_a_note_that_was_cut_short_is_named(tmp_path: Path, damaged: str) -> None:
    file, note, nearest = built(tmp_path, VEG, "cover >= 40", noise())
    note.write_text(damaged)
    with pytest.raises(InputError, match=r"vegetat_veg_cat\.json: is cut short or damaged"):
        Noted.of(file, note, nearest)


def test_what_is_noted_is_the_same_bytes_every_time(tmp_path: Path) -> None:
    notes = [built(tmp_path / name, VEG, "cover >= 40", noise())[1] for name in ("one", "two")]
    assert notes[0].read_bytes() == notes[1].read_bytes()
    assert json.loads(notes[0].read_text())["gaps"] == []
