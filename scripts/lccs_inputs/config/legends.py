"""Reading legends: those there are, by name, and the user's own, by path."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from pydantic import ValidationError

from lccs_inputs.config.files import read_yaml
from lccs_inputs.config.problems import explain
from lccs_inputs.config.sections.legends import LegendFile
from lccs_inputs.errors import ConfigError
from lccs_inputs.facts.lccs import Category
from lccs_inputs.facts.legend import FOLDER, Legend
from lccs_inputs.files import expanded
from lccs_inputs.words import unknown

LEGEND_NAME = r"[A-Za-z0-9][A-Za-z0-9_-]*"


def read_legend(name: str) -> Legend:
    """A legend by its name, or the path of its file.

    Raises:
        ConfigError: there is none, or it is no answer for some class of LCCS; lists every problem,
            with the file.
    """
    path = _own(name) if name.endswith((".yaml", ".yml")) else _known(name)
    if not re.fullmatch(LEGEND_NAME, path.stem):
        raise ConfigError(
            [f"{name}: its name becomes that of the map; use letters, digits, _ and - only"]
        )
    try:
        said = LegendFile.model_validate(read_yaml(path))
    except ValidationError as error:
        raise ConfigError([f"{name}: {text}" for text in explain(error, LegendFile)]) from error
    classes = {code: Category(c.name, c.colour.lower()) for code, c in said.classes.items()}
    legend = Legend(path.stem, said.title, said.source, classes, said.crosswalk)
    problems = [f"{name}: {text}" for text in legend.problems()]
    if problems:
        raise ConfigError(problems)
    return legend


def _own(name: str) -> Path:
    try:
        return Path(expanded(name))
    except ValueError as error:
        raise ConfigError([f"{name}: {error}"]) from error


def _known(name: str) -> Path:
    known = {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}
    if name not in known:
        raise ConfigError([f"{unknown(name, 'a legend', known)} (or the path of a file)"])
    return known[name]


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
