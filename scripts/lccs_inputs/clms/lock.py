"""The lock file: which DataSet of the CLMS catalogue each product and year is, as found once.

Titles are for people and ids for requests; ids change when CLMS republishes. So they are looked
up by title, pinned in a file beside the config that can be committed, and looked up again only
when asked to (see `commands.offers_lock`). Editions from the Copernicus Data Space are pinned in
the same file, to their tiles.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Self

from pydantic import ConfigDict, TypeAdapter, ValidationError

from lccs_inputs.clms.catalogue import PrepackagedFile
from lccs_inputs.errors import SourceError
from lccs_inputs.files import write_text
from lccs_inputs.products.locked import REFRESH, LockedTiles
from lccs_inputs.words import nearest


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

    @property
    def summary(self) -> str:
        return f'"{self.title}", {self.collection}, {len(self.files)} ready-made files'

    def changes_since(self, old: Self) -> str:
        """What is different from an older entry of the same product and year, in words."""
        before, after = asdict(old), asdict(self)
        said = [
            f"{key} {before[key]!r} -> {after[key]!r}"
            for key in before
            if key != "files" and before[key] != after[key]
        ]
        gone, came = set(old.files) - set(self.files), set(self.files) - set(old.files)
        if gone or came:
            areas = ", ".join(sorted({file.area or file.name for file in gone | came}))
            said.append(f"ready-made files of {areas}")
        return "; ".join(said)

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
    """The content of a lock file, by product and year.

    Attributes:
        products: of CLMS.
        data_space: editions from the Copernicus Data Space; older files say nothing of them.
    """

    products: tuple[LockedProduct, ...] = ()
    data_space: tuple[LockedTiles, ...] = ()
    version: Literal[1] = 1
    __pydantic_config__ = ConfigDict(extra="forbid")  # what says more is something else, a key say

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
                f"{path} cannot be read as a lock file ({_first_line(error)}); name another in "
                f"clms.lock, or move it away and {REFRESH}"
            ) from None

    @classmethod
    def found(cls, path: Path) -> "Lock":
        """Read a lock file; one of nothing where there is none.

        Raises:
            SourceError: it is no lock file of this version.
        """
        return cls.read(path) if path.exists() else cls()

    def write(self, path: Path) -> None:
        """Write the lock file, the same bytes for the same content."""
        document = asdict(self)
        if not self.data_space:
            del document["data_space"]
        write_text(path, json.dumps(document, indent=1, ensure_ascii=False) + "\n")

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

    def tiles(self, product: str, year: int) -> LockedTiles | None:
        """What is locked of an edition from the Copernicus Data Space, if it is."""
        for locked in self.data_space:
            if (locked.product, locked.year) == (product, year):
                return locked
        return None


_LOCK = TypeAdapter(Lock)


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        detail = error.errors()[0]
        where = ".".join(map(str, detail["loc"]))
        return f"{where}: {detail['msg']}" if where else detail["msg"]
    return getattr(error, "strerror", None) or str(error)
