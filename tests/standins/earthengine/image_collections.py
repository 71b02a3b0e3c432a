"""Algorithms of collections: filtering, mapping, reducing, aggregating."""

from collections.abc import Sequence
from typing import Any

from shapely import box, union_all

from standins.earthengine.bands import add_bands
from standins.earthengine.elements import (
    Collection,
    EarthEngineError,
    Element,
    Feature,
    Filter,
    Function,
    Geometry,
    Image,
)
from standins.earthengine.pixels import COMPOSITE, Band
from standins.earthengine.reducers import Reducer, reduce_values, simple
from standins.earthengine.reducing import reduced
from standins.earthengine.registry import Library, as_geometry, as_image, function


@function("ImageCollection.load", library=True)
def _load(library: Library, name: str, _: Any) -> Collection:
    return library.assets.collection(name)


@function("Collection.loadTable", library=True)
def _load_table(library: Library, name: str, *_: Any) -> Collection:
    return library.assets.table(name)


@function("ImageCollection.fromImages")
def _from_images(images: list[Any]) -> Collection:
    return Collection(tuple(_indexed(as_image(image), i) for i, image in enumerate(images)))


@function("Collection", library=True)
def _from_features(library: Library, features: list[Any]) -> Collection:
    made = [f if isinstance(f, Feature) else Feature(as_geometry(f)) for f in features]
    elements = [f.with_properties({"system:index": str(i), **f.properties})
                for i, f in enumerate(made)]  # fmt: skip
    return Collection(tuple(elements), of_images=False)


def _indexed(image: Image, index: int) -> Image:
    """Numbered where it has no index of its own."""
    return image.with_properties({"system:index": str(index), **image.properties})


@function("Collection.filter")
def _filter(collection: Collection, kept: Filter) -> Collection:
    return collection.of([each for each in collection.elements if kept.accepts(each)])


@function("Collection.map")
def _map(collection: Collection, mapped: Function, drop_nulls: bool) -> Collection:
    """The results keep the index of what they were made of."""
    made: list[Element] = []
    for element in collection.elements:
        result = mapped(element)
        if result is None and drop_nulls:
            continue
        if not isinstance(result, Image | Feature):
            raise EarthEngineError(
                "Collection.map: A mapped algorithm must return a Feature or Image."
            )
        index = element.properties.get("system:index")
        made.append(result.with_properties({**result.properties, "system:index": index}))
    of_images = isinstance(made[0], Image) if made else collection.of_images
    return Collection(tuple(made), of_images=of_images)


@function("Collection.iterate")
def _iterate(collection: Collection, step: Function, first: Any) -> Any:
    for element in collection.elements:
        first = step(element, first)
    return first


@function("Collection.first")
def _first(collection: Collection) -> Element | None:
    return collection.elements[0] if collection.elements else None


@function("Collection.size")
def _size(collection: Collection) -> int:
    return len(collection.elements)


@function("Collection.toList")
def _to_list(collection: Collection, count: int, offset: int) -> list[Element]:
    return list(collection.elements[offset or 0 : (offset or 0) + count])


@function("Collection.limit")
def _limit(collection: Collection, count: int, key: str | None, ascending: bool) -> Collection:
    elements = list(collection.elements)
    if key is not None:
        elements.sort(key=lambda each: each.properties[key], reverse=ascending is False)
    return collection.of(elements[: int(count)])


@function("Collection.distinct")
def _distinct(collection: Collection, keys: Any) -> Collection:
    names = [keys] if isinstance(keys, str) else keys
    seen: dict[tuple[Any, ...], Element] = {}
    for element in collection.elements:
        seen.setdefault(tuple(element.properties.get(name) for name in names), element)
    return collection.of(list(seen.values()))


@function("ImageCollection.merge", "Collection.merge")
def _merge(first: Collection, second: Collection) -> Collection:
    """Indices are prefixed by 1_ and 2_, as the service does."""
    elements = [
        element.with_properties(
            {**element.properties, "system:index": f"{side}_{element.properties['system:index']}"}
        )
        for side, members in ((1, first), (2, second))
        for element in members.elements
    ]
    return first.of(elements)


@function("Collection.geometry")
def _geometry(collection: Collection, *_: Any) -> Geometry:
    return as_geometry(collection)


@function("Collection.bounds")
def _bounds(collection: Collection, *_: Any) -> Geometry:
    return Geometry(box(*as_geometry(collection).lonlat.bounds))


@function("Collection.flatten")
def _flatten(collection: Any) -> Collection:
    inner = [each for member in collection.elements for each in member.elements]
    return Collection(tuple(inner), of_images=False)


# --- properties --------------------------------------------------------------------------------


