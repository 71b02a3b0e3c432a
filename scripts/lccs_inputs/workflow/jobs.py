"""What every script does around its one call: logging, a bounded GDAL cache, clear failures.

Also the typed view of what Snakemake hands to a script.
"""

import contextlib
import gc
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from lccs_inputs.checksums import FOLDER, write_sums
from lccs_inputs.errors import INTERRUPTED, InputError
from lccs_inputs.sharing import no_room
from lccs_inputs.workflow.logs import write_logs
from lccs_inputs.workflow.requests import Wildcards, input_of, statistic_input

if TYPE_CHECKING:  # jobs that read no raster start twice as fast
    from lccs_inputs.rasters.area import Area

_SLOTS = ("ee_slots", "http_slots", "cdse_slots")
"""Limits of the profile, of all jobs together."""


class Handed(Protocol):
    """The `snakemake` object of a script."""

    input: Any
    output: Any
    params: Any
    wildcards: Wildcards
    log: Any
    config: Mapping[str, Any]
    resources: Any
    threads: int


snakemake: Handed
"""For the type checker: Snakemake defines it in the scripts it runs."""


class _Readable(Protocol):
    @classmethod
    def from_dict(cls, document: Mapping[str, Any], /) -> Self: ...


Asked = TypeVar("Asked", bound=_Readable)


class Job:
    """A running job: its request, its files, and how services are reached."""

    def __init__(self, handed: Handed) -> None:
        self._handed = handed
        self.wildcards = handed.wildcards
        self.services = handed.config
        self.further: list[Path] = []
        """Files that it wrote besides its outputs."""

    def request(self, kind: type[Asked]) -> Asked:
        """What the job is asked, as the plan gave it.

        Raises:
            InputError: Snakemake began the job before it was known, which `scheduling` prevents in
                the version that it knows.
        """
        asked = self._handed.params.request
        if not isinstance(asked, Mapping):
            raise InputError("what this job follows is being made anew: run again")
        return kind.from_dict(asked)

    @property
    def optional(self) -> bool:
        """Whether every layer has a method that does without the product, of `fetch_product`."""
        return bool(self._handed.params.optional)

    @property
    def area(self) -> "Area":
        """The area on its grid, of a rule that has both files among its inputs."""
        from lccs_inputs.rasters.area import Area  # noqa: PLC0415 - as above

        return Area.read(self.input("geojson"), self.input("grid"))

    @property
    def caption(self) -> str:
        """Whose map a picture is."""
        return f"{self.wildcards.area} · {self.wildcards.period}"

    @property
    def slots(self) -> int:
        """Requests that the job may have under way at a time, to whichever service it asks."""
        asked = (getattr(self._handed.resources, name, 0) for name in _SLOTS)
        return max(map(int, asked))

    @property
    def threads(self) -> int:
        """Cores that the job may use."""
        return int(self._handed.threads)

    @property
    def results(self) -> Path:
        """The folder of all results."""
        return Path(self._handed.log[0]).parents[2]

    @property
    def traffic(self) -> Path:
        """Where it is noted what the job asks over the network, of a rule that asks."""
        return Path(self._handed.log.traffic)

    def input(self, name: str) -> Path:
        return Path(str(getattr(self._handed.input, name)))

    def inputs(self, name: str) -> list[Path]:
        """The files of an input that is a list, or may be empty."""
        found = getattr(self._handed.input, name)
        return [Path(found)] if isinstance(found, str) else [Path(each) for each in found]

    def optional_input(self, name: str) -> Path | None:
        """The first file of an input that may be empty, or None."""
        return next(iter(self.inputs(name)), None)

    def layers(self, name: str = "layers") -> dict[str, Path]:
        """The files of an input that is a list of layers, by le_lccs name."""
        return {path.stem: path for path in self.inputs(name)}

    def images(self) -> dict[str, Path]:
        """The files of the input `images`, by name."""
        return {path.name.removesuffix(".tif"): path for path in self.inputs("images")}

    def leaves(self, names: Mapping[str, str]) -> dict[str, Path]:
        """The raster behind each leaf of an expression."""
        return {name: self.input(input_of(name)) for name in names}

    def statistics(self, names: Sequence[str]) -> dict[str, Path]:
        """The file of each whole-area statistic."""
        return {name: self.input(statistic_input(name)) for name in names}

    def note_sums(self) -> None:
        """Note the checksums of what the job wrote."""
        write_sums(self._sums, [*self._written(), *self.further], self.results)

    @property
    def _sums(self) -> Path:
        """The document with its checksums: an output, but of checkpoints. What follows one waits
        for all its outputs, and would wait for ever for a document that is gone.
        """
        if getattr(self._handed.output, "sums", None):
            return self.output("sums")
        log = Path(self._handed.log[0])
        return self.results / FOLDER / log.parent.name / f"{log.stem}.json"

    def _written(self) -> list[Path]:
        """All outputs but that with their checksums."""
        return [path for path in map(Path, map(str, self._handed.output)) if path != self._sums]

    def targets(self, name: str) -> list[Path]:
        """The files of an output that is a list."""
        return [*map(Path, getattr(self._handed.output, name))]

    def output(self, name: str | None = None) -> Path:
        """An output by its name, or the first."""
        output = self._handed.output
        return Path(str(output[0] if name is None else getattr(output, name)))


@contextlib.contextmanager
def running(handed: Handed) -> Iterator[Job]:
    """Run the body of a script: logged as `write_logs` does, an `InputError` in its one sentence,
    a disk without room likewise.

    Raises:
        SystemExit: status 1 after one of these, 130 after Ctrl-C; others keep their traceback.
    """
    write_logs(Path(handed.log[0]))
    job = Job(handed)
    try:
        with _environment():
            yield job
        job.note_sums()
        gc.freeze()  # as it ends, Python would look for cycles in all that was loaded
    except InputError as error:
        logging.error("%s", error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        if isinstance(error, OSError) and (told := no_room(error)):
            logging.error("%s", told)
            sys.exit(1)
        logging.exception("unexpected error")
        raise


def _environment() -> contextlib.AbstractContextManager[Any]:
    """That of GDAL, of a script that has loaded it."""
    if "rasterio" not in sys.modules:
        return contextlib.nullcontext()
    from lccs_inputs.rasters.reading import gdal_env  # noqa: PLC0415 - loaded already

    environment: contextlib.AbstractContextManager[Any] = gdal_env()
    return environment
