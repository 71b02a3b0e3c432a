"""The configuration as pydantic models: the one truth of its keys, types, defaults and meaning.

The JSON schema and the key table of the documentation are generated from these (`schema.py`).
The sections are in `sections/`. Relations between them (names that must exist, expressions) are
checked in `config/__init__.py`.
"""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

from lccs_inputs.config.files import DEFAULT_PRESET
from lccs_inputs.config.problems import problem
from lccs_inputs.config.sections.checks import CheckSettings
from lccs_inputs.config.sections.descriptors import DescriptorSettings
from lccs_inputs.config.sections.images import ImageEntry
from lccs_inputs.config.sections.layers import LayerSettings
from lccs_inputs.config.sections.places import AreaEntry, GridSettings, Period, SampleSettings
from lccs_inputs.config.sections.products import ProductSettings
from lccs_inputs.config.sections.reference import ReferenceSettings
from lccs_inputs.config.sections.scene_sets import SceneSet
from lccs_inputs.config.sections.section import Section
from lccs_inputs.config.sections.services import (
    CdseSettings,
    ClmsSettings,
    ComposingSettings,
    EarthEngineSettings,
)
from lccs_inputs.config.types import (
    AreaName,
    DescriptorName,
    Expression,
    Flag,
    Identifier,
    LayerName,
    Legends,
    Methods,
    PathName,
    PeriodPair,
    Text,
)
from lccs_inputs.facts.lccs import DESCRIPTORS, Descriptor
from lccs_inputs.words import unknown


class Config(Section):
    """What to make, and from what."""

    preset: Text = DEFAULT_PRESET
    """A file of choices laid over `config.yaml` before your own: `notebook`, `living-earth-2025`,
    `open-data`, `cdse` (all in `presets/`) or the path of one; `default` is `config.yaml` as it
    is."""
    areas: Annotated[dict[AreaName, AreaEntry], Field(min_length=1)]
    """Where: named areas; each is built for every period."""
    grid: GridSettings = GridSettings()
    """The pixel lattice."""
    periods: Annotated[dict[PathName, Period], Field(min_length=1)]
    """When: named periods."""
    sample: SampleSettings = SampleSettings()
    """The embedded sample."""
    scenes: dict[Identifier, SceneSet] = {}
    """Imagery: named scene sets."""
    default_scenes: Annotated[Text | None, Field(validate_default=True)] = None
    """The scene set that a bare band or derived name means; by default the first."""
    true_colour: Flag = True
    """Whether the default scene set, or another that is read, is drawn in true colours too: its
    red, green and blue are read then, whatever the layers need."""
    products: dict[Identifier, ProductSettings] = {}
    """Maps made by others, by name."""
    composing: ComposingSettings = ComposingSettings()
    """How scene sets are composed from files."""
    earthengine: EarthEngineSettings = EarthEngineSettings()
    """How Earth Engine is reached."""
    cdse: CdseSettings = CdseSettings()
    """How the Copernicus Data Space is reached."""
    clms: ClmsSettings = ClmsSettings()
    """How products are requested from the Copernicus Land Monitoring Service."""
    derived: dict[Identifier, Expression] = {}
    """Expressions over the bands of any scene set, written once, for instance ndvi."""
    descriptors: Annotated[dict[DescriptorName, DescriptorSettings], Field(max_length=20)] = {}
    """Descriptors beside those of le_lccs, 20 at most; docs/your-own.md shows one."""
    layers: Annotated[dict[LayerName, LayerSettings], Field(min_length=1)]
    """The descriptors to make, by le_lccs name."""
    use: dict[LayerName, Methods] = {}
    """The method in use of some layers, in place of their own `use`."""
    images: tuple[ImageEntry, ...] = ()
    """Continuous images to make beside the layers, such as ndvi, each with a picture; none by
    default. `make images` makes these, or where none are named those of the notebook."""
    change: tuple[PeriodPair, ...] | None = None
    """Pairs of periods that are compared, the earlier first; by default each with the first that
    begins after it ends. `[]` compares none."""
    confidence: Flag = False
    """Whether a run maps too how sure each layer and level 3 is of its pixels (docs/confidence.md);
    `make confidence` does so whatever this says."""
    legend: Legends = ()
    """Legends of others to make maps in, from level 4: `maes`, `ipcc`, `esa-cci`, `fao`, or the
    path of a file like theirs; docs/your-own.md shows one. None by default."""
    reference: dict[PathName, ReferenceSettings] = {}
    """Reference data, by name; `make accuracy` tells by them how right the maps are, and so does a
    run that has some."""
    checks: CheckSettings = CheckSettings()
    """The data checks that gate the stack."""

    @field_validator("default_scenes")
    @classmethod
    def _first_scenes(cls, name: str | None, info: ValidationInfo) -> str | None:
        return name if name is not None else next(iter(info.data.get("scenes", {})), None)

    @field_validator("products")
    @classmethod
    def _change_of_known(cls, products: dict[str, ProductSettings]) -> dict[str, ProductSettings]:
        for name, product in products.items():
            if product.change and product.change.of not in products:
                fault = unknown(product.change.of, "a product", products)
                raise problem(f"{name}.change.of: {fault}")
        return products

    @field_validator("change")
    @classmethod
    def _of_known_periods(
        cls, pairs: tuple[tuple[str, str], ...] | None, info: ValidationInfo
    ) -> tuple[tuple[str, str], ...] | None:
        periods: dict[str, Period] = info.data.get("periods", {})
        for earlier, later in (pairs or ()) if periods else ():
            for name in {earlier, later} - periods.keys():
                raise problem(unknown(name, "a period", periods))
            if periods[earlier].start >= periods[later].start:
                raise problem(f"{earlier} does not begin before {later}; name the earlier first")
        return pairs

    @property
    def known_descriptors(self) -> dict[str, Descriptor]:
        """Those of le_lccs, then the config's own, by name: the order of the stack."""
        own = {name: settings.descriptor(name) for name, settings in self.descriptors.items()}
        return {**DESCRIPTORS, **own}

    @property
    def services(self) -> dict[str, Any]:
        """How services are reached: for scripts, and no reason to run a job again."""
        names = ("clms", "earthengine", "composing", "cdse")
        return {name: getattr(self, name).model_dump() for name in names}

    @property
    def caches(self) -> tuple[Path, ...]:
        """The folders of what services delivered, in which jobs unpack."""
        return Path(self.clms.cache), Path(self.cdse.cache)

    @property
    def made(self) -> tuple[str, ...]:
        """The layers that are made."""
        return tuple(name for name, layer in self.layers.items() if layer.is_made)
