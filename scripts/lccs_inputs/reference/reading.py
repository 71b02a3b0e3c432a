"""Reading reference data, part by part: a CSV, or any vector file, in any CRS."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from lccs_inputs.errors import InputError, SourceError
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.projecting import is_of_the_earth
from lccs_inputs.rasters.vectors import only_vectors
from lccs_inputs.reference.data import ReferenceData
from lccs_inputs.reference.tables import columns_of, head_of, is_table, is_utf16
from lccs_inputs.words import listed, shown, unknown

PART = 100_000
"""Points that are in memory at a time."""
STRATA = "strata"
"""The layer of a file that has the sizes of strata: `stratum`, `pixels`."""

_READ = 1 << 20  # characters at a time
_TOGETHER = 256  # places that are looked for in all polygons of a part
_SHEETS = (".xlsx", ".xls", ".ods")
_TEXTS = ("class", "date", "stratum")

Floats = NDArray[np.float64]


def parts(path: Path, data: ReferenceData, grid: Grid) -> Iterator[pd.DataFrame]:
    """The points of a file, in parts.

    A part has `x` and `y` in the CRS of the grid, not finite where there is no place; `class`,
    `date` and `stratum` as texts, "" where there is none; and `mixed`, whether a polygon is known
    not to fill the pixel that it stands for. Of a vector file `within` has what polygons of
    the part say of the place that are of another class, a tuple of class and date each, and
    `placeable` whether it is no line or the like.

    Raises:
        SourceError: the file cannot be read so; names the key of the config.
    """
    only_vectors()
    try:
        yield from _tabular(path, data, grid) if is_table(path) else _vector(path, data, grid)
    except InputError:
        raise
    except Exception as error:
        is_sheet = path.suffix.lower() in _SHEETS
        reason = "a spreadsheet; save it as CSV" if is_sheet else str(error).split(";")[0]
        raise SourceError(f"{data.key}.file: {path} cannot be read ({reason})") from error


def strata_of(path: Path, data: ReferenceData) -> dict[str, float]:
    """Stratum → pixels, as the config says or the file.

    Raises:
        SourceError: the layer of the file has what is no size.
    """
    if data.strata or is_table(path):
        return dict(data.strata)
    only_vectors()
    layers = geopandas.list_layers(path)
    if STRATA not in [*layers.name]:
        return {}
    table = pyogrio.read_dataframe(path, layer=STRATA, read_geometry=False)
    if not {"stratum", "pixels"} <= {*table.columns}:
        return {}
    names = _texts(table.stratum)
    sizes = pd.to_numeric(table.pixels, errors="coerce")
    for name, said, size in zip(names, table.pixels, sizes, strict=True):
        if not (np.isfinite(size) and size > 0):
            fault = f"{shown(name)} has {shown(str(said))} pixels; write a number above 0"
            raise SourceError(f"{data.key}.file: layer {STRATA} of {path}: {fault}")
    if again := [*names[names.duplicated()]]:
        fault = f"{shown(again[0])} is there twice"
        raise SourceError(f"{data.key}.file: layer {STRATA} of {path}: {fault}")
    return dict(zip(names, sizes.tolist(), strict=True))


def _tabular(path: Path, data: ReferenceData, grid: Grid) -> Iterator[pd.DataFrame]:
    encoding = _encoding(path)
    delimiter, found = head_of(path, data, encoding)
    transformer = Transformer.from_crs(data.crs or data.table.crs, grid.crs, always_xy=True)
    no_numbers: dict[str, str | None] = {}
    for part in pd.read_csv(
        path, sep=delimiter, encoding=encoding, dtype=str, usecols=[*set(found.values())],
        chunksize=PART, keep_default_na=False, skipinitialspace=True,
    ):  # fmt: skip
        x, y = (_numbers(part[found[axis]], axis, no_numbers) for axis in ("x", "y"))
        yield _part(*_projected(transformer, x, y), part, found, np.zeros(len(part), bool))
    for axis, text in no_numbers.items():
        if text:
            raise SourceError(
                f"{data.key}.{axis}_column: no {found[axis]} of {path} is a number ({text} is "
                "none); write plain numbers, such as 978130.5"
            )


def _numbers(texts: "pd.Series[str]", axis: str, no_numbers: dict[str, str | None]) -> Floats:
    """Coordinates, NaN where a text is none; `no_numbers` has such a text until there is one."""
    numbers: Floats = pd.to_numeric(texts, errors="coerce").to_numpy(float, copy=True)
    other = np.isnan(numbers)
    if other.any():  # perhaps for a decimal comma
        dotted = texts[other].str.replace(",", ".")
        numbers[other] = pd.to_numeric(dotted, errors="coerce").to_numpy(float)
    if np.isfinite(numbers).any():
        no_numbers[axis] = None
    elif no_numbers.get(axis, "") == "":
        no_numbers[axis] = next(filter(None, texts), "")
    return numbers


def _encoding(path: Path) -> str:
    """UTF-16 where the file begins so, UTF-8 where all of it is, else Latin-1."""
    if is_utf16(path):
        return "utf-16"
    try:
        with path.open(encoding="utf-8-sig") as text:
            while text.read(_READ):
                pass
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8-sig"


def _vector(path: Path, data: ReferenceData, grid: Grid) -> Iterator[pd.DataFrame]:
    layer = _layer(path, data)
    info = pyogrio.read_info(path, layer=layer, force_feature_count=True)
    found = columns_of(data, [*info["fields"]], path, needed=("class",))
    transformer = Transformer.from_crs(_crs_of(path, data, info["crs"]), grid.crs, always_xy=True)
    for first in range(0, info["features"], PART):
        frame = geopandas.read_file(
            path, layer=layer, columns=[*set(found.values())], rows=slice(first, first + PART)
        )
        shapes = frame.geometry.mask(frame.geometry.is_empty).to_numpy(object)
        areal = _areal(shapes)
        at = np.where(areal, shapely.point_on_surface(shapes), _points(shapes))
        place = _projected(transformer, shapely.get_x(at), shapely.get_y(at))
        mixed = np.zeros(len(frame), bool)
        mixed[areal] = ~_fills(shapes[areal], (place[0][areal], place[1][areal]), transformer, grid)
        part = _part(*place, frame, found, mixed)
        part["placeable"] = shapely.is_missing(shapes) | ~shapely.is_missing(at)
        part["within"] = _around(shapes, at, part["class"], part["date"])
        yield part


def _crs_of(path: Path, data: ReferenceData, said: str | None) -> str:
    """The CRS of a vector file: its own, or where it says none that of the config.

    Raises:
        SourceError: there is none, it is of no place on the ground, or the two differ.
    """
    if said is None and data.crs:
        return data.crs
    if said is None or not is_of_the_earth(said):
        raise SourceError(
            f"{data.key}.crs: {path} does not say its CRS, or has one of no place on the ground; "
            "write it, such as crs: EPSG:2154"
        )
    if data.crs and not CRS.from_user_input(said).equals(data.crs, ignore_axis_order=True):
        is_json = path.suffix.lower() in (".geojson", ".json")
        by_rule = " (as GeoJSON does that names none)" if is_json else ""
        raise SourceError(
            f"{data.key}.crs: {data.crs}, and {path} says {said}{by_rule}; leave `crs` out, or "
            "convert the file"
        )
    return said


def _areal(shapes: NDArray[Any]) -> NDArray[np.bool_]:
    return np.isin(shapely.get_type_id(shapes), (3, 6))


def _points(shapes: NDArray[Any]) -> NDArray[Any]:
    """Points, and those of several that are one alone; None of all else."""
    alone = (shapely.get_type_id(shapes) == 4) & (shapely.get_num_geometries(shapes) == 1)
    found = shapes.copy()
    found[alone] = shapely.get_geometry(shapes[alone], 0)
    found[shapely.get_type_id(found) != 0] = None
    return found


def _around(
    shapes: NDArray[Any], at: NDArray[Any], classes: "pd.Series[str]", dates: "pd.Series[str]"
) -> NDArray[np.object_]:
    """What the polygons say that each place lies in: of those of another class than its own, class
    and date."""
    found = np.empty(len(at), object)
    found[:] = [()] * len(at)
    areal = _areal(shapes)
    if not areal.any():
        return found
    said = pd.DataFrame({"class": classes[areal], "date": dates[areal]})
    said["shape"] = shapely.to_wkb(shapes[areal])
    said = said.drop_duplicates()  # the same may be drawn many times
    shape, drawn = pd.factorize(said["shape"])
    said, shape = said.iloc[order := np.argsort(shape, kind="stable")], shape[order]
    starts = np.searchsorted(shape, np.arange(len(drawn) + 1))
    own, told = classes.to_numpy(), [*zip(said["class"], said["date"], strict=True)]
    distinct: NDArray[Any] = shapely.from_wkb(np.asarray(drawn))
    tree, names = shapely.STRtree(distinct), said["class"].to_numpy()
    for first in range(0, len(at), _TOGETHER):
        places, polygons = tree.query(at[first : first + _TOGETHER], predicate="within")
        counts = np.diff(starts)[polygons]
        places = np.repeat(places + first, counts)
        lines = np.arange(counts.sum()) + np.repeat(
            starts[polygons] - counts.cumsum() + counts, counts
        )
        other = own[places] != names[lines]
        for place, line in zip(places[other].tolist(), lines[other].tolist(), strict=True):
            found[place] += (told[line],)
    return found


def _layer(path: Path, data: ReferenceData) -> str | None:
    layers = geopandas.list_layers(path)
    names = [str(name) for name in layers.name[layers.geometry_type.notna()] if name != STRATA]
    if data.layer is not None:
        if data.layer not in names:
            fault = unknown(data.layer, f"a layer of {path}", names)
            raise SourceError(f"{data.key}.layer: {fault}")
        return data.layer
    if len(names) > 1:
        raise SourceError(
            f"{data.key}.file: {path} has several layers ({listed(names)}); name one in "
            f"{data.key}.layer"
        )
    if not names:
        raise SourceError(f"{data.key}.file: {path} is a table without geometries")
    return names[0]


def _fills(
    shapes: NDArray[Any], place: tuple[Floats, Floats], transformer: Transformer, grid: Grid
) -> NDArray[np.bool_]:
    """Whether polygons hold all corners of the pixel that they stand for."""
    col, row = pixels_of(*place, grid)
    held: NDArray[np.bool_] = np.isfinite(place[0])
    for right, down in ((0, 0), (0, 1), (1, 0), (1, 1)):
        x = grid.bounds[0] + (col + right) * grid.resolution
        y = grid.bounds[3] - (row + down) * grid.resolution
        back = transformer.transform(x, y, direction="INVERSE")
        held &= shapely.contains_xy(shapes, *back)
    return held


def pixels_of(x: Floats, y: Floats, grid: Grid) -> tuple[Floats, Floats]:
    """Column and row of the pixels that places lie in, whole numbers; those right on an edge are of
    the pixel to the east and south."""
    col = np.floor((x - grid.bounds[0]) / grid.resolution)
    row = np.floor((grid.bounds[3] - y) / grid.resolution)
    return col, row


def _projected(transformer: Transformer, x: NDArray[Any], y: NDArray[Any]) -> tuple[Floats, Floats]:
    with np.errstate(invalid="ignore"):
        east, north = transformer.transform(x, y)
    lost = ~(np.isfinite(east) & np.isfinite(north))
    return np.where(lost, np.nan, east), np.where(lost, np.nan, north)


def _part(
    x: Floats,
    y: Floats,
    frame: pd.DataFrame,
    found: Mapping[str, str],
    mixed: NDArray[np.bool_],
) -> pd.DataFrame:
    texts = {name: _texts(frame[found[name]]) if name in found else "" for name in _TEXTS}
    return pd.DataFrame({"x": x, "y": y, **texts, "mixed": mixed})


def _texts(values: "pd.Series[Any]") -> "pd.Series[str]":
    """Values as texts, whole numbers without a decimal point, "" for what is missing."""
    if pd.api.types.is_float_dtype(values):
        whole = values.dropna()
        if (whole == np.floor(whole)).all():
            values = values.astype("Int64")
    if pd.api.types.is_datetime64_any_dtype(values):
        values = values.dt.strftime("%Y-%m-%d")
    each, unique = pd.factorize(values)
    texts = pd.Series(unique).astype("string").str.strip().to_numpy(object)
    return pd.Series(np.append(texts, "")[each], dtype=object)  # -1 of what is missing
