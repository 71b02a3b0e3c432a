"""Scene requests as a config that says no more than it must would make them."""

from typing import Any

from lccs_inputs.config.sections.scene_sets import SceneSet
from lccs_inputs.imagery.requests import FreezeRequest, SceneRequest

SAID = ("cloud_max", "tier1_only", "boa_offset")


def scene_request(
    sensor: str,
    catalogue: str,
    start: str,
    end: str,
    mask: str,
    bounds: tuple[float, float, float, float],
    **changes: Any,
) -> SceneRequest:
    """A request with the defaults of the config, and `changes`."""
    fields = SceneSet.model_fields
    asked = {name: fields[name].default for name in SAID} | {
        "sensor": sensor,
        "catalogue": catalogue,
        "source": "s2",
        "edition": "2018",
        "start": start,
        "end": end,
        "mask": mask,
        "bounds": bounds,
    }
    return SceneRequest.from_dict(asked | changes)


def freeze_request(**changes: Any) -> FreezeRequest:
    """How a list is frozen with the defaults of the config, and `changes`."""
    names = ("unreadable_max", "observations", "boa_offset")
    asked = {name: SceneSet.model_fields[name].default for name in names}
    return FreezeRequest.from_dict(asked | {"leave_out": (), "units": "", "found": ""} | changes)
