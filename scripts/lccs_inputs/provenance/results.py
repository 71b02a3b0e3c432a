"""The rasters of a period, as their files are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import rasterio

from lccs_inputs.facts.lccs import Category
from lccs_inputs.files import sha256_of


@dataclass(frozen=True)
class Result:
    """A raster of a period.

    Attributes:
        key: what it is called among the results of the period.
        href: its path from the folder of the period.
        bands: description of each band → its tags.
        unit: of its values.
        scales: of each band by its description: physical = stored × scale.
        legend: code → what it means; of several bands, that of each by its description.
        bits: of a mask: bit → what it says.
    """

    key: str
    href: str
    title: str
    dtype: str
    nodata: float | None
    unit: str
    scales: Mapping[str, float]
    bands: Mapping[str, Mapping[str, str]]
    tags: Mapping[str, str]
    size: int
    sha256: str
    modified: float
    legend: Mapping[str, Mapping[int, Category]] = field(default_factory=dict)
    bits: Mapping[int, str] = field(default_factory=dict)


def read_result(
    key: str,
    path: Path,
    folder: Path,
    title: str,
    codes: Mapping[int, Category] | None = None,
    legends: Mapping[str, Mapping[int, Category]] | None = None,
) -> Result:
    """Describe a raster below `folder`.

    Args:
        codes: the legend of its band, where it has one.
        legends: those that bands of several may have, by their description.
    """
    of_bands = legends or {}
    with rasterio.open(path) as raster:
        tags = {name: text for name, text in raster.tags().items() if name != "AREA_OR_POINT"}
        names = [name or str(index) for index, name in enumerate(raster.descriptions, start=1)]
        bands = {name: raster.tags(index) for index, name in enumerate(names, start=1)}
        kind, nodata = str(raster.dtypes[0]), raster.nodata
        scales = dict(zip(names, map(float, raster.scales), strict=True))
    state = path.stat()
    bits = {
        int(name.removeprefix("bit_")): text
        for name, text in tags.items()
        if name.startswith("bit_")
    }
    return Result(
        key=key,
        href=path.relative_to(folder).as_posix(),
        title=title,
        dtype=kind,
        nodata=nodata,
        unit=tags.get("units", "1"),
        scales=scales,
        bands=bands,
        tags=tags,
        size=state.st_size,
        sha256=sha256_of(path),
        modified=state.st_mtime,
        legend={name: found for name in names if (found := codes or of_bands.get(name))},
        bits=bits,
    )
