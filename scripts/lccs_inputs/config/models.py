"""The configuration as pydantic models: the one truth of its keys, types, defaults and meaning.

The JSON schema and the key table of the documentation are generated from these (`schema.py`).
Relations between sections (names that must exist, expressions) are checked in `config.py`.
"""

from collections.abc import Collection
from datetime import date
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pyproj import CRS
from pyproj.exceptions import CRSError

from lccs_inputs.clms.image_layers import IMAGE_LAYERS, IMAGE_YEAR
from lccs_inputs.config.files import DEFAULT_PRESET
from lccs_inputs.config.types import (
    AreaName,
    AssetFolder,
    BlockSize,
    BoundingBox,
    Code,
    Colour,
    Connectivity,
    Day,
    DescriptorName,
    EditionName,
    Expression,
    FilePath,
    Flag,
    Identifier,
    LayerName,
    Limits,
    MaskValue,
    Methods,
    Metres,
    PathName,
    Percent,
    Positive,
    ProductCode,
    Range,
    Seed,
    Severity,
    Share,
    Step,
    Text,
    Window,
    Years,
)
from lccs_inputs.config.words import Expected, OneOf, problem, unknown
from lccs_inputs.earthengine.collections import CATALOGUE as EARTH_ENGINE
from lccs_inputs.earthengine.collections import CLOUD_SCORE, MAP_OFFERS
from lccs_inputs.earthengine.settings import ASSET, CLOUD_STORAGE, DRIVE, NEVER
from lccs_inputs.errors import SourceError
from lccs_inputs.lccs import ABSENT, DESCRIPTORS, PALETTE, Category, Descriptor, Kind
from lccs_inputs.products import PRODUCTS, Product, ProductKind
from lccs_inputs.products.custom import OUTSIDE, custom_product
from lccs_inputs.sensors import SENSORS, Mask
from lccs_inputs.stac.catalogues import PRESETS, default_collections, is_url


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class AreaSettings(_Section):
    """An area of interest: a box, a vector file or a table asset of Earth Engine."""

    bbox: BoundingBox | None = None
    """West, south, east, north, degrees (EPSG:4326)."""
    file: FilePath | None = None
    """A vector file geopandas reads; the area is the union of its polygons, in any CRS."""
    layer: Text | None = None
    """The layer of `file`, where it holds several."""
    asset: Text | None = None
    """A table asset of Earth Engine, such as projects/my-project/assets/outline; fetched once."""

    @model_validator(mode="after")
    def _one_outline(self) -> Self:
        if [self.bbox, self.file, self.asset].count(None) != 2:
            raise problem("needs one of bbox, file or asset")
        if self.layer is not None and self.file is None:
            raise problem("layer goes with file only")
        return self


class GridSettings(_Section):
    """The pixel lattice every raster of a run lies on."""

    crs: Text = "EPSG:2154"
    """A projected CRS in metres, any text pyproj reads."""
    resolution: Metres = 10
    """Pixel size, metres; the origin is snapped to a multiple of it."""
    block: BlockSize = 4096
    """Side of a block, the unit of work and of resuming, pixels."""

    @field_validator("crs")
    @classmethod
    def _projected(cls, text: str) -> str:
        try:
            crs = CRS.from_user_input(text)
        except CRSError as error:
            raise problem(f'"{text}" is not a CRS pyproj knows; write it as EPSG:2154') from error
        if not crs.is_projected or any(axis.unit_name != "metre" for axis in crs.axis_info):
            raise problem(f'"{text}" ({crs.name}) is not a projected CRS in metres')
        return text


class Period(_Section):
    """A span of time; its name is part of every path of its results."""

    start: Day
    """First day, inclusive, UTC."""
    end: Day
    """Last day, inclusive, UTC."""
    editions: dict[Identifier, EditionName] = {}
    """Editions of products to take in place of the nearest, whatever their distance."""

    @field_validator("end")
    @classmethod
    def _not_before_start(cls, end: date, info: ValidationInfo) -> date:
        start = info.data.get("start")
        if start is not None and end < start:
            raise problem(f"{end} is before start, {start}")
        return end


