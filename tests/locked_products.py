"""Products of the stand-in's catalogue as a lock file would pin them."""

from lccs_inputs.clms.catalogue import PrepackagedFile
from lccs_inputs.clms.lock import LockedProduct
from standins.clms.catalogue import Catalogue


def locked_product(
    words: str = "Imperviousness Density 2018",
    product: str = "IMD",
    year: int = 2018,
    collection: str = "10 m",
    catalogue: Catalogue | None = None,
) -> LockedProduct:
    """The product of the data set whose title begins with `words`."""
    dataset = (catalogue or Catalogue()).find(words)
    offer = next(item for item in dataset.downloads if item["collection"] == collection)
    files = tuple(
        PrepackagedFile(
            file["@id"], file["area"], file["file"], 10.0, "Geotiff", file["size"], "v020", ""
        )
        for file in dataset.files
        if file["resolution"] == "10 m"
    )
    return LockedProduct(
        product=product,
        year=year,
        title=dataset.title,
        collection=collection,
        uid=dataset.uid,
        information_id=offer["@id"],
        source=offer["full_source"],
        output_format="Geotiff",
        resolution=10.0,
        time_series=dataset.time_series,
        files=files,
    )


def crop_types(year: int = 2021) -> LockedProduct:
    """A product of a time series."""
    return locked_product("Crop Types", "CTY", year, "Crop Types")
