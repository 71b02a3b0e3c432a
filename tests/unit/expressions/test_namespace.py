"""What names mean: scopes, layers raw and cleaned, circles, and messages that help."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from lccs_inputs.errors import ExpressionError
from lccs_inputs.expressions import Type, canonical, names, parse, statistic_name, statistics_of
from lccs_inputs.expressions.namespace import LayerText, Namespace, leaves
from lccs_inputs.facts.lccs import Kind

OPTICAL = ("blue", "green", "red", "nir", "swir16", "swir22", "ndvi_max", "clear_count")


def layer(
    use: str | tuple[str, ...] = "m",
    minus: tuple[str, ...] = (),
    kind: Kind = Kind.BINARY,
    **methods: str,
) -> LayerText:
    return LayerText((use,) if isinstance(use, str) else use, methods, minus, kind)


LAYERS: Mapping[str, LayerText] = {
    "vegetat_veg_cat": layer(
        "ndvi",
        ("aquatic_wat_cat.raw", "artific_urb_cat"),
        ndvi="ndvi >= 0.4",
        fvc="l8.fvc >= 0.2",
    ),
    "aquatic_wat_cat": layer("ndwi", ("artific_urb_cat.raw",), ndwi="ndwi > 0"),
    "artific_urb_cat": layer("ndbi", ndbi="s2.ndbi > 0 and imperviousness >= 30"),
    "lifeform_veg_cat": layer(
        "tcd",
        kind=Kind.CATEGORICAL,
        tcd="where(vegetat_veg_cat, where(tree_cover > 0, 1, 2), 0)",
    ),
}
KNOWN = Namespace(
    scene_sets={"s2": OPTICAL, "l8": OPTICAL, "s1": ("vv", "vh", "clear_count")},
    default_scenes="s2",
    products={"imperviousness": (), "tree_cover": (), "soil": (1, 2, 30)},
    derived={
        "ndvi": "(nir - red) / (nir + red)",
        "ndwi": "(green - nir) / (green + nir)",
        "ndbi": "(swir16 - nir) / (swir16 + nir)",
        "fvc": "((ndvi - area_min(ndvi)) / (area_max(ndvi) - area_min(ndvi))) ** 2",
        "ratio": "vv - vh",
    },
    layers=LAYERS,
)


def using(**layers: LayerText) -> Namespace:
    return replace(KNOWN, layers={**LAYERS, **layers})


def resolved(expression: str, kind: Kind = Kind.BINARY) -> str:
    return canonical(using(x=layer(m=expression, kind=kind)).resolve_layer("x"))


def refusal(expression: str, kind: Kind = Kind.BINARY) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        using(x=layer(m=expression, kind=kind)).resolve_layer("x")
    return caught.value


class TestMeaning:
    def test_a_bare_name_is_of_the_default_scene_set(self) -> None:
        assert resolved("red > 0") == "s2.red > 0"
        assert resolved("ndvi > 0") == resolved("s2.ndvi > 0")

    def test_a_derived_source_is_written_out_over_the_scene_set_before_its_dot(self) -> None:
        assert resolved("l8.ndvi > 0") == "(l8.nir - l8.red) / (l8.nir + l8.red) > 0"

    def test_derived_sources_build_on_each_other_in_the_same_scene_set(self) -> None:
        node = KNOWN.resolve_layer("vegetat_veg_cat")
        fvc = using(x=layer(m="l8.fvc > 0")).resolve_layer("x")
        ndvi = parse("derived.ndvi", "(l8.nir - l8.red) / (l8.nir + l8.red)")
        assert names(fvc) == ("l8.nir", "l8.red")
        assert [part.function for part in statistics_of(fvc)] == ["area_max", "area_min"]
        assert {statistic_name(part.argument) for part in statistics_of(fvc)} == {
            statistic_name(ndvi)
        }
        assert statistics_of(node) == ()

    def test_names_within_a_focal_function_are_written_out(self) -> None:
        written = resolved("focal_mean(s1.ratio, 3) > otsu(focal_median(s1.ratio, 5))")
        assert written == "focal_mean(s1.vv - s1.vh, 3) > otsu(focal_median(s1.vv - s1.vh, 5))"

    def test_a_product_is_itself(self) -> None:
        assert resolved("tree_cover in {1, 2}") == "tree_cover in {1, 2}"

    def test_a_binary_layer_is_a_condition_read_from_its_file(self) -> None:
        node = using(x=layer(m="not aquatic_wat_cat")).resolve_layer("x")
        assert canonical(node) == "not layers.aquatic_wat_cat"
        assert node.children[0].type is Type.CONDITION

    def test_a_categorical_layer_is_a_number(self) -> None:
        assert resolved("lifeform_veg_cat == 1") == "layers.lifeform_veg_cat == 1"

    def test_a_raw_layer_is_its_method_without_its_own_cleaning(self) -> None:
        assert resolved("aquatic_wat_cat.raw and red > 0") == (
            "(s2.green - s2.nir) / (s2.green + s2.nir) > 0 and s2.red > 0"
        )

    def test_what_minus_lists_is_taken_away_left_to_right(self) -> None:
        ndvi = "(s2.nir - s2.red) / (s2.nir + s2.red)"
        ndwi = "(s2.green - s2.nir) / (s2.green + s2.nir)"
        assert canonical(KNOWN.resolve_layer("vegetat_veg_cat")) == (
            f"{ndvi} >= 0.4 and not {ndwi} > 0 and not layers.artific_urb_cat"
        )

    def test_minus_takes_any_condition(self) -> None:
        node = using(x=layer(m="red > 0", minus=("tree_cover in {254}",))).resolve_layer("x")
        assert canonical(node) == "s2.red > 0 and not tree_cover in {254}"

    def test_a_number_layer_is_0_where_a_layer_is_taken_away(self) -> None:
        cover = layer(m="tree_cover", minus=("aquatic_wat_cat",), kind=Kind.PERCENT)
        node = using(x=cover).resolve_layer("x")
        assert canonical(node) == (
            "where(layers.aquatic_wat_cat or tree_cover == 0, 0, tree_cover)"
        )

    def test_the_printed_form_of_a_layer_reads_back_to_its_expression(self) -> None:
        for name in LAYERS:
            node = KNOWN.resolve_layer(name)
            assert parse(name, canonical(node)) == node

    def test_the_leaves_of_a_layer_are_those_of_its_statistics_too(self) -> None:
        mean = layer(m="ndvi > area_mean(where(aquatic_wat_cat, 0, ndvi))")
        assert leaves(using(x=mean).resolve_layer("x")) == {
            "layers.aquatic_wat_cat", "s2.nir", "s2.red",
        }  # fmt: skip

    def test_a_constant_is_a_layer_too(self) -> None:
        assert resolved("0", Kind.PERCENT) == "0"


class TestCodes:
    @pytest.mark.parametrize(
        ("expression", "position"),
        [
            ("soil in {1, 3}", 0),
            ("red > 0 and soil == 3", 12),
            ("red > 0 and soil != 3", 12),
            ("area_mean(where(soil in {3}, 1, 0)) > 0.5", 16),
        ],
    )
    def test_a_code_that_a_product_does_not_have_is_told(
        self, expression: str, position: int
    ) -> None:
        error = refusal(expression)
        assert "soil has no code 3; its codes are 1, 2, 30" in str(error)
        assert error.position == position

    @pytest.mark.parametrize(
        "expression", ["soil in {1, 30}", "soil == 2", "soil > 3", "tree_cover == 3", "red == 3"]
    )
    def test_its_own_codes_and_what_has_none_are_right(self, expression: str) -> None:
        assert resolved(expression)


class TestChains:
    CHAIN = layer(("map", "ndvi"), map="tree_cover >= 10", ndvi="ndvi >= 0.4", minus=("red > 1",))

    def test_the_next_method_fills_what_one_leaves_nodata_before_cleaning(self) -> None:
        ndvi = "(s2.nir - s2.red) / (s2.nir + s2.red) >= 0.4"
        chain = f"coalesce(tree_cover >= 10, {ndvi})"
        known = using(x=self.CHAIN, y=layer(m="x.raw"))
        assert canonical(known.resolve_layer("x")) == f"{chain} and not s2.red > 1"
        assert canonical(known.resolve_layer("y")) == chain
        assert [*known.methods_in_use("x")] == ["map", "ndvi"]

    def test_a_method_whose_product_is_missing_is_left_out(self) -> None:
        known = replace(using(x=self.CHAIN), missing=frozenset({"tree_cover"}))
        assert [*known.methods_in_use("x")] == ["ndvi"]
        assert "tree_cover" not in leaves(known.resolve_layer("x"))

    def test_the_last_method_stays_to_be_told_of(self) -> None:
        alone = layer(m="tree_cover >= 10")
        known = replace(using(x=alone), missing=frozenset({"tree_cover"}))
        assert leaves(known.resolve_layer("x")) == {"tree_cover"}


class TestProblems:
    def test_a_good_config_has_none(self) -> None:
        assert KNOWN.problems() == []

    @pytest.mark.parametrize(
        ("expression", "position", "advice"),
        [
            ("ndvj > 0", 0, "there is no ndvj"),
            ("ndvj > 0", 0, "did you mean ndvi?"),
            ("ndvj > 0", 0, "; there are ndvi, "),
            ("ndvj > 0", 0, " more"),
            ("0 < s2.redd", 4, "there is no redd in s2 (did you mean red?)"),
            ("s3.red > 0", 0, "there is no s3 (did you mean s2?)"),
            ("red > 0 and aquatic_wat_cat.row", 12, "did you mean aquatic_wat_cat.raw?"),
            ("tree_cover.raw > 0", 0, "there is no tree_cover"),
            ("s2 > 0", 0, "there is no s2"),
            ("aquatic_wat_cat == 1", 0, "`aquatic_wat_cat` is already yes or no"),
            ("red > 0 and ndvi", 12, "compare it, for example `ndvi >= 0.4`"),
            ("ndvi", 0, "expected a condition, found a number"),
            ("fvc > area_mean(fvc)", 6, "holds another area statistic"),
        ],
    )
    def test_what_a_name_cannot_mean_is_said_at_its_place(
        self, expression: str, position: int, advice: str
    ) -> None:
        error = refusal(expression)
        assert advice in error.problem
        assert (error.key, error.position) == ("layers.x.methods.m", position)

    def test_a_derived_source_over_a_sensor_without_its_bands_says_so(self) -> None:
        error = refusal("s1.ndvi > 0")
        assert error.key == "derived.ndvi"
        assert "there is no nir (bare names are of the scene set s1)" in error.problem

    def test_a_derived_source_needs_to_fit_one_scene_set_only(self) -> None:
        assert KNOWN.problems() == []  # `ratio` is for radar
        derived = {**KNOWN.derived, "bad": "vv - nir"}
        [problem] = replace(KNOWN, derived=derived).problems()
        assert problem.startswith(
            "derived.bad: there is no vv (bare names are of the scene set s2)"
        )

    def test_a_derived_source_may_be_for_a_sensor_that_has_no_scene_set(self) -> None:
        radar = {"s1": ("vv", "vh", "clear_count")}
        assert replace(KNOWN, scene_sets=radar, default_scenes="s1", layers={}).problems() == []

    def test_a_categorical_layer_must_be_a_number(self) -> None:
        error = refusal("ndvi > 0.4", Kind.CATEGORICAL)
        assert "expected a number, found a condition" in error.problem

    def test_only_conditions_can_be_taken_away(self) -> None:
        [problem] = using(x=layer(m="red > 0", minus=("tree_cover",))).problems()
        assert problem.startswith("layers.x.minus: expected a condition, found a number")

    def test_without_a_default_scene_set_a_bare_band_must_say_whose_it_is(self) -> None:
        bare = {"x": layer(m="red > 0"), "y": layer(m="s2.ndvi > 0"), "z": layer(m="ndvi > 0")}
        problems = replace(KNOWN, default_scenes=None, layers=bare).problems()
        advice = "without a scene set: set default_scenes, or write one before it with a dot"
        assert [problem.split("(")[0].split(";")[0].strip() for problem in problems] == [
            f"layers.x.methods.m: there is no red {advice}",
            f"derived.ndvi: there is no nir {advice}",
            f"derived.ndvi: there is no red {advice}",
        ]

    def test_a_derived_source_of_products_needs_no_scene_set(self) -> None:
        alone = Namespace({}, None, ("tree_cover",), {"woody": "tree_cover >= 10"}, {})
        alone = replace(alone, layers={"x": layer(m="woody")})
        assert alone.problems() == []
        assert canonical(alone.resolve_layer("x")) == "tree_cover >= 10"

    def test_every_method_is_checked_chosen_or_not(self) -> None:
        broken = layer("good", good="red > 0", bad="rad > 0", worse="red >")
        first, second = using(x=broken).problems()
        assert first.startswith("layers.x.methods.bad: there is no rad")
        assert second.startswith("layers.x.methods.worse: cannot be read")

    def test_all_problems_are_listed_each_once(self) -> None:
        derived = {**KNOWN.derived, "ndvi": "(nir - rde) / (nir + red)"}
        problems = replace(KNOWN, derived=derived, products={"imperviousness": ()}).problems()
        assert [problem.split(" (")[0] for problem in problems] == [
            "derived.ndvi: there is no rde",
            "layers.lifeform_veg_cat.methods.tcd: there is no tree_cover",
        ]

    def test_one_fault_does_not_hide_another_in_the_same_text(self) -> None:
        problems = using(x=layer(m="rad > 0 and s2.nri > 0", minus=("watr",))).problems()
        assert [problem.split(" (")[0] for problem in problems] == [
            "layers.x.methods.m: there is no rad",
            "layers.x.methods.m: there is no nri in s2",
            "layers.x.minus: there is no watr",
        ]

    def test_a_method_that_does_not_exist_is_named_with_those_that_do(self) -> None:
        [problem] = using(x=layer("ndvj", ndvi="ndvi > 0")).problems()
        assert problem.startswith("layers.x.use: is no method of it (did you mean ndvi?)")

    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            ({"derived": {"nir": "red + 1"}}, "derived.nir: is a band of scenes.s2 already"),
            ({"derived": {"where": "red"}}, "derived.where: is a function already"),
            ({"derived": {"count": "red"}}, "derived.count: is a function already"),
            ({"derived": {"focal_mean": "red"}}, "derived.focal_mean: is a function already"),
            ({"products": {"vv": ()}}, "products.vv: is a band of scenes.s1 already"),
            ({"products": {"s2": ()}}, "products.s2: is a name of scenes already"),
            ({"derived": {"layers": "red"}}, "derived.layers: is a reserved word already"),
        ],
    )
    def test_a_name_has_one_meaning(self, change: dict[str, object], problem: str) -> None:
        changed = replace(KNOWN, **{"layers": {}, "derived": {}, **change})  # type: ignore[arg-type]
        [found] = changed.problems()
        assert found == f"{problem}; choose another name"

    def test_names_within_names_without_end_are_refused(self) -> None:
        derived = {f"d{i}": f"d{i - 1} + 1" for i in range(1, 500)} | {"d0": "red"}
        layers = {"x": layer(m="d499 > 0")}
        with pytest.raises(ExpressionError, match="names within names, more than 30 deep"):
            replace(KNOWN, derived=derived, layers=layers).resolve_layer("x")

    def test_an_expression_too_deep_once_written_out_is_refused(self) -> None:
        derived = {"one": " + ".join(["red"] * 60), "two": " + ".join(["one"] * 60)}
        [problem] = replace(KNOWN, derived=derived, layers={}).problems()
        assert problem.startswith("derived.two: is nested more than 100 operations deep once")


class TestCircles:
    def test_derived_sources_that_need_each_other_are_refused_once_by_name(self) -> None:
        derived = {"a": "b + 1", "b": "c * 2", "c": "a"}
        found = replace(KNOWN, derived=derived, layers={}).problems()
        assert [problem.split(", at")[0] for problem in found] == [
            "derived.c: goes in a circle: s2.a → s2.b → s2.c → s2.a"
        ]

    def test_a_layer_that_needs_its_own_file_is_refused(self) -> None:
        error = refusal("not x")
        assert error.problem == "goes in a circle: x → x"
        assert (error.key, error.position) == ("layers.x.methods.m", 4)

    def test_layers_that_clean_each_other_are_refused(self) -> None:
        both = using(
            x=layer(m="red > 0", minus=("y",)), y=layer(m="red < 0", minus=("red > 1", "x"))
        )
        [problem] = both.problems()
        assert problem.startswith("layers.y.minus: goes in a circle: x → y → x, at character 1 of")

    def test_layers_that_clean_each_other_raw_are_fine(self) -> None:
        both = using(x=layer(m="red > 0", minus=("y.raw",)), y=layer(m="red < 0", minus=("x.raw",)))
        assert both.problems() == []
        assert canonical(both.resolve_layer("x")) == "s2.red > 0 and not s2.red < 0"

    def test_a_circle_through_raw_and_cleaned_layers_is_refused(self) -> None:
        both = using(x=layer(m="y.raw and red > 0"), y=layer(m="not x"))
        with pytest.raises(ExpressionError, match=r"circle: x → y\.raw → x"):
            both.resolve_layer("x")

    def test_a_circle_through_an_area_statistic_is_refused(self) -> None:
        error = refusal("red > area_mean(where(x, 1, 0))")
        assert error.problem == "goes in a circle: x → x"

    def test_a_method_that_is_not_chosen_makes_no_circle(self) -> None:
        both = using(x=layer("a", a="red > 0", b="y.raw"), y=layer("a", a="not x.raw"))
        assert both.problems() == []
