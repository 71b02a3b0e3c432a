"""Building a continuous image: an expression, or true colours, window by window, as a COG."""

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import reduce
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.expressions import AreaStatistics, Node, Value, canonical
from lccs_inputs.facts.images import TRUE_COLOUR_BYTES, Image
from lccs_inputs.layers.sources import RasterBand, SourceReader
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.overviews import HalvedWriter
from lccs_inputs.rasters.reading import area_windows
from lccs_inputs.rasters.writing import create_cog

log = logging.getLogger(__name__)


def build_image(
    image: Image,
    nodes: Mapping[str, Node],
    bands: Mapping[str, RasterBand],
    *,
    statistics: Mapping[str, AreaStatistics],
    area: Area,
    target: Path,
    tags: Mapping[str, str],
) -> None:
    """Write a continuous image as a COG on the grid of the area.

    Stored are int16 in steps, float32, or of true colours the bytes 1 to 255 between the image's
    limits; nodata where the expression is nodata (of true colours, any band) and outside the area.
    Overviews are averages. Where a number lies beyond what its type holds, the nearest that it
    holds is stored and the tag `clipped` counts the pixels.

    Args:
        nodes: the expression of each band, by its name.
        bands: where each leaf name of the expressions is stored.
        statistics: the whole-area statistics that the expressions use, by name.
        tags: dataset tags, such as the fingerprint; title, units and expression are added.

    Raises:
        InputError: the file cannot be written.
        SourceError: a source cannot be read or is not on the grid.
    """
    with (
        SourceReader(bands, area.grid) as reader,
        _image_file(image, nodes, area, target, {**tags, **reader.inherited_tags}) as raster,
    ):
        clipped = 0
        for window, inside in area_windows(area, image.name):
            values = [reader.evaluate(node, window, statistics) for node in nodes.values()]
            known = reduce(np.logical_and, (value.valid for value in values), inside)
            for index, value in enumerate(values, start=1):
                stored, beyond = _stored(value, known, image)
                raster.write(stored, index, window=window)
                clipped += beyond
        raster.update_tags(clipped=str(clipped))
    if clipped:
        log.warning("%s: %d px lie beyond what %s holds", image.name, clipped, image.dtype)


def _image_file(
    image: Image, nodes: Mapping[str, Node], area: Area, target: Path, tags: Mapping[str, str]
) -> AbstractContextManager[HalvedWriter]:
    expressions = {name: canonical(node) for name, node in nodes.items()}
    return create_cog(
        target,
        area.grid,
        [*nodes],
        image.dtype,
        image.nodata,
        overview_resampling="average",
        true_colours=image.is_true_colour,
        scales=[1 / image.steps] * len(nodes) if image.steps else None,
        tags={
            **tags,
            "title": image.title,
            **_meaning(image),
            "expression": ", ".join(expressions.values()),
        },
    )


def _meaning(image: Image) -> dict[str, str]:
    """What the numbers are: of true colours none of a unit."""
    if not image.is_true_colour:
        return {"units": image.unit}
    low, high = image.limits
    first, last = TRUE_COLOUR_BYTES
    return {"comment": f"{first} to {last} show reflectance {low:g} to {high:g}"}


def _stored(
    value: Value, known: NDArray[np.bool_], image: Image
) -> tuple[NDArray[np.generic], int]:
    """The stored form of a value, and how many known pixels its type does not hold."""
    numbers = np.where(known, value.data, 0).astype(np.float64)
    if image.is_true_colour:
        low, high = image.limits
        shares = np.clip((numbers - low) / (high - low), 0, 1)
        lowest, highest = map(float, TRUE_COLOUR_BYTES)
        numbers = np.rint(lowest + shares * (highest - lowest))
    elif image.steps:
        numbers = np.rint(numbers * image.steps)
        highest = float(np.iinfo(np.int16).max)
        lowest = -highest
    else:
        highest = float(np.nextafter(np.finfo(np.float32).max, 0, dtype=np.float32))
        lowest = -highest
    beyond = int(((numbers < lowest) | (numbers > highest)).sum())
    clipped = np.clip(numbers, lowest, highest)
    return np.where(known, clipped, image.nodata).astype(image.dtype), beyond
