"""`ro-crate-metadata.json`: the results of a period as a research object crate (RO-Crate 1.1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.model.softwareapplication import SoftwareApplication
from rocrate.rocrate import ROCrate

from lccs_inputs.provenance.record import SOFTWARE, finished
from lccs_inputs.provenance.results import Result
from lccs_inputs.provenance.sources import Source

_SHA256 = "https://w3id.org/ro/terms/workflow-run#sha256"
_TIFF = "image/tiff"


def crate_of(
    place: str,
    version: str,
    licence: str,
    sources: Sequence[Source],
    results: Sequence[Result],
    documents: Mapping[str, str],
) -> dict[str, Any]:
    """The JSON-LD of a crate whose root is the folder of the period.

    The results are files of it; one action made them of the sources, by this software.

    Args:
        licence: the name of the file with the credits.
        documents: name of each file beside the crate → its media type.
    """
    crate, made = ROCrate(version="1.1"), finished(results)
    crate.metadata.extra_terms["sha256"] = _SHA256
    crate.name = f"LCCS descriptors, {place}"
    crate.description = "Environmental descriptors of FAO LCCS land cover, and the level-3 map"
    crate.datePublished = made
    files = [crate.add_file(dest_path=each.href, properties=_file(each)) for each in results]
    for name, kind in documents.items():
        crate.add_file(dest_path=name, properties={"name": name, "encodingFormat": kind})
    crate.license = crate.get(licence)
    software = crate.add(
        SoftwareApplication(crate, f"#{SOFTWARE}", {"name": SOFTWARE, "version": version})
    )
    crate.add_action(
        software,
        identifier="#run",
        object=[crate.add(ContextEntity(crate, *_input(each))) for each in sources],
        result=files,
        properties={"name": f"run of {place}", "endTime": made},
    )
    document: dict[str, Any] = crate.metadata.generate()
    return document


def _file(result: Result) -> dict[str, Any]:
    return {
        "name": result.title,
        "encodingFormat": _TIFF,
        "contentSize": str(result.size),
        "sha256": result.sha256,
    }


def _input(source: Source) -> tuple[str, dict[str, Any]]:
    said = {
        "@type": "Dataset",
        "name": source.title,
        "license": source.licence,
        "creditText": [*source.credits],
    }
    return f"#{source.name}-{source.edition}", said
