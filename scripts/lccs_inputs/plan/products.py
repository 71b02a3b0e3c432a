"""Products: what is requested, exported and aligned."""

from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from lccs_inputs.clms.lock import Lock, LockedProduct
from lccs_inputs.clms.requests import make_request
from lccs_inputs.config import edition
from lccs_inputs.expressions.namespace import leaves
from lccs_inputs.facts.catalogues import CDSE
from lccs_inputs.facts.data_space import HOLDINGS
from lccs_inputs.facts.earthengine import CATALOGUE as EARTH_ENGINE
from lccs_inputs.facts.earthengine import PRODUCT_RECIPE
from lccs_inputs.facts.origins import CLMS, IMAGE_SERVICE
from lccs_inputs.facts.products import PRODUCTS, Product
from lccs_inputs.plan.areas import AreaPlan
from lccs_inputs.plan.names import Names
from lccs_inputs.rasters.given import given_state
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.requests import Wildcards
from lccs_inputs.workflow.requests.products import (
    AlignRequest,
    ClmsRequest,
    DataSpaceRequest,
    EarthEngineRequest,
    ImageServiceRequest,
)

_FETCHED = {
    CLMS: paths.CLMS_DELIVERY,
    IMAGE_SERVICE: paths.IMAGE_SERVICE,
    EARTH_ENGINE: paths.EARTH_ENGINE,
    CDSE: paths.DATA_SPACE,
}
"""Where an edition comes from → the file that a rule fetches."""


class ProductPlan:
    """Products: what is requested, exported and aligned.

    Attributes:
        memory: of aligning one, MB.
    """

    memory = 1000

    def __init__(self, names: Names, areas: AreaPlan, folders: paths.Folders) -> None:
        self._names, self._areas, self._folders = names, areas, folders
        self._config = names.config
        self._given: dict[str, str] = {}

    def targets(self) -> list[str]:
        return [
            paths.ALIGNED.format(area=area, source=source, edition=edition)
            for area, source, edition in self._names.editions(self._config.products)
        ]

    def requested(self) -> list[str]:
        """What says what CLMS was asked."""
        return [
            paths.CLMS_REQUEST.format(area=area, source=source, edition=edition)
            for area, source, edition in self._names.editions_from(CLMS)
        ]

    def fetched(self) -> list[str]:
        """What services deliver."""
        return [
            _FETCHED[origin].format(area=area, source=source, edition=edition)
            for area, source, edition in self._names.editions(self._config.products)
            if (origin := self._config.products[source].editions[edition]) in _FETCHED
        ]

    def delivered(self, wildcards: Wildcards) -> str:
        """What is delivered for an edition: the user's own file, or what a rule fetches."""
        origin = self._config.products[wildcards.source].editions[wildcards.edition]
        if origin not in _FETCHED:
            return self._folders.given(origin)
        area, source = wildcards.area, wildcards.source
        return _FETCHED[origin].format(area=area, source=source, edition=wildcards.edition)

    def given(self, wildcards: Wildcards) -> str:
        """What changes with any file of an edition that is the user's own: a tile, a sidecar."""
        origin = self._config.products[wildcards.source].editions[wildcards.edition]
        if origin in _FETCHED or origin.startswith(paths.SAMPLE_FOLDER):
            return ""
        if not self._given.get(origin):  # of many tiles, which several areas share, looked at once
            self._given[origin] = given_state(Path(origin))
        return self._given[origin]

    def product(self, source: str) -> Product:
        return self._config.products[source].described(source)

    def optional(self, wildcards: Wildcards) -> bool:
        """Whether all that takes this edition is a layer with a method that does without it."""
        return not any(
            wildcards.source in self._needed[period]
            for period in self._config.periods
            if edition(self._config, wildcards.source, period) == wildcards.edition
        )

    @cached_property
    def _needed(self) -> dict[str, set[str]]:
        """By period, the leaf names that no other method of a layer can stand in for, and those of
        images."""
        needed = {}
        for period, known in self._names.by_period.items():
            last = {
                layer: replace(text, use=tuple(known.methods_in_use(layer))[-1:])
                for layer, text in known.layers.items()
            }
            alone = replace(known, layers=last)
            found = [leaves(alone.resolve_layer(layer)) for layer in last]
            found += [leaves(node) for node in self._names.of_images(period)]
            needed[period] = {name for names_found in found for name in names_found}
        return needed

    def clms_request(self, wildcards: Wildcards) -> dict[str, Any]:
        """What is asked of CLMS; a changed request is the only reason to ask again."""
        asked = self._config.products[wildcards.source].request.model_dump(exclude_none=True)
        product = self._locked(wildcards)
        bounds = list(self._areas.bounds(wildcards.area))
        document = make_request(product, asked, bounds).document()
        key = f"products.{wildcards.source}.request"
        return ClmsRequest(key, product, asked, bounds, document).to_dict()

    def image_service_request(self, wildcards: Wildcards) -> dict[str, Any]:
        name, shape = self.product(wildcards.source).name, self._areas.shape(wildcards.area)
        return ImageServiceRequest(name, int(wildcards.edition), shape).to_dict()

    def earthengine_request(self, wildcards: Wildcards) -> dict[str, Any]:
        """What is exported of a product from Earth Engine, on the product's own pixels."""
        return EarthEngineRequest(
            product=self.product(wildcards.source).name,
            edition=wildcards.edition,
            recipe=PRODUCT_RECIPE,
            area=self._areas.shape(wildcards.area),
            optional=self.optional(wildcards),
        ).to_dict()

    def data_space_request(self, wildcards: Wildcards) -> dict[str, Any]:
        """What is read of a product of the Copernicus Data Space: the tiles of the lock file, or
        those that a search finds."""
        product, year = self.product(wildcards.source).name, int(wildcards.edition)
        locked = self._found_lock.tiles(product, year)
        tiles = locked.near(self._areas.bounds(wildcards.area)) if locked else None
        return DataSpaceRequest(
            product=product,
            collection=locked.collection if locked else HOLDINGS[product].collection,
            year=year,
            area=self._areas.shape(wildcards.area),
            optional=self.optional(wildcards),
            tiles=None if tiles is None else [asdict(tile) for tile in tiles],
        ).to_dict()

    def align_request(self, wildcards: Wildcards) -> dict[str, Any]:
        return AlignRequest(self.said(wildcards.source), self.optional(wildcards)).to_dict()

    def said(self, source: str) -> str | dict[str, Any]:
        """What a job is told of a product: its short name, or all of what the config describes."""
        product = self.product(source)
        return product.name if product.name in PRODUCTS else product.to_dict()

    def slots(self, wildcards: Wildcards) -> int:
        """Requests to Earth Engine that an export has under way at a time."""
        return self._config.earthengine.slots

    def earthengine_places(self) -> set[tuple[str, str, str]]:
        """Area, product and edition of all that Earth Engine is asked for."""
        return {*self._names.editions_from(EARTH_ENGINE)}

    def _locked(self, wildcards: Wildcards) -> LockedProduct:
        return self._lock.entry(self.product(wildcards.source).name, int(wildcards.edition))

    @cached_property
    def _lock(self) -> Lock:
        return Lock.read(Path(self._config.clms.lock))

    @cached_property
    def _found_lock(self) -> Lock:
        return Lock.found(Path(self._config.clms.lock))
