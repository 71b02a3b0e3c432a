"""Making the lock file, and seeing what has changed since.

python -m lccs_inputs.commands.offers_lock [CONFIG ...]            look up, write, say what changed
python -m lccs_inputs.commands.offers_lock --check [CONFIG ...]    only say; status 1 if out of date
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from lccs_inputs.clms.catalogue import read_offers
from lccs_inputs.clms.lock import Lock, LockedProduct
from lccs_inputs.clms.offers import RASTER, OfferedMap, find_offer, with_files
from lccs_inputs.clms.session import ClmsSession
from lccs_inputs.commands import plan_of
from lccs_inputs.config import Config
from lccs_inputs.config.sections.products import CLMS
from lccs_inputs.errors import InputError, SourceError
from lccs_inputs.facts.products import PRODUCTS


def products_from_clms(config: Config) -> list[tuple[str, int]]:
    """Short names and years of all editions of a config that say `clms`, in use or not."""
    found = {
        (product.product, int(edition))
        for product in config.products.values()
        for edition, origin in product.editions.items()
        if product.product and origin == CLMS
    }
    return sorted(found)


def refresh(session: ClmsSession, wanted: Iterable[tuple[str, int]], old: Lock) -> tuple[Lock, str]:
    """Look products and years up in the catalogue.

    Args:
        wanted: short names and years; what `old` has besides is kept as it is, for it may be of
            another config.

    Returns:
        The new lock, and in words what is different from `old`, "" where nothing is.

    Raises:
        SourceError: the catalogue cannot be read, or lacks some of `wanted`, naming what comes
            near each.
    """
    wanted = sorted(set(wanted))
    offers, found, problems = read_offers(session), list[OfferedMap](), list[str]()
    for name, year in wanted:
        try:
            found.append(find_offer(offers, PRODUCTS[name], year))
        except SourceError as error:
            problems.append(str(error))
    if problems:
        raise SourceError("\n".join(problems))
    kept = {(locked.product, locked.year): locked for locked in old.products}
    for (name, year), located in zip(wanted, with_files(session, found), strict=True):
        kept[name, year] = _lock(name, year, located)
    new = Lock(tuple(locked for _, locked in sorted(kept.items())))
    return new, difference(old, new)


def _lock(name: str, year: int, located: OfferedMap) -> LockedProduct:
    offer, collection = located.offer, located.collection
    return LockedProduct(
        name,
        year,
        offer.text,
        collection.name,
        offer.uid,
        collection.information_id,
        collection.source,
        RASTER,
        located.resolution,
        offer.time_series,
        located.files(year),
    )


def difference(old: Lock, new: Lock) -> str:
    """What changed between two locks, a line for each product and year; "" where nothing did."""
    before = {locked.name: locked for locked in old.products}
    after = {locked.name: locked for locked in new.products}
    lines = []
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            lines.append(f"+ {name}: {_summary(after[name])}")
        elif name not in after:
            lines.append(f"- {name}: {_summary(before[name])}")
        elif before[name] != after[name]:
            lines.append(f"~ {name}: {_changes(before[name], after[name])}")
    return "\n".join(lines)


def _summary(locked: LockedProduct) -> str:
    return f'"{locked.title}", {locked.collection}, {len(locked.files)} ready-made files'


def _changes(old: LockedProduct, new: LockedProduct) -> str:
    before, after = asdict(old), asdict(new)
    said = [
        f"{key} {before[key]!r} -> {after[key]!r}"
        for key in before
        if key != "files" and before[key] != after[key]
    ]
    gone, came = set(old.files) - set(new.files), set(new.files) - set(old.files)
    if gone or came:
        areas = ", ".join(sorted({file.area or file.name for file in gone | came}))
        said.append(f"ready-made files of {areas}")
    return "; ".join(said)


def update(url: str, path: Path, wanted: Iterable[tuple[str, int]], check: bool = False) -> str:
    """Bring a lock file up to date, or with `check` only see what would change.

    Args:
        url: the CLMS site.
        path: the lock file; made where there is none.
        wanted: short names and years to look up.

    Returns:
        What is different, in words; "" where nothing is.

    Raises:
        SourceError: the catalogue or the lock file cannot be read, or something is not on offer.
    """
    old = Lock.read(path) if path.exists() else Lock()
    with ClmsSession(url, None) as session:
        new, said = refresh(session, wanted, old)
    if not check and (said or not path.exists()):
        new.write(path)
    return said


def main(arguments: Sequence[str] | None = None) -> int:
    """Update or check the lock file of `config.yaml`, or of the user's files; the exit status."""
    parser = argparse.ArgumentParser(description="Pin the products of a config that CLMS has.")
    parser.add_argument("--check", action="store_true", help="write nothing, status 1 if stale")
    parser.add_argument("config", nargs="*", type=Path, help="over config.yaml")
    options = parser.parse_args(arguments)
    try:
        plan = plan_of(options.config)
        clms, wanted = plan.config.clms, products_from_clms(plan.config)
        said = update(clms.url, Path(clms.lock), wanted, options.check)
    except InputError as error:
        print(error, file=sys.stderr)
        return 1
    print(said or f"{clms.lock}: nothing to change ({len(wanted)} products from CLMS)")
    return int(bool(said) and options.check)


if __name__ == "__main__":
    sys.exit(main())
