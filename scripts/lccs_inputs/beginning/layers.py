"""Which methods of which layers can be had of the sources that there are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lccs_inputs.config import Config, namespace
from lccs_inputs.config.sections.products import ProductSettings
from lccs_inputs.expressions import names, parse
from lccs_inputs.expressions.namespace import LayerText, leaves
from lccs_inputs.facts.earthengine import CATALOGUE as EARTH_ENGINE
from lccs_inputs.facts.lccs import DESCRIPTORS, LAYER_PREFIX, Kind

WORLD_COVER = "world_cover"

CHOICES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "artific_urb_cat": (("imperviousness",), ("sealed",), ("world_cover",), ("ndvi_ndbi",),
                        ("l8_ndvi_ndbi",)),
    "vegetat_veg_cat": (("ndvi_max",), ("l8_ndvi_max",)),
    "aquatic_wat_cat": (("wetness_crops", "water_wetness_snow", "water_wetness"),
                        ("world_cover",), ("ndwi",), ("l8_ndwi",)),
    "cultman_agr_cat": (("crop_types",), ("eucropmap",), ("world_cover",), ("ndvi_season",),
                        ("ndvi_amplitude",), ("l8_ndvi_amplitude",)),
    "lifeform_veg_cat": (("tree_cover",), ("trees_or_not",), ("land_cover",), ("world_cover",)),
    "canopyco_veg_con": (("trees_fvc",), ("l8_trees_fvc",), ("tree_cover_density",)),
    "leaftype_veg_cat": (("dominant_leaf_type",), ("forest_type",), ("land_cover",)),
}  # fmt: skip
"""Layer → its methods, the best first: the first that is made for all of a place ends the chain.

