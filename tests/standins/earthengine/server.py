"""The stand-in as an HTTP server on the loopback address, for the unmodified client."""

import io
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock
from urllib.parse import unquote

import ee
import numpy as np
from affine import Affine
from google.auth.credentials import AnonymousCredentials
from rasterio.io import MemoryFile

import standins.earthengine.band_math
import standins.earthengine.filters
import standins.earthengine.functions
import standins.earthengine.geometries
import standins.earthengine.image_collections
import standins.earthengine.images
import standins.earthengine.masks
import standins.earthengine.neighbours
import standins.earthengine.pixel_math
import standins.earthengine.regions  # noqa: F401 - each registers its algorithms
from standins.earthengine import discovery, stores
from standins.earthengine.accounts import read_token_request, token, write_key
from standins.earthengine.bands import select
from standins.earthengine.catalogue import SampleAssets
from standins.earthengine.elements import EarthEngineError, Image, crs_name, encode
from standins.earthengine.faults import RESTRICTED, Fault, Request, error_document
from standins.earthengine.graph import ALGORITHMS, Expression
from standins.earthengine.pixels import Target, request_cache, shards, strips, write_geotiff
from standins.earthengine.regions import native_target
from standins.earthengine.registry import Library, as_image
from standins.earthengine.tasks import Tasks
from standins.loopback import Answer, Call, Loopback

Document = dict[str, Any]

MOST_BYTES = 48 * 2**20
"""Of one answer with pixels, uncompressed; a byte of mask per value counts."""
MOST_PIXELS = 32768
"""On a side."""
_EECU_PER_VALUE = 2e-7  # made up: seconds per pixel, band and scene
_JSON = "application/json; charset=UTF-8"


