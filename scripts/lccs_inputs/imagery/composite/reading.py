"""Reading the assets of scenes: time limits, retries, and never a silently skipped asset.

A remote asset is tried again a few times, each time signed and opened anew, since a signature can
expire and a failed answer stays in GDAL's cache while the dataset is open. What still fails is an
error that names scene and asset. Signatures stay out of messages.
"""

import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import RasterioError, WindowError
from rasterio.warp import transform_bounds
from rasterio.windows import Window, from_bounds

from lccs_inputs.cdse.store import PIECE, ObjectStore, in_words
from lccs_inputs.errors import SourceError, UnreadableError
from lccs_inputs.hosts import require_host
from lccs_inputs.imagery.composite.fetching import (
    FetchError,
    Fetching,
    Range,
    SparseCopy,
    redact,
)
from lccs_inputs.imagery.composite.tiff import Blocks, blocks_of
from lccs_inputs.imagery.composite.weighing import (
    OVER_HTTP,
    Gdal,
    Weight,
    blocks_under,
    stored_bytes,
)
from lccs_inputs.imagery.scenes import Asset, Scene
from lccs_inputs.rasters.archived import gdal_path
from lccs_inputs.rasters.grid import Grid
from lccs_inputs.rasters.projecting import is_of_the_earth
from lccs_inputs.rasters.synthetic import is_synthetic, tags_if

Sign = Callable[[str], str]
Result = TypeVar("Result")
Preview = np.ma.MaskedArray[Any, Any]

HTTP_OPTIONS: Mapping[str, str] = {
    "GDAL_HTTP_CONNECTTIMEOUT": "20",
    "GDAL_HTTP_TIMEOUT": "300",  # of a whole request: a slow line is no fault
    "GDAL_HTTP_LOW_SPEED_TIME": "20",  # silence is one
    "GDAL_HTTP_LOW_SPEED_LIMIT": "1000",
    "GDAL_HTTP_MAX_RETRY": "0",  # retried here, with a fresh signature
    "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES": "YES",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "CPL_VSIL_CURL_NON_CACHED": "/vsicurl/:/vsis3/",  # forget what failed when a dataset is closed
}
"""GDAL options for assets that are read over a network."""

_LOCAL_OPTIONS: Mapping[str, str] = {"GDAL_DISABLE_READDIR_ON_OPEN": "FALSE"}
"""A file can keep its CRS or its mask in a file beside it, even where the environment forbids."""

_PASSING = re.compile(
    r"timed? ?out|could not resolve|could ?n[o']t connect|connection|too slow|SSL|token|"
    r"response code: (?:0|429|5\d\d)|SlowDown|TooManyRequests|InternalError|ServiceUnavailable",
    re.IGNORECASE,
)
"""What may be otherwise tomorrow: no reason to leave a scene out for good."""

_GONE = re.compile(r"response code: 404|NoSuchKey|NoSuchBucket")

_ANSWERED = re.compile(r"HTTP response code on ")
_ATTEMPTS = 4
_FIRST_DELAY = 1.0  # seconds, doubled after each failed attempt

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Facts:
    """What a file says of itself.

    Attributes:
        band: which of its bands is read, from 1.
        scaling: scale and offset of that band, (1, 0) where it says neither.
        block: height and width of the blocks it is stored in, px.
        valid: which band of it says where the others are valid; 0 for its mask, None if none does.
        is_synthetic: whether it says that it is made up.
    """

    grid: Grid
    band: int
    block: tuple[int, int]
    nodata: float | None
    dtype: str
    scaling: tuple[float, float]
    valid: int | None
    is_synthetic: bool


