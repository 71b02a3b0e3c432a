"""Everything that is wrong with the names and expressions of a config, found in one go."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from lccs_inputs.errors import ExpressionError
from lccs_inputs.expressions import (
    AREA_STATISTICS,
    FOCAL_FUNCTIONS,
    FUNCTIONS,
    OBSERVATION_STATISTIC,
    Name,
    Node,
)
from lccs_inputs.expressions.meanings import Meanings
from lccs_inputs.expressions.passages import CycleError, LostError, Passage
from lccs_inputs.facts.lccs import LAYER_PREFIX
from lccs_inputs.facts.sensors import OBSERVATION_FUNCTIONS, SENSORS

_FUNCTIONS = (
    *FUNCTIONS, *FOCAL_FUNCTIONS, *AREA_STATISTICS, *OBSERVATION_FUNCTIONS, OBSERVATION_STATISTIC,
)  # fmt: skip


def problems_of(names: Meanings) -> list[str]:
    """Everything that is wrong with the names and expressions, each once.

    Every method of every layer is resolved, chosen or not. A derived source is right if it
    is so for one scene set, or one sensor that has none yet (a ratio of VV and VH is not
    there for an optical one). What was lost is told once, with all that need it.
    """
    found: dict[object, str] = {}
    needed: dict[str, list[str]] = {}
    for error in _errors(names):
        if isinstance(error, LostError):
            needed.setdefault(error.source, []).append(error.owner)
            continue
        circle = error.members if isinstance(error, CycleError) else None
        found.setdefault(circle or (error.key, error.text, error.position), str(error))
    lost = (_lost_text(source, owners) for source, owners in needed.items())
    return [*_collisions(names), *lost, *found.values()]


def _errors(names: Meanings) -> Iterator[ExpressionError]:
    for name in names.derived:
        yield from _derived_errors(names, name)
    for name, layer in names.layers.items():
        for method in layer.methods:
            method_label = f"layers.{name}.methods.{method}"
            make = partial(Meanings.method_of, layer=name, method=method)
            yield from _tried(names, make, method_label)
        yield from _tried(names, partial(Meanings.cleaned, layer=name), name)
    for key, texts in names.images.items():
        tries = (
            _tried(names, partial(Meanings.image_of, key=key, text=text), key) for text in texts
        )
        yield from next(filter(None, tries), [])


def _derived_errors(names: Meanings, name: str) -> list[ExpressionError]:
    sensors = {sensor.name: sensor.scene_set_bands for sensor in SENSORS.values()}
    every = {**names.scene_sets, **sensors, **names.scene_sets}
    tries: list[list[ExpressionError]] = []
    for scope in sorted(every, key=lambda scope: scope != names.default_scenes):
        make = partial(Meanings.derived_of, name=name, scope=scope)
        tries.append(_tried(names, make, f"{scope}.{name}", every))
        if not tries[-1]:
            return []
    return tries[0]


def _tried(
    names: Meanings,
    make: Callable[..., Node],
    label: str,
    scene_sets: Mapping[str, tuple[str, ...]] | None = None,
) -> list[ExpressionError]:
    """Every error that writing out `label` meets."""
    collector = _Collector(
        scene_sets or names.scene_sets,
        names.default_scenes,
        names.products,
        names.derived,
        names.layers,
        names.missing,
        names.lost,
        names.ranges,
        names.months,
    )
    try:
        make(collector, trail=(label,))
    except ExpressionError as error:
        collector.errors.append(error)
    return collector.errors


def _collisions(names: Meanings) -> Iterator[str]:
    """A name has one meaning: bands may recur between scene sets, nothing else may."""
    kinds: list[tuple[str, Iterable[str]]] = [
        ("function", _FUNCTIONS),
        ("reserved word", (LAYER_PREFIX.rstrip("."),)),
        *((f"band of scenes.{name}", bands) for name, bands in names.scene_sets.items()),
    ]
    taken = {name: meaning for meaning, given in reversed(kinds) for name in given}
    for section in ("scenes", "products", "derived", "layers"):
        given = names.scene_sets if section == "scenes" else getattr(names, section)
        for name in given:
            if name in taken:
                yield f"{section}.{name}: is a {taken[name]} already; choose another name"
            taken.setdefault(name, f"name of {section}")


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
class _Collector(Meanings):
    """Meanings that go on where a name means nothing, to find all errors of a text."""

    errors: list[ExpressionError] = field(default_factory=list)

    def _meaning(self, name: Name, passage: Passage) -> Node:
        try:
            return super()._meaning(name, passage)
        except ExpressionError as error:
            self._tell(error)
            return Name(name.name)  # of no type, so that it makes no further error

    def _named(
        self, label: str, name: Name, passage: Passage, make: Callable[[tuple[str, ...]], Node]
    ) -> Node:
        """What is wrong with a label is found out once too."""
        try:
            return super()._named(label, name, passage, make)
        except CycleError:
            raise
        except ExpressionError as error:
            self._tell(error)
            return self._known.setdefault(label, Name(name.name))

    def _tell(self, error: ExpressionError) -> None:
        self.errors.append(error)
