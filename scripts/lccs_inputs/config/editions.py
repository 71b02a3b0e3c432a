"""Editions: which dates of a scene set, or which year of a product, a period takes.

An edition is the path element under a source, so that periods which need the same dates or the
same map share one copy.
"""

from calendar import monthrange
from datetime import date

from lccs_inputs.config.models import Config
from lccs_inputs.config.sections.places import Period


def middle_year(period: Period) -> int:
    """The calendar year of the middle of the period."""
    return (period.start + (period.end - period.start) // 2).year


def edition(config: Config, source: str, period: str) -> str:
    """The edition of a source (a scene set or a product) that a period takes.

    A scene set gives the name of the period (window `period`), the calendar year of its middle
    (`year`), or that year and the season ("2018_0401-1031"); a product the edition the period
    names, else "static", else the one nearest to that year, the earlier of two as near.
    """
    year = middle_year(config.periods[period])
    if source in config.products:
        editions, chosen = config.products[source].editions, config.periods[period].editions
        if source in chosen or "static" in editions:
            return chosen.get(source, "static")
        return min(editions, key=lambda name: (abs(int(name) - year), int(name)))
    window = config.scenes[source].window
    if window == "period":
        return period
    if window == "year":
        return str(year)
    return f"{year}_{window.replace('-', '').replace('/', '-')}"


def compared(config: Config) -> list[tuple[str, str]]:
    """The periods whose change is told, the earlier first: those that the config says, else each
    with the first that begins after it ends."""
    if config.change is not None:
        return list(config.change)
    periods = config.periods
    in_order = sorted(periods, key=lambda name: (periods[name].start, name))
    found = []
    for earlier in in_order:
        after = (name for name in in_order if periods[name].start > periods[earlier].end)
        found += [(earlier, later) for later in [next(after, None)] if later is not None]
    return found


def maps_of_change(config: Config, earlier: str, later: str) -> dict[str, str]:
    """The maps of change between the editions that two periods take → the edition of each."""
    found = {}
    for name, product in config.products.items():
        if product.change:
            taken = [edition(config, product.change.of, period) for period in (earlier, later)]
            if taken[0] == product.change.since != taken[1] and taken[1] in product.editions:
                found[name] = taken[1]
    return found


def out_of_reach(config: Config, period: str) -> frozenset[str]:
    """The products whose nearest edition is too far from a period that does not name one."""
    year, chosen = middle_year(config.periods[period]), config.periods[period].editions
    return frozenset(
        name
        for name, product in config.products.items()
        if name not in chosen
        and (nearest := edition(config, name, period)) != "static"
        and abs(int(nearest) - year) > product.max_years
    )


def dates(config: Config, scene_set: str, period: str) -> tuple[date, date]:
    """First and last day (inclusive, UTC) of the scenes of a scene set for a period."""
    return days_of(config.scenes[scene_set].window, config.periods[period])


def days_of(window: str, span: Period) -> tuple[date, date]:
    """First and last day of a window for a period.

    A season that runs over New Year ("11-01/02-28") ends in the year of the period's middle.
    """
    if window == "period":
        return span.start, span.end
    year = middle_year(span)
    if window == "year":
        return date(year, 1, 1), date(year, 12, 31)
    first, last = window.split("/")
    return _day(year - (first > last), first), _day(year, last)


def _day(year: int, month_day: str) -> date:
    """29 February is the last day of February in any year."""
    month, day = map(int, month_day.split("-"))
    return date(year, month, min(day, monthrange(year, month)[1]))
