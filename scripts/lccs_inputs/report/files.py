"""The files that a report is made of."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Files:
    """The results of a period and what was written of them.

    Attributes:
        folder: of the report: the period's.
        layers: le_lccs name → raster; `methods` likewise, of chains.
        table: hectares of the classes of level 4, CSV; there where level 4 is.
        legends: the maps in legends of others, in their order.
        confidence: layer or `level3` → the map of how sure it is, where the config asks for it.
        images: name → raster; where there are some, `image_checks` is there.
        mosaics: scene set → its mosaic.
        products: product → its raster on the grid.
        accuracy: where there are reference data, figures and errors: `accuracy.json`,
            `errors.json`, `right.json`.
        changes: `change.json` of each pair of periods whose later one this is.
        others: further results that the page links to.
        results: the folder of all results.
    """

    folder: Path
    layers: Mapping[str, Path]
    methods: Mapping[str, Path]
    level3: Path | None
    level4: Path | None
    table: Path | None
    coherence: Path | None
    legends: Sequence[Path]
    confidence: Mapping[str, Path]
    images: Mapping[str, Path]
    image_checks: Path | None
    mosaics: Mapping[str, Path]
    products: Mapping[str, Path]
    checks: Path
    provenance: Path
    attribution: Path
    accuracy: Sequence[Path]
    changes: Sequence[Path]
    others: Sequence[Path]
    results: Path

    @property
    def sources(self) -> Mapping[str, Path]:
        """Each source by its raster."""
        return {**self.mosaics, **self.products}

    def link(self, path: Path) -> str:
        """A file as the page names it: from its folder."""
        return Path(os.path.relpath(path, self.folder)).as_posix()
