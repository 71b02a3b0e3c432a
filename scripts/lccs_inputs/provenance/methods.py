"""`METHODS.md` and `data.bib`: the data of a period, ready for a methods section."""

from collections.abc import Iterator, Sequence

from lccs_inputs.provenance.citing import Cited

_HEAD = """\
# {place}: data

The maps were made by lccs-inputs {version} (CITATION.cff of the software says how to cite it) from
the data below.
"""
_BIBLIOGRAPHY = """\
`data.bib` has these for BibTeX, by the keys of the last column.
"""
_OF_SAMPLE = """\
What follows is of the sample of lccs-inputs, which is synthetic: there is nothing to cite. Of the
data that it stands for, this would be the table:
"""
_COLUMNS = (
    "Data", "Version", "Dates", "Scenes", "DOI", "Licence", "Publisher", "Accessed", "Source",
    "Key",
)  # fmt: skip
_NONE = "none known"
_SPECIAL = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    **{each: f"\\{each}" for each in "{}&%$#_"},
}  # fmt: skip
"""What means something else to TeX → how it is written."""


def methods_text(place: str, version: str, real: Sequence[Cited], made_up: Sequence[Cited]) -> str:
    """The table, as Markdown.

    Args:
        version: of this software.
        made_up: what is of the sample.
    """
    parts = [_HEAD.format(place=place, version=version)]
    parts += [_BIBLIOGRAPHY, *_table(real)] if real else []
    parts += [""] if real and made_up else []
    parts += [_OF_SAMPLE, *_table(made_up)] if made_up else []
    return "\n".join(parts) + "\n"


def _table(entries: Sequence[Cited]) -> Iterator[str]:
    yield _row(_COLUMNS)
    yield _row(["---"] * len(_COLUMNS))
    for each in entries:
        dois = [f"[{doi}](https://doi.org/{doi})" for doi in each.dois]
        said = ", ".join(dois) + (" (article)" if each.article else "")
        yield _row([
            each.title, each.version or "–", each.dates, each.extent or "–", said or _NONE,
            each.licence, each.publisher, each.accessed or "–", f"`{each.source}`", each.key,
        ])  # fmt: skip


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def bibliography(real: Sequence[Cited]) -> str:
    """The data as BibTeX, in UTF-8; of the sample nothing is to be cited."""
    return (
        "\n".join(_entry(each) for each in real) or "% of synthetic data nothing is to be cited\n"
    )


def _entry(each: Cited) -> str:
    note = [each.dates, each.extent, f"licence: {each.licence}"]
    note += [f"accessed {each.accessed}"] if each.accessed else []
    fields = {
        "author": f"{{{_tex(each.publisher)}}}",
        "title": f"{{{_tex(each.title)}}}",
        "year": each.year,
        "version": _tex(each.version),
    }
    if each.article:
        fields = {name: _tex(text) for name, text in each.article.items()}
        note.insert(0, each.title)
    fields |= {"doi": ", ".join(each.dois), "note": _tex("; ".join(filter(None, note)))}
    told = ",\n".join(f"  {name} = {{{text}}}" for name, text in fields.items() if text)
    return f"@{'article' if each.article else 'misc'}{{{each.key},\n{told}\n}}\n"


def _tex(text: str) -> str:
    return "".join(_SPECIAL.get(letter, letter) for letter in text)
