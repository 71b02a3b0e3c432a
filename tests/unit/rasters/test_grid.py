"""The grid: snapping, blocks, and areas from boxes and vector files."""

import json

import geopandas
import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from rasterio.windows import Window
from shapely import MultiPolygon, Point, Polygon, box, contains_xy
from shapely.affinity import rotate, translate

from lccs_inputs.errors import AreaError, InputError
from lccs_inputs.rasters.area import Area, resolve_area, write_area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.lonlat import is_box, parts

EVIAN = [6.488023408101995, 46.31431816468718, 6.798387177633245, 46.416664011458344]
CRS, RESOLUTION, BLOCK = "EPSG:2154", 10, 4096

square = box(970000, 6590000, 971000, 6591000)
holed = square.difference(box(970300, 6590300, 970700, 6590700))


def resolve(definition, cache=None, crs=CRS):
    return resolve_area("mine", definition, crs, RESOLUTION, BLOCK, cache)


def write(path, geometries, crs=CRS, **options):
    geopandas.GeoDataFrame(geometry=geometries, crs=crs).to_file(path, **options)
    return {"file": str(path)}


def pixel_centres(grid):
    xs = grid.bounds[0] + (np.arange(grid.width) + 0.5) * grid.resolution
    ys = grid.bounds[3] - (np.arange(grid.height) + 0.5) * grid.resolution
    return np.meshgrid(xs, ys)


def test_the_evian_box_gives_the_grid_of_the_notebook():
    grid = resolve({"bbox": EVIAN}).grid
    assert grid.bounds == (967810, 6585300, 992180, 6597770)
    assert (grid.width, grid.height) == (2437, 1247)


FIJI = [177, -19, -178, -16]


def test_a_box_across_180_degrees_is_the_land_on_both_sides_of_it():
    area = resolve({"bbox": FIJI}, crs="EPSG:32760")
    parts = [box(177, -19, 180, -16), box(-180, -19, -178, -16)]
    moved = geopandas.GeoSeries([part.segmentize(0.01) for part in parts], crs="EPSG:4326")
    both = moved.to_crs("EPSG:32760").union_all()
    assert area.geometry.symmetric_difference(both).area < 1e-4 * both.area
    assert area.crosses_antimeridian
    west, south, east, north = area.bounds_lonlat()
    assert (west, south, east, north) == pytest.approx(FIJI, abs=0.1)
    assert west < 177
    assert east > -178


def test_an_area_on_one_side_of_180_degrees_does_not_cross_it():
    assert not resolve({"bbox": EVIAN}).crosses_antimeridian
    assert not resolve({"bbox": [177, -19, 179.9, -16]}, crs="EPSG:32760").crosses_antimeridian
    assert not resolve({"bbox": [-179.9, -19, -178, -16]}, crs="EPSG:32760").crosses_antimeridian


@pytest.mark.parametrize(
    ("bounds", "accepted"),
    [
        (EVIAN, True),
        (FIJI, True),
        ([180, -19, -178, -16], True),
        ([7, 46, 6, 47], False),
        ([10, -19, -170, -16], False),
        ([6, 46, 6, 47], False),
        ([6, 47, 7, 46], False),
        ([177, -19, 182, -16], False),
        ([177, -91, -178, -16], False),
    ],
)
def test_west_beyond_east_crosses_180_degrees_unless_the_two_are_swapped(bounds, accepted):
    assert is_box(bounds) == accepted


@pytest.mark.parametrize("bounds", [EVIAN, FIJI])
def test_a_box_in_parts_is_the_box(bounds):
    west, south, east, north = bounds
    found = parts(bounds)
    assert found.bounds[0] >= -180
    assert found.bounds[2] <= 180
    assert found.area == pytest.approx((east - west) % 360 * (north - south))
    for lon in (west + 1e-3, east - 1e-3):
        assert found.contains(Point(lon, (south + north) / 2))


def test_the_curved_sides_of_a_box_lie_within_the_grid():
    area = resolve({"bbox": EVIAN})
    west, south, east, north = EVIAN
    longitudes = np.linspace(west, east, 997)
    edge = [Point(x, y) for x in longitudes for y in (south, north)]
    moved = geopandas.GeoSeries(edge, crs="EPSG:4326").to_crs(CRS)
    assert box(*area.grid.bounds).contains(moved.union_all())


