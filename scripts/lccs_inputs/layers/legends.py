"""The map in a legend of others that level 4 leads to, and the hectares of its classes."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray

from lccs_inputs.facts.legend import IN_NO_CLASS, NO_CLASS, UNDECIDED, Legend, class_of
from lccs_inputs.facts.level4 import Level4
from lccs_inputs.files import fingerprint, write_text
from lccs_inputs.layers.level4 import UNDECIDED as NO_CODE
from lccs_inputs.layers.tables import amounts, csv_text
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.reading import area_windows, gdal_env, open_on_grid
from lccs_inputs.rasters.true_area import hectares_within
from lccs_inputs.rasters.writing import create_map

_COLUMNS = ("code", "name", "pixels", "hectares", "note")
_NOT_KNOWN = "not known"
_INHERITED = {"SOURCE", "layers", "editions"}


def translate(
    codes: Path, legend: Legend, made: Collection[str], area: Area, target: Path, table: Path
) -> None:
    """Write the map of level 4 in another legend, and the hectares of its classes on the ground.

    Args:
        codes: of level 4 (`Level4.code`), nodata 0.
        made: layers that level 4 was made of.
        target: becomes the map, uint8, 0 in no class of the legend, nodata 255, with colours and
            names; 255 too where what is not known could make it one class or another.
        table: becomes a row for each class of the legend, CSV: pixels and hectares, which are left
            empty where no pixel could be of it, with the reason; then what is in none, or unknown.

    Raises:
        SourceError: the codes cannot be opened or are not on the grid of the area.
        InputError: a file could not be written whole.
    """
    grid, rows = area.grid, legend.parsed
    known = {NO_CODE: UNDECIDED}
    pixels, hectares = np.zeros(256, np.int64), np.zeros(256)
    with (
        gdal_env(),
        open_on_grid(codes, grid) as coded,
        create_map(target, grid, legend.name, legend.map.codes, _tags(legend, coded)) as raster,
    ):  # fmt: skip
        for window, inside in area_windows(area, legend.name):
            here = coded.read(1, window=window)
            met = np.unique(here)
            for code in set(met.tolist()) - known.keys():
                known[code] = class_of(Level4.of_code(code), rows)
            classes = np.array([known[code] for code in met.tolist()], np.uint8)
            translated = np.take(classes, np.searchsorted(met, here))
            ground = hectares_within(grid, window)[inside]
            pixels += np.bincount(translated[inside], minlength=256)
            hectares += np.bincount(translated[inside], ground, minlength=256)
            raster.write(translated, 1, window=window)
    write_text(table, csv_text(_COLUMNS, _rows(legend, made, pixels, hectares)))


def _tags(legend: Legend, coded: rasterio.DatasetReader) -> dict[str, str]:
    said = coded.tags()
    own = {"title": legend.title, "units": "1", "legend": legend.source}
    own["fingerprint"] = fingerprint([said.get("fingerprint", ""), legend.to_dict()])
    return {key: said[key] for key in sorted(_INHERITED & said.keys())} | own


def _rows(
    legend: Legend, made: Collection[str], pixels: NDArray[Any], hectares: NDArray[Any]
) -> Iterator[tuple[Any, ...]]:
    for code, entry in sorted(legend.classes.items()):
        can_be, note = legend.reached(code, made)
        amount = amounts(int(pixels[code]), float(hectares[code])) if can_be else ("", "")
        yield (code, entry.name, *amount, note)
    for code, name in ((NO_CLASS, IN_NO_CLASS), (UNDECIDED, _NOT_KNOWN)):
        if pixels[code]:
            yield (code, name, *amounts(int(pixels[code]), float(hectares[code])), "")