class EarthEngineStandIn(Loopback):
    """A local Earth Engine; use as a context manager.

    Attributes:
        assets: what it serves; `assets.indices` maps STAC ids of the sample to `system:index`.
        faults: the first that concerns a request happens to it.
        latency: seconds every pixel request takes at least.
        restricted: whether the project is over its monthly quota.
        log: every request, in order of arrival.
        peak: the most pixel requests that were under way at a time.
        missing: algorithms asked for that it does not implement.
        tasks: batch exports.
        folder: exported files: drive/<folder>/<prefix>.tif, cloud/<bucket>/<prefix>.tif.
        shard: side in pixels of the files that an export is cut into; 0 for one file.

    Args:
        catalogue: `catalog.json` of a sample.
        tables: table asset → its GeoJSON features.
        workers: requests that are computed at a time.
    """

    def __init__(
        self,
        catalogue: Path,
        tables: Mapping[str, list[Document]] | None = None,
        folder: Path | None = None,
        workers: int = 2,
    ) -> None:
        super().__init__()
        self._temporary = TemporaryDirectory() if folder is None else None
        self.folder = Path(self._temporary.name) if self._temporary else Path(str(folder))
        self.assets = SampleAssets(catalogue, self.folder, tables or {})
        self.faults: list[Fault] = []
        self.latency = 0.0
        self.restricted = False
        self.log: list[Request] = []
        self.peak = 0
        self.missing: list[str] = []
        self.profiles: dict[str, str] = {}
        self.tasks = Tasks()
        self.shard = 0
        self._under_way = 0
        self._thumbnails: dict[str, Document] = {}
        self._lock, self._computing = threading.Lock(), threading.Semaphore(workers)

    def connect(self, project: str = "stand-in-project", credentials: Any = None) -> None:
        """Point the client of this process at the stand-in, without a look at the network."""
        ee.Reset()
        with mock.patch("ee.deprecation._FetchDataCatalogStac", return_value={}):
            ee.Initialize(credentials or AnonymousCredentials(), project=project, url=self.url)

    def write_key(self, path: Path, project: str = "stand-in-project") -> Path:
        """Write a service-account key that signs in here."""
        return write_key(path, self.url, project)

    def requests(self, method: str = "computePixels") -> list[Request]:
        """The requests for one method of the API."""
        return [request for request in self.log if request.method == method]

    def __exit__(self, *_: object) -> None:
        super().__exit__(*_)
        if self._temporary:
            self._temporary.cleanup()

    # --- one request ---------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer | None:
        path = unquote(call.place)
        body = read_token_request(call.body) if path == "/token" else call.json
        query = {name: values[-1] for name, values in call.query.items()}
        request = Request(method_of(call.method, path), path, query, body, _size(body))
        fault = self._arrive(request)
        if fault is None:
            return self._serve(request, call.headers)
        if fault.hang:
            return self.keep_silent(call)
        if fault.status:
            request.status = fault.status
            return _json(fault.document(), fault.status)
        answer = self._serve(request, call.headers)
        return answer.cut() if fault.cut else answer

    def _arrive(self, request: Request) -> Fault | None:
        """Record a request; what is to go wrong with it."""
        with self._lock:
            self.log.append(request)
            for fault in self.faults:
                if fault.concerns(request):
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None

    def _serve(self, request: Request, headers: Mapping[str, str]) -> Answer:
        started = time.monotonic()
        try:
            answer = self._dispatch(request, headers)
        except EarthEngineError as error:
            answer = _json(error_document(error.status, str(error)), error.status)
        except Exception:  # its own faults are loud, and not worth trying again
            text = f"the stand-in failed: {traceback.format_exc(limit=-4)}"
            answer = _json(error_document(400, text), 400)
        request.status, request.seconds = answer.status, time.monotonic() - started
        if self.restricted:
            answer.headers = {**answer.headers, **RESTRICTED}
        return answer

    def _dispatch(self, request: Request, headers: Mapping[str, str]) -> Answer:
        """By method of the API."""
        path, body = request.path, dict(request.body)
        if request.method.startswith(("storage.", "drive.")):
            content, kind = stores.answer(self.folder, request)
            return Answer(200, content, {"Content-Type": kind})
        name = path.removeprefix("/v1/")
        methods: Mapping[str, Callable[[], Answer]] = {
            "discovery": lambda: _json(discovery.document(self.url)),
            "algorithms": lambda: Answer(200, ALGORITHMS.read_bytes(), {"Content-Type": _JSON}),
            "value:compute": lambda: _json({"result": self._value(body["expression"])}),
            "computePixels": lambda: self._pixels(
                self.evaluate(body["expression"]), request, headers
            ),
            "getPixels": lambda: self._stored_pixels(name, request, headers),
            "thumbnails": lambda: _json({"name": self._thumbnail(name, body)}),
            "export": lambda: _json(self._export(name, body)),
            "operations": lambda: _json(
                {"operations": [self.tasks.poll(task) for task in list(self.tasks.all)]}
            ),
            "operation": lambda: self._found(self.tasks.poll(name), name),
            "cancel": lambda: _json(self.tasks.cancel(name.removesuffix(":cancel"))),
            "asset": lambda: self._found(self.assets.describe(asset_id(name)), name),
            "delete": lambda: self._found(self.assets.delete(asset_id(name)), name),
            "token": lambda: _json(token()),
            "create": lambda: _json(self.assets.create(name, request.query, body)),
        }
        if request.method not in methods:
            raise EarthEngineError(f"the stand-in does not know {request.method} {path}", 404)
        return methods[request.method]()

    def _value(self, expression: Document) -> Any:
        with self._computing:
            return encode(self.evaluate(expression))

    def _thumbnail(self, name: str, body: Document) -> str:
        with self._lock:
            thumbnail = f"{_project(name)}/thumbnails/{len(self._thumbnails)}"
            self._thumbnails[thumbnail] = body
        return thumbnail

    def evaluate(self, expression: Document) -> Any:
        """The value of a serialised expression."""
        library = Library(self.assets, self.missing, self.profiles)
        return Expression(expression, library.call).evaluate()

    def _found(self, document: Document | None, name: str) -> Answer:
        if document is None:
            raise EarthEngineError(f"'{name}' does not exist or caller does not have access.", 404)
        return _json(document)

    # --- pixels --------------------------------------------------------------------------------

    def _stored_pixels(self, name: str, request: Request, headers: Mapping[str, str]) -> Answer:
        """Of a thumbnail that was set up before, or of an asset."""
        name = name.removesuffix(":getPixels")
        if name in self._thumbnails:
            request.body = self._thumbnails[name]
            image = self.evaluate(request.body["expression"])
        else:
            image = self.assets.image(asset_id(name))
        return self._pixels(image, request, headers)

    def _pixels(self, value: Any, request: Request, headers: Mapping[str, str]) -> Answer:
        with self._lock:
            self._under_way += 1
            self.peak = max(self.peak, self._under_way)
        try:
            body = request.body
            image = as_image(value)
            if body.get("bandIds"):
                image = select(image, list(body["bandIds"]))
            target = requested(body["grid"]) if body.get("grid") else native_target(image)
            _check_size(image, target)
            with self._computing:
                content, kind = _encode(image, target, body.get("fileFormat", ""))
            self.closing.wait(max(0, request.due(self.latency)))
            profile = self._profile(image, target, headers)
            return Answer(200, content, {"Content-Type": kind, **profile})
        finally:
            with self._lock:
                self._under_way -= 1

    def _profile(
        self, image: Image, target: Target, headers: Mapping[str, str]
    ) -> Mapping[str, str]:
        if "x-earth-engine-computation-profiling" not in headers:
            return {}
        with self._lock:
            name = f"profile-{len(self.profiles)}"
            self.profiles[name] = _profile_text(_cost(image, target))
        return {"x-earth-engine-computation-profile": name}

    # --- batch ---------------------------------------------------------------------------------

    def _export(self, name: str, body: Document) -> Document:
        image = as_image(self.evaluate(body["expression"]))
        target = native_target(image)
        most = float(body.get("maxPixels", {}).get("value", 1e8))

        def run() -> list[str]:
            if target.width * target.height > most:
                raise EarthEngineError(
                    f"Export too large: specified {target.width * target.height} pixels (max: "
                    f"{most:.0f}). Specify higher maxPixels value if you intend to export a large "
                    "area."
                )
            return self._deliver(body, image, target)

        return self.tasks.start(_project(name), body, run, _cost(image, target)).document()

    def _deliver(self, body: Document, image: Image, target: Target) -> list[str]:
        if "assetExportOptions" in body:
            destination = body["assetExportOptions"]["earthEngineDestination"]
            name = destination["name"]
            self._check_place(name, destination.get("overwrite", False))
            self.assets.export(asset_id(name), image, target)
            return [name]
        options = body["fileExportOptions"]
        drive, cloud = options.get("driveDestination"), options.get("cloudStorageDestination")
        if drive is not None:
            prefix = Path(drive.get("folder", "")) / drive["filenamePrefix"]
            path = self.folder / "drive" / f"{prefix}.tif"
        else:
            path = self.folder / "cloud" / cloud["bucket"] / f"{cloud['filenamePrefix']}.tif"
        written = []
        for suffix, part in shards(target, self.shard):
            written.append(path.with_stem(path.stem + suffix))
            write_geotiff(written[-1], list(image.bands), part)
        return [str(each) for each in written]

    def _check_place(self, name: str, overwrite: bool) -> None:
        parent = name.rpartition("/")[0]
        if not parent.endswith("/assets") and self.assets.describe(parent) is None:
            raise EarthEngineError(
                f"Asset '{parent}' does not exist or doesn't allow this operation."
            )
        if name in self.assets.exported and not overwrite:
            raise EarthEngineError(f"Cannot overwrite asset '{name}'.")


