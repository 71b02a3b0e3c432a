"""The JSON schema and the key table of the config, made from its models and the tables of facts."""

import json
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from lccs_inputs.config.files import REPLACED_SECTIONS
from lccs_inputs.config.markdown import code, rows
from lccs_inputs.config.models import Config
from lccs_inputs.config.problems import inner_model, words_of
from lccs_inputs.facts.catalogues import PRESETS
from lccs_inputs.facts.lccs import DESCRIPTORS, Kind
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.words import listed

_PLACEHOLDER = "NAME"
_HEAD = f"""# Configuration

Generated from the models in `scripts/lccs_inputs/config/sections/` by
`python -m lccs_inputs.commands.schema`; do not edit. Editors check a config against
[the JSON schema](../schemas/config.schema.json).

Write your own file beside `config.yaml` and give it with `--configfile mine.yaml`. Its
{listed([f"`{name}`" for name in REPLACED_SECTIONS])} replace those of `config.yaml` whole
(with `scenes` goes `default_scenes`); the other sections are merged key by key, so that what you
leave out falls back. `--config` on the command line is merged last, key by key.

Everything that is wrong is reported at once, before any job runs: keys, names and expressions;
conditions that always or never hold; areas, products, catalogues and the lock file where they are
missing; what a service does not give; dates before a sensor; the sample beside other sources or in
another place. {_PLACEHOLDER} stands for a name of your choice, unless the table says which names
there are. What an expression can say is in [expressions.md](expressions.md).
"""


def schema_text() -> str:
    """The JSON schema of a complete config."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(schema | Config.model_json_schema(), indent=2) + "\n"


def table_text() -> str:
    """Every key, by section: what it takes, its default, what it means; then the known names."""
    parts = [_HEAD]
    for name, field in Config.model_fields.items():
        parts += [f"## `{name}`\n", *_section(name, field)]
    return "\n".join([*parts, *_names()])


def _section(name: str, field: FieldInfo) -> Iterator[str]:
    model = inner_model(field.annotation)
    if model is not None:
        yield f"{Config.meaning(name) if _entry(field.annotation) else model.__doc__}\n"
    yield from rows(
        ("Key", "Takes", "Default", "Meaning"), _keys(name, field, Config.meaning(name))
    )


def _keys(path: str, field: FieldInfo, meaning: str) -> Iterator[tuple[str, str, str, str]]:
    model = inner_model(field.annotation)
    if model is None:
        yield f"`{path}`", _takes(field), _default(field), meaning.replace("\n", " ")
        return
    if entry := _entry(field.annotation):
        path += entry
        yield (
            f"`{path}`",
            _takes_name(field),
            _default(field),
            " ".join((model.__doc__ or "").split()),
        )
    for key, inner in model.model_fields.items():
        yield from _keys(f"{path}.{key}", inner, model.meaning(key))


def _entry(annotation: Any) -> str:
    """How a path goes on to an entry of several; "" where there are none."""
    return {dict: f".{_PLACEHOLDER}", tuple: "[NUMBER]"}.get(get_origin(annotation), "")


def _takes_name(field: FieldInfo) -> str:
    return words_of(get_args(field.annotation)[0]) or ""


def _takes(annotation: FieldInfo | Any) -> str:
    """What a value may be, in the words of its type."""
    words = words_of(annotation)
    if words:
        return words
    if isinstance(annotation, FieldInfo):
        return _takes(annotation.annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _takes(arguments[0])
    if origin in (Union, UnionType):
        return _takes(next(item for item in arguments if item is not NoneType))
    if origin is dict:
        return f"keys: {_takes(arguments[0])}; values: {_takes(arguments[1])}"
    if origin is tuple:
        return f"a list, each {_takes(arguments[0])}"
    raise TypeError(f"{annotation} has no words: annotate it with Expected")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if field.default in (None, {}, (), ""):
        return ""
    value = field.default
    return "see below" if isinstance(value, BaseModel) else f"`{json.dumps(value).strip(chr(34))}`"


def _names() -> Iterator[str]:
    """The names a config can use, from the tables that define them."""
    yield "## Names\n\n### Sensors\n"
    sensors = (
        (f"`{s.name}`", code(s.scene_set_bands), code([*s.masks, "none"]), code(s.platforms))
        for s in SENSORS.values()
    )
    yield from rows(("Sensor", "Bands", "Masks", "Platforms"), sensors)
    yield "### Masks\n"
    masks = (
        (f"`{name}`", sensor.name, mask.kind.value, listed([str(v) for v in mask.values]))
        for sensor in SENSORS.values()
        for name, mask in sensor.masks.items()
    )
    yield from rows(("Mask", "Sensor", "Values are", "Not clear by default"), masks)
    yield "### Catalogues\n"
    presets = (
        (f"`{name}`", preset.url, code(list(preset.collections)))
        for name, preset in PRESETS.items()
    )
    yield from rows(("Preset", "STAC API", "Sensors"), presets)
    yield "### Products\n\nWhat their codes mean is in [codes.md](codes.md), with the layers'.\n"
    yield from rows(("Product", "Title"), ((f"`{p.name}`", p.title) for p in PRODUCTS.values()))
    yield "### Layers\n"
    layers = (
        (f"`{d.name}`", d.title, "a condition" if d.kind is Kind.BINARY else "a number")
        for d in DESCRIPTORS.values()
    )
    yield from rows(("Layer", "Title", "Its methods give"), layers)
