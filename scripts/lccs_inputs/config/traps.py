"""What YAML 1.1 reads as something else than it looks like, refused with its key."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

_LOOKS_DECIMAL = re.compile(r"[-+]?(?:0[0-7_]+|[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?)")
"""A number with zeros before it, which YAML reads as octal, or with colons, as of minutes."""
_INT, _FLOAT = "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"
_NO_NAMES = {"tag:yaml.org,2002:bool": "yes or no", "tag:yaml.org,2002:null": "nothing"}


def fault(problem: str, mark: Any) -> yaml.MarkedYAMLError:
    """An error of a text, which names its line."""
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)


def parts_of(node: yaml.Node) -> list[yaml.Node]:
    """The keys and values of a node, none of what is neither keys and values nor a list."""
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


def refuse_traps(node: yaml.Node) -> None:
    """Refuse what would be read as something else than it looks like.

    Raises:
        yaml.MarkedYAMLError: there is such; says where, and what to write.
    """
    for key, scalar, is_key in _scalars(node, "", set()):
        text = scalar.value
        if scalar.tag in (_INT, _FLOAT) and _LOOKS_DECIMAL.fullmatch(text):
            read = yaml.safe_load(text)
            plain = re.sub(r"^([-+]?)0+(?=.)", r"\1", text)
            advice = "write a number" if ":" in text else f"write {plain}"
            raise fault(
                f'{key}: YAML reads {text} as {read}; {advice}, or "{text}" for a text',
                scalar.start_mark,
            )
        if is_key and scalar.tag in _NO_NAMES:
            raise fault(
                f"{key}: YAML reads the name {text or '~'} as {_NO_NAMES[scalar.tag]}; put it in "
                f'quotes: "{text}"',
                scalar.start_mark,
            )


def _scalars(
    node: yaml.Node, key: str, seen: set[int]
) -> Iterator[tuple[str, yaml.ScalarNode, bool]]:
    """The plain scalars of a node: the dotted key, the scalar, and whether it is a key itself."""
    if id(node) in seen:  # by an alias
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            inner = f"{key}.{name.value}".lstrip(".") if isinstance(name, yaml.ScalarNode) else key
            if isinstance(name, yaml.ScalarNode) and not name.style:
                yield inner, name, True
            yield from _scalars(value, inner, seen)
    elif isinstance(node, yaml.SequenceNode):
        for at, value in enumerate(node.value):
            yield from _scalars(value, f"{key}[{at}]", seen)
    elif isinstance(node, yaml.ScalarNode) and not node.style:
        yield key, node, False
