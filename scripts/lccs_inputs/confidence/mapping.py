"""Mapping how sure the layers of a period are, all in one pass: a COG each, its parts as bands."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from lccs_inputs.confidence.parts import PartsOfLayers, worst
from lccs_inputs.confidence.question import LayerParts
from lccs_inputs.confidence.score import BANDS, BANDS_OF_LAYERS, Bytes, Parts
from lccs_inputs.confidence.spreads import distant_comparisons, measure_spreads, spreads_text
from lccs_inputs.expressions import AreaStatistics, Value
from lccs_inputs.facts.lccs import (
    ARTIFICIAL_WATER,
    CODE_NODATA,
    LAYER_PREFIX,
    LEVEL3_INPUTS,
    LEVEL3_MAP,
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
    """Write how sure each layer is of its pixels: uint8, nodata where the layer is, with the bands
    `score.BANDS_OF_LAYERS`, those of level 3 `score.BANDS`.

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
        files = {**targets.layers, **({"level3": targets.level3} if targets.level3 else {})}
        tags_of = {each.layer: said | each.tags for each in layers}
        kinds = {**table, "level3": LEVEL3_MAP}
        rasters = {
            name: stack.enter_context(
                _map(name, path, area.grid, {**tags_of.get(name, said), "title": kinds[name].title})
            )
            for name, path in files.items()
        }
        maker = PartsOfLayers(_ordered(layers), table, reader, spreads, statistics)
        mapper = _Mapper(maker, reader, [*targets.layers], area.grid)
        for window, _ in area_windows(area, "confidence"):
            around = mapper.around(window)
            for tiles in _rows_of_tiles(window):
                top = tiles.row_off - window.row_off
                here = {name: codes[top : top + tiles.height + 2] for name, codes in around.items()}
                made = mapper.of(tiles, here, with_level3="level3" in rasters)
                for name, bands_of in made.items():
                    rasters[name].write(bands_of, window=tiles)


def _rows_of_tiles(window: Window) -> Iterator[Window]:
    """A window in parts of whole tiles that stay in the cache."""
    for top in range(0, window.height, TILE):
        height = min(TILE, window.height - top)
        yield Window(window.col_off, window.row_off + top, window.width, height)


def _map(
    name: str, path: Path, grid: Grid, tags: Mapping[str, str]
) -> AbstractContextManager[HalvedWriter]:
    bands, said = _bands_of(name), {"title": f"{tags['title']}: confidence", "units": "1"}
    scales = [BANDS[band] for band in bands]
    return create_quick_cog(
        path, grid, bands, "uint8", CODE_NODATA, scales=scales, tags={**tags, **said}
    )


def _ordered(layers: Sequence[LayerParts]) -> list[LayerParts]:
    """Each after those that it is made from."""
    by_name = {each.layer: each for each in layers}
    nodes = {name: each.node for name, each in by_name.items()}
    return [by_name[name] for name in in_order(nodes, [*by_name])]


class _Mapper:
    """Makes the bands of the maps, part of a window by part."""

    def __init__(
        self, maker: PartsOfLayers, reader: SourceReader, names: Sequence[str], grid: Grid
    ) -> None:
        self._maker, self._reader, self._grid = maker, reader, grid
        self._rooms: dict[str, Bytes] = {}
        self._layers = [LAYER_PREFIX + name for name in names]
        self._sources = [name for name in reader.names if name not in self._layers]
        self._level3 = [*LEVEL3_INPUTS, *({ARTIFICIAL_WATER} & {*names})]

    def of(
        self, window: Window, around: Mapping[str, Bytes], *, with_level3: bool
    ) -> dict[str, NDArray[np.uint8]]:
        """The bands of each map, by layer, and `level3`; shape (bands, height, width), there until
        the next window.

        Args:
            around: as of `around`.
        """
        stored = self._reader.stored(window, self._sources)
        stored |= {LAYER_PREFIX + name: codes[1:-1, 1:-1] for name, codes in around.items()}
        focal = self._maker.focal_values(window)
        names = [*around, "level3"] if with_level3 else [*around]
        made = {name: self._room(name, window) for name in names}
        height = max(1, _TOGETHER // window.width)
        for top in range(0, window.height, height):
            rows = slice(top, top + height)
            strip = {name: pixels[rows] for name, pixels in stored.items()}
            beyond = {name: codes[top : top + height + 2] for name, codes in around.items()}
            if with_level3:
                beyond["level3"] = _level3({name: beyond[name] for name in self._level3})
            part = {name: _rows(value, rows) for name, value in focal.items()}
            for name, parts in self._parts(strip, part, beyond).items():
                known = beyond[name][1:-1, 1:-1] != CODE_NODATA
                parts.put(_bands_of(name), known, made[name][:, rows])
        return made

    def _room(self, name: str, window: Window) -> Bytes:
        """An array for the bands of a map in a window, over that of the window before."""
        shape = len(_bands_of(name)), window.height, window.width
        size = math.prod(shape)
        if name not in self._rooms or self._rooms[name].size < size:
            self._rooms[name] = np.empty(size, np.uint8)
        return self._rooms[name][:size].reshape(shape)

    def _parts(
        self, strip: Rasters, focal: Mapping[str, Value], around: Mapping[str, Bytes]
    ) -> dict[str, Parts]:
        parts = self._maker.of_strip(strip, focal, around)
        if "level3" in around:
            codes = {name: strip[LAYER_PREFIX + name] for name in LEVEL3_INPUTS}
            deciding = [parts[name] for name in LEVEL3_INPUTS]
            parts["level3"] = worst(deciding, _counts(codes), around["level3"])
        return parts

    def around(self, window: Window) -> dict[str, Bytes]:
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


def _bands_of(name: str) -> Sequence[str]:
    """The bands of a map, of a layer or of `level3`."""
    return [*BANDS] if name == "level3" else BANDS_OF_LAYERS


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
