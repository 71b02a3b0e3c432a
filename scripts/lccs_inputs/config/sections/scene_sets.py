"""Imagery: scene sets."""

import re
from itertools import chain
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from lccs_inputs.config.problems import Expected, OneOf, problem
from lccs_inputs.config.sections.section import Section
from lccs_inputs.config.types import (
    Flag,
    MaskValue,
    Number,
    Percent,
    Positive,
    Share,
    Text,
    Window,
    as_input,
)
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.catalogues import PRESETS, is_url
from lccs_inputs.facts.sensors import CLOUD_SCORE, SENSORS, CloudScore, Mask, SceneMask, SensorKind
from lccs_inputs.imagery.engine import DEFAULT, ENGINES, engine_of, named_engines
from lccs_inputs.imagery.requests import ENCODING
from lccs_inputs.words import unknown

_ONLY_FOR = {
    "tier1_only": "landsat",
    "saturated_max": "sentinel2",
    "boa_offset": "sentinel2",
    "orbit_pass": SensorKind.RADAR,
    "units": SensorKind.RADAR,
    "scale": SensorKind.OPTICAL,
    "offset": SensorKind.OPTICAL,
}
"""Which sensor, or kind of sensor, a key is for."""

_CATALOGUES = (".json", ".geojson", ".parquet", ".geoparquet")
"""Endings of files that hold items: static catalogues and saved searches."""


def _numbered_from_1(asset: str) -> str:
    if re.search(r":0*$", asset):
        raise ValueError
    return asset


AssetBand = Annotated[
    str,
    StringConstraints(min_length=1, strict=True),
    AfterValidator(_numbered_from_1),
    Expected("the key of an asset, or ASSET:NUMBER with the number of a band from 1"),
]
BoaOffset = Annotated[str, OneOf("a way to offset", ("auto", "applied", "pending"))]


class CloudScoreSettings(Section):
    """Cloud Score+ of Sentinel-2 (Pasquarella et al. 2023): 0 is cloud, 1 is clear."""

    band: Annotated[str, OneOf("a band of Cloud Score+", ("cs_cdf", "cs"))] = "cs_cdf"
    """cs_cdf is robust to haze and terrain, cs stricter on thin cloud."""
    least: Share = 0.6
    """From here on a pixel is clear; the data catalogue suggests 0.5 to 0.65."""


