"""Making the lock file, and seeing what has changed since.

python -m lccs_inputs.commands.offers_lock [CONFIG ...]            look up, write, say what changed
python -m lccs_inputs.commands.offers_lock --check [CONFIG ...]    only say; status 1 if out of date
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from lccs_inputs.clms.catalogue import read_offers
from lccs_inputs.clms.lock import Lock, LockedProduct
from lccs_inputs.clms.offers import RASTER, OfferedMap, find_offer, with_files
from lccs_inputs.clms.session import ClmsSession
from lccs_inputs.commands import plan_of, status_of
from lccs_inputs.config import Config
from lccs_inputs.errors import InputError, SourceError
from lccs_inputs.facts.catalogues import CDSE
from lccs_inputs.facts.data_space import HOLDINGS
from lccs_inputs.facts.origins import CLMS
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.files import writable
from lccs_inputs.plan import Plan
from lccs_inputs.products.data_space_catalogue import pin
from lccs_inputs.products.locked import Box, LockedTiles, around
from lccs_inputs.workflow.requests import Place

Entry = TypeVar("Entry", LockedProduct, LockedTiles)


def products_from_clms(config: Config) -> list[tuple[str, int]]:
    """Short names and years of all editions of a config that say `clms`, in use or not."""
    found = {
        (product.product, int(edition))
        for product in config.products.values()
        for edition, origin in product.editions.items()
        if product.product and origin == CLMS
    }
    return sorted(found)


def tiles_from_data_space(plan: Plan) -> dict[tuple[str, int], list[Box]]:
    """Short name and year of all editions in use that say `cdse`, with the boxes of the areas."""
    found = defaultdict[tuple[str, int], list[Box]](list)
    for area, source, edition in plan.names.editions_from(CDSE):
        name = plan.products.product(source).name
        found[name, int(edition)].append(plan.areas.bounds(area))
    return found


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
    new = replace(old, products=tuple(locked for _, locked in sorted(kept.items())))
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


def refresh_tiles(
    catalogue: str, wanted: Mapping[tuple[str, int], Iterable[Box]], old: Lock
) -> Lock:
    """Look editions up in the catalogue of the Copernicus Data Space.

    Args:
        catalogue: its address.
        wanted: short name and year → the boxes to look in. Those of `old`, which may be of another
            config, are looked in again, so that an edition is of one moment; editions that it has
            besides are kept as they are.

    Raises:
        SourceError: the catalogue cannot be searched, or its items are not of the product.
    """
    kept = {(locked.product, locked.year): locked for locked in old.data_space}
    for (name, year), boxes in wanted.items():
        before = kept.get((name, year))
        within = [*before.boxes] if before else []
        within += [around(box) for box in boxes if not (before and before.covers(box))]
        kept[name, year] = pin(PRODUCTS[name], year, HOLDINGS[name].collection, within, catalogue)
    return replace(old, data_space=tuple(locked for _, locked in sorted(kept.items())))


def difference(old: Lock, new: Lock) -> str:
    """What changed between two locks, a line for each product and year; "" where nothing did."""
    of_clms = _lines(old.products, new.products)
    return "\n".join([*of_clms, *_lines(old.data_space, new.data_space)])


def _lines(old: Sequence[Entry], new: Sequence[Entry]) -> Iterator[str]:
    before, after = ({locked.name: locked for locked in entries} for entries in (old, new))
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            yield f"+ {name}: {after[name].summary}"
        elif name not in after:
            yield f"- {name}: {before[name].summary}"
        elif before[name] != after[name]:
            yield f"~ {name}: {after[name].changes_since(before[name])}"


def update(
    url: str,
    path: Path,
    wanted: Collection[tuple[str, int]],
    check: bool = False,
    *,
    catalogue: str = "",
    tiles: Mapping[tuple[str, int], Iterable[Box]] = MappingProxyType({}),
) -> str:
    """Bring a lock file up to date, or with `check` only see what would change.

    Args:
        url: the CLMS site, which is asked where something is `wanted` of it.
        path: the lock file; made where there is none.
        wanted: short names and years to look up.
        catalogue, tiles: as `wanted` of `refresh_tiles`.

    Returns:
        What is different, in words; "" where nothing is.

    Raises:
        SourceError: a catalogue or the lock file cannot be read, or something is not on offer.
    """
    new = old = Lock.found(path)
    if wanted:
        with ClmsSession(url, None) as session:
            new, _ = refresh(session, wanted, old)
    new = refresh_tiles(catalogue, tiles, new)
    said = difference(old, new)
    if not check and (said or not path.exists()):
        with writable(path, "clms.lock"):
            new.write(path)
    return said


def lacking(plan: Plan) -> Iterator[str]:
    """What the lock file has no tile of, though a layer needs it, and what to do."""
    lock = Lock.found(Path(plan.config.clms.lock))
    for area, source, edition in plan.names.editions_from(CDSE):
        locked = lock.tiles(plan.products.product(source).name, int(edition))
        needed = not plan.products.optional(Place(source=source, edition=edition))
        if needed and locked and not locked.near(plan.areas.bounds(area)):
            yield (
                f"products.{source}.editions.{edition}: the Copernicus Data Space has no tile of "
                f"it for areas.{area}; choose another year, or write clms or the path of a file"
            )


def main(arguments: Sequence[str] | None = None) -> int:
    """Update or check the lock file of `config.yaml`, or of the user's files; the exit status."""
    parser = argparse.ArgumentParser(
        description="Pin the products that a config takes from CLMS or the Copernicus Data Space."
    )
    parser.add_argument("--check", action="store_true", help="write nothing, status 1 if stale")
    parser.add_argument("config", nargs="*", type=Path, help="over config.yaml")
    options = parser.parse_args(arguments)
    try:
        plan = plan_of(options.config)
        clms, wanted = plan.config.clms, products_from_clms(plan.config)
        catalogue, tiles = plan.config.cdse.catalogue, tiles_from_data_space(plan)
        said = update(
            clms.url, Path(clms.lock), wanted, options.check, catalogue=catalogue, tiles=tiles
        )
    except InputError as error:
        print(error, file=sys.stderr)
        return 1
    print(
        said
        or f"{clms.lock}: nothing to change ({len(wanted)} products from CLMS, {len(tiles)} from "
        "the Copernicus Data Space)"
    )
    if options.check:
        return int(bool(said))
    faults = [*lacking(plan)]
    print(*faults, sep="\n", end="\n" if faults else "", file=sys.stderr)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(status_of(main))
