"""Reading the config files: base, then a preset, the user's own, and what the command line says.

Snakemake merges `--configfile` into the base key by key, which would leave the sample's area in
someone's run. Here a section that lists *things* is replaced whole; one that lists settings is
merged.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lccs_inputs.config.traps import fault as _fault
from lccs_inputs.config.traps import parts_of, refuse_traps
from lccs_inputs.errors import ConfigError
from lccs_inputs.files import expanded
from lccs_inputs.words import unknown

DEFAULT_PRESET = "default"
"""The preset that is `config.yaml` as it stands."""

MONTHS = "months"
"""The window of a scene set that stands for twelve."""

_SNAKEMAKES_OWN = "pathvars"  # a section of a config that Snakemake itself reads

NOT_MADE = "none"
"""What `use` says of a layer that is described and not made."""

REPLACED_SECTIONS = ("areas", "periods", "scenes", "products", "layers")
"""Sections a user's file replaces whole; the others are merged key by key."""


@dataclass(frozen=True)
class Merged:
    """The config document of a run, not yet validated.

    Attributes:
        lost: scene sets and products that the user's own took the place of, by name → section.
        problems: what could not be merged.
    """

    document: dict[str, Any]
    lost: Mapping[str, str]
    problems: list[str]


def load_files(
    base: Path, user: Sequence[Path | Mapping[str, Any]], overrides: Mapping[str, Any]
) -> dict[str, Any]:
    """The document of `merge_files`.

    Raises:
        ConfigError: a file cannot be read, or something in one not be merged.
    """
    merged = merge_files(base, user, overrides)
    if merged.problems:
        raise ConfigError(merged.problems)
    return merged.document


def merge_files(
    base: Path, user: Sequence[Path | Mapping[str, Any]], overrides: Mapping[str, Any]
) -> Merged:
    """The config of a run, from its files.

    Args:
        base: the project's `config.yaml`; presets are beside it, in `presets/`.
        user: files given with `--configfile`, in order, or the config that a module was given.
        overrides: given with `--config`; merged key by key, last.

    Raises:
        ConfigError: a file cannot be read, naming the file and the line.
    """
    document = read_yaml(base)
    own = [_own(each) for each in user if not _is_same(each, base)]
    named = [each["preset"] for each in (document, *own, overrides) if "preset" in each]
    document = _merge(document, _preset(named[-1] if named else DEFAULT_PRESET, base.parent))
    theirs = document
    for each in own:
        document = _replaced(document, each)
    document, problems = _with_chosen_methods(_merge(document, _own(overrides)))
    lost = _lost(theirs, document)
    document = _without(document, lost, {key for each in own for key in each})
    return Merged(document, lost, problems)


def _own(user: Path | Mapping[str, Any]) -> dict[str, Any]:
    document = read_yaml(user) if isinstance(user, Path) else dict(user)
    return {key: value for key, value in document.items() if key != _SNAKEMAKES_OWN}


def _is_same(user: Path | Mapping[str, Any], base: Path) -> bool:
    return isinstance(user, Path) and user.resolve() == base.resolve()


def _preset(name: Any, folder: Path) -> dict[str, Any]:
    """The document of a preset: by its name, or the path of a file of the user's own."""
    if name == DEFAULT_PRESET:
        return {}
    if isinstance(name, str) and name.endswith((".yaml", ".yml")):
        return read_yaml(_own_preset(name)) | {"preset": name}
    presets = {path.stem: path for path in sorted(folder.glob("presets/*.yaml"))}
    if not isinstance(name, str) or name not in presets:
        known = [DEFAULT_PRESET, *presets]
        raise ConfigError([f"preset: {unknown(name, 'a preset', known)} (or the path of a file)"])
    return read_yaml(presets[name]) | {"preset": name}


def _own_preset(name: str) -> Path:
    try:
        return Path(expanded(name))
    except ValueError as error:
        raise ConfigError([f"preset: {error}"]) from error


