"""Masked order statistics, against NumPy's and against exact fractions."""

import warnings
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lccs_inputs.imagery.composite import order_statistics
from lccs_inputs.imagery.composite.order_statistics import (
    pixels_at_a_time,
    sort_observations,
    summarise,
)

STATISTICS = ["mean", "median", "max", "min", "stddev", "p10", "p25", "p75", "p90"]

stacks = arrays(
    np.uint16,
    st.tuples(st.integers(1, 40), st.integers(1, 6)),
    elements=st.one_of(st.just(0), st.integers(0, 65535), st.sampled_from([1, 65534, 65535])),
)


def by_numpy(keys, statistic):
    values = np.where(keys == 0, np.nan, keys.astype(np.float64))
    functions = {
        "mean": np.nanmean,
        "median": np.nanmedian,
        "max": np.nanmax,
        "min": np.nanmin,
        "stddev": np.nanstd,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a pixel without observation
        if statistic in functions:
            return functions[statistic](values, axis=0)
        return np.nanpercentile(values, int(statistic[1:]), axis=0)


@given(stacks)
def test_sorting_puts_observations_in_order_and_missing_ones_last(keys):
    result = sort_observations(keys)
    assert np.array_equal(result.count, np.count_nonzero(keys, axis=0))
    for pixel, count in enumerate(result.count):
        seen = np.sort(keys[:, pixel][keys[:, pixel] > 0])
        assert np.array_equal(result.keys[:count, pixel], seen)
        assert not result.keys[count:, pixel].any()


@pytest.fixture
def made_anew():
    """The networks are: others may have been made by tests before."""
    order_statistics._network.cache_clear()
    order_statistics._selection.cache_clear()


@pytest.mark.usefixtures("made_anew")
@pytest.mark.parametrize("scenes", range(1, 11))
def test_every_order_of_zeros_and_ones_is_sorted_so_every_order_of_anything_is(scenes):
    """The zero-one principle (Knuth 3, 5.3.4, Theorem Z)."""
    keys = (np.arange(2**scenes, dtype=np.uint16) >> np.arange(scenes)[:, None] & 1) + 1
    keys = keys.astype(np.uint16)
    assert np.array_equal(sort_observations(keys).keys, np.sort(keys, axis=0))
    (alone,) = summarise(list(keys), ["median"], 2**scenes)
    assert np.array_equal(alone, by_numpy(keys, "median"))


@pytest.mark.usefixtures("made_anew")
def test_sorting_takes_the_steps_of_the_book():
    """Knuth 3, 5.2.2, after Algorithm M: how many comparisons merge exchange makes."""
    steps = [len(order_statistics._network(size)) for size in (1, 2, 3, 4, 8, 16, 32, 64)]
    assert steps == [0, 1, 3, 5, 19, 63, 191, 543]


@given(stacks)
def test_median_and_extremes_equal_numpy_to_the_last_bit(keys):
    names = ["median", "max", "min"]
    for name, values in zip(names, summarise(list(keys), names, keys.shape[1]), strict=True):
        assert np.array_equal(values, by_numpy(keys, name), equal_nan=True)


@given(stacks)
def test_the_median_alone_is_the_one_that_comes_with_others(keys):
    (alone,) = summarise(list(keys), ["median"], keys.shape[1])
    assert np.array_equal(alone, by_numpy(keys, "median"), equal_nan=True)
    assert np.array_equal(alone, sort_observations(keys).median(), equal_nan=True)


@pytest.mark.parametrize("scenes", [*range(1, 18), 150])
def test_the_median_alone_is_right_however_many_of_the_scenes_saw_a_pixel(scenes):
    keys = np.random.default_rng(scenes).integers(1, 65536, (scenes, scenes + 1), np.uint16)
    keys = np.where(np.arange(scenes)[:, None] < np.arange(scenes + 1), keys, 0).astype(np.uint16)
    keys = np.random.default_rng(1).permuted(keys, axis=0)
    (alone,) = summarise(list(keys), ["median"], scenes + 1)
    assert np.array_equal(alone, by_numpy(keys, "median"), equal_nan=True)


@given(stacks)
def test_mean_percentiles_and_deviation_equal_numpy(keys):
    for name, values in zip(
        STATISTICS, summarise(list(keys), STATISTICS, keys.shape[1]), strict=True
    ):
        # NumPy's deviation of equal values is 1e-11, not 0; ours is exact.
        np.testing.assert_allclose(values, by_numpy(keys, name), rtol=1e-9, atol=1e-6)


@given(stacks, st.integers(0, 100))
def test_percentiles_are_the_exact_fractions_correctly_rounded(keys, percent):
    result = sort_observations(keys).percentile(percent)
    for pixel in range(keys.shape[1]):
        seen = sorted(int(key) for key in keys[:, pixel] if key)
        if not seen:
            assert np.isnan(result[pixel])
            continue
        at = Fraction(percent * (len(seen) - 1), 100)
        low, high = seen[int(at)], seen[min(int(at) + 1, len(seen) - 1)]
        assert result[pixel] == float(low + (high - low) * (at - int(at)))


def test_more_than_a_hundred_observations_have_their_statistics_too():
    keys = np.random.default_rng(2).integers(0, 65536, (260, 9)).astype(np.uint16)
    keys[:, 0] = 65535  # the largest sum of squares
    keys[::2, 1] = 0
    names = [*STATISTICS, "p0", "p100"]
    for name, values in zip(names, summarise(list(keys), names, 9), strict=True):
        np.testing.assert_allclose(values, by_numpy(keys, name), rtol=1e-12, atol=1e-6)


def test_one_observation_is_each_statistic_and_has_no_spread():
    keys = [np.array([0, 7], np.uint16), np.array([0, 0], np.uint16)]
    names = [*STATISTICS, "p0", "p100"]
    found = dict(zip(names, summarise(keys, names, 2), strict=True))
    assert all(np.isnan(values[0]) for values in found.values())
    assert {name: values[1] for name, values in found.items()} == {
        name: 0 if name == "stddev" else 7 for name in names
    }


def test_a_constant_pixel_has_no_spread():
    keys = np.full((7, 1), 60001, np.uint16)
    assert sort_observations(keys).stddev() == [0.0]


def test_the_observations_are_left_as_they_were():
    keys = np.array([[3], [0], [2]], np.uint16)
    sort_observations(keys)
    summarise(list(keys), ["median"], 1)
    assert keys.ravel().tolist() == [3, 0, 2]


@pytest.mark.parametrize("names", [STATISTICS, ["median"]])
def test_statistics_do_not_depend_on_how_pixels_are_chunked(names, monkeypatch):
    keys = np.random.default_rng(1).integers(0, 5, (9, 1000)).astype(np.uint16)
    whole = summarise(list(keys), names, 1000)
    monkeypatch.setattr(order_statistics, "pixels_at_a_time", lambda rows: 7)
    assert np.array_equal(summarise(list(keys), names, 1000), whole, equal_nan=True)


def test_each_pixel_is_sorted_once(monkeypatch):
    sorted_at_a_time = []

    def noting(keys):
        sorted_at_a_time.append(len(keys[0]))
        return sort_observations(keys)

    monkeypatch.setattr(order_statistics, "pixels_at_a_time", lambda rows: 8)
    monkeypatch.setattr(order_statistics, "sort_observations", noting)
    keys = np.random.default_rng(1).integers(0, 65536, (9, 21)).astype(np.uint16)
    found = summarise(list(keys), ["max"], 21)
    assert np.array_equal(found[0], keys.max(axis=0))
    assert sorted_at_a_time == [8, 8, 5]


@pytest.mark.parametrize(
    ("rows", "pixels"),
    [(0, 2**17), (1, 2**17), (40, 2**17), (41, 2**16), (150, 2**15), (999, 2**14)],
)
def test_of_more_observations_fewer_pixels_are_summarised_at_a_time(rows, pixels):
    assert pixels_at_a_time(rows) == pixels


def test_no_scene_at_all_is_no_observation():
    assert np.isnan(summarise([], STATISTICS, 4)).all()


@pytest.mark.parametrize("percent", [-1, 101])
def test_a_percentile_outside_0_to_100_is_refused(percent):
    with pytest.raises(ValueError, match="between 0 and 100"):
        sort_observations(np.ones((2, 1), np.uint16)).percentile(percent)
