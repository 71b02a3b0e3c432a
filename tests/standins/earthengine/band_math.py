"""Parsing `Image.expression`: operators and functions → calls of image algorithms."""

import re
from collections.abc import Callable
from typing import Any

from standins.earthengine.elements import EarthEngineError, Function, Image
from standins.earthengine.registry import Library, as_image, function

_TOKEN = re.compile(
    r"\s*(?:(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)|([A-Za-z_]\w*)|'([^']*)'|\"([^\"]*)\"|"
    r"(\*\*|\|\||&&|[<>=!]=|[-+*/%^<>!?:(),.\[\]]))"
)
_BINARY: dict[str, tuple[int, str]] = {
    "||": (1, "Image.or"),
    "&&": (2, "Image.and"),
    "==": (3, "Image.eq"),
    "!=": (3, "Image.neq"),
    "<": (4, "Image.lt"),
    ">": (4, "Image.gt"),
    "<=": (4, "Image.lte"),
    ">=": (4, "Image.gte"),
    "+": (5, "Image.add"),
    "-": (5, "Image.subtract"),
    "*": (6, "Image.multiply"),
    "/": (6, "Image.divide"),
    "%": (6, "Image.mod"),
    "**": (8, "Image.pow"),
}
_UNARY = 7
_FUNCTIONS = frozenset(
    [
        *("abs", "acos", "asin", "atan", "ceil", "cos", "exp", "floor", "log", "log10"),
        *("max", "min", "pow", "round", "sin", "sqrt", "tan"),
    ]
)

Call = Callable[..., Any]


@function("Image.parseExpression", library=True)
def parse_expression(
    library: Library, text: str, default: str, names: list[str], *_: Any
) -> Function:
    """A function of the images in `names`, the first of which is the default of `b(…)`."""

    def call(**variables: Any) -> Image:
        return as_image(_Parser(library, text, default, variables).parse())

    return Function(tuple(names), call)


class _Parser:
    def __init__(
        self, library: Library, text: str, default: str, variables: dict[str, Any]
    ) -> None:
        self._library, self._text = library, text
        self._default, self._variables = default, variables
        self._tokens = self._split(text)
        self._at = 0

    def parse(self) -> Any:
        value = self._ternary()
        if self._at != len(self._tokens):
            raise self._error()
        return value

    def _split(self, text: str) -> list[tuple[str, str]]:
        tokens, at = [], 0
        text = text.strip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise EarthEngineError(f"Image.parseExpression: cannot read {text!r} at {at}.")
            kinds = ("number", "name", "text", "text", "sign")
            kind, value = next(
                (k, v) for k, v in zip(kinds, match.groups(), strict=True) if v is not None
            )
            tokens.append((kind, value))
            at = match.end()
        return tokens

    def _error(self) -> EarthEngineError:
        return EarthEngineError(f"Image.parseExpression: cannot read {self._text!r}.")

    def _next(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _accept(self, sign: str) -> bool:
        found = self._next() == ("sign", sign)
        self._at += found
        return found

    def _expect(self, sign: str) -> None:
        if not self._accept(sign):
            raise self._error()

    def _call(self, name: str, *values: Any) -> Any:
        keys = ("value",) if len(values) == 1 else ("image1", "image2")
        return self._library.call(name, dict(zip(keys, values, strict=True)))

    def _ternary(self) -> Any:
        test = self._operators(1)
        if not self._accept("?"):
            return test
        yes = self._ternary()
        self._expect(":")
        no = self._ternary()
        return self._library.call("Image.where", {"input": no, "test": test, "value": yes})

    def _operators(self, least: int) -> Any:
        left = self._unary()
        while True:
            kind, sign = self._next()
            level, name = _BINARY.get(sign, (0, "")) if kind == "sign" else (0, "")
            if level < least:
                return left
            self._at += 1
            # ** binds to the right.
            left = self._call(name, left, self._operators(level if sign == "**" else level + 1))

    def _unary(self) -> Any:
        if self._accept("-"):
            return self._call("Image.multiply", self._operators(_UNARY), -1)
        if self._accept("!"):
            return self._call("Image.not", self._operators(_UNARY))
        if self._accept("+"):
            return self._operators(_UNARY)
        return self._primary()

    def _primary(self) -> Any:
        kind, text = self._next()
        self._at += 1
        if kind == "number":
            return float(text) if re.search(r"[.eE]", text) else int(text)
        if (kind, text) == ("sign", "("):
            value = self._ternary()
            self._expect(")")
            return value
        if kind != "name":
            raise self._error()
        if self._accept("("):
            return self._function(text)
        if text not in self._variables:
            raise EarthEngineError(f"Image.parseExpression: '{text}' is not a variable.")
        return self._variables[text]

    def _function(self, name: str) -> Any:
        values = []
        while not self._accept(")"):
            kind, text = self._next()
            if kind == "text":
                self._at += 1
                values.append(text)
            else:
                values.append(self._ternary())
            self._accept(",")
        if name == "b":
            image = self._variables[self._default]
            return self._library.call("Image.select", {"input": image, "bandSelectors": values})
        if name not in _FUNCTIONS:
            raise EarthEngineError(f"Image.parseExpression: there is no function '{name}'.")
        return self._call(f"Image.{name}", *values)
