"""The maps of a report: each painted, counted, and told in words."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import rasterio
from matplotlib.colors import to_hex

from lccs_inputs.confidence.score import score_image
from lccs_inputs.facts.images import PALETTES, Image
from lccs_inputs.facts.land_cover import land_cover
from lccs_inputs.facts.lccs import LEVEL3_MAP, Category, Descriptor
from lccs_inputs.facts.sensors import CLEAR_COUNT
from lccs_inputs.files import read_json
from lccs_inputs.layers.methods import method_legend
from lccs_inputs.pictures.painting import (
    MISSING,
    NOT_IN_LEGEND,
    Picture,
    paint_image,
    paint_layer,
    paint_true_colour,
)
from lccs_inputs.pictures.sheet import Ramp
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.counting import Counts, count_codes
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.report.document import Figure, Map, Row, Scale
from lccs_inputs.report.encoding import data_uri
from lccs_inputs.report.files import Files
from lccs_inputs.workflow.requests.report import ReportRequest

TRUE_COLOUR = "true_colour"
LAYERS, LEVELS, METHODS, CONFIDENCE, IMAGES, SEEN = (
    "Layers", "Land cover", "Methods that decide", "How sure it is", "Images", "What was seen",
)  # fmt: skip
"""Headings of maps."""

_PIXELS, _ALL_PIXELS = 1_000_000, 20_000_000
"""Of a map, and of all of a page, at most: it stays small enough to be sent."""
_SHADES = 12  # of a scale
_TOLD = 3  # classes


@dataclass(frozen=True)
class Subject:
    """What a map shows: codes of a descriptor, an image, how often the ground was seen; none of
    these is true colours."""

    key: str
    group: str
    path: Path
    name: str
    legend: Descriptor | None = None
    image: Image | None = None
    band: int = 1
    is_of_looks: bool = False
    found: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_counted(self) -> bool:
        return self.legend is not None or self.is_of_looks

    @property
    def has_classes(self) -> bool:
        return self.legend is not None and not self.legend.kind.is_continuous


def map_size(grid: Grid, maps: int) -> tuple[int, int]:
    """(width, height) of so many maps, px: a whole number of the grid's to each of theirs."""
    most = min(_PIXELS, _ALL_PIXELS / maps)
    step = math.ceil(math.sqrt(grid.width * grid.height / most))
    return max(1, round(grid.width / step)), max(1, round(grid.height / step))


def subjects_of(files: Files, request: ReportRequest) -> list[Subject]:
    """What there is a map of, in the order to show them."""
    found = [*_land_cover(files, request), *_layers(files, request), *_confidence(files, request)]
    return [*found, *_images(files, request), *_seen(files, request)]


def counts_of(subjects: Sequence[Subject], area: Area) -> dict[str, Counts]:
    """How much there is of each code, of the maps that have codes or counts.

    Raises:
        SourceError: a raster cannot be opened or is not exactly on the grid of the area.
    """
    return count_codes({s.key: (s.path, s.band) for s in subjects if s.is_counted}, area)


def _land_cover(files: Files, request: ReportRequest) -> Iterator[Subject]:
    for legend, path in land_cover(
        files.level3, files.level4, request.legends, files.legends, files.coherence
    ):
        yield Subject(legend.name, LEVELS, path, legend.name, legend)


def _layers(files: Files, request: ReportRequest) -> Iterator[Subject]:
    for name, path in files.layers.items():
        yield Subject(name, LAYERS, path, name, request.table[name])
    for name, path in files.methods.items():
        legend = method_legend(request.table[name], request.chains[name])
        yield Subject(f"{name}_method", METHODS, path, name, legend)


def _confidence(files: Files, request: ReportRequest) -> Iterator[Subject]:
    """The scores, that of level 3 first."""
    for name in sorted(files.confidence, key=lambda name: name != LEVEL3_MAP.name):
        of = LEVEL3_MAP if name == LEVEL3_MAP.name else request.table[name]
        shown = score_image(name, of)
        yield Subject(f"confidence-{name}", CONFIDENCE, files.confidence[name], name, image=shown)


def _images(files: Files, request: ReportRequest) -> Iterator[Subject]:
    checked = read_json(files.image_checks, "images") if files.image_checks else {}
    for image in map(Image.from_dict, request.images):
        found, path = checked["images"].get(image.name, {}), files.images[image.name]
        yield Subject(f"image-{image.name}", IMAGES, path, image.name, image=image, found=found)


