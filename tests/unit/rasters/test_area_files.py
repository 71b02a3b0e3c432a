"""Areas from vector files of several files: what is read, and when it is read again."""

import sqlite3
from pathlib import Path

import geopandas
import pytest
from shapely import box
from shapely.geometry.base import BaseGeometry

from lccs_inputs.rasters.area import Area, resolve_area

SQUARE = box(970000, 6590000, 971000, 6591000)
WIDE = box(970000, 6590000, 973000, 6591000)


def write(path: Path, geometry: BaseGeometry, crs: str = "EPSG:2154") -> None:
    path.parent.mkdir(exist_ok=True)
    geopandas.GeoDataFrame(geometry=[geometry], crs=crs).to_file(path, layer=path.stem)


@pytest.fixture
def width(tmp_path: Path):
    """The width of the area of a file, px of 10 m, with a cache that other tests do not share."""

    def width_of(path: Path) -> int:
        return area(path, tmp_path / "cache").grid.width

    return width_of


def area(path: Path, cache: Path) -> Area:
    return resolve_area("mine", {"file": str(path)}, "EPSG:2154", 10, 4096, cache)


def test_an_edit_that_is_in_the_log_of_a_geopackage_still_is_used(tmp_path, width):
    """What QGIS has saved while it keeps the file open."""
    path, wide = tmp_path / "area.gpkg", tmp_path / "wide.gpkg"
    write(path, SQUARE)
    write(wide, WIDE)
    with sqlite3.connect(wide) as other:
        (shape,) = other.execute("select geom from wide").fetchone()
    editor = sqlite3.connect(path, isolation_level=None)
    for (trigger,) in editor.execute("select name from sqlite_master where type='trigger'"):
        editor.execute(f'drop trigger "{trigger}"')
    editor.execute("pragma journal_mode=wal").fetchall()
    editor.execute("pragma wal_autocheckpoint=0").fetchall()
    assert width(path) == 100
    content = path.read_bytes()
    editor.execute("update area set geom=?", (shape,))
    assert path.read_bytes() == content
    assert width(path) == 300
    editor.close()
    assert width(path) == 300


def test_a_projection_that_comes_changes_or_goes_is_followed(tmp_path):
    path, cache = tmp_path / "area.shp", tmp_path / "cache"
    write(path, SQUARE)
    write(tmp_path / "other.shp", SQUARE, "EPSG:3857")
    before = area(path, cache).grid.bounds
    right = (tmp_path / "area.prj").read_text()
    (tmp_path / "area.prj").write_text((tmp_path / "other.prj").read_text())
    assert area(path, cache).grid.bounds != before
    (tmp_path / "area.prj").write_text(right)
    assert area(path, cache).grid.bounds == before


def test_a_folder_is_read_once_and_again_when_a_file_in_it_changes(tmp_path, width, monkeypatch):
    folder = tmp_path / "area"
    write(folder / "area.shp", SQUARE)
    assert width(folder) == 100
    with monkeypatch.context() as patch:
        patch.setattr(geopandas, "read_file", None)
        assert width(folder) == 100
    write(folder / "area.shp", WIDE)
    assert width(folder) == 300


def test_two_files_of_one_name_are_two_areas(tmp_path, width):
    write(tmp_path / "one/area.gpkg", SQUARE)
    write(tmp_path / "other/area.gpkg", WIDE)
    assert [width(tmp_path / name / "area.gpkg") for name in ("one", "other")] == [100, 300]


@pytest.mark.parametrize("ending", ["geojson", "json"])
def test_what_is_kept_of_an_area_and_was_cut_short_is_made_anew(tmp_path, ending):
    path, cache = tmp_path / "area.gpkg", tmp_path / "cache"
    frame = geopandas.GeoDataFrame(geometry=[box(6e5, 6.5e6, 6.01e5, 6.501e6)], crs="EPSG:2154")
    frame.to_file(path)
    before = area(path, cache)
    (kept,) = cache.glob(f"*.{ending}")
    kept.write_text(kept.read_text()[:20])
    assert area(path, cache).grid == before.grid
    assert kept.read_text()[-2:] == "}\n"
