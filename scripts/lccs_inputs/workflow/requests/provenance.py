"""What the job that describes a period is asked: what its results are made of, and by what."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from lccs_inputs.facts.products import Product, product_of
from lccs_inputs.workflow.requests.layers import PeriodRasters


@dataclass(frozen=True)
class SceneSource:
    """A scene set that results are made of.

    Attributes:
        catalogue: as the config names it.
        recipe: version of how its engine composes blocks.
    """

    name: str
    edition: str
    catalogue: str
    mask: str
    recipe: str


@dataclass(frozen=True)
class ProductSource:
    """A product that results are made of.

    Attributes:
        product: its short name, or what the config says of it (`Product.to_dict`).
        origin: where the config says it is from: a service, or a path.
        asked: of CLMS: the fingerprint of the request; "" of others.
        dataset: what a service calls it; of CLMS, how the lock file pins it.
    """

    name: str
    edition: str
    product: str | Mapping[str, Any]
    origin: str
    asked: str
    dataset: Mapping[str, Any]

    @property
    def described(self) -> Product:
        return product_of(self.product)


@dataclass(frozen=True)
class PeriodRequest(PeriodRasters):
    """A description of the results of a period.

    Attributes:
        start, end: inclusive dates, UTC.
        version: of this software.
        code: script of a rule → hash of what it and all it imports mean.
        lock: SHA-256 of the file that pins the packages.
        config: fingerprint of all that the config says of this area and period.
        scenes, products: the sources, in the order of the job's inputs.
        outline: what the file of the outline of an asset is called; "" of other areas.
    """

    start: str
    end: str
    version: str
    code: Mapping[str, str]
    lock: str
    config: str
    scenes: Sequence[SceneSource]
    products: Sequence[ProductSource]
    outline: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        scenes = [SceneSource(**each) for each in document["scenes"]]
        products = [ProductSource(**each) for each in document["products"]]
        return cls(**{**document, "scenes": scenes, "products": products})
