"""What a period's pixels are explained from: its rasters opened once, its expressions read once."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
import rasterio
from rasterio.windows import Window

from lccs_inputs.errors import SourceError
from lccs_inputs.explain.answer import Operand, Plain
from lccs_inputs.explain.flips import Candidate, number_candidates, stored_candidates
from lccs_inputs.explain.pixel import Batch, Pixel, Values
from lccs_inputs.explain.places import Spot
from lccs_inputs.explain.question import LayerQuestion
from lccs_inputs.explain.scores import Scores
from lccs_inputs.expressions import (
    AreaStatistics,
    Name,
    Node,
    Program,
    Value,
    names,
    parse,
    statistics_of,
)
from lccs_inputs.expressions.focals import Focals
from lccs_inputs.facts.lccs import CODE_NODATA, LAYER_PREFIX, Descriptor
from lccs_inputs.facts.sensors import CLEAR_COUNT
from lccs_inputs.layers.sources import SourceReader, raster_bands
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.synthetic import is_synthetic
from lccs_inputs.workflow.requests.explain import ExplainRequest


@dataclass(frozen=True)
class Files:
    """The files of a period.

    Attributes:
        rasters: the raster behind each leaf of the request, by its name.
        statistics: the whole-area statistics, by name.
        observations: scene set → how many observations it has.
        confidence: layer or `level3` → the map of how sure it is, of those that are made.
        calibration: the same → the probability by the steps of its score.
    """

    rasters: Mapping[str, Path]
    statistics: Mapping[str, AreaStatistics]
    observations: Mapping[str, int]
    confidence: Mapping[str, Path] = field(default_factory=dict)
    calibration: Mapping[str, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Steps:
    """The expressions of a layer, their focal functions as names of the values of a pixel.

    Attributes:
        methods: those in use, in the order they are asked.
        chain: what they come to together.
        minus: text of each → its operand, and the layer once it is taken away.
        whole: the layer.
    """

    question: LayerQuestion
    methods: Mapping[str, Node]
    chain: Node
    minus: Sequence[tuple[str, Node, Node]]
    whole: Node

    @classmethod
    def of(cls, question: LayerQuestion, focals: Focals) -> Self:
        return cls(
            question,
            {name: focals.apart(node) for name, node in question.method_nodes.items()},
            focals.apart(question.chain_node),
            [
                (step.text, focals.apart(operand), focals.apart(rest))
                for step in question.steps
                for operand, rest in [step.nodes]
            ],
            focals.apart(question.node),
        )


class PeriodSources:
    """A context manager.

    Raises:
        SourceError: a file cannot be opened or is not on the grid, or a layer was made of something
            else than the request says.
    """

    def __init__(self, request: ExplainRequest, files: Files, grid: Grid) -> None:
        self.request, self.files = request, files
        self.table: dict[str, Descriptor] = request.table
        self._focals = Focals({})
        questions = [LayerQuestion(**each) for each in request.layers]
        self.layers = {each.layer: Steps.of(each, self._focals) for each in questions}
        self.reader = SourceReader(raster_bands(files.rasters, self.table), grid)
        self._labels = {parse("labels", text): name for text, name in request.labels.items()}
        self._scores = Scores(files.confidence, files.calibration, grid)
        self._candidates: dict[str, Candidate | None] = {}
        self._programs: dict[str, Program] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            tags = [self._tags(steps.question) for steps in self.layers.values()]
            self.synthetic = any(map(is_synthetic, tags))
            stack.enter_context(self.reader)
            stack.enter_context(self._scores)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _tags(self, question: LayerQuestion) -> dict[str, str]:
        """Those of the raster of a layer, which is there and made of what is asked."""
        path = self.files.rasters[LAYER_PREFIX + question.layer]
        if not path.exists():
            raise SourceError(f"{path}: is not there yet; run `make layers` first")
        with rasterio.open(path) as raster:
            tags: dict[str, str] = raster.tags()
        if tags.get("fingerprint") != question.fingerprint:
            raise SourceError(f"{path}: was made of another config; run `make layers` first")
        return tags

    def batch(self, spots: Sequence[Spot]) -> Batch:
        """The values of some pixels.

        Raises:
            SourceError: a file cannot be read.
        """
        windows = [Window(spot.column, spot.row, 1, 1) for spot in spots]
        read = [self.reader.stored(window) for window in windows]
        stored = {name: np.array([each[name][0, 0] for each in read]) for name in read[0]}
        values = {name: self.reader.value_of(name, pixels) for name, pixels in stored.items()}
        statistics = self.files.statistics
        for name, focal in self._focals.found.items():
            found = [self.reader.evaluate(focal, window, statistics) for window in windows]
            values[name] = Value(
                np.array([each.data[0, 0] for each in found]),
                np.array([each.valid[0, 0] for each in found]),
            )
        return Batch(values, statistics, self._labels, self._scores.of(spots, stored))

    def layer(self, name: str, values: Values) -> Value:
        """What a layer comes to for some values of its operands, always given in the same way."""
        if name not in self._programs:
            node, statistics = self.layers[name].whole, self.files.statistics
            self._programs[name] = Program([node], values, statistics)
        (value,) = self._programs[name].of(values)
        return value

    def candidates(self, operands: Sequence[str]) -> dict[str, Candidate]:
        """What each operand can be, of those of which something says it."""
        for name in operands:
            if name not in self._candidates:
                self._candidates[name] = self._candidate(name)
        known = {name: self._candidates[name] for name in operands}
        return {name: each for name, each in known.items() if each is not None}

    def _candidate(self, name: str) -> Candidate | None:
        limits = self.request.limits.get(name)
        if name in self._focals.found:
            return number_candidates(limits) if limits else None
        return stored_candidates(self.reader, name, limits, self.request.codes.get(name, ()))

    def operand(self, pixel: Pixel, name: str) -> Operand:
        """What is told of a name."""
        value = pixel.plain(Name(name))
        source = name.partition(".")[0]
        if name.startswith(LAYER_PREFIX) or source not in self.request.sources:
            return Operand(name, value, self._meaning(name, value))
        edition = self.request.sources[source]
        if source not in self.files.observations:
            return Operand(name, value, self._meaning(name, value), source, edition)
        looks = pixel.plain(Name(f"{source}.{CLEAR_COUNT}"))
        return Operand(
            name, value, "", source, edition, int(looks or 0), self.files.observations[source]
        )

    def operands(self, pixel: Pixel, node: Node) -> tuple[Operand, ...]:
        """What is told of each name of an expression, and of each statistic of the area."""
        numbers = [
            Operand(pixel.batch.text(part), pixel.plain(part)) for part in statistics_of(node)
        ]
        return (*(self.operand(pixel, name) for name in names(node)), *numbers)

    def _meaning(self, name: str, value: Plain) -> str:
        if value is None or isinstance(value, bool):
            return ""
        if name.startswith(LAYER_PREFIX):
            return meaning(self.table[name.removeprefix(LAYER_PREFIX)], int(value))
        return self.request.codes.get(name, {}).get(int(value), "")


def meaning(descriptor: Descriptor, code: int) -> str:
    """What a code of a layer says; of a measure its unit."""
    if code == CODE_NODATA:
        return "nodata"
    if code in descriptor.codes:
        return descriptor.codes[code].name
    return "" if descriptor.unit == "1" else descriptor.unit
