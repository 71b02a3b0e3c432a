"""The results of a period as one Zarr store with CF attributes, for xarray and the like."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import zarr
from numcodecs import Zlib
from pyproj import CRS
from tqdm import tqdm

from lccs_inputs.files import atomic_folder
from lccs_inputs.formats.rasters import Raster
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import open_on_grid, tiled

_CHUNK = 1024
"""Side of a chunk, px."""
_WINDOW = 2 * _CHUNK
_GRID_MAPPING = "spatial_ref"
_DIMENSIONS = "_ARRAY_DIMENSIONS"
"""How Zarr 2 names the dimensions of an array, as xarray has it."""
_TOLD = ("expression", "method", "editions", "comment")
_WORDS = {"<": "less_than ", ">": "more_than ", "%": " percent "}
"""In flag meanings, which are letters and digits alone."""


def write_cube(
    target: Path, title: str, days: tuple[str, str], grid: Grid, variables: Sequence[Raster]
) -> None:
    """Write rasters on one grid as a Zarr store: values as they are stored, chunks of 1024 px.

    The store is Zarr 2 and compressed by zlib, which every reader knows. Its attributes are those
    of CF 1.11: flag meanings for codes and bits, units, scale and fill for measures, the grid
    mapping.

    Args:
        days: the first and the last of the period, inclusive, UTC.

    Raises:
        SourceError: a raster cannot be opened or is not on the grid.
    """
    about = {
        "Conventions": "CF-1.11",
        "title": title,
        "time_coverage_start": days[0],
        "time_coverage_end": days[1],
        "license": "see ATTRIBUTION.txt",
    }
    with atomic_folder(target) as folder:
        root = zarr.create_group(store=str(folder), zarr_format=2, attributes=about)
        _write_coordinates(root, grid)
        for variable in tqdm(variables, desc="zarr", unit="raster", mininterval=1):
            _write(root, variable, grid)
        zarr.consolidate_metadata(str(folder), zarr_format=2)


def _write(root: zarr.Group, variable: Raster, grid: Grid) -> None:
    with open_on_grid(variable.path, grid) as raster:
        names = [variable.name]
        if raster.count > 1:
            names = [f"{variable.name}_{band}" for band in raster.descriptions]
        for index, name in enumerate(names, start=1):
            array = root.create_array(
                name,
                shape=grid.shape,
                chunks=(min(_CHUNK, grid.height), min(_CHUNK, grid.width)),
                dtype=raster.dtypes[index - 1],
                fill_value=raster.nodatavals[index - 1],
                compressors=Zlib(level=5),
                attributes={_DIMENSIONS: ["y", "x"], **_attributes(variable, raster, index)},
            )
            for window in tiled(grid.shape, _WINDOW):
                array[window.toslices()] = raster.read(index, window=window)


def _attributes(variable: Raster, raster: rasterio.DatasetReader, band: int) -> dict[str, Any]:
    tags, scale = raster.tags(), float(raster.scales[band - 1])
    title = variable.title
    if raster.count > 1:
        title = f"{title}: {raster.descriptions[band - 1]}"
    said: dict[str, Any] = {"long_name": title, "grid_mapping": _GRID_MAPPING}
    said["coordinates"] = _GRID_MAPPING  # so that xarray has it among these, and rioxarray the CRS
    said |= {name: tags[name] for name in _TOLD if name in tags}
    if "SOURCE" in tags:
        said["source"] = tags["SOURCE"]
    bits = {int(name[4:]): text for name, text in tags.items() if name.startswith("bit_")}
    if variable.codes:
        said["flag_values"] = [*variable.codes]
        said["flag_meanings"] = _meanings(entry.name for entry in variable.codes.values())
    elif bits:
        said["flag_masks"] = [1 << bit for bit in bits]
        said["flag_meanings"] = _meanings(bits.values())
    elif "comment" not in tags:
        said["units"] = tags.get("units", "1")
    return said | ({"scale_factor": scale} if scale != 1 else {})


def _write_coordinates(root: zarr.Group, grid: Grid) -> None:
    left, _, _, top = grid.bounds
    wide, high = grid.pixel
    centres = {
        "x": left + wide * (np.arange(grid.width) + 0.5),
        "y": top - high * (np.arange(grid.height) + 0.5),
    }
    for axis, values in centres.items():
        attributes: dict[str, Any] = {
            _DIMENSIONS: [axis],
            "standard_name": f"projection_{axis}_coordinate",
            "axis": axis.upper(),
            "units": "m",
        }
        root.create_array(
            axis, data=values, chunks=values.shape, fill_value=None, attributes=attributes
        )
    crs = CRS.from_user_input(grid.crs).to_cf()
    placed = " ".join(repr(float(value)) for value in grid.transform.to_gdal())
    about = {_DIMENSIONS: [], **crs, "GeoTransform": placed}
    zero = np.array(0, np.int32)
    root.create_array(_GRID_MAPPING, data=zero, fill_value=None, attributes=about)


def _meanings(names: Iterable[str]) -> str:
    """Names as CF wants them: a word each, between blanks."""
    spelt = ("".join(_WORDS.get(letter, letter) for letter in name) for name in names)
    return " ".join(re.sub(r"[^\w.+-]+", "_", name).strip("_") for name in spelt)
