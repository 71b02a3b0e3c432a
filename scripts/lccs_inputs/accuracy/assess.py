"""One map held against the points of one set of reference data."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from lccs_inputs.accuracy.estimators import Matrix, Share, Strata
from lccs_inputs.facts.lccs import WHOLE_OF, Descriptor
from lccs_inputs.rasters.counting import Counts
from lccs_inputs.reference.data import NOT_SAID, RANDOM, SYSTEMATIC
from lccs_inputs.words import counted, listed

FEW = 30
"""Points of a class from which on its figures are of some use."""
_FEWEST = 15  # points of a class, or wrong, for an interval to hold about what it says
_ROUNDING = 1e-9
_LEAST = 5  # points of a stratum of afterwards
_TWO = 2  # points, for a standard error
_NO_CHANCE = 1e-6

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Design:
    """How points were drawn.

    Attributes:
        name: one of `reference.data.DESIGNS`; "" where nobody says.
        strata: stratum → pixels, or hectares where they are classes of a map; none where points
            were not drawn by strata.
        stratum: of each point, "" where there is none.
        of_map: the title of that map; "" where they are others.
    """

    name: str
    strata: Mapping[str, float]
    stratum: NDArray[np.object_]
    of_map: str = ""

    @property
    def weights(self) -> NDArray[np.float64]:
        """How much of the area each point stands for, set against the mean of all: 1 where they
        were not drawn by strata, 0 of a point of no stratum that has a size."""
        if not self.strata:
            return np.ones(len(self.stratum))
        drawn = Counter(self.stratum.tolist())
        each = np.array(
            [self.strata.get(name, 0.0) / drawn[name] for name in self.stratum.tolist()]
        )
        weights: NDArray[np.float64] = each / each.mean() if each.any() else each
        return weights


@dataclass(frozen=True)
class Assessment:
    """How right a map is.

    Attributes:
        source: the name of the data; `target`: `level3`, or the layer.
        method: how the figures were estimated, in words.
        codes: of the classes, in the order of the matrix.
        points: that are in the matrix; `without_map`: that lie where the map has nodata.
        mapped: hectares of each class on the map; where points tell of a part of it only, of that
            part, by them.
        hectares: that points were drawn of.
        whole: codes → what they are read as: where map or reference has only the whole of what the
            other has in parts.
        notes: what has to be known of the figures, a sentence each.
    """

    source: str
    target: str
    descriptor: Descriptor
    method: str
    codes: Sequence[int]
    matrix: Matrix
    points: int
    without_map: int
    mapped: Sequence[float]
    hectares: float
    whole: Mapping[int, int]
    notes: Sequence[str]

    def name_of(self, code: int) -> str:
        return self.descriptor.name_of(code)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Points, (classes of the map, classes of the reference)."""
        counts: NDArray[np.int64] = self.matrix.counts.sum(0)
        return counts

    @property
    def areas(self) -> Share:
        """Hectares of each class of the reference."""
        share = self.matrix.areas
        parts = share.value, share.error, share.low, share.high
        return Share(*(self.hectares * part for part in parts))

    @property
    def confusions(self) -> list[tuple[int, int, float, int]]:
        """Code of the map, of the reference, share of the area, points; the most of it first."""
        shares, counts = self.matrix.shares, self.counts
        found = [
            (self.codes[i], self.codes[j], float(shares[i, j]), int(counts[i, j]))
            for i, j in zip(*np.nonzero(counts), strict=True)
            if i != j
        ]
        return sorted(found, key=lambda each: (-each[2], each[:2]))


def assess(
    names: tuple[str, str],
    descriptor: Descriptor,
    said: tuple[Codes, Codes],
    mapped: Counts,
    design: Design,
) -> Assessment | None:
    """Hold a map against points; None where none, or too little (`silence`), is said of it.

    Where some points say nothing of the map, all figures are of the land whose classes do: the
    others count as drawn, so what is told is never spread over what is not. So do those of a
    stratum of the design that lie where the map has nodata.

    Args:
        names: of the reference data, and of the map.
        said: code of the map at each point, and of the reference; `NOT_SAID` where there is none.
        mapped: pixels and hectares of the map by code.
    """
    known = said[0] != NOT_SAID
    told = known & (said[1] != NOT_SAID)
    if not told.any() or silence(descriptor, said):
        return None
    whole = _whole(names[1], {*mapped.pixels, *said[1][told].tolist()})
    of_map, of_points = (_read(codes, whole) for codes in said)
    hectares = _summed(mapped.hectares, whole)
    codes = sorted({*hectares, *of_points[told].tolist()})
    drawn = _strata(of_map, known, hectares, mapped, design, descriptor)
    kept = drawn.of != NOT_SAID
    points = np.bincount(drawn.of[kept], minlength=len(drawn.sizes))
    count = kept & told
    counts = _counted(drawn.of[count], len(drawn.sizes), codes, of_map[count], of_points[count])
    if not counts.any():
        return None
    empty = points == 0
    sizes = np.array([*drawn.sizes.values()])
    matrix = Matrix(
        counts[~empty], Strata(points[~empty].astype(float), sizes[~empty], drawn.finite)
    )
    total = drawn.hectares * float(sizes[~empty].sum() / sizes.sum())
    silent = int((kept & known & ~told).sum())
    is_whole = kept[known].all() and not empty.any() and matrix.shares.sum() > 1 - _ROUNDING
    by_points = (total * matrix.shares.sum(1)).tolist()
    mapped_hectares = [hectares.get(code, 0.0) for code in codes] if is_whole else by_points
    without_map = int((~known & (kept | (said[1] != NOT_SAID))).sum())
    found = Assessment(
        *names, descriptor, drawn.method, codes, matrix, int(counts.sum()), without_map,
        mapped_hectares, total, whole, [],
    )  # fmt: skip
    lacking = [name for name, lost in zip(drawn.sizes, empty.tolist(), strict=True) if lost]
    notes = _notes(found, lacking, float(sizes[empty].sum() / sizes.sum()), silent)
    return replace(found, notes=[*drawn.notes, *notes])


