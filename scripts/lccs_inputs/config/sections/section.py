"""What the sections of the config share: no key but their own, and what each means.

The meaning of a key is the text below it in the source, read where it is told. pydantic could keep
it, but looks for it in all modules that are loaded, whenever the workflow is parsed: that took two
thirds of what the config does.
"""

import ast
import inspect
from collections.abc import Mapping
from functools import cache
from itertools import pairwise

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def meaning(cls, key: str) -> str:
        """What a key means, in words; "" where there is no such key."""
        return _meanings(cls).get(key, "")

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        written = handler(schema)
        for key, entry in handler.resolve_ref_schema(written)["properties"].items():
            entry["description"] = cls.meaning(key)
        return written


@cache
def _meanings(section: type[Section]) -> Mapping[str, str]:
    """The text below each attribute in the source of a class."""
    (parsed,) = ast.parse(inspect.getsource(section)).body
    assert isinstance(parsed, ast.ClassDef)
    return {
        attribute.target.id: inspect.cleandoc(text.value.value)
        for attribute, text in pairwise(parsed.body)
        if isinstance(attribute, ast.AnnAssign) and isinstance(attribute.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
        if isinstance(text.value.value, str)
    }
