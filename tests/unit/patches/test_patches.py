"""Small patches and holes, against GDAL's sieve over the whole raster and by hand."""

import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray
from rasterio.features import sieve
from rasterio.windows import Window
from scipy import ndimage

from lccs_inputs.patches.limits import PatchLimits, least_pixels
from lccs_inputs.patches.sieve import remove_patches

NODATA = 255
Codes = NDArray[np.uint8]


def cleaned(codes: Codes, limits: PatchLimits, window: int = 2048) -> Codes:
    result = np.full(codes.shape, 77, np.uint8)

    def write(at: Window, part: Codes) -> None:
        assert (result[at.toslices()] == 77).all()
        result[at.toslices()] = part

    remove_patches(
        lambda at: codes[at.toslices()], write, codes.shape, limits, task="test", window=window
    )
    return result


def sieved(codes: Codes, size: int, connectivity: int) -> Codes:
    """What GDAL makes of it."""
    rows, columns = codes.shape
    larger = np.full((rows + size + 1, columns), NODATA, np.uint8)  # rasterio insists on size < px
    larger[:rows] = codes
    done = sieve(larger, size, mask=larger != NODATA, connectivity=connectivity)
    return np.asarray(done[:rows], np.uint8)


def drawn(text: str) -> Codes:
    """Codes drawn as # (1), . (0) and space (nodata)."""
    codes = {"#": 1, ".": 0, " ": NODATA}
    return np.array([[codes[each] for each in line] for line in text.split("|")], np.uint8)


def codes(*values: int, most: int = 24) -> st.SearchStrategy[Codes]:
    shapes = array_shapes(min_dims=2, max_dims=2, max_side=most)
    return arrays(np.uint8, shapes, elements=st.sampled_from(values))


@given(
    codes=codes(0, 1, NODATA) | codes(0, 1) | codes(0, 0, 0, 1, 1, NODATA),
    size=st.integers(2, 12),
    connectivity=st.sampled_from([4, 8]),
    window=st.integers(1, 25),
)
def test_at_one_size_it_is_gdals_sieve_whatever_the_windows(
    codes: Codes, size: int, connectivity: int, window: int
) -> None:
    limits = PatchLimits(size, size, connectivity)
    assert cleaned(codes, limits, window).tolist() == sieved(codes, size, connectivity).tolist()


@given(
    codes=codes(0, 1, NODATA),
    ones=st.integers(0, 9),
    zeros=st.integers(0, 9),
    connectivity=st.sampled_from([4, 8]),
    window=st.integers(1, 25),
)
def test_at_two_sizes_the_windows_do_not_matter_either(
    codes: Codes, ones: int, zeros: int, connectivity: int, window: int
) -> None:
    limits = PatchLimits(ones, zeros, connectivity)
    assert cleaned(codes, limits, window).tolist() == cleaned(codes, limits).tolist()


@given(
    codes=codes(0, 1, NODATA),
    size=st.integers(2, 9),
    connectivity=st.sampled_from([4, 8]),
    code=st.sampled_from([0, 1]),
)
def test_one_limit_turns_every_small_patch_of_its_code_that_touches_the_other(
    codes: Codes, size: int, connectivity: int, code: int
) -> None:
    structure = ndimage.generate_binary_structure(2, 2 if connectivity == 8 else 1)
    labels, count = ndimage.label(codes == code, structure)
    by_others = ndimage.binary_dilation(codes == 1 - code, structure)
    expected = codes.copy()
    for patch in (labels == number for number in range(1, count + 1)):
        if patch.sum() < size and (patch & by_others).any():
            expected[patch] = 1 - code
    limits = PatchLimits(*((size, 0) if code == 1 else (0, size)), connectivity)
    assert cleaned(codes, limits, 5).tolist() == expected.tolist()


