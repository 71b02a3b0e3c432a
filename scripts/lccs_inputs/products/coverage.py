"""How much of an area a product speaks of, and what is noted of it on the aligned raster."""

from dataclasses import dataclass
from pathlib import Path

from rasterio.enums import Resampling

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.products import Product


class OutsideAreaError(SourceError):
    """A product speaks of no pixel of the area."""


@dataclass(frozen=True)
class Coverage:
    """How much of an area a product speaks of, in pixels of the grid.

    Attributes:
        area: pixels of the area.
        covered: those that lie on the product's map.
        classified: those of the covered ones that are not nodata.
    """

    area: int
    covered: int
    classified: int

    @property
    def covered_share(self) -> float:
        return self.covered / self.area

    @property
    def classified_share(self) -> float:
        return self.classified / self.area

    @property
    def missing(self) -> int:
        """Pixels of the area that do not lie on the product's map."""
        return self.area - self.covered


def aligned_tags(
    product: Product, path: Path, resampling: Resampling, coverage: Coverage
) -> dict[str, str]:
    """The dataset tags of an aligned product."""
    return {
        "TITLE": product.title,
        "PRODUCT": product.name,
        "DELIVERY": path.name,
        "RESAMPLING": resampling.name,
        "COVERED_SHARE": f"{coverage.covered_share:.6f}",
        "CLASSIFIED_SHARE": f"{coverage.classified_share:.6f}",
        "LICENCE": product.licence,
        "SOURCE": product.source,
    }