def asset_id(name: str) -> str:
    """The id of an asset from its resource name; those of Google's own are without a project."""
    return name.removeprefix("projects/earthengine-public/assets/").removeprefix(
        "projects/earthengine-legacy/assets/"
    )


def _project(name: str) -> str:
    return "/".join(name.split("/")[:2])


def requested(grid: Document) -> Target:
    """The pixels a request asks for."""
    t = {"scaleX": 1, "scaleY": 1} | grid.get("affineTransform", {})
    transform = Affine(
        t["scaleX"], t.get("shearX", 0), t.get("translateX", 0),
        t.get("shearY", 0), t["scaleY"], t.get("translateY", 0),
    )  # fmt: skip
    crs = crs_name(grid.get("crsCode") or grid.get("crsWkt") or "EPSG:4326")
    size = grid.get("dimensions", {})
    if not size.get("width") or not size.get("height"):
        raise EarthEngineError("the stand-in needs a grid with dimensions")
    return Target(crs, transform, int(size["width"]), int(size["height"]))


def _check_size(image: Image, target: Target) -> None:
    if not image.bands:
        raise EarthEngineError("Image.select: Image has no bands.")
    if max(target.shape) > MOST_PIXELS:
        raise EarthEngineError(
            f"Pixel grid dimensions ({target.width}x{target.height}) must be less than or equal "
            f"to {MOST_PIXELS}."
        )
    per_pixel = sum(band.dtype.itemsize + 1 for band in image.bands)
    size = target.width * target.height * per_pixel
    if size > MOST_BYTES:
        raise EarthEngineError(
            f"Total request size ({size} bytes) must be less than or equal to {MOST_BYTES} bytes."
        )


