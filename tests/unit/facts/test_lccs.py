"""The table of descriptors: what le_lccs understands, and how a config's own join it."""

import json

import numpy as np
import pytest

from lccs_inputs.config import codes
from lccs_inputs.facts.lccs import DESCRIPTORS, LEVEL3, Category, Descriptor, Kind, descriptor_table

OWN = Descriptor(
    "wetland_wat_cat", "Wetland", Kind.CATEGORICAL, {0: Category("none", "#ffffff"),
                                                     3: Category("wet", "#1f7a8c")},
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "accepted"),
    [
        ("artwatr_wat_cat", "0, 1"),
        ("waterstt_wat_cat", "0, 1, 2, 3"),
        ("waterper_wat_cin", "0–12"),
        ("phenolog_veg_cat", "0, 1, 2, 3"),
        ("baregrad_phy_con", "0–100"),
        ("canopyht_veg_con", "0–100"),
        ("urbanveg_urb_cat", "0, 6, 11, 12, 13"),
    ],
)
def test_a_descriptor_takes_the_documented_values_only(name: str, accepted: str) -> None:
    descriptor = DESCRIPTORS[name]
    assert descriptor.accepted == accepted
    every = np.arange(256)
    if descriptor.kind.is_continuous:
        low, high = map(int, accepted.split("–"))
        expected = list(range(low, high + 1))
    else:
        expected = [int(code) for code in accepted.split(", ")]
    assert every[descriptor.allows(every)].tolist() == expected


@pytest.mark.parametrize("descriptor", [OWN, *DESCRIPTORS.values()], ids=lambda each: each.name)
def test_a_descriptor_survives_the_trip_to_a_job(descriptor: Descriptor) -> None:
    assert Descriptor.from_dict(json.loads(json.dumps(descriptor.to_dict()))) == descriptor


def test_a_configs_own_descriptors_follow_those_of_le_lccs() -> None:
    assert list(descriptor_table([OWN.to_dict()])) == [*DESCRIPTORS, OWN.name]
    assert descriptor_table([]) == DESCRIPTORS


def test_the_page_of_codes_has_every_code_with_its_name_and_colour() -> None:
    text = codes.codes_text()
    for name, descriptor in DESCRIPTORS.items():
        assert f"| `{name}` | {descriptor.title} |" in text
        for code, category in descriptor.codes.items():
            assert f"| {code} | {category.name} | `{category.colour}` |" in text
    for code, category in LEVEL3.items():
        assert f"| {code} | {category.name} | `{category.colour}` |" in text
    assert "1140 rice" in text
