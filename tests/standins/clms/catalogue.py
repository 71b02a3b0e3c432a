"""The data sets of the portal, with the ids, sources and irregularities of the real ones.

Titles, collections and the ids of the 2018 layers, Crop Types and CLC+ Backbone are those of the
portal; ids that nobody has published are derived from the title.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

_IDS = UUID("0b9e0d2c-5d0e-4a53-9f34-6f1d8f3c7a10")
COUNTRIES = {"France": "fr", "Switzerland": "ch", "Italy": "it"}
_KNOWN_FILES = {
    ("WAW", "10 m", "France"): "7ccc7c96-1e33-4134-9620-e66d4de3d63a",
    ("WAW", "10 m", "Switzerland"): "e252e036-11a2-441f-aac7-e743c1498c2f",
    ("WAW", "10 m", "Italy"): "fb1ca4a2-bcd1-4ddb-b0ba-fadc222d685c",
}
_STUB = dict.fromkeys(("area", "file", "format", "path", "resolution", "size", "source"), "")
BLANK_FILE = {"@id": "", **_STUB, "title": "", "type": "", "version": "", "year": ""}
YEAR_DAYS = 366


@dataclass(frozen=True)
class Layer:
    """What a download item or file holds.

    Attributes:
        product: short name, as in file names; a confidence layer's ends in "CL".
        year: reference year; None in a series, where the request says it.
        resolution: pixel size, m.
        file: name of the raster in a clip of the EEA layout; "" in the layout of series.
    """

    product: str
    year: int | None
    resolution: int = 10
    file: str = ""


@dataclass
class Dataset:
    """One data set; `layers` says what each download item and file holds, by its id."""

    title: str
    path: str
    uid: str = ""
    downloads: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    layers: dict[str, Layer] = field(default_factory=dict)
    time_series: bool = False
    temporal_limit: int | None = None
    review_state: str = "published"

    def __post_init__(self) -> None:
        self.uid = self.uid or uuid5(_IDS, self.title).hex

    def add_download(
        self, layer: Layer | None, collection: str, ident: str = "", **more: Any
    ) -> None:
        """Offer `layer` by area; `more` overrides or adds keys of the item."""
        ident = ident or str(uuid5(_IDS, f"{self.title}/{collection}"))
        item = {
            "@id": ident,
            "name": "RASTER ",
            "collection": collection,
            "full_format": "Geotiff",
            "full_source": "EEA",
            "full_path": f"H:\\HRL\\{self.title[:3]}\\{ident[:8]}",
            "wekeo_choices": "",
        }
        self.downloads.append(item | more)
        if layer:
            self.layers[ident] = layer

    def add_file(self, layer: Layer, area: str, version: str, size: str) -> None:
        """Offer `layer` prepackaged for a country."""
        resolution = f"{layer.resolution} m"
        known = _KNOWN_FILES.get((layer.product, resolution, area))
        ident = known or str(uuid5(_IDS, f"{self.title}/{resolution}/{area}"))
        stem = f"{layer.product}_{layer.year}_{layer.resolution:03d}m_{COUNTRIES[area]}"
        name = f"{stem}_03035_{version}"
        self.files.append(
            {
                "@id": ident,
                "area": area,
                "file": name,
                "format": "Geotiff",
                "path": f"H:\\HRL\\prepackaged\\{name}.zip",
                "resolution": resolution,
                "size": size,
                "source": "EEA",
                "title": "",
                "type": "Raster",
                "version": version,
                "year": "",
            }
        )
        self.layers[ident] = Layer(layer.product, layer.year, layer.resolution, name)

    def document(self, base: str) -> dict[str, Any]:
        """The whole object, as `fullobjects=1` returns it."""
        return {
            "@id": f"{base}/en/products/{self.path}",
            "@type": "DataSet",
            "UID": self.uid,
            "dataset_download_information": {"items": self.downloads},
            "dataset_full_format": None,
            "description": "",
            "download_limit_temporal_extent": self.temporal_limit,
            "downloadable_files": {"items": self.files or [dict(BLANK_FILE)], "schema": {}},
            "image_field": "image",
            "mapviewer_istimeseries": self.time_series,
            "original_projection": None,
            "review_state": self.review_state,
            "title": self.title,
        }


class Catalogue:
    """Every data set, in the portal's order; tests let it drift."""

    def __init__(self) -> None:
        self.datasets: list[Dataset] = [
            *_elsewhere(),
            *_layers_of_2018(),
            *_earlier(),
            *_series(),
            *_current(),
            *_odd(),
        ]

    def by_uid(self, uid: str) -> Dataset | None:
        return next((each for each in self.datasets if each.uid == uid), None)

    def find(self, words: str) -> Dataset:
        """The one data set whose title begins with `words`."""
        found = [each for each in self.datasets if each.title.startswith(words)]
        if len(found) != 1:
            raise LookupError(f"{words!r} begins {len(found)} titles")
        return found[0]

    def retire(self, words: str) -> None:
        """Withdraw a data set."""
        self.datasets.remove(self.find(words))

    def retitle(self, words: str, title: str) -> None:
        """Give a data set another title; its ids stay."""
        self.find(words).title = title

    def renew(self, words: str) -> None:
        """Give every download item of a data set a new id."""
        dataset = self.find(words)
        for item in dataset.downloads:
            old, item["@id"] = item["@id"], str(uuid5(_IDS, f"{item['@id']} again"))
            if old in dataset.layers:
                dataset.layers[item["@id"]] = dataset.layers.pop(old)

    def serve_from(self, words: str, source: str) -> None:
        """Let another service ("CDSE", "WEKEO", …) serve a data set by area."""
        for item in self.find(words).downloads:
            item["full_source"] = source


