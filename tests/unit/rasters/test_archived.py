"""Paths that go on through an archive."""

import os
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio

from lccs_inputs.rasters.archived import gdal_path, is_archive
from standins.imagery import write_asset


def packed(archive: Path, value: int) -> None:
    """An archive of one raster, `in/a.tif`."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    path = archive.parent / "a.tif"
    write_asset(path, np.full((4, 4), value, np.uint16), "EPSG:2154", (0, 0), 10)
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive, "w") as file:
            file.write(path, "in/a.tif")
    else:
        with tarfile.open(archive, "w:gz" if archive.suffix in (".gz", ".tgz") else "w") as tar:
            tar.add(path, "in/a.tif")
    path.unlink()


@pytest.mark.parametrize("name", ["b.zip", "ü b.ZIP", "b.tar", "b.tar.gz", "b.tgz", "{b}.zip"])
def test_a_raster_in_an_archive_is_read_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    packed(Path(name.lower()), 7)
    Path(name.lower()).rename(name)
    for path in (Path(name), tmp_path / name):
        assert is_archive(path)
        with rasterio.open(gdal_path(f"{path}/in/a.tif")) as raster:
            assert (raster.read(1) == 7).all()


def test_archives_of_one_relative_name_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for value in (1, 2):
        packed(tmp_path / str(value) / "b.zip", value)
        os.utime(tmp_path / str(value) / "b.zip", (1e9, 1e9))
        monkeypatch.chdir(tmp_path / str(value))
        with rasterio.open(gdal_path("b.zip/in/a.tif")) as raster:
            assert (raster.read(1) == value).all()


def test_a_folder_is_a_folder_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "b.zip").mkdir()
    assert gdal_path(f"{tmp_path}/b.zip/a.tif") == f"{tmp_path}/b.zip/a.tif"
    assert gdal_path("nowhere.zip/a.tif") == "nowhere.zip/a.tif"
    assert not is_archive(Path("a.zip.part"))
