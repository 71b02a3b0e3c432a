"""Continuous images: which there are, and what each is made from."""

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from lccs_inputs.config.sections.images import ImageSettings
from lccs_inputs.expressions import Node, Range, Unit, canonical
from lccs_inputs.facts.images import (
    DEFAULT_PALETTE,
    PALETTES,
    TRUE_COLOUR_LIMITS,
    Display,
    Image,
    display_of,
    steps_of,
)
from lccs_inputs.facts.lccs import Descriptor
from lccs_inputs.facts.products import Product
from lccs_inputs.plan.layers import LayerPlan, statistics_in
from lccs_inputs.plan.names import Names
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.requests import Wildcards
from lccs_inputs.workflow.requests.images import ImageCheckRequest, ImageRecipe

_UNITS = {Unit.PERCENT: "%", Unit.DECIBELS: "dB"}


def asks_for_images(asked: Sequence[str], results: str) -> bool:
    """Whether a command line asks for images, or for one of their files.

    Args:
        results: the folder of the results.
    """
    folders = ("/images/", "/checks/images")
    return any(
        word == "images"
        or (word.startswith(f"{results}/") and any(folder in word for folder in folders))
        for word in asked
    )


class ImagePlan:
    """Continuous images: which there are, and what each is made from."""

    def __init__(self, names: Names, layers: LayerPlan) -> None:
        self._names, self._layers, self._config = names, layers, names.config

    @cached_property
    def images(self) -> dict[str, Image]:
        """How each image is stored and drawn, by name, in the order of the config."""
        return {settings.name: self._image(settings) for settings in self._names.images}

    @property
    def pattern(self) -> str:
        """The regular expression of the names; of none, one that nothing is."""
        return "|".join(map(re.escape, self.images)) or "(?!)"

    def targets(self) -> list[str]:
        """The images with their pictures, and that they passed their checks."""
        files = [
            pattern.format(area=area, period=period, image=image)
            for area, period in self._names.places()
            for image in self.images
            for pattern in (paths.IMAGE, paths.IMAGE_PICTURE)
        ]
        checks = [paths.IMAGE_CHECKS_PASSED, paths.IMAGE_CHECKS, paths.IMAGE_CHECKS_TABLE]
        return files + self._names.of_each_period(*(checks if self.images else ()))

    def of_period(self, wildcards: Wildcards) -> list[str]:
        """The images of a period, in the order of the config."""
        area, period = wildcards.area, wildcards.period
        return [paths.IMAGE.format(area=area, period=period, image=name) for name in self.images]

    def files(self, wildcards: Wildcards) -> dict[str, str]:
        """The leaves and the statistics of an image, by the names of inputs."""
        files: dict[str, str] = {}
        for node in self._nodes(wildcards).values():
            files |= self._layers.files_of(wildcards, node)
        return files

    def lists(self, wildcards: Wildcards) -> list[str]:
        """The scene lists that an image waits for."""
        return self._layers.lists_of(wildcards, *self._nodes(wildcards).values())

    def recipe(self, wildcards: Wildcards) -> dict[str, Any]:
        """What is made; how it is drawn is left out, unless colours are what is made."""
        nodes, image = self._nodes(wildcards), self.images[wildcards.image]
        each = nodes.values()
        return ImageRecipe(
            descriptors=self._layers.descriptors_of(each),
            image=image.as_stored.to_dict(),
            expressions={band: canonical(node) for band, node in nodes.items()},
            editions=self._layers.editions_of(wildcards.period, each),
            leaves={
                name: stands_for
                for node in each
                for name, stands_for in self._names.leaves(wildcards.period, node).items()
            },
            statistics=sorted({name for node in each for name in statistics_in(node)}),
        ).to_dict()

    def check_request(self, wildcards: Wildcards) -> dict[str, Any]:
        checks = self._config.checks.model_dump() | {"valid_share_of": {}}
        return ImageCheckRequest([], self.plain, checks).to_dict()

    @property
    def plain(self) -> list[dict[str, Any]]:
        """How each image is stored and drawn, as plain values."""
        return [image.to_dict() for image in self.images.values()]

    def _nodes(self, wildcards: Wildcards) -> dict[str, Node]:
        return self._names.image_nodes[wildcards.period, wildcards.image]

    def _image(self, settings: ImageSettings) -> Image:
        if settings.is_true_colour:
            return self._true_colour(settings)
        held = self._held(settings)
        known = display_of(settings.name) if settings.expression is None else None
        drawn = known or self._by_its_values(settings, held)
        return Image(
            settings.name,
            drawn.title,
            drawn.unit,
            settings.range or drawn.limits,
            settings.palette or PALETTES[drawn.palette],
            steps_of(held.low, held.high),
        )

    def _true_colour(self, settings: ImageSettings) -> Image:
        scene_set = settings.name.rpartition(".")[0] or self._config.default_scenes or ""
        limits = TRUE_COLOUR_LIMITS[self._config.scenes[scene_set].sensor]
        return Image(settings.name, "True colour", "1", settings.range or limits, (), None)

    def _held(self, settings: ImageSettings) -> Range:
        """Between which values an image lies, in whichever period."""
        held = [
            known.range_of(node)
            for period, known in self._names.by_period.items()
            for node in self._names.image_nodes[period, settings.name].values()
        ]
        return Range(min(r.low for r in held), max(r.high for r in held), held[0].unit)

    def _by_its_values(self, settings: ImageSettings, held: Range) -> Display:
        """How an image is drawn that no table knows: a product, a layer or an expression."""
        name = settings.expression or settings.name
        known: Product | Descriptor | None = self._config.known_descriptors.get(name)
        if name in self._config.products:
            known = self._config.products[name].described(name)
        title = known.title if known else settings.name.replace("_", " ").capitalize()
        unit = _UNITS.get(held.unit) if held.unit else known.unit if known else None
        return Display(title, (held.low, held.high), DEFAULT_PALETTE, unit or "1")
