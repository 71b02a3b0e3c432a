"""A CRS is judged by what it does to the ground of an area; PROJ's own factors agree."""

import re
from pathlib import Path

import geopandas
import numpy as np
import pytest
from pyproj import CRS, Proj
from shapely import box, union_all

from lccs_inputs.errors import AreaError
from lccs_inputs.rasters.area import resolve_area, write_area
from lccs_inputs.rasters.distortion import better_crs, distortion

EVIAN = [6.488, 46.314, 6.798, 46.417]
EVIAN_LAT_LON = [46.314, 6.488, 46.417, 6.798]
SWITZERLAND = [5.95, 45.81, 10.49, 47.81]
MALTA = [14.18, 35.79, 14.58, 36.09]
CANARIES = [-18.2, 27.6, -13.4, 29.4]
SUMATRA = [101.0, -1.5, 101.5, -1.0]
PUGLIA = [16.0, 40.0, 18.0, 41.5]
FIJI = [177, -19, -178, -16]


def area(bbox: list[float], crs: str, **choices: float):
    return resolve_area("mine", {"bbox": bbox} | choices, crs, 20, 4096)


def refusal(definition: dict[str, object], crs: str) -> str:
    with pytest.raises(AreaError) as caught:
        resolve_area("mine", definition, crs, 20, 4096)
    message = str(caught.value)
    assert message.startswith("areas.mine.")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("crs", "lon", "lat"),
    [
        ("EPSG:2154", 6.6, 46.4),
        ("EPSG:2154", 46.4, 6.6),
        ("EPSG:27572", 6.6, 46.4),  # from Paris, in grads
        ("EPSG:2056", 6.6, 46.4),
        ("EPSG:5513", 15.0, 50.0),  # axes to the south and west
        ("EPSG:3035", -16.0, 28.0),
        ("EPSG:32632", 18.5, 40.0),
        ("EPSG:3413", -45.0, 75.0),
        ("EPSG:32760", 179.99, -17.0),
    ],
)
def test_what_is_measured_is_what_proj_says(crs: str, lon: float, lat: float) -> None:
    found = distortion(np.array([lon]), np.array([lat]), crs)
    factors = Proj(crs).get_factors(lon, lat)
    assert found.area == pytest.approx(factors.areal_scale, rel=1e-6)
    assert found.longest == pytest.approx(factors.tissot_semimajor, rel=1e-5)
    assert found.shortest == pytest.approx(factors.tissot_semiminor, rel=1e-5)


def test_web_mercator_is_measured_on_the_ellipsoid_not_on_its_sphere() -> None:
    """At the equator it is right from west to east; north, by the radius there, a (1 - e²)."""
    found = distortion(np.array([0.0]), np.array([0.0]), "EPSG:3857")
    assert found.longest == pytest.approx(1 / (1 - 0.00669437999014), rel=1e-6)
    assert found.shortest == pytest.approx(1, rel=1e-6)


def test_a_box_in_the_order_latitude_longitude_is_refused_and_turned() -> None:
    assert refusal({"bbox": EVIAN_LAT_LON}, "EPSG:2154") == (
        "areas.mine.bbox: EPSG:2154 distorts it: a pixel of 20 m is 16.1 m of ground at 46.3° E, "
        "6.5° N; it seems to be in the order south, west, north, east: write [6.488, 46.314, "
        "6.798, 46.417], or raise areas.mine.scale_error_max to take it as it is"
    )


@pytest.mark.parametrize("crs", ["EPSG:2154", "EPSG:3035", "EPSG:32632", "EPSG:2056"])
def test_that_order_is_found_whatever_the_crs(crs: str) -> None:
    assert "in the order south, west, north, east" in refusal({"bbox": EVIAN_LAT_LON}, crs)


def test_other_orders_are_found_too() -> None:
    west, south, east, north = EVIAN
    mistaken = {"bbox": [west, east, south, north]}
    assert "in the order west, east, south, north" in refusal(mistaken, "EPSG:2154")


