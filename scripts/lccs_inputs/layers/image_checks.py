"""Data checks of continuous images: grid, storage, range, and how much is known."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import rasterio

from lccs_inputs.facts.images import Image
from lccs_inputs.layers.checks import VARIES, CheckSettings, check_form, check_valid_share
from lccs_inputs.layers.reports import Check, check_of, report, unreadable
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.reading import area_windows, gdal_env, is_on_grid, read_masked


@dataclass(frozen=True)
class ImageContents:
    """What an image holds within the area, over all its bands.

    Attributes:
        pixels: of the area.
        valid_share: of them, with data.
        minimum, maximum: in units, of true colours as stored; None where there is no data.
        clipped: values that its type could not hold.
    """

    pixels: int
    valid_share: float
    minimum: float | None
    maximum: float | None
    clipped: int


def run_image_checks(
    images: Mapping[str, Path],
    described: Sequence[Image],
    area: Area,
    settings: CheckSettings,
    json_out: Path,
    table_out: Path,
) -> None:
    """Check every image and write the outcome, whatever it is, as `checks.run_checks` does.

    The JSON holds `checks`, and `images`: the `ImageContents` of each.

    Args:
        images: name → its raster.
        described: how each is stored and drawn.
    """
    checks: list[Check] = []
    contents: dict[str, Any] = {}
    with gdal_env():
        for image in described:
            outcome, found = _check_image(image, images[image.name], area, settings)
            checks.extend(outcome)
            if found is not None:
                contents[image.name] = asdict(found)
    report(checks, {"images": contents}, json_out, table_out)


def _check_image(
    image: Image, path: Path, area: Area, settings: CheckSettings
) -> tuple[list[Check], ImageContents | None]:
    try:
        with rasterio.open(path) as raster:
            checks = check_form(image.name, raster, area, settings, image.dtype, image.nodata)
            if not is_on_grid(raster, area.grid):
                return checks, None
            contents = _read_contents(raster, area, image.name)
    except rasterio.errors.RasterioIOError as error:
        return [unreadable(image.name, error)], None
    return checks + _check_contents(image, contents, settings), contents


def _read_contents(raster: rasterio.DatasetReader, area: Area, name: str) -> ImageContents:
    pixels = known = 0
    extremes: list[float] = []
    for window, inside in area_windows(area, f"check {name}"):
        pixels += int(inside.sum())
        valid = inside
        for band in raster.indexes:
            values, has_data = read_masked(raster, band, window)
            valid = valid & has_data
            if valid.any():
                found = values[valid]
                extremes += [float(found.min()), float(found.max())]
        known += int(valid.sum())
    steps = round(1 / raster.scales[0])
    return ImageContents(
        pixels,
        round(known / pixels, 6) if pixels else 0.0,
        min(extremes) / steps if extremes else None,
        max(extremes) / steps if extremes else None,
        int(raster.tags().get("clipped", 0)),
    )


def _check_contents(image: Image, contents: ImageContents, settings: CheckSettings) -> list[Check]:
    """What the pixels within the area say."""
    low, high = contents.minimum, contents.maximum
    span = "no data" if low is None or high is None else f"{low:g} to {high:g}"
    drawn = (1, 255) if image.is_true_colour else image.limits
    known = low is not None and high is not None
    return [
        check_of(
            image.name,
            "range",
            settings.range,
            passed=low is None or high is None or (low <= drawn[1] and high >= drawn[0]),
            found=span,
            expected=f"some between {drawn[0]:g} and {drawn[1]:g}",
        ),
        check_of(
            image.name,
            "constant",
            settings.constant,
            passed=not known or low != high,
            found=span,
            expected=VARIES,
        ),
        check_valid_share(image.name, contents.valid_share, settings.valid_share),
    ]
