"""What is wrong with a config value: what it should be, what it was, what may have been meant.

One phrase per type serves both the error messages and the key table of `docs/config.md`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, get_args, get_origin

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from lccs_inputs.config.sections.section import Section
from lccs_inputs.words import listed, shown, unknown

_EXPONENT = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d{1,2}")
_PROBLEM = "problem"
"""Type of the pydantic errors whose message is already in our words."""


def problem(text: str) -> PydanticCustomError:
    """An error for a validator to raise; `text` follows the dotted path of the value."""
    return PydanticCustomError(_PROBLEM, "{text}", {"text": text})


@dataclass(frozen=True)
class Expected:
    """Annotates a type with what it expects: "expected {words}, found …"."""

    words: str

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._validate, handler(source))

    def _validate(self, value: Any, handler: core_schema.ValidatorFunctionWrapHandler) -> Any:
        try:
            return handler(value)
        except ValidationError as error:
            found = f"{shown(value)}{_of_yaml(value) if 'number' in self.words else ''}"
            raise problem(f"expected {self.words}, found {found}") from error


@dataclass(frozen=True)
class OneOf:
    """Annotates a text with the names it can be; a wrong one is told the nearest.

    Attributes:
        noun: what is named, with its article: "a sensor".
    """

    noun: str
    names: tuple[str, ...]

    @property
    def words(self) -> str:
        return f"one of {listed(self.names)}"

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._validate, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "enum": list(self.names)}

    def _validate(self, value: Any) -> Any:
        if not isinstance(value, str) or value not in self.names:
            raise problem(unknown(value, self.noun, self.names))
        return value


def _of_yaml(value: Any) -> str:
    """Why a number that somebody wrote came as a text, where it is its exponent."""
    if not isinstance(value, str) or not _EXPONENT.fullmatch(value):
        return ""
    return f", which YAML takes for a text: write {Decimal(value):f}"


def words_of(field: FieldInfo | Any) -> str | None:
    """The phrase of the `Expected` or `OneOf` of a field or an annotated type, if it has one."""
    metadata = (
        field.metadata if isinstance(field, FieldInfo) else getattr(field, "__metadata__", ())
    )
    for item in metadata:
        if isinstance(item, Expected | OneOf):
            return item.words
    return None


def explain(error: ValidationError, model: type[Section]) -> Iterator[str]:
    """One line per problem: dotted path, what was expected or found, the nearest valid name."""
    for detail in error.errors():
        path = [part for part in detail["loc"] if part != "[key]"]
        found = detail["input"]
        match detail["type"]:
            case "problem":
                text = detail["ctx"]["text"]
            case "extra_forbidden":
                text = unknown(path[-1], "a key here", _model_at(model, path[:-1]).model_fields)
            case "missing":
                text = f"is missing: {_model_at(model, path[:-1]).meaning(str(path[-1]))}"
            case "too_short":
                text = "needs at least one entry"
            case "model_type" | "dict_type":
                text = f"expected keys and values, found {shown(found)}"
            case "list_type" | "tuple_type":
                text = f"expected a list, found {shown(found)}"
            case _:
                text = f"expected a name, found {shown(found)}"
        yield f"{_dotted(path, model) or 'config'}: {text}"


def _dotted(path: list[Any], model: type[Section]) -> str:
    """A path as `images[2].range`: the number of an entry of a list, from 0, in brackets."""
    text = ""
    for at, part in enumerate(path):
        listing = at and _model_at(model, path[: at - 1]).model_fields.get(path[at - 1])
        if listing and isinstance(part, int) and _is_list(listing.annotation):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else str(part)
    return text


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is tuple or any(map(_is_list, get_args(annotation)))


def _model_at(model: type[Section], path: list[Any]) -> type[Section]:
    """The model that a path below `model` leads to; names of entries are passed over."""
    for part in path:
        field = model.model_fields.get(part)
        if field is not None:
            model = inner_model(field.annotation) or model
    return model


def inner_model(annotation: Any) -> type[Section] | None:
    """The model within `X`, `X | None` or `dict[str, X]`, if there is one."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next(filter(None, map(inner_model, get_args(annotation))), None)
