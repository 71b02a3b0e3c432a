"""What arrives is what was ordered or is kept aside: the stand-in's deliveries, right and wrong."""

import zipfile

import numpy as np
import pytest
import rasterio
from pyproj import Transformer
from shapely import box

from lccs_inputs.clms.arrival import check_delivery, check_names
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from standins.clms.catalogue import Layer
from standins.clms.deliveries import Clip, geotiff, pack, pattern
from standins.clms.faults import Fault

BOUNDS = (4_098_000, 2_600_000, 4_102_000, 2_602_000)  # EPSG:3035, over a line of 100 km tiles
AREA_BOUNDS = (4_098_500, 2_600_500, 4_100_500, 2_601_500)

ORDERS = {
    "prepackaged": (
        "WAW",
        2018,
        Clip(Layer("WAW", 2018, 10, "WAW_2018_010m_fr_03035_v020"), BOUNDS),
    ),
    "clip of 2018": (
        "IMD",
        2018,
        Clip(Layer("IMD", 2018, 10, "IMD_2018_010m_03035_V2_0"), BOUNDS, "bbox_0"),
    ),
    "clip of a series": (
        "TCD",
        2021,
        Clip(Layer("TCD", None), BOUNDS, "FRK28", "Tree Cover Density 2018-present", "20210101"),
    ),
    "crop types": (
        "CTY",
        2021,
        Clip(Layer("CTY", None), BOUNDS, "bbox_0", "Crop Types 2017-present", "20210101"),
    ),
    "backbone": (
        "CLCPLUS",
        2023,
        Clip(
            Layer("CLCPLUS", 2023, 10, "CLMS_CLCPLUS_RAS_S2023_R10m_03035_V01_R00"),
            BOUNDS,
            "bbox_0",
        ),
    ),
}


@pytest.fixture
def area():
    return Area(box(*AREA_BOUNDS), Grid.around(AREA_BOUNDS, "EPSG:3035", 10))


@pytest.fixture
def deliver(tmp_path):
    """Write an order's archive; returns its path."""

    def write(order, kind="", source=pattern):
        path = tmp_path / "archives" / "0f3a.zip"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(pack([ORDERS[order][2]], source, Fault(kind, {}) if kind else None))
        return path

    return write


def check(path, order, area, year=None):
    name, ordered_year, _ = ORDERS[order]
    return check_delivery(path, PRODUCTS[name], year or ordered_year, area)


@pytest.mark.parametrize("order", ORDERS)
def test_every_layout_of_the_right_product_passes_and_stays(deliver, area, order):
    path = deliver(order)
    coverage = check(path, order, area)
    assert coverage.area == 200 * 100
    assert 0 < coverage.classified <= coverage.covered <= coverage.area
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("order", ["prepackaged", "clip of 2018", "clip of a series", "crop types"])
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("confidence", "a layer about .* such as its confidence"),
        ("wrong_product", "is (DLT|TCD) by its name, not"),
        ("wrong_crs", "is in EPSG:3857, not in EPSG:3035 as ordered"),
        ("wrong_size", "has pixels of 20 m, where .* has 10 m"),
        ("no_overlap", "no part of it lies in the area"),
        ("inner_bad_crc", "damaged"),
    ],
)
def test_a_wrong_delivery_is_refused_and_kept_aside(deliver, area, order, kind, reason):
    path = deliver(order, kind)
    content = path.read_bytes()
    with pytest.raises(SourceError, match=reason) as raised:
        check(path, order, area)
    message = str(raised.value)
    assert message.startswith(f"{path}: ")
    assert message.endswith("; the delivery is kept as 0f3a.zip.rejected")
    assert "\n" not in message
    aside = path.with_name("0f3a.zip.rejected")
    assert list(path.parent.iterdir()) == [aside]
    assert aside.read_bytes() == content


@pytest.mark.parametrize("order", ["prepackaged", "clip of 2018", "clip of a series", "crop types"])
def test_a_code_the_product_does_not_have_is_named(deliver, area, order):
    path = deliver(order, "wrong_code")
    with pytest.raises(SourceError, match="holds code 199, which"):
        check(path, order, area)
    assert not path.exists()


def test_two_products_in_one_delivery_are_refused(deliver, area):
    path = deliver("clip of 2018", "two_products")
    with pytest.raises(SourceError, match="kept as"):
        check(path, "clip of 2018", area)


@pytest.mark.parametrize("order", ORDERS)
def test_another_year_is_refused_where_names_tell(deliver, area, order):
    year = ORDERS[order][1]
    with pytest.raises(SourceError, match=f"is of {year} by its name, not of 2015"):
        check(deliver(order), order, area, year=2015)


