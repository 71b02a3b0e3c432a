"""Opening the assets of scenes: time limits, retries, and never a silently skipped asset.

A remote asset is tried again a few times, each time signed and opened anew, since a signature can
expire and a failed answer stays in GDAL's cache while the dataset is open. What still fails is an
error that names scene and asset. Signatures stay out of messages.
"""

import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TypeVar

import rasterio
from rasterio.errors import RasterioError
from rasterio.windows import Window

from lccs_inputs.cdse.store import ObjectStore
from lccs_inputs.errors import SourceError, UnreadableError
from lccs_inputs.files import fingerprint
from lccs_inputs.hosts import require_host
from lccs_inputs.imagery.cache.asset import KeptAsset
from lccs_inputs.imagery.cache.folder import ImageryCache
from lccs_inputs.imagery.cache.kept import FullError
from lccs_inputs.imagery.cache.ranges import Range
from lccs_inputs.imagery.cache.sparse import StaleError
from lccs_inputs.imagery.composite.fetching import FetchError, Fetching, SparseCopy, redact
from lccs_inputs.imagery.composite.file_facts import Facts
from lccs_inputs.imagery.composite.jpeg2000 import Tiles, tiles_of
from lccs_inputs.imagery.composite.tiff import Image, images_of
from lccs_inputs.imagery.scenes import Asset, Scene
from lccs_inputs.offline import require_network
from lccs_inputs.rasters.archived import gdal_path
from lccs_inputs.rasters.opening import open_foreign
from lccs_inputs.rasters.reading import ONE_THREAD

Sign = Callable[[str], str]
Result = TypeVar("Result")

