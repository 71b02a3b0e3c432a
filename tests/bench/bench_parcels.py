"""How well the spectral crop methods find real fields, for docs/methods.md.

The Sentinel-2 series of 2018 over Hérault, against the parcels of the French land parcel register
within it: LCCS_INPUTS_PARCELS names a vector file of them with the EuroCrops class names in the
column EC_hcat_n, such as tests/data/reference_data/france_data_2018.shp of the toolbox CropMaps
(github.com/rslab-ntua/cropmaps). Vines and cereals are yes; fallow, pasture and unmaintained land
are no; pixels outside parcels and of unknown use are left out, and undecided ones count as no.
Without parcels nothing is measured. Exits 1 if the method that follows the seasons is no better
than chance.
"""

import os
import sys
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from rasterio.features import rasterize

from workflow.every_method import CONFIG
from workflow.harness import REPO, new_project

YES = ("vineyards", "winter_common_soft_wheat", "winter_durum_hard_wheat", "unspecified_season")
NO = ("fallow_land", "pasture_meadow", "unmaintained")
METHODS = {
    "stddev_agr_cat": "ndvi_stddev",
    "amplitude_agr_cat": "ndvi_amplitude",
    "season_agr_cat": "ndvi_season",
}
"""By the layers that are made with them."""
AREA = "herault"


def layers(series: Path, folder: Path) -> Path:
    """The folder of layers, each by one method, before vegetation and woods are looked at."""
    scenes = {
        name: {
            "sensor": "sentinel2",
            "catalogue": str(series / "collection.json"),
            "window": CONFIG["scenes"][name]["window"],
        }
        for name in ("s2", "s2_winter", "s2_spring", "s2_summer")
    }
    methods = CONFIG["layers"]["cultman_agr_cat"]["methods"]
    config = {
        "areas": {AREA: {"file": str(series / "aoi.geojson")}},
        "grid": {"resolution": 10},
        "periods": {"2018": {"start": "2018-01-01", "end": "2018-12-31"}},
        "scenes": scenes,
        "products": {},
        "descriptors": {
            layer: {"title": name, "kind": "binary"} for layer, name in METHODS.items()
        },
        "layers": {
            layer: {"use": name, "methods": {name: methods[name]}}
            for layer, name in METHODS.items()
        },
    }
    new_project(folder, config).run("layers")
    return folder / f"results/{AREA}/periods/2018/layers"


def truth(parcels: Path, outline: Path, like: rasterio.DatasetReader) -> np.ndarray:
    """1 where a parcel is cultivated, 0 where it is not, 255 elsewhere."""
    fields = gpd.read_file(parcels).set_crs(like.crs, allow_override=True)
    fields = fields.clip(gpd.read_file(outline).to_crs(like.crs))
    shapes = [
        (outline, int(name.startswith(YES)))
        for outline, name in zip(fields.geometry, fields.EC_hcat_n, strict=True)
        if name.startswith(YES + NO)
    ]
    codes: np.ndarray = rasterize(
        shapes, like.shape, fill=255, transform=like.transform, dtype="uint8"
    )
    return codes


def scores(found: np.ndarray, actual: np.ndarray) -> tuple[float, float]:
    """F1 of yes, and balanced accuracy."""
    hits, misses = ((found == one) & (actual == 1) for one in (True, False))
    alarms, rejections = ((found == one) & (actual == 0) for one in (True, False))
    f1 = 2 * hits.sum() / (2 * hits.sum() + misses.sum() + alarms.sum())
    recall = hits.sum() / (hits.sum() + misses.sum())
    return f1, (recall + rejections.sum() / (rejections.sum() + alarms.sum())) / 2


def main() -> int:
    parcels = os.environ.get("LCCS_INPUTS_PARCELS")
    shared = Path(os.environ.get("LCCS_INPUTS_SHARED") or REPO.parent / "shared")
    series = shared / "data/herault_2018"
    if not parcels or not series.is_dir():
        print("no parcels: LCCS_INPUTS_PARCELS and the series of Hérault are needed; not measured")
        return 0
    print("| Method | F1 | Balanced accuracy | Cultivated |\n|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        made = layers(series, Path(folder) / "project")
        for layer, name in METHODS.items():
            with rasterio.open(made / f"{layer}.tif") as raster:
                actual = truth(Path(parcels), series / "aoi.geojson", raster)
                codes = raster.read(1)
            f1, balanced = scores(codes == 1, actual)
            share = (codes == 1).sum() / (codes != 255).sum()
            print(f"| `{name}` | {f1:.2f} | {balanced:.2f} | {share:.1%} |")
    everything, _ = scores(np.ones(actual.shape, bool), actual)
    print(f"| everything yes | {everything:.2f} | 0.50 | 100 % |")
    return 0 if balanced > 0.5 else 1


if __name__ == "__main__":
    sys.exit(main())
