"""The data checks."""

from lccs_inputs.config.sections.section import Section
from lccs_inputs.config.types import Severity, Share


class ValidShare(Section):
    """How much of the area must be known."""

    severity: Severity = "warn"
    """What too many unknown pixels do."""
    minimum: Share = 0.8
    """Smallest share of the pixels of the area that must not be nodata."""


class LayerChecks(Section):
    """Checks of one layer that differ from the common ones."""

    valid_share: ValidShare
    """In place of `checks.valid_share`, for this layer."""


class CheckSettings(Section):
    """What the data checks do when they fail: stop (error), warn, or nothing (off)."""

    crs: Severity = "error"
    """The CRS is that of the grid."""
    grid: Severity = "error"
    """Origin, pixel size and shape are exactly those of the grid."""
    dtype: Severity = "error"
    """The values are stored as uint8, those of an image as it says of itself."""
    nodata: Severity = "error"
    """Nodata is declared, as 255; of an image, as it says."""
    codes: Severity = "error"
    """Every value is one le_lccs understands."""
    constant: Severity = "warn"
    """The values are not the same all over the area: a threshold that nothing or all of it meets
    is a mistake more often than not."""
    range: Severity = "warn"
    """Of an image: some of its values are between those that it is drawn between; else a scale is
    wrong more often than not."""
    valid_share: ValidShare = ValidShare()
    """Enough of the area is known."""