class SampleSettings(_Section):
    """The embedded sample, a synthetic landscape; made only where something names its files."""

    resolution: Metres = 20
    """Pixel size of the finest Sentinel-2 bands of the sample, metres; 10 is native."""
    seed: Seed = 2018
    """Seed of the landscape and its noise; the same seed gives the same bytes."""


_ONLY_FOR = {
    "tier1_only": "landsat",
    "saturated_max": "sentinel2",
    "boa_offset": "sentinel2",
    "orbit_pass": "sentinel1",
}


class CloudScoreSettings(_Section):
    """Cloud Score+ of Sentinel-2 (Pasquarella et al. 2023): 0 is cloud, 1 is clear."""

    band: Annotated[str, OneOf("a band of Cloud Score+", ("cs_cdf", "cs"))] = "cs_cdf"
    """cs_cdf is robust to haze and terrain, cs stricter on thin cloud."""
    least: Share = 0.6
    """From here on a pixel is clear; the data catalogue suggests 0.5 to 0.65."""


class SceneSet(_Section):
    """A named scene set: which imagery, from where, over which dates, masked how."""

    sensor: Annotated[str, OneOf("a sensor", tuple(SENSORS))]
    """The sensor; it fixes the bands that names can follow the dot."""
    catalogue: Text
    """A preset, the URL of a STAC API, the path of a static STAC catalogue (a .json file), or
    `earthengine`, which computes the same on Google Earth Engine."""
    collections: Annotated[
        Annotated[tuple[Text, ...], Field(min_length=1)] | None, Field(validate_default=True)
    ] = None
    """Collections to search, in order of preference; by default those of the catalogue."""
    sign: Annotated[str, OneOf("a way to sign", ("planetary_computer",))] | None = None
    """How links are signed when they are read; presets know theirs."""
    window: Window = "period"
    """Which dates: the period, the calendar year of the middle of the period, or the season that
    ends in that year. `months` makes twelve scene sets of one, by the months of that year: of s1,
    s1_01 to s1_12."""
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
    boa_offset: Annotated[str, OneOf("a way to offset", ("auto", "applied", "pending"))] = "auto"
    """Sentinel-2: whether the offset of processing baseline 04.00 is already in the numbers
    (applied), still to be subtracted (pending), or as each item says (auto)."""
    orbit_pass: (
        Annotated[str, OneOf("an orbit pass", ("both", "ascending", "descending"))] | None
    ) = None
    """Sentinel-1: the passes to use, both by default; one of them gives one viewing geometry."""

    @field_validator("catalogue")
    @classmethod
    def _known_catalogue(cls, catalogue: str, info: ValidationInfo) -> str:
        known = [*PRESETS, EARTH_ENGINE]
        if catalogue not in known and not is_url(catalogue) and not catalogue.endswith(".json"):
            hint = unknown(catalogue, "a catalogue", known)
            raise problem(f"{hint} (or the URL of a STAC API, or the path of a .json file)")
        return catalogue

    @field_validator("collections")
    @classmethod
    def _offered(
        cls, collections: tuple[str, ...] | None, info: ValidationInfo
    ) -> tuple[str, ...] | None:
        named = {"sensor", "catalogue"} <= info.data.keys()
        if collections is None and named and info.data["catalogue"] != EARTH_ENGINE:
            try:
                default_collections(info.data["catalogue"], info.data["sensor"])
            except SourceError as error:
                raise problem(str(error)) from error
        return collections

    @field_validator("mask")
    @classmethod
    def _known_mask(cls, mask: str | None, info: ValidationInfo) -> str | None:
        sensor = SENSORS.get(info.data.get("sensor", ""))
        if sensor and sensor.name == "sentinel2" and mask == CLOUD_SCORE:
            if info.data.get("catalogue", EARTH_ENGINE) != EARTH_ENGINE:
                raise problem(f"{CLOUD_SCORE} is on Earth Engine only; write scl, or catalogue: "
                              f"{EARTH_ENGINE}")  # fmt: skip
            return mask
        names = [*sensor.masks, "none"] if sensor else []
        if sensor and mask is not None and mask not in names:
            raise problem(unknown(mask, f"a mask of {sensor.name}", names))
        return mask

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
        sensor, needed = info.data.get("sensor"), _ONLY_FOR[str(info.field_name)]
        if sensor is not None and sensor != needed:
            raise problem(f"is for {needed} only; remove it from this {sensor} scene set")
        return value

    @property
    def chosen_mask(self) -> Mask | None:
        """The cloud mask to apply, with the values this scene set asks for."""
        sensor = SENSORS[self.sensor]
        mask = sensor.masks.get(self.mask or sensor.default_mask)  # none of Cloud Score+
        if mask is None or self.mask_values is None:
            return mask
        return Mask(mask.asset, mask.kind, self.mask_values)