_2018 = (  # product, name, UID, id of the 10 m item, version in file names
    (
        "WAW",
        "Water and Wetness status",
        "0acef4675a4c4a548896cca00281f434",
        "d170eb21-c4b4-47f5-88c7-958359704542",
        "v020",
    ),
    (
        "IMD",
        "Imperviousness Density",
        "4354f5ba912d4071b3b5f9300104765b",
        "f9a55a6d-c98a-4098-bf94-f2ae7cdb0207",
        "V2_0",
    ),
    (
        "FTY",
        "Forest Type",
        "38eabc726bcc4c14a00752220df5f101",
        "09cbff91-1716-4dad-aecf-4f511d5a17d8",
        "V1_0",
    ),
    (
        "GRA",
        "Grassland",
        "bf4f7689ca1b4f3fa4a5d376e104fb49",
        "d0dc4585-3016-4d6f-83f4-8f13cf702217",
        "V1_0",
    ),
    (
        "TCD",
        "Tree Cover Density",
        "b2227bbb31e140bdabd2fcf86a5dc3d2",
        "f2140094-b96d-46ed-92d0-e6f2344ce3af",
        "V2_0",
    ),
    (
        "DLT",
        "Dominant Leaf Type",
        "b857f275e17a41a5a202348fde73c0b2",
        "654bcf8a-047d-46d4-81be-ba672eca1dd6",
        "V2_0",
    ),
)


def _layers_of_2018() -> Iterator[Dataset]:
    for product, name, uid, ident, version in _2018:
        coarse = product != "DLT"
        sizes = "10 m and 100 m" if coarse else "10 m"
        title = f"{name} 2018 (raster {sizes}), Europe, 3-yearly"
        dataset = Dataset(title, f"high-resolution-layer-{product.lower()}/{product}-2018", uid)
        for metres in (10, 100) if coarse else (10,):
            stem = f"{product}_2018_{metres:03d}m_03035_{version}"
            layer = Layer(product, 2018, metres, stem)
            known = ident if metres == 10 else ""
            if product == "WAW" and metres == 100:
                known = "95edd973-a059-46f1-b5dd-6fb2287dbb86"
            dataset.add_download(layer, f"{metres} m", known)
            for area in COUNTRIES:
                size = "35 MB" if metres == 10 else "1.2 MB"
                dataset.add_file(layer, area, "v020" if metres == 10 else "v010", size)
        yield dataset