def _with_chosen_methods(document: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The document with what `use` says of a layer written into the layer, and what it cannot."""
    layers, chosen = section(document, "layers"), section(document, "use")
    problems = [
        f"use: {unknown(name, 'a layer here', [*map(str, layers)])}"
        for name in chosen
        if name not in layers
    ]
    made = {
        name: {**section(layers, name), "use": use}
        for name, use in chosen.items()
        if name in layers
    }
    return ({**document, "layers": {**layers, **made}} if made else document), problems


def replace_sections(base: Mapping[str, Any], user: Mapping[str, Any]) -> dict[str, Any]:
    """`user` over `base`: areas, periods, scenes, products and layers whole, the rest by key.

    With scene sets and products go what was chosen from them: the default scene set, and, unless
    what is made needs them, the derived sources, methods and layers that name one that is no
    longer there.
    """
    merged = _replaced(base, user)
    return _without(merged, _lost(base, merged), user.keys())


def _replaced(base: Mapping[str, Any], user: Mapping[str, Any]) -> dict[str, Any]:
    replaced = {section for section in REPLACED_SECTIONS if section in user}
    if "scenes" in replaced:
        replaced.add("default_scenes")
    return _merge({key: value for key, value in base.items() if key not in replaced}, user)


def _lost(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    """The sources that a document had and has no longer, by name → section."""
    kept = _sources(after)
    return {name: section for name, section in _sources(before).items() if name not in kept}


def _sources(document: Mapping[str, Any]) -> dict[str, str]:
    scenes = section(document, "scenes")
    monthly = [name for name in scenes if section(scenes, name).get("window") == MONTHS]
    twelve = [month for name in monthly for month in months_of(name)]
    products = dict.fromkeys(section(document, "products"), "products")
    return products | dict.fromkeys([*scenes, *twelve], "scenes")


def _without(
    document: dict[str, Any], lost: Collection[str], own: Collection[str]
) -> dict[str, Any]:
    """A document without what names a lost source and nobody asked for.

    Args:
        own: sections that the user wrote: layers of the user's are kept as they are.
    """
    derived, layers = section(document, "derived"), section(document, "layers")
    unfounded = set(lost)
    while more := [n for n in derived if n not in unfounded and _words(derived[n]) & unfounded]:
        unfounded |= set(more)
    document = dict(document)
    if "layers" in document and "layers" not in own:
        kept = {name: _without_methods_over(layer, unfounded) for name, layer in layers.items()}
        layers = document["layers"] = {name: each for name, each in kept.items() if each != {}}
    images = _entries(document, "images")
    if images and "images" not in own:
        images = document["images"] = [each for each in images if not _words(each) & unfounded]
    if "derived" in document:
        asked = {word for text in [*_texts_of(layers), *images] for word in _words(text)}
        while inner := {w for n in asked & derived.keys() for w in _words(derived[n])} - asked:
            asked |= inner
        document["derived"] = {n: derived[n] for n in derived if n not in unfounded or n in asked}
    return document


def months_of(name: str) -> list[str]:
    """The scene sets that one of `window: months` stands for, January first."""
    return [f"{name}_{month:02}" for month in range(1, 13)]


def _words(expression: Any) -> set[str]:
    """The names in an expression, on either side of a dot."""
    return set(re.findall(r"(?<!\w)[a-z]\w*", str(expression)))


def _texts_of(layers: Mapping[Any, Any]) -> Iterator[str]:
    """The expressions of layers: methods, and what is taken away."""
    for layer in layers.values():
        yield from map(str, section(layer, "methods").values())
        yield from map(str, _minus(layer))


def _entries(document: Mapping[str, Any], key: str) -> list[Any]:
    """A list of a document not yet validated; empty where it is none."""
    found = document.get(key)
    return found if isinstance(found, list) else []


def _minus(layer: Any) -> list[Any]:
    minus = layer.get("minus") if isinstance(layer, Mapping) else None
    return minus if isinstance(minus, list) else []


def _without_methods_over(layer: Any, lost: set[str]) -> Any:
    """A layer without the methods that name a lost source; the one in use stays, to be refused.

    Of a layer that is not made, nothing ({}) where no method is left or its `minus` names one.
    """
    methods = section(layer, "methods")
    use = layer.get("use") if isinstance(layer, Mapping) else None
    in_use = use if isinstance(use, list) else [use]
    kept = {
        name: text for name, text in methods.items() if name in in_use or not _words(text) & lost
    }
    beyond = not kept or any(_words(text) & lost for text in _minus(layer))
    if use == NOT_MADE and methods and beyond:
        return {}
    return {**layer, "methods": kept} if kept != methods else layer


def section(document: Any, key: str) -> Mapping[Any, Any]:
    """A part of a document not yet validated; empty where it is not keys and values."""
    found = document.get(key) if isinstance(document, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        deeper = isinstance(below, Mapping) and isinstance(value, Mapping)
        merged[key] = _merge(below or {}, value) if deeper else value
    return merged


_DEEPEST = 50  # levels of a config, of which ours has seven
_MOST = 200_000  # keys and values, those that an alias repeats each time


class _UniqueKeyLoader(yaml.CSafeLoader):
    """YAML lets a key repeat and keeps the last; here that is an error, as it hides a layer."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            # As texts: 2018 and "2018" would become one period. Merging (<<) is not a key.
            key = str(getattr(key_node, "value", ""))
            if key in seen and key_node.tag != "tag:yaml.org,2002:merge":
                raise yaml.MarkedYAMLError(
                    problem=f'the key "{key}" is there twice', problem_mark=key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def _as_text(_: yaml.CSafeLoader, node: yaml.ScalarNode) -> str:
    """An impossible date would stop YAML without its line; as a text it is told with its key."""
    return str(node.value)


_UniqueKeyLoader.add_constructor("tag:yaml.org,2002:timestamp", _as_text)


def read_yaml(path: Path) -> dict[str, Any]:
    """A file of sections, keys and values.

    Raises:
        ConfigError: it cannot be read, naming the file and the line.
    """
    try:
        document = _loaded(path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigError([f"{path}{where}: {error.problem or error.context}"]) from error
    except OSError as error:
        raise ConfigError([f"{path}: {_unreadable(error)}"]) from error
    except (ValueError, yaml.YAMLError) as error:
        raise ConfigError([f"{path}: cannot be read as YAML ({error})"]) from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConfigError([f"{path}: expected sections such as areas: and layers:, at the top"])
    return document


def _loaded(text: str) -> Any:
    """What a text of YAML holds.

    Raises:
        yaml.YAMLError: it cannot be read, or holds what would be read as something else.
    """
    level = 0
    for event in yaml.parse(text, yaml.CSafeLoader):  # before anything walks down into it
        level += isinstance(event, yaml.CollectionStartEvent)
        level -= isinstance(event, yaml.CollectionEndEvent)
        if level > _DEEPEST:
            raise _fault(f"is nested more than {_DEEPEST} deep", event.start_mark)
    loader = _UniqueKeyLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        if _size(node, {}) > _MOST:
            raise _fault(f"holds more than {_MOST:,} keys and values", node.start_mark)
        refuse_traps(node)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """How many keys and values a node holds, itself among them, once aliases are written out."""
    if id(node) not in known:
        known[id(node)] = _MOST  # of one that holds itself, which has no end
        known[id(node)] = 1 + sum(_size(part, known) for part in parts_of(node))
    return known[id(node)]


def _unreadable(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"cannot be read: it is not there; name a file of {Path.cwd()}, or its whole path"
    return f"cannot be read ({error.strerror})"
