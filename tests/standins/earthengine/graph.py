"""Evaluating an expression graph, each call checked against Earth Engine's list of algorithms.

A node is evaluated when it is needed and once: the memo of a node is kept with the innermost
function call whose arguments it uses, or with the whole expression.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import ee

from standins.earthengine.elements import EarthEngineError, Function

Node = dict[str, Any]
Call = Callable[[str, dict[str, Any]], Any]

ALGORITHMS = Path(ee.__file__).parent / "tests" / "algorithms.json"
"""Shipped with the client: every algorithm of the service, with its arguments."""


@cache
def signatures() -> Mapping[str, Node]:
    """Algorithm by name."""
    listed = json.loads(ALGORITHMS.read_text())["algorithms"]
    return {entry["name"].removeprefix("algorithms/"): entry for entry in listed}


def check_call(name: str, arguments: Mapping[str, Any]) -> Node:
    """The signature of a call.

    Raises:
        EarthEngineError: there is no such algorithm, or not with these arguments.
    """
    signature = signatures().get(name)
    if signature is None:
        raise EarthEngineError(f"Unknown algorithm '{name}'.")
    known = {entry["argumentName"]: entry for entry in signature.get("arguments", [])}
    for argument in arguments:
        if argument not in known:
            raise EarthEngineError(f"{name}: there is no argument '{argument}'.")
    for argument, entry in known.items():
        if not entry.get("optional") and argument not in arguments:
            raise EarthEngineError(f"{name}: Parameter '{argument}' is required.")
    return signature


@dataclass
class _Frame:
    """The arguments of one function call, and what was computed with them."""

    names: Mapping[str, Any]
    parent: "_Frame | None" = None
    memo: dict[str, Any] = field(default_factory=dict)

    def find(self, name: str) -> Any:
        frame: _Frame | None = self
        while frame is not None:
            if name in frame.names:
                return frame.names[name]
            frame = frame.parent
        raise EarthEngineError(f"The argument '{name}' is not defined.")


class Expression:
    """One serialised expression.

    Args:
        document: `{"result": id, "values": {id: node}}`.
        call: evaluates a built-in algorithm: name, arguments → value.
    """

    def __init__(self, document: Node, call: Call) -> None:
        self._values: dict[str, Node] = document["values"]
        self._result: str = document["result"]
        self._call = call
        self._free: dict[str, frozenset[str]] = {}

    def evaluate(self) -> Any:
        return self._reference(self._result, _Frame({}))

    def _reference(self, name: str, frame: _Frame) -> Any:
        free = self._free_names(name)
        while frame.parent is not None and not free & frame.names.keys():
            frame = frame.parent
        if name not in frame.memo:
            frame.memo[name] = self._evaluate(self._values[name], frame)
        return frame.memo[name]

    def _evaluate(self, node: Node, frame: _Frame) -> Any:  # noqa: PLR0911 - one per kind
        if len(node) != 1:
            raise EarthEngineError(f"Malformed expression node: {sorted(node)}.")
        ((kind, body),) = node.items()
        match kind:
            case "constantValue":
                return body
            case "integerValue":
                return int(body)
            case "valueReference":
                return self._reference(body, frame)
            case "argumentReference":
                return frame.find(body)
            case "arrayValue":
                return [self._evaluate(item, frame) for item in body.get("values", [])]
            case "dictionaryValue":
                items = body.get("values", {})
                return {key: self._evaluate(item, frame) for key, item in items.items()}
            case "functionDefinitionValue":
                return self._definition(body, frame)
            case "functionInvocationValue":
                return self._invocation(body, frame)
        raise EarthEngineError(f"Unknown kind of expression node: {kind}.")

    def _definition(self, body: Node, frame: _Frame) -> Function:
        def call(**arguments: Any) -> Any:
            return self._reference(body["body"], _Frame(arguments, frame))

        return Function(tuple(body.get("argumentNames", ())), call)

    def _invocation(self, body: Node, frame: _Frame) -> Any:
        given = body.get("arguments", {})
        if "functionName" in body:
            check_call(body["functionName"], given)
        arguments = {name: self._evaluate(node, frame) for name, node in given.items()}
        if "functionName" in body:
            return self._call(body["functionName"], arguments)
        function = self._reference(body["functionReference"], frame)
        return function.call(**arguments)

    def _free_names(self, name: str) -> frozenset[str]:
        """The arguments that a node takes from the function around it."""
        if name not in self._free:
            self._free[name] = frozenset()  # graphs have no cycles; guards against one
            self._free[name] = self._free_in(self._values[name])
        return self._free[name]

    def _free_in(self, node: Any) -> frozenset[str]:
        if isinstance(node, list):
            return frozenset().union(*(self._free_in(item) for item in node))
        if not isinstance(node, dict):
            return frozenset()
        found: set[str] = set()
        for kind, body in node.items():
            if kind in ("valueReference", "functionReference"):
                found |= self._free_names(body)
            elif kind == "argumentReference":
                found.add(body)
            elif kind == "functionDefinitionValue":
                inner = self._free_names(body["body"])
                found |= inner - set(body.get("argumentNames", ()))
            elif kind != "constantValue":
                found |= self._free_in(body)
        return frozenset(found)