def _earlier() -> Iterator[Dataset]:
    """Editions of 20 m, which nobody should take for those of 10 m."""
    names = {product: name for product, name, *_ in _2018}
    for product, year in (
        ("IMD", 2015),
        ("IMD", 2012),
        ("TCD", 2015),
        ("TCD", 2012),
        ("DLT", 2015),
        ("DLT", 2012),
        ("FTY", 2015),
        ("GRA", 2015),
        ("WAW", 2015),
    ):
        title = f"{names[product]} {year} (raster 20 m and 100 m), Europe, 3-yearly"
        dataset = Dataset(title, f"high-resolution-layer-{product.lower()}/{product}-{year}")
        for metres in (20, 100):
            stem = f"{product}_{year}_{metres:03d}m_03035_d03"
            more: dict[str, Any] = {}
            if year == 2012:  # either spelling occurs
                more = {"full_format": {"title": "Geotiff", "token": "Geotiff"}}
            dataset.add_download(Layer(product, year, metres, stem), f"{metres} m", **more)
        yield dataset
    yield Dataset(
        "Imperviousness Change 2015-2018 (raster 20 m), Europe, 3-yearly",
        "high-resolution-layer-imperviousness/imc-2015-2018",
    )


_SERIES = (  # product, name, first year, update, UID, id of the product's item
    ("TCD", "Tree Cover Density", 2018, "yearly", "", ""),
    ("DLT", "Dominant Leaf Type", 2018, "yearly", "", ""),
    ("FTY", "Forest Type", 2018, "3-yearly", "", ""),
    ("GRA", "Grassland", 2017, "yearly", "", ""),
    ("HER", "Herbaceous Cover", 2017, "yearly", "", ""),
    (
        "CTY",
        "Crop Types",
        2017,
        "yearly",
        "0d4d0d517b824d22857e43c4ea6073c9",
        "869dd60b-1cd7-414b-8281-4f5e4eaea8f1",
    ),
)


def _series() -> Iterator[Dataset]:
    for product, name, first, update, uid, ident in _SERIES:
        title = f"{name} {first}-present (raster 10 m), Europe, {update}"
        path = f"high-resolution-layer-{product.lower()}/{product.lower()}-{first}-present"
        dataset = Dataset(title, path, uid, time_series=True, temporal_limit=YEAR_DAYS)
        known = {"full_source": "CDSE_CSV", "byoc_collection": str(uuid5(_IDS, title))}
        confidence = Layer(f"{product}CL", None)
        dataset.add_download(confidence, f"{name} Confidence Layer", layers=[], **known)
        dataset.add_download(Layer(product, None), name, ident, **known)
        yield dataset
    for product, name in (("TCD", "Tree Cover Density"), ("DLT", "Dominant Leaf Type")):
        title = f"{name} 2018-present (raster 100 m), Europe, yearly"
        path = f"high-resolution-layer-{product.lower()}/{product.lower()}-100m-2018-present"
        dataset = Dataset(title, path, time_series=True, temporal_limit=YEAR_DAYS)
        dataset.add_download(Layer(product, None, 100), name, full_source="CDSE_CSV")
        yield dataset


