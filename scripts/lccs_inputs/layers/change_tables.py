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


@dataclass(frozen=True)
class MapOfChange:
    """A map of the change of a product, by its publisher.

    Attributes:
        name: of the product that it is.
        of: of the product whose change it is.
        gain, loss, unchanged: its codes of what is new, of what is gone, and of what is as it was.
        layers: those that rise with that product and hang on nothing else: their change is the
            map's.
    """

    name: str
    of: str
    gain: Sequence[int]
    loss: Sequence[int]
    unchanged: Sequence[int]
    layers: Sequence[str] = ()

    def kind_of(self, code: int) -> str:
        """The kind of change that one of its codes is."""
        kinds = ("gain", self.gain), ("loss", self.loss), ("unchanged", self.unchanged)
        return next((kind for kind, codes in kinds if code in codes), "other")


Flags = Sequence[Flag]
Amounts = Mapping[str, Amount]
"""By kind of change."""
Transitions = Iterable[tuple[int, int, Amount]]
"""Class before, class after, how much."""


def document(
    flags: Flags,
    differences: Mapping[str, Amounts],
    maps: Mapping[str, Amounts],
    taken: Mapping[str, str],
    level3: Transitions,
) -> str:
    """All of it, as JSON.

    Args:
        differences: layer → its change by the layers of both periods.
        taken: as `taken_from` gives it.
    """
    tallied = {
        title: {
            name: {kind: amount.to_dict() for kind, amount in each.items()}
            for name, each in tallies.items()
        }
        for title, tallies in (
            ("layers", preferred(differences, maps, taken)),
            ("maps", maps),
            ("differences", {layer: differences[layer] for layer in taken}),
        )
    }
    transitions = [
        {"from": _class_name(before), "to": _class_name(after), **amount.to_dict()}
        for before, after, amount in level3
    ]
    whole = {"flags": [asdict(flag) for flag in flags], **tallied}
    whole |= {"taken_from": taken, "level3": transitions}
    return json.dumps(whole, indent=1) + "\n"


def _class_name(code: int) -> int | str:
    return UNDECIDED if code == CODE_NODATA else code


def taken_from(maps: Sequence[MapOfChange]) -> dict[str, str]:
    """Layer → the map, of several the first, whose change is preferred to the difference of the
    layer's own."""
    return {layer: each.name for each in reversed(maps) for layer in each.layers}


def preferred(
    differences: Mapping[str, Amounts], maps: Mapping[str, Amounts], taken: Mapping[str, str]
) -> dict[str, Amounts]:
    """The change of each layer: a map's, where one is taken for it."""
    return {**differences, **{layer: maps[name] for layer, name in taken.items()}}


def layer_table(
    differences: Mapping[str, Amounts],
    maps: Mapping[str, Amounts],
    taken: Mapping[str, str],
    flags: Flags,
) -> str:
    """A line for each layer, then for each map of change: from which map it is taken, if it is no
    difference, pixels and hectares by kind of change, and what is to be known of it.

    Args:
        differences, taken: as of `document`.
    """
    columns = [f"{kind}_{unit}" for kind in KINDS for unit in ("px", "ha")]
    rows = (
        (
            name,
            taken.get(name, ""),
            *(cell for kind in KINDS for cell in amounts(each[kind].pixels, each[kind].hectares)),
            "; ".join(notes([flag for flag in flags if name in flag.layers])),
        )
        for name, each in {**preferred(differences, maps, taken), **maps}.items()
    )
    return csv_text(("layer", "taken_from", *columns, "flags"), rows)


def notes(flags: Flags) -> list[str]:
    """Flags as sentences, all maps that are the same in both periods in one."""
    found = [flag.text for flag in flags if flag.kind != SAME]
    same = [flag.text for flag in flags if flag.kind == SAME]
    if same:
        found.append(f"the same map in both periods, which shows no change: {', '.join(same)}")
    return found


def beside_level3(maps: Sequence[MapOfChange]) -> list[str]:
    """What is to be known of level 3, which is compared as it is, where layers are not."""
    return [
        f"the change of {layer} itself, as {name} has it, is in layers.csv"
        for layer, name in taken_from(maps).items()
    ]


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
