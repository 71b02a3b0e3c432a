"""What the names in expressions mean, and what follows from them.

A bare name is a band or a derived source of the scene set in scope (`default_scenes`, in a
layer), a product, or a layer; `s2.red` and `s2.ndvi` are of the scene set s2; `x.raw` is the
layer x before its own cleaning (before its `minus`). Resolving a layer writes all this out down
to leaf names: `s2.red` (band of a scene set), `imperviousness` (product, as aligned) and
`layers.x` (the finished layer x, read from its file).
"""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial

from lccs_inputs.errors import ExpressionError
from lccs_inputs.expressions import (
    AREA_STATISTICS,
    FOCAL_FUNCTIONS,
    FUNCTIONS,
    OBSERVATION_STATISTIC,
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
from lccs_inputs.expressions.ranges import ANY, Possible, anything, over_observations
from lccs_inputs.facts.lccs import LAYER_PREFIX, Kind
from lccs_inputs.facts.sensors import (
    DECIBEL_LIMITS,
    NDVI_STATISTICS,
    OBSERVATION_FUNCTIONS,
    OBSERVED_BANDS,
    OPTICAL_BANDS,
    REFLECTANCE_LIMITS,
    SENSORS,
)
from lccs_inputs.words import brief, choices

_MAX_TRAIL = 30  # names within names: far below what recursion can bear

_FUNCTIONS = (
    *FUNCTIONS, *FOCAL_FUNCTIONS, *AREA_STATISTICS, *OBSERVATION_FUNCTIONS, OBSERVATION_STATISTIC,
)  # fmt: skip

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


class CycleError(ExpressionError):
    """Names that need each other; `members` are those of the cycle."""

    def __init__(self, key: str, text: str, position: int, cycle: tuple[str, ...]) -> None:
        self.members = frozenset(cycle)
        super().__init__(key, text, position, f"goes in a circle: {' → '.join(cycle)}")


class LostError(ExpressionError):
    """A name of a scene set or a product that a user's own section took the place of.

    Attributes:
        source: its config path.
        owner: that of the layer that needs it, by way of derived sources too; else of the text.
    """

    def __init__(self, place: "_Place", position: int, source: str, layer: str | None) -> None:
        self.source = source
        self.owner = f"layers.{layer}" if layer else place.key
        super().__init__(place.key, place.text, position, f"needs {source}, which is not there")


@dataclass(frozen=True)
class _Place:
    """Where an expression stands: its config key and text, and the scene set in scope."""

    key: str
    text: str
    scope: str | None
    trail: tuple[str, ...]
    """What is being written out, outermost first: a name that recurs makes a cycle."""

    def error(self, position: int, problem: str) -> ExpressionError:
        return ExpressionError(self.key, self.text, position, problem)


@dataclass(frozen=True)
class Namespace:
    """The names of a config.

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

    def resolve_layer(self, name: str) -> Node:
        """The expression of a layer over leaf names: its method, then each `minus` in order.

        Raises:
            ExpressionError: it cannot be read, names what does not exist, mixes conditions and
                numbers, or needs itself (also through other layers' files).
        """
        if name not in self._known:
            self._known[name] = self._cleaned(name, (name,))
        return self._known[name]

    def methods_in_use(self, name: str) -> Mapping[str, Node]:
        """The methods that make the layer in the period, before cleaning, in order.

        Raises:
            ExpressionError: as `resolve_layer`.
        """
        return dict(self._chain(name, (name,)))

    def every_method(self, name: str) -> Mapping[str, Node]:
        """All methods of the layer, in use or not.

        Raises:
            ExpressionError: as `resolve_layer`.
        """
        methods = self.layers[name].methods
        return {method: self._method(name, method, (name,)) for method in methods}

    def before_cleaning(self, name: str) -> Node:
        """What the methods in use make of a layer: `x.raw`.

        Raises:
            ExpressionError: as `resolve_layer`.
        """
        return self._chosen(name, (name,))

    def taken_away(self, name: str) -> list[tuple[str, Node]]:
        """Each `minus` of a layer, in order: its text, and what that is over leaf names.

        Raises:
            ExpressionError: as `resolve_layer`.
        """
        return list(self._taken_away(name, (name,)))

    @property
    def labels(self) -> dict[Node, str]:
        """The derived numbers that the layers mention → their names, as `s2.ndwi`.

        Raises:
            ExpressionError: as `resolve_layer`.
        """
        alone = replace(self)  # has written out nothing yet, whatever was asked of this one
        for layer in self.layers:
            alone.resolve_layer(layer)
        return {
            node: label
            for label, node in sorted(alone._known.items(), reverse=True)
            if label.rpartition(".")[2] in self.derived
            and node.type is Type.NUMBER
            and not isinstance(node, Name)
        }

    def left_out(self, name: str) -> Mapping[str, list[str]]:
        """The other methods that `use` names for the layer, and the products that each lacks.

        Raises:
            ExpressionError: as `resolve_layer`.
        """
        used = self.methods_in_use(name)
        rest = [method for method in self.layers[name].use if method not in used]
        return {
            method: sorted(self.missing & leaves(self._method(name, method, (name,))))
            for method in rest
        }

    def resolve_image(self, key: str, text: str) -> Node:
        """An expression that gives a number, over leaf names; `key` is where it stands.

        Raises:
            ExpressionError: as `resolve_layer`.
        """
        return self._image(key, text, ())

    def range_of(self, node: Node) -> Range:
        """Between which values a resolved number lies, where it is not nodata."""
        found = possible(node, self._held)
        return found if isinstance(found, Range) else ANY

    def problems(self) -> list[str]:
        """Everything that is wrong with the names and expressions, each once.

        Every method of every layer is resolved, chosen or not. A derived source is right if it
        is so for one scene set, or one sensor that has none yet (a ratio of VV and VH is not
        there for an optical one). What was lost is told once, with all that need it.
        """
        found: dict[object, str] = {}
        needed: dict[str, list[str]] = {}
        for error in self._errors():
            if isinstance(error, LostError):
                needed.setdefault(error.source, []).append(error.owner)
                continue
            circle = error.members if isinstance(error, CycleError) else None
            found.setdefault(circle or (error.key, error.text, error.position), str(error))
        lost = (_lost_text(source, owners) for source, owners in needed.items())
        return [*self._collisions(), *lost, *found.values()]

    def _errors(self) -> Iterator[ExpressionError]:
        for name in self.derived:
            yield from self._derived_errors(name)
        for name, layer in self.layers.items():
            for method in layer.methods:
                method_label = f"layers.{name}.methods.{method}"
                make = partial(Namespace._method, layer=name, method=method)
                yield from self._tried(make, method_label)
            yield from self._tried(partial(Namespace._cleaned, layer=name), name)
        for key, texts in self.images.items():
            tries = (
                self._tried(partial(Namespace._image, key=key, text=text), key) for text in texts
            )
            yield from next(filter(None, tries), [])

    def _derived_errors(self, name: str) -> list[ExpressionError]:
        sensors = {sensor.name: sensor.scene_set_bands for sensor in SENSORS.values()}
        every = {**self.scene_sets, **sensors, **self.scene_sets}
        tries: list[list[ExpressionError]] = []
        for scope in sorted(every, key=lambda scope: scope != self.default_scenes):
            make = partial(Namespace._derived, name=name, scope=scope)
            tries.append(self._tried(make, f"{scope}.{name}", every))
            if not tries[-1]:
                return []
        return tries[0]

    def _tried(
        self,
        make: Callable[..., Node],
        label: str,
        scene_sets: Mapping[str, tuple[str, ...]] | None = None,
    ) -> list[ExpressionError]:
        """Every error that writing out `label` meets."""
        collector = _Collector(
            scene_sets or self.scene_sets,
            self.default_scenes,
            self.products,
            self.derived,
            self.layers,
            self.missing,
            self.lost,
            self.ranges,
            self.months,
        )
        try:
            make(collector, trail=(label,))
        except ExpressionError as error:
            collector.errors.append(error)
        return collector.errors

    def _collisions(self) -> Iterator[str]:
        """A name has one meaning: bands may recur between scene sets, nothing else may."""
        kinds: list[tuple[str, Iterable[str]]] = [
            ("function", _FUNCTIONS),
            ("reserved word", (LAYER_PREFIX.rstrip("."),)),
            *((f"band of scenes.{name}", bands) for name, bands in self.scene_sets.items()),
        ]
        taken = {name: meaning for meaning, given in reversed(kinds) for name in given}
        for section in ("scenes", "products", "derived", "layers"):
            given = self.scene_sets if section == "scenes" else getattr(self, section)
            for name in given:
                if name in taken:
                    yield f"{section}.{name}: is a {taken[name]} already; choose another name"
                taken.setdefault(name, f"name of {section}")

    # Each of these writes out what one label of a trail stands for: `x` (a layer's file),
    # `x.raw` (a layer before cleaning), `s2.ndvi` (a derived source over a scene set).

    def _cleaned(self, layer: str, trail: tuple[str, ...]) -> Node:
        node = self._chosen(layer, trail)
        for _, operand in self._taken_away(layer, trail):
            node = and_not(node, operand)
        return node

    def _taken_away(self, layer: str, trail: tuple[str, ...]) -> Iterator[tuple[str, Node]]:
        for text in self.layers[layer].minus:
            place = _Place(f"layers.{layer}.minus", text, self.default_scenes, trail)
            yield text, self._expand(place, Type.CONDITION)

    def _chosen(self, layer: str, trail: tuple[str, ...]) -> Node:
        """What the methods in use make of a layer, the first that knows a pixel deciding it."""
        nodes = [node for _, node in self._chain(layer, trail)]
        return nodes[0] if len(nodes) == 1 else Operation("coalesce", tuple(nodes))

    def _chain(self, layer: str, trail: tuple[str, ...]) -> list[tuple[str, Node]]:
        """The methods in use that can be had, in order; all of them where none can."""
        use = self.layers[layer].use
        chain = [(method, self._method(layer, method, trail)) for method in use]
        return [each for each in chain if not self.missing & leaves(each[1])] or chain

    def _method(self, layer: str, method: str, trail: tuple[str, ...]) -> Node:
        methods = self.layers[layer].methods
        if method not in methods:
            it_has = choices(method, methods)
            problem = f"is no method of it{hint(method, methods)}; it has {it_has}"
            raise ExpressionError(f"layers.{layer}.use", method, 0, problem)
        key = f"layers.{layer}.methods.{method}"
        place = _Place(key, methods[method], self.default_scenes, trail)
        return self._expand(place, self.layers[layer].type)

    def _derived(self, name: str, scope: str | None, trail: tuple[str, ...]) -> Node:
        return self._expand(_Place(f"derived.{name}", self.derived[name], scope, trail))

    def _image(self, key: str, text: str, trail: tuple[str, ...]) -> Node:
        return self._expand(_Place(key, text, self.default_scenes, trail), Type.NUMBER)

    def _expand(self, place: _Place, expected: Type | None = None) -> Node:
        """The expression of a place over leaf names, checked to be what is expected of it."""
        return self._written_out(parse(place.key, place.text), place, expected)

    def _written_out(self, tree: Node, place: _Place, expected: Type | None) -> Node:
        """A part of the text of a place over leaf names, checked likewise."""
        meanings: dict[str, Node] = {}
        for name in mentioned(tree):  # one after the other: their own texts are nested too
            if name.name not in meanings:
                meanings[name.name] = self._meaning(name, place)

        def typed(name: Name) -> Name:
            return Name(name.name, meanings[name.name].type, position=name.position)

        # types are checked in the words of the text, before they are written out
        for position, problem in type_problems(replace_names(tree, typed), expected):
            raise place.error(position, problem)
        for position, problem in code_problems(tree, self.products):
            raise place.error(position, problem)
        held = cache(lambda name: possible(meanings[name], self._held))
        for position, problem in constant_conditions(tree, held):
            self._tell(place.error(position, problem))
        node = replace_names(tree, lambda name: meanings[name.name])
        if problem := too_much(node):
            raise place.error(0, f"{problem} once its names are written out; say it more simply")
        for statistic in statistics_of(node):
            if statistics_of(statistic.argument):
                raise place.error(statistic.position, NESTED)
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

    def _meaning(self, name: Name, place: _Place) -> Node:
        if isinstance(name, Observed):
            return self._observed(name, place)
        first, dot, second = name.name.partition(".")
        if not dot:
            return self._bare(name, place)
        if first in self.scene_sets:
            return self._of_scene_set(first, second, name, place)
        if first not in self.layers:
            raise self._unknown(name, place, [*self.scene_sets, *self.layers], first)
        if second != "raw":
            raise self._unknown(name, place, [f"{first}.raw", first], name.name)
        return self._named(name.name, name, place, lambda trail: self._chosen(first, trail))

    def _bare(self, name: Name, place: _Place) -> Node:
        word, scope = name.name, place.scope
        if word in self.layers:  # written out only to find circles through files
            self._named(word, name, place, lambda trail: self._cleaned(word, trail))
            return Name(LAYER_PREFIX + word, self.layers[word].type)
        if word in self.products:
            return Name(word, Type.NUMBER)
        if scope is not None and (word in self.scene_sets[scope] or word in self.derived):
            return self._of_scene_set(scope, word, name, place)
        if word in self.derived:  # of products and layers only
            return self._named(word, name, place, lambda trail: self._derived(word, None, trail))
        if scope is not None and self._is_statistic(word, scope):
            return self._of_scene_set(scope, word, name, place)
        bands = self.scene_sets[scope] if scope is not None else ()
        existing = [*bands, *self.derived, *self.products, *self.layers]
        raise self._unknown(name, place, existing, word)

    def _of_scene_set(self, scenes: str, word: str, name: Name, place: _Place) -> Node:
        label = f"{scenes}.{word}"
        if word in self.scene_sets[scenes]:
            return Name(label, Type.NUMBER)
        if word in self.derived:
            return self._named(label, name, place, lambda trail: self._derived(word, scenes, trail))
        if self._is_statistic(word, scenes):
            index, statistic = split_statistic(word)
            argument = Name(index, position=name.position)
            return self._observed(observed(statistic, scenes, argument, name.position), place)
        raise self._unknown(name, place, [*self.scene_sets[scenes], *self.derived], word)

    def _is_statistic(self, word: str, scenes: str) -> bool:
        """Whether it is a statistic of an index or a band of a scene set: `ndwi_p90`."""
        index = split_statistic(word)[0]
        return index in self.derived or index in OBSERVED_BANDS & {*self.scene_sets[scenes]}

    def _observed(self, node: Observed, place: _Place) -> Name:
        """The band of a scene set for what its observations come to."""
        scenes = node.scenes
        if scenes not in self.scene_sets:
            raise self._no_scene_set(node, place)
        argument = self._written_out(node.argument, replace(place, scope=scenes), node.takes)
        problem, part = "", stranger(argument)
        if part is not None:
            problem = f"{brief(canonical(part))}, which stands in it once its names are written out"
        elif foreign := foreign_name(argument, scenes):
            problem = f"{foreign}, which no single observation of {scenes} has"
        if problem:
            raise place.error(
                node.position,
                f"{node.function} of {scenes} looks at one observation at a time: {WITHIN}, not "
                f"{problem}",
            )
        if not names(argument):
            raise place.error(node.position, f"{node.function} names no band of {scenes}")
        bands = replace_names(argument, lambda name: Name(name.name.rpartition(".")[2], name.type))
        return leaf(node.function, scenes, bands)

    def _no_scene_set(self, node: Observed, place: _Place) -> ExpressionError:
        if error := self._lost(node.scenes, node.position, place):
            return error
        there, guess = choices(node.scenes, self.scene_sets), hint(node.scenes, self.scene_sets)
        return place.error(
            node.position, f"there is no scene set {node.scenes}{guess}; there are {there}"
        )

    def _named(
        self, label: str, name: Name, place: _Place, make: Callable[[tuple[str, ...]], Node]
    ) -> Node:
        """What a label stands for, written out once; refuses one that is being written out."""
        if label in place.trail:
            cycle = (*place.trail[place.trail.index(label) :], label)
            raise CycleError(place.key, place.text, name.position, cycle)
        if len(place.trail) >= _MAX_TRAIL:
            raise place.error(
                name.position,
                f"{brief(name.name)} stands for names within names, more than "
                f"{_MAX_TRAIL} deep; say it more simply",
            )
        if label not in self._known:
            self._known[label] = make((*place.trail, label))
        return self._known[label]

    def _layer_of(self, label: str) -> str | None:
        """The layer that a label of a trail is written out for; None for a derived source."""
        name = label.removeprefix(LAYER_PREFIX).partition(".")[0]
        return name if name in self.layers else None

    def _lost(self, source: str, position: int, place: _Place) -> LostError | None:
        """The error where a source that is named was there before the user's own."""
        if source not in self.lost:
            return None
        within = filter(None, map(self._layer_of, place.trail[::-1]))
        return LostError(place, position, f"{self.lost[source]}.{source}", next(within, None))

    def _unknown(
        self, name: Name, place: _Place, existing: Iterable[str], word: str
    ) -> ExpressionError:
        first, dot, _ = name.name.partition(".")
        if error := self._lost(first, name.position, place):
            return error
        where = f" in {first}" if dot and first in self.scene_sets else ""
        if not dot and place.scope is not None:
            where = f" (bare names are of the scene set {place.scope})"
        elif not dot and any(word in bands for bands in self.scene_sets.values()):
            where = " without a scene set: set default_scenes, or write one before it with a dot"
        known = sorted(existing)
        guess, there = hint(word, known), choices(word, known)
        return place.error(
            name.position, f"there is no {brief(word)}{where}{guess}; there are {there}"
        )


def _lost_text(source: str, owners: Iterable[str]) -> str:
    """That a source is not there any more, and which layers and images need it, or else derived
    sources."""
    paths = sorted({*owners})
    needing = [path for path in paths if path.startswith(("layers.", "images["))] or paths
    section = source.partition(".")[0]
    return (
        f"{source}: is missing, and needed by {', '.join(needing)}: your {section} take the place "
        "of all those of config.yaml; add it to yours, or give these another method that does "
        "without, or `use: none`"
    )


@dataclass(frozen=True)
class _Collector(Namespace):
    """A namespace that goes on where a name means nothing, to find all errors of a text."""

    errors: list[ExpressionError] = field(default_factory=list)

    def _meaning(self, name: Name, place: _Place) -> Node:
        try:
            return super()._meaning(name, place)
        except ExpressionError as error:
            self._tell(error)
            return Name(name.name)  # of no type, so that it makes no further error

    def _named(
        self, label: str, name: Name, place: _Place, make: Callable[[tuple[str, ...]], Node]
    ) -> Node:
        """What is wrong with a label is found out once too."""
        try:
            return super()._named(label, name, place, make)
        except CycleError:
            raise
        except ExpressionError as error:
            self._tell(error)
            return self._known.setdefault(label, Name(name.name))

    def _tell(self, error: ExpressionError) -> None:
        self.errors.append(error)
