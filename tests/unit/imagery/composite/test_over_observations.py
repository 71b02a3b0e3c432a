"""What observations come to, against plain loops and the language's own evaluation."""

import math
from datetime import date, timedelta
from statistics import mean, median, pstdev

import numpy as np
import pytest

from lccs_inputs.expressions import Stored, evaluate, parse
from lccs_inputs.facts.sensors import NDVI, SENSORS
from lccs_inputs.imagery.composite.observations import RADAR_ZERO, Encoding
from lccs_inputs.imagery.composite.over_observations import over_observations
from lccs_inputs.imagery.observables import bands_read, observables, together

S2, L8, S1 = SENSORS["sentinel2"], SENSORS["landsat"], SENSORS["sentinel1"]
NDWI = "(max(green, 0) - max(nir, 0)) / (max(green, 0) + max(nir, 0))"
OPTICAL_CONDITIONS = [
    f"{NDVI} >= 0.4",
    f"{NDWI} > 0",
    "not nir - red > 0.1",
    "0.1 < green and green <= 0.3",
    f"{NDVI} > 0.2 or green > 0.1",
    f"not ({NDVI} < 0.2 and green == 0.05)",
    "green in {0.05, 0.1}",
    "not green in {0.05}",
    "green != 0.05",
    "1 / (1 / green) > 0.2",
    "min(green / red, 5) > 1",
    "sqrt(nir - red) < 0.3",
    "nir ** 2 > red and abs(red - nir) >= 0.1",
    "(red - green) ** -1 > 0",
    "2.5 * (nir - red) / (nir + 6 * red - 7.5 * green + 1) > 0.25",
]
RADAR_CONDITIONS = ["vh < -18", "vv - vh > 6 or vh < -22", "10 ** (vh / 10) < 0.01"]
INDICES = [
    NDWI, "nir - red", "2.5 * (nir - red) / (nir + 6 * red - 7.5 * green + 1)", "nir",
    "1 / (red - green)", "sqrt(red - nir)", "100 * nir",
]  # fmt: skip
PIXELS, OBSERVATIONS = 400, 14


def keys_of(sensor, seed):
    """Rows of keys with gaps, of bands apart too; numbers that often meet thresholds."""
    rng = np.random.default_rng(seed)
    encoding = Encoding.of(sensor)
    some = [-2200, -1800, -2400, -1000, -1801] if sensor.is_radar else [0, 500, 1000, 1200, 2800, 3]
    rows = {}
    for band in bands_read(["green", "vh"], sensor):
        values = rng.choice([*some, *rng.integers(-300, 4000, 4)], (OBSERVATIONS, PIXELS))
        keys = np.rint((values - encoding.zero) / encoding.slope).astype(np.uint16)
        keys[rng.random(keys.shape) < 0.3] = 0
        keys[3], keys[:, 0] = 0, 0
        rows[band] = {at: row for at, row in enumerate(keys) if at != 5 or band != "green"}
    return rows


def days():
    """Two winters, months without an observation, and two observations in a month."""
    gaps = [0, 12, 33, 31, 30, 10, 65, 40, 30, 30, 31, 5, 60, 29]
    found, day = [], date(2019, 10, 20)
    for gap in gaps:
        day += timedelta(days=gap)
        found.append(day)
    return found


DAYS = days()


def computed(sensor, bands, rows):
    steps = round(1 / sensor.scale_of_bands)
    wanted = observables(bands, sensor)
    return over_observations(wanted, rows, DAYS, Encoding.of(sensor), steps, PIXELS)


def evaluated(sensor, text, rows):
    """(value, valid) at each observation, by the evaluation of layers."""
    encoding, steps, found = Encoding.of(sensor), round(1 / sensor.scale_of_bands), []
    for at in range(OBSERVATIONS):
        keys = {band: row.get(at, np.zeros(PIXELS, np.uint16)) for band, row in rows.items()}
        values = {
            band: Stored(np.where(k, k * encoding.slope + encoding.zero, 0.0), k != 0, steps)
            for band, k in keys.items()
        }
        value = evaluate(parse("x", text), values, {})
        found.append((value.data, value.valid))
    return found


def month(day):
    return day.year * 12 + day.month


def longest_run(months):
    best = 0
    for start in months:
        length = 1
        while start + length in months:
            length += 1
        best = max(best, length)
    return best


