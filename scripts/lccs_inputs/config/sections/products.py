"""Maps made by others, and those of the user."""

from collections.abc import Collection
from typing import Annotated, Any, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from lccs_inputs.config.problems import OneOf, problem
from lccs_inputs.config.sections.section import Section
from lccs_inputs.config.types import (
    EditionName,
    Identifier,
    InputPath,
    ProductCode,
    Range,
    Step,
    Text,
    Years,
)
from lccs_inputs.facts.catalogues import CDSE
from lccs_inputs.facts.data_space import HOLDINGS
from lccs_inputs.facts.earthengine import CATALOGUE as EARTH_ENGINE
from lccs_inputs.facts.earthengine import PRODUCT_OFFERS
from lccs_inputs.facts.image_service import IMAGE_LAYERS, IMAGE_YEAR
from lccs_inputs.facts.origins import CLMS, FETCHED, IMAGE_SERVICE
from lccs_inputs.facts.products import PRODUCTS, Product, ProductKind
from lccs_inputs.products.custom import OUTSIDE, custom_product


class RequestSettings(Section):
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


def _offered(product: Product) -> Collection[str]:
    """The editions of a product that Earth Engine has."""
    offer = PRODUCT_OFFERS.get(product.name)
    return offer.assets.keys() if offer else ()


def _not_held(product: Product, edition: str) -> str:
    """Why the Copernicus Data Space cannot have an edition; "" where it may."""
    holding = HOLDINGS.get(product.name)
    if holding is None:
        known = ", ".join(HOLDINGS)
        return f"cdse has {known}, not {product.name}; write clms, or the path of a file"
    if not holding.has(edition):
        often = "every year" if holding.every == 1 else f"every {holding.every} years"
        return f"cdse has {product.title} {often} from {holding.since} on; choose such a year"
    return ""


def _unobtainable(product: Product, edition: str, origin: str) -> str:
    """Why an edition cannot come from where it says; "" where it can."""
    if origin == EARTH_ENGINE and edition not in _offered(product):
        known = ", ".join(_offered(product)) or "none"
        return f"Earth Engine has no {product.title} {edition}; editions there: {known}"
    if origin == CDSE:
        return _not_held(product, edition)
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


class CustomSettings(Section):
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
    declares as its nodata, which may be none of the codes, or masks."""
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
            raise problem(f"is missing: {cls.meaning(key)}")
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


class ChangeSettings(Section):
    """That a map is one of the change of another, as its publisher has it; each edition is named
    by the later year."""

    of: Identifier
    """The product whose change it is, by its name in this section."""
    since: EditionName
    """The earlier year."""
    gain: Annotated[tuple[ProductCode, ...], Field(min_length=1)]
    """Its codes of what is new."""
    loss: Annotated[tuple[ProductCode, ...], Field(min_length=1)]
    """Its codes of what is gone."""
    unchanged: Annotated[tuple[ProductCode, ...], Field(min_length=1)]
    """Its codes of what is as it was; those it has besides are changes of another kind."""


class ProductSettings(Section):
    """A map made by others, or by you."""

    product: Annotated[str, OneOf("a product", tuple(PRODUCTS))] | None = None
    """Which product, by its short name; one that has none is described as `custom`."""
    custom: CustomSettings | None = None
    """In place of `product`: what the numbers of the map mean."""
    editions: Annotated[dict[EditionName, InputPath], Field(min_length=1)]
    """Where each edition, by year or `static`, comes from: the path of a GeoTIFF, a folder or a
    zip as delivered, all of whose files are watched; `clms` to request it; `image_service` to
    export a small area without a key; `cdse` to read it from the Copernicus Data Space;
    `earthengine` to export it from there."""
    request: RequestSettings = RequestSettings()
    """What part of the editions that say `clms` is requested."""
    max_years: Years = 5
    """How far the year of an edition may be from that of a period that takes it, years."""
    change: ChangeSettings | None = None
    """Of a map of change: what it is the change of. Two periods that take the editions that it is
    between are told by it too."""

    @field_validator("editions")
    @classmethod
    def _obtainable(cls, editions: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        if "static" in editions and len(editions) > 1:
            raise problem("static stands alone: a product with years has no static edition")
        product = PRODUCTS.get(info.data.get("product") or "")
        for edition, origin in editions.items():
            if product and (reason := _unobtainable(product, edition, origin)):
                raise problem(reason)
            if info.data.get("custom") and origin in FETCHED:
                raise problem(f"{origin} does not have a custom product; give the path of a file")
        return editions

    @model_validator(mode="after")
    def _one_map(self) -> Self:
        if (self.product is None) == (self.custom is None):
            raise problem("needs one of product or custom")
        return self

    @model_validator(mode="after")
    def _codes_of_change(self) -> Self:
        if self.change is None:
            return self
        named = [*self.change.gain, *self.change.loss, *self.change.unchanged]
        for code in named:
            if code not in self.described("").codes:
                raise problem(f"change: {code} is none of its codes")
            if named.count(code) > 1:
                raise problem(f"change: {code} is of one kind only; remove it from the others")
        return self

    def described(self, name: str) -> Product:
        """The product that the config calls `name`."""
        return self.custom.product(name) if self.custom else PRODUCTS[self.product or ""]