class RequestSettings(_Section):
    """What part of a product is asked of CLMS; by default the box around the area."""

    by: Annotated[str, OneOf("a way to request", ("bbox", "nuts", "country"))] = "bbox"
    """The box around the area, a NUTS region, or the ready-made file of a country."""
    nuts: Text | None = None
    """Code of the NUTS region (2021), with by: nuts."""
    country: Text | None = None
    """English name of the country, as CLMS lists it, with by: country."""

    @model_validator(mode="after")
    def _named(self) -> Self:
        for way in ("nuts", "country"):
            if (getattr(self, way) is not None) != (self.by == way):
                raise problem(f"{way} goes with by: {way}, and only with it")
        return self


CLMS = "clms"
"""An edition that is requested from CLMS."""
IMAGE_SERVICE = "image_service"
"""An edition that is exported from the public image service, without a key."""


def _offered(product: Product) -> Collection[str]:
    """The editions of a product that Earth Engine has."""
    offer = MAP_OFFERS.get(product.name)
    return offer.assets.keys() if offer else ()


def _unobtainable(product: Product, edition: str, origin: str) -> str:
    """Why an edition cannot come from where it says; "" where it can."""
    if origin == EARTH_ENGINE and edition not in _offered(product):
        known = ", ".join(_offered(product)) or "none"
        return f"Earth Engine has no {product.title} {edition}; editions there: {known}"
    if origin in (CLMS, IMAGE_SERVICE) and edition == "static":
        return f"{origin} has maps by year; name the year, not static"
    if origin == CLMS and not product.catalogue_names:
        return f"CLMS does not have {product.title}; give the path of a file"
    if origin == IMAGE_SERVICE and (product.name not in IMAGE_LAYERS or edition != str(IMAGE_YEAR)):
        known = ", ".join(IMAGE_LAYERS)
        return f"the image service has {known} of {IMAGE_YEAR} only; write clms or a path"
    return ""


_ONLY_FOR_KIND = {
    "codes": (ProductKind.CLASSES,),
    "nodata": (ProductKind.CLASSES, ProductKind.PERCENT),
    "unit": (ProductKind.MEASURE,),
    "limits": (ProductKind.MEASURE,),
    "scale": (ProductKind.MEASURE,),
}
_NEEDED_BY_KIND = {ProductKind.CLASSES: ("codes",), ProductKind.MEASURE: ("unit", "limits")}


