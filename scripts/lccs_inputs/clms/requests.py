"""What is asked of CLMS for one product, year and area: one request, one task, one archive.

The fingerprint follows what CLMS is asked and nothing else, so that areas, periods and clones
that ask the same share a task and a download.
"""

import calendar
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from lccs_inputs.files import fingerprint

if TYPE_CHECKING:
    from lccs_inputs.clms.lock import LockedProduct

OUTPUT_FORMAT = "Geotiff"
OUTPUT_GCS = "EPSG:3035"
"""The CRS the products are made in: in any other, CLMS would resample their codes."""

_STEPS = 10_000  # per degree: boxes are rounded outward to 1e-4 degree, about 10 m
_MARGIN = 0.002  # degrees around an area, so that resampling has neighbours at its edge
_SAME_BOX = 1e-6  # degrees


@dataclass(frozen=True)
class ProductRequest:
    """One dataset item of a request to CLMS; make it with `by_bbox`, `by_nuts` or `by_country`.

    Attributes:
        product: the product and year, with the ids of the lock file.
        bbox: (west, north, east, south), degrees, EPSG:4326, in the order CLMS wants.
        nuts: code of a NUTS region.
        file_id: of a prepackaged file; the area and the CRS are then those of the file.
    """

    product: "LockedProduct"
    bbox: tuple[float, float, float, float] | None = None
    nuts: str = ""
    file_id: str = ""

    @classmethod
    def by_bbox(cls, product: "LockedProduct", bounds: Sequence[float]) -> Self:
        """The product around `bounds`: west, south, east, north in degrees, EPSG:4326."""
        west, south, east, north = bounds
        return cls(product, (_down(west), _up(north), _up(east), _down(south)))

    @classmethod
    def by_nuts(cls, product: "LockedProduct", nuts: str) -> Self:
        """The product within a NUTS region."""
        return cls(product, nuts=nuts)

    @classmethod
    def by_country(cls, product: "LockedProduct", country: str) -> Self:
        """The prepackaged file of a country, as CLMS writes it.

        Raises:
            SourceError: there is no such file, or more than one.
        """
        return cls(product, file_id=product.file_for(country).file_id)

    def payload(self) -> dict[str, Any]:
        """The body of the POST: a single item, since a task mixes what is asked together."""
        return {"Datasets": [self.item()]}

    def item(self) -> dict[str, Any]:
        """The dataset item."""
        dataset: dict[str, Any] = {"DatasetID": self.product.uid}
        if self.file_id:
            return dataset | {"FileID": self.file_id}
        dataset |= {
            "DatasetDownloadInformationID": self.product.information_id,
            "OutputFormat": OUTPUT_FORMAT,
            "OutputGCS": OUTPUT_GCS,
        }
        if self.bbox is not None:
            dataset["BoundingBox"] = list(self.bbox)
        if self.nuts:
            dataset["NUTS"] = self.nuts
        if self.product.time_series:
            dataset["TemporalFilter"] = year_filter(self.product.year)
        return dataset

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.item())

    @property
    def name(self) -> str:
        """For logs: product, year and where."""
        where = self.nuts or (f"file {self.file_id}" if self.file_id else "")
        if self.bbox is not None:
            west, north, east, south = self.bbox
            where = f"{west:g} to {east:g} E, {south:g} to {north:g} N"
        return f"{self.product.product} {self.product.year} ({where})"

    def document(self) -> dict[str, Any]:
        """What `request.json` holds: no task, no secret, no time stamp."""
        return {
            "product": self.product.product,
            "year": self.product.year,
            "fingerprint": self.fingerprint,
            "request": self.item(),
        }

    def same_as(self, dataset: Mapping[str, Any]) -> bool:
        """Whether a dataset entry of a task at CLMS asks for the same.

        CLMS keeps what was asked, except the download information id: two of the same dataset
        (product and confidence layer, 10 m and 100 m) cannot be told apart.
        """
        if dataset.get("DatasetID") != self.product.uid:
            return False
        if self.file_id or dataset.get("FileID"):
            return bool(dataset.get("FileID") == self.file_id)
        return (
            dataset.get("OutputFormat") == OUTPUT_FORMAT
            and str(dataset.get("OutputGCS", "")).replace("/0/", ":").endswith(OUTPUT_GCS)
            and (dataset.get("NUTSID") or "") == self.nuts
            and self._same_box(dataset.get("BoundingBox"))
            and self._same_days(dataset.get("TemporalFilter"))
        )

    def _same_box(self, box: Any) -> bool:
        if self.bbox is None or not box:
            return self.bbox is None and not box
        try:
            pairs = zip(self.bbox, map(float, box), strict=True)
            return all(abs(ours - theirs) < _SAME_BOX for ours, theirs in pairs)
        except (TypeError, ValueError):
            return False

    def _same_days(self, kept: Any) -> bool:
        """CLMS keeps dates as text, in two forms; both begin with the day."""
        if not self.product.time_series or not isinstance(kept, Mapping):
            return not self.product.time_series and not kept
        asked = year_filter(self.product.year)
        return all(str(kept.get(key, ""))[:10] == _day(asked[key]) for key in asked)


def make_request(
    product: "LockedProduct", asked: Mapping[str, str], bounds: Sequence[float]
) -> ProductRequest:
    """The request a config asks for: `asked` is `products.<name>.request` (by, nuts, country).

    Args:
        bounds: west, south, east, north of the area in degrees, for what is asked by bbox.
    """
    if asked["by"] == "nuts":
        return ProductRequest.by_nuts(product, asked["nuts"])
    if asked["by"] == "country":
        return ProductRequest.by_country(product, asked["country"])
    return ProductRequest.by_bbox(product, bounds)


def year_filter(year: int) -> dict[str, int]:
    """The TemporalFilter of a calendar year: its first and last day, ms since 1970, UTC."""
    days = {"StartDate": (year, 1, 1), "EndDate": (year, 12, 31)}
    return {key: calendar.timegm((*day, 0, 0, 0)) * 1000 for key, day in days.items()}


def _day(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date().isoformat()


# Noise below a thousandth of a step is no reason to step: the box, and with it the fingerprint,
# must not hang on the last digits of a reprojection.
def _down(degrees: float) -> float:
    return math.floor(round((degrees - _MARGIN) * _STEPS, 3)) / _STEPS


def _up(degrees: float) -> float:
    return math.ceil(round((degrees + _MARGIN) * _STEPS, 3)) / _STEPS
