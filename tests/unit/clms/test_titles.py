"""Titles of the CLMS catalogue, in the spellings of three generations."""

import pytest

from lccs_inputs.clms.titles import name_key, read_pixels, read_title


@pytest.mark.parametrize(
    ("text", "name", "years", "resolutions"),
    [
        ("High Resolution Layer Imperviousness Density 2018", "Imperviousness Density", "2018", ()),
        (
            "Imperviousness Density 2018 (raster 10 m and 100 m), Europe, 3-yearly",
            "Imperviousness Density",
            "2018",
            (10, 100),
        ),
        (
            "Tree Cover Density 2018 - Present (raster 10m), Europe, yearly, Nov. 2024",
            "Tree Cover Density",
            "2018-present",
            (10,),
        ),
        ("Herbaceous cover 2017–present (raster 10 m)", "Herbaceous cover", "2017-present", (10,)),
        (
            "Forest Type 2018-present (raster 10 m), Europe, 3-yearly",
            "Forest Type",
            "2018-present, every 3",
            (10,),
        ),
        ("CLC+Backbone 2021 (raster 10 m), Europe", "CLCplus Backbone", "2021", (10,)),
        ("CLCplus Backbone 2023 (raster 10 m)", "CLCplus Backbone", "2023", (10,)),
        ("Dominant Leaf Type", "Dominant Leaf Type", "", ()),
        ("European Settlement Map 2015 (raster 2.5 m)", "European Settlement Map", "2015", (2.5,)),
    ],
)
def test_a_title_says_what_when_and_in_which_pixels(text, name, years, resolutions):
    title = read_title(text)
    assert (title.name, title.years) == (name_key(name), years)
    assert title.resolutions == resolutions


def test_a_change_between_two_years_has_another_name_than_the_map_of_a_year():
    change = read_title("Tree Cover Presence Change 2018-2021(raster 20m), Europe, 3-yearly")
    assert change.name != read_title("Tree Cover Density 2018").name
    assert read_title("Grassland 2018 Change (raster 20 m)").name == name_key("Grassland Change")


def test_a_series_covers_every_year_from_its_first():
    title = read_title("Crop Types 2017-present (raster 10 m), Europe, yearly")
    assert title.is_series
    assert [title.covers(year) for year in (2016, 2017, 2024)] == [False, True, True]


def test_a_series_of_every_third_year_covers_no_year_between():
    title = read_title("Forest Type 2018-present (raster 10 m), Europe, 3-yearly")
    assert [year for year in range(2016, 2026) if title.covers(year)] == [2018, 2021, 2024]


def test_how_often_a_map_of_one_year_is_renewed_does_not_matter():
    title = read_title("CLCplus Backbone 2023 (raster 10 m), Europe, 2-yearly")
    assert not title.is_series
    assert [year for year in range(2016, 2030) if title.covers(year)] == [2023]


def test_a_title_without_a_year_covers_none():
    assert not read_title("Dominant Leaf Type").covers(2018)


@pytest.mark.parametrize("text", ["DEPRECATED - Grassland 2015", "Grassland 2015 (archived)"])
def test_a_title_tells_that_its_map_is_retired(text):
    assert read_title(text).retired


def test_the_grid_reference_in_a_file_name_is_no_pixel_size():
    assert read_pixels("HRL 3035 map") == ()
    assert read_pixels("1 km and 100m") == (1000, 100)
