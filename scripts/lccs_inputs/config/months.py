"""`window: months`: a scene set that stands for twelve, one of each calendar month."""

import re
from calendar import monthrange
from collections.abc import Iterable, Mapping
from typing import Any

from lccs_inputs.config.files import MONTHS, months_of, section
from lccs_inputs.errors import ConfigError


def with_months(document: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The document with `s1` of `window: months` written out as `s1_01` to `s1_12`.

    Returns:
        The document, and the names of the scene sets that were written out.

    Raises:
        ConfigError: one of the twelve names is taken.
    """
    written: dict[Any, Any] = {}
    monthly: list[str] = []
    scenes = section(document, "scenes")
    for name, scene_set in scenes.items():
        if section(scenes, name).get("window") != MONTHS:
            written[name] = scene_set
            continue
        monthly.append(str(name))
        twelve = {
            month_name: {**scene_set, "window": _window(month)}
            for month, month_name in enumerate(months_of(name), start=1)
        }
        if taken := sorted(twelve.keys() & scenes.keys()):
            raise ConfigError(
                [f"scenes.{taken[0]}: is a month of scenes.{name} already; choose another name"]
            )
        written |= twelve
    return ({**document, "scenes": written} if monthly else dict(document)), monthly


def _window(month: int) -> str:
    """The season that is a month; February to the 29th, which is its last day in any year."""
    return f"{month:02}-01/{month:02}-{monthrange(2000, month)[1]}"


def told_once(problems: Iterable[str], monthly: Iterable[str]) -> list[str]:
    """The problems of the twelve as those of the one they were written from."""
    names = "|".join(map(re.escape, monthly))
    if not names:
        return list(problems)
    month = re.compile(rf"\bscenes\.({names})_\d\d\b")
    row = re.compile(r"(\bscenes\.[\w.]+(?: \([^)]*\))?)(?:, \1)+(?![\w.])")
    told = (row.sub(r"\1", month.sub(r"scenes.\1", problem)) for problem in problems)
    return list(dict.fromkeys(told))
