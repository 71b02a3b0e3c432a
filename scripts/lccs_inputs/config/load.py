"""Checking a config document whole: keys and values by the models, relations between them here.

Everything wrong is reported at once, before any job.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from lccs_inputs.config.class_tables import reference_problems
from lccs_inputs.config.editions import days_of, middle_year, out_of_reach
from lccs_inputs.config.files import NOT_MADE, section
from lccs_inputs.config.legends import legend_problems
from lccs_inputs.config.models import Config
from lccs_inputs.config.months import told_once, with_months
from lccs_inputs.config.problems import explain
from lccs_inputs.config.salvage import right_part
from lccs_inputs.config.sections.descriptors import DescriptorSettings
from lccs_inputs.config.sections.images import IMAGE_NAME, ImageSettings, in_full, texts_of
from lccs_inputs.config.sections.layers import PATCH_AREAS
from lccs_inputs.config.sections.places import Period
from lccs_inputs.config.sections.products import ProductSettings
from lccs_inputs.errors import ConfigError, ExpressionError
from lccs_inputs.expressions import Range, Unit
from lccs_inputs.expressions.namespace import LayerText, Namespace, leaves
from lccs_inputs.facts.images import TRUE_COLOUR_NAME, display_of
from lccs_inputs.facts.lccs import DESCRIPTORS, LAYER_PREFIX, Descriptor, Kind
from lccs_inputs.facts.products import PRODUCTS, Product, ProductKind
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.words import unknown

_ANY_BAND = tuple(sorted({band for s in SENSORS.values() for band in s.scene_set_bands}))


@dataclass(frozen=True)
class Checked:
    """What checking a document comes to.

    Attributes:
        config: what is right of it; None where that is not enough for one.
        problems: everything that is wrong, each with its dotted path.
        monthly: the scene sets that stand for twelve.
    """

    config: Config | None
    problems: list[str]
    monthly: list[str]

    def right(self, further: Iterable[str] = ()) -> Config:
        """The config.

        Raises:
            ConfigError: something is wrong, in the document or `further`; lists all of it.
        """
        problems = told_once([*self.problems, *further], self.monthly)
        if problems or self.config is None:
            raise ConfigError(problems)
        return self.config


def load(document: Mapping[str, Any], lost: Mapping[str, str] | None = None) -> Config:
    """Check a whole config document.

    Raises:
        ConfigError: lists every problem, each with its dotted path.
    """
    return check(document, lost or {}).right()


def check(document: Mapping[str, Any], lost: Mapping[str, str]) -> Checked:
    """Check a whole config document, and keep what is right of it.

    Args:
        lost: sources that the user's own took the place of, as `files.Merged` has them.

    Raises:
        ConfigError: a month of a scene set has a name that is taken.
    """
    problems: list[str] = []
    document, monthly = with_months(document) if isinstance(document, Mapping) else (document, [])
    try:
        config: Config | None = Config.model_validate(document)
    except ValidationError as error:
        problems += explain(error, Config)
        config = right_part(document, error) if isinstance(document, Mapping) else None
    problems += _relations(document, lost)
    if config is not None and not problems:
        problems += _unserved(config)
    elif config is not None:
        config = _resolvable(config)
        problems += _unserved(config) if config.made else []
    if config is not None:
        problems += legend_problems(config.legend)
        problems += reference_problems(config.reference, config.known_descriptors)
    return Checked(config, problems, monthly)


def _resolvable(config: Config) -> Config:
    """The config with those layers and images only that mean something in every period."""
    means = {period: namespace(config, period) for period in config.periods}
    images = tuple(
        image for image in config.images if all(is_number(names, image) for names in means.values())
    )
    config = config.model_copy(update={"images": images})
    lost = {
        layer
        for layer in config.made
        if any(not _means_something(names, layer) for names in means.values())
    }
    if not lost:
        return config
    kept = {name: layer for name, layer in config.layers.items() if name not in lost}
    return _resolvable(config.model_copy(update={"layers": kept}))  # others may name them


def _means_something(names: Namespace, layer: str) -> bool:
    try:
        return layer in names.layers and bool(names.resolve_layer(layer))
    except ExpressionError:
        return False


def is_number(names: Namespace, image: ImageSettings) -> bool:
    """Whether an image means something: a number, or bands that there are."""
    try:
        return all(names.resolve_image(image.name, text) for text in image.texts.values())
    except ExpressionError:
        return False


def namespace(config: Config, period: str) -> Namespace:
    """What the names in the expressions of a checked config mean in a period."""
    known = _namespace(config.model_dump())
    made = {name: text for name, text in known.layers.items() if name in config.made}
    return replace(known, layers=made, missing=out_of_reach(config, period))


def _relations(document: Mapping[str, Any], lost: Mapping[str, str]) -> Iterator[str]:
    """What is wrong between sections: names one says and another defines, and expressions.

    Read from the document itself, so that a fault elsewhere does not hide these.
    """
    yield from _descriptors_named(document)
    yield from _alike(document)
    scenes, default = section(document, "scenes"), _get(document, "default_scenes")
    if isinstance(default, str) and default not in scenes:
        yield f"default_scenes: {unknown(default, 'a scene set', [*map(str, scenes)])}"
    for name, layer in section(document, "layers").items():
        methods = section(layer, "methods")
        for use in _use(layer):
            if use not in methods and use != NOT_MADE:
                noun = "a method of this layer"
                yield f"layers.{name}.use: {unknown(use, noun, [*map(str, methods)])}"
        yield from _patches_of_conditions(str(name), layer, _kind(document, name))
    yield from _editions_named(document)
    known = replace(_namespace(document), lost=lost)
    yield from _images_named(document, known)
    yield from known.problems()


def _alike(document: Mapping[str, Any]) -> Iterator[str]:
    """Names of folders that differ by case only: on some disks they would be one folder."""
    for key in ("areas", "periods"):
        first: dict[str, str] = {}
        for name in map(str, section(document, key)):
            if (other := first.setdefault(name.casefold(), name)) != name:
                yield (
                    f"{key}.{name}: differs from {other} by case only, and some disks take both "
                    "for one; choose another name"
                )


def _descriptors_named(document: Mapping[str, Any]) -> Iterator[str]:
    own = section(document, "descriptors")
    for name in section(document, "layers"):
        if name not in DESCRIPTORS and name not in own:
            hint = unknown(name, "a layer", [*DESCRIPTORS, *map(str, own)])
            yield f"layers.{name}: {hint} (a new one is described under descriptors)"
    for name in own:
        kind, ending = _kind(document, name), str(name).rpartition("_")[2]
        if kind is None or ending not in ("cat", "con", "cin"):
            continue  # told by the models
        if kind.is_continuous == (ending == "cat"):
            fitting = "con or cin" if kind.is_continuous else "cat"
            yield f"descriptors.{name}: the name of a {kind} descriptor ends in {fitting}"


def _images(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    """Config key, name and own expression of each image that has a name."""
    entries = _get(document, "images")
    for at, entry in enumerate(entries if isinstance(entries, list | tuple) else ()):
        name, expression = (_get(in_full(entry), key) for key in ("name", "expression"))
        if _is_text(name) and re.match(IMAGE_NAME, name):
            yield f"images[{at}]", name, expression if _is_text(expression) else None


def _images_named(document: Mapping[str, Any], known: Namespace) -> Iterator[str]:
    """Images that are named alike, or as something that the name means already."""
    meanings = {*known.derived, *known.products, *known.layers, TRUE_COLOUR_NAME}
    meanings |= {band for bands in known.scene_sets.values() for band in bands}
    first: dict[str, str] = {}
    for key, name, expression in _images(document):
        if name in first:
            yield f"{key}: {name} is {first[name]} already; remove one, or give it another name"
        elif expression is not None and ("." in name or name in meanings):
            yield (
                f"{key}: {name} has a meaning already; give the expression a name of its own, "
                "without a dot"
            )
        first.setdefault(name, key)


def _patches_of_conditions(name: str, layer: Any, kind: Kind | None) -> Iterator[str]:
    for key in PATCH_AREAS:
        if _get(layer, key) is not None and kind not in (None, Kind.BINARY):
            yield f"layers.{name}.{key}: is for binary layers only; remove it from this {kind} one"


def _kind(document: Mapping[str, Any], layer: str) -> Kind | None:
    """The kind of a known layer; None where its definition does not say."""
    if layer in DESCRIPTORS:
        return DESCRIPTORS[layer].kind
    kind = _get(section(document, "descriptors").get(layer), "kind")
    return Kind(kind) if kind in [*Kind] else None


def _editions_named(document: Mapping[str, Any]) -> Iterator[str]:
    products = section(document, "products")
    for period, settings in section(document, "periods").items():
        for name, year in section(settings, "editions").items():
            key = f"periods.{period}.editions"
            editions = [*map(str, section(products.get(name), "editions"))]
            if name not in products:
                yield f"{key}: {unknown(name, 'a product', [*map(str, products)])}"
            elif str(year) not in editions:
                noun = f"an edition of products.{name}"
                yield f"{key}.{name}: {unknown(str(year), noun, editions)}"


def _unserved(config: Config) -> Iterator[str]:
    """Layers that cannot be made in a period: of what they need, something is not there."""
    if not config.made:
        yield "layers: none is made; choose a method of at least one as its `use`"
    for period in config.periods:
        names = namespace(config, period)
        lacking: dict[str, list[str]] = {}
        for layer in config.made:
            try:
                needed = leaves(names.resolve_layer(layer))
            except ExpressionError as error:  # it names a layer that is not made
                yield str(error)
                continue
            for product in sorted(names.missing & needed):
                lacking.setdefault(product, []).append(f"layers.{layer}")
        for product, layers in lacking.items():
            used = ", ".join(f"{layer}.use" for layer in layers)
            method = f"add a method that does without to {used}"
            yield _too_far(config, period, product, layers, method)
        yield from _images_unserved(config, names, period)


def _images_unserved(config: Config, names: Namespace, period: str) -> Iterator[str]:
    """Images that cannot be made, or of which nothing says how they are to be drawn."""
    for at, image in enumerate(config.images):
        key = f"images[{at}]"
        try:
            nodes = [names.resolve_image(key, text) for text in image.texts.values()]
        except ExpressionError as error:  # it names a layer that is not made
            yield str(error)
            continue
        for product in sorted({name for node in nodes for name in names.missing & leaves(node)}):
            yield _too_far(config, period, product, [key])
        held = names.range_of(nodes[0])
        if held.unit is Unit.CODES:
            yield f"{key}: {image.name} is of codes, and an image is of quantities; remove it"
        elif image.range is None and not held.is_bounded and display_of(image.name) is None:
            yield (
                f"{key}: nothing says between which values {image.name} is to be drawn; write "
                f"{{name: {image.name}, range: [LOWEST, HIGHEST]}}"
            )


def _too_far(config: Config, period: str, product: str, keys: Sequence[str], *ways: str) -> str:
    """That a product has no edition near a period, for what the keys name, and ways out."""
    settings, year = config.products[product], middle_year(config.periods[period])
    ways = (f"raise products.{product}.max_years", *ways)
    return (
        f"{', '.join(keys)}: products.{product} has no edition within {settings.max_years} "
        f"years of {year} (period {period}; it has {', '.join(settings.editions)}); name one in "
        f"periods.{period}.editions, {', '.join([*ways[:-1], f'or {ways[-1]}'])}"
    )


def _namespace(document: Mapping[str, Any]) -> Namespace:
    """The names of a document, whatever else may be wrong with what they stand for.

    A name whose definition is faulty counts, so that the one fault is reported once.
    """
    scenes = section(document, "scenes")
    return Namespace(
        scene_sets={
            str(name): _bands(_get(scene_set, "sensor")) for name, scene_set in scenes.items()
        },
        default_scenes=_among(scenes, _get(document, "default_scenes")),
        products={
            str(name): _codes(product) for name, product in section(document, "products").items()
        },
        derived=_texts(section(document, "derived")),
        ranges=_ranges(document),
        months=_months(document),
        layers={
            name: text
            for name, layer in section(document, "layers").items()
            if (name in DESCRIPTORS or name in section(document, "descriptors"))
            and (text := _layer_text(layer, _kind(document, name))) is not None
        },
        images={
            key: tuple(texts_of(name, expression).values())
            for key, name, expression in _images(document)
        },
    )


def _bands(sensor: Any) -> tuple[str, ...]:
    known = isinstance(sensor, str) and sensor in SENSORS
    return SENSORS[sensor].scene_set_bands if known else _ANY_BAND


def _ranges(document: Mapping[str, Any]) -> dict[str, Range]:
    """What products and finished layers can hold, of those that are described rightly."""
    found: dict[str, Range | None] = {}
    for name, product in section(document, "products").items():
        with suppress(ValidationError):
            described = ProductSettings.model_validate(product).described(str(name))
            found[str(name)] = _range_of_product(described)
    for name in section(document, "layers"):
        with suppress(ValidationError, KeyError):
            own = section(document, "descriptors")
            descriptor = DESCRIPTORS.get(name) or DescriptorSettings.model_validate(
                own[name]
            ).descriptor(str(name))
            found[f"{LAYER_PREFIX}{name}"] = _range_of_layer(descriptor)
    return {name: known for name, known in found.items() if known is not None}


def _months(document: Mapping[str, Any]) -> dict[str, int]:
    """The most calendar months that the dates of each scene set touch, where they are right."""
    found: dict[str, int] = {}
    for name, scene_set in section(document, "scenes").items():
        for period in section(document, "periods").values():
            with suppress(ValidationError, ValueError, AttributeError):
                window = _get(scene_set, "window") or "period"
                first, last = days_of(window, Period.model_validate(period))
                months = 12 * (last.year - first.year) + last.month - first.month + 1
                found[str(name)] = max(months, found.get(str(name), 0))
    return found


def _range_of_product(product: Product) -> Range:
    if product.kind is ProductKind.MEASURE:
        return Range(*product.limits)
    if product.kind is ProductKind.PERCENT:
        return Range(0, 100, Unit.PERCENT)
    return Range(min(product.codes), max(product.codes), Unit.CODES)


def _range_of_layer(descriptor: Descriptor) -> Range | None:
    """That of a layer that is no condition."""
    if descriptor.kind is Kind.BINARY:
        return None
    if descriptor.kind.is_continuous:
        unit = Unit.PERCENT if descriptor.kind is Kind.PERCENT else None
        return Range(*descriptor.limits, unit)
    return Range(min(descriptor.codes), max(descriptor.codes), Unit.CODES)


def _codes(product: Any) -> frozenset[int]:
    """The codes of a product, if its values are codes."""
    name = _get(product, "product")
    known = PRODUCTS.get(name) if isinstance(name, str) else None
    if known is not None:
        return frozenset(known.codes)
    own = section(section(product, "custom"), "codes")
    return frozenset(code for code in own if isinstance(code, int))


def _layer_text(layer: Any, kind: Kind | None) -> LayerText | None:
    methods, minus = _texts(section(layer, "methods")), _get(layer, "minus")
    use = tuple(use for use in _use(layer) if use in methods) or tuple(methods)[:1]
    if not use:
        return None
    minus = tuple(filter(_is_text, minus)) if isinstance(minus, list | tuple) else ()
    return LayerText(use, methods, minus, kind)


def _among(names: Mapping[Any, Any], name: Any) -> str | None:
    """The name if it is one of them, else the first of them."""
    return name if isinstance(name, str) and name in names else next(map(str, names), None)


def _use(layer: Any) -> tuple[str, ...]:
    """The methods a layer names as in use."""
    use = _get(layer, "use")
    return tuple(filter(_is_text, use if isinstance(use, list | tuple) else [use]))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _texts(expressions: Mapping[Any, Any]) -> dict[str, str]:
    return {str(name): text for name, text in expressions.items() if _is_text(text)}


def _get(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None
