"""What the names in expressions mean: texts written out over leaf names.

A bare name is a band or a derived source of the scene set in scope (`default_scenes`, in a
layer), a product, or a layer; `s2.red` and `s2.ndvi` are of the scene set s2; `x.raw` is the
layer x before its own cleaning (before its `minus`). Written out, an expression is one over leaf
names: `s2.red` (band of a scene set), `imperviousness` (product, as aligned) and `layers.x` (the
finished layer x, read from its file).
"""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from lccs_inputs.errors import ExpressionError
from lccs_inputs.expressions import (
    Name,
    Node,
    Observed,
    Operation,
    Range,
    Type,
    Unit,
    and_not,
    canonical,
    code_problems,
    constant_conditions,
    mentioned,
    names,
    observed,
    parse,
    possible,
    replace_names,
    statistics_of,
    type_problems,
)
from lccs_inputs.expressions.observations import (
    WITHIN,
    foreign_name,
    leaf,
    split_statistic,
    stranger,
)
from lccs_inputs.expressions.parser import NESTED, hint, too_much
from lccs_inputs.expressions.passages import CycleError, LostError, Passage
from lccs_inputs.expressions.ranges import ANY, Possible, anything, over_observations
from lccs_inputs.facts.lccs import LAYER_PREFIX, Kind
from lccs_inputs.facts.sensors import (
    DECIBEL_LIMITS,
    NDVI_STATISTICS,
    OBSERVED_BANDS,
    OPTICAL_BANDS,
    REFLECTANCE_LIMITS,
)
from lccs_inputs.words import brief, choices

_MAX_TRAIL = 30  # names within names: far below what recursion can bear

BAND_RANGES: Mapping[str, Range] = {
    **dict.fromkeys(OPTICAL_BANDS, Range(*REFLECTANCE_LIMITS, Unit.REFLECTANCE)),
    **{f"ndvi_{name}": Range(-1, 1) for name in NDVI_STATISTICS},
    "ndvi_stddev": Range(0, 1),
    **dict.fromkeys(("vv", "vh"), Range(*DECIBEL_LIMITS, Unit.DECIBELS)),
}
"""What the bands of any scene set can hold."""


@dataclass(frozen=True)
class LayerText:
    """A layer as the config says it.

    Attributes:
        use: the chosen method, then those that fill what it leaves nodata, in this order.
        methods: expression by method name.
        minus: conditions to take away, in this order: layers, layers as `x.raw`, or any other.
        kind: a binary layer is a condition, in its methods and where it is named; other kinds
            are numbers; None where the definition of a descriptor does not say.
    """

    use: tuple[str, ...]
    methods: Mapping[str, str]
    minus: tuple[str, ...]
    kind: Kind | None

    @property
    def type(self) -> Type | None:
        if self.kind is None:
            return None
        return Type.CONDITION if self.kind is Kind.BINARY else Type.NUMBER


def leaves(node: Node) -> frozenset[str]:
    """The leaf names of a resolved expression, those within its area statistics among them."""
    arguments = [statistic.argument for statistic in statistics_of(node)]
    return frozenset(name for part in (node, *arguments) for name in names(part))


