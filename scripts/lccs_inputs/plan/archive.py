"""What of a run code and config alone do not make again: files of users, and of services."""

from collections.abc import Iterator
from pathlib import Path

from lccs_inputs.config import Config
from lccs_inputs.facts.origins import FETCHED
from lccs_inputs.imagery.engine import engine_of
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.plan.areas import AreaPlan, outline_of
from lccs_inputs.plan.names import Names
from lccs_inputs.plan.products import ProductPlan
from lccs_inputs.plan.scenes import ScenePlan
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.requests import Place

_YAML = (".yaml", ".yml")


class ArchivePlan:
    """What of a run code and config alone do not make again; of the sample nothing."""

    def __init__(
        self,
        names: Names,
        areas: AreaPlan,
        scenes: ScenePlan,
        products: ProductPlan,
        folders: paths.Folders,
    ) -> None:
        self._names, self._config, self._folders = names, names.config, folders
        self._areas, self._scenes, self._products = areas, scenes, products

    def given(self) -> dict[str, str]:
        """The files and folders of the user's own: the key that names each → its path."""
        named = [*_named(self._config), *self._catalogues(), *self._editions()]
        lock = self._config.clms.lock
        if Path(lock).exists():
            named.append(("clms.lock", lock))
        return {key: path for key, path in named if not path.startswith(paths.SAMPLE_FOLDER)}

    def large(self) -> list[str]:
        """Which of these may be too large to go along: maps made by others."""
        return [key for key, _ in self._editions()]

    def key_files(self) -> list[str]:
        """The files of keys that the config names."""
        services = (self._config.clms, self._config.cdse, self._config.earthengine)
        return [service.key for service in services if service.key]

    def asked(self) -> list[str]:
        """Targets that say what services were asked, and which scenes they named."""
        listed = [
            pattern.format(area=place.area, source=place.source, edition=place.edition)
            for place in self._scene_places()
            for pattern in (paths.FOUND, paths.SCENES, paths.UNREADABLE)
        ]
        unreadable = Path(paths.UNREADABLE).name
        return [
            target
            for target in [*listed, *self._products.requested()]
            if not target.endswith(unreadable) or self._folders.here(target).exists()
        ]

    def fetched(self) -> list[str]:
        """Targets that hold what services delivered, and what was composed of scenes."""
        composed = [
            target
            for place in self._scene_places()
            for target in (*self._scenes.blocks(place), _mosaic(place))
        ]
        return [*composed, *self._products.fetched()]

    def outlines(self) -> list[str]:
        """The outlines of areas that are assets, in the cache."""
        cache = self._config.earthengine.cache
        found = (outline_of(area) for area in self._config.areas.values())
        return [paths.asset_outline(cache, outline) for outline in found if outline]

    def scene_files(self) -> list[str]:
        """The files of scenes that lie on a disk."""
        lists = (
            self._folders.here(
                paths.SCENES.format(area=place.area, source=place.source, edition=place.edition)
            )
            for place in self._scene_places()
            if self._catalogue_files(place.source)
        )
        found = (scene for file in lists for scene in SceneList.read(file).scenes)
        hrefs = {asset.href for scene in found for asset in scene.assets.values()}
        return sorted(href for href in hrefs if "://" not in href)

    def _scene_places(self) -> list[Place]:
        """The editions of scene sets that are made, but for those of the sample."""
        return [
            Place(area=area, source=source, edition=edition)
            for area, source, edition in self._names.editions(self._config.scenes)
            if not self._config.scenes[source].catalogue.startswith(paths.SAMPLE_FOLDER)
        ]

    def _catalogues(self) -> Iterator[tuple[str, str]]:
        for source in dict.fromkeys(place.source for place in self._scene_places()):
            for file in self._catalogue_files(source):
                yield f"scenes.{source}.catalogue", file

    def _catalogue_files(self, source: str) -> list[str]:
        """The files that the catalogue of a scene set is in; none of a service."""
        catalogue = self._config.scenes[source].catalogue
        return engine_of(catalogue).catalogue_files(catalogue)

    def _editions(self) -> Iterator[tuple[str, str]]:
        for _, source, edition in self._names.editions(self._config.products):
            origin = self._config.products[source].editions[edition]
            if origin not in FETCHED:
                yield f"products.{source}.editions.{edition}", origin


def _named(config: Config) -> Iterator[tuple[str, str]]:
    """Areas, reference data, and tables of the user's own."""
    for name, area in config.areas.items():
        if area.file:
            yield f"areas.{name}.file", area.file
    for name, reference in config.reference.items():
        yield f"reference.{name}.file", reference.file
        if reference.classes.endswith(_YAML):
            yield f"reference.{name}.classes", reference.classes
    for legend in config.legend:
        if legend.endswith(_YAML):
            yield f"legend.{Path(legend).stem}", legend


def _mosaic(place: Place) -> str:
    return paths.MOSAIC.format(area=place.area, source=place.source, edition=place.edition)
