"""The page of a report: its templates, with their style and script in it."""

from collections import Counter
from datetime import datetime
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lccs_inputs.pictures.drawing import length, round_length
from lccs_inputs.report.document import Report
from lccs_inputs.report.flowchart import Flowchart
from lccs_inputs.report.lineage import history

_FOLDER = Path(__file__).parent / "page"
_BAR = 0.25  # of the width of a map, at most
_UNITS = ("B", "kB", "MB", "GB", "TB")


def page_of(report: Report) -> str:
    """The page as HTML; it refers to nothing outside itself but the files beside it."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"amount": amount, "percent": percent, "size": size, "length": length}
    sources = report.told["sources"].values()
    return environment.get_template("report.html").render(
        report=report,
        groups=[(name, [*each]) for name, each in groupby(report.maps, lambda each: each.group)],
        nodes={node.key: node for node in report.nodes},
        steps={node.key: history(node, report) for node in report.nodes},
        drawing=Flowchart.of(report.nodes),
        outcomes=Counter({"passed": 0, "failed": 0} | Counter(c["status"] for c in report.checks)),
        warned=sum(c["status"] == "failed" and c["severity"] == "warn" for c in report.checks),
        synthetic=any(source["synthetic"] for source in sources),
        bar_length=round_length(_BAR * report.width),
        finished=datetime.fromisoformat(report.told["made"]["finished"]),
        style=(_FOLDER / "style.css").read_text(),
        script=(_FOLDER / "viewer.js").read_text(),
    )


def amount(value: float, digits: int = 1) -> str:
    """A number with a comma between thousands."""
    return f"{value:,.{digits}f}"


def percent(share: float) -> str:
    """A share, 0 to 1, in percent."""
    return f"{100 * share:.2f} %"


def size(count: int) -> str:
    """Bytes in the unit that fits."""
    value, unit = float(count), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.3g} {_UNITS[unit]}"
