"""From a config to a DAG: which sources, editions and statistics the chosen expressions need.

Snakemake's rules ask this for the inputs and the parameters of a job; it reads no raster and
touches no network, so `snakemake -n` lists the true jobs of a fresh clone. Methods that take
`wildcards` are input or parameter functions of rules.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from lccs_inputs import sample, scenes
from lccs_inputs.clms.lock import Lock
from lccs_inputs.clms.requests import make_request
from lccs_inputs.config import Config, dates, edition, load, load_files, namespace
from lccs_inputs.config.sections.products import CLMS, IMAGE_SERVICE
from lccs_inputs.config.sections.scene_sets import CloudScoreSettings
from lccs_inputs.earthengine.collections import CATALOGUE as EARTH_ENGINE
from lccs_inputs.earthengine.collections import CLOUD_SCORE
from lccs_inputs.earthengine.collections import RECIPE as EARTH_ENGINE_RECIPE
from lccs_inputs.errors import AreaError
from lccs_inputs.expressions import (
    LAYER_PREFIX,
    Node,
    canonical,
    names,
    statistic_name,
    statistics_of,
)
from lccs_inputs.expressions.namespace import leaves
from lccs_inputs.fingerprint import fingerprint
from lccs_inputs.grid import Area, resolve_area
from lccs_inputs.lccs import ARTIFICIAL_WATER, LEVEL3_INPUTS
from lccs_inputs.method_map import method_node
from lccs_inputs.products import PRODUCTS, Product
from lccs_inputs.sensors import SENSORS
from lccs_inputs.stac.catalogues import is_url, preset_of

AREA_CACHE = Path(".cache/areas")


class Plan:
    """Everything the rules need to know of a checked config."""

    sample_products: Sequence[str] = sample.PRODUCT_FILES
    sample_truth: Sequence[str] = ("truth", "level3", *sample.TRUTH_LAYERS)
    await_area: Callable[[str], Any] = staticmethod(lambda area: None)
    """Ends an input function until the area has been written; the rules set it."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._areas: dict[str, Area] = {}
        self._names = {period: namespace(config, period) for period in config.periods}
        self._nodes = {
            (period, layer): known.resolve_layer(layer)
            for period, known in self._names.items()
            for layer in config.made
        }

    @classmethod
    def from_files(cls, base: str, user: Sequence[Path], overrides: Mapping[str, Any]) -> "Plan":
        """Read, merge and check the config files; see `config_files.load_files`."""
        return cls(load(load_files(Path(base), [Path(path) for path in user], overrides)))

    # -- grid ----------------------------------------------------------------------------------

    def area(self, name: str) -> Area:
        if name not in self._areas:
            grid, definition = self.config.grid, self.config.areas[name].model_dump()
            self._areas[name] = (
                self._fetched_area(name)
                if definition["asset"]
                else resolve_area(
                    name,
                    definition,
                    grid.crs,
                    grid.resolution,
                    grid.block,
                    cache=AREA_CACHE,
                )
            )
        return self._areas[name]

    def _fetched_area(self, name: str) -> Area:
        """The area of an Earth Engine asset, which a job writes before anything else can."""
        self.await_area(name)
        geojson, grid = (Path(f"results/{name}/{file}") for file in ("area.geojson", "grid.json"))
        if not grid.exists():
            raise AreaError(f"areas.{name}.asset: is not fetched yet; run `snakemake {grid}` first")
        return Area.read(geojson, grid)

    def area_file(self, wildcards: Any) -> list[str]:
        file = self.config.areas[wildcards.area].file
        return [file] if file else []

    def area_slots(self, wildcards: Any) -> int:
        """Requests to Earth Engine that writing an area has under way at a time."""
        return 1 if self.config.areas[wildcards.area].asset else 0

    def area_request(self, wildcards: Any) -> dict[str, Any]:
        grid = self.config.grid
        return {
            "name": wildcards.area,
            "definition": self.config.areas[wildcards.area].model_dump(exclude_none=True),
            "crs": grid.crs,
            "resolution": grid.resolution,
            "block_size": grid.block,
        }

    def sample_request(self, wildcards: Any) -> dict[str, Any]:
        return self.config.sample.model_dump() | {"recipe": sample.RECIPE}

    # -- scene sets ----------------------------------------------------------------------------

    def catalogue_file(self, wildcards: Any) -> list[str]:
        """The static catalogue on disk that a scene set is searched in, if that is where."""
        catalogue = self.config.scenes[wildcards.source].catalogue
        remote = is_url(catalogue) or preset_of(catalogue) or catalogue == EARTH_ENGINE
        return [] if remote else [catalogue]

    def earthengine_slots(self, wildcards: Any) -> int:
        """Requests to Earth Engine that a job has under way at a time."""
        remote = self.config.scenes[wildcards.source].catalogue == EARTH_ENGINE
        return self.config.earthengine.slots if remote else 0

    def block_memory(self, wildcards: Any) -> int:
        """MB of a block job: the observations of a window, or a tile per Earth Engine slot."""
        return 1500 + 100 * self.earthengine_slots(wildcards)

    def search_request(self, wildcards: Any) -> dict[str, Any]:
        """What is asked of the catalogue: the keywords of `stac.SceneRequest`, and the box."""
        source = self.config.scenes[wildcards.source]
        period = self._period_of(wildcards.source, wildcards.edition)
        start, end = dates(self.config, wildcards.source, period)
        mask = source.mask or SENSORS[source.sensor].default_mask
        left_out = {"window", "mask", "mask_values", "cloud_score"}
        asked = source.model_dump(exclude_none=True, exclude=left_out)
        return asked | {
            "source": wildcards.source,
            "edition": wildcards.edition,
            "start": start.isoformat(),
            "end": end.isoformat(),
            "mask": mask,
            "bounds": list(self.area(wildcards.area).bounds_lonlat()),
        }

    def block_request(self, wildcards: Any) -> dict[str, Any]:
        """What is asked of a block; a changed fingerprint is the only reason to compose again."""
        source = self.config.scenes[wildcards.source]
        area = self.area(wildcards.area)
        mask = source.chosen_mask
        asked = {
            "sensor": source.sensor,
            "mask": [mask.asset, mask.kind.value, list(mask.values)] if mask else None,
            "block": wildcards.block,
        }
        if source.mask == CLOUD_SCORE:
            asked["cloud_score"] = (source.cloud_score or CloudScoreSettings()).model_dump()
        if source.catalogue == EARTH_ENGINE:
            asked["engine"] = f"{EARTH_ENGINE} {EARTH_ENGINE_RECIPE}"
        where = area.grid.to_dict() | {"geometry": area.geometry.wkb_hex}
        return asked | {"fingerprint": fingerprint([scenes.RECIPE, asked, where])}

    def block_files(self, wildcards: Any) -> list[str]:
        folder = f"results/{wildcards.area}/sources/{wildcards.source}/{wildcards.edition}"
        return [f"{folder}/blocks/{block.name}.tif" for block in self.area(wildcards.area).blocks()]

    # -- products ------------------------------------------------------------------------------

    def product_file(self, wildcards: Any) -> str:
        """What is delivered for an edition: the user's own file, or what a rule fetches."""
        origin = self.config.products[wildcards.source].editions[wildcards.edition]
        fetched = {
            CLMS: "delivery.zip",
            IMAGE_SERVICE: "image_service.tif",
            EARTH_ENGINE: "earthengine.tif",
        }.get(origin)
        folder = f"results/{wildcards.area}/sources/{wildcards.source}/{wildcards.edition}"
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

    def map_request(self, wildcards: Any) -> dict[str, Any]:
        """What is exported of a product from Earth Engine, on the product's own pixels."""
        return {
            "product": self.product(wildcards).name,
            "edition": wildcards.edition,
            "recipe": EARTH_ENGINE_RECIPE,
            "area": self._shape(wildcards),
            "optional": self.product_optional(wildcards),
        }

    def _shape(self, wildcards: Any) -> str:
        """An area by its shape: the file it came from may change and keep its name."""
        area = self.area(wildcards.area)
        return fingerprint([area.grid.to_dict(), area.geometry.wkb_hex])

    def map_slots(self, wildcards: Any) -> int:
        return self.config.earthengine.slots

    @cached_property
    def _lock(self) -> Lock:
        return Lock.read(Path(self.config.clms.lock))

    # -- Earth Engine ------------------------------------------------------------------------------

    def earthengine_places(self) -> list[tuple[str, str, str]]:
        """Area, source and edition of all that Earth Engine is asked for."""
        found = {
            (area, source, edition(self.config, source, period))
            for area, period in self._periods()
            for source in _sources(self._nodes[period, layer] for layer in self.config.made)
        }
        return sorted(place for place in found if self._is_of_earthengine(*place[1:]))

    def _is_of_earthengine(self, source: str, wanted: str) -> bool:
        if source in self.config.scenes:
            return self.config.scenes[source].catalogue == EARTH_ENGINE
        return self.config.products[source].editions[wanted] == EARTH_ENGINE

    def scene_list_file(self, wildcards: Any) -> str:
        return f"results/{wildcards.area}/sources/{wildcards.source}/{wildcards.edition}/items.json"

    # -- statistics and layers -----------------------------------------------------------------

    @cached_property
    def _statistics(self) -> dict[str, Node]:
        """The argument of every area statistic the chosen expressions ask for, by its name."""
        return {
            statistic_name(part.argument): part.argument
            for node in self._nodes.values()
            for part in statistics_of(node)
        }

    def statistic_files(self, wildcards: Any) -> list[str]:
        return self._files(wildcards, self._statistics[wildcards.statistic])

    def statistic_recipe(self, wildcards: Any) -> dict[str, Any]:
        node = self._statistics[wildcards.statistic]
        return {"expression": canonical(node), "rasters": self._rasters(wildcards, node)}

    def layer_files(self, wildcards: Any) -> list[str]:
        return self._files(wildcards, self._nodes[wildcards.period, wildcards.layer])

    def layer_statistics(self, wildcards: Any) -> list[str]:
        node = self._nodes[wildcards.period, wildcards.layer]
        return sorted(set(self._statistic_paths(wildcards, node).values()))

    def layer_recipe(self, wildcards: Any) -> dict[str, Any]:
        """The resolved expression of a layer, and the file behind each name in it."""
        node = self._nodes[wildcards.period, wildcards.layer]
        recipe = {
            "method": ", ".join(self._methods(wildcards)),
            "expression": canonical(node),
            "rasters": self._rasters(wildcards, node),
            "statistics": self._statistic_paths(wildcards, node),
        }
        patches = self.config.layers[wildcards.layer].patches
        return recipe | ({"patches": patches} if patches else {})

    def layer_editions(self, wildcards: Any) -> str:
        """Which edition of each of its sources a layer is made from."""
        sources = _sources([self._nodes[wildcards.period, wildcards.layer]])
        taken = [f"{name} {edition(self.config, name, wildcards.period)}" for name in sources]
        return ", ".join(taken)

    def method_recipe(self, wildcards: Any) -> dict[str, Any]:
        """Which method of a chain decides each pixel; codes are places in the layer's `use`."""
        methods, codes = self._methods(wildcards), self.method_names(wildcards)
        node = method_node({code: methods[name] for code, name in codes.items()})
        return {
            "methods": codes,
            "expression": canonical(node),
            "rasters": self._rasters(wildcards, node),
            "statistics": self._statistic_paths(wildcards, node),
        }

    def method_names(self, wildcards: Any) -> dict[int, str]:
        """The methods that make a layer in a period, by their place in its `use`."""
        use, methods = self.config.layers[wildcards.layer].use, self._methods(wildcards)
        return {code: name for code, name in enumerate(use, start=1) if name in methods}

    def method_files(self, wildcards: Any) -> list[str]:
        return sorted(set(self.method_recipe(wildcards)["rasters"].values()))

    def method_statistics(self, wildcards: Any) -> list[str]:
        return sorted(set(self.method_recipe(wildcards)["statistics"].values()))

    def _chained(self) -> Iterator[tuple[str, str, str]]:
        """Area, period and layer wherever several methods make a layer."""
        for area, period in self._periods():
            for layer in self.config.made:
                if len(self._names[period].methods_in_use(layer)) > 1:
                    yield area, period, layer

    def _methods(self, wildcards: Any) -> Mapping[str, Node]:
        """The methods that make a layer in a period, the first of them first."""
        return self._names[wildcards.period].methods_in_use(wildcards.layer)

    def _statistic_paths(self, wildcards: Any, node: Node) -> dict[str, str]:
        folder = f"results/{wildcards.area}/periods/{wildcards.period}/statistics"
        found = [statistic_name(part.argument) for part in statistics_of(node)]
        return {name: f"{folder}/{name}.json" for name in found}

    def _rasters(self, wildcards: Any, node: Node) -> dict[str, str]:
        """The raster behind each leaf name of an expression, in a period of an area."""
        return {name: self._raster(wildcards.area, wildcards.period, name) for name in names(node)}

    def _files(self, wildcards: Any, node: Node) -> list[str]:
        return sorted(set(self._rasters(wildcards, node).values()))

    def _raster(self, area: str, period: str, name: str) -> str:
        if name.startswith(LAYER_PREFIX):
            return _layer_file(area, period, name.removeprefix(LAYER_PREFIX))
        source = name.split(".", maxsplit=1)[0]
        file = "mosaic.vrt" if source in self.config.scenes else "aligned.tif"
        return f"results/{area}/sources/{source}/{edition(self.config, source, period)}/{file}"

    def _period_of(self, source: str, wanted: str) -> str:
        """A period that takes this edition of a source; all that do agree on its dates."""
        return next(
            period
            for period in self.config.periods
            if edition(self.config, source, period) == wanted
        )

    # -- checks, stack, pictures ---------------------------------------------------------------

    def period_layers(self, wildcards: Any) -> list[str]:
        """The layers of a period, in the order of the descriptor table."""
        return [
            _layer_file(wildcards.area, wildcards.period, layer)
            for layer in self.config.known_descriptors
            if layer in self.config.made
        ]

    def own_descriptors(self, wildcards: Any) -> list[dict[str, Any]]:
        """The descriptors that the config adds to the table, for `lccs.descriptor_table`."""
        return self._own_descriptors

    @cached_property
    def _own_descriptors(self) -> list[dict[str, Any]]:
        known = self.config.known_descriptors
        return [known[name].to_dict() for name in self.config.descriptors]

    def made_descriptors(self, wildcards: Any) -> list[dict[str, Any]]:
        """Those of the layers that are made."""
        return self._descriptors_of([], *self.config.made)

    def layer_descriptors(self, wildcards: Any) -> list[dict[str, Any]]:
        """Those of a layer and of the layers it is made from; no other makes it again."""
        node = self._nodes[wildcards.period, wildcards.layer]
        return self._descriptors_of([node], wildcards.layer)

    def statistic_descriptors(self, wildcards: Any) -> list[dict[str, Any]]:
        return self._descriptors_of([self._statistics[wildcards.statistic]])

    def _descriptors_of(self, nodes: Iterable[Node], *layers: str) -> list[dict[str, Any]]:
        named = {name.removeprefix(LAYER_PREFIX) for node in nodes for name in leaves(node)}
        return [own for own in self._own_descriptors if own["name"] in {*layers, *named}]

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
        return [_layer_file(wildcards.area, wildcards.period, layer) for layer in layers]

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
            for source in _sources(self._nodes.values())
            if source in self.config.scenes
            and not SENSORS[self.config.scenes[source].sensor].is_radar
        ]
        if self.config.default_scenes in optical:
            return self.config.default_scenes
        return optical[0] if optical else None

    # -- targets -------------------------------------------------------------------------------

    def _periods(self) -> Iterator[tuple[str, str]]:
        for area in self.config.areas:
            for period in self.config.periods:
                yield area, period

    def _source_targets(self, kinds: Mapping[str, Any]) -> list[str]:
        found = {
            self._raster(area, period, source)
            for area, period in self._periods()
            for source in _sources(self._nodes[period, layer] for layer in self.config.made)
            if source in kinds
        }
        return sorted(found)

    def scene_targets(self, wildcards: Any) -> list[str]:
        return self._source_targets(self.config.scenes)

    def product_targets(self, wildcards: Any) -> list[str]:
        return self._source_targets(self.config.products)

    def layer_targets(self, wildcards: Any) -> list[str]:
        layers = [_layer_file(a, p, x) for a, p in self._periods() for x in self.config.made]
        return layers + [_method_file(*place) for place in self._chained()]

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


def _sources(nodes: Iterable[Node]) -> list[str]:
    """The sources that resolved expressions name; no other is ever asked for."""
    found = {name for node in nodes for name in leaves(node)}
    return sorted({name.split(".")[0] for name in found if not name.startswith(LAYER_PREFIX)})


def _method_file(area: str, period: str, layer: str) -> str:
    return f"results/{area}/periods/{period}/methods/{layer}.tif"


def _layer_file(area: str, period: str, layer: str) -> str:
    return f"results/{area}/periods/{period}/layers/{layer}.tif"


def main() -> None:
    """Print where the results of `config.yaml`, or of the user's files, are."""
    print(Plan.from_files("config.yaml", [Path(path) for path in sys.argv[1:]], {}).summary())


if __name__ == "__main__":
    main()
