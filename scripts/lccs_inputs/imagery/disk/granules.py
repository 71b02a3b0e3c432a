"""What is read of one scene on a disk, before its rasters are looked at."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shapely import Polygon

from lccs_inputs.imagery.disk.trees import Tree


@dataclass(frozen=True)
class Raster:
    """A band or mask of a scene: value = scale × number + offset.

    Attributes:
        path: where it is, perhaps through an archive.
        scale, offset, nodata: None where the product does not say: the file may.
        band: which band of the file.
    """

    path: Path
    scale: float | None = None
    offset: float | None = None
    nodata: float | None = None
    band: int = 1


@dataclass(frozen=True)
class Granule:
    """A scene, as its metadata describe it.

    Attributes:
        id: the name of its product, without a suffix.
        collection: what such scenes are called in the catalogue.
        sensor: a key of `SENSORS`.
        datetime: ISO 8601, UTC.
        platform: "" where the product does not say it.
        assets: by canonical name (see `sensors.Sensor.assets`).
        mask: the mask of the sensor that it comes with, or "none".
        properties: what else a STAC item says of it.
        outline: degrees; None where the product does not say it: its rasters do.
        note: how it was processed and its numbers are to be read, in a few words.
    """

    id: str
    collection: str
    sensor: str
    datetime: str
    assets: Mapping[str, Raster]
    mask: str
    platform: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)
    outline: Polygon | None = None
    note: str = ""

    @property
    def moment(self) -> dt.datetime:
        """When it was sensed.

        Raises:
            ValueError: what the product says is no time.
        """
        return dt.datetime.fromisoformat(self.datetime)


@dataclass(frozen=True)
class Kind:
    """A kind of product.

    Attributes:
        title: what it is called where a user is told what is understood.
        find: what the names of the files of such products in a tree begin with, each once.
        read: one of them. Raises SourceError where it cannot be used, in words that follow its
            name; whatever malformed metadata lead to, otherwise.
        folder: what the name of a folder begins with that its publisher makes for one; "" for none.
    """

    title: str
    find: Callable[[Tree], Iterable[str]]
    read: Callable[[Tree, str], Granule]
    folder: str = ""


def percent(name: str, said: str) -> dict[str, float]:
    """A STAC property in percent; none where the product says nothing."""
    return {name: float(said)} if said else {}


def starts(tree: Tree, pattern: re.Pattern[str]) -> list[str]:
    """Group 1 of the names that match, each once, in order."""
    found = (pattern.match(name) for name in tree.names)
    return list(dict.fromkeys(match[1] for match in found if match))


def only(tree: Tree, start: str, pattern: str) -> str | None:
    """The one file, of those whose name begins so, that ends in a pattern; None if none or many."""
    end = re.compile(rf".*{pattern}", re.IGNORECASE)
    found = [name for name in tree.names if name.startswith(start) and end.fullmatch(name)]
    return found[0] if len(found) == 1 else None