def test_a_second_rejection_replaces_the_first(deliver, area):
    for _ in range(2):
        with pytest.raises(SourceError):
            check(deliver("prepackaged", "wrong_size"), "prepackaged", area)
    path = deliver("prepackaged")
    check(path, "prepackaged", area)
    assert sorted(each.name for each in path.parent.iterdir()) == ["0f3a.zip", "0f3a.zip.rejected"]


def test_an_area_with_no_pixel_on_the_map_is_told(deliver, area):
    def outside(product, bounds):
        return np.full_like(pattern(product, bounds), 255)

    with pytest.raises(SourceError, match="no part of it lies in the area"):
        check(deliver("clip of 2018", source=outside), "clip of 2018", area)


@pytest.fixture
def elsewhere():
    bounds = (4_200_000, 2_700_000, 4_201_000, 2_701_000)
    return Area(box(*bounds), Grid.around(bounds, "EPSG:3035", 10))


def test_a_delivery_for_a_whole_country_stays_where_one_area_is_outside_it(deliver, elsewhere):
    path = deliver("prepackaged")
    with pytest.raises(SourceError, match="no part of it lies in the area"):
        check_delivery(path, PRODUCTS["WAW"], 2018, elsewhere, shared=True)
    assert path.exists()


def test_a_delivery_that_another_method_stands_in_for_may_miss_the_area(deliver, elsewhere):
    path = deliver("prepackaged")
    coverage = check_delivery(path, PRODUCTS["WAW"], 2018, elsewhere, optional=True)
    assert coverage.covered == 0
    assert path.exists()


def test_a_wrong_delivery_for_a_whole_country_is_kept_aside_all_the_same(deliver, area):
    path = deliver("prepackaged", "wrong_size")
    with pytest.raises(SourceError, match="kept as"):
        check_delivery(path, PRODUCTS["WAW"], 2018, area, shared=True)
    assert not path.exists()


def test_an_area_in_another_crs_is_checked_on_its_own_grid(deliver):
    to_lambert = Transformer.from_crs("EPSG:3035", "EPSG:2154", always_xy=True)
    bounds = to_lambert.transform_bounds(*AREA_BOUNDS)
    grid = Grid.around(bounds, "EPSG:2154", 20)
    coverage = check(deliver("prepackaged"), "prepackaged", Area(box(*grid.bounds), grid))
    assert coverage.area == grid.width * grid.height
    assert coverage.covered_share > 0.5


@pytest.mark.parametrize(
    ("name", "product", "year"),
    [
        ("IMD_2018_010m_E38N23_03035_v020.tif", "IMD", 2018),
        ("CLMS_HRLVLCC_TCD_S2023_R10m_E40N28_03035_V01_R00.tif", "TCD", 2023),
        ("CLMS_NVLCC_IMD_S2024_R10m_E40N28_03035_V01_R00.tif", "IMD", 2024),
        ("CLMS_HRLVLCC_TCD_DE111.tif", "TCD", 2020),
        ("CLMS_CLCPLUS_RAS_S2023_R10m_03035_V01_R00.tif", "CLCPLUS", 2023),
        ("CLMS_CLCPLUS_RAS_S2023_R10m_03035_V01_R00.tif", "CLCPLUS", None),
        ("CLMS_CLCPLUS_RASTER_2021_010m_EU_03035_V01_R00.tif", "CLCPLUS", 2021),
        ("CLMS_CLCplus_RASTER_2018_010m_eu_03035_V1_1.tif", "CLCPLUS", 2018),
        ("CLCplus_RASTER_2021_010m_eu_03035_V1_1.tif", "CLCPLUS", 2021),
        ("imd_2018_010m_eu_03035_v020.tif", "IMD", 2018),
        ("clms_hrlvlcc_tcd_s2023_r10m_e40n28_03035_v01_r00.TIF", "TCD", 2023),
        ("EUCROPMAP_2018.tif", "EUCROPMAP", 2018),
        ("imd_20150312.tif", "IMD", 2018),
        ("my own map.tif", "GRA", 2018),
    ],
)
def test_names_that_fit_or_tell_nothing_pass(tmp_path, name, product, year):
    path = tmp_path / name
    path.write_bytes(geotiff(np.zeros((4, 4), np.uint8), (0, 0, 40, 40), 10))
    assert check_names(path, PRODUCTS[product], year, tmp_path / "work") == [path]


