"""Small pictures in true colours of what is around points, for who has to say what they are."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import rasterio
from PIL import Image, ImageDraw
from rasterio.windows import Window

from lccs_inputs.facts.sensors import TRUE_COLOUR
from lccs_inputs.files import atomic_path

_REACH = 32  # px of the map to each side
_ZOOM = 6
_STRETCH = (2, 98)  # percentiles drawn as black and as full colour
_GAMMA = 1 / 1.4  # as of all pictures in true colours
_MARK = "#ffef00"


def draw_chips(mosaic: Path, places: Sequence[tuple[int, int]], folder: Path) -> list[Path]:
    """Draw the surroundings of pixels, 65 px wide, a frame around the pixel itself.

    What has no data is white.

    Args:
        mosaic: of a scene set, its bands described as red, green and blue.
        places: row and column of each pixel.

    Returns:
        the pictures, named after the number of the pixel, from 1.
    """
    pictures = []
    with rasterio.open(mosaic) as raster:
        bands = [raster.descriptions.index(name) + 1 for name in TRUE_COLOUR]
        for number, (row, col) in enumerate(places, start=1):
            side = 2 * _REACH + 1
            window = Window(col - _REACH, row - _REACH, side, side)
            values = raster.read(bands, window=window, boundless=True, masked=True).astype(float)
            path = folder / f"{number:04d}.png"
            with atomic_path(path) as temporary:
                _chip(values).save(temporary)
            pictures.append(path)
    return pictures


def _chip(values: "np.ma.MaskedArray[tuple[int, ...], np.dtype[np.float64]]") -> Image.Image:
    known = values.compressed()
    low, high = np.percentile(known, _STRETCH) if known.size else (0.0, 1.0)
    shades = np.clip((values.filled(low) - low) / max(high - low, 1e-9), 0, 1) ** _GAMMA
    pixels = np.rint(255 * np.moveaxis(shades, 0, -1)).astype(np.uint8)
    pixels[np.ma.getmaskarray(values).any(axis=0)] = 255
    side = pixels.shape[0] * _ZOOM
    chip = Image.fromarray(pixels).resize((side, side), Image.Resampling.NEAREST)
    corner = _REACH * _ZOOM
    frame = (corner - 1, corner - 1, corner + _ZOOM, corner + _ZOOM)
    ImageDraw.Draw(chip).rectangle(frame, outline=_MARK)
    return chip