@dataclass(frozen=True)
class Meanings:
    """The names of a config, and what each is written out to.

    Attributes:
        scene_sets: scene set → its bands.
        default_scenes: the scene set of bare names; None where there is none.
        products: product → its codes; none where its values are no codes.
        derived: derived source → its expression, over the bands of any scene set.
        layers: layer → its texts.
        missing: products that cannot be had for the period; a method that needs one is left out
            where another method stands in for it.
        lost: scene sets and products that were there before the user's own, by name → section.
        ranges: what products and finished layers (`layers.x`) can hold, where that is known.
        months: scene set → the most calendar months that its dates touch, where that is known.
        images: the config key of an image → the expressions of its bands, which are numbers.
    """

    scene_sets: Mapping[str, tuple[str, ...]]
    default_scenes: str | None
    products: Mapping[str, Collection[int]]
    derived: Mapping[str, str]
    layers: Mapping[str, LayerText]
    missing: frozenset[str] = frozenset()
    lost: Mapping[str, str] = field(default_factory=dict)
    ranges: Mapping[str, Range] = field(default_factory=dict)
    months: Mapping[str, int] = field(default_factory=dict)
    images: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _known: dict[str, Node] = field(default_factory=dict, init=False, repr=False, compare=False)

    # Each of these writes out what one label of a trail stands for: `x` (a layer's file),
    # `x.raw` (a layer before cleaning), `s2.ndvi` (a derived source over a scene set).

    def cleaned(self, layer: str, trail: tuple[str, ...]) -> Node:
        node = self.chosen(layer, trail)
        for _, operand in self.removed(layer, trail):
            node = and_not(node, operand)
        return node

    def removed(self, layer: str, trail: tuple[str, ...]) -> Iterator[tuple[str, Node]]:
        for text in self.layers[layer].minus:
            passage = Passage(f"layers.{layer}.minus", text, self.default_scenes, trail)
            yield text, self._expand(passage, Type.CONDITION)

    def chosen(self, layer: str, trail: tuple[str, ...]) -> Node:
        """What the methods in use make of a layer, the first that knows a pixel deciding it."""
        nodes = [node for _, node in self.chain(layer, trail)]
        return nodes[0] if len(nodes) == 1 else Operation("coalesce", tuple(nodes))

    def chain(self, layer: str, trail: tuple[str, ...]) -> list[tuple[str, Node]]:
        """The methods in use that can be had, in order; all of them where none can."""
        use = self.layers[layer].use
        chain = [(method, self.method_of(layer, method, trail)) for method in use]
        return [each for each in chain if not self.missing & leaves(each[1])] or chain

    def method_of(self, layer: str, method: str, trail: tuple[str, ...]) -> Node:
        methods = self.layers[layer].methods
        if method not in methods:
            it_has = choices(method, methods)
            problem = f"is no method of it{hint(method, methods)}; it has {it_has}"
            raise ExpressionError(f"layers.{layer}.use", method, 0, problem)
        key = f"layers.{layer}.methods.{method}"
        passage = Passage(key, methods[method], self.default_scenes, trail)
        return self._expand(passage, self.layers[layer].type)

    def derived_of(self, name: str, scope: str | None, trail: tuple[str, ...]) -> Node:
        return self._expand(Passage(f"derived.{name}", self.derived[name], scope, trail))

    def image_of(self, key: str, text: str, trail: tuple[str, ...]) -> Node:
        return self._expand(Passage(key, text, self.default_scenes, trail), Type.NUMBER)

    def _expand(self, passage: Passage, expected: Type | None = None) -> Node:
        """The expression of a passage over leaf names, checked to be what is expected of it."""
        return self._written_out(parse(passage.key, passage.text), passage, expected)

    def _written_out(self, tree: Node, passage: Passage, expected: Type | None) -> Node:
        """A part of the text of a passage over leaf names, checked likewise."""
        meanings: dict[str, Node] = {}
        for name in mentioned(tree):  # one after the other: their own texts are nested too
            if name.name not in meanings:
                meanings[name.name] = self._meaning(name, passage)

        def typed(name: Name) -> Name:
            return Name(name.name, meanings[name.name].type, position=name.position)

        # types are checked in the words of the text, before they are written out
        for position, problem in type_problems(replace_names(tree, typed), expected):
            raise passage.error(position, problem)
        for position, problem in code_problems(tree, self.products):
            raise passage.error(position, problem)
        held = cache(lambda name: possible(meanings[name], self._held))
        for position, problem in constant_conditions(tree, held):
            self._tell(passage.error(position, problem))
        node = replace_names(tree, lambda name: meanings[name.name])
        if problem := too_much(node):
            raise passage.error(0, f"{problem} once its names are written out; say it more simply")
        for statistic in statistics_of(node):
            if statistics_of(statistic.argument):
                raise passage.error(statistic.position, NESTED)
        return node

    def _tell(self, error: ExpressionError) -> None:
        raise error

    def _held(self, leaf: str) -> Possible:
        """What a leaf can be, where it is not nodata."""
        if leaf.startswith(LAYER_PREFIX):
            layer = self.layers.get(leaf.removeprefix(LAYER_PREFIX))
            return self.ranges.get(leaf) or anything(layer.type if layer else None)
        scenes, _, band = leaf.partition(".")
        function, _, rest = band.partition("(")
        if rest:  # of observations
            argument, months = (
                parse(leaf, rest.removesuffix(")")),
                self.months.get(scenes, math.inf),
            )
            return over_observations(
                function, argument, months, lambda name: BAND_RANGES.get(name, ANY)
            )
        return BAND_RANGES.get(band) or self.ranges.get(leaf, ANY)

    def _meaning(self, name: Name, passage: Passage) -> Node:
        if isinstance(name, Observed):
            return self._observed(name, passage)
        first, dot, second = name.name.partition(".")
        if not dot:
            return self._bare(name, passage)
        if first in self.scene_sets:
            return self._of_scene_set(first, second, name, passage)
        if first not in self.layers:
            raise self._unknown(name, passage, [*self.scene_sets, *self.layers], first)
        if second != "raw":
            raise self._unknown(name, passage, [f"{first}.raw", first], name.name)
        return self._named(name.name, name, passage, lambda trail: self.chosen(first, trail))

    def _bare(self, name: Name, passage: Passage) -> Node:
        word, scope = name.name, passage.scope
        if word in self.layers:  # written out only to find circles through files
            self._named(word, name, passage, lambda trail: self.cleaned(word, trail))
            return Name(LAYER_PREFIX + word, self.layers[word].type)
        if word in self.products:
            return Name(word, Type.NUMBER)
        if scope is not None and (word in self.scene_sets[scope] or word in self.derived):
            return self._of_scene_set(scope, word, name, passage)
        if word in self.derived:  # of products and layers only
            return self._named(
                word, name, passage, lambda trail: self.derived_of(word, None, trail)
            )
        if scope is not None and self._is_statistic(word, scope):
            return self._of_scene_set(scope, word, name, passage)
        bands = self.scene_sets[scope] if scope is not None else ()
        existing = [*bands, *self.derived, *self.products, *self.layers]
        raise self._unknown(name, passage, existing, word)

    def _of_scene_set(self, scenes: str, word: str, name: Name, passage: Passage) -> Node:
        label = f"{scenes}.{word}"
        if word in self.scene_sets[scenes]:
            return Name(label, Type.NUMBER)
        if word in self.derived:
            return self._named(
                label, name, passage, lambda trail: self.derived_of(word, scenes, trail)
            )
        if self._is_statistic(word, scenes):
            index, statistic = split_statistic(word)
            argument = Name(index, position=name.position)
            return self._observed(observed(statistic, scenes, argument, name.position), passage)
        raise self._unknown(name, passage, [*self.scene_sets[scenes], *self.derived], word)

    def _is_statistic(self, word: str, scenes: str) -> bool:
        """Whether it is a statistic of an index or a band of a scene set: `ndwi_p90`."""
        index = split_statistic(word)[0]
        return index in self.derived or index in OBSERVED_BANDS & {*self.scene_sets[scenes]}

    def _observed(self, node: Observed, passage: Passage) -> Name:
        """The band of a scene set for what its observations come to."""
        scenes = node.scenes
        if scenes not in self.scene_sets:
            raise self._no_scene_set(node, passage)
        argument = self._written_out(node.argument, replace(passage, scope=scenes), node.takes)
        problem, part = "", stranger(argument)
        if part is not None:
            problem = f"{brief(canonical(part))}, which stands in it once its names are written out"
        elif foreign := foreign_name(argument, scenes):
            problem = f"{foreign}, which no single observation of {scenes} has"
        if problem:
            raise passage.error(
                node.position,
                f"{node.function} of {scenes} looks at one observation at a time: {WITHIN}, not "
                f"{problem}",
            )
        if not names(argument):
            raise passage.error(node.position, f"{node.function} names no band of {scenes}")
        bands = replace_names(argument, lambda name: Name(name.name.rpartition(".")[2], name.type))
        return leaf(node.function, scenes, bands)

    def _no_scene_set(self, node: Observed, passage: Passage) -> ExpressionError:
        if error := self._lost(node.scenes, node.position, passage):
            return error
        there, guess = choices(node.scenes, self.scene_sets), hint(node.scenes, self.scene_sets)
        return passage.error(
            node.position, f"there is no scene set {node.scenes}{guess}; there are {there}"
        )

    def _named(
        self, label: str, name: Name, passage: Passage, make: Callable[[tuple[str, ...]], Node]
    ) -> Node:
        """What a label stands for, written out once; refuses one that is being written out."""
        if label in passage.trail:
            cycle = (*passage.trail[passage.trail.index(label) :], label)
            raise CycleError(passage.key, passage.text, name.position, cycle)
        if len(passage.trail) >= _MAX_TRAIL:
            raise passage.error(
                name.position,
                f"{brief(name.name)} stands for names within names, more than "
                f"{_MAX_TRAIL} deep; say it more simply",
            )
        if label not in self._known:
            self._known[label] = make((*passage.trail, label))
        return self._known[label]

    def _layer_of(self, label: str) -> str | None:
        """The layer that a label of a trail is written out for; None for a derived source."""
        name = label.removeprefix(LAYER_PREFIX).partition(".")[0]
        return name if name in self.layers else None

    def _lost(self, source: str, position: int, passage: Passage) -> LostError | None:
        """The error where a source that is named was there before the user's own."""
        if source not in self.lost:
            return None
        within = filter(None, map(self._layer_of, passage.trail[::-1]))
        return LostError(passage, position, f"{self.lost[source]}.{source}", next(within, None))

    def _unknown(
        self, name: Name, passage: Passage, existing: Iterable[str], word: str
    ) -> ExpressionError:
        first, dot, _ = name.name.partition(".")
        if error := self._lost(first, name.position, passage):
            return error
        where = f" in {first}" if dot and first in self.scene_sets else ""
        if not dot and passage.scope is not None:
            where = f" (bare names are of the scene set {passage.scope})"
        elif not dot and any(word in bands for bands in self.scene_sets.values()):
            where = " without a scene set: set default_scenes, or write one before it with a dot"
        known = sorted(existing)
        guess, there = hint(word, known), choices(word, known)
        return passage.error(
            name.position, f"there is no {brief(word)}{where}{guess}; there are {there}"
        )
