"""Exported files as Cloud Storage (JSON API v1) and Drive (API v3) serve them.

Listings come in pages of two, so that a client which reads only the first is found out.
"""

import json
import re
from pathlib import Path

from standins.earthengine.elements import EarthEngineError
from standins.earthengine.faults import Request

_PAGE = 2


def answer(folder: Path, request: Request) -> tuple[bytes, str]:
    """The body and type of an answer.

    Args:
        folder: what the stand-in exports to: drive/<folder>/…, cloud/<bucket>/….
    """
    path = request.path
    if request.method.startswith("storage."):
        bucket, _, name = path.removeprefix("/storage/v1/b/").partition("/o")
        root, name = folder / "cloud" / bucket, name.removeprefix("/")
    else:
        root, name = folder / "drive", path.removeprefix("/drive/v3/files").removeprefix("/")
    if request.method.startswith("storage.") and not root.exists():
        raise EarthEngineError("The specified bucket does not exist.", 404)
    if not name:
        return _listing(root, request), "application/json; charset=UTF-8"
    file = root / name
    if not file.is_file():
        raise EarthEngineError(f"No such object: {name}", 404)
    content = file.read_bytes()
    if request.method.endswith("DELETE"):
        file.unlink()
        return b"", "application/json"
    if request.query.get("alt") != "media":
        raise EarthEngineError("the stand-in serves files with alt=media")
    return content, "image/tiff"


def _listing(root: Path, request: Request) -> bytes:
    files = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.tif"))
    first = int(request.query.get("pageToken", "0"))
    if request.method.startswith("storage."):
        wanted = [name for name in files if name.startswith(request.query.get("prefix", ""))]
        member, entries = "items", [{"name": name} for name in wanted]
    else:
        part = re.fullmatch(r"name contains '(.*)' and trashed = false", request.query["q"])
        if part is None:
            raise EarthEngineError("the stand-in searches by a part of the name only")
        wanted = [name for name in files if part[1] in name.rpartition("/")[2]]
        member = "files"
        entries = [{"id": name, "name": name.rpartition("/")[2]} for name in wanted]
    page: dict[str, object] = {member: entries[first : first + _PAGE]}
    if len(entries) > first + _PAGE:
        page["nextPageToken"] = str(first + _PAGE)
    return json.dumps(page).encode()
