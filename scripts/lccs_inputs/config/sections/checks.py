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


class Tolerance(Section):
    """How many pixels may contradict themselves between two layers."""

    severity: Severity = "warn"
    """What more of them do."""
    maximum: Share = 0.01
    """Largest share of the pixels that the check is about."""


class Coherence(Section):
    """Checks across layers: what they say of one pixel must go together. The map
    `checks/coherence.tif` shows where it does not, whatever the severity."""

    woody_leaf_type: Tolerance = Tolerance()
    """What is woody has a leaf type."""
    woody_cover: Tolerance = Tolerance()
    """What is woody has a canopy cover above 0."""
    herbaceous_leaf_type: Tolerance = Tolerance()
    """What is herbaceous, or lower, has no leaf type."""
    vegetated_cover: Tolerance = Tolerance()
    """What is vegetated has a canopy cover of 4 % or more, as LCCS has it."""
    cultivated_water: Tolerance = Tolerance()
    """What is aquatic and not vegetated is not cultivated."""


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
    coherence: Coherence = Coherence()
    """Layers do not contradict each other."""
