"""Scene sets: what is searched, composed and mosaicked."""

from typing import Any

from lccs_inputs.config import dates
from lccs_inputs.config.sections.scene_sets import CloudScoreSettings
from lccs_inputs.facts.catalogues import is_url, preset_of
from lccs_inputs.facts.earthengine import CATALOGUE as EARTH_ENGINE
from lccs_inputs.facts.earthengine import CLOUD_SCORE
from lccs_inputs.facts.earthengine import RECIPE as EARTH_ENGINE_RECIPE
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.files import fingerprint
from lccs_inputs.imagery import scenes
from lccs_inputs.plan.areas import AreaPlan
from lccs_inputs.plan.names import source_folder


class ScenePlan(AreaPlan):
    """Scene sets: what is searched, composed and mosaicked."""

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
        asked = {
            "sensor": source.sensor,
            **self.mask_request(wildcards),
            "block": wildcards.block,
        }
        if source.catalogue == EARTH_ENGINE:
            asked["engine"] = f"{EARTH_ENGINE} {EARTH_ENGINE_RECIPE}"
        where = area.grid.to_dict() | {"geometry": area.geometry.wkb_hex}
        return asked | {"fingerprint": fingerprint([scenes.RECIPE, asked, where])}

    def mask_request(self, wildcards: Any) -> dict[str, Any]:
        """How the pixels of a scene are masked; `earthengine.collections.scene_mask` reads it."""
        source = self.config.scenes[wildcards.source]
        mask = source.chosen_mask
        asked: dict[str, Any] = {
            "mask": [mask.asset, mask.kind.value, list(mask.values)] if mask else None
        }
        if source.mask == CLOUD_SCORE:
            asked[CLOUD_SCORE] = (source.cloud_score or CloudScoreSettings()).model_dump()
        return asked

    def block_files(self, wildcards: Any) -> list[str]:
        folder = source_folder(wildcards.area, wildcards.source, wildcards.edition)
        return [f"{folder}/blocks/{block.name}.tif" for block in self.area(wildcards.area).blocks()]

    def scene_list_file(self, wildcards: Any) -> str:
        folder = source_folder(wildcards.area, wildcards.source, wildcards.edition)
        return f"{folder}/items.json"
