"""Whole-area statistics: exact, and the same however the area is cut."""

import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from rasterio.windows import Window
from shapely import Polygon, box
from skimage.filters import threshold_otsu

from lccs_inputs.errors import InputError
from lccs_inputs.expressions import canonical, evaluate, parse, statistic_name
from lccs_inputs.facts.sensors import SCENE_NODATA
from lccs_inputs.layers.sources import RasterBand, SourceReader
from lccs_inputs.layers.statistics import Statistics, compute_statistics
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.writing import create_raster

BIN = 1e-4
INDEX = st.floats(-100, 100, allow_nan=False)
ANY = st.floats(allow_nan=False, allow_infinity=False)
STORED = st.integers(-32767, 32767).map(lambda number: number / 10000)
CODES = st.integers(0, 255).map(float)


def of(numbers: list[float]) -> Statistics:
    data = np.array(numbers, np.float64)
    return Statistics.of(data, np.ones(data.shape, bool))


def lists(numbers: st.SearchStrategy[float]) -> st.SearchStrategy[list[float]]:
    return st.lists(numbers, min_size=1, max_size=60)


class TestExactness:
    @given(lists(ANY), st.integers(0, 60), st.randoms(use_true_random=False))
    def test_the_cut_and_the_order_do_not_matter(
        self, numbers: list[float], cut: int, random: object
    ) -> None:
        whole = of(numbers)
        shuffled = sorted(numbers, key=lambda _: random.random())  # type: ignore[attr-defined]
        assert of(shuffled[:cut]).merge(of(shuffled[cut:])) == whole
        assert of(shuffled[cut:]).merge(of(shuffled[:cut])) == whole

    @given(lists(ANY))
    def test_count_extremes_and_sum_are_exact(self, numbers: list[float]) -> None:
        found = of(numbers)
        assert found.count == len(numbers) == sum(found.histogram.values())
        assert (found.minimum, found.maximum) == (min(numbers), max(numbers))
        assert found.total == sum(map(Fraction, numbers))

    @given(lists(INDEX))
    def test_the_mean_is_rounded_once(self, numbers: list[float]) -> None:
        assert of(numbers).mean == float(sum(map(Fraction, numbers)) / len(numbers))

    @given(lists(ANY))
    def test_json_keeps_everything(self, numbers: list[float]) -> None:
        found = of(numbers)
        document = json.loads(json.dumps(found.to_dict()))
        assert Statistics.from_dict(document) == found
        assert document["mean"] == found.mean

    def test_a_file_that_was_cut_short_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "ndvi.json").write_text('{"count": 3')
        with pytest.raises(InputError, match=r"ndvi\.json: is cut short or damaged"):
            Statistics.read(tmp_path / "ndvi.json")

    def test_a_mean_that_rounded_sums_would_lose(self) -> None:
        assert of([1e16, 1.0, -1e16, 1.0]).mean == 0.5

    def test_zero_has_one_sign(self) -> None:
        assert json.dumps(of([0.0, -0.0]).to_dict()) == json.dumps(of([-0.0, 0.0]).to_dict())

    def test_what_is_not_valid_does_not_count(self) -> None:
        data, valid = np.array([[1.0, -9999.0]]), np.array([[True, False]])
        assert Statistics.of(data, valid) == of([1.0])
        assert Statistics.of(data, np.zeros_like(valid)) == Statistics()


class TestHistogram:
    @given(ANY, ANY)
    def test_bins_grow_with_the_values(self, one: float, other: float) -> None:
        [first], [second] = of([min(one, other)]).histogram, of([max(one, other)]).histogram
        assert first <= second

    @given(st.integers(-(2**20), 2**20 - 1))
    def test_a_stored_number_is_the_lower_edge_of_its_own_bin(self, stored: int) -> None:
        edge = stored / 10000
        assert list(of([edge]).histogram) == [stored]
        assert list(of([math.nextafter(edge, -math.inf)]).histogram) == [stored - 1]

    @given(lists(ANY))
    def test_bins_are_bounded_whatever_the_values(self, numbers: list[float]) -> None:
        assert all(abs(index) <= 2**20 + 2**22 for index in of(numbers).histogram)

    def test_outliers_do_not_coarsen_the_rest(self) -> None:
        rest = np.linspace(0.2, 0.8, 1001).tolist()
        found = of([-1e300, *rest, 1e300])
        assert found.percentile(50) == pytest.approx(0.5, abs=BIN)

    @given(st.floats(105, 1e12))
    def test_bins_far_out_are_narrow_for_their_values(self, number: float) -> None:
        for sign in (1, -1):
            spread = of([sign * number, sign * number * 1.0003])
            assert len(spread.histogram) == 2


