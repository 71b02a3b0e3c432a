"""The log of a job: where its lines go, and the warnings that are in it."""

import logging
import os
import re
import warnings
from collections.abc import Iterable
from pathlib import Path

_TOLD_ELSEWHERE = "LCCS_INPUTS_QUIET"
QUIET = {_TOLD_ELSEWHERE: "1", "TQDM_DISABLE": "1"}
"""Environment in which a job writes to its log alone, and draws no progress: who sets it tells."""

_FORMAT = "%(asctime)s %(levelname)s %(message)s"
_WARNING = re.compile(r"\S+ \S+ WARNING (.*)")
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
        self._found: dict[str, list[tuple[str, str]]] = {}

    def read(self, logs: Iterable[str]) -> None:
        """Add those of logs; one that is not there has none."""
        for log in logs:
            text = Path(log).read_text(encoding="utf-8") if Path(log).exists() else ""
            for line in filter(None, map(_WARNING.fullmatch, text.splitlines())):
                subject, _, sentence = line[1].partition(": ")
                self._found.setdefault(sentence or subject, []).append((line[1], log))

    def lines(self) -> list[str]:
        """What to tell of them: what was said first, how often, and the log that has it."""
        if not self._found:
            return []
        told = ["warnings"]
        for said in [*self._found.values()][:_MOST]:
            (message, log), further = said[0], len(said) - 1
            told.append(f"  {message}{f' (and {further} like it)' if further else ''}")
            told.append(f"    {log}")
        more = len(self._found) - _MOST
        return told + ([f"  and {more} more, in the logs"] if more > 0 else [])
