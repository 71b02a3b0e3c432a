"""The sky of one pass: clouds, the shadows they throw, and thin cirrus.

A sky is kept on the nodes of the landscape, so that every tile and sensor of one pass sees the
same clouds in the same places, whatever its projection.
"""

from dataclasses import dataclass

import numpy as np

from lccs_inputs.sample.nodes import SHAPE, SPACING, Place
from lccs_inputs.sample.noise import Field, smooth_field

_CLOUD_TOP = 1500.0  # metres above ground
_SUN_AZIMUTH = np.radians(152.0)
_MARGIN = 70  # nodes around the box of the sample: shares are those of the box alone

# Opacity from which a cloud is of high and of medium probability; thinner is its rim.
HIGH, MEDIUM = 0.6, 0.2
SHADOW = 0.25
"""Opacity of the cloud above from which ground counts as shadowed."""


@dataclass(frozen=True)
class Sky:
    """Opacities on the nodes (see `nodes`), 0 to 1.

    Attributes:
        cloud: of the cloud above a point; up to one node of clear sky around it counts as rim.
        shade: of the cloud between a point and the sun.
        cirrus: of thin cirrus above a point.
    """

    cloud: Field
    shade: Field
    cirrus: Field

    def shares(self) -> dict[str, float]:
        """Percent of the box by class, as product metadata state them."""
        cloud, shade, cirrus = (
            part[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
            for part in (self.cloud, self.shade, self.cirrus)
        )
        rim = cloud < MEDIUM
        return {
            "high": 100 * float((cloud >= HIGH).mean()),
            "medium": 100 * float(((cloud >= MEDIUM) & (cloud < HIGH)).mean()),
            "cirrus": 100 * float((rim & (cirrus > 0)).mean()),
            "shadow": 100 * float((rim & (cirrus == 0) & (shade >= SHADOW)).mean()),
        }

    def over(self, place: Place) -> "Sky":
        """The opacities at the points of `place`."""
        return Sky(*(place.sample(part) for part in (self.cloud, self.shade, self.cirrus)))


def make_sky(seed: int, key: str, cloud: float, cirrus: float, day: int) -> Sky:
    """The sky of one pass.

    Args:
        key: names the pass; the same key gives the same sky.
        cloud, cirrus: the share of the ground under cloud and under cirrus, 0 to 1.
        day: of the year, for the height of the sun.
    """
    cumulus = smooth_field(SHAPE, {1.2: 0.16, 3.5: 0.5, 11: 0.7, 35: 0.8}, seed, f"cloud/{key}")
    veil = smooth_field(SHAPE, {25: 0.5, 70: 0.8}, seed, f"cirrus/{key}")
    above = _opacity(cumulus, cloud, 0.55)
    return Sky(above, _shifted(above, day), 0.22 * _opacity(veil, cirrus, 0.6))


def _opacity(field: Field, share: float, softness: float) -> Field:
    """Opaque where the field is highest: over `share` of the box, softly at the rims."""
    if share == 0:
        return np.zeros(SHAPE, np.float32)
    threshold = np.quantile(field[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN], 1 - share)
    opacity: Field = np.clip((field - threshold) / softness, 0, 1).astype(np.float32)
    return opacity


def _shifted(cloud: Field, day: int) -> Field:
    """The cloud field moved away from the sun by the length of its shadow."""
    elevation = np.radians(44 + 23.4 * np.cos(2 * np.pi * (day - 172) / 365)) * 0.92
    length = _CLOUD_TOP / np.tan(elevation) / SPACING
    east, south = -np.sin(_SUN_AZIMUTH) * length, np.cos(_SUN_AZIMUTH) * length
    return np.roll(cloud, (round(south), round(east)), (0, 1))
