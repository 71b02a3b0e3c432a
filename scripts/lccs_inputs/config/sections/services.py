"""How the services are reached that imagery and products come from."""

from typing import Annotated

from pydantic import Field, Strict, ValidationInfo, field_validator

from lccs_inputs.config.problems import Expected, OneOf, problem
from lccs_inputs.config.sections.section import Section
from lccs_inputs.config.types import AssetFolder, FilePath, InputPath, Positive, Share, Text
from lccs_inputs.facts.earthengine import ASSET, CLOUD_STORAGE, DRIVE, NEVER

_Connections = Annotated[int, Strict(), Field(ge=1, le=32), Expected("a whole number, 1 to 32")]


class ComposingSettings(Section):
    """How the blocks of scene sets are composed from files; none of it changes a pixel."""

    memory: Annotated[int, Strict(), Field(ge=100), Expected("a whole number, 100 or more")] = 600
    """What a job keeps in memory, MiB: observations and what its threads work on; observations
    beyond lie on disk beside the block while it is composed. A job takes at most 900 MB more."""
    connections: _Connections = 8
    """Requests to an archive that a job has under way at a time; the profile's `http_slots` limits
    all jobs together."""
    cache: FilePath = ".cache/imagery"
    """Folder of what was read of remote imagery, so that another area, period or clone of the
    project, or another user of a group, reads only what is new; `make clean-imagery` removes it."""
    cache_gb: Annotated[
        float, Strict(), Field(ge=0, le=1e6), Expected("a number of GB, 0 to 1,000,000")
    ] = 50
    """How large that folder may grow, GB, and no larger than half of the room on its disk; what was
    not used for longest goes first. 0 keeps nothing; a job warns where there is no room to keep
    anything, and goes on."""


class ClmsSettings(Section):
    """The Copernicus Land Monitoring Service, for editions that say `clms`."""

    key: FilePath | None = None
    """Path of the service key; by default that in the environment variable CLMS_KEY."""
    lock: FilePath = "products.lock.json"
    """The file that pins products, those of CLMS to their ids, those of the Copernicus Data Space
    to their tiles; `make offers-lock` writes it."""
    cache: FilePath = ".cache/clms"
    """Folder of tasks and downloads; areas, periods, clones of the project and the users of a group
    can share it."""
    deadline_hours: Positive = 72
    """How long a task is waited for, hours; the next run goes on waiting for the same one."""
    poll_seconds: Positive = 10
    """Shortest time between two looks at the tasks, seconds; it grows with their age."""
    url: Text = "https://land.copernicus.eu"
    """The address of the service."""
    image_service: Text = "https://image.discomap.eea.europa.eu/arcgis/rest/services/GioLandPublic"
    """The address of the public image service."""
    image_service_km2: Positive = 2500
    """Largest box exported from the image service, km²."""


class CdseSettings(Section):
    """The Copernicus Data Space Ecosystem, for scene sets whose catalogue is `cdse`, and editions
    of products that say so."""

    key: FilePath | None = None
    """Path of a JSON file of S3 keys; by default that in the environment variable CDSE_KEY, or the
    keys in CDSE_S3_ACCESS_KEY and CDSE_S3_SECRET_KEY."""
    connections: _Connections = 4
    """Requests that a job has under way at a time; the profile's `cdse_slots` limits all jobs
    together, to the four of an account."""
    cache: FilePath = ".cache/cdse"
    """Folder of what was cut out of products; areas, periods, clones of the project and the users
    of a group can share it."""
    catalogue: Text = "https://stac.dataspace.copernicus.eu/v1"
    """The address of the catalogue."""
    url: Text = "https://eodata.dataspace.copernicus.eu"
    """The address of the store."""


class EarthEngineBatch(Section):
    """Exports in batch, for tiles that interactive requests cannot compute, not even in parts."""

    to: Annotated[str, OneOf("a destination", (ASSET, DRIVE, CLOUD_STORAGE, NEVER))] = ASSET
    """Where the tiles are staged, and removed once they are fetched: an asset, Google Drive, Cloud
    Storage; or `never`, and such a tile ends the run. A service account has a Drive of its own,
    without room in it: `drive` is for the account of a person."""
    asset_root: AssetFolder | None = None
    """The folder of assets; projects/PROJECT/assets/lccs-inputs by default. It is made if need
    be."""
    folder: Text = "lccs-inputs"
    """The folder of Google Drive."""
    bucket: Annotated[Text | None, Field(validate_default=True)] = None
    """The bucket of Cloud Storage."""
    deadline_hours: Positive = 24
    """How long a job waits for its exports, hours; the next run goes on waiting for the same."""
    poll_seconds: Positive = 10
    """Shortest time between two looks at an export, seconds; it grows with time."""

    @field_validator("bucket")
    @classmethod
    def _named(cls, bucket: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("to") == CLOUD_STORAGE and bucket is None:
            raise problem("is needed with `to: cloud_storage`; name a bucket you may write to")
        return bucket


class EarthEngineSettings(Section):
    """Google Earth Engine, for scene sets whose catalogue is `earthengine`, editions that say so,
    and areas that are assets."""

    project: Text | None = None
    """Id of a Google Cloud project that is registered for Earth Engine."""
    key: FilePath | None = None
    """JSON key of a service account; by default the account of the user or the machine."""
    slots: Annotated[int, Strict(), Field(ge=1, le=40), Expected("a whole number, 1 to 40")] = 8
    """Requests a job has under way at a time; the profile's `ee_slots` limits all jobs together."""
    cache: InputPath = ".cache/earthengine"
    """Folder of exported tiles, which clones of the project can share: no quota is spent twice."""
    tag: Text = "lccs-inputs"
    """First part of the workload tag of every request; source and edition follow. The Cloud console
    breaks the use of compute down by it."""
    tier: Annotated[str, OneOf("a quota tier", ("community", "contributor", "partner"))] = (
        "community"
    )
    """Quota tier of the project, for `make plan`: 150, 1,000 or 100,000 EECU-hours a month."""
    share: Share = 0.5
    """The largest share of the month's quota that `make plan` lets a run take."""
    batch: EarthEngineBatch = EarthEngineBatch()
    """What is done about tiles that are too much for interactive requests."""
    url: Text | None = None
    """Another endpoint than the standard one."""