class OpenAsset:
    """One asset of one scene, opened when first needed.

    Use it from one thread at a time.
    """

    def __init__(
        self,
        scene: Scene,
        name: str,
        sign: Sign,
        fetching: Fetching | None = None,
        store: ObjectStore | None = None,
    ) -> None:
        if name not in scene.assets:
            raise SourceError(f"scene {scene.id} has no asset {name!r}; search the scenes again")
        self.scene, self.name = scene, name
        self.asset: Asset = scene.assets[name]
        self.label = f"scene {scene.id}, asset {name!r}"
        self._sign = sign
        self._fetching = fetching if is_web(self.asset.href) else None
        self._store = store if is_object(self.asset.href) else None
        self._copy: tuple[SparseCopy, Blocks] | None = None
        self._size = 0  # bytes, of what GDAL fetches, where it is known
        self._dataset: rasterio.DatasetReader | None = None
        self._facts: _Facts | None = None

    @property
    def grid(self) -> Grid:
        """Its native pixel grid.

        Raises:
            SourceError: it cannot be read, has no CRS, is not north up, or it cannot be told which
                of its bands is meant.
        """
        return self._read_facts().grid

    @property
    def block(self) -> tuple[int, int]:
        """Height and width of the blocks it is stored in, px.

        Raises:
            SourceError: as `grid`.
        """
        return self._read_facts().block

    @property
    def nodata(self) -> float | None:
        """The value that means "not observed": what the catalogue says, else the file.

        Neither counts where the numbers of the file cannot hold it.
        """
        facts = self._read_facts()
        stated = (self.asset.nodata, facts.nodata)
        return next((value for value in stated if _can_hold(facts.dtype, value)), None)

    @property
    def scaling(self) -> tuple[float, float]:
        """Scale and offset that the file declares; (1, 0) where it says neither."""
        return self._read_facts().scaling

    def fetch(self, windows: Iterable[Window]) -> None:
        """Fetch the bytes of some windows before they are read, where that is done here.

        Raises:
            SourceError: they cannot be had, after retries.
        """
        found = self._ranges(windows)
        if found is not None:
            copy, ranges = found
            self.attempt(lambda _: copy.fetch(ranges))

    def weigh(self, windows: Sequence[Window]) -> Weight | None:
        """What opening it and fetching some windows takes of the network; they are not fetched.

        None where it is not known: where a store does not say how large a file is.

        Raises:
            SourceError: it cannot be opened, after retries.
        """
        found = self._ranges(windows)
        if found is not None:
            copy, ranges = found
            lacking = copy.lacking(ranges)
            data = sum(min(end, copy.size) - start for start, end in lacking)
            return Weight(copy.asked, copy.received, len(lacking), data)
        if not is_remote(self.asset.href):
            return Weight(0, 0, 0, 0)
        size = self._store.size(self.asset.href) if self._store else self._size
        band = self._read_facts().band
        told = self.attempt(lambda opened: stored_bytes(opened, band, windows, size))
        way = Gdal(1, PIECE) if self._store else OVER_HTTP
        return None if told is None else way.weight(told, size or told + way.piece, len(windows))

    @property
    def is_fetched_here(self) -> bool:
        """Whether its bytes are fetched before GDAL reads them; once it is open."""
        return self._copy is not None

    def _ranges(self, windows: Iterable[Window]) -> tuple[SparseCopy, list[Range]] | None:
        """The copy, and the bytes of it that hold some windows; None where GDAL fetches."""
        facts = self._read_facts()
        if self._dataset is None:
            self.attempt(lambda _: None)
        if self._copy is None:
            return None
        copy, blocks = self._copy
        across = -(-facts.grid.width // facts.block[1])
        ranges: list[Range] = []
        for window in windows:
            rows, cols = blocks_under(window, facts.block)
            numbers = (rows[:, None] * across + cols).ravel()
            for band in {facts.band, facts.valid or facts.band}:
                ranges.extend(blocks.ranges(band - 1, numbers))
        return copy, ranges

    @property
    def dtype(self) -> str:
        """Of the stored values.

        Raises:
            SourceError: as `grid`.
        """
        return self._read_facts().dtype

    def read(self, window: Window, out: NDArray[Any] | None = None) -> NDArray[Any]:
        """The stored values of a window, shape (height, width); in `out`, if it is given.

        Where the file says that it is not valid, they are nodata, 0 where none is declared: by a
        mask, by an alpha band, or by a nodata of its own beside that of the catalogue.

        Raises:
            SourceError: it cannot be read, after retries where it is remote.
        """
        facts = self._read_facts()
        self.fetch([window])
        values: NDArray[Any] = self.attempt(
            lambda data: data.read(facts.band, window=window, out=out)
        )
        if facts.nodata != self.nodata and _can_hold(facts.dtype, facts.nodata):
            values[values == facts.nodata] = self.nodata
        if facts.valid is not None:
            values[self.attempt(lambda data: _mask(data, facts, window)) == 0] = self.nodata or 0
        return values

    def preview(self, area: Grid, side: int) -> Preview:
        """The part within the box of `area`, shape (side, side), masked where it is not valid.

        The same part of every asset of a scene has the same shape, so that they lie on each other;
        (0, 0) where the asset does not reach into the box.

        Raises:
            SourceError: as `read`.
        """
        facts = self._read_facts()
        window = within(facts.grid, area)
        if window is None:
            return np.ma.MaskedArray(np.empty((0, 0), facts.dtype))
        shape, invalid = (side, side), 0 if self.nodata is None else self.nodata
        values = self.attempt(lambda data: data.read(facts.band, window=window, out_shape=shape))
        hidden: NDArray[np.bool_] = values == invalid
        if _can_hold(facts.dtype, facts.nodata):
            hidden |= values == facts.nodata
        if facts.valid is not None:
            hidden |= self.attempt(lambda data: _mask(data, facts, window, shape)) == 0
        return np.ma.MaskedArray(values, hidden)

    def attempt(self, action: Callable[[rasterio.DatasetReader], Result]) -> Result:
        """Do something with the open file; again if it is remote and cannot be read.

        Raises:
            SourceError: it cannot be read, after retries where it is remote.
        """
        attempts = 1 if self._fetching or not is_remote(self.asset.href) else _ATTEMPTS
        if self._store:
            self._store.require()
        elif is_remote(self.asset.href):
            require_host(self.asset.href)
        turn = self._store.turns if self._store else nullcontext()
        for attempt in range(1, attempts + 1):
            try:
                with turn, rasterio.Env(self._store, **options_for(self.asset.href)):
                    self._dataset = self._dataset or self._open()
                    return action(self._dataset)
            except FetchError as error:
                self.close()
                raise self._failed(redact(str(error)), error.attempts) from None
            except (RasterioError, OSError) as error:
                self.close()
                reason = redact(" ".join(str(cause) for cause in (error, error.__cause__) if cause))
                if self._store and (refusal := self._store.refusal(reason)):
                    raise SourceError(f"{self.label}: {refusal}") from None
                reason = in_words(reason)
                if attempt == attempts or _GONE.search(reason):
                    break
                _log.warning("%s: attempt %d failed (%s)", self.label, attempt, reason)
                time.sleep(_FIRST_DELAY * 2 ** (attempt - 1))
        raise self._failed(reason, attempt) from None

    @property
    def is_synthetic(self) -> bool:
        """Whether it says that it is made up; False as long as nobody has looked."""
        return self._facts is not None and self._facts.is_synthetic

    @property
    def is_open(self) -> bool:
        return self._dataset is not None

    def close(self) -> None:
        if self._dataset is not None:
            self._dataset.close()
            self._dataset = None
        if self._copy is not None:
            self._copy[0].close()
            self._copy = None

    def _read_facts(self) -> _Facts:
        if self._facts is None:
            self._facts = self.attempt(self._facts_of)
        return self._facts

    def _facts_of(self, dataset: rasterio.DatasetReader) -> _Facts:
        if not is_of_the_earth(dataset.crs):
            raise self._unreadable("does not say its CRS, or has one of no place on the ground")
        try:
            grid = Grid.from_transform(
                dataset.crs.to_wkt(), dataset.transform, dataset.width, dataset.height
            )
        except ValueError as error:
            raise self._unreadable(f"is {error}") from error
        band = self._band_in(dataset)
        return _Facts(
            grid,
            band,
            dataset.block_shapes[band - 1],
            dataset.nodatavals[band - 1],
            dataset.dtypes[band - 1],
            (dataset.scales[band - 1], dataset.offsets[band - 1]),
            _valid(dataset, band),
            is_synthetic(dataset.tags()),
        )

    def _band_in(self, dataset: rasterio.DatasetReader) -> int:
        stated, alpha = self.asset.band, _alpha(dataset)
        data: list[int] = [index for index in dataset.indexes if index != alpha]
        if stated == 0 and len(data) == 1:
            return data[0]
        if stated not in data:
            raise self._unreadable(
                f"has no band {stated}"
                if stated
                else f"has {len(data)} bands, none of them described; say in `bands` of the scene "
                "set which is meant, as ASSET:NUMBER"
            )
        return stated

    def _unreadable(self, reason: str) -> UnreadableError:
        where = f"{self.label}: {redact(self.asset.href)}"
        return UnreadableError(self.scene.key, f"{where} {reason}")

    def _open(self) -> rasterio.DatasetReader:
        """Open a copy that holds what is needed of it; as GDAL does where there is none."""
        if self._fetching is not None:
            copy = self._fetching.copy(lambda: self._sign(self.asset.href))
            blocks = blocks_of(copy.read)
            if blocks is not None:
                self._copy = copy, blocks
                return rasterio.open(copy.path)
            self._size = copy.size
            copy.close()
            self._fetching = None
        return rasterio.open(gdal_path(self._sign(self.asset.href)))

    def _failed(self, reason: str, attempts: int) -> SourceError:
        tried = f" after {attempts} attempts" if attempts > 1 else ""
        unreadable = self._unreadable(f"cannot be read{tried} ({reason})")
        if is_remote(self.asset.href) and _PASSING.search(reason):
            return SourceError(f"{unreadable}; run again when the network bears it")
        return unreadable


class AssetReader:
    """The opened assets of one job; a context manager that closes them."""

    def __init__(
        self, sign: Sign, fetching: Fetching | None = None, store: ObjectStore | None = None
    ) -> None:
        self._sign, self._fetching, self._store = sign, fetching, store
        self._assets: dict[tuple[str, str, str], OpenAsset] = {}

    @property
    def inherited_tags(self) -> dict[str, str]:
        """The tags that what is made of the assets read so far has from them."""
        return tags_if(any(asset.is_synthetic for asset in list(self._assets.values())))

    def asset(self, scene: Scene, name: str) -> OpenAsset:
        key = (scene.collection, scene.id, name)
        if key not in self._assets:
            self._assets[key] = OpenAsset(scene, name, self._sign, self._fetching, self._store)
        return self._assets[key]

    def close(self, scene: Scene) -> None:
        """Close the assets of a scene; they are opened again where they are needed."""
        for name in scene.assets:
            asset = self._assets.get((scene.collection, scene.id, name))
            if asset is not None:
                asset.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for asset in self._assets.values():
            asset.close()


def _can_hold(dtype: str, value: float | None) -> bool:
    """Whether numbers of a type can be `value`, which has then a meaning; NaN always is none."""
    if value is None or np.dtype(dtype).kind not in "iu":
        return value is not None
    limits = np.iinfo(dtype)
    return float(value).is_integer() and limits.min <= value <= limits.max


def _valid(dataset: rasterio.DatasetReader, band: int) -> int | None:
    """What says where a band is valid, besides nodata: see `_Facts.valid`."""
    masked = MaskFlags.per_dataset in dataset.mask_flag_enums[band - 1]
    return _alpha(dataset) or (0 if masked else None)


def _alpha(dataset: rasterio.DatasetReader) -> int:
    """Which band is an alpha band, from 1; 0 if none is."""
    meanings = [*dataset.colorinterp]
    return meanings.index(ColorInterp.alpha) + 1 if ColorInterp.alpha in meanings else 0


def _mask(
    dataset: rasterio.DatasetReader,
    facts: _Facts,
    window: Window,
    shape: tuple[int, int] | None = None,
) -> NDArray[Any]:
    mask: NDArray[Any] = (
        dataset.read(facts.valid, window=window, out_shape=shape)
        if facts.valid
        else dataset.read_masks(facts.band, window=window, out_shape=shape)
    )
    return mask


def within(source: Grid, area: Grid) -> Window | None:
    """The window of a source within the box of an area; None where they do not meet."""
    try:
        bounds = transform_bounds(area.crs, source.crs, *area.bounds, densify_pts=21)
        whole = Window(0, 0, source.width, source.height)
        window: Window = from_bounds(*bounds, source.transform).intersection(whole)
    except (WindowError, CPLE_BaseError):
        return None
    return window if min(window.width, window.height) >= 1 else None


def options_for(href: str) -> Mapping[str, str]:
    """GDAL options to open and read an asset under: a network's, or those of a local file."""
    return HTTP_OPTIONS if is_remote(href) else _LOCAL_OPTIONS


def is_web(href: str) -> bool:
    return href.startswith(("http://", "https://"))


def is_object(href: str) -> bool:
    return href.startswith("s3://")


def is_remote(href: str) -> bool:
    return "://" in href and not href.startswith("file://")


class _RedactRecords(logging.Filter):
    """The messages of GDAL and rasterio quote URLs whole, and a job's log is a file.

    That a server answered with an error is left out: whoever reads tries again, or tells.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        return not _ANSWERED.search(record.msg)


for _name in ("rasterio._base", "rasterio._env", "rasterio._err", "rasterio._io"):
    logging.getLogger(_name).addFilter(_RedactRecords())
