"""What a run ends with: checks, stack, pictures."""

from typing import Any

from lccs_inputs.facts.coherence import applicable
from lccs_inputs.facts.lccs import ARTIFICIAL_WATER, LEVEL3_INPUTS
from lccs_inputs.facts.level4 import LAYERS
from lccs_inputs.plan.images import ImagePlan
from lccs_inputs.plan.layers import LayerPlan
from lccs_inputs.plan.legends import LegendPlan
from lccs_inputs.plan.names import Names
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.requests import Wildcards, of_period
from lccs_inputs.workflow.requests.layers import DescribedRequest
from lccs_inputs.workflow.requests.results import CheckRequest, PictureRequest


class ResultPlan:
    """What a run ends with: checks, stack, pictures."""

    def __init__(
        self, names: Names, layers: LayerPlan, images: ImagePlan, legends: LegendPlan
    ) -> None:
        self._names, self._layers, self._images = names, layers, images
        self._legends = legends
        self._config = names.config

    def grid_targets(self) -> list[str]:
        return [
            pattern.format(area=area)
            for area in self._config.areas
            for pattern in (paths.GRID, paths.OUTLINE)
        ]

    def check_targets(self) -> list[str]:
        return self._names.of_each_period(
            paths.CHECKS_PASSED, paths.CHECKS, paths.CHECKS_TABLE, *self.coherence_files
        )

    def stack_targets(self) -> list[str]:
        levels = [paths.LEVEL4_CODES, paths.LEVEL4_TABLE]
        levels += paths.with_names(paths.LEVEL3, paths.LEVEL4)
        return self._names.of_each_period(
            paths.STACK, paths.VALIDITY, *(levels if self.has_level3 else [])
        )

    @property
    def pictures(self) -> dict[str, str]:
        """The maps that are drawn of every period: file name → what a person calls it."""
        pictures = {layer: layer for layer in self._config.made}
        levels = {"level3": "level 3", "level4": "level 4"}
        pictures |= levels if self.has_level3 else {}
        pictures |= {each.map.name: each.title for each in self._legends.legends.values()}
        pictures |= {"true_colour": "true colour"} if self._names.true_colour_set else {}
        pictures |= {"coherence": "coherence"} if self._has_coherence else {}
        return pictures | {"contact_sheet": "contact sheet"}

    @property
    def drawn(self) -> dict[str, str]:
        """The files of these maps and of images → what a person calls each."""
        files = {paths.picture(name): title for name, title in self.pictures.items()}
        return files | {paths.image_picture(name): name for name in self._images.images}

    def caption(self, picture: str) -> str:
        """What explains one of these files beside it, by name: layers have one, and images."""
        name = {paths.picture(name): name for name in self.pictures}.get(picture, "image")
        return "layer" if name in self._config.made else name

    def picture_targets(self) -> list[str]:
        return self._names.of_each_period(*map(paths.picture, self.pictures)) + [
            paths.picture(f"{layer}_method").format(area=area, period=period)
            for area, period, layer in self._names.chained()
        ]

    def layers(self, wildcards: Wildcards) -> list[str]:
        """The layers of a period, in the order of the descriptor table."""
        return self._of_period(wildcards, self._made)

    def notes(self, wildcards: Wildcards) -> list[str]:
        """What was noted of each of these layers as it was built."""
        return self._of_period(wildcards, self._made, paths.LAYER_NOTE)

    def nearest(self, wildcards: Wildcards) -> list[str]:
        """The overviews of each of these layers that the stack has."""
        return self._of_period(wildcards, self._made, paths.LAYER_NEAREST)

    def level3_layers(self, wildcards: Wildcards) -> list[str]:
        further = {ARTIFICIAL_WATER} & {*self._config.made}
        return self._of_period(wildcards, [*LEVEL3_INPUTS, *further])

    def level4_layers(self, wildcards: Wildcards) -> list[str]:
        """The layers that level 4 is made of, beside level 3."""
        return self._of_period(wildcards, [name for name in LAYERS if name in self._config.made])

    def level3(self, wildcards: Wildcards) -> list[str]:
        """The level-3 map of a period, where the layers it needs are made."""
        return self._where_level3(wildcards, paths.LEVEL3)

    def level4(self, wildcards: Wildcards) -> list[str]:
        """The map of level 4 of a period and its codes, where level 3 is made."""
        return self._where_level3(wildcards, paths.LEVEL4, paths.LEVEL4_CODES)

    def _where_level3(self, wildcards: Wildcards, *patterns: str) -> list[str]:
        return of_period(wildcards, patterns if self.has_level3 else ())

    @property
    def coherence_files(self) -> list[str]:
        """The map of coherence between layers, where there is a rule for those that are made."""
        return [paths.COHERENCE, paths.sidecar(paths.COHERENCE)] if self._has_coherence else []

    def coherence(self, wildcards: Wildcards) -> list[str]:
        """This map of a period."""
        return of_period(wildcards, self.coherence_files[:1])

    def true_colour(self, wildcards: Wildcards) -> list[str]:
        """The mosaic that is drawn in true colours, if one is."""
        scene_set = self._names.true_colour_set
        if scene_set is None:
            return []
        return [self._names.raster(wildcards.area, wildcards.period, scene_set)]

    def true_colour_lists(self, wildcards: Wildcards) -> list[str]:
        """The scene lists that the true colours wait for."""
        drawn = filter(None, [self._names.true_colour_set])
        return self._names.lists(wildcards.area, wildcards.period, drawn)

    def check_request(self, wildcards: Wildcards) -> dict[str, Any]:
        shares = {
            layer: settings.checks.valid_share.model_dump()
            for layer, settings in self._config.layers.items()
            if settings.checks
        }
        checks = self._config.checks.model_dump() | {"valid_share_of": shares}
        return CheckRequest(self._layers.made_descriptors(), checks).to_dict()

    def legend(self, wildcards: Wildcards) -> dict[str, Any]:
        """The descriptors of all layers that are made, and how images are drawn."""
        made = self._layers.made_descriptors()
        return PictureRequest(made, self._images.plain, self._legends.plain).to_dict()

    def stack_legend(self, wildcards: Wildcards) -> dict[str, Any]:
        """All descriptors there are: the stack is in their order."""
        return DescribedRequest(self._layers.own_descriptors).to_dict()

    @property
    def has_level3(self) -> bool:
        """Whether all layers are made that level 3 is decided from."""
        return set(LEVEL3_INPUTS) <= set(self._config.made)

    @property
    def _has_coherence(self) -> bool:
        return bool(applicable(self._config.made))

    @property
    def _made(self) -> list[str]:
        return [layer for layer in self._config.known_descriptors if layer in self._config.made]

    def _of_period(
        self, wildcards: Wildcards, layers: list[str], pattern: str = paths.LAYER
    ) -> list[str]:
        area, period = wildcards.area, wildcards.period
        return [pattern.format(area=area, period=period, layer=layer) for layer in layers]
