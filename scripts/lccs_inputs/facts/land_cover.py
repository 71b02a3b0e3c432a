"""The maps of land cover of a period, each with the legend that it is read by."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lccs_inputs.facts.au import MAP as LEVEL4
from lccs_inputs.facts.coherence import MAP as COHERENCE
from lccs_inputs.facts.lccs import LEVEL3_MAP, Descriptor
from lccs_inputs.facts.legend import Legend


def land_cover(
    level3: Path | None,
    level4: Path | None,
    legends: Sequence[Mapping[str, Any]],
    of_legends: Sequence[Path],
    coherence: Path | None,
) -> list[tuple[Descriptor, Path]]:
    """Those that there are, in the order to show them.

    Args:
        legends: `Legend.to_dict` of each legend of others.
        of_legends: the map of each.
    """
    others = [Legend.from_dict(legend).map for legend in legends]
    maps = [(LEVEL3_MAP, level3), (LEVEL4, level4), *zip(others, of_legends, strict=True)]
    return [(legend, path) for legend, path in (*maps, (COHERENCE, coherence)) if path]
