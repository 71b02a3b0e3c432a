"""The layers of a period as one raster, and the bit mask that says where they can be relied on."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from lccs_inputs.errors import InputError
from lccs_inputs.facts.lccs import CODE_NODATA, LEVEL3_INPUTS, Descriptor, level3_decided
from lccs_inputs.layers.layer_set import LayerSet
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.reading import area_windows
from lccs_inputs.rasters.writing import create_cog, write_stack


def stack_layers(
    layers: Mapping[str, Path],
    descriptors: Mapping[str, Descriptor],
    area: Area,
    target: Path,
    threads: int = 1,
) -> None:
    """Write all layers as the bands of one COG, in the order of `descriptors`.

    Band descriptions are the le_lccs names; uint8, nodata 255. Each band has the tags of its layer.
    Overviews take the nearest pixel, so that every band of an overview pixel is of the same place.

    Args:
        threads: that work, each on its own bands.

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
                threads=threads,
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
    layers: Mapping[str, Path], descriptors: Mapping[str, Descriptor], area: Area, target: Path
) -> None:
    """Write the bit mask of `validity_bits` as a COG; no bit is set outside the area.

    The bits stand in the tags (`bit_0`: level3, …), and are as many as the highest needs: uint8
    to uint32. One of the four layers of level 3 that `layers` does not name counts as nodata. The
    mask declares no nodata: 0 says that nothing is known.

    Raises:
        SourceError: a layer cannot be read or is not exactly on the grid of the area.
        InputError: the file could not be written whole.
    """
    bits_of = validity_bits(layers, descriptors)
    further = {bit: name for bit, name in bits_of.items() if bit}
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
        names = {*LEVEL3_INPUTS, *further.values()}
        for window, inside in area_windows(area, "validity"):
            mask = np.empty(inside.shape, dtype)
            for strip, read in layer_set.strips(names, window):
                bits = level3_decided(read).astype(dtype)
                for bit, name in further.items():
                    bits |= read[name][1].astype(dtype) << dtype.type(bit)
                mask[strip] = bits * inside[strip]
            raster.write(mask, 1, window=window)