def _current() -> Iterator[Dataset]:
    for year, stem in ((2021, "CLMS_HRLNVLCC_IMD_S2021"), (2024, "CLMS_NVLCC_IMD_S2024")):
        title = f"Imperviousness Density {year} (raster 10 m and 100 m), Europe, 3-yearly"
        dataset = Dataset(title, f"high-resolution-layer-imperviousness/imd-{year}")
        for metres in (10, 100):
            file = f"{stem}_R{metres}m_03035_V01_R00"
            dataset.add_download(Layer("IMD", year, metres, file), f"{metres} m")
        dataset.add_download(Layer("IMDCL", year, 10, f"{stem}CL"), "10 m Confidence Layer ")
        yield dataset
    for year, update, uid, ident, source in (
        (2018, "3-yearly", "", "", "EEA"),
        (
            2021,
            "3-yearly",
            "4d0d78ad472c45819aff1d9fa7af0461",
            "b9461c94-2e4e-4058-81c4-b274c0e8b12b",
            "EEA",
        ),
        (
            2023,
            "2-yearly",
            "483b93c888d84542a18d10ac0a34a7db",
            "b152494a-0c94-4113-9ef6-1876f57ba93c",
            "WEKEO",
        ),
    ):
        title = f"CLCplus Backbone {year} (raster 10 m), Europe, {update}"
        dataset = Dataset(title, f"clc-backbone/clc-backbone-{year}", uid)
        file = f"CLMS_CLCPLUS_RAS_S{year}_R10m_03035_V01_R00"
        dataset.add_download(Layer("CLCPLUS", year, 10, file), "10 m", ident, full_source=source)
        dataset.add_download(
            Layer("CLCPLUSCL", year, 10, f"{file}_CL"), "Confidence Layer", full_source=source
        )
        yield dataset


def _elsewhere() -> Iterator[Dataset]:
    """Data sets of other parts of the portal: they fill the first page."""
    for year in (2019, 2018, 2017, 2016, 2015):
        dataset = Dataset(
            f"Land Cover 100m: collection 3: epoch {year}: Globe",
            f"global-dynamic-land-cover/land-cover-100m-collection-3-epoch-{year}-globe",
        )
        dataset.add_download(None, "100m", name="RASTER", full_source="LANDCOVER")
        yield dataset
    for year in (2018, 2012, 2006, 2000, 1990):
        dataset = Dataset(f"CLC {year}", f"corine-land-cover/clc{year}")
        dataset.add_download(None, "100m (vector)", name="VECTOR", full_format="GDB")
        dataset.add_download(Layer("CLC", year, 100, f"U{year}_CLC{year}_V2020_20u1"), "100m")
        yield dataset
    yield Dataset("CHA 2012-2018", "corine-land-cover/lcc-2012-2018")
    deprecated = Dataset(
        "DEPRECATED - Land Cover 100m: collection 2: epoch 2015: Globe",
        "global-dynamic-land-cover/land-cover-100m-collection-2",
        review_state="private",
    )
    deprecated.add_download(None, "100m", full_format={"title": "Geotiff", "token": "Geotiff"})
    del deprecated.downloads[0]["collection"]
    yield deprecated


def _odd() -> Iterator[Dataset]:
    """What lists of data sets hold to trip their readers."""
    vegetation = Dataset(
        "Plant Phenology Index 2017-present (raster 10 m), Europe, daily",
        "vegetation/plant-phenology-index",
        time_series=True,
        temporal_limit=YEAR_DAYS,
    )
    vegetation.add_download(
        Layer("PPI", None),
        "PPI",
        full_source="CDSE",
        byoc_collection="42b2ef44-5983-4bd1-9e2f-52c093c08b3d",
        layers=["PPI", "QFLAG"],
    )
    yield vegetation
    water = Dataset(
        "Water Bodies 2020-present (raster 100 m), global, monthly – version 1",
        "water-bodies/water-bodies-global-v1-0-100m",
        "7df9bdf94fe94cb5919c11c9ef5cac65",
        time_series=True,
        temporal_limit=31,
    )
    water.add_download(None, "100 m", full_format="Netcdf", full_source="LEGACY")
    yield water
    shores = Dataset("Coastal Zones 2018 (vector), Europe, 6-yearly", "coastal/coastal-zones-2018")
    shores.add_download(None, "VECTOR", full_format="GPKG", full_source="", full_path="")
    yield shores
    yield Dataset("European Settlement Map 2015 (raster 2.5 m), Europe", "settlement/esm-2015")
