"""A scene set of months is twelve scene sets."""

from typing import Any

import pytest

from lccs_inputs import config
from lccs_inputs.errors import ConfigError


def document(**changes: Any) -> dict[str, Any]:
    radar = {"sensor": "sentinel1", "catalogue": "planetary_computer", "window": "months"}
    return {
        "areas": {"here": {"bbox": [6.4, 46.3, 6.5, 46.4]}},
        "periods": {"2018": {"start": "2018-05-01", "end": "2018-10-31"}},
        "scenes": {"s1": radar | changes},
        "layers": {
            "aquatic_wat_cat": {
                "use": "sar",
                "methods": {"sar": "s1_01.vh < -22 or s1_12.vh < -22"},
            }
        },
    }


def test_each_is_of_one_month_of_the_year_of_the_period():
    loaded = config.load(document())
    assert list(loaded.scenes) == [f"s1_{month:02}" for month in range(1, 13)]
    spans = [config.dates(loaded, name, "2018") for name in loaded.scenes]
    assert [(start.month, start.day) for start, _ in spans] == [(m, 1) for m in range(1, 13)]
    assert all(spans[n][1].toordinal() + 1 == spans[n + 1][0].toordinal() for n in range(11))
    assert config.edition(loaded, "s1_02", "2018") == "2018_0201-0229"


def test_a_fault_of_the_twelve_is_told_once_by_the_name_in_the_config():
    with pytest.raises(ConfigError) as caught:
        config.load(document(sensor="sentinel3"))
    assert [line for line in caught.value.problems if "sensor" in line.split(":")[0]] == [
        'scenes.s1.sensor: "sentinel3" is not a sensor; did you mean "sentinel2"?'
    ]


def test_a_name_of_the_twelve_that_is_taken_is_told():
    clash = document()
    clash["scenes"]["s1_03"] = {"sensor": "sentinel1", "catalogue": "planetary_computer"}
    with pytest.raises(ConfigError, match=r"scenes.s1_03: is a month of scenes.s1 already"):
        config.load(clash)


def test_it_cannot_be_the_default_itself():
    with pytest.raises(ConfigError, match='default_scenes: "s1" is not a scene set'):
        config.load(document() | {"default_scenes": "s1"})
