"""What the report of a country costs, for docs/benchmarks.md: 35,000 × 22,000 px, Switzerland.

Its rasters are one made-up tile, rough at every scale, set side by side: as hard to pack as real
ground. Once what a run makes by itself is reported, once all images of the preset `notebook` too.
Exits 1 where the page is too large or too much memory is taken.
"""

import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import rasterio
from numpy.typing import NDArray

from bench.figures import Figures, cost
from lccs_inputs.facts.au import MAP as LEVEL4
from lccs_inputs.facts.coherence import MAP as COHERENCE
from lccs_inputs.facts.images import Image
from lccs_inputs.facts.lccs import DESCRIPTORS, LEVEL3
from lccs_inputs.facts.sensors import CLEAR_COUNT, SCENE_NODATA, TRUE_COLOUR
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.writing import create_cog
from lccs_inputs.report.files import Files
from lccs_inputs.report.write import write_report
from small_report import MAES, small_files, small_request
from switzerland import SWITZERLAND

SIDE = 2048  # px of the tile
SCENES, IMAGES = 3000, 17
"""Scenes of a year, that the page names; images of the preset `notebook`."""
LARGEST, MOST_MEMORY = 10.0, 700.0  # MB of the page, MiB


def roughness(seed: int) -> NDArray[np.float64]:
    """Values from 0 to 1, (SIDE, SIDE), that vary alike at every scale: the sum of octaves."""
    random, found, side = np.random.default_rng(seed), np.zeros((SIDE, SIDE)), SIDE
    while side >= 4:
        step = SIDE // side
        found += np.kron(random.random((side, side)), np.ones((step, step))) * step**0.5
        side //= 2
    values = np.sort(found[::8, ::8].ravel())
    return np.interp(found, values, np.linspace(0, 1, values.size))


def mosaic_of(tile: Path, area: Area, target: Path) -> Path:
    """A VRT of an area that has a tile again and again."""
    grid = area.grid
    with rasterio.open(tile) as raster:
        kinds, names, nodata = raster.dtypes, raster.descriptions, raster.nodata
    bands = "".join(
        f'<VRTRasterBand dataType="{"Byte" if kinds[0] == "uint8" else "Int16"}" band="{band}">'
        f"<Description>{name}</Description><NoDataValue>{nodata:g}</NoDataValue>"
        + "".join(
            f"<SimpleSource><SourceFilename>{escape(str(tile))}</SourceFilename>"
            f"<SourceBand>{band}</SourceBand>"
            f'<SrcRect xOff="0" yOff="0" xSize="{SIDE}" ySize="{SIDE}"/>'
            f'<DstRect xOff="{left}" yOff="{top}" xSize="{SIDE}" ySize="{SIDE}"/></SimpleSource>'
            for top in range(0, grid.height, SIDE)
            for left in range(0, grid.width, SIDE)
        )
        + "</VRTRasterBand>"
        for band, name in enumerate(names, 1)
    )
    transform = ", ".join(f"{value!r}" for value in grid.transform.to_gdal())
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(
        f'<VRTDataset rasterXSize="{grid.width}" rasterYSize="{grid.height}">'
        f"<SRS>{grid.crs}</SRS><GeoTransform>{transform}</GeoTransform>{bands}</VRTDataset>"
    )
    return target


