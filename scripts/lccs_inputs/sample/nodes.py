"""The nodes the broad forms of the landscape are kept on, 50 m apart in EPSG:2154."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.sample.noise import Field

Floats = NDArray[np.float64]

SPACING = 50.0
"""Metres between nodes."""
SHAPE = (410, 640)
"""Rows, columns: the sample's box and 3.5 km around it."""
WEST, NORTH = 964_000.0, 6_601_500.0
"""The first node."""


def node_points() -> tuple[Floats, Floats]:
    """Easting and northing of every node, shape `SHAPE`."""
    rows, cols = np.indices(SHAPE, np.float64)
    return WEST + cols * SPACING, NORTH - rows * SPACING


@dataclass(frozen=True)
class Place:
    """Points located on the nodes, for bilinear interpolation of any field kept on them."""

    corner: NDArray[np.int32]
    right: Field
    down: Field

    @classmethod
    def locate(cls, x: Floats, y: Floats) -> "Place":
        """Locate points of EPSG:2154, any shape; those beyond the nodes take the edge."""
        col = np.clip((x - WEST) / SPACING, 0, SHAPE[1] - 1.001)
        row = np.clip((NORTH - y) / SPACING, 0, SHAPE[0] - 1.001)
        left, top = col.astype(np.int32), row.astype(np.int32)
        return cls(
            top * np.int32(SHAPE[1]) + left,
            (col - left).astype(np.float32),
            (row - top).astype(np.float32),
        )

    @property
    def easting(self) -> Field:
        """Metres east of `WEST`."""
        return (self.corner % np.int32(SHAPE[1]) + self.right) * np.float32(SPACING)

    @property
    def northing(self) -> Field:
        """Metres north of `NORTH`: negative."""
        return (self.corner // np.int32(SHAPE[1]) + self.down) * np.float32(-SPACING)

    def sample(self, field: Field) -> Field:
        """A field of shape `SHAPE` at the points."""
        flat, below = field.ravel(), np.int32(SHAPE[1])
        upper = flat[self.corner] * (1 - self.right) + flat[self.corner + 1] * self.right
        lower = flat[self.corner + below] * (1 - self.right)
        lower += flat[self.corner + below + 1] * self.right
        mixed: Field = upper * (1 - self.down) + lower * self.down
        return mixed
