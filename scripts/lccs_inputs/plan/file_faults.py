"""Why a file or a folder that the config names cannot be what it is said to be."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from lccs_inputs.errors import InputError
from lccs_inputs.facts.catalogues import PARQUET_ENDINGS
from lccs_inputs.rasters.given import visible_files
from lccs_inputs.sharing import require_place, usable

_DELIVERIES = (".tif", ".tiff", ".zip")


def faults_of_folder(folder: Path, key: str) -> Iterator[str]:
    """That a folder, which `key` names, can be none or may not be written in."""
    try:
        with usable(folder, key):
            require_place(folder)
    except InputError as error:
        yield str(error)


def fault_of_catalogue(path: Path) -> str:
    """Why a file is neither a STAC catalogue nor a saved search, as far as a look tells; "" if it
    may be one."""
    if not path.is_file():
        return f"does not exist{from_here(path)}; give the path of a catalogue's .json, or a name"
    if path.suffix in PARQUET_ENDINGS:
        return ""
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        return f"cannot be read as a STAC catalogue ({error})"
    if not isinstance(document, dict) or not {"links", "features"} & document.keys():
        return "is not a STAC catalogue: it has no links, and no features as a saved search has"
    return ""


def fault_of_product(path: Path) -> str:
    """Why a path is no delivery of a product, as far as its name tells; "" if it may be one."""
    if not path.exists():
        return f"does not exist{from_here(path)}; give the path of a GeoTIFF, a folder or a zip"
    if not os.access(path, os.R_OK):
        return "cannot be read; make it readable"
    if not path.is_dir():
        fits = path.suffix.lower() in _DELIVERIES
        return "" if fits else "is neither a GeoTIFF, nor a folder, nor a zip"
    try:
        fits = any(file.suffix.lower() in _DELIVERIES for file in visible_files(path))
    except OSError as error:
        return f"cannot be listed ({error}); make it readable"
    return "" if fits else "is a folder without a GeoTIFF or a zip"


def from_here(path: Path) -> str:
    """Where a relative path was looked for, behind a sentence on it."""
    return "" if path.is_absolute() else f" in {Path.cwd()}"
