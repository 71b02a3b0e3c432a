"""The routes of the portal's API: what each answers, and to whom."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from standins.clms.accounts import UNAUTHORISED, Accounts, RefusedError
from standins.clms.catalogue import Catalogue, Dataset
from standins.clms.tasks import Tasks
from standins.clms.validation import CONVERSIONS, PROJECTIONS, refuse, validate

Query = Mapping[str, list[str]]
_BATCH = 25
_SUMMARY = ("@id", "@type", "description", "image_field", "review_state", "title")
_CART = (
    "UID",
    "title",
    "dataset_download_information",
    "downloadable_files",
    "original_projection",
)
_PUBLIC = {"GET @search", "GET @datasets_by_uid", "GET @mapviewer"}


@dataclass
class Call:
    """One request to the API, once its fault has been taken."""

    method: str
    route: str
    query: Query
    body: Any
    authorization: str | None
    fault: str = ""

    def one(self, name: str) -> str | None:
        return self.query.get(name, [None])[0]


class Api:
    """Answers calls with a status and a JSON document (None: no content)."""

    def __init__(self, url: str, accounts: Accounts, catalogue: Catalogue, tasks: Tasks) -> None:
        self.url, self.accounts, self.catalogue, self.tasks = url, accounts, catalogue, tasks
        self._routes: dict[str, Callable[[Call, str], tuple[int, Any]]] = {
            "GET @search": self._search,
            "GET @datasets_by_uid": self._by_uid,
            "GET @mapviewer": self._mapviewer,
            "GET @projections": lambda call, user: (200, list(PROJECTIONS)),
            "GET @format_conversion_table": lambda call, user: (200, CONVERSIONS),
            "GET @nuts_name": self._nuts_names,
            "GET @get-download-file-urls": self._file_urls,
            "POST @datarequest_post": self._post,
            "GET @datarequest_search": lambda call, user: (
                200,
                self.tasks.search(user, call.one("status")),
            ),
            "GET @datarequest_status_get": lambda call, user: (
                200,
                self.tasks.status(call.one("TaskID")),
            ),
            "DELETE @datarequest_delete": self._delete,
            "GET @datarequest_inspect": self._manager,
            "PATCH @datarequest_status_patch": self._manager,
            "DELETE @delete_data": self._manager,
        }

    def answer(self, call: Call) -> tuple[int, Any]:
        """Status and document of what `call` asks for."""
        name = f"{call.method} {call.route}"
        try:
            if call.route == "@@oauth2-token":
                return self._token(call)
            user = self.accounts.user_of(call.authorization)
            if name not in self._routes:
                return 404, {"type": "NotFound", "message": f"Resource not found: {call.route}"}
            if name not in _PUBLIC and user is None:
                raise RefusedError(401, UNAUTHORISED)
            return self._routes[name](call, user or "")
        except RefusedError as refused:
            return refused.status, refused.body

    def _token(self, call: Call) -> tuple[int, Any]:
        if call.method != "POST":
            raise RefusedError(405, {"error": "invalid_request", "error_description": "POST only"})
        if call.fault == "invalid_grant":
            text = "Signature verification failed"
            raise RefusedError(400, {"error": "invalid_grant", "error_description": text})
        return 200, self.accounts.grant(call.body)

    def _post(self, call: Call, user: str) -> tuple[int, Any]:
        accepted = validate(call.body.get("Datasets"), self.catalogue, self.tasks.places.names)
        answer = self.tasks.request(user, accepted, call.fault)
        if call.fault == "empty_task_ids":
            answer["TaskIds"] = []
        return 201, answer

    def _delete(self, call: Call, user: str) -> tuple[int, Any]:
        self.tasks.delete(user, call.body.get("TaskID"))
        return 204, None

    def _manager(self, call: Call, user: str) -> tuple[int, Any]:
        raise RefusedError(401, UNAUTHORISED)

    def _nuts_names(self, call: Call, user: str) -> tuple[int, Any]:
        codes = [code for text in call.query.get("nuts_ids", []) for code in text.split(",")]
        return 200, {code: self.tasks.places.names.get(code, code) for code in codes}

    def _file_urls(self, call: Call, user: str) -> tuple[int, Any]:
        dataset = self.catalogue.by_uid(call.one("dataset_uid") or "")
        if dataset is None:
            raise refuse("Error, the DatasetID is not valid")
        return 200, []  # links exist for sources that hold none of the products

    # --- the catalogue

    def _search(self, call: Call, user: str) -> tuple[int, Any]:
        found = [each for each in self.catalogue.datasets if self._matches(each, call)]
        size, start = int(call.one("b_size") or _BATCH), int(call.one("b_start") or 0)
        fields = [*_SUMMARY, *call.query.get("metadata_fields", [])]
        answer: dict[str, Any] = {
            "@id": self._page(call.query, None),
            "items_total": len(found),
            "items": [
                each.document(self._base)
                if call.one("fullobjects")
                else _some(each.document(self._base), fields)
                for each in found[start : start + size]
            ],
        }
        if len(found) > size:
            answer["batching"] = self._batching(call.query, len(found), size, start)
        return 200, answer

    def _matches(self, dataset: Dataset, call: Call) -> bool:
        uids, words, path = (call.one(key) for key in ("UID", "SearchableText", "path.query"))
        return (
            call.one("portal_type") in {None, "DataSet"}
            and (not uids or dataset.uid in call.query["UID"])
            and (not words or all(w in dataset.title.lower() for w in words.lower().split()))
            and (not path or f"/en/products/{dataset.path}".startswith(path))
        )

    def _batching(self, query: Query, total: int, size: int, start: int) -> dict[str, str]:
        links = {
            "@id": self._page(query, start if "b_start" in query else None),
            "first": self._page(query, 0),
            "last": self._page(query, (total - 1) // size * size),
        }
        if start + size < total:
            links["next"] = self._page(query, start + size)
        if start > 0:
            links["prev"] = self._page(query, max(0, start - size))
        return links

    def _page(self, query: Query, start: int | None) -> str:
        rest = {key: values for key, values in query.items() if key != "b_start"}
        pairs = ({} if start is None else {"b_start": [str(start)]}) | rest
        return f"{self._base}/@search?{urlencode(pairs, doseq=True)}"

    def _by_uid(self, call: Call, user: str) -> tuple[int, Any]:
        wanted = [uid for text in call.query.get("UID", []) for uid in text.split(",")]
        found = [each for uid in wanted if (each := self.catalogue.by_uid(uid))]
        items = [_some(each.document(self._base), ["@id", *_CART]) for each in found]
        return 200, {
            "@id": f"{self._base}/@datasets_by_uid",
            "items": items,
            "items_total": len(items),
        }

    def _mapviewer(self, call: Call, user: str) -> tuple[int, Any]:
        documents = [each.document(self._base) for each in self.catalogue.datasets]
        fields = ["@id", "UID", "title", "dataset_download_information"]
        return 200, {"datasets": [_some(document, fields) for document in documents]}

    @property
    def _base(self) -> str:
        return f"{self.url}/api"


def _some(document: Mapping[str, Any], fields: list[str]) -> dict[str, Any]:
    return {field: document.get(field) for field in fields}
