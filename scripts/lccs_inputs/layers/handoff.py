"""The layers as le_lccs takes them: files without nodata, what it is to do, and what to trust.

le_lccs knows no nodata. What is not known is 0 in its files, "no" or "does not apply": any other
number would be read as a code, an unknown canopy of 255 % as a closed one. So le_lccs gives every
pixel a class, unknown ground 216, and the mask says where that class rests on what is known.
"""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from tqdm import tqdm

from lccs_inputs.facts.lccs import (
    ARTIFICIAL_WATER,
    LEVEL3_INPUTS,
    Codes,
    classify_level3,
    known_codes,
    level3_decided,
)
from lccs_inputs.files import write_text
from lccs_inputs.layers.layer_set import LayerSet
from lccs_inputs.layers.level4 import Kinds
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.reading import WINDOW, tiled
from lccs_inputs.rasters.writing import create_raster

_LEVEL3_LAYERS = (*LEVEL3_INPUTS, ARTIFICIAL_WATER)
_WATER = 220  # of unknown origin

_HEAD = "# For le_lccs: run le_lccs_odc.py le_lccs.yaml in this folder.\n"

_README = """\
Layers of {area}, {period}, as le_lccs reads them; le_lccs.yaml says what it is to do with them.
Run le_lccs_odc.py le_lccs.yaml in this folder: it writes level3.tif and level4.tif here.
le_lccs knows no nodata: the layers are uint8 without any, 0 where a layer is not known.
So it gives every pixel a class, unknown ground and what is outside the area 216.
Of its maps keep level 3 where valid_mask.tif is 1 or 2, level 4 where it is 2, nothing else.
Layers with their nodata are in ../layers; ../stack/validity.tif says where each is known.
"""


@dataclass(frozen=True)
class HandOff:
    """A folder for le_lccs.

    Attributes:
        area, period: their names.
        when: the last day of the period.
        layers: names of the layers that are in it.
    """

    area: str
    period: str
    when: date
    layers: tuple[str, ...]

    def configuration(self, grid: Grid) -> str:
        """What le_lccs reads; files are beside it, so that it says the same on every machine.

        `processing_datetime` is the last day of the period too: results do not tell when they
        were made.
        """
        about = {
            "classification_scheme": "au",
            "processing_datetime": self.when,
            "producer": "lccs-inputs",
            "product_family": "lc",
            "dataset_version": "1.0.0",
            "collection_number": 1,
            "platform": "unknown",
            "instrument": "unknown",
            "product_name": f"lccs_inputs_{self.area}_{self.period}",
            "region_code": self.area,
            "region_specific_lccs_code": "global",
        }
        left, bottom, right, top = map(_plain, grid.bounds)
        side = _plain(grid.resolution)
        place = {
            "extent": {"min_x": left, "max_x": right, "min_y": bottom, "max_y": top},
            "resolution": [side, -side],
            "crs": grid.crs,
            "classification_time": self.when.replace(),  # of one object YAML would make an alias
        }
        first = [name for name in _LEVEL3_LAYERS if name in self.layers]
        further = [name for name in self.layers if name not in first]
        work = {
            "Outputs": {
                "level3_data": _output("level3.tif", {"variable_names_list": ["level3"]}),
                "level4_data": _output(
                    "level4.tif",
                    {"exclude_variable_names_list": ["Red", "Green", "Blue", "Alpha"]},
                ),
            },
            "L3layers": _inputs(first),
            "L4layers": _inputs(further),
        }
        document = about | place | work
        return _HEAD + yaml.safe_dump(document, sort_keys=False, default_flow_style=None, width=200)

    def write_texts(self, grid: Grid, configuration: Path, readme: Path) -> None:
        """Write what le_lccs reads, and what a person reads."""
        write_text(configuration, self.configuration(grid))
        write_text(readme, _README.format(area=self.area, period=self.period))


def _output(file: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    return {"export_class": "gridded_export.LEExportGDAL", "output_file": file, **variables}


def _inputs(layers: Iterable[str]) -> dict[str, Any]:
    # On one grid nothing is resampled; `mode` is the one way that le_lccs is known to take.
    ingest = {"ingest_class": "gridded_ingest.LEIngestGDAL"}
    return {name: ingest | {"input_file": f"{name}.tif", "resampling": "mode"} for name in layers}


def _plain(number: float) -> float | int:
    return int(number) if float(number).is_integer() else float(number)


def write_rasters(layers: Mapping[str, Path], grid: Grid, folder: Path, mask: Path) -> None:
    """Write each layer as `{layer}.tif` in a folder, 0 for nodata, and where to rely on them.

    uint8, no nodata declared, LZW, which every GDAL reads. The mask is `trust` of each pixel.

    Args:
        layers: le_lccs name → uint8 raster, nodata 255; the four of level 3 among them.

    Raises:
        SourceError: a layer cannot be read or is not exactly on the grid.
        InputError: a file could not be written whole.
    """
    with ExitStack() as stack:
        layer_set = stack.enter_context(LayerSet(layers, grid))
        tags = layer_set.inherited_tags
        copies = {
            to.stem: stack.enter_context(
                create_raster(to, grid, [to.stem], "uint8", None, tags=tags, lzw=True)
            )
            for to in [*(folder / f"{name}.tif" for name in layers), mask]
        }
        kinds = Kinds(layers)
        windows = [*tiled(grid.shape, WINDOW)]  # whole tiles: each is written once
        for window in tqdm(windows, desc="le_lccs", unit="window", mininterval=1):
            shape = (window.height, window.width)
            parts = {name: np.empty(shape, np.uint8) for name in copies}
            for strip, read in layer_set.strips(layers, window):
                for name, (codes, known) in read.items():
                    parts[name][strip] = codes * known
                parts[mask.stem][strip] = trust(read, kinds)
            for name, part in parts.items():
                copies[name].write(part, 1, window=window)


def trust(layers: Mapping[str, Codes], kinds: Kinds) -> NDArray[np.uint8]:
    """How far what le_lccs makes of 0 for nodata rests on what is known.

    0: not at all. 1: level 3 does. 2: level 4 too, of which no layer that describes it is nodata.
    Level 3 does not where water is of unknown origin and a layer tells the origin of other water:
    le_lccs, which would say 220 without the layer, takes it for natural.

    Args:
        layers: what is handed over, by name.
        kinds: of these layers.
    """
    decided: NDArray[np.bool_] = level3_decided(layers)
    level3 = known_codes(classify_level3(layers), decided)
    if ARTIFICIAL_WATER in layers:
        decided &= (level3 != _WATER) | layers[ARTIFICIAL_WATER][1]
    numbers = kinds.numbers(level3, layers)
    return decided.astype(np.uint8) + (decided & kinds.known(numbers))