class Country:
    """The rasters of a country, each of a tile of its own."""

    def __init__(self, folder: Path, area: Area) -> None:
        left, _, _, top = area.grid.bounds
        bounds = (left, top - 10 * SIDE, left + 10 * SIDE, top)
        self._folder, self._area = folder, area
        self._grid, self._number = Grid(area.grid.crs, (10, 10), bounds), 0
        self._ground = roughness(1)

    def codes(self, path: Path, codes: list[int]) -> Path:
        """A raster of codes, one of twenty pixels unknown."""
        places = np.minimum(self._rough() * len(codes), len(codes) - 1).astype(int)
        chosen = np.array(codes, np.uint8)[places]
        chosen[self._rough() < 0.05] = 255
        tile = self._folder / f"tiles/{self._number}.tif"
        with create_cog(tile, self._grid, [path.stem], "uint8", 255, legend={}) as raster:
            raster.write(chosen, 1)
        return mosaic_of(tile, self._area, path)

    def measured(self, path: Path, bands: list[str], most: int = 10_000) -> Path:
        """A raster of measured values."""
        tile = self._folder / f"tiles/m{self._number}.tif"
        kind = {"overview_resampling": "average"}
        with create_cog(tile, self._grid, bands, "int16", SCENE_NODATA, **kind) as raster:
            for band, name in enumerate(bands, 1):
                scale = 30 if name == CLEAR_COUNT else most
                raster.write((self._rough() * scale).astype(np.int16), band)
        return mosaic_of(tile, self._area, path)

    def _rough(self) -> NDArray[np.float64]:
        self._number += 1
        turned = np.rot90(self._ground, self._number)
        return np.roll(turned, 97 * self._number, axis=1)


def files_of(folder: Path, images: list[str]) -> Files:
    """The results of a small period, with the rasters of a country in the place of its own."""
    files, country = small_files(folder), Country(folder, SWITZERLAND)
    assert files.level3 and files.level4
    for name, path in files.layers.items():
        country.codes(path, list(range(101)) if DESCRIPTORS[name].kind.is_continuous else [0, 1])
    for path in files.methods.values():
        country.codes(path, [1, 2])
    country.codes(files.level3, [*LEVEL3])
    country.codes(files.level4, [*LEVEL4.codes][:60])
    country.codes(files.legends[0], [*MAES.map.codes])
    for path in files.confidence.values():
        country.codes(path, list(range(101)))
    if files.coherence:
        country.codes(files.coherence, [*COHERENCE.codes])
    for path in files.mosaics.values():
        country.measured(path, [*TRUE_COLOUR, CLEAR_COUNT])
    pictures = {name: files.folder / f"images/{name}.tif" for name in images}
    for name, path in pictures.items():
        country.measured(path, [name])
    told = json.loads(files.provenance.read_text())
    result = next(iter(told["results"].values()))
    told["results"] |= {files.link(path): result for path in pictures.values()}
    scene = {"id": "S2A_MSIL2A_20180701T102021_N0500_R065_T32TMS", "datetime": "2018-07-01"}
    told["sources"]["s2"]["scenes"] = [scene | {"id": f"{scene['id']}_{n}"} for n in range(SCENES)]
    files.provenance.write_text(json.dumps(told))
    return replace(files, images=pictures)


def report(files: Files) -> None:
    """Write the report of such files."""
    images = [
        Image(name, name, "1", (0, 1), ("#f7fcf5", "#00441b"), 10_000).to_dict()
        for name in files.images
    ]
    request = replace(small_request(), images=images)
    write_report(SWITZERLAND, ("here", "2018"), request, files, files.folder / "report.html")


def main() -> int:
    figures = Figures("report of a country, 770 Mpx")
    with tempfile.TemporaryDirectory() as folder:
        files = files_of(Path(folder), [f"image{number}" for number in range(IMAGES)])
        for images in (1, IMAGES):
            few = replace(files, images=dict([*files.images.items()][:images]))
            spent = cost(report, few)
            size = (files.folder / "report.html").stat().st_size / 1e6
            maps = (files.folder / "report.html").read_text().count("data:image/")
            print(f"| {maps} maps: {spent.cpu:.1f} CPU-s, {spent.wall:.1f} s | | | | |")
            figures.at_most(f"page of {maps} maps", size, LARGEST, "MB")
            figures.at_most(f"memory, {maps} maps", spent.peak, MOST_MEMORY, "MiB")
    return figures.end()


if __name__ == "__main__":
    sys.exit(main())
