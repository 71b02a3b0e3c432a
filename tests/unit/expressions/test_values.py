"""Operators of values, of which one can be the same everywhere."""

from itertools import product

import numpy as np
import pytest

from lccs_inputs.expressions.values import Value, compare, higher, lower, numeric, where

NUMBERS = np.array([-np.inf, -2.5, -0.0, 0.0, 1e-9, 3.0, np.inf, np.nan])


@pytest.mark.parametrize("number", [*NUMBERS, -7.0, 7.0])
def test_the_higher_and_the_lower_of_numbers_and_one_number_are_as_numpy_has_them(number):
    one = np.array(number)
    for first, second in ((NUMBERS, one), (one, NUMBERS), (one, one), (NUMBERS, NUMBERS[::-1])):
        assert np.array_equal(higher(first, second), np.maximum(first, second), equal_nan=True)
        assert np.array_equal(lower(first, second), np.minimum(first, second), equal_nan=True)


def values(shape, valid):
    return Value(np.full(shape, 2.0), np.broadcast_to(np.array(valid), shape).copy())


SHAPES = [(), (2,)]
VALID = [True, False, [True, False]]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (values(one, valid), values(other, further))
        for one, other, valid, further in product(SHAPES, SHAPES, VALID, VALID)
        if (one or valid in (True, False)) and (other or further in (True, False))
    ],
)
def test_what_comes_of_two_values_is_known_where_both_are(first, second):
    both = first.valid & second.valid
    condition = Value(np.array(True), first.valid)
    for found in (
        numeric(np.add, first, second),
        compare(np.greater, first, second),
        where(condition, second, first),
    ):
        assert np.array_equal(found.valid, both)
        assert found.valid.shape == both.shape
