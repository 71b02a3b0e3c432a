"""Choosing, naming and adding bands, and images made of nothing but numbers."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
from pyproj import Transformer

from standins.earthengine.elements import Date, EarthEngineError, Image, overlap
from standins.earthengine.pixels import COMPOSITE, Band, Pixels, Target
from standins.earthengine.registry import as_image, constant, function, milliseconds


@function("Image.select")
def select(image: Image, selectors: list[Any], names: list[str] | None = None) -> Image:
    """Bands by name, regular expression or number, perhaps renamed."""
    bands: list[Band] = []
    for selector in selectors:
        bands += _matching(image, selector)
    if names is not None:
        if len(names) != len(bands):
            raise EarthEngineError(
                f"Image.select: {len(names)} new names for {len(bands)} selected bands."
            )
        bands = [band.named(name) for band, name in zip(bands, names, strict=True)]
    return image.with_bands(bands)


def _matching(image: Image, selector: Any) -> list[Band]:
    if isinstance(selector, int | float):
        if not 0 <= selector < len(image.bands):
            raise EarthEngineError(f"Image.select: there is no band number {selector}.")
        return [image.bands[int(selector)]]
    found = [band for band in image.bands if band.name == selector]
    found = found or [band for band in image.bands if re.fullmatch(selector, band.name)]
    if not found:
        raise EarthEngineError(
            f"Image.select: Band pattern '{selector}' did not match any bands. Available bands: "
            f"[{', '.join(image.names())}]"
        )
    return found


@function("Image.rename")
def _rename(image: Image, names: list[str]) -> Image:
    if len(names) != len(image.bands):
        raise EarthEngineError(
            f"Image.rename: there are {len(image.bands)} bands and {len(names)} names."
        )
    if len(set(names)) != len(names):
        raise EarthEngineError("Image.rename: the names are not unique.")
    bands = zip(image.bands, names, strict=True)
    return image.with_bands([band.named(name) for band, name in bands])


@function("Image.regexpRename")
def _regexp_rename(image: Image, pattern: str, by: str, everywhere: bool) -> Image:
    count = 0 if everywhere else 1
    return _rename(image, [re.sub(pattern, by, name, count=count) for name in image.names()])


@function("Image.addBands")
def add_bands(image: Image, other: Image, names: list[str] | None, overwrite: bool) -> Image:
    """All bands of both; a name that is taken gets `_1`, or replaces it."""
    added = select(other, names).bands if names else other.bands
    bands = list(image.bands)
    for band in added:
        taken = [each.name for each in bands]
        if band.name in taken and overwrite:
            bands[taken.index(band.name)] = band
            continue
        name, number = band.name, 1
        while name in taken:
            name, number = f"{band.name}_{number}", number + 1
        bands.append(band.named(name))
    return replace(image.with_bands(bands), geometry=overlap(image, other))


@function("Image.cat")
def _cat(*images: Any) -> Image:
    flat = [as_image(each) for each in (images[0] if isinstance(images[0], list) else images)]
    result = flat[0]
    for image in flat[1:]:
        result = add_bands(result, image, None, False)
    return result


@function("Image.bandNames")
def _band_names(image: Image) -> list[str]:
    return image.names()


@function("Image.slice")
def _slice(image: Image, start: int, end: int | None) -> Image:
    return image.with_bands(image.bands[start:end])


@function("Image.constant")
def _constant(value: Any) -> Image:
    if isinstance(value, dict):
        return as_image(list(value.values())).with_bands(
            [b.named(n) for b, n in zip(as_image(list(value.values())).bands, value, strict=True)]
        )
    return as_image(value)


@function("Image.metadata")
def _metadata(image: Image, name: str, new: str | None) -> Image:
    value = image.properties.get(name)
    band = constant([milliseconds(value) if isinstance(value, Date) else value]).bands[0]
    return image.computed([band.named(new or name)])


@function("Image.pixelLonLat")
def _pixel_lonlat() -> Image:
    def band(name: str, axis: int) -> Band:
        def pull(target: Target) -> Pixels:
            transformer = Transformer.from_crs(target.crs, "EPSG:4326", always_xy=True)
            degrees = np.asarray(transformer.transform(*target.centres())[axis])
            return Pixels(degrees, np.ones(target.shape, bool))

        return Band(name, np.dtype(np.float64), COMPOSITE, pull)

    return Image((band("longitude", 0), band("latitude", 1)))
