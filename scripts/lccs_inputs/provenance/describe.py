"""Describing a period: six documents beside its results."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pystac

from lccs_inputs.facts.au import MAP as LEVEL4
from lccs_inputs.facts.lccs import LEVEL3_MAP
from lccs_inputs.files import write_text
from lccs_inputs.formats.rasters import Rasters, listed
from lccs_inputs.provenance.citing import cited
from lccs_inputs.provenance.crate import crate_of
from lccs_inputs.provenance.credits import credit_text
from lccs_inputs.provenance.item import item_of
from lccs_inputs.provenance.methods import bibliography, methods_text
from lccs_inputs.provenance.record import record
from lccs_inputs.provenance.results import Result, read_result
from lccs_inputs.provenance.sources import Source
from lccs_inputs.rasters.area import Area
from lccs_inputs.workflow.requests.provenance import PeriodRequest


@dataclass(frozen=True)
class Documents:
    """Where the documents of a period go, all into its folder."""

    item: Path
    provenance: Path
    crate: Path
    attribution: Path
    methods: Path
    bibliography: Path

    @property
    def kinds(self) -> dict[str, str]:
        """Name of each that others refer to → its media type."""
        return {
            self.provenance.name: str(pystac.MediaType.JSON),
            self.attribution.name: str(pystac.MediaType.TEXT),
            self.methods.name: "text/markdown",
            self.bibliography.name: "application/x-bibtex",
        }


@dataclass(frozen=True)
class Further:
    """The rasters of a period that others are told of only here.

    Attributes:
        codes: of level 4, where it is made.
        le_lccs: the copies of layers for it, and their mask.
        confidence: how sure layers and level 3 are, where the config asks for it.
    """

    stack: Path
    codes: Sequence[Path]
    le_lccs: Sequence[Path]
    confidence: Sequence[Path]


def describe_period(
    area: Area,
    names: tuple[str, str],
    request: PeriodRequest,
    rasters: Rasters,
    further: Further,
    sources: Sequence[Source],
    folder: Path,
    documents: Documents,
) -> None:
    """Write the item, the record, the crate, the credits and the citations of a period.

    Args:
        names: of the area and of the period.
        sources: what the rasters are made of.
        folder: of all results, where jobs note what they took.

    Raises:
        InputError: a file could not be written whole.
    """
    place, described = " ".join(names), _results(rasters, further, request, documents.item.parent)
    write_text(documents.attribution, credit_text(place, sources))
    real = cited([source for source in sources if not source.is_synthetic])
    made_up = cited([source for source in sources if source.is_synthetic])
    write_text(documents.methods, methods_text(place, request.version, real, made_up))
    write_text(documents.bibliography, bibliography(real))
    _write(documents.provenance, record(*names, request, sources, described, folder))
    item = item_of(
        names,
        area,
        (request.start, request.end),
        request.version,
        described,
        documents.kinds,
    )
    _write(documents.item, item.to_dict(include_self_link=False))
    licence, kinds = documents.attribution.name, documents.kinds
    kinds |= {documents.item.name: str(pystac.MediaType.GEOJSON)}
    crate = crate_of(place, request.version, licence, sources, described, kinds)
    _write(documents.crate, crate)


def _write(target: Path, document: Mapping[str, Any]) -> None:
    write_text(target, json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def _results(
    rasters: Rasters, further: Further, request: PeriodRequest, folder: Path
) -> list[Result]:
    """The rasters of a period, as what is written of them is called."""
    legends = {name: descriptor.codes for name, descriptor in request.table.items()}
    titles = {name: descriptor.title for name, descriptor in request.table.items()}
    found = [
        read_result(each.name, each.path, folder, each.title, each.codes)
        for each in listed(request, rasters)
    ]
    found.append(read_result("lccs_inputs", further.stack, folder, "All layers", legends=legends))
    for path in further.codes:
        found.append(read_result("level4_codes", path, folder, f"{LEVEL4.title}, codes"))
    for path in further.le_lccs:
        title = f"{titles.get(path.stem, 'Validity')}, for le_lccs: 0 where nothing is known, too"
        found.append(read_result(f"le_lccs_{path.stem}", path, folder, title, legends=legends))
    for path in further.confidence:
        title = f"{titles.get(path.stem, LEVEL3_MAP.title)}, confidence"
        found.append(read_result(f"confidence_{path.stem}", path, folder, title))
    return found
