"""Assets under names that no table has: which they may be, as the line of config that says it."""

import re
from collections.abc import Iterable, Sequence

from lccs_inputs.facts.sensors import Sensor
from lccs_inputs.words import listed

_NUMBER = re.compile(r"(?:SR_)?B0*(\d+)")  # of a band, in the names that catalogues give
_UNKNOWN = "ASSET"


def bands_line(keys: Sequence[str], lacking: Iterable[str], sensor: Sensor) -> str:
    """`bands: {red: band_4, …}` for what lacks an asset; what cannot be told says `ASSET`.

    Args:
        keys: of the assets that an item has.
        lacking: bands and masks of `sensor`.
    """
    said = (f"{name}: {likely_asset(name, keys, sensor) or _UNKNOWN}" for name in lacking)
    return f"`bands: {{{', '.join(said)}}}`; its assets are {listed(sorted(keys))}"


def likely_asset(name: str, keys: Sequence[str], sensor: Sensor) -> str | None:
    """The asset whose name has the band's, or its number; None where none or several have."""
    words = [name, *sensor.assets[name]]
    numbers = [match[1] for match in map(_NUMBER.fullmatch, words) if match]
    spelt = "|".join([*map(re.escape, words), *(rf"b(?:and)?[ _-]?0*{n}" for n in numbers)])
    pattern = re.compile(rf"(?:^|[^a-z0-9])(?:{spelt})(?![a-z0-9])", re.IGNORECASE)
    found = [key for key in keys if pattern.search(key)]
    likely = found if len(found) == 1 else [key for key in found if "10m" in key.lower()]
    return likely[0] if len(likely) == 1 else None
