"""Images computed pixel by pixel, with Earth Engine's own rules.

A result is masked where any input is; division by zero is 0; `normalizedDifference` masks negative
inputs; what is computed loses its properties; whole numbers do not wrap around.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standins.earthengine.bands import select
from standins.earthengine.elements import EarthEngineError, Image, overlap
from standins.earthengine.pixels import Band, Pixels, Target, nowhere
from standins.earthengine.registry import function

Values = NDArray[Any]
DType = np.dtype[Any]

BYTE, INT, FLOAT, DOUBLE = (np.dtype(k) for k in (np.uint8, np.int32, np.float32, np.float64))


def pointwise(
    name: str, dtype: DType, inputs: Sequence[Band], compute: Callable[..., Values | Pixels]
) -> Band:
    """A band computed from others, pixel by pixel; masked where any of them is.

    Args:
        compute: their values → values, or values and where those are valid.
    """

    def pull(target: Target) -> Pixels:
        pixels = [band.pixels(target) for band in inputs]
        mask = np.logical_and.reduce([each.mask for each in pixels])
        if not mask.any():
            return nowhere(target, dtype)
        with np.errstate(all="ignore"):
            result = compute(*(each.values for each in pixels))
        if isinstance(result, Pixels):
            mask, result = mask & result.mask, result.values
        if result.dtype.kind == "f":
            mask = mask & ~np.isnan(result)
        return Pixels(result, mask)

    return Band(name, dtype, inputs[0].projection, pull)


def cast(values: Values, dtype: DType) -> Values:
    """To another type: towards zero, and clamped to its range."""
    if dtype.kind == "f" or values.dtype == dtype:
        return values.astype(dtype)
    limits = np.iinfo(dtype)
    wide = np.trunc(values) if values.dtype.kind == "f" else values.astype(np.int64)
    return np.clip(wide, limits.min, limits.max).astype(dtype)


def union(first: DType, second: DType) -> DType:
    """The type that holds both; whole numbers become at least 32 bits wide."""
    if first.kind == "f" or second.kind == "f":
        return np.result_type(first, second)
    wide = np.result_type(first, second)
    return INT if wide.itemsize < 4 or wide == np.int32 else np.dtype(np.int64)


def _to_double(dtype: DType) -> DType:
    return FLOAT if dtype == FLOAT else DOUBLE


def _same(dtype: DType) -> DType:
    return dtype


def _whole(dtype: DType) -> DType:
    """Of rounded numbers; wide, so that nothing is clamped before a cast."""
    return np.dtype(np.int64) if dtype.kind == "f" else dtype


_UNARY: Mapping[str, tuple[Callable[[Values], Values], Callable[[DType], DType]]] = {
    "abs": (np.abs, _same),
    # Half up, as Java rounds.
    "round": (lambda v: np.floor(v + 0.5) if v.dtype.kind == "f" else v, _whole),
    "floor": (np.floor, _whole),
    "ceil": (np.ceil, _whole),
    "signum": (np.sign, _same),
    "not": (lambda v: v == 0, lambda _: BYTE),
    **{name: (getattr(np, name), _to_double) for name in ("sqrt", "log", "log10", "exp", "cbrt")},
    **{name: (getattr(np, name), _to_double) for name in ("sin", "cos", "tan")},
    **{name: (getattr(np, f"arc{name[1:]}"), _to_double) for name in ("asin", "acos", "atan")},
}


def _register_unary(name: str) -> None:
    compute, dtype_of = _UNARY[name]

    @function(f"Image.{name}")
    def unary(image: Image) -> Image:
        def band(source: Band) -> Band:
            dtype = dtype_of(source.dtype)
            valid_cast = lambda v: _finite_cast(compute(v), dtype)  # noqa: E731
            return pointwise(source.name, dtype, [source], valid_cast)

        return image.computed([band(source) for source in image.bands])


def _finite_cast(values: Values, dtype: DType) -> Values | Pixels:
    if values.dtype.kind == "f" and dtype.kind != "f":
        finite = np.isfinite(values)
        return Pixels(cast(np.where(finite, values, 0), dtype), finite)
    return values.astype(dtype, copy=False)


for _name in _UNARY:
    _register_unary(_name)

_CASTS = {
    "Byte": "uint8", "Uint8": "uint8", "Int8": "int8", "Uint16": "uint16", "Int16": "int16",
    "Short": "int16", "Uint32": "uint32", "Int32": "int32", "Int": "int32", "Int64": "int64",
    "Long": "int64", "Float": "float32", "Double": "float64",
}  # fmt: skip


def _cast_image(image: Image, dtype: DType) -> Image:
    def band(source: Band) -> Band:
        return pointwise(source.name, dtype, [source], lambda v: cast(v, dtype))

    return image.with_bands([band(source) for source in image.bands])


for _name, _kind in _CASTS.items():
    function(f"Image.to{_name}", f"Image.{_name.lower()}")(
        lambda image, *_, kind=_kind: _cast_image(image, np.dtype(kind))
    )


@function("Image.cast")
def _cast_bands(image: Image, types: dict[str, Any], *_: Any) -> Image:
    def band(source: Band) -> Band:
        kind = types.get(source.name)
        if kind is None:
            return source
        dtype = np.dtype(kind if isinstance(kind, str) else kind["dtype"])
        return pointwise(source.name, dtype, [source], lambda v: cast(v, dtype))

    return image.with_bands([band(source) for source in image.bands])


def paired(first: Image, second: Image) -> list[tuple[str, Band, Band]]:
    """Bands of two images as binary operators match them: by name, else in order.

    Raises:
        EarthEngineError: they have different numbers of bands, and neither has one.
    """
    one, other = first.bands, second.bands
    if len(one) == 1 or len(other) == 1:
        longer = one if len(one) >= len(other) else other
        count = len(longer)
        lefts = one if len(one) == count else one * count
        rights = other if len(other) == count else other * count
        return [(b.name, x, y) for b, x, y in zip(longer, lefts, rights, strict=True)]
    if len(one) != len(other):
        raise EarthEngineError(
            f"Images must have the same number of bands, or one: {first.names()} and "
            f"{second.names()}."
        )
    if set(first.names()) == set(second.names()):
        by_name = {band.name: band for band in other}
        return [(band.name, band, by_name[band.name]) for band in one]
    return [(x.name, x, y) for x, y in zip(one, other, strict=True)]


def _binary(
    compute: Callable[[Values, Values], Values], kind: Callable[..., DType]
) -> Callable[[Image, Image], Image]:
    def operate(first: Image, second: Image) -> Image:
        def band(name: str, one: Band, other: Band) -> Band:
            dtype = kind(one.dtype, other.dtype)
            return pointwise(name, dtype, [one, other], lambda x, y: compute(x, y).astype(dtype))

        longer = first if len(first.bands) >= len(second.bands) else second
        bands = [band(*triple) for triple in paired(first, second)]
        return replace(longer.computed(bands), geometry=overlap(first, second))

    return operate


def _wide(compute: Callable[[Values, Values], Values]) -> Callable[[Values, Values], Values]:
    """Whole numbers in 64 bits, so that nothing wraps around."""

    def widened(first: Values, second: Values) -> Values:
        whole = first.dtype.kind != "f" and second.dtype.kind != "f"
        kind = np.int64 if whole else np.result_type(first, second)
        return compute(first.astype(kind), second.astype(kind))

    return widened


def _divided(first: Values, second: Values) -> Values:
    result = np.zeros(first.shape, np.result_type(_fraction(first.dtype, second.dtype)))
    np.divide(first, second, out=result, where=second != 0, casting="unsafe")
    return result


def _fraction(first: DType, second: DType) -> DType:
    """Of a quotient: fractions survive, though whole numbers went in."""
    kind = union(first, second)
    return kind if kind.kind == "f" else DOUBLE


def _modulo(first: Values, second: Values) -> Values:
    return np.where(second != 0, np.fmod(first, np.where(second == 0, 1, second)), 0)


def _bits(compute: Callable[[Values, Values], Values]) -> Callable[[Values, Values], Values]:
    return lambda x, y: compute(x.astype(np.int64), y.astype(np.int64))


def _byte(*_: DType) -> DType:
    return BYTE


def _long(*_: DType) -> DType:
    return np.dtype(np.int64)


_BINARY: Mapping[str, tuple[Callable[[Values, Values], Values], Callable[..., DType]]] = {
    "add": (_wide(np.add), union),
    "subtract": (_wide(np.subtract), union),
    "multiply": (_wide(np.multiply), union),
    "divide": (_divided, _fraction),
    "mod": (_wide(_modulo), union),
    "pow": (lambda x, y: np.power(x.astype(float), y), _fraction),
    "min": (_wide(np.minimum), union),
    "max": (_wide(np.maximum), union),
    "atan2": (np.arctan2, _fraction),
    "hypot": (np.hypot, _fraction),
    "eq": (np.equal, _byte),
    "neq": (np.not_equal, _byte),
    "lt": (np.less, _byte),
    "lte": (np.less_equal, _byte),
    "gt": (np.greater, _byte),
    "gte": (np.greater_equal, _byte),
    "and": (lambda x, y: (x != 0) & (y != 0), _byte),
    "or": (lambda x, y: (x != 0) | (y != 0), _byte),
    "bitwiseAnd": (_bits(np.bitwise_and), _long),
    "bitwiseOr": (_bits(np.bitwise_or), _long),
    "bitwiseXor": (_bits(np.bitwise_xor), _long),
    "leftShift": (_bits(np.left_shift), _long),
    "rightShift": (_bits(np.right_shift), _long),
}
_ALIASES = {
    "bitwiseAnd": "bitwise_and",
    "bitwiseOr": "bitwise_or",
    "leftShift": "left_shift",
    "rightShift": "right_shift",
}
for _name, (_compute, _union) in _BINARY.items():
    _names = [f"Image.{_name}"] + ([f"Image.{_ALIASES[_name]}"] if _name in _ALIASES else [])
    function(*_names)(_binary(_compute, _union))


@function("Image.normalizedDifference")
def _normalized_difference(image: Image, names: list[str] | None) -> Image:
    one, other = select(image, names or [0, 1]).bands

    def compute(x: Values, y: Values) -> Pixels:
        first, second = x.astype(float), y.astype(float)
        total = first + second
        ratio = np.divide(first - second, total, out=np.zeros_like(total), where=total != 0)
        return Pixels(ratio.astype(np.float32), (x >= 0) & (y >= 0))

    band = pointwise("nd", FLOAT, [one, other], compute)
    return image.computed([band])


@function("Image.where")
def _where(image: Image, test: Image, value: Image) -> Image:
    def band(name: str, source: Band, tested: Band, other: Band) -> Band:
        dtype = source.dtype if source.dtype == other.dtype else union(source.dtype, other.dtype)

        def pull(target: Target) -> Pixels:
            pixels, tests, others = (b.pixels(target) for b in (source, tested, other))
            taken = tests.mask & (tests.values != 0) & others.mask
            values = np.where(taken, cast(others.values, dtype), cast(pixels.values, dtype))
            return Pixels(values, pixels.mask)

        return Band(name, dtype, source.projection, pull)

    tests = [second for _, _, second in paired(image, test)]
    others = [second for _, _, second in paired(image, value)]
    triples = zip(image.bands, tests, others, strict=True)
    return image.with_bands([band(s.name, s, t, o) for s, t, o in triples])


@function("Image.clamp")
def _clamp(image: Image, low: float, high: float) -> Image:
    def band(source: Band) -> Band:
        return pointwise(source.name, source.dtype, [source], lambda v: np.clip(v, low, high))

    return image.computed([band(source) for source in image.bands])


@function("Image.unitScale")
def _unit_scale(image: Image, low: float, high: float) -> Image:
    def band(source: Band) -> Band:
        return pointwise(source.name, DOUBLE, [source], lambda v: (v - low) / (high - low))

    return image.computed([band(source) for source in image.bands])


@function("Image.remap")
def _remap(image: Image, old: list[Any], new: list[Any], default: Any, name: str | None) -> Image:
    source = select(image, [name or 0]).bands[0]
    if len(old) != len(new):
        raise EarthEngineError("Image.remap: 'from' and 'to' must have the same length.")
    numbers = [*new, *([] if default is None else [default])]
    whole = all(float(number).is_integer() for number in numbers)
    dtype = INT if whole else DOUBLE

    def compute(values: Values) -> Pixels:
        result = np.full(values.shape, 0 if default is None else default, dtype)
        found = np.full(values.shape, default is not None)
        for before, after in zip(old, new, strict=True):
            at = values == before
            result[at], found[at] = after, True
        return Pixels(result, found)

    return image.computed([pointwise("remapped", dtype, [source], compute)])
