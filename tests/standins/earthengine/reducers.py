"""Reducers: what a stack of values becomes. Masked values do not count; all masked is masked.

Percentiles are linear between order statistics and the median of an even number is the mean of
the middle two, however many values there are: the service goes over to a histogram above `maxRaw`,
which is not reproduced, and its rule for few values is not published.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standins.earthengine.elements import EarthEngineError
from standins.earthengine.registry import function

Floats = NDArray[np.float64]
Valid = NDArray[np.bool_]


class Stack:
    """Values to be reduced along the first axis, and where they count."""

    def __init__(self, values: NDArray[Any], mask: Valid) -> None:
        self.values, self.mask = values, mask

    @cached_property
    def count(self) -> NDArray[np.int64]:
        return np.asarray(np.count_nonzero(self.mask, axis=0), np.int64)

    @cached_property
    def any(self) -> Valid:
        return self.count > 0

    @cached_property
    def ordered(self) -> Floats:
        """Ascending, those that do not count last, as infinity."""
        filled = np.where(self.mask, self.values, np.inf)
        filled.sort(axis=0)
        return filled

    @cached_property
    def sum(self) -> Floats:
        return np.where(self.mask, self.values, 0).sum(axis=0, dtype=np.float64)

    @cached_property
    def mean(self) -> Floats:
        return self.sum / np.maximum(self.count, 1)

    @cached_property
    def variance(self) -> Floats:
        """Population variance."""
        away = np.where(self.mask, self.values - self.mean, 0)
        return (away * away).sum(axis=0) / np.maximum(self.count, 1)

    def percentile(self, percent: float) -> Floats:
        rank = np.maximum(self.count - 1, 0) * (percent / 100)
        low = np.floor(rank).astype(np.intp)
        high = np.minimum(low + 1, np.maximum(self.count - 1, 0))
        below, above = self._ranked(low), self._ranked(high)
        return np.where(self.any, below + (above - below) * (rank - low), 0)

    def _ranked(self, rank: NDArray[np.intp]) -> Floats:
        taken = np.take_along_axis(self.ordered, rank[None], axis=0)[0]
        return np.where(np.isfinite(taken), taken, 0)

    def first(self) -> NDArray[Any]:
        return self._at(np.argmax(self.mask, axis=0))

    def last(self) -> NDArray[Any]:
        return self._at(len(self.mask) - 1 - np.argmax(self.mask[::-1], axis=0))

    def _at(self, index: NDArray[np.intp]) -> NDArray[Any]:
        return np.take_along_axis(self.values, index[None], axis=0)[0]


Summary = Callable[[Stack], tuple[NDArray[Any], Valid]]
OutputType = Callable[[np.dtype[Any]], np.dtype[Any]]


@dataclass(frozen=True)
class Output:
    """One output of a reducer: its name, how it is computed, and its type from that of inputs."""

    name: str
    summary: Summary
    dtype: OutputType


@dataclass(frozen=True)
class Reducer:
    """Outputs over a list of values.

    Attributes:
        outputs: of each input; empty where `collect` makes one value of them all.
        collect: list of tuples of inputs → value, for reducers of properties.
        inputs: how many values each item has.
    """

    outputs: tuple[Output, ...] = ()
    collect: Callable[[Sequence[Any]], Any] | None = None
    inputs: int = 1
    name: str = ""


def _double(_: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype(np.float64)


def _kept(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return dtype


def _of(kind: type[np.generic]) -> OutputType:
    return lambda _: np.dtype(kind)


def _where_any(compute: Callable[[Stack], NDArray[Any]]) -> Summary:
    return lambda stack: (compute(stack), stack.any)


def _extreme(stack: Stack, largest: bool) -> NDArray[Any]:
    limits = np.iinfo if stack.values.dtype.kind in "iu" else np.finfo
    limit = limits(stack.values.dtype)
    filled = np.where(stack.mask, stack.values, limit.min if largest else limit.max)
    extreme: NDArray[Any] = filled.max(axis=0) if largest else filled.min(axis=0)
    return np.where(stack.any, extreme, 0).astype(stack.values.dtype)


def _mode(stack: Stack) -> NDArray[Any]:
    """The most frequent value, the least of equals."""
    best, most = np.zeros(stack.count.shape), np.zeros(stack.count.shape, int)
    for value in stack.ordered:
        times = (stack.mask & (stack.values == value)).sum(axis=0)
        better = (times > most) & np.isfinite(value)
        best[better], most[better] = value[better], times[better]
    return best


def _spread(scale: Callable[[Stack], Floats]) -> Summary:
    return _where_any(lambda stack: np.sqrt(scale(stack)))


def _sample_variance(stack: Stack) -> Floats:
    return stack.variance * stack.count / np.maximum(stack.count - 1, 1)


_SIMPLE: dict[str, Output] = {
    output.name: output
    for output in (
        Output("mean", _where_any(lambda s: s.mean), _double),
        Output("median", _where_any(lambda s: s.percentile(50)), _double),
        Output("min", _where_any(lambda s: _extreme(s, False)), _kept),
        Output("max", _where_any(lambda s: _extreme(s, True)), _kept),
        Output("sum", _where_any(lambda s: s.sum), _double),
        Output(
            "product",
            _where_any(lambda s: np.where(s.mask, s.values, 1).prod(axis=0, dtype=np.float64)),
            _double,
        ),
        Output("count", lambda s: (s.count, np.ones_like(s.any)), _of(np.int32)),
        Output("variance", _where_any(lambda s: s.variance), _double),
        Output("stdDev", _spread(lambda s: s.variance), _double),
        Output("sampleVariance", _where_any(_sample_variance), _double),
        Output("sampleStdDev", _spread(_sample_variance), _double),
        Output("first", _where_any(Stack.first), _kept),
        Output("last", _where_any(Stack.last), _kept),
        Output("mode", _where_any(_mode), _double),
        Output(
            "allNonZero",
            _where_any(lambda s: ((s.values != 0) | ~s.mask).all(axis=0)),
            _of(np.uint8),
        ),
        Output(
            "anyNonZero",
            _where_any(lambda s: ((s.values != 0) & s.mask).any(axis=0)),
            _of(np.uint8),
        ),
    )
}


def simple(name: str, rename: str | None = None) -> Reducer:
    output = _SIMPLE[name]
    named = Output(rename or name, output.summary, output.dtype)
    return Reducer((named,), name=named.name)


for _name, _algorithm in (
    *((name, name) for name in _SIMPLE),
    ("first", "firstNonNull"),
    ("last", "lastNonNull"),
    ("allNonZero", "and"),
    ("anyNonZero", "or"),
):
    function(f"Reducer.{_algorithm}")(
        lambda *_, name=_name, algorithm=_algorithm: simple(name, algorithm)
    )


@function("Reducer.minMax")
def _min_max() -> Reducer:
    return Reducer((_SIMPLE["min"], _SIMPLE["max"]), name="minMax")


@function("Reducer.percentile")
def _percentile(percentiles: list[float], names: list[str] | None, *_: Any) -> Reducer:
    def output(percent: float, name: str) -> Output:
        return Output(name, _where_any(lambda stack: stack.percentile(percent)), _double)

    names = names or [f"p{percent:g}" for percent in percentiles]
    return Reducer(tuple(map(output, percentiles, names)), name="percentile")


@function("Reducer.combine")
def _combine(first: Reducer, second: Reducer, prefix: str, shared: bool) -> Reducer:
    if not shared:
        raise EarthEngineError("the stand-in combines reducers with sharedInputs only")
    if first.collect or second.collect:
        raise EarthEngineError("the stand-in does not combine reducers of lists")
    outputs = list(first.outputs)
    for output in second.outputs:
        name = f"{prefix or ''}{output.name}"
        while name in [other.name for other in outputs]:
            name += "1"
        outputs.append(Output(name, output.summary, output.dtype))
    return Reducer(tuple(outputs), name=f"{first.name}_{second.name}")


@function("Reducer.setOutputs")
def _set_outputs(reducer: Reducer, names: list[str]) -> Reducer:
    outputs = zip(reducer.outputs, names, strict=True)
    return Reducer(tuple(Output(n, o.summary, o.dtype) for o, n in outputs), name=reducer.name)


@function("Reducer.getOutputs")
def _get_outputs(reducer: Reducer) -> list[str]:
    return [output.name for output in reducer.outputs]


@function("Reducer.unweighted")
def _unweighted(reducer: Reducer) -> Reducer:
    return reducer  # weights are whole here: a pixel centre is in the region or not


@function("Reducer.toList")
def _to_list(tuple_size: int | None, optional: Any) -> Reducer:
    size = tuple_size or 1

    def collect(rows: Sequence[Any]) -> Any:
        kept = [list(row) for row in rows if not any(value is None for value in row)]
        return kept if tuple_size else [row[0] for row in kept]

    return Reducer(collect=collect, inputs=size, name="list")


@function("Reducer.frequencyHistogram")
def _frequency_histogram() -> Reducer:
    def collect(rows: Sequence[Any]) -> Any:
        counts: dict[str, float] = {}
        for (value,) in rows:
            key = "null" if value is None else f"{value:g}" if not isinstance(value, str) else value
            counts[key] = counts.get(key, 0) + 1
        return counts

    return Reducer(collect=collect, name="histogram")


@function("Reducer.histogram")
def _histogram(max_buckets: int | None, min_width: float | None, *_: Any) -> Reducer:
    """Buckets of equal width, a multiple of a power of two, no more than asked for."""

    def collect(rows: Sequence[Any]) -> Any:
        values = np.array([row[0] for row in rows if row[0] is not None], float)
        if not values.size:
            return None
        width = min_width or 2.0**-10
        while np.ptp(values) / width + 1 > (max_buckets or 256):
            width *= 2
        start = np.floor(values.min() / width) * width
        at = ((values - start) / width).astype(int)
        counts = np.bincount(at)
        sums = np.bincount(at, values)
        means = np.divide(
            sums, counts, out=start + (np.arange(len(counts)) + 0.5) * width, where=counts > 0
        )
        return {
            "bucketMeans": means.tolist(),
            "bucketMin": float(start),
            "bucketWidth": float(width),
            "histogram": counts.astype(float).tolist(),
        }

    return Reducer(collect=collect, name="histogram")


@function("Reducer.repeat")
def _repeat(reducer: Reducer, count: int) -> Reducer:
    def collect(rows: Sequence[Any]) -> Any:
        columns = list(zip(*rows, strict=True)) or [()] * count
        return [reduce_values(reducer, [(value,) for value in column]) for column in columns]

    return Reducer(collect=collect, inputs=count, name=reducer.name)


def reduce_values(reducer: Reducer, rows: Sequence[Sequence[Any]]) -> Any:
    """One value where the reducer has one output, else a dictionary by output name."""
    if reducer.collect:
        return reducer.collect(rows)
    numbers = [row[0] for row in rows if row[0] is not None]
    if not numbers:
        return 0 if reducer.name == "count" else None
    values = np.asarray(numbers, float)[:, None]
    stack = Stack(values, np.ones(values.shape, bool))
    results = {o.name: float(o.summary(stack)[0][0]) for o in reducer.outputs}
    return next(iter(results.values())) if len(results) == 1 else results
