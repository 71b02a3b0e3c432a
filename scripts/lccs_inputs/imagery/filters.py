"""Which of the items found are kept: filters that count what they remove."""

import math
from collections.abc import Callable, Mapping, Sequence

import pystac

from lccs_inputs.facts.sensors import Sensor
from lccs_inputs.imagery.identity import (
    normalise_platform,
    platform_of,
)
from lccs_inputs.imagery.requests import SceneRequest

_RELAX = {
    "platform": "allow more `platforms`",
    "tier": "set `tier1_only: false`",
    "orbit_pass": "set `orbit_pass: both`",
    "cloud": "raise `cloud_max`",
    "saturation": "raise `saturated_max`",
    "incomplete": "choose another catalogue or collection, or say in `bands` where its bands are",
}


def filtered(
    items: Sequence[pystac.Item],
    request: SceneRequest,
    sensor: Sensor,
) -> tuple[list[pystac.Item], dict[str, int]]:
    """The items left, in order, and how many each filter removed."""
    left, removed = list(items), {}
    for name, keep in _filters(request, sensor).items():
        before = len(left)
        left = [item for item in left if keep(item)]
        removed[name] = before - len(left)
    return left, removed


def _filters(request: SceneRequest, sensor: Sensor) -> Mapping[str, Callable[[pystac.Item], bool]]:
    """Filter name → whether it keeps an item, in the order they run."""
    platforms = {normalise_platform(name) for name in request.platforms or sensor.platforms}
    filters: dict[str, Callable[[pystac.Item], bool]] = {
        # What an item does not say is no reason to leave it out.
        "platform": lambda item: platform_of(item) in {"", *platforms}
    }
    if sensor.name == "landsat" and request.tier1_only:
        filters["tier"] = lambda item: item.properties.get("landsat:collection_category") == "T1"
    if request.orbit_pass not in ("", "both"):
        filters["orbit_pass"] = lambda item: (
            str(item.properties.get("sat:orbit_state")).lower() == request.orbit_pass
        )
    if not sensor.is_radar:
        filters["cloud"] = _at_most("eo:cloud_cover", request.cloud_max)
    if request.saturated_max is not None:
        filters["saturation"] = _at_most(
            "s2:saturated_defective_pixel_percentage", request.saturated_max
        )
    return filters


def _at_most(name: str, limit: float) -> Callable[[pystac.Item], bool]:
    def keep(item: pystac.Item) -> bool:
        try:
            value = float(item.properties[name])
        except (KeyError, TypeError, ValueError):  # it does not say
            return True
        return math.isnan(value) or value <= limit

    return keep


def nothing_found(request: SceneRequest, collections: Sequence[str]) -> str:
    corners = ", ".join(f"{value:.4f}" for value in request.bounds)
    return (
        f"no {request.sensor} scene of {' or '.join(collections)} in "
        f"{request.catalogue} for the area ({corners}) between {request.start} and "
        f"{request.end}: is the area outside the imagery?"
    )


def nothing_left(request: SceneRequest, found: int, removed: Mapping[str, int]) -> str:
    culprits = [name for name, count in removed.items() if count]
    counts = ", ".join(f"{name} {removed[name]}" for name in culprits)
    advice = " or ".join(_RELAX[name] for name in culprits)
    return (
        f"the filters removed all {found} {request.sensor} scenes found "
        f"between {request.start} and {request.end} ({counts}); {advice}, or widen the period"
    )
