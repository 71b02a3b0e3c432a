"""What is asked of an engine: the scenes of a scene set, and the pixels of a block."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class SceneRequest:
    """What a scene set asks of its catalogue, for one edition.

    Attributes:
        source: the scene set's name in the config, `scenes.<source>`.
        sensor: a key of `SENSORS`.
        catalogue: preset name, STAC API URL, or path of a static catalogue.
        start, end: inclusive dates, UTC, ISO 8601.
        mask: a key of the sensor's masks, or "none".
        collections: in order of preference; empty for the usual ones.
        sign: one of `catalogues.SIGNERS`; empty for what the preset needs.
        cloud_max: percent of the scene; scenes that do not say their cloud cover are kept.
        platforms: accepted platforms, any spelling; empty for those of the sensor.
        tier1_only: Landsat: only the scenes of the best geometric quality.
        saturated_max: percent of the scene; None for no limit. Sentinel-2 only.
        boa_offset: whether Sentinel-2 numbers have lost the offset of baseline 04.00: `auto`
            as the item says, `applied` (offset 0), `pending` (offset −0.1).
        orbit_pass: `ascending`, `descending` or `both`. Sentinel-1 only.
    """

    source: str
    edition: str
    sensor: str
    catalogue: str
    start: str
    end: str
    mask: str
    collections: Sequence[str] = ()
    sign: str = ""
    cloud_max: float = 100
    platforms: Sequence[str] = ()
    tier1_only: bool = True
    saturated_max: float | None = None
    boa_offset: str = "auto"
    orbit_pass: str = "both"
