"""Editions: the dates and the product years that a period takes."""

from datetime import date
from typing import Any

import pytest

from lccs_inputs.config.editions import dates, edition, middle_year, out_of_reach
from lccs_inputs.config.models import Config


def made(start: str, end: str, window: str = "period", editions: Any = None) -> Config:
    return Config.model_validate(
        {
            "areas": {"here": {"file": "here.gpkg"}},
            "periods": {"p": {"start": start, "end": end}},
            "scenes": {
                "s2": {"sensor": "sentinel2", "catalogue": "earth_search", "window": window}
            },
            "products": {"map": {"product": "WAW", "editions": editions or {"static": "a.tif"}}},
            "layers": {"vegetat_veg_cat": {"use": "m", "methods": {"m": "s2.ndvi_max > 0"}}},
        }
    )


def test_the_window_of_a_period_is_the_period() -> None:
    config = made("2018-05-01", "2018-10-31")
    assert edition(config, "s2", "p") == "p"
    assert dates(config, "s2", "p") == (date(2018, 5, 1), date(2018, 10, 31))


@pytest.mark.parametrize(
    ("start", "end", "year"),
    [
        ("2018-05-01", "2018-10-31", 2018),
        ("2018-12-31", "2018-12-31", 2018),
        ("2017-12-01", "2018-02-28", 2018),
        ("2017-11-01", "2018-01-31", 2017),
        ("2016-01-01", "2018-12-31", 2017),
    ],
)
def test_the_year_of_a_period_is_that_of_its_middle(start: str, end: str, year: int) -> None:
    config = made(start, end, window="year")
    assert middle_year(config.periods["p"]) == year
    assert edition(config, "s2", "p") == str(year)
    assert dates(config, "s2", "p") == (date(year, 1, 1), date(year, 12, 31))


@pytest.mark.parametrize(
    ("window", "name", "first", "last"),
    [
        ("04-01/10-31", "2018_0401-1031", date(2018, 4, 1), date(2018, 10, 31)),
        ("07-01/07-01", "2018_0701-0701", date(2018, 7, 1), date(2018, 7, 1)),
        ("11-01/02-29", "2018_1101-0229", date(2017, 11, 1), date(2018, 2, 28)),
    ],
)
def test_a_season_is_of_the_year_it_ends_in(
    window: str, name: str, first: date, last: date
) -> None:
    config = made("2018-05-01", "2018-10-31", window)
    assert edition(config, "s2", "p") == name
    assert dates(config, "s2", "p") == (first, last)


def test_the_end_of_february_is_the_29th_in_a_leap_year() -> None:
    config = made("2020-05-01", "2020-10-31", "01-01/02-29")
    assert dates(config, "s2", "p")[1] == date(2020, 2, 29)


@pytest.mark.parametrize(
    ("years", "taken"),
    [
        ({2018: "a", 2021: "b"}, "2018"),
        ({2021: "b", 2018: "a", 2019: "c"}, "2019"),
        ({2021: "b", 2017: "a"}, "2017"),
        ({2030: "z"}, "2030"),
        ({"static": "a"}, "static"),
    ],
)
def test_a_product_takes_the_nearest_year_and_the_earlier_of_two(
    years: dict[Any, str], taken: str
) -> None:
    assert edition(made("2019-05-01", "2019-10-31", editions=years), "map", "p") == taken


def test_a_period_can_name_the_edition_it_takes() -> None:
    near = made("2019-05-01", "2019-10-31", editions={2018: "a", 2040: "b"})
    period = near.periods["p"].model_copy(update={"editions": {"map": "2040"}})
    named = near.model_copy(update={"periods": {"p": period}})
    assert edition(near, "map", "p") == "2018"
    assert edition(named, "map", "p") == "2040"
    assert out_of_reach(named, "p") == set()


@pytest.mark.parametrize(
    ("year", "reached"), [(2013, True), (2012, False), (2023, True), (2024, False)]
)
def test_an_edition_is_out_of_reach_beyond_its_years(year: int, reached: bool) -> None:
    config = made(f"{year}-05-01", f"{year}-10-31", editions={2018: "a"})
    assert out_of_reach(config, "p") == (set() if reached else {"map"})


def test_a_static_edition_is_never_out_of_reach() -> None:
    assert out_of_reach(made("2050-01-01", "2050-12-31"), "p") == set()