def silence(descriptor: Descriptor, said: tuple[Codes, Codes]) -> str:
    """Why a map cannot be assessed though points say something of it; "" where it can.

    Points that all say one thing of it, such as "not applicable", while others are silent, tell
    nothing of where it is something else.
    """
    known = said[0] != NOT_SAID
    told = said[1][known & (said[1] != NOT_SAID)]
    silent = int((known & (said[1] == NOT_SAID)).sum())
    if not silent or len({*told.tolist()}) != 1:
        return ""
    only = descriptor.name_of(int(told[0]))
    return (
        f"{descriptor.title} is not assessed: all that say something of it, "
        f'{counted(len(told), "point")}, say "{only}", and {silent} say nothing'
    )


@dataclass(frozen=True)
class _Drawn:
    """The strata that figures are estimated by.

    Attributes:
        sizes: stratum → its size; `finite` whether that is in pixels.
        hectares: that they come to.
        of: the number of the stratum of each point among these; `NOT_SAID` of one in none.
    """

    method: str
    sizes: Mapping[str, float]
    finite: bool
    hectares: float
    of: Codes
    notes: Sequence[str] = ()


def _strata(
    of_map: Codes,
    known: NDArray[np.bool_],
    hectares: Mapping[int, float],
    mapped: Counts,
    design: Design,
    descriptor: Descriptor,
) -> _Drawn:
    if design.strata:
        return _as_drawn(design, mapped, descriptor.title)
    notes = {
        "": ["nobody says how the points were drawn: the intervals hold for a random sample"],
        SYSTEMATIC: [
            "the intervals are those of a random sample; those of a regular grid are often narrower"
        ],
    }.get(design.name, [])
    title = SYSTEMATIC if design.name == SYSTEMATIC else f"simple {RANDOM}"
    codes = np.array(sorted(hectares))
    points = [int((of_map == code).sum()) for code in codes]
    of = poststrata(points, [hectares[code] for code in codes.tolist()])
    notes = [*notes, *_not_at_random(points, codes, hectares, descriptor)]
    if of.max() > 0:
        title = f"{title}, stratified afterwards by the classes of the map"
        title += ", those of few points together" if of.max() + 1 < len(codes) else ""
    together = [codes[of == each].tolist() for each in range(of.max() + 1)]
    names = [listed([descriptor.name_of(code) for code in each]) for each in together]
    totals = [sum(hectares[code] for code in each) for each in together]
    sizes = dict(zip(names, totals, strict=True))
    stratum = np.full(len(of_map), NOT_SAID)
    stratum[known] = of[np.searchsorted(codes, of_map[known])]
    return _Drawn(title, sizes, False, sum(hectares.values()), stratum, notes)


def poststrata(points: Sequence[int], sizes: Sequence[float]) -> Codes:
    """The stratum of each class of a map, of points that were drawn without any.

    Classes in which fewer than `_LEAST` points are to be expected are one stratum, with as many
    others, the smallest first, as it takes for it to have so many. By what is expected, and not by
    what was met, it is nearly without bias; those that hardly any point met are joined too.

    Args:
        points: of each class; `sizes` of it.
    """
    met, shares = np.array(points), np.array(sizes) / sum(sizes)
    expected = met.sum() * shares
    no_chance = (met < _LEAST) & (expected >= _LEAST * _LEAST)
    few = (expected < _LEAST) | (met < _TWO) | no_chance
    order = np.lexsort((expected, ~few))  # those first
    least = _LEAST if no_chance.any() else _TWO
    of_all = np.minimum(expected[order].cumsum() / _LEAST, met[order].cumsum() / least)
    enough = int(np.searchsorted(of_all, 1 - _ROUNDING)) + 1
    together = max(int(few.sum()), enough) if few.any() else 1
    of = np.empty(len(met), np.int64)
    of[order] = np.maximum(np.arange(len(met)) - (together - 1), 0)
    return of


