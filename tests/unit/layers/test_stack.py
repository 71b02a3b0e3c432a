"""The stack of layers and its validity mask."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from shapely import box

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.lccs import DESCRIPTORS, Descriptor, Kind
from lccs_inputs.layers.level3 import classify
from lccs_inputs.layers.stack import stack_layers, validity_bits, write_validity
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.synthetic import SYNTHETIC
from lccs_inputs.rasters.writing import create_cog
from small_rasters import NODATA, area_of, grid_of, write_codes, write_layers

VEG, AQU, CULT, URB = "vegetat_veg_cat", "aquatic_wat_cat", "cultman_agr_cat", "artific_urb_cat"
SEVEN = (VEG, AQU, CULT, URB, "lifeform_veg_cat", "canopyco_veg_con", "leaftype_veg_cat")


def test_the_stack_has_a_band_per_layer_in_the_order_of_the_descriptors(tmp_path: Path) -> None:
    grid = grid_of(1100, 600)
    noise = np.random.default_rng(0).integers(0, 2, grid.shape)
    layers = write_layers(
        tmp_path, grid, {"canopyco_veg_con": noise * 70, AQU: 1 - noise, VEG: noise}
    )
    stack_layers(layers, DESCRIPTORS, area_of(grid), tmp_path / "stack.tif")
    with rasterio.open(tmp_path / "stack.tif") as stack:
        assert stack.descriptions == (VEG, AQU, "canopyco_veg_con")
        assert set(stack.dtypes) == {"uint8"}
        assert set(stack.nodatavals) == {NODATA}
        assert (stack.shape, stack.transform) == (grid.shape, grid.transform)
        assert stack.crs == "EPSG:2154"
        assert stack.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert stack.overviews(3) == [2, 4]
        for band, expected in enumerate((noise, 1 - noise, noise * 70), start=1):
            assert (stack.read(band) == expected).all()


def _made_of(folder: Path, **layers: dict[str, str]) -> dict[str, Path]:
    """Layers on a small grid, with the tags that building one gives it."""
    grid = grid_of(4, 2)
    return {
        name: write_codes(folder / f"{name}.tif", grid, 1, tags=tags)
        for name, tags in layers.items()
    }


def test_the_stack_says_what_each_band_and_all_of_it_is_made_of(tmp_path: Path) -> None:
    ndvi = {
        "title": "Vegetation", "units": "1", "method": "ndvi_max", "editions": "s2 2018",
        "expression": "s2.ndvi_max >= 0.4", "fingerprint": "abc",
    }  # fmt: skip
    wet = ndvi | {"method": "wet, dry", "editions": "s2 2018, waw 2015", "fingerprint": "def"}
    layers = _made_of(tmp_path, **{AQU: wet, VEG: ndvi | {"SOURCE": SYNTHETIC}})
    stack_layers(layers, DESCRIPTORS, area_of(grid_of(4, 2)), tmp_path / "stack.tif")
    with rasterio.open(tmp_path / "stack.tif") as stack:
        tags = stack.tags()
        assert (stack.tags(1), stack.tags(2)) == (ndvi, wet)
    assert tags["layers"] == "aquatic_wat_cat: wet, dry; vegetat_veg_cat: ndvi_max"
    assert tags["editions"] == "s2 2018, waw 2015"
    assert tags["SOURCE"] == SYNTHETIC
    for write, name in ((write_validity, "validity.tif"), (_classify, "level3.tif")):
        write(layers, DESCRIPTORS, area_of(grid_of(4, 2)), tmp_path / name)
        with rasterio.open(tmp_path / name) as raster:
            assert {key: raster.tags()[key] for key in tags} == tags


def _classify(layers: dict[str, Path], _: object, area: Area, target: Path) -> None:
    classify(layers, area, target)


def test_the_fingerprint_of_the_stack_is_another_when_that_of_a_layer_is(tmp_path: Path) -> None:
    found = set()
    for at, print_of_layer in enumerate(("abc", "abd", "abc")):
        layers = _made_of(tmp_path / f"{at}", **{VEG: {"fingerprint": print_of_layer}})
        stack_layers(layers, DESCRIPTORS, area_of(grid_of(4, 2)), tmp_path / "stack.tif")
        with rasterio.open(tmp_path / "stack.tif") as stack:
            found.add(stack.tags()["fingerprint"])
    assert len(found) == 2


def test_an_overview_pixel_of_every_band_is_of_the_same_place(tmp_path: Path) -> None:
    grid = grid_of(1024, 1024)
    noise = np.random.default_rng(0).integers(0, 2, grid.shape)
    layers = write_layers(tmp_path, grid, {VEG: noise, AQU: 1 - noise})
    stack_layers(layers, DESCRIPTORS, area_of(grid), tmp_path / "stack.tif")
    with rasterio.open(tmp_path / "stack.tif", overview_level=0) as overview:
        assert (overview.read(1) + overview.read(2) == 1).all()


@pytest.mark.parametrize("size", [(2100, 1100), (300, 200)])
def test_the_bytes_do_not_depend_on_where_overviews_are_made(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    grid = grid_of(*size)
    noise = np.random.default_rng(0).integers(0, 2, grid.shape).astype(np.uint8)
    layers, nearest = {}, {}
    for name, codes in ((VEG, noise), (AQU, 1 - noise)):
        layers[name], nearest[name] = tmp_path / f"{name}.tif", tmp_path / f"near/{name}.tif"
        with create_cog(
            layers[name], grid, [name], "uint8", NODATA, nearest=nearest[name]
        ) as raster:
            raster.write(codes, 1)
    for number, made in enumerate(({}, {VEG: nearest[VEG]}, nearest)):
        stack_layers(layers, DESCRIPTORS, area_of(grid), tmp_path / f"{number}.tif", made)
    assert len({(tmp_path / f"{number}.tif").read_bytes() for number in range(3)}) == 1
    assert len(list(tmp_path.iterdir())) == 6, "nothing is left beside them"


def test_layers_are_read_for_the_mask_only_where_they_have_gaps(tmp_path: Path) -> None:
    """Told otherwise than it is, to see what is read."""
    grid = grid_of(4200, 3)
    codes = np.ones(grid.shape, np.uint8)
    codes[:, ::2] = NODATA
    layers = write_layers(tmp_path, grid, dict.fromkeys(SEVEN, codes))
    second, third = (0, 2048), (0, 4096)
    gaps = {name: [second] for name in SEVEN if name != SEVEN[5]}
    gaps |= {name: [second, third] for name in (VEG, SEVEN[4])}
    write_validity(layers, DESCRIPTORS, area_of(grid), tmp_path / "validity.tif", gaps)
    with rasterio.open(tmp_path / "validity.tif") as validity:
        bits = validity.read(1)[0]
    assert (bits[:2048:2], bits[1:2048:2]) == (pytest.approx(0b1011), pytest.approx(0b1111))
    assert (bits[2048:4096:2], bits[2049:4096:2]) == (pytest.approx(0), pytest.approx(0b1111))
    assert (bits[4096::2], bits[4097::2]) == (pytest.approx(0b1000), pytest.approx(0b1111))


def test_a_layer_that_is_cut_short_is_named(tmp_path: Path) -> None:
    grid = grid_of(1100, 1100)
    layers = write_layers(
        tmp_path, grid, {VEG: np.random.default_rng(0).integers(0, 2, grid.shape)}
    )
    content = layers[VEG].read_bytes()
    layers[VEG].write_bytes(content[: len(content) // 2])
    with pytest.raises(SourceError, match=r"vegetat_veg_cat\.tif: cannot be "):
        stack_layers(layers, DESCRIPTORS, area_of(grid), tmp_path / "stack.tif")
    assert not (tmp_path / "stack.tif").exists()


def test_what_is_outside_the_area_is_nodata_in_the_stack_and_zero_in_the_mask(
    tmp_path: Path,
) -> None:
    grid = grid_of(4, 2)
    left, bottom, right, top = grid.bounds
    area = area_of(grid, box(left, bottom, right - 20, top))
    codes = [[1, 1, NODATA, NODATA]] * 2
    layers = write_layers(tmp_path, grid, dict.fromkeys(SEVEN, codes))
    stack_layers(layers, DESCRIPTORS, area, tmp_path / "stack.tif")
    write_validity(layers, DESCRIPTORS, area, tmp_path / "validity.tif")
    with rasterio.open(tmp_path / "stack.tif") as stack:
        assert (stack.read() == codes).all()
    with rasterio.open(tmp_path / "validity.tif") as validity:
        assert validity.read(1).tolist() == [[0b1111, 0b1111, 0, 0]] * 2
        assert validity.dtypes == ("uint8",)
        assert validity.nodata is None


def test_bit_0_asks_only_for_what_level_3_looks_at(tmp_path: Path) -> None:
    """Cultivated matters only where vegetated, artificial only on bare dry ground."""
    grid = grid_of(7, 1)
    no = NODATA
    layers = write_layers(
        tmp_path,
        grid,
        {
            VEG: [[1, 1, 0, 0, 0, no, 0]],
            AQU: [[0, 0, 1, 0, 0, 0, no]],
            CULT: [[1, no, no, no, no, 1, 1]],
            URB: [[no, 1, no, 0, no, 1, 1]],
        },
    )
    write_validity(layers, DESCRIPTORS, area_of(grid), tmp_path / "validity.tif")
    with rasterio.open(tmp_path / "validity.tif") as validity:
        assert validity.read(1).tolist() == [[1, 0, 1, 1, 0, 0, 0]]


def test_each_further_layer_has_its_bit_which_the_tags_name(tmp_path: Path) -> None:
    grid = grid_of(4, 1)
    bits = {name: bit for bit, name in validity_bits(DESCRIPTORS, DESCRIPTORS).items() if bit}
    assert set(bits) == set(DESCRIPTORS) - {VEG, AQU, CULT, URB}
    for name, bit in bits.items():
        layers = write_layers(tmp_path, grid, {name: [[0, 1, NODATA, 3]]})
        write_validity(layers, DESCRIPTORS, area_of(grid), tmp_path / "validity.tif")
        with rasterio.open(tmp_path / "validity.tif") as validity:
            assert validity.tags()[f"bit_{bit}"] == name
            assert validity.read(1).tolist() == [[1 << bit, 1 << bit, 0, 1 << bit]]


def test_a_bit_means_the_same_whichever_layers_are_made() -> None:
    some = dict.fromkeys((*SEVEN, "waterper_wat_cin", "mine_wat_cat"), Path("a.tif"))
    mine = Descriptor("mine_wat_cat", "Mine", Kind.PERCENT)
    known = {**DESCRIPTORS, mine.name: mine}
    every = validity_bits(known, known)
    made = validity_bits(some, known)
    assert made.items() < every.items()
    assert [made[bit] for bit in (0, 1, 2, 3, 6, 11)] == [
        "level3", *SEVEN[4:], "waterper_wat_cin", "mine_wat_cat",
    ]  # fmt: skip


def test_the_last_of_20_descriptors_of_a_config_still_has_a_bit(tmp_path: Path) -> None:
    own = [f"own{number}_wat_cin" for number in range(20)]
    known = {**DESCRIPTORS, **{name: Descriptor(name, "Own", Kind.PERCENT) for name in own}}
    grid = grid_of(2, 1)
    layers = write_layers(tmp_path, grid, {own[-1]: [[1, NODATA]]})
    write_validity(layers, known, area_of(grid), tmp_path / "validity.tif")
    with rasterio.open(tmp_path / "validity.tif") as validity:
        assert validity.dtypes == ("uint32",)
        assert validity.read(1).tolist() == [[1 << 30, 0]]


def test_a_layer_off_the_grid_is_refused(tmp_path: Path) -> None:
    grid = grid_of(4, 2)
    layers = write_layers(tmp_path, grid, {VEG: 1})
    layers[AQU] = write_codes(tmp_path / f"{AQU}.tif", grid_of(4, 2, top=6_500_010), 1)
    for write in (stack_layers, write_validity):
        with pytest.raises(SourceError, match=r"aquatic_wat_cat\.tif: .*not on the grid"):
            write(layers, DESCRIPTORS, area_of(grid), tmp_path / "target.tif")
    assert not (tmp_path / "target.tif").exists()
