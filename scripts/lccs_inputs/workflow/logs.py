"""The log of a job: where its lines go, and the warnings and errors that are in it."""

import logging
import os
import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_TOLD_ELSEWHERE = "LCCS_INPUTS_QUIET"
QUIET = {_TOLD_ELSEWHERE: "1", "TQDM_DISABLE": "1"}
"""Environment in which a job writes to its log alone, and draws no progress: who sets it tells."""

_FORMAT = "%(asctime)s %(levelname)s %(message)s"
_WARNING = re.compile(r"\S+ \S+ WARNING (.*)")
_ERROR = re.compile(r"^\S+ \S+ ERROR (.*)$", re.MULTILINE)
_MOST = 8


def write_logs(log: Path) -> None:
    """Have what this process logs written to a file, and to stderr unless it is told elsewhere."""
    log.parent.mkdir(parents=True, exist_ok=True)
    stderr = [] if _TOLD_ELSEWHERE in os.environ else [logging.StreamHandler()]
    logging.basicConfig(
        level=logging.INFO,
        format=_FORMAT,
        handlers=[logging.FileHandler(log, mode="w"), *stderr],
        force=True,
    )
    logging.captureWarnings(True)
    # rasterio silences it for its rasters in memory, but not from several threads at a time.
    warnings.filterwarnings("ignore", "Dataset has no geotransform")
    for chatty in ("rasterio", "matplotlib"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # who has it try again tells


class Warnings:
    """The warnings in the logs of a run, each sentence once, whatever it is said of."""

    def __init__(self) -> None:
        self._found: list[tuple[str, str]] = []

    def read(self, logs: Iterable[str]) -> None:
        """Add those of logs; one that is not there has none."""
        for log in logs:
            lines = filter(None, map(_WARNING.fullmatch, _text(log).splitlines()))
            self._found += [(line[1], log) for line in lines]

    def lines(self) -> list[str]:
        """What to tell of them: what was said first, how often, and the log that has it."""
        return _told("warnings", self._found)


class Failures:
    """The jobs of a run that failed, and did not go well when they were tried again."""

    def __init__(self) -> None:
        self._failed: dict[int, _Failure] = {}

    def add(self, job: int, rule: str, logs: Sequence[str], *, grouped: bool) -> None:
        """Of a group that failed Snakemake names all jobs (`grouped`), whichever of them it was."""
        self._failed[job] = _Failure(rule, logs, grouped)

    def drop(self, job: int) -> None:
        """The job went well."""
        self._failed.pop(job, None)

    def lines(self) -> list[str]:
        """Why: the error that ended each, and the log that has it."""
        failed = [*self._failed.values()]
        said = [each.why for each in failed if each.why[0]]
        silent = [each for each in failed if not each.why[0] and not (each.grouped and said)]
        return _told("failed", said + [each.silence for each in silent])


@dataclass(frozen=True)
class _Failure:
    """A job that failed."""

    rule: str
    logs: Sequence[str]
    grouped: bool

    @cached_property
    def why(self) -> tuple[str, str]:
        """The last error in its logs, and which log that is; of one that was not foreseen the last
        line too, which names the exception; "" where there is none."""
        for log in self.logs:
            if errors := [*_ERROR.finditer(_text(log))]:
                after = errors[-1].string[errors[-1].end() :].split("\n")
                last = next(filter(None, map(str.strip, reversed(after))), "")
                return f"{errors[-1][1]}{f': {last}' if last else ''}", log
        return "", ""

    @property
    def silence(self) -> tuple[str, str]:
        """What is told of one that says nothing."""
        word = f"{self.rule} ended without saying why (killed, or no memory?); run again to go on"
        return word, next((log for log in self.logs if Path(log).exists()), "no log")


def _text(log: str) -> str:
    return Path(log).read_text(encoding="utf-8") if Path(log).exists() else ""


def _told(title: str, found: Iterable[tuple[str, str]]) -> list[str]:
    """Sentences and where they are said, each once, whatever it is said of."""
    alike = dict[str, list[tuple[str, str]]]()
    for message, log in found:
        subject, _, sentence = message.partition(": ")
        alike.setdefault(sentence or subject, []).append((message, log))
    if not alike:
        return []
    told = [title]
    for said in [*alike.values()][:_MOST]:
        (message, log), further = said[0], len(said) - 1
        told.append(f"  {message}{f' (and {further} like it)' if further else ''}")
        told.append(f"    {log}")
    more = len(alike) - _MOST
    return told + ([f"  and {more} more, in the logs"] if more > 0 else [])
