"""The numbers of level 4 in the scheme `au` of le_lccs, 1 to 105, with names and colours.

Source: Digital Earth Australia Land Cover, as in `odc-stats` and `dea-config`. The scheme knows
woody and herbaceous life forms, canopy cover, state and persistence of water, and bare ground. What
it has no number for has that of the wider class: ice is 98, water. The seasons of aquatic
vegetation (64, 65 and so on) follow from a layer that is not made here.

The colours are shades of those of level 3: woody darker, herbaceous lighter, sparse paler.
"""

from collections.abc import Mapping
from itertools import product

from lccs_inputs.facts.lccs import DESCRIPTORS, LEVEL3, Category, Descriptor, Kind
from lccs_inputs.facts.level4 import (
    BARE_GROUND,
    CANOPY_COVER,
    HERBACEOUS_FORMS,
    LIFE_FORM,
    NATURAL_SURFACE,
    PERSISTENCE,
    VEGETATED,
    WATER_STATE,
    WOODY_FORMS,
    Level4,
)

_ARTIFICIAL, _NATURAL, _WATER, _LIQUID, _SNOW = 93, 94, 98, 99, 105
_FIRST = {111: 1, 112: 19, 123: 37, 124: 55}
"""The number of a vegetated class of which nothing further is known."""
_SEASONAL = {1: 63, 2: 78}
"""Of aquatic natural vegetation by life form, with cover: in steps of 3, for the seasons."""


def au(kind: Level4) -> int:
    """The number of a class of level 4."""
    said = {c: place for c, place in kind.described if place != c.unknown}
    if kind.level3 in VEGETATED:
        form = _form(said.get(LIFE_FORM, 0))
        return _of_vegetation(kind.level3, form, said.get(CANOPY_COVER, 0))
    if kind.level3 == 215:
        return _ARTIFICIAL
    if kind.level3 == NATURAL_SURFACE:
        return _NATURAL + said.get(BARE_GROUND, 0)
    state = said.get(WATER_STATE, 0)
    liquid = _LIQUID + 1 + said[PERSISTENCE] if said.get(PERSISTENCE) else _LIQUID
    return {1: liquid, 2: _SNOW}.get(state, _WATER)


def _form(place: int) -> int:
    return 1 if place in WOODY_FORMS else 2 if place in HERBACEOUS_FORMS else 0


def _of_vegetation(level3: int, form: int, cover: int) -> int:
    if not cover:
        return _FIRST[level3] + form
    if level3 == 124 and form:
        return _SEASONAL[form] + 3 * (cover - 1)
    return _FIRST[level3] + 2 + 5 * form + cover


def _kinds() -> list[Level4]:
    """A class of level 4 for each number that can be met."""
    covers, months = range(len(CANOPY_COVER.divisions) + 1), range(len(PERSISTENCE.divisions) + 1)
    kinds = [
        Level4(level3, (form, cover, 0, 0, 0))
        for level3, form, cover in product(VEGETATED, (0, 1, 2), covers)
    ]
    kinds += [Level4(215, ())]
    kinds += [Level4(NATURAL_SURFACE, (place,)) for place in range(len(BARE_GROUND.divisions) + 1)]
    kinds += [Level4(220, (0, 0)), *(Level4(220, (1, place)) for place in months)]
    return [*kinds, Level4(220, (2, 0))]


def _colour(kind: Level4) -> str:
    """A shade of the colour of level 3."""
    base, at = LEVEL3[kind.level3].colour, dict(kind.described)
    if kind.level3 in VEGETATED:
        form, cover = at[LIFE_FORM], at[CANOPY_COVER]
        formed = _mixed(base, *((base, 0), ("#000000", 0.35), ("#ffffff", 0.25))[form])
        return _mixed(formed, "#ffffff", 0.14 * max(cover - 1, 0))
    if kind.level3 == NATURAL_SURFACE:
        return _mixed(base, "#7a4a1e", 0.2 * at[BARE_GROUND])
    if kind.level3 == 220:
        if at[WATER_STATE] == 2:
            return DESCRIPTORS["waterstt_wat_cat"].codes[2].colour
        deep = _mixed(base, LEVEL3[228].colour, 0.5 * at[WATER_STATE])
        return _mixed(deep, "#ffffff", 0.15 * max(at[PERSISTENCE] - 1, 0))
    return base


def _mixed(colour: str, other: str, share: float) -> str:
    """A colour with a share of another in it, 0 to 1."""
    channels = zip(bytes.fromhex(colour[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in channels)


AU: Mapping[int, Category] = {
    au(kind): Category(kind.name, _colour(kind)) for kind in sorted(_kinds(), key=au)
}
"""The numbers that can be met, with their names and colours."""

MAP = Descriptor("level4", "Land cover, LCCS level 4", Kind.CATEGORICAL, AU)
"""How the map of level 4 is read."""
