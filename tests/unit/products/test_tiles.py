"""What makes rasters the tiles of one product."""

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import CRS

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.products import ProductKind
from lccs_inputs.products.tiles import canonical_crs, read_mosaic

LEFT, TOP = 4050000, 2600000


@pytest.fixture
def tile(tmp_path):
    """Write a 30 × 20 px tile, `east` px and `south` px from the corner; returns its path."""

    def write(name, *, east=0, south=0, pixel=10.0, crs="EPSG:3035", dtype="uint8", **profile):
        transform = Affine(pixel, 0, LEFT + east * pixel, 0, -pixel, TOP - south * pixel)
        settings = {
            "driver": "GTiff",
            "width": 30,
            "height": 20,
            "count": 1,
            "dtype": dtype,
            "crs": crs,
            "transform": transform,
        } | profile
        with rasterio.open(tmp_path / name, "w", **settings) as raster:
            raster.write(np.zeros((settings["count"], 20, 30), dtype))
        return tmp_path / name

    return write


def test_tiles_side_by_side_become_one_mosaic(tile, tmp_path):
    paths = [
        tile("IMD_2018_010m_E40N26_03035_v020.tif", nodata=255),
        tile("IMD_2018_010m_E41N25_03035_v020.tif", east=30, south=20),
    ]
    mosaic = read_mosaic(paths, tmp_path)
    assert mosaic.grid.bounds == (LEFT, TOP - 400, LEFT + 600, TOP)
    assert mosaic.grid.shape == (40, 60)
    assert mosaic.grid.crs == "EPSG:3035"
    assert mosaic.dtype == "uint8"
    assert mosaic.declared_nodata == (255,)


def test_national_files_of_one_product_may_overlap(tile, tmp_path):
    paths = [tile(f"WAW_2018_010m_{country}_03035_v020.tif") for country in ("ch", "fr")]
    assert read_mosaic(paths, tmp_path).paths == tuple(paths)


def test_the_place_in_a_name_has_no_case(tile, tmp_path):
    names = [
        "IMD_2018_010m_E40N26_03035_v020.tif",
        "imd_2018_010m_e41n26_03035_v020.tif",
        "IMD_2018_010M_FR_03035_V020.TIF",
    ]
    assert len(read_mosaic([tile(name) for name in names], tmp_path).paths) == 3


@pytest.mark.parametrize(
    "other",
    ["TCDCL_2018_010m_fr_03035_v020.tif", "TCD_2015_010m_fr_03035_v020.tif", "backup.tif"],
)
def test_two_products_over_the_same_place_are_refused(tile, tmp_path, other):
    paths = [tile("TCD_2018_010m_fr_03035_v020.tif"), tile(other, east=15)]
    with pytest.raises(SourceError, match="several products over the same place") as raised:
        read_mosaic(paths, tmp_path)
    assert other in str(raised.value)


def test_differently_named_tiles_side_by_side_are_fine(tile, tmp_path):
    assert read_mosaic([tile("west.tif"), tile("east.tif", east=30)], tmp_path).grid.width == 60


@pytest.mark.parametrize(
    ("odd", "difference"),
    [
        ({"pixel": 100.0}, "pixel size"),
        ({"crs": "EPSG:2154"}, "CRS"),
        ({"dtype": "uint16"}, "type"),
    ],
)
def test_tiles_that_differ_are_refused_and_named(tile, tmp_path, odd, difference):
    paths = [tile("one.tif"), tile("other.tif", east=60, **odd)]
    with pytest.raises(SourceError, match=f"one.tif and other.tif differ in {difference}"):
        read_mosaic(paths, tmp_path)


@pytest.mark.parametrize(
    ("odd", "problem"),
    [
        ({"crs": None}, "does not say its CRS"),
        ({"crs": 'LOCAL_CS["a drawing",UNIT["metre",1]]'}, "or has one of no place on the ground"),
        ({"compress": "jpeg"}, "is compressed as JPEG, which makes other codes of codes"),
        ({"dtype": "complex64"}, "is complex64"),
        ({"count": 2}, "has 2 bands"),
        ({"count": 3}, "has 3 bands"),
        ({"transform": Affine(10, 1, LEFT, 1, -10, TOP)}, "is rotated"),
        ({"transform": Affine(10, 0, LEFT, 0, 10, TOP)}, "upside down"),
    ],
)
def test_a_raster_that_cannot_be_a_tile_is_refused(tile, tmp_path, odd, problem):
    with pytest.raises(SourceError, match=problem):
        read_mosaic([tile("map.tif", **odd)], tmp_path / "delivery.zip")