@given(
    st.tuples(*[st.integers(-(10**9), 10**9)] * 2),
    st.tuples(*[st.integers(1000, 10**8)] * 2),
    st.sampled_from([1, 10, 20, 30, 2.5]),
)
def test_a_grid_is_snapped_outwards_to_multiples_of_the_resolution(corner, size, resolution):
    millimetres = (*corner, corner[0] + size[0], corner[1] + size[1])
    bounds = [value / 1000 for value in millimetres]
    grid = Grid.around(bounds, CRS, resolution)
    assert all(value / resolution == round(value / resolution) for value in grid.bounds)
    for low, value in zip(grid.bounds[:2], bounds[:2], strict=True):
        assert low <= value < low + resolution
    for high, value in zip(grid.bounds[2:], bounds[2:], strict=True):
        assert high - resolution < value <= high


@given(st.integers(-300, 300), st.integers(-300, 300), st.integers(1, 250), st.integers(1, 250))
def test_pieces_tile_the_grid(col, row, width, height):
    grid = Grid(CRS, (10, 10), (col * 10, row * 10, (col + width) * 10, (row + height) * 10))
    covered = np.zeros(grid.shape, int)
    for piece in grid.pieces(64):
        rows = slice(piece.row_off, piece.row_off + piece.height)
        columns = slice(piece.col_off, piece.col_off + piece.width)
        assert covered[rows, columns].shape == (piece.height, piece.width)
        assert 0 < piece.width <= 64
        assert 0 < piece.height <= 64
        covered[rows, columns] += 1
    assert (covered == 1).all()


@given(st.integers(-300, 300), st.integers(-300, 300))
def test_a_block_has_the_name_of_its_lattice_square_in_every_area(col, row):
    world = Grid(CRS, (10, 10), (-6400, -6400, 6400, 6400))
    part = Grid(CRS, (10, 10), (col * 10, row * 10, col * 10 + 2000, row * 10 + 1500))
    squares = {
        piece.name: box(*world.subgrid(piece.col_off, piece.row_off, 64, 64).bounds)
        for piece in world.pieces(64)
    }
    for piece in part.pieces(64):
        own = part.subgrid(piece.col_off, piece.row_off, piece.width, piece.height)
        assert squares[piece.name].covers(box(*own.bounds))


def test_names_say_west_and_south_of_the_origin():
    grid = Grid(CRS, (10, 10), (-640, -640, 640, 640))
    assert [piece.name for piece in grid.pieces(64)] == ["W1N0", "E0N0", "W1S1", "E0S1"]


def test_a_subgrid_is_a_window_of_the_same_lattice():
    grid = Grid(CRS, (10, 10), (970000, 6590000, 971000, 6591000))
    part = grid.subgrid(3, 5, 7, 11)
    assert part.shape == (11, 7)
    assert part.transform @ (0, 0) == grid.transform @ (3, 5)


def test_the_window_of_a_block_is_its_place_in_the_grid():
    grid = Grid(CRS, (10, 10), (-150, -130, 640, 700))
    for block in grid.pieces(64):
        whole = grid.transform @ (block.window.col_off, block.window.row_off)
        part = grid.subgrid(block.col_off, block.row_off, block.width, block.height)
        assert part.transform @ (0, 0) == whole
        assert (block.window.height, block.window.width) == part.shape


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(1e-4, 100), st.floats(1e-4, 100))
def test_a_grid_has_the_transform_and_size_of_its_raster(left, top, width, height):
    transform = Affine(width, 0, left, 0, -height, top)
    grid = Grid.from_transform(CRS, transform, 10980, 5490)
    assert (grid.transform, grid.shape) == (transform, (5490, 10980))