class CustomSettings(_Section):
    """A map of your own: what its numbers mean. Its editions are files."""

    title: Text
    """What it is called in messages and files."""
    kind: Annotated[str, OneOf("a kind", tuple(kind.value for kind in ProductKind))]
    """Codes of a legend, taken as they are (classes); whole percent, or a quantity of some unit
    (measure), interpolated."""
    codes: Annotated[dict[ProductCode, Text], Field(validate_default=True)] = {}
    """What each code of classes means; any other in the file, but nodata, is an error."""
    nodata: ProductCode | None = None
    """The number that says nothing, of classes and percent; by default 255. So does what the file
    declares as its nodata."""
    unit: Annotated[Text | None, Field(validate_default=True)] = None
    """The unit of a measure, such as m."""
    limits: Annotated[Range | None, Field(validate_default=True)] = None
    """The lowest and the highest value a measure can have; others in the file are an error."""
    scale: Step | None = None
    """The step a measure is rounded to, in its unit; by default 1."""
    source: Text | None = None
    """Whom to credit; noted in what is made of it."""
    licence: Text | None = None
    """Under which licence; noted too."""

    @field_validator(*_ONLY_FOR_KIND)
    @classmethod
    def _of_its_kind(cls, value: Any, info: ValidationInfo) -> Any:
        kind, key = info.data.get("kind"), str(info.field_name)
        given, kinds = value not in (None, {}), _ONLY_FOR_KIND[key]
        if kind is not None and given and kind not in kinds:
            raise problem(f"is for {' or '.join(kinds)} only; remove it from this {kind} one")
        if kind is not None and not given and key in _NEEDED_BY_KIND.get(kind, ()):
            raise problem(f"is missing: {cls.model_fields[key].description}")
        return value

    @model_validator(mode="after")
    def _storable(self) -> Self:
        nodata = OUTSIDE if self.nodata is None else self.nodata
        if nodata in self.codes:
            raise problem(f"{nodata} is among codes and is nodata too; give another nodata")
        if self.kind == ProductKind.PERCENT and nodata <= 100:
            raise problem(f"nodata: {nodata} is a percentage; give a number above 100")
        try:
            self.product("")
        except ValueError as error:
            raise problem("limits are too far apart for this scale; give a coarser one") from error
        return self

    def product(self, name: str) -> Product:
        """The entry of the product table that this is."""
        said = self.model_dump(exclude={"title", "kind"}, exclude_none=True)
        return custom_product(name, self.title, ProductKind(self.kind), **said)


