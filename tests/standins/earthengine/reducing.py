"""Reducing bands to one, pixel by pixel."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from standins.earthengine.elements import EarthEngineError, Image
from standins.earthengine.pixel_math import cast, union
from standins.earthengine.pixels import Band, Pixels, Target, nowhere
from standins.earthengine.reducers import Output, Reducer, Stack
from standins.earthengine.registry import function

DType = np.dtype[Any]


def reduced(name: str, output: Output, inputs: Sequence[Band], shared: dict[Any, Any]) -> Band:
    """One output of a reducer over bands.

    Args:
        shared: what outputs over the same bands share: the stack of the last target.
    """
    dtype = inputs[0].dtype
    for band in inputs[1:]:
        dtype = band.dtype if band.dtype == dtype else union(dtype, band.dtype)

    def pull(target: Target) -> Pixels:
        if target not in shared:
            shared.clear()
            shared[target] = _stack(inputs, target, dtype)
        with np.errstate(all="ignore"):
            values, mask = output.summary(shared[target])
        return Pixels(values, mask)

    return Band(name, output.dtype(dtype), inputs[0].projection, pull)


def _stack(inputs: Sequence[Band], target: Target, dtype: DType) -> Stack:
    """The observations of a target, without the inputs that saw nothing of it."""
    seen = [pixels for band in inputs if (pixels := band.pixels(target)).mask.any()]
    seen = seen or [nowhere(target, dtype)]
    values = np.array([cast(each.values, dtype) for each in seen])
    return Stack(values, np.array([each.mask for each in seen]))


@function("Image.reduce")
def _reduce(image: Image, reducer: Reducer) -> Image:
    if reducer.collect:
        raise EarthEngineError("the stand-in reduces the bands of an image to numbers only")
    shared: dict[Any, Any] = {}
    bands = [reduced(output.name, output, image.bands, shared) for output in reducer.outputs]
    return image.computed(bands)
