"""Mapping how sure the layers of a period are, all in one pass: a COG each, its parts as bands."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from lccs_inputs.confidence.parts import PartsOfLayers, worst
from lccs_inputs.confidence.question import LayerParts
from lccs_inputs.confidence.score import BANDS, Bytes, Parts
from lccs_inputs.confidence.spreads import distant_comparisons, measure_spreads, spreads_text
from lccs_inputs.expressions import AreaStatistics, Value
from lccs_inputs.facts.lccs import (
    ARTIFICIAL_WATER,
    CODE_NODATA,
    LAYER_PREFIX,
    LEVEL3_INPUTS,
    Descriptor,
    classify_level3,
    known_codes,
    level3_decided,
)
from lccs_inputs.layers.lookups import Rasters
from lccs_inputs.layers.order import in_order
from lccs_inputs.layers.sources import RasterBand, SourceReader
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.overviews import HalvedWriter
from lccs_inputs.rasters.reading import area_windows, padded
from lccs_inputs.rasters.writing import TILE, create_quick_cog

_TOGETHER = 2**17
"""Pixels that are worked on at a time, so that they stay in the cache."""
_LEVEL3 = "LCCS level 3"


@dataclass(frozen=True)
class Targets:
    """Where the maps go: of each layer, by its name, and of level 3."""

    layers: Mapping[str, Path]
    level3: Path | None


def map_confidence(
    layers: Sequence[LayerParts],
    table: Mapping[str, Descriptor],
    coded: Sequence[str],
    bands: Mapping[str, RasterBand],
    *,
    statistics: Mapping[str, AreaStatistics],
    area: Area,
    targets: Targets,
    tags: Mapping[str, str],
) -> None:
    """Write how sure each layer is of its pixels: uint8, `score.BANDS`, nodata where the layer is.

    Args:
        coded: leaves whose numbers are codes.
        bands: where each leaf of the layers is stored, the finished layers (`layers.x`), and the
            clear counts that matter.
        tags: dataset tags, such as the fingerprint.

    Raises:
        SourceError: a source cannot be read or is not on the grid.
        InputError: a file could not be written whole.
    """
    comparisons = distant_comparisons([each.node for each in layers], coded)
    with ExitStack() as stack:
        reader = stack.enter_context(SourceReader(bands, area.grid))
        spreads = measure_spreads(comparisons, reader, statistics, area)
        said = {**tags, "spreads": spreads_text(spreads), **reader.inherited_tags}
        titles = {name: table[name].title for name in targets.layers}
        files = {**targets.layers, **({"level3": targets.level3} if targets.level3 else {})}
        rasters = {
            name: stack.enter_context(_map(path, titles.get(name, _LEVEL3), area.grid, said))
            for name, path in files.items()
        }
        maker = PartsOfLayers(_ordered(layers), table, reader, spreads, statistics)
        mapper = _Mapper(maker, reader, [*targets.layers], area.grid)
        for whole, _ in area_windows(area, "confidence"):
            for window in _rows_of_tiles(whole):
                made = mapper.of(window, with_level3="level3" in rasters)
                for name, bands_of in made.items():
                    rasters[name].write(bands_of, window=window)


def _map(
    path: Path, title: str, grid: Grid, tags: Mapping[str, str]
) -> AbstractContextManager[HalvedWriter]:
    said = {**tags, "title": f"{title}: confidence", "units": "1"}
    return create_quick_cog(
        path, grid, [*BANDS], "uint8", CODE_NODATA, scales=[*BANDS.values()], tags=said
    )


def _ordered(layers: Sequence[LayerParts]) -> list[LayerParts]:
    """Each after those that it is made from."""
    by_name = {each.layer: each for each in layers}
    nodes = {name: each.node for name, each in by_name.items()}
    return [by_name[name] for name in in_order(nodes, [*by_name])]


def _rows_of_tiles(window: Window) -> Iterator[Window]:
    """A window in parts that end where rows of tiles of a raster and of its first overview do, so
    that each tile is written once."""
    top, bottom = window.row_off, window.row_off + window.height
    while top < bottom:
        end = min(bottom, (top // (2 * TILE) + 1) * 2 * TILE)
        yield Window(window.col_off, top, window.width, end - top)
        top = end


class _Mapper:
    """Makes the bands of the maps, part of a window by part."""

    def __init__(
        self, maker: PartsOfLayers, reader: SourceReader, names: Sequence[str], grid: Grid
    ) -> None:
        self._maker, self._reader, self._grid = maker, reader, grid
        self._layers = [LAYER_PREFIX + name for name in names]
        self._sources = [name for name in reader.names if name not in self._layers]
        self._level3 = [*LEVEL3_INPUTS, *({ARTIFICIAL_WATER} & {*names})]

    def of(self, window: Window, *, with_level3: bool) -> dict[str, NDArray[np.uint8]]:
        """The bands of each map, by layer, and `level3`; shape (bands, height, width)."""
        around = self._around(window)
        stored = self._reader.stored(window, self._sources)
        stored |= {LAYER_PREFIX + name: codes[1:-1, 1:-1] for name, codes in around.items()}
        focal = self._maker.focal_values(window)
        if with_level3:
            around["level3"] = _level3({name: around[name] for name in self._level3})
        shape = (len(BANDS), window.height, window.width)
        made = {name: np.empty(shape, np.uint8) for name in around}
        height = max(1, _TOGETHER // window.width)
        for top in range(0, window.height, height):
            rows = slice(top, top + height)
            strip = {name: pixels[rows] for name, pixels in stored.items()}
            beyond = {name: codes[top : top + height + 2] for name, codes in around.items()}
            part = {name: _rows(value, rows) for name, value in focal.items()}
            for name, parts in self._parts(strip, part, beyond).items():
                known = beyond[name][1:-1, 1:-1] != CODE_NODATA
                for band, pixels in enumerate(parts.bands(known)):
                    made[name][band, rows] = pixels
        return made

    def _parts(
        self, strip: Rasters, focal: Mapping[str, Value], around: Mapping[str, Bytes]
    ) -> dict[str, Parts]:
        parts = self._maker.of_strip(strip, focal, around)
        if "level3" in around:
            codes = {name: strip[LAYER_PREFIX + name] for name in LEVEL3_INPUTS}
            deciding = [parts[name] for name in LEVEL3_INPUTS]
            parts["level3"] = worst(deciding, _counts(codes), around["level3"])
        return parts

    def _around(self, window: Window) -> dict[str, Bytes]:
        """The codes of the layers in a window and one pixel around; nodata beyond the grid."""
        wide = padded(window, 1, self._grid)
        before = window.row_off - wide.row_off, window.col_off - wide.col_off
        beyond = [
            (1 - first, size + 2 - had - (1 - first))
            for first, size, had in zip(
                before, (window.height, window.width), (wide.height, wide.width), strict=True
            )
        ]
        return {
            name.removeprefix(LAYER_PREFIX): np.pad(codes, beyond, constant_values=CODE_NODATA)
            for name, codes in self._reader.stored(wide, self._layers).items()
        }


def _rows(value: Value, rows: slice) -> Value:
    return Value(value.data[rows], value.valid[rows])


def _level3(codes: Mapping[str, Bytes]) -> Bytes:
    given = {name: (each, each != CODE_NODATA) for name, each in codes.items()}
    return known_codes(classify_level3(given), level3_decided(given))


def _counts(codes: Mapping[str, Bytes]) -> list[NDArray[np.bool_]]:
    """Whether each of `LEVEL3_INPUTS` is looked at to decide level 3."""
    vegetated, aquatic = (codes[name] == 1 for name in LEVEL3_INPUTS[:2])
    always = np.ones(vegetated.shape, bool)
    return [always, always, vegetated, ~vegetated & ~aquatic]
