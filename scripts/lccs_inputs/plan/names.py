"""What the names of a config mean, period by period, and the file behind each."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from lccs_inputs.config import Config, edition, is_number, namespace
from lccs_inputs.config.editions import compared, maps_of_change
from lccs_inputs.config.sections.images import ImageSettings
from lccs_inputs.expressions import Node, names
from lccs_inputs.expressions.namespace import leaves
from lccs_inputs.facts.images import NOTEBOOK_IMAGES, NOTEBOOK_STATISTICS
from lccs_inputs.facts.lccs import LAYER_PREFIX
from lccs_inputs.facts.sensors import CLEAR_COUNT, SENSORS, TRUE_COLOUR
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.requests import Place, Wildcards, input_of


class Names:
    """The resolved expressions of all that is made, and what their leaves stand for.

    Args:
        images_asked: whether images are asked for, also where the config names none.

    Attributes:
        by_period: period → its namespace.
        nodes: (period, layer) → the resolved expression of the layer.
        images: those of the config; where it names none and they are asked for, the notebook's.
        image_nodes: (period, image) → the resolved expression of each of its bands.
        blocks_of: the blocks of an edition of a scene set; known once there is a plan of scenes.
    """

    blocks_of: Callable[[Wildcards], list[str]]

    def __init__(self, config: Config, *, images_asked: bool = False) -> None:
        self.config = config
        self.by_period = {period: namespace(config, period) for period in config.periods}
        self.nodes = {
            (period, layer): known.resolve_layer(layer)
            for period, known in self.by_period.items()
            for layer in config.made
        }

        self.images_asked = images_asked
        self.images = config.images or (tuple(self._of_notebook()) if images_asked else ())
        self.image_nodes = {
            (period, image.name): {
                band: known.resolve_image(f"images.{image.name}", text)
                for band, text in image.texts.items()
            }
            for period, known in self.by_period.items()
            for image in self.images
        }

    def made_in(self, period: str) -> Iterator[Node]:
        """The expressions of the layers and images of a period."""
        for layer in self.config.made:
            yield self.nodes[period, layer]
        yield from self.of_images(period)

    def of_images(self, period: str) -> Iterator[Node]:
        """The expressions of the images of a period."""
        for image in self.images:
            yield from self.image_nodes[period, image.name].values()

    def methods(self, period: str, layer: str) -> Mapping[str, Node]:
        """The methods that make a layer in a period, the first of them first."""
        return self.by_period[period].methods_in_use(layer)

    def places(self) -> Iterator[tuple[str, str]]:
        """Every area and period."""
        for area in self.config.areas:
            for period in self.config.periods:
                yield area, period

    def of_each_period(self, *patterns: str) -> list[str]:
        """The files of every area and period."""
        return [
            pattern.format(area=area, period=period)
            for area, period in self.places()
            for pattern in patterns
        ]

    def chained(self) -> Iterator[tuple[str, str, str]]:
        """Area, period and layer wherever several methods make a layer."""
        for area, period in self.places():
            for layer in self.config.made:
                if len(self.methods(period, layer)) > 1:
                    yield area, period, layer

    def editions(self, kinds: Mapping[str, Any]) -> list[tuple[str, str, str]]:
        """Area, source and edition of each source among `kinds` that what is made needs, or that
        is a map of its change."""
        found = {
            (area, source, edition(self.config, source, period))
            for area, period in self.places()
            for source in sources_of(self.made_in(period))
            if source in kinds
        }
        found |= {
            (area, source, taken)
            for area in self.config.areas
            for pair in compared(self.config)
            for source, taken in maps_of_change(self.config, *pair).items()
            if source in kinds
        }
        return sorted(found)

    def editions_from(self, origin: str) -> list[tuple[str, str, str]]:
        """Area, product and edition of all that is needed and comes from one of the services."""
        products = self.config.products
        return [
            (area, source, taken)
            for area, source, taken in self._of_products
            if products[source].editions[taken] == origin
        ]

    @cached_property
    def _of_products(self) -> list[tuple[str, str, str]]:
        return self.editions(self.config.products)

    def takers(self, origin: str) -> dict[tuple[str, str], list[str]]:
        """Product and edition of what comes from one of the services → the areas that take it."""
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for area, source, taken in self.editions_from(origin):
            found[source, taken].append(area)
        return found

    def bands(self, source: str, wanted: str) -> tuple[str, ...]:
        """The bands that an edition of a scene set needs, as `Sensor.in_order` has them.

        Those that the layers and images that are made mention, those that are drawn in true
        colours, and the clear count; all of a set that nothing mentions, for who asks for its
        mosaic by name.
        """
        sensor = SENSORS[self.config.scenes[source].sensor]
        named = {
            name.removeprefix(f"{source}.")
            for period in self.config.periods
            if edition(self.config, source, period) == wanted
            for node in self.made_in(period)
            for name in leaves(node)
            if name.startswith(f"{source}.")
        }
        if not named:
            return sensor.scene_set_bands
        drawn = {*TRUE_COLOUR} if source == self.true_colour_set else set()
        return sensor.in_order({*named, *drawn, CLEAR_COUNT})

    @cached_property
    def true_colour_set(self) -> str | None:
        """The scene set to look at: the default one, or another that is built anyway."""
        coloured = [
            source
            for source in sources_of(self.nodes.values())
            if source in self.config.scenes
            and SENSORS[self.config.scenes[source].sensor].has_true_colour
        ]
        if not coloured or not self.config.true_colour:
            return None
        return self.config.default_scenes if self.config.default_scenes in coloured else coloured[0]

    def _of_notebook(self) -> Iterator[ImageSettings]:
        """What the notebook draws: of the default scene set, and of the first in use of each other
        optical sensor."""
        used = filter(self.config.scenes.__contains__, sources_of(self.nodes.values()))
        sets: dict[str, str] = {}
        for scene_set in filter(None, [self.config.default_scenes, *used]):
            sensor = SENSORS[self.config.scenes[scene_set].sensor]
            if sensor.has_true_colour:
                sets.setdefault(sensor.name, scene_set)
        for scene_set in sets.values():
            by_default = scene_set == self.config.default_scenes
            statistics = NOTEBOOK_STATISTICS if by_default else ()
            for name in (*NOTEBOOK_IMAGES, *statistics):
                image = ImageSettings(name=name if by_default else f"{scene_set}.{name}")
                if all(is_number(known, image) for known in self.by_period.values()):
                    yield image

    def leaves(self, period: str, node: Node) -> dict[str, str]:
        """What each leaf of an expression stands for in a period: a source edition or a layer."""
        return {name: self._stands_for(period, name) for name in names(node)}

    def files(self, area: str, period: str, node: Node) -> dict[str, str]:
        """The raster behind each leaf of an expression, by the name of the input that holds it."""
        return {input_of(name): self.raster(area, period, name) for name in names(node)}

    def lists(self, area: str, period: str, sources: Iterable[str]) -> list[str]:
        """The scene lists behind sources, and the blocks.

        What is made of a scene set waits for its lists: until they are there, nothing knows that
        the mosaic of other scenes, or of fewer bands, is not the one to read. It asks for the
        blocks too, which a mosaic only names: they may have been removed to make room.
        """
        return [
            file
            for source in sources
            if source in self.config.scenes
            for file in self._lists(area, source, edition(self.config, source, period))
        ]

    def _lists(self, area: str, source: str, taken: str) -> Iterator[str]:
        place = Place(area=area, source=source, edition=taken)
        for pattern in (paths.FOUND, paths.SCENES):
            yield pattern.format(area=area, source=source, edition=taken)
        yield from self.blocks_of(place)

    def raster(self, area: str, period: str, name: str) -> str:
        if name.startswith(LAYER_PREFIX):
            layer = name.removeprefix(LAYER_PREFIX)
            return paths.LAYER.format(area=area, period=period, layer=layer)
        source = name.partition(".")[0]
        pattern = paths.MOSAIC if source in self.config.scenes else paths.ALIGNED
        taken = edition(self.config, source, period)
        return pattern.format(area=area, source=source, edition=taken)

    def period_of(self, source: str, wanted: str) -> str:
        """A period that takes this edition of a source; all that do agree on its dates."""
        return next(
            period
            for period in self.config.periods
            if edition(self.config, source, period) == wanted
        )

    def _stands_for(self, period: str, name: str) -> str:
        if name.startswith(LAYER_PREFIX):
            return name
        source = name.partition(".")[0]
        return f"{source}/{edition(self.config, source, period)}"


def sources_of(nodes: Iterable[Node]) -> list[str]:
    """The sources that resolved expressions name; no other is ever asked for."""
    found = {name for node in nodes for name in leaves(node)}
    return sorted({name.split(".")[0] for name in found if not name.startswith(LAYER_PREFIX)})
