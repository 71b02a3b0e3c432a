"""Explaining pixels of a period: every raster is opened once, whatever the number of pixels."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from lccs_inputs.errors import SourceError
from lccs_inputs.explain.answer import (
    Flip,
    LayerAnswer,
    Level3Answer,
    Method,
    Operand,
    PixelAnswer,
    Taken,
)
from lccs_inputs.explain.flips import flips
from lccs_inputs.explain.level3 import Level3, layers_of
from lccs_inputs.explain.pixel import Pixel, Values
from lccs_inputs.explain.places import Spot
from lccs_inputs.explain.question import LayerQuestion
from lccs_inputs.explain.sources import Files, PeriodSources, Steps, meaning
from lccs_inputs.expressions import Name, Node, names
from lccs_inputs.facts.lccs import CODE_NODATA, LAYER_PREFIX, LEVEL3_INPUTS, LEVEL3_MAP
from lccs_inputs.layers.codes import codes_if_any, codes_of
from lccs_inputs.patches.limits import PatchLimits
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.lonlat import LONLAT
from lccs_inputs.words import listed
from lccs_inputs.workflow.requests.explain import ExplainRequest

_TOGETHER = 512
"""Pixels that expressions are evaluated for at a time."""


class Explainer:
    """Explains pixels. A context manager.

    Args:
        place: names of the area and of the period.
        with_flips: whether to look for the changes that make codes others, which takes the most.

    Raises:
        SourceError: a file cannot be opened or is not on the grid, or a layer was made of something
            else than the request says.
    """

    def __init__(
        self,
        place: tuple[str, str],
        area: Area,
        request: ExplainRequest,
        files: Files,
        *,
        with_flips: bool = True,
    ) -> None:
        self._place, self._area, self._with_flips = place, area, with_flips
        self._sources = PeriodSources(request, files, area.grid)
        self._to_degrees = Transformer.from_crs(area.grid.crs, LONLAT, always_xy=True)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self._sources)
            self._stack = stack.pop_all()
        has_level3 = {*LEVEL3_INPUTS} <= self._sources.layers.keys()
        self._level3 = Level3(self._sources, self._with_flips) if has_level3 else None
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def of_each(
        self, spots: Sequence[Spot], maps: Sequence[Collection[str]] | None = None
    ) -> Iterator[PixelAnswer]:
        """What is told of pixels of the area, in their order; quickest where neighbours follow
        each other.

        Args:
            maps: of each pixel the maps that it is told of, layers and `level3`; by default all.

        Raises:
            SourceError: a file cannot be read, or a layer does not follow from its sources.
        """
        every = {*self._sources.layers, LEVEL3_MAP.name}
        for first in range(0, len(spots), _TOGETHER):
            some = spots[first : first + _TOGETHER]
            batch = self._sources.batch(some)
            for index, spot in enumerate(some):
                wanted = maps[first + index] if maps else every
                yield self._answer(spot, Pixel(batch, index), wanted)

    def at(self, spot: Spot) -> PixelAnswer:
        """What is told of a pixel of the area.

        Raises:
            SourceError: as `of_each`.
        """
        return next(self.of_each([spot]))

    def _answer(self, spot: Spot, pixel: Pixel, maps: Collection[str]) -> PixelAnswer:
        wanted = {layer for name in maps for layer in layers_of(name)}
        every = self._sources.layers
        layers = tuple(self._layer(every[layer], pixel) for layer in every if layer in wanted)
        x, y = self._area.grid.transform @ (spot.column + 0.5, spot.row + 0.5)
        longitude, latitude = self._to_degrees.transform(x, y)
        return PixelAnswer(
            *self._place,
            self._area.grid.crs,
            x,
            y,
            longitude,
            latitude,
            spot.row,
            spot.column,
            layers,
            self._of_level3(pixel) if LEVEL3_MAP.name in maps else None,
            self._sources.synthetic,
        )

    def _of_level3(self, pixel: Pixel) -> Level3Answer | None:
        if self._level3 is None:
            return None
        codes = {layer: self._stored_code(layer, pixel) for layer in self._sources.layers}
        return self._level3.at(pixel, codes, pixel.confidence(LEVEL3_MAP.name))

    def _layer(self, steps: Steps, pixel: Pixel) -> LayerAnswer:
        layer, has_patches = steps.question.layer, bool(steps.question.patches)
        descriptor = self._sources.table[layer]
        code, raw = self._stored_code(layer, pixel), _code(layer, steps.whole, pixel)
        if code != raw and not has_patches:
            path = self._sources.files.rasters[LAYER_PREFIX + layer]
            raise SourceError(
                f"{path}: is {code} where its sources come to {raw}; they have changed since: run "
                "`make layers` first"
            )
        operands = self._sources.operands(pixel, steps.whole)
        methods = tuple(_methods(steps, pixel))
        return LayerAnswer(
            layer,
            descriptor.title,
            code,
            meaning(descriptor, code),
            _reason(operands) if code == CODE_NODATA else "",
            next((method.name for method in methods if method.decided), ""),
            methods,
            tuple(_taken(steps, pixel)),
            raw if has_patches else None,
            self._patches(steps.question),
            operands,
            pixel.confidence(layer),
            self._flips(steps, pixel),
        )

    def _stored_code(self, layer: str, pixel: Pixel) -> int:
        value = pixel.value(Name(LAYER_PREFIX + layer))
        return int(value.data[0]) if value.valid[0] else CODE_NODATA

    def _patches(self, question: LayerQuestion) -> str:
        if not question.patches:
            return ""
        resolution = self._area.grid.resolution
        return str(PatchLimits.of_layer(question.layer, question.patches, resolution))

    def _flips(self, steps: Steps, pixel: Pixel) -> tuple[Flip, ...]:
        operands = names(steps.whole)
        known = self._sources.candidates(operands) if self._with_flips else {}
        if not known:
            return ()
        descriptor = self._sources.table[steps.question.layer]

        def codes_if(values: Values) -> NDArray[np.uint8]:
            return codes_if_any(self._sources.layer(steps.question.layer, values))

        values = {name: pixel.values[name] for name in operands}
        return flips(values, known, codes_if, lambda code: meaning(descriptor, code))


def _code(layer: str, node: Node, pixel: Pixel) -> int:
    return int(codes_of(pixel.value(node), np.ones(1, bool), layer)[0])


def _methods(steps: Steps, pixel: Pixel) -> Iterator[Method]:
    is_decided = False
    for name, node in steps.methods.items():
        value = pixel.plain(node)
        decides = value is not None and not is_decided
        is_decided |= decides
        yield Method(name, value, decides, pixel.conditions(node))


def _taken(steps: Steps, pixel: Pixel) -> Iterator[Taken]:
    before = _code(steps.question.layer, steps.chain, pixel)
    for text, operand, rest in steps.minus:
        holds = pixel.plain(operand)
        after = _code(steps.question.layer, rest, pixel)
        is_held = None if holds is None else bool(holds)
        yield Taken(text, is_held, before, after, pixel.conditions(operand))
        before = after


def _reason(operands: Iterable[Operand]) -> str:
    """Why a layer knows nothing of a pixel."""
    lacking = [operand.name for operand in operands if operand.value is None]
    if not lacking:
        return "its expression has no finite value here"
    return f"no data here of {listed(lacking)}"
