"""Results in forms of other programs: which there are, and what each holds."""

from typing import Any

from lccs_inputs.facts.images import TRUE_COLOUR_LIMITS
from lccs_inputs.plan.written import WrittenPlan
from lccs_inputs.workflow import paths
from lccs_inputs.workflow.requests import Wildcards, of_period
from lccs_inputs.workflow.requests.formats import FormatRequest


class FormatPlan(WrittenPlan):
    """Results in forms of other programs: which there are, and what each holds.

    Of images those that the config names, as the description of a period has it.
    """

    def qgis_targets(self) -> list[str]:
        return self._names.of_each_period(paths.PROJECT, *self.styles)

    def zarr_targets(self) -> list[str]:
        return self._names.of_each_period(paths.CUBE)

    @property
    def styles(self) -> list[str]:
        """The style files of every period: of layers, maps of land cover and images."""
        rasters = [paths.LAYER.replace("{layer}", name) for name in self._config.made]
        rasters += [paths.LEVEL3, paths.LEVEL4] if self._results.has_level3 else []
        rasters += [paths.LEGEND_MAP.replace("{legend}", name) for name in self._legends.legends]
        rasters += [
            paths.IMAGE.replace("{image}", image["name"]) for image in self._provenance.plain_images
        ]
        return [paths.style_file(raster) for raster in rasters]

    def files(self, wildcards: Wildcards) -> dict[str, str | list[str]]:
        """The rasters of a period, by the names of inputs."""
        results = self._results
        return {
            "layers": results.layers(wildcards),
            "methods": self._provenance.method_maps(wildcards),
            "level3": results.level3(wildcards),
            "level4": results.level4(wildcards)[:1],
            "legends": self._legends.of_period(wildcards),
            "validity": of_period(wildcards, [paths.VALIDITY]),
            "coherence": results.coherence(wildcards),
            "images": self._provenance.images(wildcards),
            "mosaic": results.true_colour(wildcards),
            "lists": results.true_colour_lists(wildcards),
        }

    def request(self, wildcards: Wildcards) -> dict[str, Any]:
        period, drawn = self._config.periods[wildcards.period], self._names.true_colour_set
        return FormatRequest(
            descriptors=self._layers.made_descriptors(),
            images=self._provenance.plain_images,
            legends=self._legends.plain,
            methods=self._layers.coded_methods(wildcards.period),
            start=period.start.isoformat(),
            end=period.end.isoformat(),
            true_colours=TRUE_COLOUR_LIMITS[self._config.scenes[drawn].sensor] if drawn else (),
        ).to_dict()