class ProductSettings(_Section):
    """A map made by others, or by you."""

    product: Annotated[str, OneOf("a product", tuple(PRODUCTS))] | None = None
    """Which product, by its short name; one that has none is described as `custom`."""
    custom: CustomSettings | None = None
    """In place of `product`: what the numbers of the map mean."""
    editions: Annotated[dict[EditionName, FilePath], Field(min_length=1)]
    """Where each edition, by year or `static`, comes from: the path of a GeoTIFF, a folder or a
    zip as delivered; `clms` to request it; `image_service` to export a small area without a key;
    `earthengine` to export it from there."""
    request: RequestSettings = RequestSettings()
    """What part of the editions that say `clms` is requested."""
    max_years: Years = 5
    """How far the year of an edition may be from that of a period that takes it, years."""

    @field_validator("editions")
    @classmethod
    def _obtainable(cls, editions: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        if "static" in editions and len(editions) > 1:
            raise problem("static stands alone: a product with years has no static edition")
        product = PRODUCTS.get(info.data.get("product") or "")
        for edition, origin in editions.items():
            if product and (reason := _unobtainable(product, edition, origin)):
                raise problem(reason)
            if info.data.get("custom") and origin in (CLMS, IMAGE_SERVICE, EARTH_ENGINE):
                raise problem(f"{origin} does not have a custom product; give the path of a file")
        return editions

    @model_validator(mode="after")
    def _one_map(self) -> Self:
        if (self.product is None) == (self.custom is None):
            raise problem("needs one of product or custom")
        return self

    def described(self, name: str) -> Product:
        """The product that the config calls `name`."""
        return self.custom.product(name) if self.custom else PRODUCTS[self.product or ""]


class ClmsSettings(_Section):
    """The Copernicus Land Monitoring Service, for editions that say `clms`."""

    key: Text | None = None
    """Path of the service key; by default that in the environment variable CLMS_KEY."""
    lock: Text = "products.lock.json"
    """The file that pins each product and year to its ids; `make products-lock` writes it."""
    cache: Text = ".cache/clms"
    """Folder of tasks and downloads; areas, periods and clones of the project can share it."""
    deadline_hours: Positive = 72
    """How long a task is waited for, hours; the next run goes on waiting for the same one."""
    poll_seconds: Positive = 10
    """Shortest time between two looks at the tasks, seconds; it grows with their age."""
    url: Text = "https://land.copernicus.eu"
    """The address of the service."""
    image_service: Text = "https://image.discomap.eea.europa.eu/arcgis/rest/services/GioLandPublic"
    """The address of the public image service."""
    image_service_km2: Positive = 2500
    """Largest box exported from the image service, km²."""


class EarthEngineBatch(_Section):
    """Exports in batch, for tiles that interactive requests cannot compute, not even in parts."""

    to: Annotated[str, OneOf("a destination", (ASSET, DRIVE, CLOUD_STORAGE, NEVER))] = ASSET
    """Where the tiles are staged, and removed once they are fetched: an asset, Google Drive, Cloud
    Storage; or `never`, and such a tile ends the run. A service account has a Drive of its own,
    without room in it: `drive` is for the account of a person."""
    asset_root: AssetFolder | None = None
    """The folder of assets; projects/PROJECT/assets/lccs-inputs by default. It is made if need
    be."""
    folder: Text = "lccs-inputs"
    """The folder of Google Drive."""
    bucket: Annotated[Text | None, Field(validate_default=True)] = None
    """The bucket of Cloud Storage."""
    deadline_hours: Positive = 24
    """How long a job waits for its exports, hours; the next run goes on waiting for the same."""
    poll_seconds: Positive = 10
    """Shortest time between two looks at an export, seconds; it grows with time."""

    @field_validator("bucket")
    @classmethod
    def _named(cls, bucket: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("to") == CLOUD_STORAGE and bucket is None:
            raise problem("is needed with `to: cloud_storage`; name a bucket you may write to")
        return bucket


class EarthEngineSettings(_Section):
    """Google Earth Engine, for scene sets whose catalogue is `earthengine`, editions that say so,
    and areas that are assets."""

    project: Text | None = None
    """Id of a Google Cloud project that is registered for Earth Engine."""
    key: Text | None = None
    """JSON key of a service account; by default the account of the user or the machine."""
    slots: Annotated[int, Strict(), Field(ge=1, le=40), Expected("a whole number, 1 to 40")] = 8
    """Requests a job has under way at a time; the profile's `ee_slots` limits all jobs together."""
    cache: Text = ".cache/earthengine"
    """Folder of exported tiles, which clones of the project can share: no quota is spent twice."""
    tag: Text = "lccs-inputs"
    """First part of the workload tag of every request; source and edition follow. The Cloud console
    breaks the use of compute down by it."""
    tier: Annotated[str, OneOf("a quota tier", ("community", "contributor", "partner"))] = (
        "community"
    )
    """Quota tier of the project, for `make plan`: 150, 1,000 or 100,000 EECU-hours a month."""
    share: Share = 0.5
    """The largest share of the month's quota that `make plan` lets a run take."""
    batch: EarthEngineBatch = EarthEngineBatch()
    """What is done about tiles that are too much for interactive requests."""
    url: Text | None = None
    """Another endpoint than the standard one."""


class ValidShare(_Section):
    """How much of the area must be known."""

    severity: Severity = "warn"
    """What too many unknown pixels do."""
    minimum: Share = 0.8
    """Smallest share of the pixels of the area that must not be nodata."""


class LayerChecks(_Section):
    """Checks of one layer that differ from the common ones."""

    valid_share: ValidShare
    """In place of `checks.valid_share`, for this layer."""


class CategorySettings(_Section):
    """What a code means; 0 usually that the descriptor does not apply. A binary one has 0 and 1."""

    name: Text
    """The name of the code in legends."""
    colour: Colour = ""
    """Its colour; by default one of ten, and pale for 0."""


class DescriptorSettings(_Section):
    """A descriptor beside those of le_lccs; how it is made stands under `layers`, as for those."""

    title: Text
    """What it is called in pictures and files."""
    kind: Annotated[str, OneOf("a kind", tuple(kind.value for kind in Kind))]
    """A condition (binary), codes (categorical), percent, or whole numbers of a unit (quantity)."""
    codes: Annotated[dict[Code, CategorySettings], Field(validate_default=True)] = {}
    """What each code of a categorical descriptor means; of a binary one if you like."""
    unit: Annotated[Text | None, Field(validate_default=True)] = None
    """What a quantity counts, such as m or months."""
    limits: Annotated[Limits | None, Field(validate_default=True)] = None
    """The lowest and the highest value of a quantity."""

    @field_validator("codes", "unit", "limits")
    @classmethod
    def _of_its_kind(cls, value: Any, info: ValidationInfo) -> Any:
        kind, key = info.data.get("kind"), str(info.field_name)
        kinds = ("binary", "categorical") if key == "codes" else ("quantity",)
        if kind is None:
            return value
        if value and kind not in kinds:
            raise problem(f"is for {' or '.join(kinds)} only; remove it from this {kind} one")
        if not value and kind == kinds[-1]:
            raise problem(f"is missing: {cls.model_fields[key].description}")
        return value

    @field_validator("codes")
    @classmethod
    def _told_apart(
        cls, codes: dict[int, CategorySettings], info: ValidationInfo
    ) -> dict[int, CategorySettings]:
        if info.data.get("kind") == "binary" and not codes.keys() <= {0, 1}:
            raise problem("a binary descriptor has the codes 0 and 1 only")
        if len(_spare_colours(codes)) < sum(not c.colour for code, c in codes.items() if code):
            raise problem(f"there are {len(PALETTE)} colours for codes; give the others their own")
        return codes

    def descriptor(self, name: str) -> Descriptor:
        """The entry of the descriptor table that this is."""
        binary = {0: CategorySettings(name="absent"), 1: CategorySettings(name="present")}
        codes = (binary if self.kind == Kind.BINARY else {}) | self.codes
        spare = iter(_spare_colours(codes))
        categories = {
            code: Category(c.name, (c.colour or (next(spare) if code else ABSENT)).lower())
            for code, c in sorted(codes.items())
        }
        unit = "%" if self.kind == Kind.PERCENT else self.unit or "1"
        kind, limits = Kind(self.kind), self.limits or (0, 100)
        return Descriptor(name, self.title, kind, categories, unit, limits)


def _spare_colours(codes: dict[int, CategorySettings]) -> list[str]:
    taken = {category.colour.lower() for category in codes.values()}
    return [colour for colour in PALETTE if colour not in taken]


NOT_MADE = "none"
"""What `use` says of a layer that is described and not made."""
PATCH_AREAS = ("min_area_ha", "fill_holes_ha")
"""Settings of binary layers only."""


class LayerSettings(_Section):
    """A descriptor of LCCS: the ways it can be made, and the one in use."""

    use: Methods
    """The method in use, one of `methods`; or a list: where one is nodata, the next fills it; or
    `none`: the layer is not made."""
    methods: Annotated[dict[Identifier, Expression], Field(min_length=1)]
    """Ways to make the layer, as expressions over names of sources, derived sources and layers."""
    minus: tuple[Text, ...] = ()
    """Conditions taken away from it, in order: a layer (`name.raw` before its own `minus`), or
    any other name of a condition."""
    min_area_ha: Positive | None = None
    """Smallest patch of 1 that stays after `minus`, hectares, of a binary layer; smaller become
    0."""
    fill_holes_ha: Positive | None = None
    """Smallest patch of 0 that stays, hectares, of a binary layer; smaller ones become 1."""
    connectivity: Connectivity = 8
    """Pixels of one patch touch at sides (4), or at sides and corners (8); of 1 and of 0 alike."""
    checks: LayerChecks | None = None
    """Checks of this layer that differ from the common ones."""

    @property
    def is_made(self) -> bool:
        return self.use != (NOT_MADE,)

    @property
    def patches(self) -> dict[str, Any] | None:
        """The settings of small patches, for `patches.PatchLimits`; None where all patches stay."""
        chosen = self.model_dump(include={*PATCH_AREAS, "connectivity"})
        return chosen if any(chosen[key] is not None for key in PATCH_AREAS) else None


class CheckSettings(_Section):
    """What the data checks do when they fail: stop (error), warn, or nothing (off)."""

    crs: Severity = "error"
    """The CRS is that of the grid."""
    grid: Severity = "error"
    """Origin, pixel size and shape are exactly those of the grid."""
    dtype: Severity = "error"
    """The values are stored as uint8."""
    nodata: Severity = "error"
    """Nodata is declared, as 255."""
    codes: Severity = "error"
    """Every value is one le_lccs understands."""
    valid_share: ValidShare = ValidShare()
    """Enough of the area is known."""


class Config(_Section):
    """What to make, and from what."""

    preset: Text = DEFAULT_PRESET
    """A file of choices laid over `config.yaml` before your own: `notebook`, `living-earth-2025`,
    `open-data` (all in `presets/`) or the path of one; `default` is `config.yaml` as it is."""
    areas: Annotated[dict[AreaName, AreaSettings], Field(min_length=1)]
    """Where: named areas; each is built for every period."""
    grid: GridSettings = GridSettings()
    """The pixel lattice."""
    periods: Annotated[dict[PathName, Period], Field(min_length=1)]
    """When: named periods."""
    sample: SampleSettings = SampleSettings()
    """The embedded sample."""
    scenes: dict[Identifier, SceneSet] = {}
    """Imagery: named scene sets."""
    default_scenes: Annotated[Text | None, Field(validate_default=True)] = None
    """The scene set that a bare band or derived name means; by default the first."""
    products: dict[Identifier, ProductSettings] = {}
    """Maps made by others, by name."""
    earthengine: EarthEngineSettings = EarthEngineSettings()
    """How Earth Engine is reached."""
    clms: ClmsSettings = ClmsSettings()
    """How products are requested from the Copernicus Land Monitoring Service."""
    derived: dict[Identifier, Expression] = {}
    """Expressions over the bands of any scene set, written once, for instance ndvi."""
    descriptors: Annotated[dict[DescriptorName, DescriptorSettings], Field(max_length=20)] = {}
    """Descriptors beside those of le_lccs, 20 at most; docs/your-own.md shows one."""
    layers: Annotated[dict[LayerName, LayerSettings], Field(min_length=1)]
    """The descriptors to make, by le_lccs name."""
    use: dict[LayerName, Methods] = {}
    """The method in use of some layers, in place of their own `use`."""
    checks: CheckSettings = CheckSettings()
    """The data checks that gate the stack."""

    @field_validator("default_scenes")
    @classmethod
    def _first_scenes(cls, name: str | None, info: ValidationInfo) -> str | None:
        return name if name is not None else next(iter(info.data.get("scenes", {})), None)

    @property
    def known_descriptors(self) -> dict[str, Descriptor]:
        """Those of le_lccs, then the config's own, by name: the order of the stack."""
        own = {name: settings.descriptor(name) for name, settings in self.descriptors.items()}
        return {**DESCRIPTORS, **own}

    @property
    def made(self) -> tuple[str, ...]:
        """The layers that are made."""
        return tuple(name for name, layer in self.layers.items() if layer.is_made)