def _column(collection: Collection, name: str) -> list[Any]:
    values = [each.properties.get(name) for each in collection.elements]
    return [value for value in values if value is not None]


@function("AggregateFeatureCollection.array")
def _array(collection: Collection, name: str) -> list[Any]:
    return _column(collection, name)


@function("AggregateFeatureCollection.first")
def _first_of(collection: Collection, name: str) -> Any:
    return next(iter(_column(collection, name)), None)


@function("AggregateFeatureCollection.count_distinct")
def _count_distinct(collection: Collection, name: str) -> int:
    return len(set(_column(collection, name)))


@function("AggregateFeatureCollection.histogram")
def _histogram(collection: Collection, name: str) -> dict[str, int]:
    values = [str(value) for value in _column(collection, name)]
    return {value: values.count(value) for value in sorted(set(values))}


for _name in ("count", "max", "mean", "min", "product", "sum"):
    function(f"AggregateFeatureCollection.{_name}")(
        lambda collection, name, kind=_name: reduce_values(
            simple(kind), [(value,) for value in _column(collection, name)]
        )
    )


@function("Collection.reduceColumns")
def _reduce_columns(
    collection: Collection, reducer: Reducer, selectors: list[str], _: Any
) -> dict[str, Any]:
    rows = [
        [element.properties.get(selector) for selector in selectors]
        for element in collection.elements
    ]
    result = reduce_values(reducer, rows)
    if reducer.collect is None and len(reducer.outputs) > 1:
        return dict(result)
    return {reducer.name: result}


# --- pixels ------------------------------------------------------------------------------------


def _columns(collection: Collection) -> list[tuple[str, list[Band]]]:
    """The bands of each name, over all images, named after the first image.

    Raises:
        EarthEngineError: an image lacks a band the first one has.
    """
    images = [as_image(element) for element in collection.elements]
    if not images:
        return []
    columns = []
    for position, name in enumerate(images[0].names()):
        bands = []
        for image in images:
            by_name = {band.name: band for band in image.bands}
            if name not in by_name and len(image.bands) != len(images[0].bands):
                raise EarthEngineError(
                    "Expected a homogeneous image collection, but an image with incompatible "
                    f"bands was encountered: {images[0].names()} and {image.names()}."
                )
            bands.append(by_name.get(name, image.bands[position]))
        columns.append((name, bands))
    return columns


def _footprint(elements: Sequence[Element]) -> Geometry | None:
    shapes = [each.geometry for each in elements]
    if not shapes or any(shape is None for shape in shapes):
        return None
    return Geometry(union_all([shape.lonlat for shape in shapes if shape is not None]))


def _composite(collection: Collection, reducer: Reducer, prefixed: bool) -> Image:
    """A reducer over the images; its default projection is that of composites."""
    bands = []
    for name, column in _columns(collection):
        shared: dict[Any, Any] = {}
        for output in reducer.outputs:
            band = reduced(f"{name}_{output.name}" if prefixed else name, output, column, shared)
            bands.append(Band(band.name, band.dtype, COMPOSITE, band.compute))
    return Image(tuple(bands), {}, _footprint(collection.elements))


@function("ImageCollection.reduce")
def _reduce(collection: Collection, reducer: Reducer, _: Any) -> Image:
    if reducer.collect:
        raise EarthEngineError("the stand-in reduces collections to numbers only")
    return _composite(collection, reducer, prefixed=True)


for _name, _reducer in (
    *((name, name) for name in ("count", "max", "mean", "median", "min", "mode", "product", "sum")),
    ("and", "allNonZero"),
    ("or", "anyNonZero"),
):
    function(f"reduce.{_name}")(
        lambda collection, kind=_reducer: _composite(collection, simple(kind), prefixed=False)
    )


@function("ImageCollection.mosaic")
def _mosaic(collection: Collection) -> Image:
    """The last image on top."""
    return _composite(collection, simple("last"), prefixed=False)


@function("ImageCollection.toBands")
def _to_bands(collection: Collection) -> Image:
    bands = [
        band.named(f"{element.properties.get('system:index')}_{band.name}")
        for element in collection.elements
        for band in as_image(element).bands
    ]
    return Image(tuple(bands), {}, _footprint(collection.elements))


@function("ImageCollection.combine")
def _combine(primary: Collection, secondary: Collection, overwrite: bool) -> Collection:
    others = {each.properties.get("system:index"): each for each in secondary.elements}
    pairs = [
        (as_image(each), others[each.properties.get("system:index")])
        for each in primary.elements
        if each.properties.get("system:index") in others
    ]
    return primary.of([add_bands(one, as_image(other), None, overwrite) for one, other in pairs])
