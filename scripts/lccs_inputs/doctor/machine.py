"""The machine that a run is on: versions, and room on its disks."""

import os
import platform
import shutil
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path

import rasterio

from lccs_inputs.errors import InputError
from lccs_inputs.version import __version__

_PACKAGES = ("snakemake", "rasterio", "earthengine-api", "pystac-client", "requests")
_LEAST = 5e9  # bytes; a small area of one season takes a few


def versions() -> Mapping[str, str]:
    """Of this software, what it runs on, and what it is made of."""
    return {
        "lccs-inputs": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "gdal": rasterio.__gdal_version__,
        **{name: version(name) for name in _PACKAGES},
    }


def room(folders: Iterable[Path]) -> str:
    """How much is free where results and caches go, in words.

    Raises:
        InputError: it is little, or a folder is none, or cannot be written to.
    """
    said = []
    for folder in dict.fromkeys(map(_existing, folders)):
        if not folder.is_dir():
            raise InputError(
                f"{folder} is a file, where a folder of the config is to be; rename it"
            )
        if not os.access(folder, os.W_OK):
            raise InputError(f"{folder} cannot be written to; choose another folder, or its rights")
        free = shutil.disk_usage(folder).free
        if free < _LEAST:
            raise InputError(
                f"{free / 1e9:.1f} GB are free in {folder}; make room for 5 GB or more"
            )
        said.append(f"{free / 1e9:,.0f} GB free in {folder}")
    return ", ".join(said)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    folder = folder.absolute()
    return next(each for each in (folder, *folder.parents) if each.exists())
