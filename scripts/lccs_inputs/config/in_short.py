"""Sections of a config that may be written in short."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True)
class InShort:
    """Annotates a section that may be written in short.

    Attributes:
        json_type: what it is in short, as JSON Schema names types.
        in_full: an entry as keys and values, if it is in short; else as it is.
    """

    json_type: str | list[str]
    in_full: Callable[[Any], Any]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.in_full, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [{"type": self.json_type}, handler(schema)]}
