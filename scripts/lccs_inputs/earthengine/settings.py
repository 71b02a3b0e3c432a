"""How exports in batch are set up."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BatchSettings:
    """How exports in batch run; none of it changes a pixel. As `earthengine.batch` of the config.

    Attributes:
        to: ASSET, DRIVE or CLOUD_STORAGE.
        asset_root: folder of assets; None for lccs-inputs in the project.
        folder: of Drive.
        bucket: of Cloud Storage.
        deadline_hours: how long a job waits for its tasks.
        poll_seconds: the shortest time between two looks at a task.
    """

    to: str
    asset_root: str | None
    folder: str
    bucket: str | None
    deadline_hours: float
    poll_seconds: float
