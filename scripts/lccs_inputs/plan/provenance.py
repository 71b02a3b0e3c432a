"""The description of a period: what its results are made of, and by what."""

from dataclasses import asdict
from typing import Any

from lccs_inputs.config import edition
from lccs_inputs.facts.catalogues import CDSE
from lccs_inputs.facts.data_space import HOLDINGS
from lccs_inputs.facts.earthengine import CATALOGUE as EARTH_ENGINE
from lccs_inputs.facts.earthengine import PRODUCT_OFFERS
from lccs_inputs.facts.image_service import IMAGE_LAYERS
from lccs_inputs.facts.origins import CLMS, IMAGE_SERVICE
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.files import fingerprint, sha256_of
from lccs_inputs.imagery.engine import engine_of
from lccs_inputs.imagery.scenes import RECIPE
from lccs_inputs.plan.areas import outline_of
from lccs_inputs.plan.images import ImagePlan
from lccs_inputs.plan.layers import LayerPlan
from lccs_inputs.plan.legends import LegendPlan
from lccs_inputs.plan.names import Names, sources_of
from lccs_inputs.plan.products import ProductPlan
from lccs_inputs.version import __version__
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.code_hash import SCRIPTS, script_hash
from lccs_inputs.workflow.requests import Place, Wildcards
from lccs_inputs.workflow.requests.products import ClmsRequest
from lccs_inputs.workflow.requests.provenance import PeriodRequest, ProductSource, SceneSource
from lccs_inputs.workflow.rules import LOCAL

_LOCK = SCRIPTS.parent / "envs" / "requirements.txt"
_PINNED = ("title", "collection", "uid", "information_id", "source", "resolution")
"""What is told of a product that the lock file pins."""


class ProvenancePlan:
    """The description of a period: what its results are made of, and by what."""

    def __init__(
        self,
        names: Names,
        layers: LayerPlan,
        products: ProductPlan,
        images: ImagePlan,
        legends: LegendPlan,
    ) -> None:
        self._names, self._config = names, names.config
        self._layers, self._products, self._images = layers, products, images
        self._legends = legends

    def targets(self) -> list[str]:
        return self._names.of_each_period(
            paths.ITEM,
            paths.PROVENANCE,
            paths.CRATE,
            paths.ATTRIBUTION,
            paths.METHODS,
            paths.BIBLIOGRAPHY,
        )

    def images(self, wildcards: Wildcards) -> list[str]:
        """The images that the config names: others come and go with who asks for them."""
        return self._images.of_period(wildcards) if self._config.images else []

    @property
    def plain_images(self) -> list[dict[str, Any]]:
        """How each of these is stored and drawn, as plain values."""
        return self._images.plain if self._config.images else []

    def method_maps(self, wildcards: Wildcards) -> list[str]:
        here = wildcards.area, wildcards.period
        return [
            paths.METHOD_MAP.format(area=area, period=period, layer=layer)
            for area, period, layer in self._names.chained()
            if (area, period) == here
        ]

    def scene_lists(self, wildcards: Wildcards) -> list[str]:
        return [_of(paths.SCENES, place) for place in self._scenes(wildcards)]

    def mosaics(self, wildcards: Wildcards) -> list[str]:
        return [_of(paths.MOSAIC, place) for place in self._scenes(wildcards)]

    def blocks(self, wildcards: Wildcards) -> list[str]:
        """What the mosaics are of, for those that read their pixels."""
        return [file for place in self._scenes(wildcards) for file in self._names.blocks_of(place)]

    def delivered(self, wildcards: Wildcards) -> list[str]:
        return [self._products.delivered(place) for place in self._maps(wildcards)]

    def aligned(self, wildcards: Wildcards) -> list[str]:
        return [_of(paths.ALIGNED, place) for place in self._maps(wildcards)]

    def request(self, wildcards: Wildcards) -> dict[str, Any]:
        """What is described; a change of it is a reason to describe anew."""
        period = self._config.periods[wildcards.period]
        return PeriodRequest(
            descriptors=self._layers.own_descriptors,
            start=period.start.isoformat(),
            end=period.end.isoformat(),
            version=__version__,
            code={rule: script_hash(SCRIPTS / f"{rule}.py") for rule in LOCAL},
            lock=sha256_of(_LOCK),
            config=fingerprint(self.config_of(wildcards)),
            scenes=[self._scene_source(place) for place in self._scenes(wildcards)],
            products=[self._product_source(place) for place in self._maps(wildcards)],
            images=self.plain_images,
            legends=self._legends.plain,
            methods=self._layers.coded_methods(wildcards.period),
            outline=outline_of(self._config.areas[wildcards.area]),
        ).to_dict()

    def config_of(self, wildcards: Wildcards) -> dict[str, Any]:
        """The config without other areas and periods, and how services are reached."""
        others = {"change", *self._config.services}
        said = self._config.model_dump(mode="json", exclude=others)
        for section, name in (("areas", wildcards.area), ("periods", wildcards.period)):
            said[section] = {name: said[section][name]}
        return said

    def _scenes(self, wildcards: Wildcards) -> list[Place]:
        return [place for place in self._sources(wildcards) if place.source in self._config.scenes]

    def _maps(self, wildcards: Wildcards) -> list[Place]:
        return [
            place for place in self._sources(wildcards) if place.source in self._config.products
        ]

    def _sources(self, wildcards: Wildcards) -> list[Place]:
        """The editions that layers, and images that the config names, are made of."""
        area, period = wildcards.area, wildcards.period
        nodes = [self._names.nodes[period, layer] for layer in self._config.made]
        nodes += self._names.of_images(period) if self._config.images else []
        return [
            Place(area=area, source=source, edition=edition(self._config, source, period))
            for source in sources_of(nodes)
        ]

    def _scene_source(self, place: Place) -> SceneSource:
        source = self._config.scenes[place.source]
        mask = source.mask or SENSORS[source.sensor].default_mask
        recipe = f"{RECIPE} {engine_of(source.catalogue).recipe}".strip()
        return SceneSource(place.source, place.edition, source.catalogue, mask, recipe)

    def _product_source(self, place: Place) -> ProductSource:
        origin = self._config.products[place.source].editions[place.edition]
        asked, dataset = "", _dataset(self._products.product(place.source).name, origin, place)
        if origin == CLMS:
            request = ClmsRequest.from_dict(self._products.clms_request(place))
            asked, pinned = request.document["fingerprint"], asdict(request.product)
            dataset = {key: pinned[key] for key in _PINNED}
        product = self._products.said(place.source)
        return ProductSource(place.source, place.edition, product, origin, asked, dataset)


def _dataset(product: str, origin: str, place: Place) -> dict[str, str]:
    """What a service calls an edition of a product that it has without being asked by CLMS."""
    if origin == EARTH_ENGINE:
        return {"asset": PRODUCT_OFFERS[product].assets[place.edition]}
    if origin == CDSE:
        return {"collection": HOLDINGS[product].collection}
    return {"layer": IMAGE_LAYERS[product]} if origin == IMAGE_SERVICE else {}


def _of(pattern: str, place: Place) -> str:
    return pattern.format(area=place.area, source=place.source, edition=place.edition)