def _encode(image: Image, target: Target, form: str) -> tuple[bytes, str]:
    """NumPy (masked pixels are 0) or GeoTIFF (masked pixels are its nodata)."""
    if form == "NPY":
        record = np.zeros(target.shape, [(band.name, band.dtype) for band in image.bands])
        for strip, row in strips(target):
            with request_cache():
                for band in image.bands:
                    values, mask = band.pixels(strip)
                    record[band.name][row : row + strip.height] = np.where(mask, values, 0)
        buffer = io.BytesIO()
        np.save(buffer, record)
        return buffer.getvalue(), "application/octet-stream"
    if form == "GEO_TIFF":
        with MemoryFile(ext=".tif") as memory:
            write_geotiff(Path(memory.name), list(image.bands), target)
            return bytes(memory.getbuffer()), "image/tiff"
    raise EarthEngineError(f"the stand-in writes NPY and GEO_TIFF, not '{form}'")


def _cost(image: Image, target: Target) -> float:
    """Compute in EECU-seconds, made up: only that it grows with pixels and bands is meant."""
    return target.width * target.height * len(image.bands) * _EECU_PER_VALUE


def _profile_text(seconds: float) -> str:
    """Laid out as the profiler does."""
    rows = [(seconds * share, name) for share, name in ((0.7, "ImageCollection.reduce"),
                                                        (0.3, "(plumbing)"))]  # fmt: skip
    lines = [" EECU·s PeakMem  Count  Description"]
    lines += [f"{part:7.3f}    1.2M      4  {name}" for part, name in rows]
    return "\n".join(lines)


# --- HTTP --------------------------------------------------------------------------------------


_ENDINGS: Sequence[tuple[str, str, str]] = (
    ("GET", "/$discovery/rest", "discovery"),
    ("GET", "/algorithms", "algorithms"),
    ("POST", "/value:compute", "value:compute"),
    ("POST", "/image:computePixels", "computePixels"),
    ("POST", ":getPixels", "getPixels"),
    ("GET", ":getPixels", "getPixels"),
    ("POST", "/thumbnails", "thumbnails"),
    ("POST", "/image:export", "export"),
    ("GET", "/operations", "operations"),
    ("POST", ":cancel", "cancel"),
    ("POST", "/assets", "create"),
    ("POST", "/token", "token"),
    ("DELETE", "", "delete"),
)


def method_of(verb: str, path: str) -> str:
    """The method of the API that a request calls."""
    if path.startswith(("/storage/v1/", "/drive/v3/")):
        return f"{path.split('/')[1]}.{verb}"
    for expected, ending, method in _ENDINGS:
        if verb == expected and path.endswith(ending):
            return method
    if verb == "GET" and "/operations/" in path:
        return "operation"
    return "asset" if verb == "GET" and "/assets/" in path else "unknown"


def _size(body: Mapping[str, Any]) -> tuple[int, int]:
    size = body.get("grid", {}).get("dimensions", {})
    return int(size.get("width", 0)), int(size.get("height", 0))


def _json(document: Any, status: int = 200) -> Answer:
    return Answer.of(document, status, {"Content-Type": _JSON})
