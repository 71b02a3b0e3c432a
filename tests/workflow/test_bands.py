"""A band that is asked for later is composed alone, kill or no kill, and the others stay."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import rasterio

from lccs_inputs.facts.sensors import SENSORS
from patience import wait_until
from workflow.harness import Project, kill_everything, remove_stale_lock, start

pytestmark = pytest.mark.workflow

SOURCE = "results/shore/sources/s2/2018"
MOSAIC = f"{SOURCE}/mosaic.vrt"
LATER = {"swir16", "ndvi_min", "share(swir16 > 0.5)"}


def blocks(project: Project) -> list[Path]:
    return sorted((project.folder / SOURCE / "blocks").glob("[EW]*.tif"))


def bands(path: Path) -> dict[str, np.ndarray]:
    with rasterio.open(path) as raster:
        return dict(zip(raster.descriptions, raster.read(), strict=True))


def has(path: Path, wanted: set[str]) -> bool:
    with rasterio.open(path) as raster:
        return wanted <= {*raster.descriptions}


def tags(path: Path) -> dict[str, str]:
    with rasterio.open(path) as raster:
        return dict(raster.tags())


def test_a_band_added_later_is_composed_alone_even_after_a_kill(project: Project) -> None:
    whole = blocks(project)
    before = {path.name: (bands(path), tags(path)) for path in whole}
    (there,) = {tuple(found) for found, _ in before.values()}
    assert not LATER & {*there}, "no default layer mentions them"
    assert {"red", "green", "blue", "clear_count"} <= {*there}, (
        "the true colours, and what was seen"
    )

    project.config["layers"]["artific_urb_cat"]["methods"]["ndbi"] = (
        "ndbi > 0.9 or ndvi_min > 0.9 or share(s2, swir16 > 0.5) > 0.9"
    )
    project.config["layers"]["artific_urb_cat"]["use"] = "ndbi"
    planned = project.dry_run()
    assert planned.jobs["compose_block"] == len(whole) > 1
    assert not planned.jobs.keys() & {"search_scenes", "freeze_scenes"}

    process = start(project, MOSAIC)
    wait_until(lambda: any(has(path, LATER) for path in blocks(project)), process)
    kill_everything(process)
    assert remove_stale_lock(project).returncode == 0
    for path in blocks(project):
        found = bands(path)
        assert found.keys() >= LATER or not LATER & found.keys(), "old or new, and nothing between"
        assert found.keys() - LATER == before[path.name][0].keys()

    project.run("layers")
    for path in whole:
        kept, told = before[path.name]
        assert (*bands(path),) == SENSORS["sentinel2"].in_order({*there, *LATER})
        assert all(np.array_equal(bands(path)[name], values) for name, values in kept.items())
        assert tags(path) == told
    assert not list((project.folder / SOURCE / "blocks").glob(".*missing*"))
    grown = {path.name: bands(path) for path in whole}

    project.config["layers"]["artific_urb_cat"]["use"] = "imperviousness"
    back = project.dry_run()
    assert not back.jobs.keys() & {"compose_block", "mosaic_blocks"}, "they are there already"

    shutil.rmtree(project.folder / SOURCE)
    project.config["layers"]["artific_urb_cat"]["use"] = "ndbi"
    project.run(MOSAIC)
    for path in whole:
        assert all(
            np.array_equal(bands(path)[name], band) for name, band in grown[path.name].items()
        )
