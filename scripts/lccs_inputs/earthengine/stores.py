"""Where batch exports leave files: Cloud Storage and Drive, as far as fetching them goes.

Sources: Cloud Storage JSON API v1 (objects.list, objects.get, objects.delete); Drive API v3
(files.list, files.get, files.delete).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import ee
from googleapiclient.errors import HttpError

from lccs_inputs.earthengine.errors import status_of
from lccs_inputs.earthengine.signin import Session
from lccs_inputs.errors import SourceError

_STORAGE_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_DRIVE_SCOPE = "https://www.googleapis.com/auth/drive"


@dataclass(frozen=True)
class StoredFile:
    """A file of a store: what it is asked for by, and what it is called."""

    id: str
    name: str


class Store(Protocol):
    """A place for exported files. What talks to it raises SourceError."""

    @property
    def where(self) -> str:
        """The place in words."""

    def task(self, image: Any, name: str, options: Mapping[str, Any]) -> ee.batch.Task:
        """An export, not started, to files whose names begin with `name`."""

    def files(self, name: str) -> list[StoredFile]:
        """The files whose names begin with `name`, by name."""

    def read(self, file: StoredFile) -> bytes: ...

    def delete(self, file: StoredFile) -> None:
        """Remove a file; one that is gone already is no error."""


class CloudStorage:
    """A bucket of Cloud Storage; files lie below lccs-inputs/."""

    _FOLDER = "lccs-inputs/"

    def __init__(self, session: Session, bucket: str) -> None:
        self._bucket = bucket
        self._service = _Service(session, "https://storage.googleapis.com", _STORAGE_SCOPE)
        self._objects = f"/storage/v1/b/{quote(bucket, safe='')}/o"

    @property
    def where(self) -> str:
        return f"gs://{self._bucket}/{self._FOLDER}"

    def task(self, image: Any, name: str, options: Mapping[str, Any]) -> ee.batch.Task:
        prefix = self._FOLDER + name
        return ee.batch.Export.image.toCloudStorage(
            image, name, self._bucket, prefix, fileFormat="GeoTIFF", **options
        )

    def files(self, name: str) -> list[StoredFile]:
        prefix = self._FOLDER + name
        found = self._service.pages(self._objects, "items", prefix=prefix)
        return [StoredFile(each["name"], each["name"]) for each in found]

    def read(self, file: StoredFile) -> bytes:
        return self._service.call("GET", self._path(file), alt="media")

    def delete(self, file: StoredFile) -> None:
        self._service.delete(self._path(file))

    def _path(self, file: StoredFile) -> str:
        return f"{self._objects}/{quote(file.id, safe='')}"


class Drive:
    """A folder of the account's own Google Drive; it appears with the first export."""

    def __init__(self, session: Session, folder: str) -> None:
        self._folder = folder
        self._service = _Service(session, "https://www.googleapis.com", _DRIVE_SCOPE)

    @property
    def where(self) -> str:
        return f"the folder {self._folder} of Google Drive"

    def task(self, image: Any, name: str, options: Mapping[str, Any]) -> ee.batch.Task:
        return ee.batch.Export.image.toDrive(
            image, name, self._folder, name, fileFormat="GeoTIFF", **options
        )

    def files(self, name: str) -> list[StoredFile]:
        query = f"name contains '{name}' and trashed = false"
        fields = "nextPageToken, files(id, name)"
        found = self._service.pages("/drive/v3/files", "files", q=query, fields=fields)
        files = [StoredFile(each["id"], each["name"]) for each in found]
        return sorted((f for f in files if f.name.startswith(name)), key=lambda file: file.name)

    def read(self, file: StoredFile) -> bytes:
        return self._service.call("GET", f"/drive/v3/files/{file.id}", alt="media")

    def delete(self, file: StoredFile) -> None:
        self._service.delete(f"/drive/v3/files/{file.id}")


class _Service:
    """JSON over HTTP, tried again as requests to Earth Engine are."""

    def __init__(self, session: Session, host: str, scope: str) -> None:
        self._session = session
        self._host = session.account.url if session.account.is_local else host
        self._http = session.authorised(scope)

    def call(self, verb: str, path: str, **query: str) -> bytes:
        uri = f"{self._host}{path}" + (f"?{urlencode(query)}" if query else "")

        def ask() -> bytes:
            answer, content = self._http.request(uri, verb)
            if answer.status >= 400:
                raise HttpError(answer, content, uri)
            return bytes(content)

        return self._session.persist(ask)

    def pages(self, path: str, member: str, **query: str) -> list[dict[str, Any]]:
        """All that a listing holds, page by page."""
        found: list[dict[str, Any]] = []
        while True:
            page = json.loads(self.call("GET", path, **query))
            found += page.get(member, [])
            if "nextPageToken" not in page:
                return found
            query["pageToken"] = page["nextPageToken"]

    def delete(self, path: str) -> None:
        try:
            self.call("DELETE", path)
        except SourceError as error:
            if status_of(error) != 404:
                raise