def expected(found, pixel):
    """share, months, longest, first, last of a pixel, by the words of docs/expressions.md."""
    known = [(day, bool(data[pixel])) for day, (data, valid) in zip(DAYS, found, strict=True)
             if valid[pixel]]  # fmt: skip
    held = [day for day, holds in known if holds]
    if not known:
        return dict.fromkeys(("share", "months", "longest", "first", "last"), math.nan)
    months = {month(day) for day in held}
    return {
        "share": len(held) / len(known) * 10_000,
        "months": len(months),
        "longest": longest_run(months),
        "first": held[0].timetuple().tm_yday if held else math.nan,
        "last": held[-1].timetuple().tm_yday if held else math.nan,
    }


@pytest.mark.parametrize(
    ("sensor", "text"),
    [*((S2, text) for text in OPTICAL_CONDITIONS), *((L8, text) for text in OPTICAL_CONDITIONS),
     *((S1, text) for text in RADAR_CONDITIONS)],
    ids=lambda value: getattr(value, "name", None),
)  # fmt: skip
def test_conditions_come_to_what_loops_over_their_evaluation_say(sensor, text):
    rows = keys_of(sensor, 1)
    functions = ("share", "months", "longest", "first", "last")
    result = computed(sensor, [f"{function}({text})" for function in functions], rows)
    found = evaluated(sensor, text, rows)
    told = [expected(found, pixel) for pixel in range(PIXELS)]
    for function in functions:
        values = [each[function] for each in told]
        np.testing.assert_allclose(result[f"{function}({text})"], values, rtol=1e-15)
    shares = result[f"share({text})"]
    assert np.isnan(shares[0])
    if sensor is not L8 or "0.05" not in text:  # which its steps do not meet
        assert 0 < np.nanmean(shares) < 10_000, "the data tell something"


@pytest.mark.parametrize("sensor", [S2, L8], ids=lambda sensor: sensor.name)
@pytest.mark.parametrize("text", INDICES)
def test_statistics_are_those_of_what_is_there_rounded_and_clipped_one_by_one(sensor, text):
    rows = keys_of(sensor, 2)
    statistics = {
        "mean": mean, "median": median, "max": max, "min": min, "stddev": pstdev,
        "p5": lambda values: np.percentile(values, 5), "p100": max,
    }  # fmt: skip
    result = computed(sensor, [f"{name}({text})" for name in statistics], rows)
    found = evaluated(sensor, text, rows)
    for pixel in range(PIXELS):
        steps = [
            float(np.clip(np.rint(data[pixel] * 10_000), -32767, 32767))
            for data, valid in found
            if valid[pixel]
        ]
        for name, statistic in statistics.items():
            value = result[f"{name}({text})"][pixel]
            if steps:
                assert value == pytest.approx(float(statistic(steps)), abs=1.0 if "/" in text else
                                              1e-6), (name, pixel)  # fmt: skip
            else:
                assert np.isnan(value)


def test_statistics_of_radar_are_in_hundredths_of_decibels():
    keys = np.array([RADAR_ZERO - 1200], np.uint16), np.array([RADAR_ZERO - 1805], np.uint16)
    rows = {"vv": {0: keys[0]}, "vh": {0: keys[1]}}
    (value,) = over_observations(
        observables(["max(vv - vh)"], S1), rows, DAYS, Encoding.of(S1), 100, 1
    )["max(vv - vh)"]
    assert value == 605


def test_a_tie_of_an_index_is_a_tie():
    """(b - a) / (a + b) x 10^4 is exactly 4.5 here, which 0.00045 x 10^4 need not be."""
    green, nir = 1000 + 20009, 1000 + 19991  # 18 / 40000
    rows = {"green": {0: np.array([green], np.uint16)}, "nir": {0: np.array([nir], np.uint16)}}
    band = f"max({NDWI})"
    (value,) = over_observations(
        observables([band], S2), rows, DAYS, Encoding.of(S2), 10_000, 1
    )[band]  # fmt: skip
    assert value == 4


def test_what_several_bands_are_made_of_is_computed_once():
    found = observables([f"share({NDWI} > 0)", f"months({NDWI} > 0)", f"p5({NDWI})"], S2)
    assert [len(group) for group in together(found)] == [2, 1]
    assert found[0].bands == found[2].bands == ("green", "nir")
    assert bands_read(["ndvi_max", "p5(blue)"], S2) == ("blue", "red", "nir")


def test_without_observations_there_is_nothing():
    bands = [f"share({NDWI} > 0)", f"first({NDWI} > 0)", f"longest({NDWI} > 0)", f"p5({NDWI})"]
    result = computed(S2, bands, {"green": {}, "nir": {}})
    assert all(np.isnan(values).all() and values.shape == (PIXELS,) for values in result.values())
