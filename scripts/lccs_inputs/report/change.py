"""What a report shows of the change since an earlier period."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lccs_inputs.files import read_json
from lccs_inputs.layers.change_tables import KINDS, Flag, notes


@dataclass(frozen=True)
class Changed:
    """The change of a layer, or of level 3.

    Attributes:
        hectares: by kind of change, of true ground.
        taken_from: the publisher's map that it is of; "" where it is the difference of two maps.
        notes: what is to be known of it.
    """

    name: str
    hectares: Mapping[str, float]
    taken_from: str
    notes: Sequence[str]


@dataclass(frozen=True)
class Change:
    """The change since an earlier period.

    Attributes:
        file: all of it, from the folder of the report.
    """

    earlier: str
    file: str
    layers: Sequence[Changed]


def read_change(path: Path, link: str) -> Change:
    """What `layers.change.compare_periods` has written, in a folder named after both periods."""
    told: dict[str, Any] = read_json(path, "flags", "taken_from", "layers")
    flags, taken = [Flag(**each) for each in told["flags"]], told["taken_from"]
    layers = [
        Changed(
            name,
            {kind: amounts[kind]["hectares"] for kind in KINDS},
            taken.get(name, ""),
            notes([flag for flag in flags if name in flag.layers]),
        )
        for name, amounts in told["layers"].items()
    ]
    return Change(path.parent.parent.name, link, layers)