def _not_at_random(
    points: Sequence[int], codes: Codes, hectares: Mapping[int, float], descriptor: Descriptor
) -> Iterator[str]:
    """What is told where so many or few points lie in a class of the map as is no chance."""
    total = sum(hectares.values())
    for code, met in zip(codes.tolist(), points, strict=True):
        share = hectares[code] / total
        if binomtest(met, sum(points), share).pvalue < _NO_CHANCE:
            yield (
                f"{met} points lie in {descriptor.name_of(code)}, where of a random sample some "
                f"{sum(points) * share:.0f} would: figures tell of these points, not of the area"
            )


def _as_drawn(design: Design, mapped: Counts, title: str) -> _Drawn:
    names = [*design.strata]
    place = {name: at for at, name in enumerate(names)}
    of = np.array([place.get(name, NOT_SAID) for name in design.stratum.tolist()], np.int64)
    lost = int((of == NOT_SAID).sum())
    notes = [f"{counted(lost, 'point')} of no stratum left out"] if lost else []
    own = f"stratified, {counted(len(names), 'stratum').replace('stratums', 'strata')} of its own"
    method = {
        "": f"{own} (Stehman 2014)",
        title: "stratified by the classes of the map (Olofsson et al. 2014)",
    }.get(design.of_map, f"stratified by the classes of {design.of_map} (Stehman 2014)")
    total = sum(design.strata.values())
    hectares = total if design.of_map else total * mapped.all_hectares / mapped.all_pixels
    return _Drawn(method, dict(design.strata), not design.of_map, hectares, of, notes)


def _counted(
    strata: Codes, sizes: int, codes: Sequence[int], of_map: Codes, of_points: Codes
) -> NDArray[np.int64]:
    """Points, (strata, classes of the map, classes of the reference)."""
    counts = np.zeros((sizes, len(codes), len(codes)), np.int64)
    at = (strata, np.searchsorted(codes, of_map), np.searchsorted(codes, of_points))
    np.add.at(counts, at, 1)
    return counts


def agree(target: str, mapped: Codes, true: Codes) -> NDArray[np.bool_]:
    """Whether map and reference say the same at points, of which both say something."""
    whole = _whole(target, {*mapped.tolist(), *true.tolist()})
    same: NDArray[np.bool_] = _read(mapped, whole) == _read(true, whole)
    return same


def _whole(target: str, met: set[int]) -> dict[int, int]:
    """Codes that are read as what they are part of."""
    return {part: code for part, code in WHOLE_OF.get(target, {}).items() if code in met}


def _read(codes: Codes, whole: Mapping[int, int]) -> Codes:
    read = codes.copy()
    for part, code in whole.items():
        read[codes == part] = code
    return read


def _summed(hectares: Mapping[int, float], whole: Mapping[int, int]) -> dict[int, float]:
    summed: dict[int, float] = {}
    for code, each in hectares.items():
        read = whole.get(code, code)
        summed[read] = summed.get(read, 0.0) + each
    return summed


def _notes(found: Assessment, lacking: Sequence[str], share: float, silent: int) -> Iterator[str]:
    """What has to be known of the figures."""
    if silent:
        yield (
            f"{silent} of {found.points + silent} points say nothing of it: all figures, also what "
            "is mapped, are of land whose classes do, "
            f"{found.matrix.shares.sum():.1%} of the area"
        )
    if lacking:
        yield (
            f"no point lies in {listed(lacking)}, {share:.2%} of the area: all figures, also what "
            "is mapped, are of the rest"
        )
    if found.without_map:
        told = found.matrix.shares.sum()
        rest = f"; all figures, also what is mapped, are of where it has, {told:.1%} of the area"
        where = rest if told < 1 - _ROUNDING else ""
        yield f"{counted(found.without_map, 'point')} where the map has no data left out{where}"
    if (found.matrix.strata.points == 1).any():
        yield "a stratum has a single point, so that there are no standard errors and no ±"
    yield from _of_few(found)


def _of_few(found: Assessment) -> Iterator[str]:
    """What rests on one class, on few points, or on none that are wrong."""
    of_reference = found.counts.sum(0)
    met = of_reference > 0
    if met.sum() == 1:
        only = found.name_of(found.codes[int(np.flatnonzero(met)[0])])
        yield f"all points are of one class, {only}: nothing can be told of how others are mapped"
    few = [
        (found.name_of(code), count)
        for code, count in zip(found.codes, of_reference.tolist(), strict=True)
        if count < FEW
    ]
    if few:
        said = [f"{name} ({count})" for name, count in few]
        yield f"intervals are wide because few points are of {listed(said)}"
    fewest = [name for name, count in few if count < _FEWEST]
    if fewest and len(found.matrix.strata.points) == 1:
        yield (
            f"the intervals of the areas of {listed(fewest)} rest on fewer than {_FEWEST} points "
            "of one stratum: of some areas they hold the truth in as few as 92 of 100 samples"
        )
    wrong = found.points - int(np.trace(found.counts))
    if 0 < wrong < _FEWEST:
        yield (
            f"no more than {counted(wrong, 'point')} wrong: of so few the interval of overall "
            "accuracy holds the truth in as few as 90 of 100 samples"
        )
