"""The blocks of a scene set on disk: each says what was asked of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import rasterio

from lccs_inputs.errors import SourceError
from lccs_inputs.imagery.engine import REQUEST_TAG


def remove_strangers(blocks: Sequence[Path], asked: Mapping[str, str]) -> None:
    """Remove the blocks that are not what is asked for, as after results were copied together.

    Snakemake remembers what it asked for, unless its records were left behind.

    Args:
        asked: name of a block → fingerprint of its request.

    Raises:
        SourceError: there was one; it is composed anew by the next run.
    """
    strangers = [block for block in blocks if _tag(block) != asked[block.stem]]
    for block in strangers:
        block.unlink()
    if strangers:
        names = ", ".join(map(str, strangers[:3]))
        raise SourceError(
            f"{names}: composed from other scenes or settings than those of this run; "
            f"{len(strangers)} such blocks were removed: run again to compose them anew"
        )


def _tag(block: Path) -> str:
    with rasterio.open(block) as raster:
        return str(raster.tags().get(REQUEST_TAG, ""))
