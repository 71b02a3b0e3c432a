"""Reading legends: those there are, by name, and the user's own, by path."""

import re
from collections.abc import Collection, Iterator

from lccs_inputs.config.named import find_file, read_file, require_none
from lccs_inputs.config.sections.legends import LegendFile
from lccs_inputs.errors import ConfigError
from lccs_inputs.facts.lccs import Category
from lccs_inputs.facts.legend import FOLDER, Legend

LEGEND_NAME = r"[A-Za-z0-9][A-Za-z0-9_-]*"


def read_legend(name: str) -> Legend:
    """A legend by its name, or the path of its file.

    Raises:
        ConfigError: there is none, or it is no answer for some class of LCCS; lists every problem,
            with the file.
    """
    known = {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}
    path = find_file(name, known, "a legend")
    if not re.fullmatch(LEGEND_NAME, path.stem):
        raise ConfigError(
            [f"{name}: its name becomes that of the map; use letters, digits, _ and - only"]
        )
    said = read_file(name, path, LegendFile)
    classes = {code: Category(c.name, c.colour.lower()) for code, c in said.classes.items()}
    legend = Legend(path.stem, said.title, said.source, classes, said.crosswalk)
    require_none(name, legend.problems())
    return legend


def legend_problems(names: Collection[str]) -> Iterator[str]:
    """What is wrong with the legends that a config names."""
    found: dict[str, str] = {}
    for name in names:
        try:
            legend = read_legend(name).name
        except ConfigError as error:
            yield from (f"legend: {problem}" for problem in error.problems)
            continue
        if legend in found:
            yield f"legend: {found[legend]} and {name} would make one map, {legend}; rename a file"
        found[legend] = name
