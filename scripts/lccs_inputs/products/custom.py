"""Products that a configuration describes: maps of the user's own."""

from collections.abc import Mapping

import numpy as np

from lccs_inputs.facts.products import Product, ProductKind

OUTSIDE = 255
"""The usual nodata of classes and percentages."""

_UNSAID = "not stated"


def custom_product(
    name: str,
    title: str,
    kind: ProductKind,
    *,
    codes: Mapping[int, str],
    nodata: int = OUTSIDE,
    unit: str = "1",
    limits: tuple[float, float] = (0.0, 0.0),
    scale: float = 1.0,
    licence: str | None = None,
    source: str | None = None,
) -> Product:
    """A product as its owner describes it, kept in the smallest type that holds it.

    Args:
        codes: of classes, 0 to 65535 → what each means.
        nodata: of classes and percentages: the number that says nothing.
        unit, limits, scale: of a measure; 1 / `scale` is a whole number.

    Raises:
        ValueError: a measure has more steps of `scale` within `limits` than 32 bits hold.
    """
    if kind is ProductKind.MEASURE:
        dtype, nodata = _kept(limits, scale)
    else:
        dtype = "uint8" if max(*codes, nodata, 0) < 2**8 else "uint16"
    return Product(
        name,
        title,
        kind,
        codes,
        {nodata: "outside the map"},
        nodata,
        dtype,
        licence=licence or _UNSAID,
        source=source or _UNSAID,
        credit="",
        unit=unit,
        scale=scale,
        limits=limits,
    )


def _kept(limits: tuple[float, float], scale: float) -> tuple[str, int]:
    """The smallest type for all steps within limits and one number besides, which is nodata."""
    lowest, highest = (round(limit / scale) for limit in limits)
    for dtype in ("uint8", "uint16", "int16", "int32"):
        low, high = (int(end) for end in (np.iinfo(dtype).min, np.iinfo(dtype).max))
        if low == 0 <= lowest and highest < high:
            return dtype, high
        if low < 0 and low < lowest and highest <= high:
            return dtype, low
    raise ValueError
