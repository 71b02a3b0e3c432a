"""What is told of a pixel, for a person."""

from collections.abc import Iterator, Sequence

from lccs_inputs.explain.answer import (
    Condition,
    Confidence,
    Flip,
    LayerAnswer,
    Level3Answer,
    Operand,
    PixelAnswer,
    Plain,
)
from lccs_inputs.words import aligned

_SHOWN = 3
"""Flips that are told of each layer."""


def text_of(answer: PixelAnswer) -> str:
    """A paragraph for each layer, then one for level 3."""
    made_up = " (synthetic)" if answer.synthetic else ""
    head = (
        f"{answer.area} {answer.period}{made_up} at {answer.longitude:.6f}, {answer.latitude:.6f}: "
        f"row {answer.row}, column {answer.column} of the grid, its centre {answer.x:.10g}, "
        f"{answer.y:.10g} in {answer.crs}"
    )
    parts = ["\n".join(_layer(each, made_up)) for each in answer.layers]
    parts += ["\n".join(_level3(answer.level3, made_up))] if answer.level3 else []
    return "\n\n".join([head, *parts])


def _layer(answer: LayerAnswer, made_up: str) -> Iterator[str]:
    yield f"{answer.layer} = {_coded(answer.code, answer.meaning)}"
    if answer.reason:
        yield f"  nodata: {answer.reason}"
    for method in answer.methods:
        verdict = "decided" if method.decided else "not asked"
        if method.value is None:
            verdict = "knows nothing here"
        yield f"  method {method.name}: {shown(method.value)}, {verdict}"
        yield from _conditions(method.conditions if method.decided else ())
    for step in answer.minus:
        did = f"{step.before} becomes {step.after}"
        left = "left as it is" if step.before == step.after else did
        yield f"  minus {step.text}: {shown(step.holds)}, {left}"
        yield from _conditions(step.conditions if step.before != step.after else ())
    if answer.before_patches is not None:
        yield f"  patches ({answer.patches}): {answer.before_patches} becomes {answer.code}"
    yield from _table("  from", [*_operands(answer.operands)])
    yield from _sure(answer.confidence, made_up)
    yield from _flips(answer.flips)


def _level3(answer: Level3Answer, made_up: str) -> Iterator[str]:
    yield f"level 3 = {_coded(answer.code, answer.meaning)}"
    made_of = ", ".join(f"{layer} {code}" for layer, code in answer.layers.items())
    yield f"  from {made_of}"
    yield from _sure(answer.confidence, made_up)
    yield from _flips(answer.flips)


def _conditions(conditions: Sequence[Condition]) -> Iterator[str]:
    for each in conditions:
        value = "" if isinstance(each.value, bool) else f" ({shown(each.value)})"
        yield f"    {each.text}: {shown(each.holds)}{value}"


def _operands(operands: Sequence[Operand]) -> Iterator[tuple[str, str, str]]:
    for each in operands:
        value = shown(each.value) + (f" ({each.meaning})" if each.meaning else "")
        looks = ""
        if each.looks is not None:
            looks = f", {each.looks} clear of {each.scenes} observations"
        yield each.name, value, f"{each.source} {each.edition}{looks}".strip()


def _flips(flips: Sequence[Flip]) -> Iterator[str]:
    for each in flips[:_SHOWN]:
        by = f" ({each.change:+.4g})" if each.change else ""
        yield (
            f"  would be {_coded(each.code, each.meaning)} if {each.operand} were "
            f"{shown(each.to)}{by}, not {shown(each.value)}"
        )
    if not flips:
        yield "  no change of one operand alone makes it another"


def _table(title: str, rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    if rows:
        for line in aligned(rows).splitlines():
            yield f"{title} {line}"
            title = " " * len(title)


def _coded(code: int, meaning: str) -> str:
    return f"{code} ({meaning})" if meaning else str(code)


def _sure(confidence: Confidence | None, made_up: str) -> Iterator[str]:
    if confidence is not None:
        known = {name: value for name, value in confidence.parts.items() if value is not None}
        parts = ", ".join(f"{name} {value:.3g}" for name, value in known.items())
        yield f"  confidence {confidence.score:.2f}: {parts}"
        if confidence.probability is not None:
            right = f"right with a probability of {confidence.probability:.1%}"
            yield f"  {right}, by reference data{made_up}"


def shown(value: Plain) -> str:
    """A number, yes or no, or nodata."""
    if value is None:
        return "nodata"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}"