HTTP_OPTIONS: Mapping[str, str] = {
    **ONE_THREAD,
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

_LOCAL_OPTIONS: Mapping[str, str] = {**ONE_THREAD, "GDAL_DISABLE_READDIR_ON_OPEN": "FALSE"}
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

_BYTES = "file"
"""Under which the bytes of an asset are kept."""

_log = logging.getLogger(__name__)


class AssetFile:
    """The file of an asset of a scene, opened when first needed.

    Use it from one thread at a time.
    """

    def __init__(
        self,
        scene: Scene,
        name: str,
        sign: Sign,
        fetching: Fetching | None = None,
        store: ObjectStore | None = None,
        cache: ImageryCache | None = None,
    ) -> None:
        if name not in scene.assets:
            raise SourceError(f"scene {scene.id} has no asset {name!r}; search the scenes again")
        self.scene, self.name = scene, name
        self.asset: Asset = scene.assets[name]
        kind = "scene" if scene.collection else "tile"  # of a map, which is of no collection
        self.label = f"{kind} {scene.id}, asset {name!r}"
        self._sign = sign
        self._store = store if is_object(self.asset.href) else None
        self._fetching = fetching if is_web(self.asset.href) or self._store else None
        assert self._fetching or not self._store
        # What the catalogue has changed may be another file, of which no answer tells.
        place = f"{self._store.url if self._store else ''}|{self.asset.href}|{scene.updated}"
        self._kept = KeptAsset(cache, place) if cache and is_remote(self.asset.href) else None
        self._copy: SparseCopy | None = None
        self._images: Sequence[Image] = []
        self._tiles: Tiles | None = None
        self._dataset: rasterio.DatasetReader | None = None
        self._document = f"facts-{self.asset.band}"
        self._facts: Facts | None = None
        self._version = ""
        self._bytes_version = ""
        self._anew = self._whole = False

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
        for attempt in range(1, attempts + 1):
            try:
                with rasterio.Env(**options_for(self.asset.href)):
                    return self._act(action)
            except FetchError as error:
                self.close()
                if self._store and (refusal := self._store.refusal(str(error))):
                    raise SourceError(f"{self.label}: {refusal}") from None
                raise self._failed(redact(str(error)), error.attempts) from None
            except (RasterioError, OSError) as error:
                self.close()
                reason = redact(" ".join(str(cause) for cause in (error, error.__cause__) if cause))
                if attempt == attempts or _GONE.search(reason):
                    break
                _log.warning("%s: attempt %d failed (%s)", self.label, attempt, reason)
                time.sleep(_FIRST_DELAY * 2 ** (attempt - 1))
        raise self._failed(reason, attempt) from None

    def _act(self, action: Callable[[rasterio.DatasetReader], Result]) -> Result:
        """Do something with the open file, anew if what is kept of it serves no longer."""
        try:
            return action(self._opened())
        except FullError as error:
            self.close()
            assert self._kept
            self._kept.do_without(error)
        except StaleError:
            self.close()
            if not self._keeps_bytes:
                raise self._changed() from None
        except RasterioError:
            if self._whole or not (self._keeps_bytes or self._tiles):
                raise
            self.close()
            self._whole = True
            if self._kept:  # so that wrong bytes, once they came, do not stay for ever
                self._kept.forget(_BYTES)
        self._anew = True
        try:
            return action(self._opened())
        except StaleError:
            raise self._changed() from None

    def _opened(self) -> rasterio.DatasetReader:
        if self._dataset is None:
            self._dataset = self._open()
            # Places in it were reckoned by what it said before: by now it can be another file.
            if (
                self._kept
                and self._facts
                and fingerprint(asdict(self._facts_of(self._dataset))) != self._version
            ):
                raise self._changed()
        return self._dataset

    def _changed(self) -> SourceError:
        self.close()
        if self._kept:
            self._kept.forget(self._document)
        where = f"{self.label}: {redact(self.asset.href)}"
        return SourceError(f"{where} has changed since it was read first; run again")

    def close(self) -> None:
        if self._dataset is not None:
            self._dataset.close()
            self._dataset = None
        if self._copy is not None:
            self._copy.close()
            self._copy = None

    @property
    def facts(self) -> Facts:
        """What it says of itself; as `grid`."""
        if self._facts is not None:
            return self._facts
        kept = self._kept if self._fetching is None else None  # a copy says it itself
        known = kept.document(self._document) if kept else None
        if known and {*known} == {*Facts.__dataclass_fields__}:
            found = Facts.from_dict(known)
        else:
            found = self.attempt(self._facts_of)
            if kept:
                kept.keep(self._document, asdict(found))
        self._facts, self._version = found, fingerprint(asdict(found))
        return found

    def _facts_of(self, dataset: rasterio.DatasetReader) -> Facts:
        try:
            return Facts.of(dataset, self.asset.band)
        except ValueError as error:
            raise self._unreadable(str(error)) from error

    def _unreadable(self, reason: str) -> UnreadableError:
        where = f"{self.label}: {redact(self.asset.href)}"
        return UnreadableError(self.scene.key, f"{where} {reason}")

    def _open(self) -> rasterio.DatasetReader:
        """Open a copy that holds what is needed of it; as GDAL does where there is none."""
        if self._fetching is None:
            if is_remote(self.asset.href):
                require_network(redact(self.asset.href))
            return open_foreign(gdal_path(self._sign(self.asset.href)))
        kept = self._kept.file(_BYTES) if self._kept and self._keeps_bytes else None
        self._copy = copy = self._fetching.copy(self._address, kept, self._store)
        self._bytes_version = kept.version if kept else ""
        self._images = images_of(copy.read)
        # One that cannot be read by its tiles is read as a whole.
        self._tiles = None if self._images or self._whole else tiles_of(copy.read, copy.size)
        if not self._images and not self._tiles:
            copy.fetch([(0, copy.size)])
        dataset = self._opened_copy()
        if self._images and self._images[0].shape != dataset.shape:
            self._images = []
        if not _are_its_overviews(self._images, dataset):
            self._images = self._images[:1]
        if self._tiles and self._tiles.block != dataset.block_shapes[0]:
            self._tiles = None
        return dataset

    def _address(self) -> str:
        return self._store.address(self.asset.href) if self._store else self._sign(self.asset.href)

    @property
    def _keeps_bytes(self) -> bool:
        return self._kept is not None and self._fetching is not None and not self._anew

    @property
    def _is_slow(self) -> bool:
        """Whether what is read is kept as it was decoded: GDAL would fetch it again, or decoding
        takes long, as that of JPEG 2000 does."""
        return self._fetching is None or (self._keeps_bytes and self._tiles is not None)

    def _opened_copy(self, **options: str) -> rasterio.DatasetReader:
        assert self._copy is not None
        try:
            return open_foreign(self._copy.path, **options)
        except RasterioError:
            if self._copy.path.exists():
                raise
            raise StaleError from None  # others needed its room

    def _fetch(self, facts: Facts, windows: Iterable[Window]) -> None:
        """Fetch what windows need, where there is a copy."""
        if self._copy is not None:
            self._copy.fetch(self._ranges(facts, windows))

    def _ranges(self, facts: Facts, windows: Iterable[Window], number: int = 0) -> Iterator[Range]:
        """The bytes of a copy that hold windows of one of its images."""
        assert self._copy is not None
        if self._images:
            bands = {facts.band, facts.valid or facts.band}
            return self._images[number].ranges(bands, windows)
        return self._tiles.ranges(windows) if self._tiles else iter([(0, self._copy.size)])

    def _failed(self, reason: str, attempts: int) -> SourceError:
        tried = f" after {attempts} attempts" if attempts > 1 else ""
        unreadable = self._unreadable(f"cannot be read{tried} ({reason})")
        if is_remote(self.asset.href) and _PASSING.search(reason):
            return SourceError(f"{unreadable}; run again when the network bears it")
        return unreadable


def _are_its_overviews(images: Sequence[Image], dataset: rasterio.DatasetReader) -> bool:
    """Whether GDAL takes the same images for the overviews of a file, with a mask each or none."""
    if not images:
        return True
    (_, width), *others = (image.shape for image in images)
    masked = {bool(image.masks) for image in images}
    factors = [round(width / each) for _, each in others]
    return factors == dataset.overviews(1) and len(masked) == 1


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
