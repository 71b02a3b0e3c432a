"""What a block of a scene set says of itself, and which blocks are those of a run.

It knows of no engine, so that what is made of blocks follows none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import rasterio
from rasterio.errors import RasterioError

from lccs_inputs.errors import SourceError
from lccs_inputs.imagery.requests import REQUEST_TAG

CLIPPED_TAG = "clipped"
"""The tag that counts what did not fit, in the bands of the file."""


@dataclass(frozen=True)
class BlockTags:
    """What a block says of itself; no bands where there is none."""

    request: str = ""
    bands: tuple[str, ...] = ()
    clipped: int = 0


def read_tags(block: Path) -> BlockTags:
    """What a block says of itself; nothing where there is none, or none that can be read."""
    if not block.exists():
        return BlockTags()
    try:
        with rasterio.open(block) as raster:
            tags = raster.tags()
            clipped = int(tags.get(CLIPPED_TAG, 0))
            return BlockTags(str(tags.get(REQUEST_TAG, "")), tuple(raster.descriptions), clipped)
    except RasterioError:
        return BlockTags()


def remove_strangers(
    blocks: Sequence[Path], asked: Mapping[str, str], wanted: Sequence[str]
) -> None:
    """Remove the blocks that are not what is asked for, as after results were copied together.

    Snakemake remembers what it asked for, unless its records were left behind.

    Args:
        asked: name of a block → fingerprint of its request.
        wanted: bands that each must have; all must have the same.

    Raises:
        SourceError: there was one; it is composed anew by the next run.
    """
    found = {block: read_tags(block) for block in blocks}
    bands = next((each.bands for each in found.values() if {*wanted} <= {*each.bands}), ())
    strangers = [
        block
        for block, each in found.items()
        if each.request != asked[block.stem] or each.bands != bands
    ]
    for block in strangers:
        block.unlink()
    if strangers:
        names = ", ".join(map(str, strangers[:3]))
        raise SourceError(
            f"{names}: composed from other scenes or settings than those of this run; "
            f"{len(strangers)} such blocks were removed: run again to compose them anew"
        )
