"""Products: what is requested, exported and aligned."""

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from lccs_inputs.clms.lock import Lock
from lccs_inputs.clms.requests import make_request
from lccs_inputs.config import edition
from lccs_inputs.config.sections.products import CLMS, IMAGE_SERVICE
from lccs_inputs.expressions.namespace import leaves
from lccs_inputs.facts.earthengine import CATALOGUE as EARTH_ENGINE
from lccs_inputs.facts.earthengine import RECIPE as EARTH_ENGINE_RECIPE
from lccs_inputs.facts.products import PRODUCTS, Product
from lccs_inputs.plan.names import source_folder
from lccs_inputs.plan.scene_sets import ScenePlan


class ProductPlan(ScenePlan):
    """Products: what is requested, exported and aligned."""

    def product_file(self, wildcards: Any) -> str:
        """What is delivered for an edition: the user's own file, or what a rule fetches."""
        origin = self.config.products[wildcards.source].editions[wildcards.edition]
        fetched = {
            CLMS: "delivery.zip",
            IMAGE_SERVICE: "image_service.tif",
            EARTH_ENGINE: "earthengine.tif",
        }.get(origin)
        folder = source_folder(wildcards.area, wildcards.source, wildcards.edition)
        return f"{folder}/{fetched}" if fetched else origin

    def product_optional(self, wildcards: Any) -> bool:
        """Whether every layer that takes this edition has a method that does without it."""
        return not any(
            wildcards.source in self._needed[period]
            for period in self.config.periods
            if edition(self.config, wildcards.source, period) == wildcards.edition
        )

    @cached_property
    def _needed(self) -> dict[str, set[str]]:
        """By period, the leaf names that no other method of a layer can stand in for."""
        needed = {}
        for period, known in self._names.items():
            last = {
                layer: replace(text, use=tuple(known.methods_in_use(layer))[-1:])
                for layer, text in known.layers.items()
            }
            alone = replace(known, layers=last)
            found = [leaves(alone.resolve_layer(layer)) for layer in last]
            needed[period] = {name for names_found in found for name in names_found}
        return needed

    def product(self, wildcards: Any) -> Product:
        return self.config.products[wildcards.source].described(wildcards.source)

    def product_params(self, wildcards: Any) -> str | dict[str, Any]:
        """The product for `products.product_of`: its short name, or what the config says of it."""
        product = self.product(wildcards)
        return product.name if product.name in PRODUCTS else product.to_dict()

    def clms_request(self, wildcards: Any) -> dict[str, Any]:
        """What is asked of CLMS; a changed request is the only reason to ask again."""
        settings, name = self.config.products[wildcards.source], self.product(wildcards).name
        product = self._lock.entry(name, int(wildcards.edition))
        asked = settings.request.model_dump(exclude_none=True)
        bounds = list(self.area(wildcards.area).bounds_lonlat())
        return {
            "key": f"products.{wildcards.source}.request",
            "product": product,
            "asked": asked,
            "bounds": bounds,
            "document": make_request(product, asked, bounds).document(),
        }

    def image_service_request(self, wildcards: Any) -> dict[str, Any]:
        return {
            "product": self.product(wildcards).name,
            "year": int(wildcards.edition),
            "area": self._shape(wildcards),
        }

    def earthengine_request(self, wildcards: Any) -> dict[str, Any]:
        """What is exported of a product from Earth Engine, on the product's own pixels."""
        return {
            "product": self.product(wildcards).name,
            "edition": wildcards.edition,
            "recipe": EARTH_ENGINE_RECIPE,
            "area": self._shape(wildcards),
            "optional": self.product_optional(wildcards),
        }

    def product_slots(self, wildcards: Any) -> int:
        return self.config.earthengine.slots

    @cached_property
    def _lock(self) -> Lock:
        return Lock.read(Path(self.config.clms.lock))

    def earthengine_places(self) -> list[tuple[str, str, str]]:
        """Area, source and edition of all that Earth Engine is asked for."""
        found = {
            (area, source, edition(self.config, source, period))
            for area, period, source in self._sources()
        }
        return sorted(place for place in found if self._is_of_earthengine(*place[1:]))

    def _is_of_earthengine(self, source: str, wanted: str) -> bool:
        if source in self.config.scenes:
            return self.config.scenes[source].catalogue == EARTH_ENGINE
        return self.config.products[source].editions[wanted] == EARTH_ENGINE
