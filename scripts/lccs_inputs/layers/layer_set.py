"""The finished layers of a period, opened together and read as codes."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.lccs import ARTIFICIAL_WATER, CODE_NODATA, LEVEL3_INPUTS, Codes, known_codes
from lccs_inputs.files import fingerprint
from lccs_inputs.rasters.reading import OpenedOnGrid, is_valid
from lccs_inputs.rasters.synthetic import inherited_tags

STRIP = 32
"""Rows that are worked on at a time, so that they stay in the cache."""

_OWN_TAGS = {"title", "units", "method", "editions", "expression", "patches", "fingerprint"}


class LayerSet(OpenedOnGrid):
    """A context manager over layer files by le_lccs name.

    Raises:
        SourceError: a file cannot be opened or is not exactly on `grid`.
    """

    def tags(self, name: str) -> dict[str, str]:
        """What a layer says of itself: title, units, method, editions, expression, fingerprint."""
        return {key: text for key, text in self._rasters[name].tags().items() if key in _OWN_TAGS}

    @property
    def inherited_tags(self) -> dict[str, str]:
        """The tags that what is made of the layers has from them.

        `layers` names them and their methods, `editions` their sources, `fingerprint` is of
        theirs, and SOURCE is there if any is made up; what no layer says is left out.
        """
        said = {name: self.tags(name) for name in self._rasters}
        made = [f"{name}: {tags['method']}" for name, tags in said.items() if "method" in tags]
        taken = {each for tags in said.values() for each in tags.get("editions", "").split(", ")}
        known = {name: tags["fingerprint"] for name, tags in said.items() if "fingerprint" in tags}
        found = {
            "layers": "; ".join(made),
            "editions": ", ".join(sorted(filter(None, taken))),
            "fingerprint": fingerprint(known) if known else "",
        }
        inherited = inherited_tags(self._rasters.values())
        return inherited | {key: text for key, text in found.items() if text}

    def read(self, name: str, window: Window) -> Codes:
        """A window of one layer; a layer that is not in the set is nodata throughout.

        Raises:
            SourceError: the file cannot be read.
        """
        stored = self._stored(name, window)
        return stored, self._known(name, stored)

    def bytes(self, name: str, window: Window) -> NDArray[np.uint8]:
        """A window of one layer as bytes, nodata 255, also of one that is not stored as it should.

        Raises:
            SourceError: the file cannot be read.
        """
        stored = self._stored(name, window)
        if stored.dtype == np.uint8 and self._nodata(name) == CODE_NODATA:
            return stored
        valid = self._known(name, stored) & (stored >= 0) & (stored < CODE_NODATA)
        return known_codes(np.where(valid, stored, 0).astype(np.uint8), valid)

    def strips(
        self, names: Iterable[str], window: Window
    ) -> Iterator[tuple[slice, dict[str, Codes]]]:
        """Some layers in a window by strips: (rows of the window, what `read` gives of each).

        Raises:
            SourceError: a file cannot be read.
        """
        stored = {name: self._stored(name, window) for name in names}
        for top in range(0, window.height, STRIP):
            strip = slice(top, top + STRIP)
            parts = {name: codes[strip] for name, codes in stored.items()}
            yield strip, {name: (part, self._known(name, part)) for name, part in parts.items()}

    def _known(self, name: str, stored: NDArray[Any]) -> NDArray[np.bool_]:
        return is_valid(stored, self._nodata(name))

    def _nodata(self, name: str) -> float | None:
        raster = self._rasters.get(name)
        return raster.nodata if raster else CODE_NODATA

    def _stored(self, name: str, window: Window) -> NDArray[Any]:
        if name not in self._rasters:
            return np.full((window.height, window.width), CODE_NODATA, np.uint8)
        try:
            stored: NDArray[Any] = self._rasters[name].read(1, window=window)
            return stored
        except rasterio.errors.RasterioIOError as error:
            path = self._paths[name]
            raise SourceError(
                f"{path}: cannot be read ({error}); delete it, then run again"
            ) from error

    @property
    def level3_inputs(self) -> tuple[str, ...]:
        """What level 3 is decided from, by le_lccs name; `ARTIFICIAL_WATER` if it is in the set."""
        further = (ARTIFICIAL_WATER,) if ARTIFICIAL_WATER in self._rasters else ()
        return (*LEVEL3_INPUTS, *further)
