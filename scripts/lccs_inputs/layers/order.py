"""The order in which layers are made of each other."""

from collections.abc import Collection, Iterator, Mapping
from graphlib import TopologicalSorter

from lccs_inputs.expressions import Node, names
from lccs_inputs.facts.lccs import LAYER_PREFIX


def layers_behind(node: Node) -> set[str]:
    """The finished layers that an expression names."""
    named = (name for name in names(node) if name.startswith(LAYER_PREFIX))
    return {name.removeprefix(LAYER_PREFIX) for name in named}


def in_order(nodes: Mapping[str, Node], wanted: Collection[str]) -> Iterator[str]:
    """Layers and all that they are made from, these first.

    Args:
        nodes: the resolved expression of each layer.
    """
    graph: dict[str, set[str]] = {}
    ahead = sorted(wanted)
    while ahead:
        layer = ahead.pop()
        if layer not in graph:
            graph[layer] = layers_behind(nodes[layer])
            ahead += sorted(graph[layer])
    yield from TopologicalSorter(
        {name: sorted(graph[name]) for name in sorted(graph)}
    ).static_order()