def _seen(files: Files, request: ReportRequest) -> Iterator[Subject]:
    """The scene set in true colours, and how often each saw the ground."""
    if request.true_colour:
        path = files.mosaics[request.true_colour]
        yield Subject(TRUE_COLOUR, SEEN, path, request.true_colour)
    for name, path in files.mosaics.items():
        with rasterio.open(path) as raster:
            band = raster.descriptions.index(CLEAR_COUNT) + 1
        yield Subject(f"looks-{name}", SEEN, path, name, band=band, is_of_looks=True)


def map_of(
    subject: Subject, counts: Counts | None, files: Files, area: Area, size: tuple[int, int]
) -> Map:
    """A map: painted at `size` = (width, height) px, with its legend and its numbers."""
    picture = _painted(subject, counts, area, size)
    rows = (
        _rows(subject.legend, counts) if subject.legend and subject.has_classes and counts else []
    )
    figures = _figures(subject, counts)
    ramp = next((each for each in picture.legend if isinstance(each, Ramp)), None)
    return Map(
        key=subject.key,
        group=subject.group,
        title=picture.title,
        name=subject.name,
        file=files.link(subject.path),
        image=data_uri(picture, exact=subject.has_classes),
        told=_told(picture.title, rows, figures),
        rows=rows,
        scale=_scale(ramp) if ramp else None,
        figures=figures,
    )


def _painted(subject: Subject, counts: Counts | None, area: Area, size: tuple[int, int]) -> Picture:
    if subject.legend:
        return paint_layer(subject.path, subject.legend, area, size)
    if subject.image:
        return paint_image(subject.path, subject.image, area, size)
    if not counts:
        return paint_true_colour(subject.path, area, size)
    most = max([1, *counts.pixels])
    looks = Image(
        CLEAR_COUNT, f"Clear looks of {subject.name}", "looks", (0, most), PALETTES["viridis"], None
    )
    return paint_image(subject.path, looks, area, size, subject.band)


def _rows(legend: Descriptor, counts: Counts) -> list[Row]:
    """The classes there are, those without a name and what has no data last."""
    unnamed = {
        code: Category("not in the legend", NOT_IN_LEGEND)
        for code in sorted(counts.pixels)
        if code not in legend.codes
    }
    rows = [
        Row(code, entry.name, entry.colour, counts.pixels[code], *_ground(code, counts))
        for code, entry in {**legend.codes, **unnamed}.items()
        if code in counts.pixels
    ]
    if counts.missing_pixels:
        ground = counts.missing_hectares
        share = ground / counts.all_hectares
        rows.append(Row(None, MISSING.label, None, counts.missing_pixels, ground, share))
    return rows


def _ground(code: int, counts: Counts) -> tuple[float, float]:
    """Hectares of a code, and their share of the area."""
    return counts.hectares[code], counts.hectares[code] / counts.all_hectares


def _figures(subject: Subject, counts: Counts | None) -> list[Figure]:
    """The numbers of a map of continuous values; none of classes."""
    if subject.image:
        unit = "" if subject.image.unit == "1" else subject.image.unit
        known = [
            Figure(name, label, subject.found[name], unit)
            for name, label in (("minimum", "lowest"), ("maximum", "highest"))
            if subject.found.get(name) is not None
        ]
        share = [subject.found["valid_share"]] if subject.found else []
        return known + [Figure("valid_share", "with data", 100 * each, "%") for each in share]
    if counts is None or subject.has_classes:
        return []
    unit = subject.legend.unit if subject.legend else "looks"
    found = [Figure("valid_share", "with data", 100 * (1 - _missing(counts)), "%")]
    if counts.pixels:
        found += [
            Figure("minimum", "lowest", min(counts.pixels), unit),
            Figure("median", "median", counts.median, unit),
            Figure("mean", "mean", counts.mean, unit),
            Figure("maximum", "highest", max(counts.pixels), unit),
        ]
    return found


def _missing(counts: Counts) -> float:
    """The share of the pixels that have no data."""
    return counts.missing_pixels / counts.all_pixels


def _scale(ramp: Ramp) -> Scale:
    step = max(1, len(ramp.colours) // _SHADES)
    colours = [*ramp.colours[::step], ramp.colours[-1]]
    return Scale([to_hex(colour / 255) for colour in colours], ramp.ticks)


def _told(title: str, rows: list[Row], figures: list[Figure]) -> str:
    """A map in words: its title, and the most of it."""
    largest = sorted(rows, key=lambda row: -row.share)[:_TOLD]
    said = [f"{row.name} {row.share:.1%}" for row in largest]
    said += [f"{figure.label} {figure.value:.4g} {figure.unit}".strip() for figure in figures]
    return f"Map: {title}. {', '.join(said)}" if said else f"Map: {title}"
