"""How batch exports are set up, without the weight of the client: the config reads this too."""

from dataclasses import dataclass

ASSET, DRIVE, CLOUD_STORAGE, NEVER = "asset", "drive", "cloud_storage", "never"
"""Where batch exports may go, if anywhere."""


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

    to: str = ASSET
    asset_root: str | None = None
    folder: str = "lccs-inputs"
    bucket: str | None = None
    deadline_hours: float = 24
    poll_seconds: float = 10