def test_percentages_with_fractions_are_refused(tile, tmp_path):
    with pytest.raises(SourceError, match=r"map.tif is float32, where values are one of uint8"):
        read_mosaic([tile("map.tif", dtype="float32")], tmp_path, ProductKind.PERCENT)


@pytest.mark.parametrize("kind", [ProductKind.CLASSES, ProductKind.PERCENT])
@pytest.mark.parametrize("declared", [{"scales": (0.5,)}, {"offsets": (1.0,)}])
def test_codes_that_are_to_be_scaled_are_refused(tile, tmp_path, kind, declared):
    path = tile("map.tif")
    with rasterio.open(path, "r+") as raster:
        for name, values in declared.items():
            setattr(raster, name, values)
    with pytest.raises(SourceError, match=r"map.tif declares a scale of .* and an offset of"):
        read_mosaic([path], tmp_path, kind)
    assert read_mosaic([path], tmp_path, ProductKind.MEASURE).scalings != ((1, 0),)


@pytest.mark.parametrize("scale", [0.0, float("nan"), float("inf")])
def test_a_scale_that_makes_no_number_is_refused(tile, tmp_path, scale):
    path = tile("map.tif", dtype="int16")
    with rasterio.open(path, "r+") as raster:
        raster.scales = (scale,)
    with pytest.raises(SourceError, match=r"declares a scale of .* which make no number of any"):
        read_mosaic([path], tmp_path, ProductKind.MEASURE)


def test_percentages_may_be_lossy(tile, tmp_path):
    assert read_mosaic([tile("map.tif", compress="jpeg")], tmp_path, ProductKind.PERCENT).paths


def test_tiles_of_oblong_pixels_become_one_mosaic(tile, tmp_path):
    paths = [
        tile(name, transform=Affine(10, 0, LEFT + east, 0, -9.99875, TOP))
        for name, east in (("west.tif", 0), ("east.tif", 300))
    ]
    mosaic = read_mosaic(paths, tmp_path)
    assert mosaic.grid.pixel == (10, 9.99875)
    assert mosaic.grid.shape == (20, 60)


def test_tiles_whose_pixels_differ_in_height_alone_are_refused(tile, tmp_path):
    oblong = tile("b.tif", transform=Affine(10, 0, LEFT, 0, -9.99875, TOP + 400))
    with pytest.raises(SourceError, match=r"differ in pixel size \(10 and 10 × 9.99875\)"):
        read_mosaic([tile("a.tif"), oblong], tmp_path)


def test_a_web_page_saved_as_geotiff_is_refused(tmp_path):
    path = tmp_path / "map.tif"
    path.write_text("<html>403</html>")
    with pytest.raises(SourceError, match="cannot be read as a GeoTIFF"):
        read_mosaic([path], path)


@pytest.mark.parametrize(
    "spelling",
    [
        "EPSG:3035",
        "IGNF:ETRS89LAEA",
        "+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 +ellps=GRS80 +units=m",
        CRS.from_epsg(3035).to_wkt("WKT1_ESRI"),
        CRS.from_epsg(3035).to_wkt("WKT1_GDAL"),
        CRS.from_epsg(3035).to_wkt().replace("ETRS89-extended / LAEA Europe", "unnamed"),
    ],
)
def test_every_spelling_of_laea_europe_is_one_crs(spelling):
    assert canonical_crs(spelling) == "EPSG:3035"


def test_other_projections_are_not_taken_for_laea_europe():
    assert canonical_crs("EPSG:2154") == "EPSG:2154"
    shifted = "+proj=laea +lat_0=52 +lon_0=10 +x_0=0 +y_0=0 +ellps=GRS80 +units=m"
    assert canonical_crs(shifted) == shifted


def test_tiles_that_spell_laea_europe_differently_are_one_mosaic(tile, tmp_path):
    paths = [tile("west.tif"), tile("east.tif", east=30, crs="IGNF:ETRS89LAEA")]
    assert read_mosaic(paths, tmp_path).grid.crs == "EPSG:3035"
