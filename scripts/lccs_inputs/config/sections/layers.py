"""How layers are made and cleaned."""

from typing import Annotated, Any

from pydantic import Field

from lccs_inputs.config.files import NOT_MADE
from lccs_inputs.config.sections.checks import LayerChecks
from lccs_inputs.config.sections.section import Section
from lccs_inputs.config.types import Connectivity, Expression, Identifier, Methods, Positive, Text

PATCH_AREAS = ("min_area_ha", "fill_holes_ha")
"""Settings of binary layers only."""


class LayerSettings(Section):
    """A descriptor of LCCS: the ways it can be made, and the one in use."""

    use: Methods
    """The method in use, one of `methods`; or a list: where one is nodata, the next fills it; or
    `none`: the layer is not made."""
    methods: Annotated[dict[Identifier, Expression], Field(min_length=1)]
    """Ways to make the layer, as expressions over names of sources, derived sources and layers."""
    minus: tuple[Text, ...] = ()
    """Conditions taken away from it, in order: a layer (`name.raw` before its own `minus`), or
    any other name of a condition."""
    min_area_ha: Positive | None = None
    """Smallest patch of 1 that stays after `minus`, hectares, of a binary layer; smaller become
    0."""
    fill_holes_ha: Positive | None = None
    """Smallest patch of 0 that stays, hectares, of a binary layer; smaller ones become 1."""
    connectivity: Connectivity = 8
    """Pixels of one patch touch at sides (4), or at sides and corners (8); of 1 and of 0 alike."""
    checks: LayerChecks | None = None
    """Checks of this layer that differ from the common ones."""

    @property
    def is_made(self) -> bool:
        return self.use != (NOT_MADE,)

    @property
    def patches(self) -> dict[str, Any] | None:
        """The settings of small patches, for `patches.PatchLimits`; None where all patches stay."""
        chosen = self.model_dump(include={*PATCH_AREAS, "connectivity"})
        return chosen if any(chosen[key] is not None for key in PATCH_AREAS) else None
