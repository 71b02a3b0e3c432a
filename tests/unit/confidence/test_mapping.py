"""Maps of confidence: of each layer what the documentation says, pixel by pixel."""

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from scipy.ndimage import convolve
from scipy.stats import norm

from lccs_inputs.confidence import mapping
from lccs_inputs.confidence.mapping import Targets, map_confidence
from lccs_inputs.confidence.question import LayerParts
from lccs_inputs.expressions import parse
from lccs_inputs.facts.lccs import DESCRIPTORS
from lccs_inputs.layers.build import build_layer
from lccs_inputs.layers.sources import RasterBand, raster_bands
from lccs_inputs.rasters import reading
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.writing import create_raster
from small_rasters import NODATA, area_of, grid_of, write_codes

SIDE = 40
GREEN, CROP = "vegetat_veg_cat", "cultman_agr_cat"
PARTS = (
    LayerParts(
        CROP, "crops in {1, 2} and layers.vegetat_veg_cat",
        {"later": "later == 1 and layers.vegetat_veg_cat"}, False, ("s2.clear_count",), 3,
    ),
    LayerParts(
        GREEN, "coalesce(cover >= 40, trees == 1)",
        {"cover": "cover >= 40", "trees": "trees == 1", "tall": "cover >= 60"}, True,
        ("s2.clear_count",), None,
    ),
)  # fmt: skip


class Sources:
    """Random sources and the layers that are made of them, as arrays and as files."""

    def __init__(self, folder: Path) -> None:
        self.grid: Grid = grid_of(SIDE, SIDE)
        random = np.random.default_rng(3)
        blocks = random.integers(0, 5, (5, 5)).repeat(8, 0).repeat(8, 1)
        self.cover = np.clip(blocks * 25 + random.integers(-9, 9, (SIDE, SIDE)), 0, 100)
        self.cover[random.random((SIDE, SIDE)) < 0.05] = NODATA
        self.codes = {
            "trees": random.integers(0, 2, (SIDE, SIDE)),
            "crops": random.integers(0, 4, (5, 5)).repeat(8, 0).repeat(8, 1),
            "later": random.integers(0, 2, (SIDE, SIDE)),
        }
        self.codes["trees"][random.random((SIDE, SIDE)) < 0.1] = NODATA
        known = self.cover != NODATA
        trees = self.codes["trees"]
        by_trees = np.where(trees == NODATA, NODATA, trees == 1)
        self.green = np.where(known, self.cover >= 40, by_trees)
        crop = np.isin(self.codes["crops"], (1, 2))
        self.crop = np.where(~crop, 0, np.where(self.green == NODATA, NODATA, self.green == 1))
        self.looks = random.integers(1, 9, (SIDE, SIDE))
        self.bands = self._written(folder)

    def _written(self, folder: Path) -> dict[str, RasterBand]:
        names = {**self.codes, "cover": self.cover, GREEN: self.green, CROP: self.crop}
        files = {name: write_codes(folder / f"{name}.tif", self.grid, codes)
                 for name, codes in names.items()}  # fmt: skip
        mosaic = folder / "mosaic.tif"
        with create_raster(mosaic, self.grid, ["clear_count"], "int16", -32768) as raster:
            raster.write(self.looks.astype(np.int16), 1)
        rasters = {name: files[name] for name in (*self.codes, "cover")}
        rasters |= {f"layers.{name}": files[name] for name in (GREEN, CROP)}
        return raster_bands({**rasters, "s2.clear_count": mosaic}, DESCRIPTORS)

    def map(self, folder: Path) -> dict[str, dict[str, np.ndarray]]:
        targets = Targets({name: folder / f"{name}.tif" for name in (CROP, GREEN)}, None)
        map_confidence(
            PARTS, DESCRIPTORS, ["trees", "crops", "later"], self.bands, statistics={},
            area=area_of(self.grid), targets=targets, tags={"fingerprint": "01"},
        )  # fmt: skip
        return {path.stem: read(path) | self.told(path) for path in targets.layers.values()}

    def told(self, path: Path) -> dict[str, np.ndarray]:
        """The parts that the map of a layer tells in its tags."""
        with rasterio.open(path) as raster:
            tags = raster.tags()
        assert tags["looks"] == "s2.clear_count"
        age = np.full(self.looks.shape, int(tags.get("age", NODATA)))
        return {"looks": self.looks, "age": age}


def read(path: Path) -> dict[str, np.ndarray]:
    with rasterio.open(path) as raster:
        return dict(zip(raster.descriptions, raster.read(), strict=True))


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    return Sources(tmp_path / "sources")


def shares(codes: np.ndarray) -> np.ndarray:
    """Of the 3 × 3 pixels with data, those with the code of the middle, percent."""
    kernel = np.ones((3, 3))
    there = convolve((codes != NODATA).astype(float), kernel, mode="constant")
    same = np.zeros(codes.shape)
    for code in (0, 1):
        mask = (codes == code).astype(float)
        same += mask * convolve(mask, kernel, mode="constant")
    return np.rint(100 * same / np.maximum(there, 1))


