"""Writing the report of a period: read what was written of it, paint its maps, fill the page."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from tqdm import tqdm

from lccs_inputs.costs import Cost
from lccs_inputs.files import read_json, write_text
from lccs_inputs.rasters.area import Area
from lccs_inputs.report.accuracy import read_accuracy, read_reasons, right_points, worst_confusions
from lccs_inputs.report.change import read_change
from lccs_inputs.report.document import Map, Report, Source
from lccs_inputs.report.files import Files
from lccs_inputs.report.lineage import nodes_of
from lccs_inputs.report.maps import TRUE_COLOUR, counts_of, map_of, map_size, subjects_of
from lccs_inputs.report.page import page_of
from lccs_inputs.workflow.requests.report import ReportRequest
from lccs_inputs.workflow.rules import DESCRIBED
from lccs_inputs.workflow.taken import jobs_of

_ORDER = ("failed", "not checked", "passed")


def write_report(
    area: Area, names: tuple[str, str], request: ReportRequest, files: Files, target: Path
) -> None:
    """Write the page of a period: one file, which asks nothing of any other.

    Args:
        names: of the area and of the period.
        files: what it tells of.

    Raises:
        SourceError: a raster cannot be read or is not on the grid of the area.
        InputError: the page could not be written whole.
    """
    write_text(target, page_of(report_of(area, names, request, files)))


def report_of(area: Area, names: tuple[str, str], request: ReportRequest, files: Files) -> Report:
    """All that the page of a period shows."""
    told = read_json(files.provenance, "sources")
    subjects, grid = subjects_of(files, request), area.grid
    size = map_size(grid, len(subjects))
    counts = counts_of(subjects, area)
    accuracy = read_accuracy(files.accuracy[0]) if files.accuracy else {}
    wrong = read_reasons(files.accuracy[1]) if files.accuracy else {}
    whole = counts[next(iter(files.layers))]
    maps = [
        map_of(subject, counts.get(subject.key), files, area, size)
        for subject in tqdm(subjects, desc="draw", unit="map", delay=2)
    ]
    sources = [_source(name, said, files) for name, said in sorted(told["sources"].items())]
    return Report(
        area=names[0],
        period=names[1],
        days=(request.start, request.end),
        grid=grid,
        bounds=area.bounds_lonlat(),
        pixels=whole.all_pixels,
        hectares=whole.all_hectares,
        size=size,
        width=grid.width * grid.resolution,
        base=TRUE_COLOUR if request.true_colour else "",
        maps=maps,
        made=request.methods,
        nodes=nodes_of(request.lineage, _titles(maps, sources, request)),
        sources=sources,
        seconds={
            f"{job.rule} {job.made}".strip(): job.seconds
            for job in jobs_of(files.results, DESCRIBED, *names)
        },
        checks=_checks(filter(None, (files.checks, files.image_checks))),
        told=told,
        config=yaml.safe_dump(dict(request.config), sort_keys=False, allow_unicode=True),
        credits=files.attribution.read_text(),
        classes=_classes(files.table) if files.table else [],
        accuracy=accuracy,
        errors=worst_confusions(accuracy, wrong) if wrong else [],
        right=right_points(accuracy, read_reasons(files.accuracy[2])) if files.accuracy else [],
        explained=(wrong["explained"], wrong["points"]) if wrong else (0, 0),
        changes=[read_change(path, files.link(path)) for path in files.changes],
        files=[files.link(path) for path in files.others],
    )


def _source(name: str, told: Mapping[str, Any], files: Files) -> Source:
    link = files.link(files.sources[name])
    return Source(f"{name}/{told['edition']}", name, told, Cost(**told["cost"]), link)


def _titles(
    maps: Iterable[Map], sources: Iterable[Source], request: ReportRequest
) -> dict[str, str]:
    """What people call each source and result of the lineage."""
    titles = {name: request.table[name].title for name in request.methods}
    titles |= {each.key: each.title for each in maps}
    return titles | {source.key: source.key for source in sources} | {"stack": "Stack"}


def _checks(reports: Iterable[Path]) -> list[dict[str, Any]]:
    """What was checked, what failed first."""
    found = [check for path in reports for check in read_json(path, "checks")["checks"]]
    return sorted(found, key=lambda check: _ORDER.index(check["status"]))


def _classes(table: Path) -> list[dict[str, str]]:
    with table.open(newline="") as text:
        return [*csv.DictReader(text)]