def test_a_grid_of_oblong_pixels_has_a_subgrid_but_no_resolution():
    grid = Grid.from_transform(CRS, Affine(10, 0, 970000, 0, -9.5, 6590000), 100, 80)
    part = grid.subgrid(3, 5, 7, 11)
    assert (part.shape, part.pixel) == ((11, 7), (10, 9.5))
    assert part.transform @ (0, 0) == grid.transform @ (3, 5)
    assert (part.bounds[2], part.bounds[1]) == grid.transform @ (10, 16)
    assert grid.window(Window(3, 5, 7, 11)) == part
    with pytest.raises(ValueError, match=r"10 × 9\.5"):
        _ = grid.resolution


def test_a_grid_survives_its_file(tmp_path):
    area = resolve({"bbox": EVIAN})
    write_area(area, tmp_path / "area.geojson", tmp_path / "grid.json")
    again = Area.read(tmp_path / "area.geojson", tmp_path / "grid.json")
    assert again.grid == area.grid
    assert again.geometry.equals(area.geometry)
    written = json.loads((tmp_path / "grid.json").read_text())
    assert written["blocks"] == ["E23N161", "E24N161", "E23N160", "E24N160"]
    assert (written["height"], written["width"]) == area.grid.shape


@pytest.mark.parametrize("text", ["", "{}", '{"crs": "EPSG:2154", "bounds": [1, 2]}'])
def test_a_grid_file_that_was_cut_short_is_named(text, tmp_path):
    (tmp_path / "grid.json").write_text(text)
    with pytest.raises(InputError, match=r"grid\.json: is cut short or damaged"):
        Grid.read(tmp_path / "grid.json")


def test_the_area_file_is_read_by_geopandas_in_its_own_crs(tmp_path):
    write_area(resolve({"bbox": EVIAN}), tmp_path / "area.geojson", tmp_path / "grid.json")
    assert geopandas.read_file(tmp_path / "area.geojson").crs == CRS


def test_blocks_that_do_not_touch_the_area_are_left_out():
    corners = MultiPolygon([box(0, 0, 500, 500), box(3000, 3000, 3500, 3500)])
    area = Area(corners, Grid.around(corners.bounds, CRS, 10, 64))
    assert len(list(area.grid.pieces(64))) == 36
    assert [block.name for block in area.blocks()] == ["E4N5", "E5N5", "E4N4", "E5N4", "E0N0"]


def test_a_hole_stays_a_hole(tmp_path):
    area = resolve(write(tmp_path / "holed.gpkg", [holed]))
    mask = area.mask(area.grid)
    assert mask.sum() == 100 * 100 - 40 * 40
    assert not mask[30:70, 30:70].any()


def test_parts_and_features_are_united(tmp_path):
    parts = [MultiPolygon([square, translate(square, 3000)]), translate(square, 500)]
    area = resolve(write(tmp_path / "parts.geojson", parts))
    assert area.geometry.area == pytest.approx(2_500_000)
    assert area.grid.bounds == (970000, 6590000, 974000, 6591000)


def test_a_layer_is_chosen_by_name(tmp_path):
    path = tmp_path / "layers.gpkg"
    write(path, [square], layer="one")
    write(path, [translate(square, 5000)], layer="two")
    area = resolve({"file": str(path), "layer": "two"})
    assert area.grid.bounds[0] == 975000


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3035", "EPSG:32632"])
def test_a_file_in_another_crs_gives_the_same_area(tmp_path, crs):
    moved = geopandas.GeoSeries([holed], crs=CRS).to_crs(crs)
    area = resolve(write(tmp_path / "moved.gpkg", list(moved), crs=crs))
    assert area.geometry.symmetric_difference(holed).area < 1e-3 * holed.area
    assert len(area.geometry.interiors) == 1


def test_a_self_crossing_polygon_is_mended(tmp_path):
    bow = Polygon([(970000, 6590000), (971000, 6591000), (971000, 6590000), (970000, 6591000)])
    assert resolve(write(tmp_path / "bow.gpkg", [bow])).geometry.area == pytest.approx(500_000)


