"""The report of a run: every number is that of its rasters, every file it names is there."""

from pathlib import Path

import numpy as np
import pytest
import rasterio

from lccs_inputs.rasters.area import Area
from reading_pages import Element
from true_ground import hectares_by_scale
from workflow.harness import Project

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def written(built: Project) -> Path:
    return built.folder / "results/shore/periods/2018/report.html"


@pytest.fixture(scope="module")
def page(written: Path) -> Element:
    return Element.read(written.read_text())


@pytest.fixture(scope="module")
def area(written: Path) -> Area:
    results = written.parents[3]
    return Area.read(results / "shore/area.geojson", results / "shore/grid.json")


def test_every_number_of_a_map_is_that_of_its_raster(page: Element, written: Path, area: Area):
    inside, hectares = area.mask(area.grid), hectares_by_scale(area.grid)
    folder, counted = written.parent, 0
    for article in page.all("article", data_map=""):
        (file,) = [
            link.attributes["href"]
            for link in article.all("a", href="")
            if link.attributes["href"].endswith((".tif", ".vrt"))
        ]
        with rasterio.open(folder / file) as raster:
            looks = article.attributes["data-map"] == "looks-s2"
            band = raster.descriptions.index("clear_count") + 1 if looks else 1
            codes, nodata = raster.read(band), raster.nodata
        for row in article.all("tr", data_code="", data_pixels=""):
            there = inside & (codes == int(row.attributes["data-code"].replace("nodata", "255")))
            assert int(row.attributes["data-pixels"]) == there.sum()
            assert row.value("hectares") == pytest.approx(hectares[there].sum(), rel=1e-6, abs=1e-4)
            share = hectares[there].sum() / hectares[inside].sum()
            assert row.value("share") == pytest.approx(share, abs=2e-6)
            counted += int(there.sum())
        known = codes[inside & (codes != nodata)]
        figures = {"minimum": known.min(), "maximum": known.max(), "median": np.median(known)}
        figures |= {"mean": known.mean(), "valid_share": 100 * len(known) / inside.sum()}
        for said in article.all("dl", **{"class": "figures"}):
            for name, value in figures.items():
                assert said.value(name) == pytest.approx(value, abs=1e-6)
            counted += int(inside.sum())
    drawn_in_colour = 1
    maps = len([*page.all("article", data_map="")])
    assert counted == inside.sum() * (maps - drawn_in_colour)
    assert page.one("header").value("pixels") == inside.sum()
    assert page.one("header").value("hectares") == pytest.approx(hectares[inside].sum(), rel=1e-6)


def test_every_file_and_place_that_is_named_is_there(page: Element, written: Path):
    links = {link.attributes["href"] for link in page.all("a", href="")}
    ids = {element.attributes["id"] for element in page.all(id="")}
    files = {link for link in links if not link.startswith("#")}
    assert {link[1:] for link in links - files} <= ids
    assert [file for file in files if not (written.parent / file).is_file()] == []
    rasters = {
        path.relative_to(written.parent).as_posix() for path in written.parent.rglob("*.tif")
    }
    assert rasters <= files
    sizes = {
        row.attributes["data-file"]: row.value("bytes") for row in page.all("tr", data_file="")
    }
    assert sizes == {name: (written.parent / name).stat().st_size for name in rasters}


def test_the_time_of_jobs_is_what_snakemake_noted(page: Element, written: Path):
    noted = written.parents[3] / "benchmarks"
    for row in page.all("tr", data_job=""):
        rule, _, made = row.attributes["data-job"].partition(" ")
        file = noted / rule / f"shore.2018{'.' if made else ''}{made}.tsv"
        assert float(file.read_text().split()[10]) == float(row.one("data").attributes["value"])
    blocks = len([*(noted / "compose_block").glob("shore.s2.2018.*.tsv")])
    source = page.one("tr", data_source="s2/2018")
    assert [*source.all("td")][2].text == str(blocks + 3)


def test_it_is_small_and_says_that_the_sample_is_none_of_this_world(page: Element, written: Path):
    assert written.stat().st_size < 4e6
    assert "synthetic sample" in page.one("header").text
    assert "2018-05-01 to 2018-10-31" in page.one("header").text
