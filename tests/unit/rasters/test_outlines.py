"""Outlines from vector files: which layer and features, and what crossing rings enclose."""

import sqlite3
from pathlib import Path

import geopandas
import pytest
from pyproj import Geod
from shapely import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from lccs_inputs.errors import AreaError
from lccs_inputs.rasters.outlines import outline_of_file, polygons_of

KEY = "areas.mine.file"
SQUARE = box(970000, 6590000, 971000, 6591000)
OTHER = box(980000, 6590000, 983000, 6591000)

# Drawn over itself: two unit squares of it lie within the rings twice.
LOOP = [(0, 0), (4, 0), (4, 3), (1, 3), (1, 1), (3, 1), (3, 2), (2, 2), (2, -1), (0, -1)]

KML = """<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Folder><name>zone</name><Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>
6.5,46.3,0 6.6,46.3,0 6.6,46.4,0 6.5,46.4,0 6.5,46.3,0
</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Folder>
<Folder><name>stations</name><Placemark><Point><coordinates>6,46</coordinates></Point>
</Placemark></Folder></Document></kml>
"""


def written(path: Path, *shapes: BaseGeometry, layer: str = "zone") -> Path:
    names = {"name": [f"shape {number}" for number in range(len(shapes))]}
    frame = geopandas.GeoDataFrame(names, geometry=list(shapes), crs="EPSG:2154")
    frame.to_file(path, layer=layer)
    return path


def styled(path: Path) -> Path:
    """What QGIS adds when it saves styles in the file: a table, in the list before the layer."""
    with sqlite3.connect(path) as file:
        file.execute("create table layer_styles (id integer primary key, f_table_name text)")
        file.execute(
            "insert into gpkg_contents (table_name, data_type, identifier, last_change) "
            "values ('layer_styles', 'attributes', 'a', '2024-01-01T00:00:00Z')"
        )
    return path


def refusal(path: Path, **choices: str) -> str:
    with pytest.raises(AreaError) as caught:
        outline_of_file(KEY, path, **choices)
    message = str(caught.value)
    assert message.startswith("areas.mine.")
    assert "\n" not in message
    return message


def test_a_file_of_several_layers_is_refused_until_one_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "two.gpkg", SQUARE)
    written(path, OTHER, layer="buffer")
    assert refusal(path) == (
        f"areas.mine.file: {path} has several layers (zone, buffer); name the one that is the area "
        "in areas.mine.layer"
    )
    assert outline_of_file(KEY, path, layer="buffer").geometry.equals(OTHER)
    assert 'did you mean "buffer"' in refusal(path, layer="bufer")


def test_the_folders_of_a_kml_are_layers_too(tmp_path: Path) -> None:
    path = tmp_path / "places.kml"
    path.write_text(KML)
    assert "several layers (zone, stations)" in refusal(path)
    bounds = outline_of_file(KEY, path, layer="zone").geometry.bounds
    assert bounds == (6.5, 46.3, 6.6, 46.4)


def test_the_styles_of_qgis_are_no_layer(tmp_path: Path) -> None:
    path = styled(written(tmp_path / "styled.gpkg", SQUARE))
    assert list(geopandas.list_layers(path).name) == ["zone", "layer_styles"]
    assert outline_of_file(KEY, path).geometry.equals(SQUARE)


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "shp"])
def test_a_condition_picks_features(tmp_path: Path, suffix: str) -> None:
    path = written(tmp_path / f"zone.{suffix}", SQUARE, OTHER)
    assert outline_of_file(KEY, path, where="name = 'shape 1'").geometry.equals(OTHER)
    assert "in what areas.mine.where picks (name = 'x')" in refusal(path, where="name = 'x'")
    assert refusal(path, where="NUTS_ID = 'CH011'") == (
        f"areas.mine.where: NUTS_ID = 'CH011' is no condition on the fields of {path} (name); "
        "write it as NAME = 'text' or NAME > 1"
    )


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
@pytest.mark.parametrize("crs", [None, 'LOCAL_CS["a drawing",UNIT["metre",1]]'])
def test_a_file_of_no_place_on_the_ground_is_refused(tmp_path: Path, crs: str | None) -> None:
    path = tmp_path / "drawing.gpkg"
    geopandas.GeoDataFrame(geometry=[SQUARE], crs=crs).to_file(path)
    assert "does not say its CRS, or has one of no place on the ground" in refusal(path)