def test_the_mask_says_which_pixel_centres_lie_in_the_area():
    shape = rotate(holed, 17)
    area = Area(shape, Grid.around(shape.bounds, CRS, 10))
    assert np.array_equal(area.mask(area.grid), contains_xy(shape, *pixel_centres(area.grid)))


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=3, max_size=8))
def test_the_mask_of_blocks_is_that_of_the_whole(corners):
    """Corners on pixel centres and edges: the ties that rounding could decide either way."""
    shape = Polygon([(x * 5 + 970000, y * 5 + 6590000) for x, y in corners]).buffer(0)
    if shape.is_empty:
        return
    area = Area(shape, Grid.around(shape.bounds, CRS, 10, 7))
    whole = area.mask(area.grid)
    pieced = np.zeros_like(whole)
    for block in area.blocks():
        rows = slice(block.row_off, block.row_off + block.height)
        columns = slice(block.col_off, block.col_off + block.width)
        pieced[rows, columns] = area.mask(area.block_grid(block))
    assert np.array_equal(pieced, whole)


def test_a_vector_file_is_read_once_and_again_when_it_changes(tmp_path, monkeypatch):
    definition, cache = write(tmp_path / "area.gpkg", [square]), tmp_path / "cache"
    first = resolve(definition, cache)
    with monkeypatch.context() as patch:
        patch.setattr(geopandas, "read_file", None)
        again = resolve(definition, cache)
    assert (again.grid, again.geometry) == (first.grid, first.geometry)
    write(tmp_path / "area.gpkg", [translate(square, 10)])
    assert resolve(definition, cache).grid.bounds[0] == 970010


def test_a_shapefile_given_another_crs_is_read_again(tmp_path):
    definition, cache = write(tmp_path / "area.shp", [square]), tmp_path / "cache"
    resolve(definition, cache)
    geopandas.GeoDataFrame(geometry=[square], crs="EPSG:3857").to_file(tmp_path / "other.shp")
    (tmp_path / "other.prj").replace(tmp_path / "area.prj")
    assert resolve(definition, cache).grid.bounds[0] != 970000


def unreadable(folder):
    (folder / "area.gpkg").write_bytes(b"not a database" * 50)
    return {"file": str(folder / "area.gpkg")}


def truncated(folder):
    write(folder / "area.gpkg", [square])
    whole = (folder / "area.gpkg").read_bytes()
    (folder / "area.gpkg").write_bytes(whole[: len(whole) // 3])
    return {"file": str(folder / "area.gpkg")}


def without_features(folder):
    (folder / "area.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    return {"file": str(folder / "area.geojson")}


def without_geometries(folder):
    (folder / "area.csv").write_text("name,value\na,1\n")
    return {"file": str(folder / "area.csv")}


def without_polygons(folder):
    return write(folder / "area.gpkg", [square.boundary])


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def without_crs(folder):
    return write(folder / "area.gpkg", [square], crs=None)


def unprojectable(folder):
    return write(folder / "area.gpkg", [box(600, 46, 601, 47)], crs="EPSG:4326")


def at_the_pole(folder):
    return write(folder / "area.gpkg", [box(-170, -89.99, 170, -80)], crs="EPSG:4326")


BAD = {
    unreadable: "cannot be read as a vector file",
    truncated: "area.gpkg",
    without_features: "holds no polygon",
    without_geometries: "table without geometries",
    without_polygons: "holds no polygon",
    without_crs: "does not say its CRS",
    unprojectable: "cannot be projected to EPSG:2154",
    at_the_pole: "choose a grid.crs made for it",
    lambda _: {"file": "absent.gpkg"}: "absent.gpkg does not exist",
    lambda _: {"bbox": [7, 46, 6, 47]}: "not west, south, east, north",
    lambda _: {"bbox": [-180, -90, 180, 90]}: "cannot be projected",
}


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
@pytest.mark.parametrize(
    ("make", "problem"), BAD.items(), ids=lambda each: getattr(each, "__name__", each)
)
def test_an_area_that_cannot_be_used_is_one_clear_sentence(tmp_path, make, problem):
    with pytest.raises(AreaError) as caught:
        resolve(make(tmp_path), tmp_path / "cache")
    message = str(caught.value)
    assert message.startswith("areas.mine")
    assert problem in message
    assert "\n" not in message


def test_a_layer_that_does_not_exist_is_named(tmp_path):
    definition = write(tmp_path / "area.gpkg", [square]) | {"layer": "outline"}
    with pytest.raises(AreaError, match="outline"):
        resolve(definition)
