"""Rasters as the bands of one Cloud Optimized GeoTIFF, their tiles copied as they are."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import rasterio
import rasterio.shutil

from lccs_inputs.files import scratch_path
from lccs_inputs.rasters.cog import Level, is_encoded_like, join_cog
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.overviews import overviews_of
from lccs_inputs.rasters.writing import (
    TILE,
    atomic_raster,
    errors_naming,
    on_grid,
    published,
    scratch_paths,
    whole_levels,
)


def write_stack(
    target: Path,
    bands: Mapping[str, Path],
    grid: Grid,
    nodata: int,
    *,
    tags: Mapping[str, str],
    band_tags: Mapping[str, Mapping[str, str]],
    nearest: Mapping[str, Path],
) -> None:
    """Write the first bands of rasters of bytes on `grid` as one COG, band after band.

    Tiles that are encoded as they would be here are copied as they are. Overviews take the nearest
    pixel, so that every band of an overview pixel is of the same place.

    Args:
        bands: description of each band → its raster.
        nodata: that all of them declare.
        tags: dataset tags.
        band_tags: the tags of each band, by its description.
        nearest: of bands whose overviews are made already, as `create_cog` makes them: where.

    Raises:
        InputError: a raster cannot be read, or the file could not be written whole.
    """
    codec = published(False)
    form = on_grid(grid, len(bands), "uint8", nodata) | codec | {"sparse_ok": True}
    with ExitStack() as stack, atomic_raster(target) as temporary, errors_naming(target):
        empty = stack.enter_context(scratch_path(target, "empty"))
        with rasterio.open(empty, "w", **form) as raster:
            raster.descriptions = tuple(bands)
            raster.update_tags(**tags)
            for index, name in enumerate(bands, start=1):
                raster.update_tags(index, **band_tags[name])
        scratch = {name: scratch_paths(stack, target, name) for name in bands}

        def levels_of(name: str) -> list[Level]:
            whole, made = bands[name], nearest.get(name)
            is_like = is_encoded_like(whole, empty)
            if is_like and made and is_encoded_like(made, empty):
                further = range(overviews_of(grid.shape, TILE))
                return [Level(whole), *(Level(made, number) for number in further)]
            if not is_like:
                whole = next(scratch[name])
                rasterio.shutil.copy(bands[name], whole, **codec)
            levels = whole_levels(whole, "nearest", codec, scratch[name])
            return [Level(path) for path in levels]

        levels = map(levels_of, bands)
        join_cog(temporary, empty, [*zip(*levels, strict=True)])
