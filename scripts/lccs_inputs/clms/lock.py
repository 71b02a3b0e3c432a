"""The lock file: which DataSet of the CLMS catalogue each product and year is, as found once.

Titles are for people and ids for requests; ids change when CLMS republishes. So they are looked
up by title, pinned in a file beside the config that can be committed, and looked up again only
when asked to (see `locking`).
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from lccs_inputs.clms.catalogue import PrepackagedFile
from lccs_inputs.errors import SourceError
from lccs_inputs.files import write_text
from lccs_inputs.words import nearest

REFRESH = "run make offers-lock"
"""What a user does about a lock file that is missing or out of date."""


@dataclass(frozen=True)
class LockedProduct:
    """A product of one year in the CLMS catalogue.

    Attributes:
        product: short name, a key of `products.PRODUCTS`.
        title: of the DataSet, as CLMS writes it.
        collection: the part of the DataSet that holds the map ("10 m"), not its confidence.
        uid: DatasetID of a request.
        information_id: DatasetDownloadInformationID of a request for an area.
        source: the system that holds it ("EEA", "CDSE", ...).
        output_format: OutputFormat of a request, in which it is kept.
        resolution: native pixel size, metres.
        time_series: a request for an area needs a TemporalFilter that picks the year.
        files: ready-made rasters of this year and resolution, by area and name.
    """

    product: str
    year: int
    title: str
    collection: str
    uid: str
    information_id: str
    source: str
    output_format: str
    resolution: float
    time_series: bool
    files: tuple[PrepackagedFile, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.product} {self.year}"

    def file_for(self, country: str) -> PrepackagedFile:
        """The ready-made file of a country, by its English name, or of "Europe".

        Raises:
            SourceError: there is none, or more than one.
        """
        found = [file for file in self.files if file.area.casefold() == country.casefold()]
        if len(found) == 1:
            return found[0]
        areas = sorted({file.area for file in self.files})
        if found:
            names = ", ".join(file.name for file in found)
            problem = f'has several files of {self.name} for "{country}" ({names}); request by bbox'
        elif not areas:
            problem = f"has no ready-made files of {self.name}; request by bbox or nuts"
        elif guess := nearest(country, areas):
            problem = f'has no file of {self.name} for "{country}"; did you mean "{guess}"?'
        else:
            problem = f'has no file of {self.name} for "{country}"; it has {", ".join(areas)}'
        raise SourceError(f"request.country: CLMS {problem}")


@dataclass(frozen=True)
class Lock:
    """The content of a lock file, by product and year."""

    products: tuple[LockedProduct, ...] = ()
    version: Literal[1] = 1

    @classmethod
    def read(cls, path: Path) -> "Lock":
        """Read a lock file.

        Raises:
            SourceError: it is missing, or no lock file of this version.
        """
        try:
            return _LOCK.validate_json(path.read_bytes(), strict=True)
        except FileNotFoundError:
            raise SourceError(f"the lock file {path} does not exist; {REFRESH}") from None
        except (OSError, ValidationError) as error:
            raise SourceError(
                f"{path} cannot be read as a lock file ({_first_line(error)}); delete it and "
                f"{REFRESH}"
            ) from None

    def write(self, path: Path) -> None:
        """Write the lock file, the same bytes for the same content."""
        write_text(path, json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n")

    def entry(self, product: str, year: int) -> LockedProduct:
        """What is locked for a product (its short name) and a year.

        Raises:
            SourceError: nothing is.
        """
        for locked in self.products:
            if (locked.product, locked.year) == (product, year):
                return locked
        raise SourceError(
            f"the lock file has no {product} {year}, which comes from CLMS; {REFRESH}"
        )


_LOCK = TypeAdapter(Lock)


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        detail = error.errors()[0]
        where = ".".join(map(str, detail["loc"]))
        return f"{where}: {detail['msg']}" if where else detail["msg"]
    return getattr(error, "strerror", None) or str(error)
