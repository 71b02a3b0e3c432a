"""le_lccs, where it is installed: run in the folder made for it, and held against our maps."""

import json
import logging
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio

from lccs_inputs.errors import InputError, SourceError
from lccs_inputs.facts.lccs import LE_LCCS
from lccs_inputs.files import write_text
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.reading import area_windows, gdal_env, open_on_grid

_TRUST = {3: 1, 4: 2}
"""Level → from which number of the mask on it can be relied on."""
_LOG = logging.getLogger(__name__)


def run(configuration: Path) -> None:
    """Run le_lccs in the folder of a configuration; what it says goes to the log.

    Raises:
        InputError: it is not on the PATH, or fails.
    """
    program = shutil.which(LE_LCCS)
    if program is None:
        raise InputError(f"{LE_LCCS}: is not on the PATH; install le_lccs and add its bin folder")
    done = subprocess.run(
        [program, configuration.name],
        cwd=configuration.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    _LOG.info("%s", done.stdout)
    if done.returncode:
        raise InputError(f"{configuration}: {LE_LCCS} failed on it; the log has what it said")


@dataclass(frozen=True)
class Difference:
    """How often le_lccs says another class than we do, where its map can be relied on.

    Attributes:
        level: 3 or 4.
        compared: pixels.
        pairs: (our class, theirs) → pixels, the most first.
    """

    level: int
    compared: int
    pairs: Mapping[tuple[int, int], int]

    @classmethod
    def between(cls, level: int, ours: Path, theirs: Path, mask: Path, area: Area) -> "Difference":
        """Compare two maps.

        Args:
            ours: uint8; of level 4 the numbers of the scheme `au`.
            theirs: with a band that is described as `level3` or `level4`.
            mask: where theirs can be relied on, `layers.handoff.trust`.

        Raises:
            SourceError: a file cannot be opened, is not on the grid of the area, or has no such
                band.
        """
        counts, compared = Counter[tuple[int, int]](), 0
        with (
            gdal_env(),
            open_on_grid(ours, area.grid) as our_map,
            open_on_grid(theirs, area.grid) as their_map,
            open_on_grid(mask, area.grid) as trusted,
        ):
            band = _band(their_map, f"level{level}")
            for window, inside in area_windows(area, f"level{level}"):
                counted = inside & (trusted.read(1, window=window) >= _TRUST[level])
                compared += int(counted.sum())
                here, there = our_map.read(1, window=window), their_map.read(band, window=window)
                differing = counted & (here != there)
                found = np.stack([here[differing], there[differing]])
                pairs, pixels = np.unique(found, axis=1, return_counts=True)
                for pair, n in zip(pairs.T.tolist(), pixels.tolist(), strict=True):
                    counts[tuple(pair)] += n
        return cls(level, compared, dict(sorted(counts.items(), key=lambda item: (-item[1], item))))

    def to_dict(self) -> dict[str, object]:
        pairs = [
            {"here": here, "le_lccs": there, "pixels": n} for (here, there), n in self.pairs.items()
        ]
        return {"level": self.level, "compared": self.compared, "differing": pairs}

    def text(self) -> str:
        """A line, and one for each pair of classes."""
        differing = sum(self.pairs.values())
        lines = [f"level {self.level}: {differing} of {self.compared} px differ"]
        lines += [
            f"  {n:>10} px are {here} here and {there} by le_lccs"
            for (here, there), n in self.pairs.items()
        ]
        return "\n".join(lines) + "\n"


def _band(raster: rasterio.DatasetReader, name: str) -> int:
    if name not in raster.descriptions:
        raise SourceError(f"{raster.name}: has no band {name}; is it an output of le_lccs?")
    return int(raster.descriptions.index(name)) + 1


def write_differences(differences: Sequence[Difference], document: Path, table: Path) -> None:
    """Write what differs for programs, and for people."""
    write_text(document, json.dumps([each.to_dict() for each in differences], indent=2) + "\n")
    write_text(table, "".join(each.text() for each in differences))
