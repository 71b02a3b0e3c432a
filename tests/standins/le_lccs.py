"""A stand-in for le_lccs: it reads a configuration and writes level 3 and level 4, as le_lccs does.

Written from what is known of le_lccs, not from our tables. It knows no nodata: what a raster
declares is not looked at, and whatever is not 1 is "no". Level 3 is the published tree of 2019,
with 220 for water whose origin no layer tells; of level 4, life forms 1 and 2 have numbers. As a
program it is `le_lccs_odc.py CONFIG`.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import yaml
from affine import Affine
from numpy.typing import NDArray

COVERS = ((65, 10), (40, 12), (15, 13), (4, 15), (1, 16))
MONTHS = ((10, 1), (7, 7), (4, 8), (1, 9))
BARE = ((60, 15), (20, 12), (0, 10))

Layers = Mapping[str, NDArray[Any]]

_NEEDED = ("vegetat_veg_cat", "aquatic_wat_cat")


def read_layers(document: Mapping[str, Any], folder: Path) -> dict[str, NDArray[Any]]:
    """The layers of a configuration on its extent; a raster must lie on it to the pixel."""
    extent, (across, down) = document["extent"], document["resolution"]
    assert across > 0 > down
    width = (extent["max_x"] - extent["min_x"]) / across
    height = (extent["min_y"] - extent["max_y"]) / down
    transform = Affine(across, 0, extent["min_x"], 0, down, extent["max_y"])
    layers = {}
    for name, asked in (document["L3layers"] | document["L4layers"]).items():
        assert asked["ingest_class"] == "gridded_ingest.LEIngestGDAL"
        assert asked["resampling"] == "mode"
        with rasterio.open(folder / asked["input_file"]) as raster:
            assert (raster.height, raster.width) == (height, width), name
            assert raster.transform.almost_equals(transform), name
            assert raster.crs == rasterio.CRS.from_user_input(document["crs"]), name
            layers[name] = raster.read(1)
    return layers


def level3(layers: Layers) -> NDArray[np.uint8]:
    """The published tree; vegetation wins over water and over artificial surfaces."""
    for name in _NEEDED:
        if name not in layers:
            raise KeyError(f"{name} is needed")
    shape = layers["vegetat_veg_cat"].shape
    no = np.zeros(shape, np.uint8)
    vegetated, aquatic = (layers[name] == 1 for name in _NEEDED)
    cultivated, artificial = (
        layers.get(name, no) == 1 for name in ("cultman_agr_cat", "artific_urb_cat")
    )
    codes = np.zeros(shape, np.uint8)
    codes[vegetated & ~aquatic & cultivated] = 111
    codes[vegetated & ~aquatic & ~cultivated] = 112
    codes[vegetated & aquatic & cultivated] = 123
    codes[vegetated & aquatic & ~cultivated] = 124
    codes[~vegetated & ~aquatic & artificial] = 215
    codes[~vegetated & ~aquatic & ~artificial] = 216
    water = ~vegetated & aquatic
    codes[water] = 220
    if "artwatr_wat_cat" in layers:
        codes[water] = np.where(layers["artwatr_wat_cat"] == 1, 227, 228)[water]
    return codes


def classes(values: NDArray[Any], limits: tuple[tuple[int, int], ...]) -> NDArray[np.uint8]:
    """The class whose limit is the highest that a value reaches, 0 below all."""
    found = np.zeros(values.shape, np.uint8)
    for limit, code in reversed(limits):
        found[values >= limit] = code
    return found


def level4(level3: NDArray[np.uint8], layers: Layers) -> dict[str, NDArray[np.uint8]]:
    """The variables of level 4, `level4` the numbers of the scheme `au`; 0 where not known."""
    no = np.zeros(level3.shape, np.uint8)
    form = np.where(level3 < 200, layers.get("lifeform_veg_cat", no), 0)
    cover = np.where(level3 < 200, classes(layers.get("canopyco_veg_con", no), COVERS), 0)
    water, ground = level3 >= 220, level3 == 216
    state = np.where(water, layers.get("waterstt_wat_cat", no), 0)
    months = np.where(water, classes(layers.get("waterper_wat_cin", no), MONTHS), 0)
    bare = no
    if "baregrad_phy_con" in layers:
        bare = np.where(ground, classes(layers["baregrad_phy_con"], BARE), 0)
    codes = np.zeros(level3.shape, np.uint8)
    for code, first in ((111, 1), (112, 19), (123, 37), (124, 55)):
        codes[level3 == code] = first
        for number in (1, 2):
            codes[(level3 == code) & (form == number)] = first + number
        for step, (_, of_cover) in enumerate(COVERS):
            covered = (level3 == code) & (cover == of_cover)
            codes[covered] = first + 3 + step
            for number in (1, 2):
                seasonal = 63 + 15 * (number - 1) + 3 * step
                of_form = seasonal if code == 124 else first + 3 + 5 * number + step
                codes[covered & (form == number)] = of_form
    codes[level3 == 215] = 93
    for of_bare, number in ((0, 94), (10, 95), (12, 96), (15, 97)):
        codes[ground & (bare == of_bare)] = number
    codes[water] = 98
    codes[water & (state == 2)] = 105
    for of_months, number in ((0, 99), (1, 101), (7, 102), (8, 103), (9, 104)):
        codes[water & (state == 1) & (months == of_months)] = number
    return {
        "lifeform_veg_cat_l4a": form.astype(np.uint8),
        "canopyco_veg_cat_l4d": cover.astype(np.uint8),
        "waterstt_wat_cat_l4a": state.astype(np.uint8),
        "level4": codes,
    }


def write(target: Path, document: Mapping[str, Any], bands: Layers) -> None:
    """A GeoTIFF as le_lccs exports: LZW, no nodata, bands described by their variables."""
    extent, (across, down) = document["extent"], document["resolution"]
    first = next(iter(bands.values()))
    with rasterio.open(
        target,
        "w",
        driver="GTiff",
        height=first.shape[0],
        width=first.shape[1],
        count=len(bands),
        dtype="uint8",
        crs=document["crs"],
        transform=Affine(across, 0, extent["min_x"], 0, down, extent["max_y"]),
        compress="lzw",
    ) as raster:
        raster.descriptions = tuple(bands)
        for number, band in enumerate(bands.values(), start=1):
            raster.write(band, number)


def main(configuration: Path) -> None:
    """Write the outputs that a configuration asks for."""
    document, folder = yaml.safe_load(configuration.read_text()), configuration.parent
    layers = read_layers(document, folder)
    bands = {"level3": (found := level3(layers))} | level4(found, layers)
    for output in document["Outputs"].values():
        names = output.get("variable_names_list", list(bands))
        write(folder / output["output_file"], document, {name: bands[name] for name in names})


def install(program: Path) -> None:
    """Write a program that does what this module does."""
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {Path(__file__).resolve()} "$@"\n')
    program.chmod(0o755)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
