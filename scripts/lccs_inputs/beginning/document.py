"""The text of a first config, with what was chosen and why said in comments."""

import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import yaml
from pyproj import CRS

from lccs_inputs.beginning.layers import CAUTIONS, Chosen, LayerChoice
from lccs_inputs.beginning.place import NAME, RESOLUTION
from lccs_inputs.beginning.supply import ACCOUNTS, Supplied
from lccs_inputs.beginning.wish import CLOUD_MAX, Sources, Wish, period_of, sources_of
from lccs_inputs.config import Config
from lccs_inputs.facts.catalogues import CDSE
from lccs_inputs.facts.earthengine import CATALOGUE as EARTH_ENGINE
from lccs_inputs.facts.origins import CLMS
from lccs_inputs.facts.products import PRODUCTS

_MAX_YEARS = 5  # the default of max_years
_WIDTH = 98

_KEYS = {
    CDSE: "CDSE_KEY names the file of its S3 keys, or write cdse: {key: ...}; docs/accounts.md",
    CLMS: "CLMS_KEY names the file of its key, or write clms: {key: ...}; docs/accounts.md",
}


def first_config(wish: Wish, base: Config, out: str, how: str) -> str:
    """The text of a config that makes what layers can be made.

    Args:
        base: `config.yaml`.
        out: the name of the file it is for.
        how: the command it was asked for with.

    Raises:
        InputError: there is no imagery of that year, or not yet.
    """
    sources = sources_of(wish, base)
    chosen = LayerChoice(base, sources.whole).choose()
    maps = {name: each for name, each in sources.maps.items() if name in chosen.sources}
    scenes = {name: each for name, each in sources.scenes.items() if name in chosen.sources}
    origins = {each.origin for each in maps.values()}
    origins |= {str(each["catalogue"]) for each in scenes.values()}
    comments = [*_why(sources, chosen), *_lacking(wish, base, chosen), *_cautions(chosen)]
    parts = (
        _head(out, how, origins),
        _where_and_when(wish),
        _accounts(wish, origins),
        _scenes(scenes),
        _maps(wish, maps),
        _derived(chosen),
        _layers(chosen, comments),
    )
    return "\n".join(filter(None, parts))


def _head(out: str, how: str, origins: Collection[str]) -> str:
    targets = [*(["offers-lock"] if CLMS in origins else []), "doctor", "run"]
    then = ", ".join(f"make {target} CONFIG={shlex.quote(out)}" for target in targets)
    return (
        f"# Written by: {how}\n"
        f"# Then: {then}\n"
        "# Yours to change: docs/config.md has every key, docs/methods.md every method.\n"
    )


def _where_and_when(wish: Wish) -> str:
    crs, period = wish.place.area.grid.crs, period_of(wish)
    season = "the growing season" if wish.has_season else "all of the year"
    span = {"start": period.start, "end": period.end}
    return (
        f"areas: {_flow({NAME: dict(wish.place.entry)})}\n"
        f"grid: {_flow({'crs': crs, 'resolution': round(RESOLUTION)})} # {_named(crs)}; metres\n"
        f"periods: {_flow({str(wish.year): span})} # {season}\n"
    )


def _named(crs: str) -> str:
    name = CRS(crs).name
    return name if name != "unknown" else "equal areas around the place"


def _accounts(wish: Wish, origins: Collection[str]) -> str:
    lines = [f"# {name}: {said}" for name, said in _KEYS.items() if name in origins]
    if EARTH_ENGINE in origins:
        lines.append(f"earthengine: {_flow({'project': wish.project})} # docs/earthengine.md")
    return "".join(f"{line}\n" for line in lines)


def _scenes(scenes: Mapping[str, Mapping[str, Any]]) -> str:
    lines = [f"  {name}: {_flow(entry)}" for name, entry in scenes.items()]
    return "\n".join([f"scenes: # without those that have over {CLOUD_MAX} % cloud", *lines, ""])


def _maps(wish: Wish, maps: Mapping[str, Supplied]) -> str:
    lines = [_map(wish, name, each) for name, each in maps.items()]
    return "\n".join(["products:", *lines, ""] if lines else ["products: {} # none is there", ""])


def _map(wish: Wish, name: str, found: Supplied) -> str:
    entry: dict[str, Any] = {"product": found.product, "editions": {found.edition: found.origin}}
    notes = [PRODUCTS[found.product].title]
    if off := found.years_after(wish.year):
        years = f"{abs(off)} {'year' if abs(off) == 1 else 'years'}"
        notes.append(f"{years} {'later' if off > 0 else 'earlier'}")
    if abs(off) > _MAX_YEARS:
        entry["max_years"] = abs(off)
    if not found.whole:
        notes.append("a part of the area only")
    return f"  {name}: {_flow(_numbered(entry))} # {', '.join(notes)}"


def _numbered(entry: dict[str, Any]) -> dict[str, Any]:
    """Years as numbers, as people write them."""
    editions = entry["editions"].items()
    return entry | {"editions": {int(y) if y.isdigit() else y: origin for y, origin in editions}}


def _layers(chosen: Chosen, comments: Sequence[str]) -> str:
    text = yaml.dump(
        {"layers": dict(chosen.layers)},
        Dumper=_Dumper,
        sort_keys=False,
        width=_WIDTH,
        allow_unicode=True,
    )
    return "".join(f"# {line}\n" for line in comments) + text


def _derived(chosen: Chosen) -> str:
    lines = [f"  {name}: {_flow(text)}" for name, text in chosen.derived.items()]
    return "\n".join(["derived: # of the one map of crops there is", *lines, ""]) if lines else ""


def _why(sources: Sources, chosen: Chosen) -> Iterator[str]:
    """Which better sources are not there, and why."""
    reasons: dict[str, list[str]] = {}
    for name in sorted(chosen.missed):
        reason = sources.faults.get(name, "no scenes at that time or place")
        reasons.setdefault(reason, []).append(name)
    for reason, names in reasons.items():
        yield f"not used: {', '.join(names)}: {reason}"


def _lacking(wish: Wish, base: Config, chosen: Chosen) -> Iterator[str]:
    """Which layers have no source, and which account would give them one."""
    if not chosen.lacking:
        return
    further = [account for account in ACCOUNTS if account not in wish.accounts]
    with_it = {account: _with_account(wish, account, base).lacking for account in further}
    for layer in chosen.lacking:
        able = [account for account, lacking in with_it.items() if layer not in lacking]
        hint = f"; an account for {' or '.join(able)} gives it one" if able else ""
        yield f"{layer} has no source here{hint}"


def _cautions(chosen: Chosen) -> Iterator[str]:
    """What is to be known of methods that stand in for better ones."""
    for layer, said in chosen.layers.items():
        for method in said["methods"].keys() & CAUTIONS.keys():
            yield f"{layer} by {method}: {CAUTIONS[method]}; docs/methods.md"


def _with_account(wish: Wish, account: str, base: Config) -> Chosen:
    sources = sources_of(replace(wish, accounts=(*wish.accounts, account)), base)
    return LayerChoice(base, sources.whole).choose()


class _Dumper(yaml.SafeDumper):
    """Lists in one line each, as people write them."""


_Dumper.add_representer(
    list, lambda dumper, items: dumper.represent_sequence("tag:yaml.org,2002:seq", items, True)
)


def _flow(value: Any) -> str:
    """A value in one line of YAML."""
    text = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True
    )
    return text.removesuffix("\n").removesuffix("\n...")