class TestPercentiles:
    @given(lists(st.one_of(STORED, CODES)), st.floats(0, 100))
    def test_stored_numbers_and_codes_as_numpy_exactly(
        self, numbers: list[float], percent: float
    ) -> None:
        found = of(numbers)
        expected = float(np.percentile(numbers, percent))
        assert found.on_edges
        assert found.percentile(percent) == pytest.approx(expected, rel=1e-12, abs=1e-12)

    @given(lists(INDEX), st.floats(0, 100))
    def test_indices_as_numpy_within_a_bin(self, numbers: list[float], percent: float) -> None:
        expected = float(np.percentile(numbers, percent))
        assert of(numbers).percentile(percent) == pytest.approx(expected, abs=BIN)

    @given(lists(ANY))
    def test_the_ends_are_the_extremes(self, numbers: list[float]) -> None:
        found = of(numbers)
        assert (found.percentile(0), found.percentile(100)) == (min(numbers), max(numbers))

    def test_a_threshold_at_a_percentile_keeps_the_pixels_that_lie_on_it(self) -> None:
        found = of([float(percent) for percent in range(101)])
        assert [found.percentile(percent) for percent in (10, 50, 90)] == [10.0, 50.0, 90.0]


def otsu_by_trial(numbers: NDArray[np.float64], thresholds: NDArray[np.float64]) -> float:
    """Variance between classes of the best of `thresholds`, by the definition."""
    best = 0.0
    for threshold in thresholds:
        low, high = numbers[numbers < threshold], numbers[numbers >= threshold]
        if low.size and high.size:
            best = max(best, low.size * high.size * (low.mean() - high.mean()) ** 2)
    return float(best)


class TestOtsu:
    @given(st.lists(STORED, min_size=2, max_size=40, unique=True))
    def test_no_other_threshold_parts_the_classes_better(self, numbers: list[float]) -> None:
        array = np.array(numbers)
        chosen = np.array([of(numbers).otsu()])
        best = otsu_by_trial(array, array)
        assert otsu_by_trial(array, chosen) == pytest.approx(best, rel=1e-6)

    def test_two_classes_are_parted_in_the_middle_of_the_gap(self) -> None:
        """Of the gap between 0.1001, where the bin of 0.1 ends, and 0.9: on the edge of a bin."""
        assert of([0.1, 0.1, 0.1, 0.9]).otsu() == 0.5

    def test_values_without_measure_are_parted_too(self) -> None:
        assert -1e300 < of([-1e300, 1e300]).otsu() <= 1e300

    def test_values_of_one_bin_give_its_lower_edge(self) -> None:
        assert of([0.25, 0.25]).otsu() == 0.25

    @pytest.mark.parametrize(("scale", "step"), [(0.002, 1), (1.0, 100), (1.0, 3700)])
    def test_it_parts_the_pixels_as_scikit_image_does_at_the_same_bins(
        self, scale: float, step: int
    ) -> None:
        """Neighbouring bins filled (step 1), or every hundredth or so, with gaps between them."""
        draw = np.random.default_rng(5)
        water, land = draw.normal(-24, 2, 30_000), draw.normal(-13, 3, 90_000)
        decibels = np.concatenate([water, land]) * scale
        stored = np.round(decibels * 10_000 / step).astype(int) * step
        numbers, lowest = stored / 10_000, stored.min()
        counts = np.bincount(stored - lowest)
        theirs = float(threshold_otsu(hist=(counts, (np.arange(counts.size) + lowest + 0.5) * BIN)))
        ours = of(numbers.tolist()).otsu()
        # theirs is the centre of the last bin below, ours the middle of the gap to the next
        assert ((numbers >= ours) == (numbers > theirs)).all()
        assert ours - theirs == pytest.approx(step / 2 * BIN, abs=BIN / 2)

    def test_water_and_land_are_parted(self) -> None:
        draw = np.random.default_rng(1)
        land, water = draw.normal(-0.5, 0.1, 4000), draw.normal(0.4, 0.1, 1000)
        assert of([*land, *water]).otsu() == pytest.approx(-0.05, abs=0.1)


RESOLUTION = 10.0


def triangle(grid: Grid) -> Area:
    """The lower left half of a grid."""
    xmin, ymin, xmax, ymax = grid.bounds
    return Area(Polygon([(xmin, ymin), (xmax, ymin), (xmin, ymax)]), grid)


@pytest.fixture
def grid(monkeypatch: pytest.MonkeyPatch) -> Grid:
    """Of several windows in both directions."""
    monkeypatch.setattr("lccs_inputs.rasters.reading.WINDOW", 48)
    left, top = 20_000, 21_000
    return Grid("EPSG:2154", (RESOLUTION, RESOLUTION), (left, top - 900, left + 1100, top))


