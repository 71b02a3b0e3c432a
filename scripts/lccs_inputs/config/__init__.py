"""The configuration of a run: from files to checked settings.

Everything wrong is reported at once, before any job: keys and values by the models
(`config_models`), relations between sections and expressions here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from lccs_inputs.config.editions import dates, edition
from lccs_inputs.config.files import load_files, replace_sections, section
from lccs_inputs.config.models import Config
from lccs_inputs.config.words import explain, unknown
from lccs_inputs.errors import ConfigError
from lccs_inputs.expressions.namespace import LayerText, Namespace
from lccs_inputs.lccs import DESCRIPTORS
from lccs_inputs.sensors import SENSORS

__all__ = ["Config", "dates", "edition", "load", "load_files", "namespace", "replace_sections"]

_ANY_BAND = tuple(sorted({band for s in SENSORS.values() for band in s.scene_set_bands}))


def load(document: Mapping[str, Any]) -> Config:
    """Check a whole config document.

    Raises:
        ConfigError: lists every problem, each with its dotted path.
    """
    problems: list[str] = []
    try:
        config = Config.model_validate(document)
    except ValidationError as error:
        problems += explain(error, Config)
    problems += _relations(document)
    if problems:
        raise ConfigError(problems)
    return config


def namespace(config: Config) -> Namespace:
    """What the names in the expressions of a checked config mean."""
    return _namespace(config.model_dump())


def _relations(document: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong between sections: names one says and another defines, and expressions.

    Read from the document itself, so that a fault elsewhere does not hide these.
    """
    scenes, default = section(document, "scenes"), _get(document, "default_scenes")
    if isinstance(default, str) and default not in scenes:
        yield f"default_scenes: {unknown(default, 'a scene set', [*map(str, scenes)])}"
    for name, layer in section(document, "layers").items():
        methods, use = section(layer, "methods"), _get(layer, "use")
        if isinstance(use, str) and use not in methods:
            noun = "a method of this layer"
            yield f"layers.{name}.use: {unknown(use, noun, [*map(str, methods)])}"
    yield from _namespace(document).problems()


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
        products=[*map(str, section(document, "products"))],
        derived=_texts(section(document, "derived")),
        layers={
            name: text
            for name, layer in section(document, "layers").items()
            if name in DESCRIPTORS and (text := _layer_text(name, layer)) is not None
        },
    )


def _bands(sensor: Any) -> tuple[str, ...]:
    known = isinstance(sensor, str) and sensor in SENSORS
    return SENSORS[sensor].scene_set_bands if known else _ANY_BAND


def _layer_text(name: str, layer: Any) -> LayerText | None:
    methods, minus = _texts(section(layer, "methods")), _get(layer, "minus")
    use = _among(methods, _get(layer, "use"))
    if use is None:
        return None
    minus = tuple(filter(_is_text, minus)) if isinstance(minus, list | tuple) else ()
    return LayerText(use, methods, minus, DESCRIPTORS[name].kind)


def _among(names: Mapping[Any, Any], name: Any) -> str | None:
    """The name if it is one of them, else the first of them."""
    return name if isinstance(name, str) and name in names else next(map(str, names), None)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _texts(expressions: Mapping[Any, Any]) -> dict[str, str]:
    return {str(name): text for name, text in expressions.items() if _is_text(text)}


def _get(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None
