"""A QGIS project of a period: its rasters in groups, each with its legend."""

import os
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from pyproj import CRS

from lccs_inputs.files import ZIP_TIME, atomic_path
from lccs_inputs.formats.styles import QGIS, Style, pipe_of
from lccs_inputs.rasters.grid import Grid


@dataclass(frozen=True)
class Layer:
    """A raster of the project.

    Attributes:
        is_shown: whether it is drawn when the project is opened.
    """

    key: str
    title: str
    path: Path
    style: Style
    is_shown: bool = False

    @property
    def id(self) -> str:
        """What the project calls it; QGIS makes up another for one of less than ten letters."""
        return f"lccs_{self.key}"


def write_project(
    target: Path, title: str, grid: Grid, groups: Mapping[str, Sequence[Layer]]
) -> None:
    """Write a project (.qgz) that refers to rasters by where they lie beside it.

    Args:
        groups: name → its layers, those on top first; an empty one is left out.

    Raises:
        InputError: it could not be written whole.
    """
    groups = {name: layers for name, layers in groups.items() if layers}
    root = ElementTree.Element("qgis", projectname=title, version=QGIS)
    ElementTree.SubElement(root, "title").text = title
    ElementTree.SubElement(root, "projectCrs").append(_crs(grid))
    tree = ElementTree.SubElement(root, "layer-tree-group")
    for name, layers in groups.items():
        tree.append(_group(name, layers, target))
    canvas = ElementTree.SubElement(root, "mapcanvas", name="theMapCanvas")
    canvas.append(_extent(grid))
    ElementTree.SubElement(canvas, "destinationsrs").append(_crs(grid))
    found = ElementTree.SubElement(root, "projectlayers")
    for layer in _all(groups):
        found.append(_map_layer(layer, target, grid))
    root.append(_properties())
    ElementTree.indent(root)
    with atomic_path(target) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        member = zipfile.ZipInfo(f"{target.stem}.qgs", ZIP_TIME)
        archive.writestr(member, ElementTree.tostring(root), zipfile.ZIP_DEFLATED)


def _all(groups: Mapping[str, Sequence[Layer]]) -> Iterable[Layer]:
    return (layer for layers in groups.values() for layer in layers)


def _group(name: str, layers: Sequence[Layer], target: Path) -> ElementTree.Element:
    shown = any(layer.is_shown for layer in layers)
    group = ElementTree.Element("layer-tree-group", name=name, checked=_checked(True), expanded="1")
    for layer in layers:
        ElementTree.SubElement(
            group,
            "layer-tree-layer",
            id=layer.id,
            name=layer.title,
            source=_source(layer, target),
            providerKey="gdal",
            checked=_checked(layer.is_shown),
            expanded=str(int(shown)),
        )
    return group


def _map_layer(layer: Layer, target: Path, grid: Grid) -> ElementTree.Element:
    root = ElementTree.Element("maplayer", type="raster")
    ElementTree.SubElement(root, "id").text = layer.id
    ElementTree.SubElement(root, "datasource").text = _source(layer, target)
    ElementTree.SubElement(root, "layername").text = layer.title
    ElementTree.SubElement(root, "provider").text = "gdal"
    ElementTree.SubElement(root, "srs").append(_crs(grid))
    root.append(pipe_of(layer.style))
    return root


def _source(layer: Layer, target: Path) -> str:
    relative = Path(os.path.relpath(layer.path.resolve(), target.parent.resolve()))
    return f"./{relative.as_posix()}"


def _checked(shown: bool) -> str:
    return "Qt::Checked" if shown else "Qt::Unchecked"


def _properties() -> ElementTree.Element:
    """That paths are relative, and that the project has a CRS."""
    root = ElementTree.Element("properties")
    paths = ElementTree.SubElement(root, "Paths")
    ElementTree.SubElement(paths, "Absolute", type="bool").text = "false"
    crs = ElementTree.SubElement(root, "SpatialRefSys")
    ElementTree.SubElement(crs, "ProjectionsEnabled", type="int").text = "1"
    return root


def _crs(grid: Grid) -> ElementTree.Element:
    crs = CRS.from_user_input(grid.crs)
    known = crs.to_authority(min_confidence=100)
    root = ElementTree.Element("spatialrefsys")
    ElementTree.SubElement(root, "wkt").text = crs.to_wkt("WKT2_2019")
    if known:
        ElementTree.SubElement(root, "authid").text = ":".join(known)
    return root


def _extent(grid: Grid) -> ElementTree.Element:
    root = ElementTree.Element("extent")
    for name, value in zip(("xmin", "ymin", "xmax", "ymax"), grid.bounds, strict=True):
        ElementTree.SubElement(root, name).text = repr(float(value))
    return root
