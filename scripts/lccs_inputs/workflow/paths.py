"""Where every file of a run is: one pattern each, for the rules and for the plan.

`<results>` is Snakemake's path variable, names in braces are wildcards. Snakemake puts the folder
(and the prefix of a module) in the place of `<results>` in what input functions return, but not in
`params`: no request holds a path of a run.
"""

import string
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lccs_inputs.checksums import FOLDER as CHECKSUMS
from lccs_inputs.sidecars import ENDING as SIDECAR

_AREA = "<results>/{area}"
_SOURCE = f"{_AREA}/sources/{{source}}/{{edition}}"
_PERIOD = f"{_AREA}/periods/{{period}}"

OUTLINE = f"{_AREA}/area.geojson"
GRID = f"{_AREA}/grid.json"

SAMPLE_CATALOGUE = "<results>/sample_data/catalog.json"
SAMPLE_PRODUCT = "<results>/sample_data/products/{name}"
SAMPLE_REFERENCE = "<results>/sample_data/reference.csv"
SAMPLE_TRUTH = "<results>/sample_data/truth/{name}.tif"

FOUND = f"{_SOURCE}/items.json"
SCENES = f"{_SOURCE}/scenes.json"
UNREADABLE = f"{_SOURCE}/unreadable.json"
BLOCK = f"{_SOURCE}/blocks/{{block}}.tif"
MOSAIC = f"{_SOURCE}/mosaic.vrt"

CLMS_REQUEST = f"{_SOURCE}/request.json"
CLMS_DELIVERY = f"{_SOURCE}/delivery.zip"
IMAGE_SERVICE = f"{_SOURCE}/image_service.tif"
EARTH_ENGINE = f"{_SOURCE}/earthengine.tif"
DATA_SPACE = f"{_SOURCE}/data_space.zip"
ALIGNED = f"{_SOURCE}/aligned.tif"

STATISTIC = f"{_PERIOD}/statistics/{{statistic}}.json"
LAYER = f"{_PERIOD}/layers/{{layer}}.tif"
LAYER_NOTE = f"{_PERIOD}/prepared/{{layer}}.json"
LAYER_NEAREST = f"{_PERIOD}/prepared/{{layer}}.ovr"
METHOD_MAP = f"{_PERIOD}/methods/{{layer}}.tif"
CONFIDENCE = f"{_PERIOD}/confidence/{{layer}}.tif"
CONFIDENCE_LEVEL3 = f"{_PERIOD}/confidence/level3.tif"
CALIBRATION = f"{_PERIOD}/confidence/calibration.json"
IMAGE = f"{_PERIOD}/images/{{image}}.tif"
CHECKS = f"{_PERIOD}/checks/checks.json"
CHECKS_TABLE = f"{_PERIOD}/checks/checks.txt"
CHECKS_PASSED = f"{_PERIOD}/checks/passed"
COHERENCE = f"{_PERIOD}/checks/coherence.tif"
STACK = f"{_PERIOD}/stack/lccs_inputs.tif"
VALIDITY = f"{_PERIOD}/stack/validity.tif"
LEVEL3 = f"{_PERIOD}/stack/level3.tif"
LE_LCCS_LAYER = f"{_PERIOD}/le_lccs/{{layer}}.tif"
LE_LCCS_MASK = f"{_PERIOD}/le_lccs/valid_mask.tif"
LE_LCCS_CONFIG = f"{_PERIOD}/le_lccs/le_lccs.yaml"
LE_LCCS_README = f"{_PERIOD}/le_lccs/README.txt"
LE_LCCS_LEVEL3 = f"{_PERIOD}/le_lccs/level3.tif"
LE_LCCS_LEVEL4 = f"{_PERIOD}/le_lccs/level4.tif"
LE_LCCS_DIFFERENCES = f"{_PERIOD}/le_lccs/differences.json"
LE_LCCS_DIFFERENCES_TABLE = f"{_PERIOD}/le_lccs/differences.txt"
LEVEL4 = f"{_PERIOD}/stack/level4.tif"
LEVEL4_CODES = f"{_PERIOD}/stack/level4_codes.tif"
LEVEL4_TABLE = f"{_PERIOD}/stack/level4.csv"
LEGEND_MAP = f"{_PERIOD}/legends/{{legend}}.tif"
LEGEND_TABLE = f"{_PERIOD}/legends/{{legend}}.csv"
ITEM = f"{_PERIOD}/item.json"
PROVENANCE = f"{_PERIOD}/provenance.json"
CRATE = f"{_PERIOD}/ro-crate-metadata.json"
ATTRIBUTION = f"{_PERIOD}/ATTRIBUTION.txt"
METHODS = f"{_PERIOD}/METHODS.md"
BIBLIOGRAPHY = f"{_PERIOD}/data.bib"
PROJECT = f"{_PERIOD}/lccs.qgz"
CUBE = f"{_PERIOD}/lccs.zarr"
REPORT = f"{_PERIOD}/report.html"
_ACCURACY = f"{_PERIOD}/accuracy"
ACCURACY = f"{_ACCURACY}/accuracy.json"
ACCURACY_OVERALL = f"{_ACCURACY}/overall.csv"
ACCURACY_CLASSES = f"{_ACCURACY}/classes.csv"
ACCURACY_MATRIX = f"{_ACCURACY}/matrix.csv"
ACCURACY_ERRORS = f"{_ACCURACY}/errors.csv"
ACCURACY_REASONS = f"{_ACCURACY}/errors.json"
ACCURACY_RIGHT = f"{_ACCURACY}/right.csv"
ACCURACY_RIGHT_REASONS = f"{_ACCURACY}/right.json"
REFERENCE_CHECK = f"{_ACCURACY}/reference.json"
REFERENCE_PASSED = "<results>/reference_passed"
REFERENCE_POINTS = f"{_ACCURACY}/points.gpkg"
ACCURACY_PICTURE = f"{_ACCURACY}/accuracy.png"
ERROR_MAP = f"{_ACCURACY}/errors.png"
IMAGE_CHECKS = f"{_PERIOD}/checks/images.json"
IMAGE_CHECKS_TABLE = f"{_PERIOD}/checks/images.txt"
IMAGE_CHECKS_PASSED = f"{_PERIOD}/checks/images_passed"
PICTURE = f"{_PERIOD}/pictures/{{picture}}.png"
IMAGE_PICTURE = f"{_PERIOD}/pictures/images/{{image}}.png"
_CHANGE = f"{_AREA}/change/{{earlier}}/{{later}}"
CHANGE = f"{_CHANGE}/change.json"
CHANGE_LAYERS = f"{_CHANGE}/layers.csv"
CHANGE_MATRIX = f"{_CHANGE}/level3.csv"
CHANGE_MAP = f"{_CHANGE}/level3.tif"
CHANGE_PICTURE = f"{_CHANGE}/level3.png"