@pytest.mark.parametrize("east", [182, -178])
def test_a_polygon_across_180_degrees_is_the_land_on_both_sides(tmp_path: Path, east: int) -> None:
    path = tmp_path / "fiji.geojson"
    ring = Polygon([(177, -19), (east, -19), (east, -16), (177, -16)])
    geopandas.GeoDataFrame(geometry=[ring], crs="EPSG:4326").to_file(path)
    sides = MultiPolygon([box(177, -19, 180, -16), box(-180, -19, -178, -16)])
    assert outline_of_file(KEY, path).geometry.equals(sides)


def test_parts_that_overlap_are_united_and_it_is_said(tmp_path: Path) -> None:
    """Two boxes of 10 km² that share 3 km²: 17 km² together, and no hole of those 3."""
    parts = MultiPolygon([box(0, 0, 2000, 5000), box(1400, 0, 3400, 5000)])
    outline = outline_of_file(KEY, written(tmp_path / "parts.gpkg", parts, SQUARE))
    assert outline.geometry.area == pytest.approx(17_000_000 + 1_000_000)
    assert not any(part.interiors for part in outline.geometry.geoms)
    (note,) = outline.notes
    assert note.startswith(
        f"areas.mine.file: 1 of the 2 shapes of {tmp_path}/parts.gpkg crossed or"
    )


def test_what_needs_no_repair_says_nothing(tmp_path: Path) -> None:
    holed = SQUARE.difference(box(970300, 6590300, 970700, 6590700))
    outline = outline_of_file(KEY, written(tmp_path / "holed.gpkg", holed, SQUARE))
    assert outline.notes == ()
    assert outline.geometry.equals(SQUARE)


@pytest.mark.parametrize(
    ("shape", "area"),
    [
        (Polygon([(0, 0), (2, 2), (2, 0), (0, 2)]), 2),  # a bow tie
        (MultiPolygon([box(0, 0, 4, 4), box(1, 1, 2, 2)]), 16),  # a part within a part
        (Polygon(LOOP), 10),
        (MultiPolygon([box(0, 0, 2, 2), box(2, 0, 4, 2)]), 8),  # a border in common
        (Polygon(box(0, 0, 4, 4).exterior, [box(1, 1, 2, 2).exterior]), 15),  # a hole, as it is
    ],
)
def test_all_that_rings_enclose_is_the_area(shape: BaseGeometry, area: float) -> None:
    mended = polygons_of(shape)
    assert mended.is_valid
    assert mended.area == pytest.approx(area)


def test_no_repair_loses_ground(tmp_path: Path) -> None:
    """A buffer drawn twice, as of two banks of a lake: what both cover is in the area once."""
    banks = MultiPolygon([box(6.40, 46.35, 6.60, 46.45), box(6.50, 46.30, 6.70, 46.40)])
    path = tmp_path / "banks.geojson"
    geopandas.GeoDataFrame(geometry=[banks], crs="EPSG:4326").to_file(path)
    ellipsoid = Geod(ellps="WGS84")
    whole, twice = (
        sum(abs(ellipsoid.geometry_area_perimeter(box(*each))[0]) for each in boxes)
        for boxes in (
            [(6.40, 46.35, 6.60, 46.45), (6.50, 46.30, 6.70, 46.40)],
            [(6.50, 46.35, 6.60, 46.40)],
        )
    )
    found = abs(ellipsoid.geometry_area_perimeter(outline_of_file(KEY, path).geometry)[0])
    assert found == pytest.approx(whole - twice, rel=1e-6)
