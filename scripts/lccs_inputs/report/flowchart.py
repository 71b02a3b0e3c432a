"""The lineage as a drawing: where its boxes and lines are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from lccs_inputs.report.document import Node

_BOX = (176, 28)  # px
_STEP = (216, 40)  # px from a box to the next


@dataclass(frozen=True)
class Box:
    """A node, and its top left corner, px."""

    node: Node
    x: int
    y: int


@dataclass(frozen=True)
class Line:
    """A curve from what a result is made of to it, as a path of SVG."""

    part: str
    result: str
    path: str


@dataclass(frozen=True)
class Flowchart:
    """Boxes and the lines between them, in a drawing of `width` × `height` px."""

    width: int
    height: int
    box: tuple[int, int]
    boxes: Sequence[Box]
    lines: Sequence[Line]

    @classmethod
    def of(cls, nodes: Sequence[Node]) -> Self:
        """Columns from left to right, each in the middle of the height."""
        counts: dict[int, int] = {}
        for node in nodes:
            counts[node.place[0]] = counts.get(node.place[0], 0) + 1
        tallest = max(counts.values())
        boxes = {
            node.key: Box(
                node,
                1 + node.place[0] * _STEP[0],
                4 + node.place[1] * _STEP[1] + (tallest - counts[node.place[0]]) * _STEP[1] // 2,
            )
            for node in nodes
        }
        lines = [
            Line(part, node.key, _curve(boxes[part], boxes[node.key]))
            for node in nodes
            for part in node.made_of
        ]
        width = _STEP[0] * max(counts) + _BOX[0] + 2
        return cls(width, tallest * _STEP[1], _BOX, [*boxes.values()], lines)


def _curve(start: Box, end: Box) -> str:
    x0, y0 = start.x + _BOX[0], start.y + _BOX[1] // 2
    x1, y1 = end.x, end.y + _BOX[1] // 2
    half = (_STEP[0] - _BOX[0]) // 2
    return f"M{x0} {y0}C{x0 + half} {y0} {x1 - half} {y1} {x1} {y1}"