SAMPLE_FOLDER = "results/sample_data/"
"""How a config names the folder of the embedded sample, wherever the results of a run are."""


def sidecar(raster: str) -> str:
    """Where GDAL looks for what a raster itself cannot hold, the names of its codes."""
    return f"{raster}{SIDECAR}"


def with_names(*rasters: str) -> list[str]:
    """Rasters of codes, each with its `sidecar`."""
    return [file for raster in rasters for file in (raster, sidecar(raster))]


def style_file(raster: str) -> str:
    """Where QGIS looks for how a raster is drawn."""
    return f"{raster.removesuffix('.tif')}.qml"


def picture(name: str) -> str:
    return PICTURE.replace("{picture}", name)


def image_picture(name: str) -> str:
    return IMAGE_PICTURE.replace("{image}", name)


def le_lccs_layer(name: str) -> str:
    return LE_LCCS_LAYER.replace("{layer}", name)


def asset_outline(cache: str, name: str) -> str:
    """The outline of a table asset of Earth Engine, in the cache that clones share."""
    return f"{Path(cache)}/tables/{name}.geojson"


def log(rule: str, output: str) -> str:
    """The log of a job, named after what tells its output from those of the rule's other jobs."""
    return f"<results>/logs/{rule}/{_job(output)}.log"


def benchmark(rule: str, output: str) -> str:
    return f"<results>/benchmarks/{rule}/{_job(output)}.tsv"


def traffic(rule: str, output: str) -> str:
    """What a job asked over the network: beside the time it took."""
    return f"<results>/benchmarks/{rule}/{_job(output)}.json"


def sums(rule: str, output: str) -> str:
    """The checksums of what a job wrote."""
    return f"<results>/{CHECKSUMS}/{rule}/{_job(output)}.json"


def _job(output: str) -> str:
    names = [name for _, name, _, _ in string.Formatter().parse(output) if name]
    return ".".join(f"{{{name}}}" for name in names) or "all"


@dataclass(frozen=True)
class Folders:
    """Where a run keeps its results, and how the paths of a config are to be read.

    Attributes:
        results: what `<results>` stands for.
        prefix: what Snakemake puts before the relative paths of a module; "" for none.
        own: marks a path of the user's own, which gets no prefix; for the rules.
    """

    results: str = "results"
    prefix: str = ""
    own: Callable[[str], str] = str

    def here(self, pattern: str) -> Path:
        """A file of the run as the file system has it."""
        return Path(self.prefix, pattern.replace("<results>", self.results))

    def given(self, path: str) -> str:
        """A path of the config as an input of a rule.

        The sample is one of our results; what is the user's own, or made by a rule of an importer,
        is marked so.
        """
        if path.startswith(SAMPLE_FOLDER):
            return f"<results>/sample_data/{path.removeprefix(SAMPLE_FOLDER)}"
        return self.own(path)