@pytest.mark.parametrize(
    ("bbox", "crs", "ground", "better"),
    [
        (SUMATRA, "EPSG:2154", "is 14.7 m of ground", "EPSG:32747 (WGS 84 / UTM zone 47S)"),
        (EVIAN, "EPSG:3857", "is 13.8 m of ground", "EPSG:32632 (WGS 84 / UTM zone 32N)"),
        (MALTA, "EPSG:6933", "is 18.7 × 21.4 m of ground", "EPSG:32633 (WGS 84 / UTM zone 33N)"),
        (FIJI, "EPSG:2154", "m of ground", '"+proj=laea +lat_0=-18 +lon_0=180 +datum=WGS84'),
    ],
)
def test_a_place_that_a_crs_is_not_made_for_is_refused_with_one_that_is(
    bbox: list[float], crs: str, ground: str, better: str
) -> None:
    message = refusal({"bbox": bbox}, crs)
    assert ground in message
    assert f"choose a grid.crs made for it, such as {better}" in message
    assert "order" not in message


def test_a_long_crs_goes_by_its_name() -> None:
    message = refusal({"bbox": SUMATRA}, CRS("EPSG:2154").to_wkt())
    assert message.startswith("areas.mine.bbox: RGF93 v1 / Lambert-93 distorts it: a pixel of 20 m")


def test_the_limit_is_set_by_area() -> None:
    with pytest.raises(AreaError, match=r"areas\.mine\.scale_error_max"):
        area(EVIAN, "EPSG:3857")
    (note,) = area(EVIAN, "EPSG:3857", scale_error_max=50.0).notes
    assert "too large" in note
    with pytest.raises(AreaError, match="distorts it"):
        area(SWITZERLAND, "EPSG:2154", scale_error_max=0.05)


@pytest.mark.parametrize(
    ("bbox", "crs", "off"),
    [
        (EVIAN, "EPSG:2154", "1.9 ‰ too small"),
        (SWITZERLAND, "EPSG:2154", "1.9 ‰ too small"),
        (PUGLIA, "EPSG:32632", "13.8 ‰ too large"),
    ],
)
def test_areas_that_come_out_wrong_are_told_with_a_crs_that_keeps_them(
    bbox: list[float], crs: str, off: str
) -> None:
    (note,) = area(bbox, crs).notes
    assert f"areas come out up to {off}" in note
    better = re.search(r"take grid\.crs: (EPSG:\d+)", note)
    assert better is not None
    assert area(bbox, better[1]).notes == ()


@pytest.mark.parametrize(
    ("bbox", "crs"),
    [
        (EVIAN, "EPSG:32632"),
        (EVIAN, "EPSG:2056"),
        (MALTA, "EPSG:3035"),
        (CANARIES, "EPSG:3035"),
        ([5.9, 47.2, 12.0, 55.1], "EPSG:3035"),
        ([-60, 10, -59, 11], "+proj=laea +lat_0=10 +lon_0=-60 +datum=WGS84 +units=m"),
    ],
)
def test_a_crs_that_keeps_areas_is_taken_without_a_word(bbox: list[float], crs: str) -> None:
    assert area(bbox, crs).notes == ()


@pytest.mark.parametrize(
    ("lon", "lat", "crs"),
    [
        (6.6, 46.4, "EPSG:32632"),
        (-70.0, -33.0, "EPSG:32719"),
        (178.5, -17.0, "EPSG:32760"),
        (10.0, 88.0, "+proj=laea +lat_0=88 +lon_0=10 +datum=WGS84 +units=m"),
        (6.0, 0.5, "+proj=laea +lat_0=0 +lon_0=6 +datum=WGS84 +units=m"),
    ],
)
def test_the_better_crs_is_the_utm_zone_unless_that_is_off_too(
    lon: float, lat: float, crs: str
) -> None:
    """On the equator, a zone is 1.9 ‰ of area too large at its edge."""
    assert better_crs(np.array([lon]), np.array([lat])) == crs


