"""The discovery document: the methods of the Earth Engine API that the client is built from.

The client ships one for its own tests, of an older version of the API; these are the methods in
use, as the service words them.
"""

from typing import Any

Document = dict[str, Any]

_PAGE = {
    "id": "page",
    "type": "object",
    "properties": {"nextPageToken": {"type": "string"}},
}  # without it the client makes no method for the next page


def document(url: str) -> Document:
    """Of a service at `url`."""
    assets = {
        "get": _method("assets.get", "GET", "{+name}", "name"),
        "create": _method("assets.create", "POST", "{+parent}/assets", "parent", "assetId"),
        "delete": _method("assets.delete", "DELETE", "{+name}", "name"),
        "getPixels": _method("assets.getPixels", "POST", "{+name}:getPixels", "name"),
        "listAssets": _method(
            "assets.listAssets", "GET", "{+parent}:listAssets", "parent", "pageSize", "pageToken",
            "filter", "view",
        ),
    }  # fmt: skip
    operations = {
        "get": _method("operations.get", "GET", "{+name}", "name"),
        "list": _method(
            "operations.list", "GET", "{+name}/operations", "name", "pageSize", "pageToken"
        ),
        "cancel": _method("operations.cancel", "POST", "{+name}:cancel", "name"),
    }
    image = {
        "computePixels": _method("image.computePixels", "POST", "{+project}/image:computePixels"),
        "export": _method("image.export", "POST", "{+project}/image:export"),
    }
    thumbnails = {
        "create": _method("thumbnails.create", "POST", "{+parent}/thumbnails", "parent",
                          "workloadTag"),
        "getPixels": _method("thumbnails.getPixels", "GET", "{+name}:getPixels", "name"),
    }  # fmt: skip
    resources = {
        "algorithms": {"list": _method("algorithms.list", "GET", "{+project}/algorithms")},
        "assets": assets,
        "image": image,
        "operations": operations,
        "thumbnails": thumbnails,
        "value": {"compute": _method("value.compute", "POST", "{+project}/value:compute")},
    }
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": "earthengine:v1",
        "name": "earthengine",
        "version": "v1",
        "title": "Google Earth Engine API",
        "protocol": "rest",
        "rootUrl": f"{url}/",
        "baseUrl": f"{url}/",
        "servicePath": "",
        "basePath": "",
        "batchPath": "batch",
        "fullyEncodeReservedExpansion": True,
        "parameters": {name: _query() for name in ("alt", "fields", "key", "prettyPrint")},
        "schemas": {"any": {"id": "any", "type": "any"}, "page": _PAGE},
        "resources": {
            "projects": {
                "methods": {
                    "listAssets": _method(
                        "listAssets", "GET", "{+parent}:listAssets", "parent", "pageSize",
                        "pageToken",
                    )
                },
                "resources": {name: {"methods": methods} for name, methods in resources.items()},
            }
        },
    }  # fmt: skip


def _method(name: str, verb: str, path: str, target: str = "project", *query: str) -> Document:
    required = {"type": "string", "required": True, "location": "path"}
    method: Document = {
        "id": f"earthengine.projects.{name}",
        "httpMethod": verb,
        "path": f"v1/{path}",
        "parameterOrder": [target],
        "parameters": {target: required, **{each: _query() for each in query}},
        "response": {"$ref": "page" if "pageToken" in query else "any"},
    }
    return method | ({"request": {"$ref": "any"}} if verb == "POST" else {})


def _query() -> Document:
    return {"type": "string", "location": "query"}
