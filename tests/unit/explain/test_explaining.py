"""Why a pixel is what it is, told of layers that were made as a run makes them."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from lccs_inputs.commands.explain import answers_at, explainer, main
from lccs_inputs.confidence.mapping import Targets, map_confidence
from lccs_inputs.confidence.question import LayerParts
from lccs_inputs.errors import InputError
from lccs_inputs.explain.answer import LayerAnswer, PixelAnswer
from lccs_inputs.explain.places import Spot, spots_at
from lccs_inputs.explain.text import text_of
from lccs_inputs.expressions import parse, statistics_of
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.layers.build import build_layer
from lccs_inputs.layers.sources import raster_bands
from lccs_inputs.layers.statistics import compute_statistics, read_statistics
from lccs_inputs.patches.limits import PatchLimits
from lccs_inputs.plan import Plan
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.synthetic import sample_tags
from lccs_inputs.rasters.writing import create_raster
from lccs_inputs.workflow.requests import Place
from lccs_inputs.workflow.requests.confidence import ConfidenceRequest
from lccs_inputs.workflow.requests.layers import LayerRecipe
from lccs_inputs.workflow.requests.results import AccuracyRequest

BASE = Path(__file__).parents[3] / "config.yaml"
CALIBRATION = "<results>/shore/periods/2018/confidence/calibration.json"
HERE = Place(area="shore", period="2018")
CONFIG = {
    "areas": {"shore": {"bbox": [6.6200, 46.3800, 6.6209, 46.3805]}},
    "grid": {"crs": "EPSG:2154", "resolution": 10},
    "products": {
        "wetness": {"product": "WAW", "editions": {2018: "w.tif"}},
        "sealing": {"product": "IMD", "editions": {2018: "i.tif"}},
    },
    "derived": {
        "ndwi": "(max(green, 0) - max(nir, 0)) / (max(green, 0) + max(nir, 0))",
        "ndvi": "(nir - red) / (nir + red)",
    },
    "layers": {
        "vegetat_veg_cat": {
            "use": "green",
            "methods": {"green": "ndvi >= 0.4 and nir >= area_percentile(nir, 10)"},
            "minus": ["artific_urb_cat"],
        },
        "aquatic_wat_cat": {
            "use": ["map", "index"],
            "methods": {"map": "wetness in {1, 2}", "index": "ndwi > 0"},
            "minus": ["sealing >= 80"],
        },
        "cultman_agr_cat": {"use": "none_is", "methods": {"none_is": "nir > 3"}},
        "artific_urb_cat": {
            "use": "sealed", "methods": {"sealed": "focal_mean(sealing, 3) >= 30"},
        },
    },
}  # fmt: skip


class Made:
    """Sources with a few pixels of interest, and the layers that are made of them."""

    def __init__(self, **changes: Any) -> None:
        layers = {**CONFIG["layers"], **changes}
        self.plan = Plan.from_files(BASE, [{**CONFIG, "layers": layers}], {})
        self.area: Area = self.plan.areas.area("shore")
        shape = self.area.grid.shape
        self.bands = {
            "green": np.full(shape, 500), "red": np.full(shape, 1000), "nir": np.full(shape, 3000),
            "clear_count": np.full(shape, 7),
        }  # fmt: skip
        self.maps = {"wetness": np.zeros(shape), "sealing": np.zeros(shape)}
        self.tags: dict[str, str] = {}

    def write(self) -> "Made":
        place = Place(area="shore", period="2018")
        rasters = {
            k: self.plan.folders.here(v) for k, v in self.plan.explain.rasters(place).items()
        }
        for name, codes in self.maps.items():
            with create_raster(
                rasters[name], self.area.grid, [name], "uint8", 255, tags=self.tags
            ) as raster:
                raster.write(codes.astype(np.uint8), 1)
        scales, names = (1e-4, 1e-4, 1e-4, 1.0), ["green", "red", "nir", "clear_count"]
        with create_raster(
            rasters["s2.nir"], self.area.grid, names, "int16", -32768, scales=scales
        ) as raster:
            raster.write(np.stack([self.bands[name] for name in names]).astype(np.int16))
        for file in self.plan.explain.scene_lists(HERE).values():
            SceneList("s2", "2018", "sentinel2", "", "", "", "", 0, {}, ()).write(
                self.plan.folders.here(file)
            )
        self._statistics(rasters)
        for layer in ("artific_urb_cat", "vegetat_veg_cat", "aquatic_wat_cat", "cultman_agr_cat"):
            self._build(layer, rasters)
        return self

    def file(self, leaf: str) -> Path:
        return self.plan.folders.here(self.plan.explain.rasters(HERE)[leaf])

    def _statistics(self, rasters: dict[str, Path]) -> None:
        for name, file in self.plan.explain.statistics(HERE).items():
            named = Place(area="shore", period="2018", statistic=name)
            recipe = self.plan.layers.statistic_recipe(named)
            bands = raster_bands({n: rasters[n] for n in recipe["leaves"]}, {})
            node = parse("statistics", recipe["expression"])
            compute_statistics(node, bands, self.area, self.plan.folders.here(file))

    def _build(self, layer: str, rasters: dict[str, Path]) -> None:
        place = Place(area="shore", period="2018", layer=layer)
        recipe = LayerRecipe.from_dict(self.plan.layers.layer_recipe(place))
        node, table = parse(layer, recipe.expression), recipe.table
        files = {
            name: self.plan.folders.here(file)
            for name, file in self.plan.explain.statistics(HERE).items()
        }
        limits = PatchLimits.of_layer(layer, recipe.patches, 10) if recipe.patches else None
        build_layer(
            table[layer], node, raster_bands({n: rasters[n] for n in recipe.leaves}, table),
            statistics=read_statistics(files) if statistics_of(node) else {}, area=self.area,
            target=rasters[f"layers.{layer}"], tags={"fingerprint": recipe.fingerprint},
            patches=limits,
        )  # fmt: skip

    def at(self, row: int, column: int) -> PixelAnswer:
        with explainer(self.plan, "shore", "2018") as explains:
            return explains.at(Spot(row, column))

    def map_confidence(self) -> None:
        request = ConfidenceRequest.from_dict(self.plan.confidence.request(HERE))
        maps = map(self.plan.folders.here, self.plan.confidence.of_period(HERE))
        targets = {path.stem: path for path in maps}
        map_confidence(
            [LayerParts(**each) for each in request.layers], request.table, request.coded,
            raster_bands(
                {name: self.file(name) for name in self.plan.explain.rasters(HERE)}, request.table
            ),
            statistics=read_statistics({
                name: self.plan.folders.here(file)
                for name, file in self.plan.explain.statistics(HERE).items()
            }),
            area=self.area, targets=Targets(targets, targets.pop("level3")),
            tags={"fingerprint": request.fingerprint},
        )  # fmt: skip

    def layer(self, name: str, row: int, column: int) -> LayerAnswer:
        return next(each for each in self.at(row, column).layers if each.layer == name)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w.tif").touch()
    (tmp_path / "i.tif").touch()
    yield tmp_path


def inner(made: Made) -> tuple[int, int]:
    """A pixel well within the area, whose edges are slanted on the grid."""
    height, width = made.area.grid.shape
    return height // 2, width // 2


def test_the_first_method_that_knows_the_pixel_decides() -> None:
    made = Made()
    row, column = inner(made)
    made.maps["wetness"][row, column] = 255
    made.write()
    answer = made.layer("aquatic_wat_cat", row, column)
    assert answer.method == "index"
    assert [(each.name, each.value, each.decided) for each in answer.methods] == [
        ("map", None, False), ("index", False, True),
    ]  # fmt: skip
    (asked,) = answer.methods[1].conditions
    assert (asked.text, asked.holds) == ("s2.ndwi > 0", False)
    assert asked.value == pytest.approx((500 - 3000) / 3500)
    beside = made.layer("aquatic_wat_cat", row, column - 1)
    assert (beside.method, beside.code, beside.meaning) == ("map", 0, "terrestrial")


def test_every_operand_is_told_with_its_source_edition_and_looks() -> None:
    made = Made()
    row, column = inner(made)
    made.maps["wetness"][row, column] = 2
    made.write()
    answer = made.layer("aquatic_wat_cat", row, column)
    told = {each.name: each for each in answer.operands}
    assert (told["wetness"].value, told["wetness"].meaning) == (2, "temporary water")
    assert (told["wetness"].source, told["wetness"].edition) == ("wetness", "2018")
    assert (told["s2.green"].value, told["s2.green"].looks, told["s2.green"].scenes) == (0.05, 7, 0)
    statistic = made.layer("vegetat_veg_cat", row, column).operands[-1]
    assert (statistic.name, statistic.value) == ("area_percentile(s2.nir, 10)", 0.3)


def test_what_minus_did_is_told_step_by_step() -> None:
    made = Made()
    row, column = inner(made)
    made.maps["wetness"][row, column] = 1
    made.maps["sealing"][row, column] = 90
    made.write()
    answer = made.layer("aquatic_wat_cat", row, column)
    (step,) = answer.minus
    assert (step.text, step.holds, step.before, step.after) == ("sealing >= 80", True, 1, 0)
    assert answer.code == 0
    assert "minus sealing >= 80: yes, 1 becomes 0" in text_of(made.at(row, column))


def test_the_code_before_patches_were_removed_is_told() -> None:
    sealed = {"use": "sealed", "methods": {"sealed": "sealing >= 30"}, "min_area_ha": 0.03}
    made = Made(artific_urb_cat=sealed)
    row, column = inner(made)
    made.maps["sealing"][row, column] = 100
    answer = made.write().layer("artific_urb_cat", row, column)
    assert (answer.before_patches, answer.code) == (1, 0)
    assert answer.patches.startswith("of 1 at least 3 px")
    text = text_of(made.at(row, column))
    assert f"  patches ({answer.patches}): 1 becomes 0\n" in text


def test_the_smallest_change_is_that_to_the_next_stored_number() -> None:
    made = Made()
    row, column = inner(made)
    made.bands["nir"][row - 1, column] = 2000  # 10 percent of the area lie below the others
    made.write()
    answer = made.layer("vegetat_veg_cat", row, column)
    flips = {each.operand: each for each in answer.flips}
    nir = np.arange(-2000, 3000)
    below = nir[(nir - 1000 < 0.4 * (nir + 1000)) | (nir < 3000)].max() / 1e4
    assert (flips["s2.nir"].to, flips["s2.nir"].code) == (below, 0)
    red = np.arange(1000, 32767)
    above = red[(3000 - red) / (3000 + red) < 0.4].min() / 1e4
    assert flips["s2.red"].to == above
    assert flips["s2.red"].change == pytest.approx(above - 0.1)
    assert flips["layers.artific_urb_cat"].to is True
    shares = [each.share for each in answer.flips]
    assert shares == sorted(shares)


def test_codes_flip_to_codes_that_the_product_has() -> None:
    made = Made()
    row, column = inner(made)
    answer = made.write().layer("aquatic_wat_cat", row, column)
    (flip,) = [each for each in answer.flips if each.operand == "wetness"]
    assert (flip.value, flip.to, flip.code, flip.change) == (0, 1, 1, 0)


def test_what_neighbours_come_to_flips_at_its_threshold() -> None:
    made = Made()
    row, column = inner(made)
    made.maps["sealing"][row - 1 : row + 2, column - 1 : column + 2] = 45
    made.maps["sealing"][row, column] = 0
    answer = made.write().layer("artific_urb_cat", row, column)
    (flip,) = answer.flips
    assert answer.code == 1
    assert (flip.operand, flip.value, flip.code) == ("focal_mean(sealing, 3)", 40, 0)
    assert flip.to < 30
    assert flip.to == pytest.approx(30)


def test_level_3_flips_by_way_of_the_layers() -> None:
    made = Made()
    row, column = inner(made)
    answer = made.write().at(row, column).level3
    assert answer is not None
    assert (answer.code, answer.layers["vegetat_veg_cat"]) == (112, 1)
    flips = {each.operand: each for each in answer.flips}
    assert flips["s2.red"].code == 216  # neither vegetated nor aquatic nor artificial
    assert flips["focal_mean(sealing, 3)"].code == 215  # taken away from what is vegetated
    assert flips["focal_mean(sealing, 3)"].to == pytest.approx(30)
    assert flips["wetness"].code == 124


def test_how_sure_a_layer_is_is_told_where_that_is_mapped() -> None:
    made = Made()
    row, column = inner(made)
    made.maps["wetness"][row, column] = 1
    made.write()
    assert made.layer("aquatic_wat_cat", row, column).confidence is None
    made.map_confidence()
    calibrate(made.plan)
    answer = made.at(row, column)
    water = answer.layers[1].confidence
    assert water is not None
    assert water.parts == {
        "agreement": pytest.approx(0.33), "distance": 126 / 32, "support": pytest.approx(0.11),
        "looks": 7, "age": 0,
    }  # fmt: skip
    odds = 0.89**2 / (1 - 0.89**2) * 0.67 / 0.33 * 8 / 7
    assert water.score == pytest.approx(1 / (1 + odds), abs=0.005)
    assert water.probability is None
    assert answer.level3 is not None
    sure = answer.level3.confidence
    assert sure is not None
    assert sure.probability == pytest.approx(sure.score / 2)
    assert (
        "  confidence 0.10: agreement 0.33, distance 3.94, support 0.11, looks 7, age 0"
        in text_of(answer)
    )


def calibrate(plan: Plan) -> None:
    """Half the score is the probability that level 3 is right."""
    asked = AccuracyRequest.from_dict(plan.accuracy.request(HERE)).fingerprint
    worth = {"level3": {"table": [number / 200 for number in range(101)]}}
    plan.folders.here(CALIBRATION).write_text(json.dumps({"asked": asked, "maps": worth}))


def test_what_scores_are_worth_by_other_reference_data_is_not_told(folder: Path) -> None:
    made = Made().write()
    made.map_confidence()
    row, column = inner(made)

    def probability(reference: str) -> float | None:
        settings = {"mine": {"file": f"{reference}.csv", "crs": "EPSG:2154"}}
        made.plan = Plan.from_files(BASE, [{**CONFIG, "reference": settings}], {})
        level3 = made.at(row, column).level3
        assert level3 is not None
        assert level3.confidence is not None
        return level3.confidence.probability

    for name in ("mine", "other"):
        (folder / f"{name}.csv").write_text(f"x,y,class\n1,1,{name}")
    assert probability("mine") is None
    calibrate(made.plan)
    assert probability("mine") is not None
    assert probability("other") is None
    (folder / "mine.csv").write_text("x,y,class\n1,1,A12")
    assert probability("mine") is None
    calibrate(made.plan)
    assert probability("mine") is not None
    later = made.plan.folders.here(CALIBRATION).stat().st_mtime + 1
    os.utime(made.plan.folders.here(made.plan.confidence.of_period(HERE)[-1]), (later, later))
    assert probability("mine") is None


def test_what_is_made_up_says_so_with_the_place_and_with_the_probability() -> None:
    made = Made()
    row, column = inner(made)
    made.tags = sample_tags("wetness")
    made.write()
    made.map_confidence()
    calibrate(made.plan)
    answer = made.at(row, column)
    assert answer.to_dict()["synthetic"] is True
    lines = text_of(answer).splitlines()
    assert lines[0].startswith("shore 2018 (synthetic) at ")
    (worth,) = [line for line in lines if "right with a probability of" in line]
    assert worth.endswith(", by reference data (synthetic)")
    made.tags = {}
    made.write()
    answer = made.at(row, column)
    assert answer.to_dict()["synthetic"] is False
    assert "synthetic" not in text_of(answer)


def test_confidence_of_other_methods_is_none_of_these_layers() -> None:
    made = Made().write()
    made.map_confidence()
    drier = CONFIG["layers"]["aquatic_wat_cat"]["methods"] | {"dry": "ndwi > 0.2"}
    other = Made(aquatic_wat_cat=CONFIG["layers"]["aquatic_wat_cat"] | {"methods": drier})
    answer = other.at(*inner(other))
    assert {each.confidence for each in answer.layers} == {None}
    assert answer.level3 is not None
    assert answer.level3.confidence is None


def test_a_pixel_without_data_says_what_is_lacking() -> None:
    made = Made()
    row, column = inner(made)
    for name in ("green", "red", "nir"):
        made.bands[name][row, column] = -32768
    made.write()
    answer = made.layer("vegetat_veg_cat", row, column)
    assert (answer.code, answer.method) == (255, "")
    assert answer.reason == "no data here of s2.nir, s2.red"
    text = text_of(made.at(row, column))
    assert f"  nodata: {answer.reason}\n" in text
    assert re.search(r"^  method \w+: nodata, knows nothing here$", text, re.MULTILINE)
    assert made.at(row, column).level3.code == 255


def test_a_place_is_given_in_degrees_or_in_the_crs_of_the_grid() -> None:
    made = Made().write()
    answer = made.at(*inner(made))
    place = f"{answer.longitude},{answer.latitude}"
    by_degrees, by_metres = (
        [*answers_at(made.plan, at)] for at in (place, f"{answer.x} {answer.y}")
    )
    assert by_degrees == by_metres == [answer]


def test_it_is_printed_for_people_and_for_programs(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    made = Made().write()
    (folder / "config.yaml").write_text(BASE.read_text())
    (folder / "mine.yaml").write_text(yaml.safe_dump(CONFIG, sort_keys=False))
    answer = made.at(*inner(made))
    asked = ["mine.yaml", "--at", f"{answer.x},{answer.y}"]
    capsys.readouterr()
    assert main(asked) == 0
    hint = (
        "other methods and thresholds: docs/methods.md; `use` in a config of yours; "
        "make confidence tells how sure each is"
    )
    assert capsys.readouterr().out == f"{text_of(answer)}\n\n{hint}\n"
    assert main([*asked, "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert told == json.loads(json.dumps(answer.to_dict()))
    assert main(["mine.yaml", "--at", "6.62"]) == 2
    assert capsys.readouterr().err.startswith("AT=6.62: is not a place")


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("46.3802,6.6204", "the other way round, AT=6.6204,46.3802, it lies in shore"),
        (
            "7,46",
            "lies outside every area; these lie within, in longitude and latitude: shore from 6.6",
        ),
        ("here", "is not a place; write longitude and latitude"),
    ],
)
def test_a_place_that_is_none_is_refused_in_a_sentence(place: str, told: str) -> None:
    made = Made()
    with pytest.raises(InputError, match=f"AT={place}: .*{told}"):
        spots_at(place, {"shore": made.area})


def test_a_period_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match='PERIOD: "2019" is not a period; did you mean "2018"'):
        [*answers_at(Made().plan, "6.6204,46.3802", "2019")]


def test_results_that_are_not_there_or_of_another_config_are_refused() -> None:
    made = Made()
    with pytest.raises(InputError, match="is not there yet; run `make layers` first"):
        made.at(*inner(made))
    made.write()
    other = Made(cultman_agr_cat={"use": "all", "methods": {"all": "nir > 0.1"}})
    with pytest.raises(InputError, match=r"cultman_agr_cat.*was made of another config"):
        other.at(*inner(made))


def test_a_layer_that_does_not_follow_from_its_sources_is_refused() -> None:
    made = Made().write()
    row, column = inner(made)
    made.maps["wetness"][row, column] = 1
    with create_raster(made.file("wetness"), made.area.grid, ["wetness"], "uint8", 255) as raster:
        raster.write(made.maps["wetness"].astype(np.uint8), 1)
    with pytest.raises(InputError, match="is 0 where its sources come to 1; they have changed"):
        made.at(row, column)
