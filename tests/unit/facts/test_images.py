"""How images are drawn by default, and in what steps they are stored."""

import pytest

from lccs_inputs.facts.images import (
    NOTEBOOK_IMAGES,
    NOTEBOOK_STATISTICS,
    PALETTES,
    TRUE_COLOUR_LIMITS,
    TRUE_COLOUR_NAME,
    display_of,
    steps_of,
)

NDVI_PALETTE = [
    "FFFFFF", "CE7E45", "DF923D", "F1B555", "FCD163", "99B718", "74A901", "66A000",
    "529400", "3E8601", "207401", "056201", "004C00", "023B01", "012E01", "011D01", "011301",
]  # fmt: skip
"""As the notebook has it, of NDVI, EVI and FVC."""
NOTEBOOK = {
    "ndvi": ((0, 1), NDVI_PALETTE),
    "fvc": ((0, 1), NDVI_PALETTE),
    "ndwi": ((-0.05, 0.05), ["FFFFFF", "0000FF"]),
    "ndbi": ((0, 0.1), ["FFFFFF", "FF0000"]),
    "ndvi_stddev": ((0, 0.3), ["000000", "FFFFFF"]),
}


@pytest.mark.parametrize("name", NOTEBOOK)
def test_an_image_of_the_notebook_is_drawn_as_there(name: str) -> None:
    limits, palette = NOTEBOOK[name]
    for scope in ("", "l8."):
        display = display_of(scope + name)
        assert display is not None
        assert display.limits == limits
        assert PALETTES[display.palette] == tuple(f"#{colour.lower()}" for colour in palette)


def test_evi_of_reflectance_ends_where_reflectance_does() -> None:
    display = display_of("evi")
    assert display is not None
    assert (display.limits, display.palette) == ((0, 1), "vegetation")


def test_true_colours_are_stretched_as_the_notebook_stretches_raw_numbers() -> None:
    assert TRUE_COLOUR_LIMITS["sentinel2"] == pytest.approx((0 * 1e-4, 1800 * 1e-4))
    raw = (7000 * 2.75e-5 - 0.2, 14000 * 2.75e-5 - 0.2)
    assert TRUE_COLOUR_LIMITS["landsat"] == pytest.approx(raw)


def test_all_that_the_notebook_draws_has_a_display() -> None:
    for name in (*NOTEBOOK_IMAGES, *NOTEBOOK_STATISTICS):
        assert name == TRUE_COLOUR_NAME or display_of(name) is not None


def test_a_statistic_is_drawn_as_what_it_is_of() -> None:
    percentile, of = display_of("s2.ndwi_p90"), display_of("ndwi")
    assert percentile is not None
    assert of is not None
    assert (percentile.limits, percentile.palette) == (of.limits, of.palette)
    assert percentile.title == "NDWI, percentile 90"
    assert display_of("ndwi_stddev") != percentile


@pytest.mark.parametrize("name", ["bare_soil", "ndvi_land", "slope", "s2.nothing_mean"])
def test_of_what_the_table_does_not_know_it_says_nothing(name: str) -> None:
    assert display_of(name) is None


@pytest.mark.parametrize(
    ("low", "high", "steps"),
    [
        (-1, 1, 10_000),
        (0, 3.2767, 10_000),
        (0, 3.2768, 1000),
        (-327.67, 327.67, 100),
        (0, 254, 100),
        (-500, 9000, 1),
        (0, 40_000, None),
        (0, float("inf"), None),
    ],
)
def test_steps_are_as_fine_as_int16_holds(low: float, high: float, steps: int | None) -> None:
    assert steps_of(low, high) == steps