class SceneSet(Section):
    """A named scene set: which imagery, from where, over which dates, masked how."""

    sensor: Annotated[str, OneOf("a sensor", tuple(SENSORS))]
    """The sensor; it fixes the bands that names can follow the dot."""
    catalogue: Text
    """A preset, the URL of a STAC API, the path of a static STAC catalogue or of a saved search (an
    ItemCollection in .json or .geojson, stac-geoparquet in .parquet), or `earthengine`, which
    computes the same on Google Earth Engine. `make catalogue FROM=folder` writes one of scenes on a
    disk."""
    collections: Annotated[
        Annotated[tuple[Text, ...], Field(min_length=1)] | None, Field(validate_default=True)
    ] = None
    """Collections to search, in order of preference; by default those of the catalogue."""
    sign: Annotated[str, OneOf("a way to sign", ("planetary_computer",))] | None = None
    """How links are signed when they are read; presets know theirs."""
    window: Window = "period"
    """Which dates: the period, the calendar year of the middle of the period, or the season that
    ends in that year. `months` makes twelve scene sets of one, by the months of that year: of s1,
    s1_01 to s1_12. In how many months something was seen is rather `months(s1, …)`, of one set."""
    mask: Text | None = None
    """The cloud mask, or `none`; by default the usual one of the sensor. Sentinel-2 on Earth Engine
    also has `cloud_score`."""
    cloud_score: CloudScoreSettings | None = None
    """Which Cloud Score+ is clear, with `mask: cloud_score`."""
    mask_values: tuple[MaskValue, ...] | None = None
    """Classes (or bits) that count as not clear, in place of the usual ones of the mask."""
    cloud_max: Percent = 100
    """Scenes with more cloud than this are left out, percent of the scene."""
    platforms: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    """Satellites to use, for instance [sentinel2a]; by default every one of the sensor."""
    tier1_only: Flag = True
    """Landsat: only scenes of the best geometry (Tier 1)."""
    saturated_max: Percent | None = None
    """Sentinel-2: scenes with more saturated or defective pixels are left out, percent."""
    boa_offset: BoaOffset | dict[Text, BoaOffset] = "auto"
    """Sentinel-2: whether the offset of processing baseline 04.00 is already in the numbers
    (applied), still to be subtracted (pending), or as each item says and its dark pixels show
    (auto); one for all, or by collection."""
    orbit_pass: (
        Annotated[str, OneOf("an orbit pass", ("both", "ascending", "descending"))] | None
    ) = None
    """Radar: the passes to use, both by default; one of them gives one viewing geometry."""

    units: Annotated[str, OneOf("units", ("power", "db"))] | None = None
    """Radar: linear power or decibels; by default what the numbers show."""
    observations: Annotated[str, OneOf("a way to observe", ("pass", "granule"))] = "pass"
    """What counts once: one overpass, however many granules (tiles) of it overlap, or each granule.
    """
    bands: dict[Text, AssetBand] = {}
    """Which asset of an item holds a band or mask, as `red: B04`, and which band of a file of
    several, as `red: image:3`; by default what the item says."""
    scale: Positive | None = None
    """Optical: reflectance = scale × stored number + offset, where neither item nor file says it:
    0.001 for reflectance times 1000, 1 for reflectance itself."""
    offset: Number | None = None
    """Optical: see `scale`; 0 where only that is given. It counts in place of `boa_offset`."""
    nodata: Number | None = None
    """The number that means "not observed" in the bands, where neither item nor file says it."""
    leave_out: tuple[Text, ...] = ()
    """Ids of scenes that are not to be used; the scene list, items.json, has them."""
    unreadable_max: Percent = 20
    """Scenes whose files are gone or damaged are left out, and counted; more of them than this are
    an error, percent."""

    @model_validator(mode="before")
    @classmethod
    def _assets_are_said_by_band(cls, said: Any) -> Any:
        if isinstance(said, dict) and "assets" in said:
            raise problem("`assets` is called `bands` here: band → the asset that holds it")
        return said

    @field_validator("catalogue")
    @classmethod
    def _known_catalogue(cls, catalogue: str, info: ValidationInfo) -> str:
        known = [*PRESETS, *named_engines()]
        if catalogue in known or is_url(catalogue):
            return catalogue
        if not catalogue.endswith(_CATALOGUES):
            hint = unknown(catalogue, "a catalogue", known)
            raise problem(f"{hint} (or the URL of a STAC API, or the path of a .json file)")
        return as_input(catalogue)

    @field_validator("collections")
    @classmethod
    def _offered(
        cls, collections: tuple[str, ...] | None, info: ValidationInfo
    ) -> tuple[str, ...] | None:
        if collections is None and {"sensor", "catalogue"} <= info.data.keys():
            catalogue, sensor = info.data["catalogue"], SENSORS[info.data["sensor"]]
            try:
                engine_of(catalogue).collections(catalogue, sensor)
            except SourceError as error:
                raise problem(str(error)) from error
        return collections

    @field_validator("mask")
    @classmethod
    def _known_mask(cls, mask: str | None, info: ValidationInfo) -> str | None:
        sensor, catalogue = SENSORS.get(info.data.get("sensor", "")), info.data.get("catalogue")
        if sensor is None or mask in (None, "none"):
            return mask
        by_engine = {name: engine_of(name).masks(sensor) for name in ENGINES}
        names = engine_of(catalogue).masks(sensor) if catalogue else {*chain(*by_engine.values())}
        able = [name for name in by_engine if mask in by_engine[name]]
        if mask not in names and able and DEFAULT not in able:
            only = " or ".join(able)
            raise problem(f"{mask} is on {only} only; write {sensor.default_mask}, or "
                          f"catalogue: {only}")  # fmt: skip
        if mask not in names:
            raise problem(unknown(mask, f"a mask of {sensor.name}", [*names, "none"]))
        return mask

    @field_validator("bands")
    @classmethod
    def _of_assets(cls, bands: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        sensor, catalogue = SENSORS.get(info.data.get("sensor", "")), info.data.get("catalogue")
        if bands and catalogue in named_engines():
            raise problem(f"is for STAC catalogues; remove it: {catalogue} knows its bands")
        for name in bands:
            if sensor and name not in sensor.assets:
                raise problem(unknown(name, f"a band or mask of {sensor.name}", [*sensor.assets]))
        return bands

    @field_validator(*ENCODING)
    @classmethod
    def _of_files(cls, value: float | None, info: ValidationInfo) -> float | None:
        catalogue = info.data.get("catalogue")
        if value is not None and catalogue in named_engines():
            raise problem(f"is for STAC catalogues; remove it: {catalogue} knows its numbers")
        known = info.data.get("boa_offset", "auto") != "auto"
        if value is not None and info.field_name == "offset" and known:
            raise problem("says the same as boa_offset; give one of them")
        return value

    @field_validator("mask_values")
    @classmethod
    def _of_a_mask(
        cls, values: tuple[int, ...] | None, info: ValidationInfo
    ) -> tuple[int, ...] | None:
        if values is not None and info.data.get("mask") in ("none", CLOUD_SCORE):
            raise problem("needs a mask of classes or bits; remove it, or choose one")
        return values

    @field_validator("cloud_score")
    @classmethod
    def _of_cloud_score(
        cls, settings: CloudScoreSettings | None, info: ValidationInfo
    ) -> CloudScoreSettings | None:
        if settings is not None and info.data.get("mask") != CLOUD_SCORE:
            raise problem(f"goes with mask: {CLOUD_SCORE}, and only with it")
        return settings

    @field_validator("platforms")
    @classmethod
    def _known_platforms(
        cls, platforms: tuple[str, ...] | None, info: ValidationInfo
    ) -> tuple[str, ...] | None:
        sensor = SENSORS.get(info.data.get("sensor", ""))
        for platform in platforms or ():
            if sensor and platform not in sensor.platforms:
                raise problem(unknown(platform, f"a platform of {sensor.name}", sensor.platforms))
        return platforms

    @field_validator(*_ONLY_FOR)
    @classmethod
    def _of_this_sensor(cls, value: Any, info: ValidationInfo) -> Any:
        sensor, needed = SENSORS.get(info.data.get("sensor", "")), _ONLY_FOR[str(info.field_name)]
        if sensor and needed not in (sensor.name, sensor.kind):
            raise problem(f"is for {needed} only; remove it from this {sensor.name} scene set")
        return value

    @property
    def chosen_mask(self) -> SceneMask:
        """The mask to apply, with the values this scene set asks for."""
        sensor = SENSORS[self.sensor]
        name = self.mask or sensor.default_mask
        if name == CLOUD_SCORE:
            return CloudScore(**(self.cloud_score or CloudScoreSettings()).model_dump())
        mask = sensor.masks.get(name)
        if mask is None or self.mask_values is None:
            return mask
        return Mask(mask.asset, mask.kind, self.mask_values)