def test_an_outline_of_several_zones_across_180_degrees_is_shown_around_its_middle() -> None:
    lon, lat = np.array([170.0, 179.0, -175.0]), np.array([-15.0, -20.0, -18.0])
    assert better_crs(lon, lat) == "+proj=laea +lat_0=-18 +lon_0=178 +datum=WGS84 +units=m"


def written(path: Path, bounds: list[float], crs: str) -> dict[str, object]:
    geopandas.GeoDataFrame(geometry=[box(*bounds)], crs=crs).to_file(path)
    return {"file": str(path)}


def test_a_file_says_why_it_may_lie_elsewhere(tmp_path: Path) -> None:
    turned = written(tmp_path / "turned.gpkg", EVIAN_LAT_LON, "EPSG:4326")
    metres = written(tmp_path / "metres.gpkg", [970000, 6590000, 971000, 6591000], "EPSG:4326")
    degrees = written(tmp_path / "degrees.gpkg", EVIAN, "EPSG:2154")
    assert "in the order latitude, longitude: swap them" in refusal(turned, "EPSG:2154")
    assert "its coordinates are not degrees" in refusal(metres, "EPSG:2154")
    assert "its coordinates seem to be degrees, not the metres of RGF93" in refusal(
        degrees, "EPSG:32632"
    )


def test_an_asset_is_judged_when_its_outline_is_there(tmp_path: Path) -> None:
    outline = written(tmp_path / "outline.geojson", SUMATRA, "EPSG:4326")
    message = refusal({"asset": "projects/p/assets/sumatra"} | outline, "EPSG:2154")
    assert message.startswith("areas.mine.asset: EPSG:2154 distorts it")


def test_only_the_area_is_measured_not_the_box_around_it(tmp_path: Path) -> None:
    """Up the middle of a UTM zone and, where meridians are close, across the next one.

    The corner that is left out, 6 degrees beside the middle on the equator, is off by 0.5 %.
    """
    shape = union_all([box(8, 1, 10, 61), box(9, 60, 15, 61)])
    limit = {"file": str(tmp_path / "shape.gpkg"), "scale_error_max": 0.3}
    geopandas.GeoDataFrame(geometry=[shape], crs="EPSG:4326").to_file(limit["file"])
    resolve_area("mine", limit, "EPSG:32632", 20, 4096)
    assert "EPSG:32632 distorts it" in refusal(
        {"bbox": list(shape.bounds), "scale_error_max": 0.3}, "EPSG:32632"
    )


def test_what_was_kept_of_a_file_is_kept_by_what_was_asked_of_it(tmp_path: Path) -> None:
    path, cache = tmp_path / "two.gpkg", tmp_path / "cache"
    names = {"name": ["a", "b"]}
    boxes = [box(970000, 6590000, 971000, 6591000), box(980000, 6590000, 983000, 6591000)]
    geopandas.GeoDataFrame(names, geometry=boxes, crs="EPSG:2154").to_file(path)
    widths = [
        resolve_area("mine", {"file": str(path)} | more, "EPSG:2154", 10, 4096, cache).grid.width
        for more in ({}, {"where": "name = 'a'"}, {"where": "name = 'b'"})
    ]
    assert widths == [1300, 100, 300]


def test_the_file_of_an_area_in_a_crs_without_a_number_is_read_in_it(tmp_path: Path) -> None:
    crs = "+proj=laea +lat_0=10 +lon_0=-60 +datum=WGS84 +units=m"
    made = area([-60, 10, -59.9, 10.1], crs)
    write_area(made, tmp_path / "area.geojson", tmp_path / "grid.json")
    again = geopandas.read_file(tmp_path / "area.geojson").to_crs("EPSG:4326")
    assert tuple(again.total_bounds) == pytest.approx((-60, 10, -59.9, 10.1), abs=1e-7)