@pytest.fixture
def mosaic(tmp_path: Path, grid: Grid) -> Path:
    path = tmp_path / "mosaic.tif"
    draw = np.random.default_rng(7)
    with create_raster(
        path, grid, ["red", "nir"], "int16", SCENE_NODATA, scales=[1e-4, 1e-4]
    ) as raster:
        for band in (1, 2):
            stored = draw.integers(0, 6000, grid.shape, dtype=np.int16)
            stored[5:9, :] = SCENE_NODATA
            raster.write(stored, band)
    return path


NDVI = parse("derived.ndvi", "(s2.nir - s2.red) / (s2.nir + s2.red)")


def bands(mosaic: Path) -> dict[str, RasterBand]:
    return {f"s2.{band}": RasterBand(mosaic, None, band) for band in ("red", "nir")}


class TestOverAnArea:
    def test_they_are_those_of_all_valid_pixels_within_the_area(
        self, tmp_path: Path, grid: Grid, mosaic: Path
    ) -> None:
        import rasterio

        area = triangle(grid)
        target = tmp_path / f"{statistic_name(NDVI)}.json"
        compute_statistics(NDVI, bands(mosaic), area, target)
        with rasterio.open(mosaic) as raster:
            red, nir = raster.read().astype(float)  # their scale cancels
            valid = (raster.read() != SCENE_NODATA).all(axis=0) & (red + nir != 0)
        with np.errstate(all="ignore"):
            ndvi = ((nir - red) / (nir + red))[valid & area.mask(grid)]
        found = Statistics.read(target)
        assert found.count == ndvi.size
        assert (found.minimum, found.maximum) == (ndvi.min(), ndvi.max())
        assert found.mean == float(sum(map(Fraction, ndvi.tolist())) / ndvi.size)
        assert found.percentile(5) == pytest.approx(np.percentile(ndvi, 5), abs=BIN)
        assert json.loads(target.read_text())["expression"] == canonical(NDVI)

    def test_fractional_cover_runs_from_0_to_1_over_the_area(
        self, tmp_path: Path, grid: Grid, mosaic: Path
    ) -> None:
        area = Area(box(*grid.bounds), grid)
        target = tmp_path / "ndvi.json"
        compute_statistics(NDVI, bands(mosaic), area, target)
        ndvi = canonical(NDVI)
        fvc = parse(
            "derived.fvc",
            f"(({ndvi} - area_min({ndvi})) / (area_max({ndvi}) - area_min({ndvi}))) ** 2",
        )
        with SourceReader(bands(mosaic), grid) as reader:
            values = reader.read(Window(0, 0, grid.width, grid.height))
        value = evaluate(fvc, values, {statistic_name(NDVI): Statistics.read(target)})
        within = value.data[value.valid]
        assert (within.min(), within.max()) == (0.0, 1.0)

    def test_otsu_over_windows_is_that_of_scikit_image_over_the_whole_raster(
        self, tmp_path: Path, grid: Grid, mosaic: Path
    ) -> None:
        area, target = Area(box(*grid.bounds), grid), tmp_path / "focal.json"
        smooth = parse("derived.smooth", "focal_median(s2.nir - s2.red, 3)")
        compute_statistics(smooth, bands(mosaic), area, target)
        with SourceReader(bands(mosaic), grid) as reader:
            values = reader.read(Window(0, 0, grid.width, grid.height))
        value = evaluate(smooth, values, {})
        found, whole = Statistics.read(target), value.data[value.valid]
        assert found == Statistics.of(value.data, value.valid)  # no seam between windows
        theirs = threshold_otsu(whole)  # at its own 256 bins
        assert found.otsu() == pytest.approx(theirs, abs=np.ptp(whole) / 256)

    def test_a_second_run_writes_the_same_bytes(
        self, tmp_path: Path, grid: Grid, mosaic: Path
    ) -> None:
        one, two = tmp_path / "one.json", tmp_path / "two.json"
        for target in (one, two):
            compute_statistics(NDVI, bands(mosaic), triangle(grid), target)
        assert one.read_bytes() == two.read_bytes()

    def test_an_area_without_data_is_refused_and_nothing_written(
        self, tmp_path: Path, grid: Grid
    ) -> None:
        empty, target = tmp_path / "mosaic.tif", tmp_path / "ndvi.json"
        with create_raster(empty, grid, ["red", "nir"], "int16", SCENE_NODATA):
            pass
        with pytest.raises(InputError, match=r"no pixel with data .*cloud"):
            compute_statistics(NDVI, bands(empty), triangle(grid), target)
        assert not target.exists()

    def test_a_constant_has_statistics_too(self, tmp_path: Path, grid: Grid) -> None:
        target = tmp_path / "one.json"
        compute_statistics(parse("x", "1"), {}, triangle(grid), target)
        assert Statistics.read(target).mean == 1.0
