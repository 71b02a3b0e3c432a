"""The product table."""

import numpy as np
import pytest

from lccs_inputs.products import PRODUCTS, ProductKind


@pytest.mark.parametrize("product", PRODUCTS.values(), ids=lambda product: product.name)
def test_a_product_keeps_sense_and_nodata_apart(product):
    assert not set(product.valid_codes) & set(product.nodata_codes)
    assert product.nodata in product.nodata_codes


@pytest.mark.parametrize("product", PRODUCTS.values(), ids=lambda product: product.name)
def test_every_code_fits_the_type_it_is_kept_in(product):
    limits = np.iinfo(product.dtype)
    codes = [*product.valid_codes, *product.nodata_codes]
    assert limits.min <= min(codes) <= max(codes) <= limits.max


def test_the_sea_of_water_and_wetness_is_water_not_nodata():
    assert 253 in PRODUCTS["WAW"].valid_codes


def test_a_percentage_has_no_legend_but_a_range():
    for product in PRODUCTS.values():
        if product.kind is ProductKind.PERCENT:
            assert not product.codes
            assert list(product.valid_codes) == list(range(101))


def test_the_undocumented_code_of_grassland_is_neither_yes_nor_no():
    assert 2 in PRODUCTS["GRA"].nodata_codes