Those in brackets are taken together: the later fill what the earlier leave open. Maps come before
indices, and those of Europe before those of the world.
"""

MINUS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "vegetat_veg_cat": (("open_water", "l8.open_water"), ("artific_urb_cat",)),
    "aquatic_wat_cat": (("artific_urb_cat and not is_nodata(artific_urb_cat)",),),
    "cultman_agr_cat": (
        ("not vegetat_veg_cat",),
        ("woody and not permanent_crops", "woody", "world_cover == 10"),
    ),
}
"""Layer → what is taken away; of each in brackets the first that can be had."""

_ALONE = "alone"  # an expression by itself, as a layer or a method
_OF_SEASONS = {"ndvi_season", "ndvi_amplitude", "l8_ndvi_amplitude"}
_NOT_OF_SEASONS = "grassland == 1"  # meadows that are cut answer as fields do

CAUTIONS: Mapping[str, str] = {
    **dict.fromkeys(("ndvi_ndbi", "l8_ndvi_ndbi"), "finds the barest of what is built, and rock"),
    **dict.fromkeys(("ndwi", "l8_ndwi"), "finds open water, neither wetland nor rice"),
    **dict.fromkeys(
        ("ndvi_amplitude", "l8_ndvi_amplitude"), "is no better than chance on Mediterranean fields"
    ),
    "ndvi_season": "takes some dry and fallow land for fields",
    "world_cover": "takes one class of a map of the world; unvalidated",
}
"""Method → what is to be known of it; docs/methods.md says more."""

_STAND_INS = {"wetness_crops": "wetness_crops_no_ice"}
"""Method → one that does with less, and is taken where it itself cannot be had."""

_EXTRA_METHODS = {
    "artific_urb_cat": {"world_cover": f"{WORLD_COVER} == 50"},
    "aquatic_wat_cat": {
        "wetness_crops_no_ice": "sea or rice or water_wetness in {1, 2, 3, 4} and not other_crop "
        "and not (woody and not wetland)",
        "world_cover": f"{WORLD_COVER} in {{80, 90, 95}} or surface_water >= 20",
    },
    "cultman_agr_cat": {"world_cover": f"{WORLD_COVER} == 40"},
    "lifeform_veg_cat": {
        "trees_or_not": "where(vegetat_veg_cat, where(woody, 1, 2), 0)",
        "world_cover": f"where(vegetat_veg_cat, where({WORLD_COVER} in {{10, 20, 95}}, 1, 2), 0)",
    },
}
"""Methods that `config.yaml` has no use for: its sample has every map."""

_LESS = {
    frozenset({"crop_types"}): {
        "rice": "crop_types == 1140",
        "other_crop": "crop_types not in {0, 1140}",
    },
    frozenset({"crop_map"}): {
        "rice": "crop_map == 217",
        "other_crop": "211 <= crop_map <= 290 and crop_map != 217",
    },
}
"""What derived sources are without one of the two maps of crops, by the one that is there."""


@dataclass(frozen=True)
class Chosen:
    """How the layers of a first config are made.

    Attributes:
        layers: the section of the config.
        derived: what is to be said anew of derived sources.
        sources: scene sets and products that these name.
        missed: sources that a better method of one of the layers would take.
    """

    layers: Mapping[str, Mapping[str, Any]]
    derived: Mapping[str, str]
    sources: frozenset[str]
    missed: frozenset[str]

    @property
    def lacking(self) -> list[str]:
        """The layers that nothing can make."""
        return [name for name in CHOICES if name not in self.layers]


class LayerChoice:
    """Chooses among the methods of a base config, and some more.

    Args:
        base: `config.yaml`.
        whole: of each source that there is, whether it is there for all of a place.
    """

    def __init__(self, base: Config, whole: Mapping[str, bool]) -> None:
        crops = frozenset({"crop_types", "crop_map"} & whole.keys())
        self._anew = _LESS.get(crops, {})
        self._config = _with_more(base, self._anew)
        self._names = namespace(self._config, next(iter(self._config.periods)))
        self._whole, self._missed = whole, set[str]()

    def choose(self) -> Chosen:
        """The layers that can be made, in the order of the descriptor table."""
        made = {layer: use for layer in CHOICES if (use := self._chain(layer))}
        layers = {name: self._layer(name, made[name]) for name in DESCRIPTORS if name in made}
        said = [(name, t) for name, each in layers.items() for t in each["methods"].values()]
        taken = [text for each in layers.values() for text in each.get("minus", ())]
        sources = frozenset[str]().union(
            *(self._needs(name, text) for name, text in said),
            *(self._condition_needs(text) for text in taken),
        )
        words = self._words([*(text for _, text in said), *taken])
        derived = {name: text for name, text in self._anew.items() if name in words}
        return Chosen(layers, derived, sources, frozenset(self._missed))

    def _chain(self, layer: str) -> list[str]:
        """The methods of a layer, up to the first that is made for all of the place."""
        use: list[str] = []
        for together in CHOICES[layer]:
            able = {}
            for method in together:
                for name in (method, *filter(None, [_STAND_INS.get(method)])):
                    needed = self._needs(layer, self._text(layer, name))
                    if needed <= self._whole.keys():
                        able[name] = all(self._whole[source] for source in needed)
                        break
                    self._missed |= needed - self._whole.keys()
            use += able
            if able and list(able.values())[-1]:
                break
        return use

    def _layer(self, layer: str, use: Sequence[str]) -> dict[str, Any]:
        """A layer as the config says it."""
        minus = []
        for alternatives in MINUS.get(layer, ()):
            able = [text for text in alternatives if self._can_be_had(text)]
            minus += able[:1]
        if {*use} & _OF_SEASONS and self._can_be_had(_NOT_OF_SEASONS):
            minus.append(_NOT_OF_SEASONS)
        methods = {method: self._text(layer, method) for method in use}
        said = {"use": use[0] if len(use) == 1 else list(use), "methods": methods}
        return said | ({"minus": minus} if minus else {})

    def _text(self, layer: str, method: str) -> str:
        return self._config.layers[layer].methods[method]

    def _can_be_had(self, condition: str) -> bool:
        return self._condition_needs(condition) <= self._whole.keys()

    def _condition_needs(self, condition: str) -> frozenset[str]:
        return self._needs("", condition)

    def _needs(self, layer: str, text: str) -> frozenset[str]:
        """The sources of an expression: a method of a layer, or without one a condition."""
        kind = DESCRIPTORS[layer].kind if layer else Kind.BINARY
        alone = LayerText((_ALONE,), {_ALONE: text}, (), kind)
        known = replace(self._names, layers={**self._names.layers, _ALONE: alone})
        return frozenset(
            name.partition(".")[0]
            for name in leaves(known.resolve_layer(_ALONE))
            if not name.startswith(LAYER_PREFIX)
        )

    def _words(self, texts: Collection[str]) -> set[str]:
        """The derived sources that expressions name, and those that these name."""
        found: set[str] = set()
        waiting = list(texts)
        while waiting:
            named = {name.rpartition(".")[2] for name in names(parse("", waiting.pop()))}
            more = (named & self._config.derived.keys()) - found
            found |= more
            waiting += [self._config.derived[name] for name in more]
        return found


def _with_more(base: Config, derived: Mapping[str, str]) -> Config:
    """A base config that has every source and method of `CHOICES`."""
    cover = ProductSettings(product="WORLDCOVER", editions={"2020": EARTH_ENGINE})
    layers = {
        name: base.layers[name].model_copy(
            update={"methods": {**base.layers[name].methods, **more}}
        )
        for name, more in _EXTRA_METHODS.items()
    }
    more = {
        "products": {**base.products, WORLD_COVER: cover},
        "derived": {**base.derived, **derived},
        "layers": {**base.layers, **layers},
    }
    return base.model_copy(update=more)
