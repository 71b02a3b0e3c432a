"""Building one layer: its expression, evaluated window by window, as a COG of codes."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window

from lccs_inputs.expressions import AreaStatistics, Node, canonical
from lccs_inputs.facts.lccs import CODE_NODATA, Descriptor
from lccs_inputs.files import scratch_path
from lccs_inputs.layers.codes import LayerCodes
from lccs_inputs.layers.contents import Noting
from lccs_inputs.layers.sources import RasterBand, SourceReader
from lccs_inputs.patches.limits import PatchLimits
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.overviews import HalvedWriter
from lccs_inputs.rasters.reading import area_windows
from lccs_inputs.rasters.writing import create_cog, profile

Write = Callable[[Window, NDArray[np.uint8]], object]


def build_layer(
    descriptor: Descriptor,
    node: Node,
    bands: Mapping[str, RasterBand],
    *,
    statistics: Mapping[str, AreaStatistics],
    area: Area,
    target: Path,
    tags: Mapping[str, str],
    patches: PatchLimits | None = None,
    note: Path | None = None,
    nearest: Path | None = None,
) -> None:
    """Write the layer of `descriptor` that the expression `node` describes.

    The result is a COG on the grid of the area: uint8, nodata 255 where the expression is nodata
    and outside the area. A condition becomes 1 and 0; numbers are rounded half to even. The
    codes get a colour table and, in `target`.aux.xml, their names. Overviews are made by mode
    for codes and by average for percentages and quantities.

    Args:
        bands: where each leaf name of `node` is stored.
        statistics: the whole-area statistics that `node` uses, by name.
        tags: dataset tags, such as the method and the fingerprint; title, units, the expression
            and the smallest patches are added to them.
        patches: the smallest patches that are kept, of a binary layer.
        note: becomes what the layer holds, for `Noted.of`; only with `nearest`.
        nearest: becomes its overviews by the nearest pixel, as `create_cog` makes them.

    Raises:
        InputError: a value does not round to 0–254, or the file cannot be written.
        SourceError: a source cannot be read or is not on the grid.
    """
    tags = {
        **tags,
        "title": descriptor.title,
        "units": descriptor.unit,
        "expression": canonical(node),
    }
    if patches is not None:
        tags["patches"] = str(patches)
    noting = Noting()
    with (
        SourceReader(bands, area.grid) as reader,
        create_cog(
            target,
            area.grid,
            [descriptor.name],
            "uint8",
            CODE_NODATA,
            overview_resampling="average" if descriptor.kind.is_continuous else "mode",
            legend=descriptor.codes,
            tags=tags | reader.inherited_tags,
            nearest=nearest,
        ) as layer,
        _cleaned(_noted(layer, noting), target, area.grid, patches) as write,
    ):
        evaluated = LayerCodes(descriptor.name, node, reader, statistics)
        for window, inside in area_windows(area, descriptor.name):
            codes = evaluated.of(window, inside)
            noting.look(codes, inside, window)
            write(window, codes)
    if note and nearest:
        noting.write(note, target, nearest)


def _noted(layer: HalvedWriter, noting: Noting) -> Write:
    """Writes codes into a layer, and counts them."""

    def write(window: Window, codes: NDArray[np.uint8]) -> None:
        layer.write(codes, 1, window=window)
        noting.count(codes)

    return write


@contextlib.contextmanager
def _cleaned(
    write: Write, target: Path, grid: Grid, patches: PatchLimits | None
) -> Iterator[Write]:
    """How to write the codes of a layer, so that it gets them without its small patches."""
    if patches is None:
        yield write
        return
    from lccs_inputs.patches.sieve import remove_patches  # noqa: PLC0415 - few layers need it

    with scratch_path(target, "raw") as path:
        with rasterio.open(path, "w", **profile(grid, 1, "uint8", CODE_NODATA)) as raw:
            yield lambda window, codes: raw.write(codes, 1, window=window)
        with rasterio.open(path) as raw:
            remove_patches(
                lambda window: raw.read(1, window=window),
                write,
                grid.shape,
                patches,
                task=f"patches of {target.stem}",
            )
