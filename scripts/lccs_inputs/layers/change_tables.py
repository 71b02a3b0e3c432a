"""The tables of change between two periods, and what is to be known of it in words."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from lccs_inputs.facts.lccs import CODE_NODATA
from lccs_inputs.layers.tables import amounts, csv_text

KINDS = ("gain", "loss", "other", "unchanged", "unknown")
SAME = "same"
UNDECIDED = "undecided"


@dataclass(frozen=True)
class Amount:
    """Pixels, and the ground they are."""

    pixels: int
    hectares: float

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.pixels + other.pixels, self.hectares + other.hectares)

    def to_dict(self) -> dict[str, int | float]:
        """Plain values, hectares to the square metre."""
        return {"pixels": self.pixels, "hectares": round(self.hectares, 4)}


@dataclass(frozen=True)
class Flag:
    """Why the change of some layers is not, or not only, one of the land.

    Attributes:
        layers: their names, `level3` among them where it follows from them.
        kind: `break`, editions of a map that do not compare; `same`, one edition in both periods;
            `method`, layers that are made in different ways.
        text: a sentence; of `same` the source and its edition.
        source: who says so; "" where the config does.
    """

    layers: Sequence[str]
    kind: str
    text: str
    source: str


Flags = Sequence[Flag]
Amounts = Mapping[str, Amount]
"""By kind of change."""
Transitions = Iterable[tuple[int, int, Amount]]
"""Class before, class after, how much."""


def document(
    flags: Flags,
    layers: Mapping[str, Amounts],
    maps: Mapping[str, Amounts],
    level3: Transitions,
) -> str:
    """All of it, as JSON."""
    tallied = {
        title: {
            name: {kind: amount.to_dict() for kind, amount in each.items()}
            for name, each in tallies.items()
        }
        for title, tallies in (("layers", layers), ("maps", maps))
    }
    transitions = [
        {"from": _class_name(before), "to": _class_name(after), **amount.to_dict()}
        for before, after, amount in level3
    ]
    whole = {"flags": [asdict(flag) for flag in flags], **tallied, "level3": transitions}
    return json.dumps(whole, indent=1) + "\n"


def _class_name(code: int) -> int | str:
    return UNDECIDED if code == CODE_NODATA else code


def layer_table(layers: Mapping[str, Amounts], maps: Mapping[str, Amounts], flags: Flags) -> str:
    """A line for each layer, then for each map of change: pixels and hectares by kind of change,
    and what is to be known of it."""
    columns = [f"{kind}_{unit}" for kind in KINDS for unit in ("px", "ha")]
    rows = (
        (
            name,
            *(cell for kind in KINDS for cell in amounts(each[kind].pixels, each[kind].hectares)),
            "; ".join(notes([flag for flag in flags if name in flag.layers])),
        )
        for name, each in {**layers, **maps}.items()
    )
    return csv_text(("layer", *columns, "flags"), rows)


def notes(flags: Flags) -> list[str]:
    """Flags as sentences, all maps that are the same in both periods in one."""
    found = [flag.text for flag in flags if flag.kind != SAME]
    same = [flag.text for flag in flags if flag.kind == SAME]
    if same:
        found.append(f"the same map in both periods, which shows no change: {', '.join(same)}")
    return found


def matrix(level3: Transitions) -> str:
    """Hectares from each class, a line, to each class, a column; of those that occur."""
    hectares = {(before, after): amount.hectares for before, after, amount in level3}
    rows, columns = (sorted({pair[end] for pair in hectares}) for end in (0, 1))
    return csv_text(
        ("from", *(f"to {_class_name(column)}" for column in columns)),
        (
            (_class_name(row), *(f"{hectares.get((row, column), 0.0):.4f}" for column in columns))
            for row in rows
        ),
    )
