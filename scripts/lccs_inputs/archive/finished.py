"""Whether a run is finished, by what its periods say of themselves, and what it made."""

from pathlib import Path

from lccs_inputs.errors import InputError
from lccs_inputs.files import read_json, sha256_of
from lccs_inputs.plan import Plan
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.records import is_current
from lccs_inputs.workflow.requests import Place


def results_of(plan: Plan) -> dict[str, str]:
    """The rasters of a finished run: path → SHA-256.

    Raises:
        InputError: a period is not there, or not as this config and this code make it.
    """
    found: dict[str, str] = {}
    for area, period in plan.names.places():
        found |= _of_period(plan, area, period)
    return found


def _of_period(plan: Plan, area: str, period: str) -> dict[str, str]:
    place = Place(area=area, period=period)
    told = plan.folders.here(paths.PROVENANCE.format(area=area, period=period))
    lists = [plan.folders.here(file) for file in plan.provenance.scene_lists(place)]
    if not is_current(told, plan.provenance.request(place), lists):
        raise unfinished(told, "is not there, or is of another config or of other code")
    results = read_json(told, "results")["results"]
    found = {str(told.parent / name): str(said["sha256"]) for name, said in results.items()}
    for path, known in found.items():
        if not Path(path).is_file() or sha256_of(Path(path)) != known:
            raise unfinished(Path(path), f"is not there, or not as {told} says")
    return found


def unfinished(path: Path, why: str) -> InputError:
    """What is told of a run that is not finished, by a file that shows it."""
    return InputError(
        f"archive: the run is not finished: {path} {why}; run `make run` with the same config first"
    )
