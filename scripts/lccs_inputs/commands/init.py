"""`make init`: write a first config for a place and a year, from tables alone.

    python -m lccs_inputs.commands.init AREA=my.gpkg YEAR=2024 ACCOUNTS=cdse,clms

On a terminal, what is not said is asked. A file that is there is not overwritten unasked.
"""

import re
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from lccs_inputs.beginning.document import first_config
from lccs_inputs.beginning.place import find_place
from lccs_inputs.beginning.supply import ACCOUNTS
from lccs_inputs.beginning.wish import Wish
from lccs_inputs.commands import status_of
from lccs_inputs.config import load, load_files
from lccs_inputs.errors import InputError
from lccs_inputs.facts.earthengine import CATALOGUE as EARTH_ENGINE
from lccs_inputs.files import atomic_path, writable
from lccs_inputs.plan import Plan
from lccs_inputs.plan.file_faults import fault_of_catalogue
from lccs_inputs.words import unknown

Ask = Callable[[str], str]
"""Puts a question to a person."""

_BASE = Path("config.yaml")
_NONE = "none"
_ASKED = {
    "AREA": "Area (a vector file, or west,south,east,north in degrees)",
    "YEAR": "Year",
    "ACCOUNTS": f"Accounts, in order of preference ({', '.join(ACCOUNTS)}, or {_NONE})",
    "PROJECT": "Google Cloud project that is registered for Earth Engine",
}
_FURTHER = ("CRS", "LAYER", "WHERE", "SCENES", "OUT")
"""A CRS in place of one that fits; a layer of the file, which of its features; a catalogue of
Sentinel-2 scenes on a disk; the file to write."""
_OUT = "mine.yaml"
_EXAMPLES = {"AREA": "my_area.gpkg", "YEAR": "2021", "ACCOUNTS": _NONE}
_PROJECT = {"PROJECT": "my-project"}


def write_config(said: Mapping[str, str], ask: Ask | None, today: date) -> tuple[Path, str]:
    """Write the config that is asked for; the file and its text.

    Args:
        said: by the names of `_ASKED` and `_FURTHER`.
        ask: for what is not said; None where nobody is there.

    Raises:
        InputError: something that is needed is not said or not right, or the file is there.
    """
    out = Path(said.get("OUT") or _OUT)
    if out.exists() and not (ask and ask(f"{out} is there. Replace it? [y/N] ").lower() == "y"):
        raise InputError(f"{out} is there already; write to another file with OUT=other.yaml")
    answered = dict(said)
    wish = _wish(answered, ask, today)
    base = load(load_files(_BASE, [], {}))
    text = first_config(wish, base, str(out), _command(answered))
    with writable(out, "OUT"), atomic_path(out) as temporary:
        temporary.write_text(text, encoding="utf-8")
        Plan.from_files(_BASE, [temporary], {})
    return out, text


def _wish(said: dict[str, str], ask: Ask | None, today: date) -> Wish:
    def answer(name: str) -> str:
        if not said.get(name) and ask:
            said[name] = ask(f"{_ASKED[name]}: ").strip()
        if not said.get(name):
            given = {key: value for key, value in said.items() if value}
            example = _command(_EXAMPLES | given | (_PROJECT if name in _PROJECT else {}))
            raise InputError(f"{name} is not set: {_ASKED[name]}; such as {example}")
        return said[name]

    further = {name.lower(): said.get(name, "") for name in ("LAYER", "WHERE", "CRS")}
    place = find_place(answer("AREA"), **further)
    year = answer("YEAR")
    if not re.fullmatch(r"[1-9][0-9]{3}", year):
        raise InputError(f"YEAR: {year} is no year; write it as 2021")
    accounts = _accounts(answer("ACCOUNTS"))
    project = answer("PROJECT") if EARTH_ENGINE in accounts else ""
    return Wish(place, int(year), accounts, project, today, _scenes(said.get("SCENES", "")))


def _scenes(catalogue: str) -> str:
    if catalogue and (fault := fault_of_catalogue(Path(catalogue))):
        raise InputError(f"SCENES: {catalogue} {fault.removesuffix(', or a name')}")
    return catalogue


def _accounts(text: str) -> tuple[str, ...]:
    names = [name for name in text.lower().replace(",", " ").split() if name != _NONE]
    for name in names:
        if name not in ACCOUNTS:
            raise InputError(f"ACCOUNTS: {unknown(name, 'an account', [*ACCOUNTS, _NONE])}")
    return tuple(dict.fromkeys(names))


def _command(said: Mapping[str, str]) -> str:
    """The command that says all that was said, or answered."""
    words = [f"{name}={shlex.quote(value)}" for name, value in said.items() if value]
    return " ".join(["make init", *words])


def _read(words: Sequence[str]) -> dict[str, str]:
    said = {}
    for word in words:
        name, _, value = word.partition("=")
        if name not in (*_ASKED, *_FURTHER):
            raise InputError(unknown(name, "something to say here", [*_ASKED, *_FURTHER]))
        said[name] = value
    return said


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file and print it; the exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    ask = input if sys.stdin.isatty() else None
    try:
        out, text = write_config(_read(words), ask, datetime.now(UTC).date())
    except InputError as error:
        print(error, file=sys.stderr)
        return 1
    except (EOFError, KeyboardInterrupt):
        print("\nnothing was written", file=sys.stderr)
        return 1
    print(f"{text}\n{out} is written.")
    return 0


if __name__ == "__main__":
    sys.exit(status_of(main))
