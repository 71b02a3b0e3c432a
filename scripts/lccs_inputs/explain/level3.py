"""Level 3 at a pixel: what it is decided from, and which source would make it another class."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from lccs_inputs.explain.answer import Confidence, Flip, Level3Answer
from lccs_inputs.explain.flips import flips
from lccs_inputs.explain.pixel import Pixel, Values
from lccs_inputs.explain.sources import PeriodSources
from lccs_inputs.expressions import Stored, Value, names
from lccs_inputs.facts.lccs import (
    ARTIFICIAL_WATER,
    CODE_NODATA,
    LAYER_PREFIX,
    LEVEL3,
    LEVEL3_INPUTS,
    LEVEL3_MAP,
    classify_level3,
    known_codes,
    level3_decided,
)
from lccs_inputs.layers.codes import codes_if_any
from lccs_inputs.layers.order import in_order

Codes = Mapping[str, NDArray[np.uint8]]


class Level3:
    """Level 3 of pixels, by way of the layers that it hangs on.

    Args:
        sources: opened; they hold all of `LEVEL3_INPUTS`.
        with_flips: whether to look for the changes that make the class another.
    """

    def __init__(self, sources: PeriodSources, with_flips: bool) -> None:
        self._sources = sources
        made = {*LEVEL3_INPUTS, ARTIFICIAL_WATER} & sources.layers.keys()
        self._inputs = [name for name in (*LEVEL3_INPUTS, ARTIFICIAL_WATER) if name in made]
        nodes = {name: steps.whole for name, steps in sources.layers.items()}
        self._names = {layer: names(nodes[layer]) for layer in in_order(nodes, made)}
        operands = {name for found in self._names.values() for name in found}
        operands = {name for name in operands if not name.startswith(LAYER_PREFIX)}
        self._operands = sorted(operands) if with_flips else []

    def at(
        self, pixel: Pixel, codes: Mapping[str, int], confidence: Confidence | None
    ) -> Level3Answer:
        """What is told of level 3.

        Args:
            codes: of every layer at the pixel, as their files have them.
        """
        code = int(_class_of({name: np.array([codes[name]], np.uint8) for name in self._inputs})[0])
        return Level3Answer(
            code,
            level3_meaning(code),
            {name: codes[name] for name in self._inputs},
            confidence,
            self._flips(pixel, codes) if self._operands else (),
        )

    def _flips(self, pixel: Pixel, codes: Mapping[str, int]) -> tuple[Flip, ...]:
        raw = self._layer_codes(pixel.values, {}, codes, self._names)

        def class_if(values: Values) -> NDArray[np.uint8]:
            changed = {name for name in values if values[name] is not pixel.values[name]}
            return _class_of(self._layer_codes(values, raw, codes, self._behind(changed)))

        candidates = self._sources.candidates(self._operands)
        return flips(pixel.values, candidates, class_if, level3_meaning)

    def _behind(self, changed: set[str]) -> list[str]:
        """The layers that hang on some sources, by way of other layers too."""
        held = {*changed}
        for layer, operands in self._names.items():
            if held & {*operands}:
                held.add(LAYER_PREFIX + layer)
        return [layer for layer in self._names if LAYER_PREFIX + layer in held]

    def _layer_codes(
        self, values: Values, raw: Codes, codes: Mapping[str, int], layers: Iterable[str]
    ) -> Codes:
        """The codes of all layers for some values of their sources, `layers` evaluated anew, each
        from those before it.

        Where a layer comes to what it is now (`raw`) it keeps the code of its file: patches have
        been removed since.
        """
        held: dict[str, Value | Stored] = {**values}
        found = {layer: np.array([codes[layer]], np.uint8) for layer in self._names}
        for layer in layers:
            made = codes_if_any(self._sources.layer(layer, held))
            if layer in raw:
                made = np.where(made == raw[layer], np.uint8(codes[layer]), made)
            found[layer], name = made.ravel(), LAYER_PREFIX + layer
            held[name] = self._sources.reader.value_of(name, made)
        return found


def layers_of(name: str) -> set[str]:
    """The layers that a map is told by: those of level 3, or a layer itself."""
    return {*LEVEL3_INPUTS, ARTIFICIAL_WATER} if name == LEVEL3_MAP.name else {name}


def _class_of(codes: Codes) -> NDArray[np.uint8]:
    wanted = [name for name in (*LEVEL3_INPUTS, ARTIFICIAL_WATER) if name in codes]
    alike = np.broadcast_arrays(*(codes[name] for name in wanted))
    given = {name: (each, each != CODE_NODATA) for name, each in zip(wanted, alike, strict=True)}
    return known_codes(classify_level3(given), level3_decided(given))


def level3_meaning(code: int) -> str:
    return LEVEL3[code].name if code in LEVEL3 else "undecided"
