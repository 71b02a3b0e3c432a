"""`ARCHIVE.json`: what is in an archive, what belongs beside it, and what came of it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from lccs_inputs.errors import InputError
from lccs_inputs.files import sha256_of
from lccs_inputs.rasters.given import visible_files

NAME = "ARCHIVE.json"
_MADE = "results", ".snakemake", ".cache"
"""The folders that a run writes in."""


@dataclass(frozen=True)
class Beside:
    """A file that a run read and that is not in its archive.

    Attributes:
        sha256: in hexadecimal.
        size: bytes.
        needed: whether the run cannot be repeated without it.
    """

    sha256: str
    size: int
    needed: bool


@dataclass(frozen=True)
class Manifest:
    """What an archive holds; paths are from its folder.

    Attributes:
        version: of this software.
        commit: of its code, "" where no git told; `changed` are the files that are not as in it.
        offline: whether all is in it that services delivered.
        files: path → SHA-256, of all but this file itself.
        beside: of files that are not in it.
        results: path → SHA-256, of the rasters that the run made.
    """

    version: str
    commit: str
    changed: Sequence[str]
    offline: bool
    files: Mapping[str, str]
    beside: Mapping[str, Beside]
    results: Mapping[str, str]

    @property
    def text(self) -> str:
        """What its file holds."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def read(cls, folder: Path) -> Self:
        """That of an unpacked archive.

        Raises:
            InputError: there is none, or none that can be read.
        """
        try:
            document = json.loads((folder / NAME).read_text())
            beside = {path: Beside(**said) for path, said in document.pop("beside").items()}
            return cls(**document, beside=beside)
        except FileNotFoundError:
            raise InputError(
                f"{NAME} is not here; unpack an archive that `make archive` wrote, and run this in "
                "its folder"
            ) from None
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(f"{NAME} cannot be read ({error}); unpack the archive anew") from error

    def faults(self, folder: Path) -> Iterator[str]:
        """What is not as it was archived, file by file."""
        for path, known in self.files.items():
            if fault := _fault(folder / path, known):
                yield f"{path} {fault}; unpack the archive anew"
        for path, beside in self.beside.items():
            if beside.needed and (fault := _fault(folder / path, beside.sha256)):
                yield f"{path} {fault}; it is not in the archive: put there the file of that sum"
        for path in self._strangers(folder):
            yield f"{path} is not of the archive; remove it, or unpack the archive anew"

    def _strangers(self, folder: Path) -> Iterator[str]:
        """Files among those that a run reads, which are not in the archive nor belong beside it."""
        tops = {Path(path).parts[0] for path in self.files if len(Path(path).parts) > 1}
        for top in sorted(tops - {*_MADE}):
            for file in visible_files(folder / top) if (folder / top).is_dir() else ():
                path = file.relative_to(folder).as_posix()
                is_known = path in self.files or path in self.beside
                if not is_known and file.suffix != ".pyc":
                    yield path

    def differing(self, folder: Path) -> list[str]:
        """The rasters that are not there, or not byte for byte those of the archived run."""
        return [path for path, known in self.results.items() if _fault(folder / path, known)]


def _fault(path: Path, known: str) -> str:
    """Why a file is not the one of a SHA-256; "" if it is."""
    if not path.is_file():
        return "is not there"
    return "" if sha256_of(path) == known else f"has another content than that of SHA-256 {known}"
