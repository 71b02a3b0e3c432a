"""The language: what it reads, how it prints, what it refuses and in which words."""

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import median_filter

from lccs_inputs.errors import ExpressionError
from lccs_inputs.expressions import (
    AreaStatistic,
    Focal,
    Membership,
    Name,
    Node,
    Number,
    Operation,
    Range,
    Type,
    Value,
    and_not,
    canonical,
    evaluate,
    halo,
    names,
    parse,
    possible,
    statistic_name,
    statistics_of,
    type_problems,
)

KEY = "layers.vegetat_veg_cat.methods.mine"


def refusal(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse(KEY, text)
    return caught.value


def value(*numbers: float | bool | None) -> Value:
    """A row of pixels; None is nodata."""
    conditions = any(isinstance(number, bool) for number in numbers)
    data = np.array([[number or 0 for number in numbers]], bool if conditions else np.float64)
    return Value(data, np.array([[number is not None for number in numbers]]))


def pixels(result: Value) -> list[Any]:
    data, valid = result.data.ravel().tolist(), result.valid.ravel().tolist()
    return [number if known else None for number, known in zip(data, valid, strict=True)]


def evaluated(text: str, **named: Value) -> list[Any]:
    return pixels(evaluate(parse(KEY, text), named, {}))


class TestReading:
    def test_precedence_is_that_of_arithmetic_then_comparison_then_logic(self) -> None:
        node = parse(KEY, "not a + b * 2 > 0.5 and c or d")
        grouped = parse(KEY, "((not ((a + (b * 2)) > 0.5)) and c) or d")
        assert node == grouped

    def test_a_chain_of_comparisons_means_both(self) -> None:
        assert parse(KEY, "0.2 < ndvi <= 0.4") == parse(KEY, "0.2 < ndvi and ndvi <= 0.4")

    def test_names_may_say_their_scene_set(self) -> None:
        assert names(parse(KEY, "s2.red / red - l8.red * s2.red")) == ("l8.red", "red", "s2.red")

    def test_codes_are_a_sorted_set(self) -> None:
        assert parse(KEY, "crop in {290, 211, -1, 290}") == Membership(
            Name("crop"), (-1.0, 211.0, 290.0)
        )

    def test_not_in_is_the_negation_of_in(self) -> None:
        assert parse(KEY, "crop not in {1}") == parse(KEY, "not crop in {1}")

    def test_line_breaks_and_indents_mean_nothing(self) -> None:
        assert parse(KEY, "\n  ndvi >= 0.4\n\tand ndwi < 0\n") == parse(
            KEY, "ndvi >= 0.4 and ndwi < 0"
        )

    def test_an_area_statistic_keeps_its_argument_and_percent(self) -> None:
        node = parse(KEY, "area_percentile(ndvi, 5) + otsu(ndwi)")
        assert statistics_of(node) == (
            AreaStatistic("area_percentile", Name("ndvi"), 5.0),
            AreaStatistic("otsu", Name("ndwi")),
        )

    def test_a_focal_function_keeps_its_operand_and_side(self) -> None:
        assert parse(KEY, "focal_median(s1.vh, 5)") == Focal("focal_median", Name("s1.vh"), 5)
        assert names(parse(KEY, "focal_mean(s1.vh, 3) > 0")) == ("s1.vh",)

    def test_a_statistic_may_be_of_a_focal_function(self) -> None:
        [otsu] = statistics_of(parse(KEY, "vh < otsu(focal_median(vh, 3))"))
        assert canonical(otsu.argument) == "focal_median(vh, 3)"

    @pytest.mark.parametrize(
        ("text", "reach"),
        [
            ("ndvi >= 0.4", 0),
            ("focal_mean(x, 3)", 1),
            ("focal_mean(focal_median(x, 5), 7) + focal_mean(y, 3)", 5),
            ("count(x > 1, focal_mean(y, 9) in {4}, not z > 1)", 4),
            ("x > otsu(focal_median(x, 15))", 0),
        ],
    )
    def test_nested_focal_functions_look_as_far_as_their_sum(self, text: str, reach: int) -> None:
        assert halo(parse(KEY, text)) == reach

    def test_names_that_only_a_statistic_reads_are_not_needed_to_evaluate(self) -> None:
        assert names(parse(KEY, "ndvi >= otsu(ndwi)")) == ("ndvi",)

    def test_nodes_that_say_the_same_are_equal_wherever_they_stand(self) -> None:
        assert parse(KEY, "ndvi") == parse(KEY, "    ndvi")
        assert hash(parse(KEY, "1 + a")) == hash(parse(KEY, " 1  + a"))


class TestRefusing:
    @pytest.mark.parametrize(
        ("text", "position", "advice"),
        [
            ("ndvi > 0.4 & ndwi < 0", 7, "write `and`"),
            ("a > 1 && b > 1", 6, "write `and`"),
            ("a > 1 AND b > 1", 6, "write `and`"),
            ("(a > 1) | (b > 1)", 0, "write `or`"),
            ("a > 1 || b > 1", 6, "write `or`"),
            ("~(a > 1)", 0, "write `not`"),
            ("!a", 0, "write `not`"),
            ("ndvi = 0.4", 5, "write `==`"),
            ("ndvi => 0.4", 5, "write `<=` or `>=`"),
            ("ndvi <> 0.4", 5, "write `!=`"),
            ("ndvi is 0.4", 0, "write `==`"),
            ("a ^ 2 > 1", 0, "`**`"),
            ("1 if a > 1 else 0", 0, "where(c, a, b)"),
            ("crop in [1, 2]", 8, "codes in braces"),
            ("crop in {}", 8, "codes in braces"),
            ("crop in {a}", 9, "only numbers"),
            ("wher(a > 1, 1, 0)", 0, "did you mean where?"),
            ("where(a > 1, 1)", 0, "write where(condition, then, otherwise)"),
            ("min(a)", 0, "write min(x, y, …)"),
            ("1 + sqrt", 4, "write sqrt(x)"),
            ("area_percentile(a, 101)", 19, "0 to 100"),
            ("area_percentile(a, b)", 19, "0 to 100"),
            ("coalesce(a, b=1)", 0, "write coalesce"),
            ("area_min(a - area_mean(b))", 0, "holds another area statistic"),
            ("focal_median(x)", 0, "write focal_median(x, side)"),
            ("focal_median(x, 4)", 16, "an odd number of pixels, 3 to 15"),
            ("focal_median(x, 17)", 16, "an odd number of pixels, 3 to 15"),
            ("focal_mean(x, 1)", 14, "an odd number of pixels, 3 to 15"),
            ("focal_mean(x, -3)", 14, "an odd number of pixels, 3 to 15"),
            ("focal_mean(x, 3.5)", 14, "an odd number of pixels, 3 to 15"),
            ("focal_mean(x, n)", 14, "an odd number of pixels, 3 to 15"),
            ("focal_mode(x, 3)", 0, "did you mean focal_mean?"),
            ("count(x > 1)", 0, "write count(condition, condition, …)"),
            ("", 0, "is empty"),
            ("   ", 0, "is empty"),
            ("a > 1 # vegetation", 6, "comment"),
            ("a >", 3, "cannot be read"),
            ("(a > 1", 0, "cannot be read"),
            ("a > 1) or (b", 5, "cannot be read"),
            ("1e999 > a", 0, "too large"),
            ("9" * 400, 0, "too large"),
            ("1and 2", 0, "cannot be read (invalid decimal literal)"),
            ("0x1for a", 3, "cannot be read (invalid hexadecimal literal)"),
        ],
    )
    def test_what_is_wrong_is_said_at_its_place(
        self, text: str, position: int, advice: str
    ) -> None:
        error = refusal(text)
        assert advice in error.problem
        assert error.position == position
        assert (error.key, error.text) == (KEY, text)

    @pytest.mark.parametrize(
        "text",
        [
            "__import__('os').system('true')",
            "().__class__.__bases__[0]",
            "a.b.c",
            "(lambda: 1)()",
            "[x for x in a]",
            "f'{a}'",
            "'text'",
            "True",
            "None",
            "1j",
            "a[0]",
            "a @ b",
            "a // b",
            "a % 2",
            "(a, b)",
            "{1, 2}",
            "(a := 1)",
            "*a",
            "...",
            "where(*a)",
            "open(a)",
            "a.red()",
            "await a",
            "yield",
            "\0",
            "é.é.é",
        ],
    )
    def test_what_is_python_but_not_the_language_is_refused(self, text: str) -> None:
        refusal(text)

    def test_the_position_counts_characters_also_after_letters_of_many_bytes(self) -> None:
        assert refusal("forêt + (été & x)").position == 9

    def test_the_position_is_that_in_the_text_as_written(self) -> None:
        text = "\n  ndvi > 0.4\n  and foo(1)"
        assert refusal(text).position == text.index("foo")

    @pytest.mark.parametrize(
        "text",
        [" + ".join("a" * 101), "(" * 5000 + "a" + ")" * 5000, "-" * 20000 + "a", "-" * 300 + "a"],
    )
    def test_an_expression_nested_without_end_is_refused(self, text: str) -> None:
        assert "nested" in refusal(text).problem or "cannot be read" in refusal(text).problem

    @given(st.text(max_size=40))
    def test_any_text_is_read_or_refused_and_never_crashes(self, text: str) -> None:
        try:
            node = parse(KEY, text)
        except ExpressionError as error:
            assert 0 <= error.position <= len(text)
        else:
            assert parse(KEY, canonical(node)) == node


class TestTypes:
    @pytest.mark.parametrize(
        ("text", "position", "problem"),
        [
            ("not 1", 4, "expected a condition, found a number"),
            ("a > 1 and a - b", 10, "compare it, for example `a - b >= 0.4`"),
            ("(a > 1) + 1", 1, "expected a number, found a condition"),
            ("(a > 1) - (b > 1)", 1, "join conditions with `and`, `or`, `not`"),
            ("where(1, a, b)", 6, "expected a condition"),
            ("where(a > 1, 1, b > 1)", 16, "expected a number"),
            ("coalesce(a > 1, 0)", 16, "expected a condition"),
            ("(a > 1) in {1}", 1, "expected a number"),
            ("is_nodata(a) == 1", 0, "expected a number"),
            ("area_mean(a > 1)", 10, "expected a number"),
            ("max(a, b > 1)", 7, "expected a number"),
            ("(a > 1) == (b > 1)", 1, "expected a number"),
            ("focal_mean(a > 1, 3)", 11, "expected a number"),
            ("not focal_median(a, 3)", 4, "expected a condition"),
            ("count(a > 1, b)  > 1 and count(a > 1, b + 1) > 1", 38, "expected a condition"),
            ("count(a > 1, b > 1) and c", 0, "expected a condition, found a number"),
        ],
    )
    def test_numbers_and_conditions_do_not_mix(
        self, text: str, position: int, problem: str
    ) -> None:
        error = refusal(text)
        assert problem in error.problem
        assert error.position == position

    def test_a_name_is_either_until_its_meaning_is_known(self) -> None:
        node = parse(KEY, "where(water, a, coalesce(b, 0)) > 1 and not water")
        assert list(type_problems(node, Type.CONDITION)) == []

    def test_what_the_whole_must_be_is_checked_too(self) -> None:
        [(position, problem)] = type_problems(parse(KEY, "  1 + 1"), Type.CONDITION)
        assert position == 2
        assert "`1 + 1 >= 0.4`" in problem


NUMBERS = st.one_of(
    st.integers(-20, 20).map(float), st.sampled_from([0.4, 0.25, -7.5, 1e-7, 1e20, 12345.678])
)
CODES = st.sets(st.integers(-3, 9).map(float), min_size=1, max_size=4)
NUMBER_NAMES, CONDITION_NAMES = ("x", "s2.red", "imperviousness"), ("p", "layers.q")


def negate(node: Node) -> Node:
    """As the parser does it: the sign of a number is part of it."""
    return Number(0.0 - node.value) if isinstance(node, Number) else Operation("negate", (node,))


def operations(operators: tuple[str, ...], *operands: st.SearchStrategy[Node]) -> Any:
    return st.builds(Operation, st.sampled_from(operators), st.tuples(*operands))


def grow(numbers: st.SearchStrategy[Node], conditions: st.SearchStrategy[Node]) -> Any:
    """One step of each kind on top of smaller expressions: (numbers, conditions)."""
    grown_numbers = st.one_of(
        numbers,
        operations(("+", "-", "*", "/", "**", "min", "max", "coalesce"), numbers, numbers),
        operations(("abs", "sqrt"), numbers),
        operations(("where",), conditions, numbers, numbers),
        operations(("count",), conditions, conditions, conditions),
        numbers.map(negate),
    )
    grown_conditions = st.one_of(
        conditions,
        operations(("<", "<=", ">", ">=", "==", "!="), numbers, numbers),
        operations(("not", "is_nodata"), conditions),
        operations(("is_nodata",), numbers),
        operations(("where",), conditions, conditions, conditions),
        st.builds(Membership, numbers, CODES.map(lambda codes: tuple(sorted(codes)))),
        st.builds(and_not, conditions, conditions),
    )
    return grown_numbers, grown_conditions


def expressions() -> st.SearchStrategy[Node]:
    numbers = st.one_of(
        st.builds(Number, NUMBERS),
        st.builds(Name, st.sampled_from(NUMBER_NAMES), st.just(Type.NUMBER)),
    )
    conditions = st.builds(Name, st.sampled_from(CONDITION_NAMES), st.just(Type.CONDITION))
    for _ in range(3):
        numbers, conditions = grow(numbers, conditions)
    return st.one_of(numbers, conditions)


class TestPrinting:
    @given(expressions())
    def test_the_printed_form_reads_back_to_the_same_expression(self, node: Node) -> None:
        assert parse(KEY, canonical(node)) == node

    @pytest.mark.parametrize(
        ("text", "printed"),
        [
            ("(nir-red)/(nir+red)", "(nir - red) / (nir + red)"),
            ("2.50*(nir-red)", "2.5 * (nir - red)"),
            ("a-(b-c)-d", "a - (b - c) - d"),
            ("(a**b)**c", "(a ** b) ** c"),
            ("a**b**-2", "a ** b ** -2"),
            ("(-1)**2", "(-1) ** 2"),
            ("-1**2", "-1 ** 2"),
            ("-a**2", "-a ** 2"),
            ("(p and q) and not (r or s)", "p and q and not (r or s)"),
            ("x not in {3,1}", "not x in {1, 3}"),
            ("0.2<x<=0.4", "0.2 < x and x <= 0.4"),
            ("area_percentile(x,2)", "area_percentile(x, 2)"),
            ("1e-5*x", "1e-05 * x"),
            ("-focal_mean((x+y),3)**2", "-focal_mean(x + y, 3) ** 2"),
            ("focal_median(focal_mean(x,15.0),3)", "focal_median(focal_mean(x, 15), 3)"),
            ("count((p),q or r)>8", "count(p, q or r) > 8"),
        ],
    )
    def test_it_has_one_spelling_and_no_needless_parentheses(self, text: str, printed: str) -> None:
        assert canonical(parse(KEY, text)) == printed

    def test_the_name_of_a_statistic_follows_what_is_said_not_how(self) -> None:
        assert statistic_name(parse(KEY, "(a)+b")) == statistic_name(parse(KEY, "a + b"))
        assert statistic_name(parse(KEY, "a + b")) != statistic_name(parse(KEY, "b + a"))


def scalar(node: Node, pixel: Mapping[str, Any]) -> Any:
    """The plain meaning of an expression at one pixel, None being nodata; an independent check."""
    match node:
        case Number(number):
            return number
        case Name(name):
            return pixel[name]
        case Membership(operand, codes):
            found = scalar(operand, pixel)
            return None if found is None else found in codes
        case Operation(symbol, operands):
            return SCALAR[symbol](*(scalar(operand, pixel) for operand in operands))
    raise AssertionError(node)


def strict(function: Callable[..., Any]) -> Callable[..., Any]:
    """Nodata where any operand is, or where there is no finite result."""

    def call(*operands: Any) -> Any:
        if None in operands:
            return None
        try:
            with np.errstate(all="ignore"):
                result = function(*map(np.float64, operands))
        except (ZeroDivisionError, OverflowError, ValueError):
            return None
        return result if not isinstance(result, float) or math.isfinite(result) else None

    return call


def kleene_and(*operands: Any) -> Any:
    if False in operands:
        return False
    return None if None in operands else True


def kleene_or(*operands: Any) -> Any:
    if True in operands:
        return True
    return None if None in operands else False


SCALAR: dict[str, Callable[..., Any]] = {
    "+": strict(operator.add),
    "-": strict(operator.sub),
    "*": strict(operator.mul),
    "/": strict(operator.truediv),
    "**": strict(np.power),
    "negate": strict(operator.neg),
    "abs": strict(abs),
    "min": strict(min),
    "max": strict(max),
    "sqrt": strict(np.sqrt),
    "<": strict(operator.lt),
    "<=": strict(operator.le),
    ">": strict(operator.gt),
    ">=": strict(operator.ge),
    "==": strict(operator.eq),
    "!=": strict(operator.ne),
    "and": kleene_and,
    "or": kleene_or,
    "not": lambda a: None if a is None else not a,
    "where": lambda c, a, b: None if c is None else (a if c else b),
    "coalesce": lambda *given: next((x for x in given if x is not None), None),
    "is_nodata": lambda a: a is None,
    "count": lambda *given: None if {*given} == {None} else float(given.count(True)),
}
PIXELS = st.lists(
    st.fixed_dictionaries(
        {
            **{name: st.one_of(st.none(), NUMBERS) for name in NUMBER_NAMES},
            **{name: st.sampled_from([None, True, False]) for name in CONDITION_NAMES},
        }
    ),
    min_size=1,
    max_size=6,
)


def rasters(row: list[dict[str, Any]]) -> dict[str, Value]:
    """Pixels as rasters; under nodata lies what must never be seen."""
    named = {}
    for name in row[0]:
        column = [pixel[name] for pixel in row]
        valid = np.array([[number is not None for number in column]])
        hidden: Any = name in CONDITION_NAMES or -9999.0
        data = np.array([[hidden if number is None else number for number in column]])
        named[name] = Value(data, valid)
    return named


class TestMeaning:
    @given(expressions(), PIXELS)
    def test_a_raster_means_what_each_of_its_pixels_means(
        self, node: Node, row: list[dict[str, Any]]
    ) -> None:
        result = evaluate(node, rasters(row), {})
        expected = [scalar(node, pixel) for pixel in row]
        assert result.data.shape == result.valid.shape == (1, len(row))
        assert result.data.dtype == (bool if node.type is Type.CONDITION else np.float64)
        assert np.isfinite(result.data[result.valid]).all()
        assert pixels(result) == expected

    @given(expressions(), PIXELS)
    def test_no_value_lies_beyond_what_interval_arithmetic_says(
        self, node: Node, row: list[dict[str, Any]]
    ) -> None:
        given = {name: [pixel[name] for pixel in row if pixel[name] is not None] for name in row[0]}

        def known(name: str) -> Range | frozenset[bool]:
            if name in CONDITION_NAMES:
                return frozenset(given[name]) or frozenset({True, False})
            return Range(min(given[name]), max(given[name])) if given[name] else Range()

        found = [
            number for number in pixels(evaluate(node, rasters(row), {})) if number is not None
        ]
        bounds = possible(node, known)
        if isinstance(bounds, Range):
            assert all(bounds.low <= number <= bounds.high for number in found), (bounds, found)
        else:
            assert {*found} <= bounds

    def test_a_stored_4000_reaches_the_literal_threshold_exactly(self) -> None:
        stored = Value(np.array([[3999.0, 4000.0]]) / 10000, np.ones((1, 2), bool))
        assert evaluated("ndvi >= 0.4", ndvi=stored) == [False, True]

    def test_division_by_zero_roots_of_negatives_and_overflow_are_nodata(self) -> None:
        x = value(0.0, -4.0, 1e300)
        assert evaluated("1 / x", x=x)[0] is None
        assert evaluated("0 * x / x", x=x)[0] is None
        assert evaluated("sqrt(x)", x=x)[:2] == [0.0, None]
        assert evaluated("x * x", x=x)[2] is None
        assert evaluated("x ** 0.5", x=x)[1] is None

    def test_coalesce_falls_back_where_a_division_has_no_result(self) -> None:
        assert evaluated("coalesce(x / y, -1)", x=value(1, 1), y=value(0, 2)) == [-1.0, 0.5]

    def test_where_does_not_look_at_the_branch_not_taken(self) -> None:
        water, cover = value(True, False, None), value(None, 40.0, 40.0)
        assert evaluated("where(water, 0, cover)", water=water, cover=cover) == [0, 40, None]

    def test_a_lake_without_tree_cover_stays_water(self) -> None:
        lake, forest = value(True, True), value(None, True)
        assert evaluated("lake or forest", lake=lake, forest=forest) == [True, True]

    def test_months_without_data_do_not_count(self) -> None:
        row = [value(-25, -25, None, None), value(-25, -10, -25, None), value(-10, -10, None, None)]
        months = {f"m{month}": vh for month, vh in enumerate(row)}
        text = "count(m0 < -22, m1 < -22, m2 < -22)"
        assert evaluated(text, **months) == [2.0, 1.0, 1.0, None]

    def test_a_long_sum_within_the_limit_is_read_printed_and_evaluated(self) -> None:
        text = " + ".join("x" * 100)
        assert canonical(parse(KEY, text)) == text
        assert evaluated(text, x=value(1.0)) == [100.0]

    def test_constants_take_the_shape_of_the_window(self) -> None:
        result = evaluate(parse(KEY, "where(is_nodata(x), 1, 2) * 0 + 3"), {"x": value(1, 2)}, {})
        assert pixels(result) == [3.0, 3.0]
        assert evaluate(parse(KEY, "1 > 2"), {}, {}).data.shape == ()

    def test_statistics_stand_for_one_number_each(self) -> None:
        class Fixed:
            minimum, maximum, mean = 0.1, 0.9, 0.5

            def percentile(self, percent: float) -> float:
                return percent / 100

            def otsu(self) -> float:
                return 0.3

        text = "area_min(x) + area_max(x) + area_mean(x) + area_percentile(x, 20) + otsu(x) + x"
        node = parse(KEY, text)
        assert len(statistics_of(node)) == 5
        statistics = {statistic_name(Name("x")): Fixed()}
        assert pixels(evaluate(node, {"x": value(1.0)}, statistics)) == [pytest.approx(3.0)]

    def test_what_an_expression_repeats_is_computed_once(self) -> None:
        class Once(Mapping[str, Value]):
            def __init__(self) -> None:
                self.asked: list[str] = []

            def __getitem__(self, name: str) -> Value:
                self.asked.append(name)
                return value(2.0)

            def __iter__(self) -> Any:
                return iter(["x"])

            def __len__(self) -> int:
                return 1

            def values(self) -> Any:
                return [value(2.0)]

        given_values = Once()
        result = evaluate(parse(KEY, "(x + 1) * (x + 1) + (x + 1)"), given_values, {})
        assert pixels(result) == [12.0]
        assert given_values.asked == ["x"]


NODATA = 6.0  # stands for nodata in the arrays below; a value that no valid pixel has
SIDES = st.sampled_from([3, 5, 15])


def images(numbers: st.SearchStrategy[float]) -> st.SearchStrategy[Any]:
    shapes = st.tuples(st.integers(1, 9), st.integers(1, 9))
    return arrays(np.float64, shapes, elements=st.one_of(st.just(NODATA), numbers))


def image(array: Any) -> Value:
    valid = array != NODATA
    return Value(np.where(valid, array, np.nan), valid)


def square(array: Any, row: int, col: int, side: int) -> list[float]:
    """The valid values of a square, read one by one."""
    reach = range(-(side // 2), side // 2 + 1)
    places = [(row + down, col + right) for down in reach for right in reach]
    height, width = array.shape
    inside = [place for place in places if 0 <= place[0] < height and 0 <= place[1] < width]
    return [float(array[place]) for place in inside if array[place] != NODATA]


class TestFocal:
    @given(images(st.floats(-50, 5)), SIDES)
    def test_the_mean_and_median_are_those_of_the_valid_pixels_of_the_square(
        self, array: Any, side: int
    ) -> None:
        x = image(array)
        mean = evaluate(parse(KEY, f"focal_mean(x, {side})"), {"x": x}, {})
        median = evaluate(parse(KEY, f"focal_median(x, {side})"), {"x": x}, {})
        assert (mean.valid == x.valid).all()
        assert (median.valid == x.valid).all()
        for row, col in zip(*np.nonzero(x.valid), strict=True):
            values = square(array, row, col, side)
            assert median.data[row, col] == np.median(values)
            assert mean.data[row, col] == pytest.approx(math.fsum(values) / len(values))

    @given(images(st.floats(-1e3, 1e3)), SIDES, st.data())
    def test_a_part_with_its_halo_is_the_same_part_of_the_whole_bit_for_bit(
        self, array: Any, side: int, data: st.DataObject
    ) -> None:
        node = parse(KEY, f"focal_mean(focal_median(x, 3), {side}) - focal_median(x, {side})")
        whole = evaluate(node, {"x": image(array)}, {})
        row, col = (data.draw(st.integers(0, size - 1)) for size in array.shape)
        top, left = max(row - halo(node), 0), max(col - halo(node), 0)
        part = array[top : row + halo(node) + 1, left : col + halo(node) + 1]
        cut = evaluate(node, {"x": image(part)}, {})
        assert cut.valid[row - top, col - left] == whole.valid[row, col]
        assert cut.data[row - top, col - left] == whole.data[row, col]

    def test_a_speck_goes_by_the_median_and_an_edge_stays(self) -> None:
        dark, bright = -24.0, -8.0
        array = np.full((9, 9), dark)
        array[:, 5:] = bright
        array[4, 2] = bright
        despeckled = evaluate(parse(KEY, "focal_median(vh, 3)"), {"vh": image(array)}, {})
        assert (despeckled.data[:, :5] == dark).all()
        assert (despeckled.data[:, 5:] == bright).all()

    def test_equal_whole_numbers_have_exactly_that_mean(self) -> None:
        flat = image(np.full((20, 20), 7.0))
        result = evaluate(parse(KEY, "focal_mean(x, 15)"), {"x": flat}, {})
        assert (result.data == 7).all()

    def test_a_sum_beyond_all_numbers_is_nodata(self) -> None:
        for function in ("focal_mean", "focal_median"):
            assert evaluated(f"{function}(x, 3)", x=value(1e308, 1e308)) == [None, None]

    def test_what_is_the_same_everywhere_stays_so(self) -> None:
        assert evaluated("focal_mean(0.3, 15) + focal_median(1, 3) + 0 * x", x=value(1)) == [1.3]

    def test_agrees_with_an_independent_filter_where_all_is_valid(self) -> None:
        array = np.random.default_rng(3).normal(-15, 4, (300, 211))
        result = evaluate(parse(KEY, "focal_median(x, 7)"), {"x": image(array)}, {})
        inner = (slice(3, -3), slice(3, -3))
        assert (result.data[inner] == median_filter(array, 7)[inner]).all()


TRUTHS = st.sampled_from([True, False, None])
NOT, AND, OR = SCALAR["not"], kleene_and, kleene_or


class TestKleene:
    """Laws of the three-valued logic, on the operators themselves."""

    @staticmethod
    def holds(left: str, right: str, *row: Any) -> None:
        named = {name: value(truth, True) for name, truth in zip("pqr", row, strict=False)}
        assert evaluated(left, **named) == evaluated(right, **named)

    @given(TRUTHS, TRUTHS)
    def test_de_morgan(self, p: Any, q: Any) -> None:
        self.holds("not (p and q)", "not p or not q", p, q)
        self.holds("not (p or q)", "not p and not q", p, q)

    @given(TRUTHS, TRUTHS)
    def test_commutative_and_absorbing(self, p: Any, q: Any) -> None:
        self.holds("p and q", "q and p", p, q)
        self.holds("p or q", "q or p", p, q)
        self.holds("p and (p or q)", "p", p, q)
        self.holds("p or p and q", "p", p, q)

    @given(TRUTHS, TRUTHS, TRUTHS)
    def test_associative_and_distributive(self, p: Any, q: Any, r: Any) -> None:
        self.holds("p and (q and r)", "(p and q) and r", p, q, r)
        self.holds("p and (q or r)", "p and q or p and r", p, q, r)
        self.holds("p or q and r", "(p or q) and (p or r)", p, q, r)

    @given(TRUTHS)
    def test_double_negation_and_nodata_apart_from_falsehood(self, p: Any) -> None:
        self.holds("not not p", "p", p)
        self.holds("p or not p or is_nodata(p)", "is_nodata(p) or not is_nodata(p)", p)

    def test_the_truth_tables(self) -> None:
        p = value(True, True, True, False, False, False, None, None, None)
        q = value(True, False, None, True, False, None, True, False, None)
        t, f, n = True, False, None
        assert evaluated("p and q", p=p, q=q) == [t, f, n, f, f, f, n, f, n]
        assert evaluated("p or q", p=p, q=q) == [t, t, t, t, f, n, t, n, n]
        assert evaluated("not p", p=p)[::3] == [f, t, n]


class TestTakingAway:
    def test_a_condition_is_and_not(self) -> None:
        node = and_not(parse(KEY, "x > 1 and y > 1"), parse(KEY, "z > 1"))
        assert canonical(node) == "x > 1 and y > 1 and not z > 1"

    def test_a_number_becomes_0_where_the_operand_holds(self) -> None:
        node = and_not(parse(KEY, "x + 0"), Name("p", Type.CONDITION))
        x, p = value(2, 2, 2, None, None), value(True, False, None, True, False)
        assert pixels(evaluate(node, {"x": x, "p": p}, {})) == [0, 2, None, 0, None]

    def test_what_is_0_already_stays_so_where_the_operand_is_unknown(self) -> None:
        node = and_not(parse(KEY, "x + 0"), Name("p", Type.CONDITION))
        assert pixels(evaluate(node, {"x": value(0, 0), "p": value(None, True)}, {})) == [0, 0]
