"""What a run ends with: checks, stack, pictures, and the named targets."""

from functools import cached_property
from typing import Any

from lccs_inputs.facts.lccs import ARTIFICIAL_WATER, LEVEL3_INPUTS
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.plan.layers import LayerPlan
from lccs_inputs.plan.names import layer_file, method_file, sources_of


class ResultPlan(LayerPlan):
    """What a run ends with: checks, stack, pictures, and the named targets."""

    def period_layers(self, wildcards: Any) -> list[str]:
        """The layers of a period, in the order of the descriptor table."""
        return [
            layer_file(wildcards.area, wildcards.period, layer)
            for layer in self.config.known_descriptors
            if layer in self.config.made
        ]

    def check_settings(self, wildcards: Any) -> dict[str, Any]:
        layers = self.config.layers
        overrides = {
            layer: settings.checks.valid_share.model_dump()
            for layer, settings in layers.items()
            if settings.checks
        }
        return self.config.checks.model_dump() | {"valid_share_of": overrides}

    def level3_layers(self, wildcards: Any) -> list[str]:
        layers = [*LEVEL3_INPUTS, *({ARTIFICIAL_WATER} & {*self.config.made})]
        return [layer_file(wildcards.area, wildcards.period, layer) for layer in layers]

    def level3_file(self, wildcards: Any) -> list[str]:
        folder = f"results/{wildcards.area}/periods/{wildcards.period}"
        return [f"{folder}/stack/level3.tif"] if self._has_level3 else []

    def true_colour_mosaic(self, wildcards: Any) -> list[str]:
        """The mosaic to look at: the default scene set's, or another that is built anyway."""
        scene_set = self._true_colour_set
        if scene_set is None:
            return []
        return [self._raster(wildcards.area, wildcards.period, scene_set)]

    @property
    def _has_level3(self) -> bool:
        return set(LEVEL3_INPUTS) <= set(self.config.made)

    @cached_property
    def _true_colour_set(self) -> str | None:
        optical = [
            source
            for source in sources_of(self._nodes.values())
            if source in self.config.scenes
            and not SENSORS[self.config.scenes[source].sensor].is_radar
        ]
        if self.config.default_scenes in optical:
            return self.config.default_scenes
        return optical[0] if optical else None

    def scene_targets(self, wildcards: Any) -> list[str]:
        return self._source_targets(self.config.scenes)

    def product_targets(self, wildcards: Any) -> list[str]:
        return self._source_targets(self.config.products)

    def layer_targets(self, wildcards: Any) -> list[str]:
        layers = [layer_file(a, p, x) for a, p in self._periods() for x in self.config.made]
        return layers + [method_file(*place) for place in self._chained()]

    def check_targets(self, wildcards: Any) -> list[str]:
        return [f"results/{a}/periods/{p}/checks/passed" for a, p in self._periods()]

    def stack_targets(self, wildcards: Any) -> list[str]:
        files = ["lccs_inputs.tif", "validity.tif", *(["level3.tif"] if self._has_level3 else [])]
        return [
            f"results/{a}/periods/{p}/stack/{file}" for a, p in self._periods() for file in files
        ]

    def report_targets(self, wildcards: Any) -> list[str]:
        pictures = [*self.config.made, "contact_sheet"]
        pictures += ["level3"] if self._has_level3 else []
        pictures += ["true_colour"] if self._true_colour_set else []
        found = [(a, p, picture) for a, p in self._periods() for picture in pictures]
        found += [(a, p, f"{layer}_method") for a, p, layer in self._chained()]
        return [f"results/{a}/periods/{p}/pictures/{picture}.png" for a, p, picture in found]

    def summary(self) -> str:
        """Where the results and the pictures are, for a person."""
        lines = []
        for area, period in self._periods():
            folder = f"results/{area}/periods/{period}"
            lines += [
                f"{area} {period}",
                f"  layers    {folder}/layers/",
                f"  stack     {folder}/stack/lccs_inputs.tif",
                f"  checks    {folder}/checks/checks.txt",
                f"  pictures  {folder}/pictures/contact_sheet.png",
            ]
        return "\n".join(lines)
