"""The layers of a period as one raster, and the bit mask that says where they can be relied on."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from lccs_inputs.errors import InputError
from lccs_inputs.facts.lccs import CODE_NODATA, LEVEL3_INPUTS, Descriptor, level3_decided
from lccs_inputs.layers.contents import Place
from lccs_inputs.layers.layer_set import LayerSet
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.reading import area_windows
from lccs_inputs.rasters.stacking import write_stack
from lccs_inputs.rasters.writing import create_cog


def stack_layers(
    layers: Mapping[str, Path],
    descriptors: Mapping[str, Descriptor],
    area: Area,
    target: Path,
    nearest: Mapping[str, Path] | None = None,
) -> None:
    """Write all layers as the bands of one COG, in the order of `descriptors`.

    Band descriptions are the le_lccs names; uint8, nodata 255. Each band has the tags of its layer.
    Overviews take the nearest pixel, so that every band of an overview pixel is of the same place.

    Args:
        nearest: of layers whose overviews by the nearest pixel are made already: where.

    Raises:
        SourceError: a layer cannot be read or is not exactly on the grid of the area.
        InputError: the file could not be written whole.
    """
    bands = {name: layers[name] for name in descriptors if name in layers}
    with LayerSet(layers, area.grid) as layer_set:
        try:
            write_stack(
                target,
                bands,
                area.grid,
                CODE_NODATA,
                tags=layer_set.inherited_tags,
                band_tags={name: layer_set.tags(name) for name in bands},
                nearest=nearest or {},
            )
        except InputError:
            for name in bands:  # is it one of them that cannot be read?
                for window, _ in area_windows(area, f"reading {name}"):
                    layer_set.read(name, window)
            raise


def validity_bits(
    layers: Mapping[str, Path], descriptors: Mapping[str, Descriptor]
) -> dict[int, str]:
    """What each bit of the validity mask means.

    Bit 0: level 3 can be decided. Then each further descriptor has a bit of its own, whether
    its layer is among `layers` or not, so that a bit means the same in every mask; given are those
    of the layers there are.
    """
    further = [name for name in descriptors if name not in LEVEL3_INPUTS]
    return {0: "level3"} | {bit: x for bit, x in enumerate(further, start=1) if x in layers}


def write_validity(
    layers: Mapping[str, Path],
    descriptors: Mapping[str, Descriptor],
    area: Area,
    target: Path,
    gaps: Mapping[str, Collection[Place]] | None = None,
) -> None:
    """Write the bit mask of `validity_bits` as a COG; no bit is set outside the area.

    The bits stand in the tags (`bit_0`: level3, …), and are as many as the highest needs: uint8
    to uint32. One of the four layers of level 3 that `layers` does not name counts as nodata. The
    mask declares no nodata: 0 says that nothing is known.

    Args:
        gaps: of layers of which that is known, as `Noted` has it: they are read there only.

    Raises:
        SourceError: a layer cannot be read or is not exactly on the grid of the area.
        InputError: the file could not be written whole.
    """
    bits_of = validity_bits(layers, descriptors)
    dtype = np.min_scalar_type(2 ** max(bits_of))
    tags = {f"bit_{bit}": name for bit, name in bits_of.items()}
    with (
        LayerSet(layers, area.grid) as layer_set,
        create_cog(
            target,
            area.grid,
            ["validity"],
            dtype.name,
            None,
            overview_resampling="nearest",
            tags=tags | layer_set.inherited_tags,
        ) as raster,
    ):
        for window, inside in area_windows(area, "validity"):
            place = window.row_off, window.col_off
            whole = {name for name, places in (gaps or {}).items() if place not in places}
            raster.write(_bits(layer_set, window, bits_of, whole, dtype) * inside, 1, window=window)


def _bits(
    layers: LayerSet, window: Window, bits_of: Mapping[int, str], whole: set[str], dtype: Any
) -> NDArray[Any]:
    """The bits of a window, of the grid where that is more than the area.

    Args:
        whole: layers that are known to be known there.
    """
    open_ = {bit: name for bit, name in bits_of.items() if bit and name not in whole}
    decided = {*LEVEL3_INPUTS} <= whole
    always = sum(1 << bit for bit in bits_of if bit not in open_ and (bit or decided))
    bits = np.full((window.height, window.width), always, dtype)
    names = {*open_.values(), *(() if decided else LEVEL3_INPUTS)}
    if names:
        for strip, read in layers.strips(names, window):
            if not decided:
                bits[strip] |= level3_decided(read).astype(dtype)
            for bit, name in open_.items():
                bits[strip] |= np.multiply(read[name][1], 1 << bit, dtype=dtype)
    return bits
