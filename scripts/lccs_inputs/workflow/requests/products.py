"""What the jobs of products are asked: a request to CLMS, an export, an alignment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lccs_inputs.facts.products import Product, product_of
from lccs_inputs.workflow.requests import Request

if TYPE_CHECKING:
    from lccs_inputs.clms.lock import LockedProduct


@dataclass(frozen=True)
class ClmsRequest(Request):
    """What is asked of CLMS for an edition of a product.

    Attributes:
        key: config path of the request, for messages.
        product: as the lock file pins it.
        asked: what part of it, `products.NAME.request` of the config.
        bounds: west, south, east, north of the area, degrees.
        document: what is posted.
    """

    key: str
    product: "LockedProduct"
    asked: Mapping[str, Any]
    bounds: Sequence[float]
    document: Mapping[str, Any]


@dataclass(frozen=True)
class ImageServiceRequest(Request):
    """An edition of a product from the public image service.

    Attributes:
        product: short name.
        area: fingerprint of the area on its grid.
    """

    product: str
    year: int
    area: str


@dataclass(frozen=True)
class EarthEngineRequest(Request):
    """An edition of a product from Earth Engine.

    Attributes:
        product: short name.
        recipe: version of what the pixels mean.
        area: fingerprint of the area on its grid.
        optional: every layer has a method that does without it, so it may have nothing here.
    """

    product: str
    edition: str
    recipe: int
    area: str
    optional: bool


@dataclass(frozen=True)
class DataSpaceRequest(Request):
    """An edition of a product from the Copernicus Data Space.

    Attributes:
        product: short name.
        collection: of its catalogue.
        area: fingerprint of the area on its grid.
        optional: as of `EarthEngineRequest`.
        tiles: those of the lock file around the area, in plain values; left out where it has no
            such edition.
    """

    product: str
    collection: str
    year: int
    area: str
    optional: bool
    tiles: Sequence[Mapping[str, Any]] | None = None

    def to_dict(self) -> dict[str, Any]:
        left_out = {"tiles"} if self.tiles is None else set()
        return {key: value for key, value in super().to_dict().items() if key not in left_out}


@dataclass(frozen=True)
class AlignRequest(Request):
    """A delivered map to be put on the grid.

    Attributes:
        product: its short name, or what the config says of it (`Product.to_dict`).
        optional: as of `EarthEngineRequest`.
    """

    product: str | Mapping[str, Any]
    optional: bool

    @property
    def described(self) -> Product:
        return product_of(self.product)
