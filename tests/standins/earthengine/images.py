"""Images as elements: loading, linking, their footprint, date and properties."""

from dataclasses import replace
from typing import Any

from standins.earthengine.bands import add_bands, select
from standins.earthengine.elements import Collection, Date, Feature, Geometry, Image, encode
from standins.earthengine.pixels import Band, nowhere
from standins.earthengine.registry import Library, as_geometry, function, milliseconds


@function("Image.geometry", "Element.geometry", "Feature.geometry")
def _geometry(element: Any, *_: Any) -> Geometry:
    return as_geometry(element)


@function("Describe")
def _describe(value: Any) -> Any:
    return encode(value)


@function("Image.date")
def _date(image: Image) -> Date:
    return Date(milliseconds(image.properties.get("system:time_start")))


@function("Image.id")
def _id(image: Image) -> str:
    return str(image.properties.get("system:index", image.id))


@function("Image.load", library=True)
def _load(library: Library, name: str, _: Any) -> Image:
    return library.assets.image(name)


@function("Image.linkCollection")
def _link(image: Image, collection: Collection, bands: Any, properties: Any, match: str) -> Image:
    """The bands and properties of the collection's image with the same `match`; masked without."""
    wanted = image.properties.get(match)
    found = [e for e in collection.elements if e.properties.get(match) == wanted]
    linked = found[0] if found else collection.elements[0]
    assert isinstance(linked, Image)
    names = [bands] if isinstance(bands, str) else bands
    if names is not None:
        added = select(linked, list(names))
        if not found:
            added = added.with_bands([_masked(band) for band in added.bands])
        image = replace(add_bands(image, added, None, False), geometry=image.geometry)
    keys = [properties] if isinstance(properties, str) else properties or []
    values = {key: linked.properties.get(key) if found else None for key in keys}
    return image.with_properties({**image.properties, **values})


def _masked(band: Band) -> Band:
    return Band(band.name, band.dtype, band.projection, lambda target: nowhere(target, band.dtype))


@function("Image.copyProperties", "Element.copyProperties")
def _copy(
    element: Any, source: Any, names: list[str] | None, exclude: list[str] | None
) -> Image | Feature:
    kept = dict(source.properties) if source is not None else {}
    if names is None:  # system properties are copied only by name, as in the service
        kept = {key: value for key, value in kept.items() if not key.startswith("system:")}
    else:
        kept = {key: value for key, value in kept.items() if key in names}
    kept = {key: value for key, value in kept.items() if key not in (exclude or [])}
    result: Image | Feature = element.with_properties({**element.properties, **kept})
    return result
