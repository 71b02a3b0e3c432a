"""The credits that the sources of a period ask for, as a text that goes with its maps."""

from collections.abc import Iterable, Sequence

from lccs_inputs.provenance.sources import Source

_HEAD = """\
{place}: credits

Whoever publishes these maps, or what is made of them, repeats the lines below that begin at the
margin. The maps are changed from these data; nobody who is named here endorses them.
"""
_OF_SAMPLE = """\
What follows is of the sample of lccs-inputs, which is synthetic and shows no place: nobody is to be
credited for it. Of the data that it stands for, these would be the lines:
"""


def credit_text(place: str, sources: Sequence[Source]) -> str:
    """Every line that the sources of a period require, each once, with what it is for."""
    real = [source for source in sources if not source.is_synthetic]
    made_up = [source for source in sources if source.is_synthetic]
    parts = [_HEAD.format(place=place), *_entries(real)] if real else []
    if made_up:
        parts += [_OF_SAMPLE, *_entries(made_up)]
    return "\n".join(parts)


def _entries(sources: Iterable[Source]) -> list[str]:
    lines: dict[str, list[Source]] = {}
    for source in sources:
        for line in source.credits:
            lines.setdefault(line, []).append(source)
    return [
        "".join([f"{line}\n", *(f"    {each.name}: {_said(each)}\n" for each in owed)])
        for line, owed in lines.items()
    ]


def _said(source: Source) -> str:
    return f"{source.title} ({source.licence})"
