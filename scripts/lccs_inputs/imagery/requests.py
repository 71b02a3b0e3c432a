"""What is asked of an engine: the scenes of a scene set, and the pixels of a block.

Both are parameters of remote jobs: what `to_dict` gives is the only reason to ask again, so its
form stays as it is. What is left at its empty value is left out of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from lccs_inputs.facts.catalogues import sign_of
from lccs_inputs.facts.sensors import CLOUD_SCORE, CloudScore, Mask, MaskKind, SceneMask

BoaOffset = str | Mapping[str, str]

REQUEST_TAG = "request"
"""The tag of a block that holds the fingerprint of what was asked."""

ENCODING = ("scale", "offset", "nodata")
"""What a config can say of the numbers of a scene set, where its files do not."""

_EMPTY: tuple[Any, ...] = ((), "", None, {})


@dataclass(frozen=True)
class SceneRequest:
    """What a scene set asks of its catalogue, for one edition.

    Attributes:
        sensor: a key of `SENSORS`.
        catalogue: preset name, STAC API URL, path of a static catalogue, or name of an engine.
        collections: in order of preference; empty for the usual ones.
        sign: one of `catalogues.SIGNERS`; empty for what the catalogue needs.
        cloud_max: percent of the scene; scenes that do not say their cloud cover are kept.
        platforms: accepted platforms, any spelling; empty for those of the sensor.
        tier1_only: Landsat: only the scenes of the best geometric quality.
        saturated_max: percent of the scene; None for no limit. Sentinel-2 only.
        boa_offset: whether Sentinel-2 numbers have lost the offset of baseline 04.00: `auto`
            as the item says, `applied` (offset 0), `pending` (offset −0.1); or by collection.
        orbit_pass: `ascending` or `descending`; `both` or empty for both. Sentinel-1 only.
        source: the scene set's name in the config, `scenes.<source>`.
        start, end: inclusive dates, UTC, ISO 8601.
        mask: a mask that the engine has for the sensor, or "none".
        bounds: west, south, east, north of the area, degrees (EPSG:4326).
        bands: band or mask of the sensor → which asset holds it, "B04", or "image:3" with the band
            of a file of several; empty for what the items say. STAC only.
        scale, offset: value = scale × number + offset, of the bands of an optical sensor; None for
            what items and files say. STAC only.
        nodata: of the bands; None likewise.
    """

    sensor: str
    catalogue: str
    collections: Sequence[str]
    sign: str
    cloud_max: float
    platforms: Sequence[str]
    tier1_only: bool
    saturated_max: float | None
    boa_offset: BoaOffset
    orbit_pass: str
    source: str
    edition: str
    start: str
    end: str
    mask: str
    bounds: tuple[float, float, float, float]
    bands: Mapping[str, str] = field(default_factory=dict)
    scale: float | None = None
    offset: float | None = None
    nodata: float | None = None

    @property
    def signed_by(self) -> str:
        """Whose way of reading hrefs is needed, one of `SIGNERS`; "" where they are public."""
        return self.sign or sign_of(self.catalogue)

    @property
    def stated(self) -> dict[str, float]:
        """What the config says of the numbers of the bands."""
        said = {name: getattr(self, name) for name in ENCODING}
        return {name: value for name, value in said.items() if value is not None}

    def to_dict(self) -> dict[str, Any]:
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        told = {name: value for name, value in said.items() if value not in _EMPTY}
        return told | {"bounds": list(self.bounds)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        empty = {
            "collections": (), "sign": "", "platforms": (), "saturated_max": None, "orbit_pass": "",
        }  # fmt: skip
        west, south, east, north = document["bounds"]
        return cls(**{**empty, **document, "bounds": (west, south, east, north)})


def boa_offset_of(said: BoaOffset, collection: str) -> str:
    """What a config says of the offset of a collection: `auto`, `applied` or `pending`."""
    return said if isinstance(said, str) else said.get(collection, "auto")


@dataclass(frozen=True)
class FreezeRequest:
    """How the scenes found are chosen among and read.

    Attributes:
        leave_out: ids of scenes that are not to be used.
        unreadable_max: percent of the scenes that may be unreadable.
        observations: `pass`: the granules of one overpass are one observation; `granule`: each is.
        units: of radar: `power`, `db`, or "" for what the numbers show.
        boa_offset: as of `SceneRequest`: what the config says is believed where the numbers leave
            it open.
        found: fingerprint of the list that was searched.
        stated: which of `ENCODING` the config says; the numbers are not asked about these.
    """

    leave_out: Sequence[str]
    unreadable_max: float
    observations: str
    units: str
    boa_offset: BoaOffset
    found: str
    stated: Sequence[str] = ()

    def to_dict(self) -> dict[str, Any]:
        told = {each.name: getattr(self, each.name) for each in fields(self)}
        return told if self.stated else {k: v for k, v in told.items() if k != "stated"}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        return cls(**document)


@dataclass(frozen=True)
class BlockRequest:
    """What is asked of a block of a scene set; every engine gives the same pixels for it.

    Attributes:
        sensor: a key of `SENSORS`.
        mask: how the pixels of a scene are masked; None keeps every observation.
        block: name of the block, as `rasters.grid.Block` has it.
        engine: version of what the engine computes, `Engine.recipe`.
        bands: those that are wanted, of `Sensor.scene_set_bands` or of expressions over
            observations (`imagery.observables`); empty for all of the sensor's.
        fingerprint: of all this, and of where it is.
    """

    sensor: str
    mask: SceneMask
    block: str
    engine: str = ""
    bands: Sequence[str] = ()
    fingerprint: str = ""

    def to_dict(self) -> dict[str, Any]:
        told: dict[str, Any] = {"sensor": self.sensor, "mask": None}
        if isinstance(self.mask, Mask):
            told["mask"] = [self.mask.asset, self.mask.kind.value, list(self.mask.values)]
        elif isinstance(self.mask, CloudScore):
            told[CLOUD_SCORE] = asdict(self.mask)
        told["block"] = self.block
        further = {"engine": self.engine, "bands": self.bands, "fingerprint": self.fingerprint}
        return told | {name: value for name, value in further.items() if value}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        said = dict(document)
        mask, score = said.pop("mask"), said.pop(CLOUD_SCORE, None)
        return cls(**said, mask=CloudScore(**score) if score else _mask(mask))


def _mask(said: Sequence[Any] | None) -> Mask | None:
    if said is None:
        return None
    asset, kind, values = said
    return Mask(asset, MaskKind(kind), tuple(values))
