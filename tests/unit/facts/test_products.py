"""The product table."""

import numpy as np
import pytest

from lccs_inputs.clms.titles import name_key
from lccs_inputs.facts.products import PRODUCTS, ProductKind


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


CURRENT = {
    "IMD": range(101),
    "TCD": range(101),
    "DLT": (0, 1, 2),
    "FTY": (0, 1, 2),
    "GRA": (0, 1),
    "HER": (0, 1),
    "CTY": (
        *(0, 1110, 1120, 1130, 1140, 1150, 1210, 1220, 1310, 1320, 1410, 1420, 1430, 1440),
        *(2100, 2200, 2310, 2320, 3100, 3200),
    ),
    "CLCPLUS": (*range(1, 12), 253),
}
"""The codes of quality control for the editions since 2017 (EEA copernicus_quality_tools)."""


@pytest.mark.parametrize("name", CURRENT)
def test_a_product_has_the_codes_that_quality_control_admits(name):
    assert sorted(PRODUCTS[name].valid_codes) == sorted(CURRENT[name])


def test_what_lies_outside_a_map_is_nodata_in_each_of_them():
    outside = {
        "CTY": 65535, "CLCPLUS": 254, "EUCROPMAP": 0, "WORLDCOVER": 0, "DEM": -(2**31),
        "SLOPE": 65535,
    }  # fmt: skip
    for product in PRODUCTS.values():
        assert product.nodata == outside.get(product.name, 255)
        assert "outside the map" in product.nodata_codes[product.nodata]


def test_the_coastal_sea_of_the_backbone_is_water_not_nodata():
    assert PRODUCTS["CLCPLUS"].codes[253] == "coastal sea"


def test_no_two_products_have_a_name_in_common_at_clms():
    names = [name_key(name) for p in PRODUCTS.values() for name in p.catalogue_names]
    assert len(names) == len(set(names))


def test_every_product_says_its_licence_and_whom_to_credit():
    for product in PRODUCTS.values():
        assert product.licence
        assert product.source
