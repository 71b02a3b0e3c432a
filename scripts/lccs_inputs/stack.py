"""The layers of a period as one raster, and the bit mask that says where they can be relied on."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from lccs_inputs.grid import Area
from lccs_inputs.layer_set import LayerSet
from lccs_inputs.lccs import DESCRIPTORS, LEVEL3_INPUTS, level3_decided
from lccs_inputs.rasters import CODE_NODATA, area_windows, create_cog

VALIDITY_BITS: Mapping[int, str] = dict(
    enumerate(("level3", *(name for name in DESCRIPTORS if name not in LEVEL3_INPUTS)))
)
"""What each bit of the validity mask means: bit 0 level 3 can be decided, then one bit for each
further layer of `DESCRIPTORS`, set where it is not nodata."""


def stack_layers(layers: Mapping[str, Path], area: Area, target: Path) -> None:
    """Write all layers as the bands of one COG, in the order of `DESCRIPTORS`.

    Band descriptions are the le_lccs names; uint8, nodata 255. Overviews take the nearest pixel,
    so that every band of an overview pixel is of the same place.

    Raises:
        SourceError: a layer cannot be read or is not exactly on the grid of the area.
        InputError: the file could not be written whole.
    """
    names = [name for name in DESCRIPTORS if name in layers]
    with (
        LayerSet(layers, area.grid) as layer_set,
        create_cog(
            target, area.grid, names, "uint8", CODE_NODATA, overview_resampling="nearest"
        ) as raster,
    ):
        for window, _ in area_windows(area, "stack"):
            for index, name in enumerate(names, start=1):
                raster.write(layer_set.read(name, window)[0], index, window=window)


def write_validity(layers: Mapping[str, Path], area: Area, target: Path) -> None:
    """Write the bit mask of `VALIDITY_BITS` as a COG; no bit is set outside the area.

    The bits stand in the tags (`bit_0`: level3, …). A layer that `layers` does not name counts
    as nodata. The mask declares no nodata: 0 says that nothing is known.

    Raises:
        SourceError: a layer cannot be read or is not exactly on the grid of the area.
        InputError: the file could not be written whole.
    """
    dtype = np.min_scalar_type(2 ** len(VALIDITY_BITS) - 1)
    tags = {f"bit_{bit}": name for bit, name in VALIDITY_BITS.items()}
    with (
        LayerSet(layers, area.grid) as layer_set,
        create_cog(
            target,
            area.grid,
            ["validity"],
            dtype.name,
            None,
            overview_resampling="nearest",
            tags=tags,
        ) as raster,
    ):
        for window, inside in area_windows(area, "validity"):
            bits = level3_decided(layer_set.level3_inputs(window)).astype(dtype)
            for bit, name in VALIDITY_BITS.items():
                if bit > 0:
                    bits |= layer_set.read(name, window)[1].astype(dtype) << dtype.type(bit)
            raster.write(np.where(inside, bits, 0).astype(dtype), 1, window=window)