@pytest.mark.parametrize("connectivity", [4, 8])
@pytest.mark.parametrize("window", [64, 100, 1024])
def test_a_landscape_is_gdals_sieve_too(window: int, connectivity: int) -> None:
    rng = np.random.default_rng(3)
    hills = ndimage.gaussian_filter(rng.standard_normal((301, 407)), 3)
    codes = (hills / hills.std() + rng.normal(0, 0.5, hills.shape) > 0.3).astype(np.uint8)
    codes[ndimage.gaussian_filter(rng.standard_normal(codes.shape), 9) > 0.03] = NODATA
    result = cleaned(codes, PatchLimits(25, 25, connectivity), window)
    assert 0.01 < (result != codes).mean() < 0.2
    assert (result == sieved(codes, 25, connectivity)).all()


@pytest.mark.parametrize(
    ("before", "limits", "after"),
    [
        # a patch and a hole, each by its own limit
        ("......|.##...|......|", (3, 0), "......|......|......|"),
        ("######|#..###|######|", (0, 3), "######|######|######|"),
        ("######|#..###|######|", (3, 0), "######|#..###|######|"),
        # as large as the limit is large enough
        ("......|.##...|......|", (2, 2), "......|.##...|......|"),
        # within a hole that goes, a patch stays: its biggest neighbour becomes what it is
        ("########|#......#|#..##..#|#......#|########|", (20, 20), "########|" * 5),
        # what nodata or the edge cuts is judged by what is seen
        ("#.....|......|", (2, 2), "......|......|"),
        (".. #  |.. ...|.. ...|", (2, 2), ".. .  |.. ...|.. ...|"),
        # alone in nodata there is nothing to become
        ("..  # |..    |", (4, 4), "..  # |..    |"),
        # nothing is big enough
        ("##..|", (9, 9), "##..|"),
    ],
)
def test_patches_and_holes_by_hand(before: str, limits: tuple[int, int], after: str) -> None:
    done = cleaned(drawn(before.rstrip("|")), PatchLimits(*limits, 4))
    assert done.tolist() == drawn(after.rstrip("|")).tolist()


def test_corners_connect_if_so_said_patches_and_holes_alike() -> None:
    line = drawn("#....|.#...|..#..|...#.|....#")
    assert cleaned(line, PatchLimits(5, 0, 8)).tolist() == line.tolist()
    assert not cleaned(line, PatchLimits(5, 0, 4)).any()
    open_at_a_corner = drawn("..###|.#.##|#####|#####")
    assert (cleaned(open_at_a_corner, PatchLimits(0, 3, 8)) == open_at_a_corner).all()
    assert cleaned(open_at_a_corner, PatchLimits(0, 2, 4))[1, 2] == 1


@pytest.mark.parametrize(
    ("hectares", "resolution", "pixels"),
    [
        (0.07, 10, 7),  # 0.07 * 10000 / 100 is more than 7 in binary numbers
        (0.36, 20.0, 9),
        (0.5, 20, 13),  # 12.5 px: 12 are less than half a hectare
        (1, 30, 12),
        (0.04, 20, 1),
        (1e-05, 0.1, 10),
    ],
)
def test_hectares_are_pixels_without_rounding_errors(
    hectares: float, resolution: float, pixels: int
) -> None:
    assert least_pixels(hectares, resolution) == pixels


def test_an_area_that_removes_nothing_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    settings = {"min_area_ha": 0.04, "fill_holes_ha": None, "connectivity": 8}
    with caplog.at_level(logging.WARNING):
        limits = PatchLimits.of_layer("water", settings, 20)
    assert limits == PatchLimits(1, 0, 8)
    assert [record.getMessage() for record in caplog.records] == [
        "layers.water.min_area_ha: 0.04 ha is not more than one pixel of 20 m and removes nothing"
    ]


def test_an_area_of_several_pixels_is_not_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    settings = {"min_area_ha": 0.5, "fill_holes_ha": 1, "connectivity": 4}
    assert PatchLimits.of_layer("water", settings, 20) == PatchLimits(13, 25, 4)
    assert not caplog.records