@pytest.mark.parametrize(
    ("name", "product", "year", "reason"),
    [
        ("IBU_2018_010m_03035_V2_0.tif", "IMD", 2018, "is IBU by its name, not IMD"),
        ("IMD_2015_020m_03035_v020.tif", "IMD", 2018, "is of 2015 by its name"),
        ("CLMS_HRLVLCC_TCDCL_S2023_R10m_E40N28.tif", "TCD", 2023, "such as its confidence"),
        ("CLMS_HRLVLCC_TCD_Confidence_DE111.tif", "TCD", 2023, "is a confidence layer"),
        ("CLMS_HRLVLCC_DLT_DE111.tif", "TCD", 2023, "is DLT by its name, not TCD"),
        ("tcd_2015_020m_eu_03035_d04.tif", "IMD", 2018, "is TCD by its name, not IMD"),
        ("imd_2015_020m_eu_03035_d04.tif", "IMD", 2018, "is of 2015 by its name, not of 2018"),
        ("clms_hrlvlcc_tcdcl_s2023_r10m_e40n28.tif", "TCD", 2023, "such as its confidence"),
        ("clms_clcplus_raster_2021_010m_eu_03035.tif", "CLCPLUS", 2018, "is of 2021 by its name"),
        ("CLMS_CLCPLUS_RASTER_2021_010m_EU_03035.tif", "IMD", 2021, "is CLCPLUS by its name"),
        ("CLCplus_RASTER_2021_010m_eu_03035_V1_1.tif", "CLCPLUS", 2018, "is of 2021 by its name"),
        ("EUCROPMAP_2022.tif", "EUCROPMAP", 2018, "is of 2022 by its name, not of 2018"),
        (
            "CLMS_NVLCC_IMD_S2024_R10m_E40N28.tif",
            "IMD",
            2021,
            "is of 2024 by its name, not of 2021",
        ),
    ],
)
def test_names_that_tell_of_something_else_are_refused(tmp_path, name, product, year, reason):
    path = tmp_path / name
    path.write_bytes(geotiff(np.zeros((4, 4), np.uint8), (0, 0, 40, 40), 10))
    with pytest.raises(SourceError, match=reason):
        check_names(path, PRODUCTS[product], year, tmp_path / "work")
    assert path.exists()


def raster_in(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(geotiff(np.zeros((4, 4), np.uint8), (0, 0, 40, 40), 10))
    return path


def test_the_folders_that_a_user_keeps_a_delivery_in_tell_no_year(tmp_path):
    kept = tmp_path / "20200101"
    plain = raster_in(kept / "TCD.tif")
    archive = kept / "TCD.zip"
    with zipfile.ZipFile(archive, "w") as members:
        members.write(plain, "20180101/TCD.tif")
    nested = kept / "nested.zip"
    with zipfile.ZipFile(nested, "w") as members:
        members.write(archive, "Results/TCD.zip")
    work = kept / "work"
    for delivery in (plain, archive, nested):
        assert len(check_names(delivery, PRODUCTS["TCD"], 2018, work)) == 1
    raster_in(kept / "tiles/west/TCD.tif")
    assert len(check_names(kept / "tiles", PRODUCTS["TCD"], 2018, work)) == 1


def test_the_folders_within_a_delivery_tell_its_year(tmp_path):
    raster_in(tmp_path / "tiles/20210101/west/TCD.tif")
    inner = tmp_path / "inner.zip"
    with zipfile.ZipFile(inner, "w") as members:
        members.write(tmp_path / "tiles/20210101/west/TCD.tif", "TCD.tif")
    outer = tmp_path / "outer.zip"
    with zipfile.ZipFile(outer, "w") as members:
        members.write(inner, "20210101/Results/inner.zip")
    for delivery in (tmp_path / "tiles", outer):
        with pytest.raises(SourceError, match="is of 2021 by its name, not of 2018"):
            check_names(delivery, PRODUCTS["TCD"], 2018, tmp_path / "work")


def test_a_number_of_eight_digits_that_is_no_date_tells_no_year(tmp_path):
    raster_in(tmp_path / "tiles/40501234/TCD.tif")
    assert len(check_names(tmp_path / "tiles", PRODUCTS["TCD"], 2018, tmp_path / "work")) == 1


def test_the_real_deliveries_are_what_their_names_say(shared_data, tmp_path):
    for name in ("FTY", "GRA", "IMD", "TCD"):
        (archive,) = (shared_data / "hrl_malta_2018").glob(f"{name}_2018_*.zip")
        (raster,) = check_names(archive, PRODUCTS[name], 2018, tmp_path / "work")
        with rasterio.open(raster) as opened:
            assert opened.count == 1
    with pytest.raises(SourceError, match="is of 2015 by its name, not of 2018"):
        check_names(
            shared_data / "hrl_malta_2018" / "general_raster.zip",
            PRODUCTS["WAW"],
            2018,
            tmp_path / "work",
        )
