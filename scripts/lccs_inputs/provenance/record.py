"""`provenance.json`: sources, software and checksums of a period; what raster tags do not hold."""

import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import rasterio

from lccs_inputs.provenance.costs import cost_of, cost_of_outline
from lccs_inputs.provenance.results import Result
from lccs_inputs.provenance.sources import Source
from lccs_inputs.workflow.requests.provenance import PeriodRequest

SOFTWARE = "lccs-inputs"


def record(
    area: str,
    period: str,
    request: PeriodRequest,
    sources: Sequence[Source],
    results: Sequence[Result],
    folder: Path,
) -> dict[str, Any]:
    """All that is known of how the results of a period came to be, as plain values.

    Args:
        folder: of all results, where jobs note what they took.
    """
    return {
        "area": area,
        "period": {"name": period, "start": request.start, "end": request.end},
        "made": {"finished": finished(results), "host": platform.node(), "system": _system()},
        "software": {
            "name": SOFTWARE,
            "version": request.version,
            "code": dict(request.code),
            "lock": request.lock,
            "libraries": _libraries(),
        },
        "config": request.config,
        "sources": {
            source.name: source.to_dict() | cost_of(folder, area, source) for source in sources
        },
        **({"outline": cost_of_outline(folder, request.outline)} if request.outline else {}),
        "results": {result.href: _told(result) for result in results},
    }


def finished(results: Sequence[Result]) -> str:
    """When the last of some results was written, UTC, ISO 8601."""
    last = max(result.modified for result in results)
    return datetime.fromtimestamp(last, UTC).isoformat(timespec="seconds")


def _told(result: Result) -> dict[str, Any]:
    said = ("method", "editions", "expression", "patches", "fingerprint")
    own = {name: result.tags[name] for name in said if name in result.tags}
    return {"title": result.title, "sha256": result.sha256, "bytes": result.size, **own}


def _system() -> str:
    return f"{platform.system()} {platform.machine()}"


def _libraries() -> dict[str, str]:
    """What pixels hang on, and its version."""
    return {
        "python": platform.python_version(),
        "gdal": rasterio.__gdal_version__,
        "proj": pyproj.proj_version_str,
        "numpy": np.__version__,
        "rasterio": rasterio.__version__,
    }
