"""What others give is read itself; it has no other file read, and nobody on the network asked."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio
from affine import Affine
from rasterio.errors import RasterioIOError

import lccs_inputs
from lccs_inputs.errors import AreaError, SourceError
from lccs_inputs.facts.products import ProductKind
from lccs_inputs.imagery.composite.reading import AssetReader
from lccs_inputs.imagery.scenes import Asset
from lccs_inputs.products.tiles import read_mosaic
from lccs_inputs.rasters.opening import open_foreign
from lccs_inputs.rasters.outlines import outline_of_file
from lccs_inputs.rasters.reading import gdal_env
from lccs_inputs.rasters.synthetic import is_synthetic_file
from lccs_inputs.rasters.vectors import FORMATS, only_vectors
from standins.imagery import scene
from standins.scripted_api import ScriptedApi

VRT = """<VRTDataset rasterXSize="8" rasterYSize="8"><SRS>EPSG:3035</SRS>
<GeoTransform>4000000, 10, 0, 3000000, 0, -10</GeoTransform>
<VRTRasterBand dataType="Byte" band="1"><SimpleSource>
<SourceFilename>{source}</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>
</VRTDataset>"""
WMS = """<GDAL_WMS><Service name="TMS"><ServerUrl>{url}/${{z}}.png</ServerUrl></Service>
<DataWindow><UpperLeftX>0</UpperLeftX><UpperLeftY>8</UpperLeftY><LowerRightX>8</LowerRightX>
<LowerRightY>0</LowerRightY><SizeX>8</SizeX><SizeY>8</SizeY><TileLevel>0</TileLevel></DataWindow>
<Projection>EPSG:3857</Projection><BandsCount>1</BandsCount></GDAL_WMS>"""
GPX = '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>{source}</SrcDataSource>'
OGR = GPX + "<SrcLayer>a</SrcLayer></OGRVRTLayer></OGRVRTDataSource>"
WFS = "<OGRWFSDataSource><URL>{url}/wfs?SERVICE=WFS</URL></OGRWFSDataSource>"
GML = """<?xml version="1.0"?><wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs"
xmlns:gml="http://www.opengis.net/gml" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
xsi:schemaLocation="http://a
{url}/wfs?SERVICE=WFS&amp;VERSION=1.1.0&amp;REQUEST=DescribeFeatureType"/>
"""


@pytest.fixture
def api() -> Iterator[ScriptedApi]:
    with ScriptedApi() as service:
        yield service


def raster(path: Path) -> Path:
    with rasterio.open(
        path, "w", driver="GTiff", width=8, height=8, count=1, dtype="uint8", crs="EPSG:3035",
        transform=Affine(10, 0, 4_000_000, 0, -10, 3_000_000),
    ) as file:  # fmt: skip
        file.write(np.full((8, 8), 7, np.uint8), 1)
    return path


def as_product(path: Path) -> object:
    return read_mosaic([path], path, ProductKind.CLASSES)


def as_scene(path: Path) -> object:
    with gdal_env(), AssetReader(str) as reader:
        return reader.asset(scene("S2A_1", {"red": Asset(str(path), nodata=0)}), "red").grid


USES: list[Callable[[Path], object]] = [as_product, as_scene, open_foreign]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("name", ["map.tif", "map.jp2", "map.vrt"])
@pytest.mark.parametrize("text", [VRT, VRT.replace("{source}", "/vsicurl/{url}/a.tif"), WMS])
def test_a_raster_is_not_one_that_names_others(
    tmp_path: Path, api: ScriptedApi, use: Callable[[Path], object], name: str, text: str
) -> None:
    secret = raster(tmp_path / "secret.tif")
    given = tmp_path / name
    given.write_text(text.format(source=secret, url=api.url))
    with pytest.raises((SourceError, RasterioIOError), match=name):
        use(given)
    assert name.endswith(".vrt") or not is_synthetic_file(given)
    assert not api.calls


@pytest.mark.parametrize("use", USES)
def test_a_raster_itself_is_read_with_a_mask_that_is_one(
    tmp_path: Path, use: Callable[[Path], object]
) -> None:
    given = raster(tmp_path / "map.tif")
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK="NO"), rasterio.open(given, "r+") as file:
        file.write_mask(np.ones((8, 8), bool))
    assert use(given)
    given.with_name("map.tif.msk").write_text(VRT.format(source=raster(tmp_path / "secret.tif")))
    with pytest.raises((SourceError, RasterioIOError), match=r"map\.tif\.msk.*is no TIFF"):
        use(given)


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("place", ["in it", "beside it", "in its overviews", "beside its mask"])
def test_overviews_that_a_raster_names_elsewhere_are_refused(
    tmp_path: Path, use: Callable[[Path], object], place: str
) -> None:
    given, other = raster(tmp_path / "map.tif"), raster(tmp_path / "secret.tif")
    if place == "in it":
        names_overviews(given, other)
    elif place == "beside it":
        given.with_name("map.tif.aux.xml").write_text(PAM.format(source=other))
    elif place == "in its overviews":
        names_overviews(raster(tmp_path / "map.tif.ovr"), other)
    else:
        raster(tmp_path / "map.tif.msk")
        given.with_name("map.tif.msk.aux.xml").write_text(PAM.format(source=other))
    with pytest.raises((SourceError, RasterioIOError), match=r"map\.tif.* names another file"):
        use(given)


PAM = """<PAMDataset><Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">{source}</MDI>
</Metadata></PAMDataset>"""


def names_overviews(path: Path, other: Path) -> None:
    with rasterio.open(path, "r+") as file:
        file.update_tags(ns="OVERVIEWS", OVERVIEW_FILE=str(other))


@pytest.mark.parametrize("name", ["map.tif.MSK", "map.tif.OVR", "map.tif.Ovr", "MAP.TIF.OVR"])
def test_what_gdal_finds_in_small_folders_only_is_refused(tmp_path: Path, name: str) -> None:
    given = raster(tmp_path / "map.tif")
    raster(tmp_path / name)
    with pytest.raises(RasterioIOError, match=rf"{name}: rename it to map\.tif\.(msk|ovr),"):
        open_foreign(given)


def test_overviews_beside_a_raster_are_looked_at_where_its_folder_cannot_be_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> Iterator[Path]:
        raise PermissionError

    given = raster(tmp_path / "map.tif")
    given.with_name("map.tif.OVR").write_text(VRT)
    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(RasterioIOError, match=r"map\.tif\.OVR: rename it"):
        open_foreign(given)


@pytest.mark.parametrize("name", ["area.gpkg", "area.geojson", "area.vrt", "area.gml"])
@pytest.mark.parametrize("text", [OGR, OGR.replace("{source}", "/vsicurl/{url}/a.gpkg"), WFS, GML])
def test_an_outline_is_not_one_that_names_others(
    tmp_path: Path, api: ScriptedApi, name: str, text: str
) -> None:
    secret = tmp_path / "a.csv"
    secret.write_text('WKT\n"POLYGON((0 0,0 1,1 1,0 0))"\n')
    given = tmp_path / name
    given.write_text(text.format(source=secret, url=api.url))
    with pytest.raises(AreaError, match=rf"^areas\.mine\.file: .*{name}"):
        outline_of_file("areas.mine.file", given)
    assert not api.calls


def test_no_other_formats_of_vectors_are_left_than_those_that_are_named() -> None:
    only_vectors()
    left = {*pyogrio.list_drivers(read=True)}
    assert left <= FORMATS | {"MEM", "netCDF"}
    assert {"GPKG", "ESRI Shapefile", "GeoJSON", "FlatGeobuf", "KML", "GML", "CSV"} <= left


def test_who_opens_a_file_of_vectors_leaves_those_formats_alone() -> None:
    reading = re.compile(r"\b(geopandas|pyogrio)\.(read_|list_layers)")
    library = Path(lccs_inputs.__file__).parent
    readers = {file.name for file in library.rglob("*.py") if reading.search(file.read_text())}
    assert readers == {"outlines.py", "reading.py", "store.py"}  # the last reads what is our own
    for name in ("rasters/outlines.py", "reference/reading.py"):
        assert "only_vectors()" in (library / name).read_text()
