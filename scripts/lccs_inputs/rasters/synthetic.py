"""What is made up says so, and so does everything that is made of it."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import rasterio
from rasterio.errors import RasterioIOError

from lccs_inputs.rasters.opening import open_foreign

SYNTHETIC = "synthetic: the sample of lccs-inputs, not a measurement of any place"
"""The tag SOURCE of the files of the sample, and of rasters that are made of them."""


def sample_tags(title: str) -> dict[str, str]:
    """The dataset tags of a file of the sample."""
    return {"TITLE": f"{title} (synthetic)", "SOURCE": SYNTHETIC}


def is_synthetic(tags: Mapping[str, str]) -> bool:
    """Whether the tags of a dataset say that it is made up."""
    return tags.get("SOURCE") == SYNTHETIC


def is_synthetic_file(path: Path) -> bool:
    """Whether a raster says that it is made up; what cannot be read, whoever reads it tells."""
    try:
        # a mosaic of ours is a virtual raster; what others deliver is no .vrt
        opened = rasterio.open if path.suffix == ".vrt" else open_foreign
        with opened(path) as raster:
            return is_synthetic(raster.tags())
    except RasterioIOError:
        return False


def inherited_tags(rasters: Iterable[rasterio.DatasetReader]) -> dict[str, str]:
    """What a raster has to say that is made of these: SOURCE, if any of them is made up."""
    return tags_if(any(is_synthetic(raster.tags()) for raster in rasters))


def tags_if(made_up: bool) -> dict[str, str]:
    """The dataset tags of what is made up, or made of it."""
    return {"SOURCE": SYNTHETIC} if made_up else {}
