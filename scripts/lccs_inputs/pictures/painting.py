"""From rasters to colours: maps at the size they are drawn, and the legends that explain them.

Rasters are read decimated, from their overviews where they have any. Missing data is hatched
grey; what lies outside the area is white.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from matplotlib.colors import to_hex
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.windows import Window
from tqdm import tqdm

from lccs_inputs.errors import InputError
from lccs_inputs.facts.images import PALETTES, Image
from lccs_inputs.facts.lccs import LEVEL3, Category, Descriptor, Kind
from lccs_inputs.facts.sensors import TRUE_COLOUR
from lccs_inputs.pictures.sheet import Key, Ramp, hatching, rgb
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.synthetic import is_synthetic

NOT_IN_LEGEND = "#e6007e"
"""A code without a name must be seen, not blend in."""
MISSING = Key("no data", None)

_STRIP = 128  # rows of a picture read at a time
_STRETCH = (2, 98)  # percentiles of the three bands drawn as black and as full colour
_SHADES = 256  # of a continuous image
_GAMMA = 1 / 1.4  # surface reflectance is dark: most of a landscape lies under a quarter


def ramp_of(descriptor: Descriptor) -> tuple[str, ...]:
    """The colours of a percentage or a quantity, from its lowest value to its highest."""
    lowest, highest = descriptor.limits
    return _shades(descriptor.ramp, highest - lowest + 1)


def _shades(stops: Sequence[str], count: int) -> tuple[str, ...]:
    """As many colours from the first of some to the last, linear between them."""
    positions = np.linspace(0, count - 1, len(stops))
    channels = np.stack([rgb(stop) for stop in stops], axis=1) / 255
    between = [np.interp(np.arange(count), positions, channel) for channel in channels]
    return tuple(to_hex(colour) for colour in np.stack(between, axis=1))


@dataclass(frozen=True)
class Picture:
    """A map at the size it is drawn: colours (height, width, 3), and what they mean.

    Attributes:
        outside: what is not of the area, (height, width).
        is_synthetic: whether what it shows is made of the sample.
    """

    title: str
    name: str
    image: NDArray[np.uint8]
    legend: Sequence[Key | Ramp]
    outside: NDArray[np.bool_]
    is_synthetic: bool = False


@dataclass(frozen=True)
class _Raster:
    """A decimated raster: values (bands, height, width); `valid` and `inside` (height, width).

    Attributes:
        size: (width, height) it is drawn at, px; no smaller than it was read.
        is_synthetic: whether it is made of the sample.
    """

    size: tuple[int, int]
    values: NDArray[Any]
    valid: NDArray[np.bool_]
    inside: NDArray[np.bool_]
    is_synthetic: bool


def paint_layer(path: Path, descriptor: Descriptor, area: Area, size: tuple[int, int]) -> Picture:
    """A layer at `size` = (width, height) px; uint8 on the grid of `area`, nodata 255."""
    raster = _read(path, area, [1], size, Resampling.nearest)
    if descriptor.kind.is_continuous:
        shades = ramp_of(descriptor)
        codes = {v: Category("", colour) for v, colour in enumerate(shades, descriptor.limits[0])}
        colours, _, unknown = _colour(raster, codes)
        ramp = Ramp(np.stack([rgb(colour) for colour in shades]), _ticks(descriptor))
        legend: list[Key | Ramp] = [ramp, *unknown]
        return _picture(descriptor.title, descriptor.name, raster, colours, legend)
    colours, present, unknown = _colour(raster, descriptor.codes)
    if descriptor.kind is Kind.BINARY:
        present = [Key(code.name, code.colour) for code in descriptor.codes.values()]
    return _picture(descriptor.title, descriptor.name, raster, colours, [*present, *unknown])


def _ticks(descriptor: Descriptor) -> tuple[str, ...]:
    """Five values from the lowest to the highest, the last with the unit."""
    ticks = [f"{value:g}" for value in np.linspace(*descriptor.limits, 5)]
    return (*ticks[:-1], f"{ticks[-1]} {descriptor.unit}")


def paint_level3(path: Path, area: Area, size: tuple[int, int]) -> Picture:
    """A level-3 map at `size` = (width, height) px; uint8 codes of `LEVEL3`, nodata 255."""
    raster = _read(path, area, [1], size, Resampling.nearest)
    colours, present, unknown = _colour(raster, LEVEL3)
    return _picture("Land cover", "LCCS level 3", raster, colours, [*present, *unknown])


def paint_true_colour(mosaic: Path, area: Area, size: tuple[int, int]) -> Picture:
    """The red, green and blue bands of a mosaic at `size` = (width, height) px.

    Raises:
        InputError: the mosaic has no bands described as red, green and blue.
    """
    with rasterio.open(mosaic) as raster:
        names = list(raster.descriptions)
    absent = [name for name in TRUE_COLOUR if name not in names]
    if absent:
        raise InputError(
            f"{mosaic}: has no {absent[0]} band and cannot be drawn in true colour; "
            "name an optical scene set"
        )
    bands = [names.index(name) + 1 for name in TRUE_COLOUR]
    raster = _read(mosaic, area, bands, size, Resampling.average)
    return _picture("True colour", "median composite", raster, _stretch(raster), [])


def paint_image(
    path: Path, image: Image, area: Area, size: tuple[int, int], band: int = 1
) -> Picture:
    """A continuous image at `size` = (width, height) px, in its palette and between its limits.

    Args:
        band: the one of the file that holds it; true colours are its first three.
    """
    bands = [1, 2, 3] if image.is_true_colour else [band]
    raster = _read(path, area, bands, size, Resampling.average)
    palette = image.palette or PALETTES["grey"]
    shades = np.stack([rgb(colour) for colour in _shades(palette, _SHADES)])
    if image.is_true_colour:
        colours, ramp = np.moveaxis(raster.values, 0, -1), Ramp(shades, _image_ticks(image))
        return _picture(image.title, image.name, raster, colours, [ramp])
    values = raster.values[0].astype(np.float64) / (image.steps or 1)
    low, high = image.limits
    shares = np.clip((values - low) / (high - low), 0, 1)
    colours = shades[np.rint(shares * (_SHADES - 1)).astype(np.uint8)]
    known = values[raster.valid]
    ticks = _image_ticks(image, below=(known < low).any(), above=(known > high).any())
    return _picture(image.title, image.name, raster, colours, [Ramp(shades, ticks)])


def _image_ticks(
    image: Image, *, below: bool | np.bool_ = False, above: bool | np.bool_ = False
) -> tuple[str, ...]:
    """Five values between the limits, the last with the unit; the ends say what lies beyond."""
    values = (f"{value:.4g}" for value in np.linspace(*image.limits, 5))
    low, *between, high = (text.replace("-", "\N{MINUS SIGN}") for text in values)
    unit = "reflectance" if image.is_true_colour else image.unit
    high = f"≥ {high}" if above else high
    return (
        f"≤ {low}" if below else low,
        *between,
        high if unit == "1" else f"{high} {unit}",
    )


def _picture(
    title: str,
    name: str,
    raster: _Raster,
    colours: NDArray[np.uint8],
    legend: Sequence[Key | Ramp],
) -> Picture:
    """Enlarge to the size drawn, hatch what is missing and whiten what is outside."""
    missing = raster.inside & ~raster.valid
    image, outside = _enlarge(colours, raster.size), _enlarge(~raster.inside, raster.size)
    image[outside] = 255
    hatched = _enlarge(missing, raster.size)
    image[hatched] = hatching(*image.shape[:2])[hatched]
    legend = [*legend, MISSING] if missing.any() else legend
    return Picture(title, name, image, legend, outside, raster.is_synthetic)


def _colour(
    raster: _Raster, codes: Mapping[int, Category]
) -> tuple[NDArray[np.uint8], list[Key], list[Key]]:
    """Colours of codes, and legend entries: of the codes present, and of those without a name."""
    table = np.tile(rgb(NOT_IN_LEGEND), (256, 1))
    for code, category in codes.items():
        table[code] = rgb(category.colour)
    found = [int(code) for code in np.unique(raster.values[0][raster.valid])]
    keys = (Key(codes[code].name, codes[code].colour) for code in found if code in codes)
    named = [*dict.fromkeys(keys)]  # codes may share one
    unknown = [
        Key(f"{code}: not in the legend", NOT_IN_LEGEND) for code in found if code not in codes
    ]
    return table[raster.values[0]], named, unknown


def _stretch(raster: _Raster) -> NDArray[np.uint8]:
    """Bytes (height, width, 3) of red, green and blue, brightened alike so that hues stay true."""
    if not raster.valid.any():
        return np.full((*raster.valid.shape, 3), 255, np.uint8)
    bands = np.moveaxis(raster.values, 0, -1).astype(np.float64)
    low, high = np.percentile(bands[raster.valid], _STRETCH)
    shares = np.clip((bands - low) / max(high - low, 1.0), 0, 1)
    stretched: NDArray[np.uint8] = np.round(255 * shares**_GAMMA).astype(np.uint8)
    return stretched


def _read(
    path: Path, area: Area, bands: Sequence[int], size: tuple[int, int], resampling: Resampling
) -> _Raster:
    """Read `bands` at `size` px, or in full where the raster is smaller, strip by strip."""
    with rasterio.open(path) as raster:
        width, height = min(size[0], raster.width), min(size[1], raster.height)
        values = np.empty((len(bands), height, width), raster.dtypes[bands[0] - 1])
        scale = raster.height / height
        with tqdm(total=height, desc=f"reading {path.name}", unit="row", delay=2) as progress:
            for top in range(0, height, _STRIP):
                rows = min(_STRIP, height - top)
                values[:, top : top + rows] = raster.read(
                    list(bands),
                    window=Window(0, top * scale, raster.width, rows * scale),
                    out_shape=(len(bands), rows, width),
                    resampling=resampling,
                )
                progress.update(rows)
        nodata, made_up = raster.nodatavals[bands[0] - 1], is_synthetic(raster.tags())
    valid: NDArray[np.bool_] = (values != nodata).all(axis=0)
    return _Raster(size, values, valid, _inside(area, width, height) | valid, made_up)


def _inside(area: Area, width: int, height: int) -> NDArray[np.bool_]:
    """Where the area is, at (height, width) px; without its rim where pixels were merged.

    A merged pixel can have its centre inside while the pixel it was read from lies outside: along
    the rim that would look like missing data.
    """
    grid = area.grid
    if (height, width) == grid.shape:
        return area.mask(grid)
    size = grid.resolution * grid.width / width
    xmin, _, _, ymax = grid.bounds
    merged = Grid(grid.crs, (size, size), (xmin, ymax - size * height, xmin + size * width, ymax))
    framed = np.pad(area.mask(merged), 1, constant_values=True)
    neighbours = np.lib.stride_tricks.sliding_window_view(framed, (3, 3))
    inner: NDArray[np.bool_] = np.all(neighbours, axis=(2, 3))
    return inner


def _enlarge(values: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Nearest copy of (height, width, …) at `size` = (width, height)."""
    width, height = size
    rows = np.arange(height) * values.shape[0] // height
    cols = np.arange(width) * values.shape[1] // width
    enlarged: NDArray[Any] = values[rows[:, None], cols]
    return enlarged
