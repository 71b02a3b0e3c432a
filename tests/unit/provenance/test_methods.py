"""The data of a period as a methods section needs them: a table, and BibTeX that parses."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from lccs_inputs.facts.citations import PRODUCT_CITATIONS, PUBLISHERS
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.provenance.citing import cited
from lccs_inputs.provenance.methods import bibliography, methods_text
from lccs_inputs.provenance.sources import Source, product_source
from lccs_inputs.workflow.requests.provenance import ProductSource
from small_rasters import grid_of, write_codes


def scene(collection: str, day: str, platform: str, baseline: str = "") -> dict[str, str]:
    return {
        "id": day, "collection": collection, "datetime": f"{day}T10:00:00Z", "platform": platform,
        "baseline": baseline,
    }  # fmt: skip


def scene_set(sensor: str, *scenes: dict[str, str]) -> Source:
    facts = {"scenes": scenes, "sensor": sensor, "publisher": "EROS & co", "accessed": "2024-02-03"}
    title = f"{SENSORS[sensor].title}, 2018-05-01 to 2018-10-31"
    return Source("s2", "2018", title, "free", (), False, facts)


def product(name: str, edition: str, **facts: object) -> Source:
    told = {"product": name, "publisher": "P", "accessed": "", "dataset": {}, **facts}
    return Source(name.lower(), edition, f"{name} {edition}", "CC BY 4.0", (), False, told)


IMAGERY = scene_set(
    "sentinel2",
    scene("sentinel-2-c1-l2a", "2018-07-03", "sentinel2b", "05.09"),
    scene("sentinel-2-c1-l2a", "2018-06-01", "sentinel2a", "05.00"),
    scene("sentinel-2-l2a", "2018-08-04", "sentinel2a", "02.12"),
)
WATER, COVER = product("GSW_OCCURRENCE", "static"), product("WORLDCOVER", "2021")
UNKNOWN = product("TCD", "2018", dataset={"title": "Tree cover_2018 #1 & {more}"})


def entries(text: str) -> dict[str, dict[str, str]]:
    """BibTeX by its grammar, nothing of which may be left over: key → fields, with `type`."""
    found: dict[str, dict[str, str]] = {}
    while text := text.lstrip():
        head = re.match(r"@([a-z]+)\{([A-Za-z0-9_-]+),\s*", text)
        assert head and head[2] not in found, text
        text, fields = text[head.end() :], {"type": head[1]}
        while not text.startswith("}"):
            name = re.match(r"([a-z]+) = \{", text)
            assert name and name[1] not in fields, text
            end = closing(text, name.end())
            fields[name[1]] = text[name.end() : end]
            text = text[end + 1 :]
            after = re.match(r",\s*|\s*(?=\})", text)
            assert after, text
            text = text[after.end() :]
        found[head[2]], text = fields, text[1:]
    return found


def closing(text: str, start: int) -> int:
    """Where the brace closes that was opened before `start`; \\{ and \\} are text."""
    depth, at = 1, start
    while depth:
        if text[at] == "\\":
            at += 1
        else:
            depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return at - 1


def test_scenes_are_told_by_collection_with_platforms_dates_and_the_doi_of_their_baseline() -> None:
    first, second = cited([IMAGERY])
    assert first.title == "Sentinel-2, collection sentinel-2-c1-l2a"
    assert first.version == "baseline 05.00, 05.09"
    assert first.dates == "2018-06-01 to 2018-07-03"
    assert first.extent == "2 scenes of Sentinel-2A, Sentinel-2B"
    assert first.dois == ("10.5270/S2_-znk9xsj",)
    assert (second.extent, second.dois) == ("1 scene of Sentinel-2A", ()), "before Collection 1"
    landsat = scene("landsat-c2-l2", "2018-06-01", "landsat8")
    assert cited([scene_set("landsat", landsat)])[0].dois == ("10.5066/P9OGBGM6",)
    both = (scene("hls", "2018-06-01", "landsat8"), scene("hls", "2018-06-02", "sentinel2a"))
    assert cited([scene_set("hls", *both)])[0].dois == (
        "10.5067/HLS/HLSL30.002", "10.5067/HLS/HLSS30.002",
    )  # fmt: skip


def test_the_table_has_a_row_of_each_dataset_and_says_none_where_no_doi_is_known() -> None:
    data = cited([IMAGERY, COVER, WATER, UNKNOWN])
    text = methods_text("here 2018", "1.2.3", data, [])
    assert text.startswith("# here 2018: data\n") and "lccs-inputs 1.2.3" in text
    head, rule, *rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in (head, rule, *rows)} == {11}
    assert len(rows) == 5
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    dois = [row[4] for row in cells]
    assert dois[1] == dois[4] == "none known"
    assert dois[2] == "[10.5281/zenodo.7254221](https://doi.org/10.5281/zenodo.7254221)"
    assert dois[3] == "[10.1038/nature20584](https://doi.org/10.1038/nature20584) (article)"
    assert cells[0][7] == "2024-02-03" and cells[2][7] == "–"
    assert cells[4][1].startswith("Tree cover_2018")
    assert {row[9] for row in cells} == {*entries(bibliography(data))}


def test_what_is_of_the_sample_stands_apart_and_is_in_no_bibliography() -> None:
    text = methods_text("here 2018", "1", [], cited([COVER]))
    assert "synthetic: there is nothing to cite" in text and "WORLDCOVER 2021" in text
    assert "data.bib" not in text and "\n\n\n" not in text
    both = methods_text("here 2018", "1", cited([IMAGERY]), cited([COVER]))
    assert both.index("`data.bib`") < both.index("synthetic") and "|\n\nWhat" in both
    assert bibliography([]) == "% of synthetic data nothing is to be cited\n"


def test_the_bibliography_is_bibtex_and_escapes_what_tex_would_read() -> None:
    found = entries(bibliography(cited([IMAGERY, WATER, UNKNOWN])))
    assert [*found] == [
        "s2-2018-sentinel_2_c1_l2a", "s2-2018-sentinel_2_l2a", "gsw_occurrence-static", "tcd-2018",
    ]  # fmt: skip
    imagery, older, water, tree = found.values()
    assert imagery["type"] == "misc" and imagery["year"] == "2018"
    assert imagery["author"] == r"{EROS \& co}"
    assert imagery["doi"] == "10.5270/S2_-znk9xsj" and "doi" not in older
    assert imagery["note"].endswith("licence: free; accessed 2024-02-03")
    assert water["type"] == "article" and water["year"] == "2016"
    assert water["author"].startswith("Pekel, Jean-François and ")
    assert water["note"].startswith(r"GSW\_OCCURRENCE static; ")
    assert tree["version"] == r"Tree cover\_2018 \#1 \& \{more\}"


@pytest.mark.parametrize("text", ["@misc{a, year = {1}", "@misc{a, year = {1}} x", "@misc{a b}"])
def test_what_is_no_bibtex_is_noticed(text: str) -> None:
    with pytest.raises((AssertionError, IndexError)):
        entries(text)


def test_every_citation_is_of_something_that_is_known() -> None:
    assert PRODUCT_CITATIONS.keys() <= PRODUCTS.keys()
    assert PUBLISHERS.keys() == SENSORS.keys()
    for known in PRODUCT_CITATIONS.values():
        for citation in known.values():
            assert re.fullmatch(r"10\.\d{4,}/\S+", citation.doi)
            told = (citation.authors, citation.title, citation.journal, citation.year)
            assert all(told) or not any(told)


def test_a_file_of_ones_own_says_who_made_it_and_not_where_it_lies(tmp_path: Path) -> None:
    file = write_codes(tmp_path / "real.tif", grid_of(2, 2), 1)
    asked = ProductSource("imd", "2018", "IMD", str(file), "", {})
    (entry,) = cited([product_source(asked, file, file, tmp_path)])
    assert entry.publisher == PRODUCTS["IMD"].source
    assert (entry.dates, entry.year, entry.accessed) == ("2018", "2018", "")
    assert str(tmp_path) not in str(product_source(asked, file, file, tmp_path).to_dict())


def test_how_many_scenes_of_mixed_baselines_a_doi_is_not_of_is_said() -> None:
    baselines = ("05.00", "02.12", "05.09", "99.99")
    scenes = [scene("c", "2018-06-01", "sentinel2a", baseline) for baseline in baselines]
    (mixed,) = cited([scene_set("sentinel2", *scenes)])
    assert mixed.dois == ("10.5270/S2_-znk9xsj",)
    assert mixed.extent == "4 scenes of Sentinel-2A, 2 of them of no DOI"


def test_no_two_entries_have_one_key_whatever_bibtex_makes_of_their_names() -> None:
    names = ("a b", "a_b", "A_B", "a_b_2018")
    sources = [replace(product("TCD", "2018"), name=name) for name in names]
    keys = [each.key for each in cited([*sources, sources[0]])]
    assert keys == ["a_b-2018", "a_b-2018-2", "A_B-2018-3", "a_b_2018-2018", "a_b-2018-4"]
