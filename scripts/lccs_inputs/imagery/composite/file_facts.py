"""What a file says of itself: where its pixels lie, how its numbers are kept, what is valid."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.windows import Window

from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.projecting import is_of_the_earth
from lccs_inputs.rasters.synthetic import is_synthetic


@dataclass(frozen=True)
class Facts:
    """What a file says of itself.

    Attributes:
        band: which of its bands is read, from 1.
        count: how many it has.
        scaling: scale and offset of that band, (1, 0) where it says neither.
        block: height and width of the blocks it is stored in, px.
        valid: which band of it says where the others are valid; 0 for its mask, None if none does.
        is_synthetic: whether it says that it is made up.
    """

    grid: Grid
    band: int
    count: int
    block: tuple[int, int]
    nodata: float | None
    dtype: str
    scaling: tuple[float, float]
    valid: int | None
    is_synthetic: bool

    @classmethod
    def of(cls, dataset: rasterio.DatasetReader, stated: int) -> Self:
        """The facts of an open file.

        Args:
            stated: which of its bands is meant, from 1; 0 for the only one.

        Raises:
            ValueError: it cannot be read so; says what it is or lacks.
        """
        if not is_of_the_earth(dataset.crs):
            raise ValueError("does not say its CRS, or has one of no place on the ground")
        try:
            grid = Grid.from_transform(
                dataset.crs.to_wkt(), dataset.transform, dataset.width, dataset.height
            )
        except ValueError as error:
            raise ValueError(f"is {error}") from error
        band = _band_in(dataset, stated)
        return cls(
            grid,
            band,
            dataset.count,
            dataset.block_shapes[band - 1],
            dataset.nodatavals[band - 1],
            dataset.dtypes[band - 1],
            (dataset.scales[band - 1], dataset.offsets[band - 1]),
            _valid(dataset, band),
            is_synthetic(dataset.tags()),
        )

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """The facts that `asdict` made a document of, which JSON has lists in."""
        grid = document["grid"]
        whole = Grid(grid["crs"], tuple(grid["pixel"]), tuple(grid["bounds"]))
        pairs = {key: tuple(document[key]) for key in ("block", "scaling")}
        return cls(**{**document, **pairs, "grid": whole})


def read_mask(
    dataset: rasterio.DatasetReader,
    facts: Facts,
    window: Window,
    shape: tuple[int, int] | None = None,
) -> NDArray[Any]:
    """What says where a window is valid, 0 where it is not; of a file in which something does.

    Args:
        shape: to which it is thinned out.
    """
    mask: NDArray[Any] = (
        dataset.read(facts.valid, window=window, out_shape=shape)
        if facts.valid
        else dataset.read_masks(facts.band, window=window, out_shape=shape)
    )
    return mask


def can_hold(dtype: str, value: float | None) -> bool:
    """Whether numbers of a type can be `value`, which has then a meaning; NaN always is none."""
    if value is None or np.dtype(dtype).kind not in "iu":
        return value is not None
    limits = np.iinfo(dtype)
    return float(value).is_integer() and limits.min <= value <= limits.max


def _band_in(dataset: rasterio.DatasetReader, stated: int) -> int:
    alpha = _alpha(dataset)
    data: list[int] = [index for index in dataset.indexes if index != alpha]
    if stated == 0 and len(data) == 1:
        return data[0]
    if stated not in data:
        raise ValueError(
            f"has no band {stated}"
            if stated
            else f"has {len(data)} bands, none of them described; say in `bands` of the scene "
            "set which is meant, as ASSET:NUMBER"
        )
    return stated


def _valid(dataset: rasterio.DatasetReader, band: int) -> int | None:
    """What says where a band is valid, besides nodata: see `Facts.valid`."""
    masked = MaskFlags.per_dataset in dataset.mask_flag_enums[band - 1]
    return _alpha(dataset) or (0 if masked else None)


def _alpha(dataset: rasterio.DatasetReader) -> int:
    """Which band is an alpha band, from 1; 0 if none is."""
    meanings = [*dataset.colorinterp]
    return meanings.index(ColorInterp.alpha) + 1 if ColorInterp.alpha in meanings else 0