def test_the_parts_of_a_chain_of_methods(sources: Sources, tmp_path: Path) -> None:
    made = sources.map(tmp_path)[GREEN]
    known, trees, cover = sources.green != NODATA, sources.codes["trees"], sources.cover
    others = np.stack([np.where(cover == NODATA, NODATA, cover >= 40), trees,
                       np.where(cover == NODATA, NODATA, cover >= 60)])  # fmt: skip
    agree = ((others == sources.green) & (others != NODATA)).sum(axis=0) - 1
    there = (others != NODATA).sum(axis=0) - 1
    expected = {
        "agreement": np.rint(100 * (1 + agree) / (2 + there)),
        "support": shares(sources.green),
        "looks": sources.looks,
        "age": np.full(cover.shape, 255),
    }
    for name, part in expected.items():
        assert np.array_equal(made[name][known], part[known]), name
    for name in ("score", "agreement", "distance", "support"):
        assert (made[name][~known] == 255).all(), name
    on = cover[(cover >= 40) & (cover != NODATA)] - 40
    below = 40 - cover[cover < 40]
    spread = np.where(cover >= 40, on.std(), below.std())
    distance = np.clip(np.floor(np.abs(cover - 40.0) / spread * 32), 1, 126)
    by_cover = known & (cover != NODATA)
    assert np.array_equal(made["distance"][by_cover], distance[by_cover])
    assert (made["distance"][known & ~by_cover] == 255).all(), "a class has no distance"


def test_the_score_follows_from_the_parts(sources: Sources, tmp_path: Path) -> None:
    for made in sources.map(tmp_path).values():
        known = made["score"] != 255
        part = {name: band[known].astype(float) for name, band in made.items()}
        distance = np.where(part["distance"] == 255, np.inf, part["distance"] / 32)
        years = np.where(part["age"] == 255, 0, part["age"])
        right = (1 - (1 - part["support"] / 100) ** 2) * norm.cdf(distance) * 0.99**years
        agreement = part["agreement"] / 100
        odds = (1 - right) / right * (1 - agreement) / agreement * (1 + 1 / part["looks"])
        assert known.sum() > 1000
        assert np.abs(100 / (1 + odds) - part["score"]).max() <= 0.51


def test_a_layer_is_no_surer_than_what_it_is_made_from(sources: Sources, tmp_path: Path) -> None:
    made = sources.map(tmp_path)
    crops = sources.crop == 1  # and so vegetated: by cover, where that is known
    assert np.array_equal(made[CROP]["distance"][crops], made[GREEN]["distance"][crops])
    assert (made[CROP]["age"][sources.crop != NODATA] == 3).all()
    bare = (sources.green == 0) & ~np.isin(sources.codes["crops"], (1, 2))
    assert (made[CROP]["distance"][bare] == 255).all(), "a class that would have to change too"


def test_the_result_does_not_hang_on_how_the_area_is_cut(
    sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = sources.map(tmp_path / "whole")
    monkeypatch.setattr(reading, "WINDOW", 16)
    monkeypatch.setattr(mapping, "_TOGETHER", 48)
    for name, bands in sources.map(tmp_path / "cut").items():
        for band, pixels in bands.items():
            assert np.array_equal(pixels, whole[name][band]), (name, band)


FORM = "lifeform_veg_cat"


@pytest.mark.parametrize(
    "expression",
    [
        "coalesce(where(cover >= 60, 1, 2), where(trees == 1, 1, 2))",
        "where(count(cover >= 60, trees == 1, crops == 2) >= 2, 1, 2)",
        "where(focal_mean(where(trees == 1, 1, 0), 3) > 0.5, 1, 2)",
        "where(not is_nodata(trees) and cover + 1 > 40, 1, where(crops == 1, 2, 0))",
        "1 + where(min(cover, crops) > 1 or trees == 1, 1, 0)",
        "where(layers.vegetat_veg_cat and cover < 70, 2, coalesce(trees, 0))",
    ],
)
def test_a_layer_agrees_with_its_own_method_whatever_it_is(
    sources: Sources, tmp_path: Path, expression: str
) -> None:
    area, path = area_of(sources.grid), tmp_path / "own.tif"
    bands = {name: band for name, band in sources.bands.items() if CROP not in name}
    build_layer(
        DESCRIPTORS[FORM], parse(FORM, expression), bands, statistics={}, area=area, target=path,
        tags={},
    )  # fmt: skip
    layers = [
        PARTS[1], LayerParts(FORM, expression, {"same": expression}, False, (), None),
    ]  # fmt: skip
    targets = Targets({FORM: tmp_path / "form.tif", GREEN: tmp_path / "green.tif"}, None)
    map_confidence(
        layers, DESCRIPTORS, ["trees", "crops"], {**bands, f"layers.{FORM}": RasterBand(path, 1)},
        statistics={}, area=area, targets=targets, tags={},
    )  # fmt: skip
    known = rasterio.open(path).read(1) != 255
    made = read(tmp_path / "form.tif")
    assert known.sum() > 500
    assert (made["agreement"][known] == 67).all()
    assert (made["agreement"][~known] == 255).all()


def test_the_file_says_what_its_numbers_are(sources: Sources, tmp_path: Path) -> None:
    sources.map(tmp_path)
    with rasterio.open(tmp_path / f"{GREEN}.tif") as raster:
        assert raster.descriptions == ("score", "agreement", "distance", "support")
        assert raster.scales == (0.01, 0.01, 1 / 32, 0.01)
        assert raster.tags()["looks"] == "s2.clear_count"
        assert "age" not in raster.tags()
        assert raster.nodata == 255
        assert [*json.loads(raster.tags()["spreads"])] == ["cover >= 40"]
