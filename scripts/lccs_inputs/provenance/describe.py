"""Describing a period: four documents beside its results."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pystac

from lccs_inputs.facts.au import MAP as LEVEL4
from lccs_inputs.facts.coherence import MAP as COHERENCE
from lccs_inputs.facts.images import Image
from lccs_inputs.facts.lccs import LEVEL3
from lccs_inputs.facts.legend import Legend
from lccs_inputs.files import write_text
from lccs_inputs.layers.methods import method_legend
from lccs_inputs.provenance.crate import crate_of
from lccs_inputs.provenance.credits import credit_text
from lccs_inputs.provenance.item import item_of
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

    @property
    def kinds(self) -> dict[str, str]:
        """Name of each that others refer to → its media type."""
        return {
            self.provenance.name: str(pystac.MediaType.JSON),
            self.attribution.name: str(pystac.MediaType.TEXT),
        }


@dataclass(frozen=True)
class Rasters:
    """The rasters of a period: layers, the maps of their methods, and images by name.

    Attributes:
        level4: its numbers and its codes, if it is made.
        legends: the maps in legends of others, in the order of the request.
        le_lccs: the copies of layers for it, and their mask.
    """

    layers: Mapping[str, Path]
    methods: Mapping[str, Path]
    stack: Path
    validity: Path
    level3: Path | None
    level4: Sequence[Path]
    legends: Sequence[Path]
    coherence: Path | None
    le_lccs: Sequence[Path]
    images: Mapping[str, Path]


def describe_period(
    area: Area,
    names: tuple[str, str],
    request: PeriodRequest,
    rasters: Rasters,
    sources: Sequence[Source],
    folder: Path,
    documents: Documents,
) -> None:
    """Write the item, the record, the crate and the credits of a period.

    Args:
        names: of the area and of the period.
        sources: what the rasters are made of.
        folder: of all results, where jobs note what they took.

    Raises:
        InputError: a file could not be written whole.
    """
    place, described = " ".join(names), _results(rasters, request, documents.item.parent)
    write_text(documents.attribution, credit_text(place, sources))
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


def _results(rasters: Rasters, request: PeriodRequest, folder: Path) -> list[Result]:
    """The rasters of a period, as what is written of them is called."""
    legends = {name: descriptor.codes for name, descriptor in request.table.items()}
    titles = {name: descriptor.title for name, descriptor in request.table.items()}
    found = [
        read_result(name, path, folder, titles[name], legends)
        for name, path in rasters.layers.items()
    ]
    for name, path in rasters.methods.items():
        legend = method_legend(request.table[name], request.methods[name])
        codes = {name: legend.codes}
        found.append(read_result(f"{name}_method", path, folder, legend.title, codes))
    found.append(read_result("lccs_inputs", rasters.stack, folder, "All layers", legends))
    found.append(read_result("validity", rasters.validity, folder, "Validity", {}))
    if rasters.level3:
        codes = {"level3": LEVEL3}
        found.append(read_result("level3", rasters.level3, folder, "LCCS level 3", codes))
    if rasters.level4:
        numbers, coded = rasters.level4
        codes = {LEVEL4.name: LEVEL4.codes}
        found.append(read_result("level4", numbers, folder, LEVEL4.title, codes))
        found.append(read_result("level4_codes", coded, folder, f"{LEVEL4.title}, codes", {}))
    for path, said in zip(rasters.legends, request.legends, strict=True):
        other = Legend.from_dict(said)
        codes = {other.name: other.map.codes}
        found.append(read_result(other.map.name, path, folder, other.title, codes))
    if rasters.coherence:
        codes = {COHERENCE.name: COHERENCE.codes}
        found.append(read_result("coherence", rasters.coherence, folder, COHERENCE.title, codes))
    for path in rasters.le_lccs:
        title = f"{titles.get(path.stem, 'Validity')}, for le_lccs"
        found.append(read_result(f"le_lccs_{path.stem}", path, folder, title, legends))
    for image in map(Image.from_dict, request.images):
        path = rasters.images[image.name]
        found.append(read_result(f"image_{image.name}", path, folder, image.title, {}))
    return found
