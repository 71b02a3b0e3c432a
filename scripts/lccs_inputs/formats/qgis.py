"""The results of a period for QGIS: styles beside the rasters, and a project of them all."""

from collections.abc import Mapping
from pathlib import Path

from lccs_inputs.confidence.score import score_image
from lccs_inputs.facts.au import MAP as LEVEL4
from lccs_inputs.facts.coherence import MAP as COHERENCE
from lccs_inputs.facts.images import Image
from lccs_inputs.facts.lccs import LEVEL3, LEVEL3_MAP
from lccs_inputs.facts.legend import Legend
from lccs_inputs.facts.sensors import TRUE_COLOUR
from lccs_inputs.formats.project import Layer, write_project
from lccs_inputs.formats.rasters import Rasters
from lccs_inputs.formats.styles import (
    Classes,
    TrueColours,
    image_style,
    layer_style,
    write_style,
)
from lccs_inputs.imagery.mosaics import read_summary
from lccs_inputs.layers.methods import method_legend
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.workflow.paths import style_file
from lccs_inputs.workflow.requests.formats import FormatRequest


def write_qgis(
    title: str,
    grid: Grid,
    request: FormatRequest,
    rasters: Rasters,
    confidence: Mapping[str, Path],
    mosaic: Path | None,
    project: Path,
) -> None:
    """Write a style beside each layer, map of land cover and image, and the project of the period.

    Args:
        confidence: layer or `level3` → the map of how sure it is, which has a style already.
        mosaic: the one that is drawn in true colours.

    Raises:
        InputError: a file could not be written whole.
    """
    groups = {
        "Land cover": [*_levels(rasters), *_legends(request, rasters)],
        "Descriptors": _layers(request, rasters),
        "Methods": _methods(request, rasters),
        "Confidence": _confidence(request, confidence),
        "Images": _images(request, rasters),
        "Imagery": _imagery(request, mosaic),
        "Checks": _checks(rasters),
    }
    for name in ("Land cover", "Descriptors", "Images"):
        for layer in groups[name]:
            write_style(Path(style_file(str(layer.path))), layer.style)
    write_project(project, title, grid, groups)


def _levels(rasters: Rasters) -> list[Layer]:
    found = []
    if rasters.level3:
        style = Classes(LEVEL3)
        found.append(Layer("level3", "LCCS level 3", rasters.level3, style, is_shown=True))
    if rasters.level4:
        found.append(Layer(LEVEL4.name, LEVEL4.title, rasters.level4, layer_style(LEVEL4)))
    return found


def _legends(request: FormatRequest, rasters: Rasters) -> list[Layer]:
    return [
        Layer(other.map.name, other.title, rasters.legends[other.name], layer_style(other.map))
        for other in map(Legend.from_dict, request.legends)
    ]


def _layers(request: FormatRequest, rasters: Rasters) -> list[Layer]:
    table = request.table
    return [
        Layer(name, table[name].title, path, layer_style(table[name]))
        for name, path in rasters.layers.items()
    ]


def _methods(request: FormatRequest, rasters: Rasters) -> list[Layer]:
    legends = {
        name: method_legend(request.table[name], request.methods[name]) for name in rasters.methods
    }
    return [
        Layer(f"{name}_method", legends[name].title, path, layer_style(legends[name]))
        for name, path in rasters.methods.items()
    ]


def _confidence(request: FormatRequest, maps: Mapping[str, Path]) -> list[Layer]:
    kinds = {LEVEL3_MAP.name: LEVEL3_MAP, **request.table}
    images = {name: score_image(name, kinds[name]) for name in kinds if name in maps}
    return [
        Layer(f"{name}_confidence", image.title, maps[name], image_style(image))
        for name, image in images.items()
    ]


def _images(request: FormatRequest, rasters: Rasters) -> list[Layer]:
    return [
        Layer(f"image_{image.name}", image.title, rasters.images[image.name], image_style(image))
        for image in map(Image.from_dict, request.images)
    ]


def _imagery(request: FormatRequest, mosaic: Path | None) -> list[Layer]:
    if mosaic is None:
        return []
    names = read_summary(mosaic).bands
    red, green, blue = (names.index(name) + 1 for name in TRUE_COLOUR)
    drawn = TrueColours((red, green, blue), *request.true_colours)
    return [Layer("true_colour", "True colour", mosaic, drawn, is_shown=True)]


def _checks(rasters: Rasters) -> list[Layer]:
    if rasters.coherence is None:
        return []
    return [Layer(COHERENCE.name, COHERENCE.title, rasters.coherence, layer_style(COHERENCE))]
