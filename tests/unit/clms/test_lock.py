"""The lock file: made from the catalogue, read back, compared, and noticed to be out of date."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from lccs_inputs.clms.catalogue import PrepackagedFile
from lccs_inputs.clms.drift import verify
from lccs_inputs.clms.lock import Lock
from lccs_inputs.clms.session import ClmsSession
from lccs_inputs.commands import offers as listing
from lccs_inputs.commands import offers_lock as locking
from lccs_inputs.commands.offers_lock import difference, refresh, update
from lccs_inputs.errors import SourceError

REPOSITORY = Path(__file__).resolve().parents[3]
WANTED = [("WAW", 2018), ("IMD", 2021), ("TCD", 2022)]


@pytest.fixture
def lock(session: ClmsSession) -> Lock:
    return refresh(session, WANTED, Lock())[0]


# -- making ----------------------------------------------------------------------------------


def test_products_are_pinned_to_the_ids_a_request_needs(clms, lock):
    dataset = clms.catalogue.find("Imperviousness Density 2021")
    entry = lock.entry("IMD", 2021)
    assert (entry.uid, entry.title) == (dataset.uid, dataset.title)
    assert dataset.layers[entry.information_id].resolution == 10
    assert (entry.collection, entry.source, entry.resolution) == ("10 m", "EEA", 10)
    assert (entry.output_format, entry.time_series, entry.files) == ("Geotiff", False, ())


def test_a_year_of_a_series_is_pinned_to_the_series_and_asks_for_dates(clms, lock):
    entry = lock.entry("TCD", 2022)
    assert entry.uid == clms.catalogue.find("Tree Cover Density 2018-present (raster 10 m)").uid
    assert (entry.year, entry.time_series) == (2022, True)
    assert entry.collection == "Tree Cover Density"


def test_ready_made_files_are_pinned_by_country(lock):
    entry = lock.entry("WAW", 2018)
    assert [file.area for file in entry.files] == ["France", "Italy", "Switzerland"]
    assert entry.file_for("switzerland").file_id == "e252e036-11a2-441f-aac7-e743c1498c2f"


@pytest.mark.parametrize(
    ("product", "country", "said"),
    [
        ("WAW", "Frence", 'no file of WAW 2018 for "Frence"; did you mean "France"'),
        ("WAW", "Utopia", "it has France, Italy, Switzerland"),
        ("IMD", "France", "has no ready-made files of IMD 2021; request by bbox or nuts"),
    ],
)
def test_a_country_without_a_file_is_told_what_there_is(lock, product, country, said):
    entry = next(each for each in lock.products if each.product == product)
    with pytest.raises(SourceError, match=said):
        entry.file_for(country)


def test_two_files_of_one_country_are_not_chosen_between(lock):
    entry = lock.entry("WAW", 2018)
    france = entry.file_for("France")
    doubled = replace(entry, files=(france, replace(france, name="other")))
    with pytest.raises(SourceError, match="several files of WAW 2018"):
        doubled.file_for("France")


def test_everything_that_is_not_on_offer_is_told_at_once(session):
    with pytest.raises(SourceError) as raised:
        refresh(session, [("IMD", 2019), ("WAW", 2018), ("CTY", 2016)], Lock())
    assert [line.split(":")[0] for line in str(raised.value).splitlines()] == [
        "CLMS does not offer Crop Types (CTY) of 2016 as a raster of 20 m or finer; it lists "
        '"Crop Types 2017-present (raster 10 m), Europe, yearly"',
        "CLMS does not offer Imperviousness Density (IMD) of 2019 as a raster of 20 m or finer; "
        'it lists "Imperviousness Density 2012 (raster 20 m and 100 m), Europe, 3-yearly", '
        '"Imperviousness Density 2015 (raster 20 m and 100 m), Europe, 3-yearly", '
        '"Imperviousness Density 2018 (raster 10 m and 100 m), Europe, 3-yearly", '
        '"Imperviousness Density 2021 (raster 10 m and 100 m), Europe, 3-yearly", '
        '"Imperviousness Density 2024 (raster 10 m and 100 m), Europe, 3-yearly"',
    ]


# -- the file --------------------------------------------------------------------------------


def test_what_is_written_is_read_back(lock, tmp_path):
    lock.write(tmp_path / "lock.json")
    assert Lock.read(tmp_path / "lock.json") == lock


def test_the_same_catalogue_gives_the_same_bytes_in_whatever_order_it_is_asked(session, tmp_path):
    for name, wanted in (("a", WANTED), ("b", WANTED[::-1] * 2)):
        refresh(session, wanted, Lock())[0].write(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").read_text().endswith("}\n")


def test_the_lock_file_holds_no_host_and_no_time(lock, tmp_path):
    lock.write(tmp_path / "lock.json")
    text = (tmp_path / "lock.json").read_text()
    assert "127.0.0.1" not in text
    assert "http" not in text
    assert "H:\\" not in text


def test_a_missing_lock_file_says_how_to_make_it(tmp_path):
    with pytest.raises(SourceError, match=r"lock\.json does not exist; run make offers-lock"):
        Lock.read(tmp_path / "lock.json")


@pytest.mark.parametrize(
    "text", ["", "<<<<<<< ours", "[]", '{"version": 2, "products": []}', '{"products": [{}]}']
)
def test_a_damaged_lock_file_is_refused_in_one_sentence(tmp_path, text):
    path = tmp_path / "lock.json"
    path.write_text(text)
    with pytest.raises(SourceError, match="move it away and run make offers-lock") as raised:
        Lock.read(path)
    assert "\n" not in str(raised.value)


def test_a_number_written_as_text_is_no_number(lock, tmp_path):
    path = tmp_path / "lock.json"
    lock.write(path)
    document = json.loads(path.read_text())
    document["products"][0]["year"] = "2021"
    path.write_text(json.dumps(document))
    with pytest.raises(SourceError, match=r"products\.0\.year"):
        Lock.read(path)


def test_a_product_that_is_not_locked_says_how_to_lock_it(lock):
    with pytest.raises(
        SourceError, match="no GRA 2018, which comes from CLMS; run make offers-lock"
    ):
        lock.entry("GRA", 2018)


def test_reading_a_lock_file_loads_nothing_that_talks_to_a_network():
    heavy = "{'requests', 'jwt', 'cryptography', 'filelock'}"
    code = f"import sys, lccs_inputs.clms.lock; print(*{heavy} & sys.modules.keys())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(REPOSITORY / "scripts")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == ""


# -- comparing -------------------------------------------------------------------------------


def test_locking_again_changes_nothing(session, lock):
    assert refresh(session, WANTED, lock) == (lock, "")


def test_what_another_config_has_locked_is_kept(session, lock):
    new, said = refresh(session, [("GRA", 2018)], lock)
    assert set(lock.products) < set(new.products)
    assert said == (
        '+ GRA 2018: "Grassland 2018 (raster 10 m and 100 m), Europe, 3-yearly", 10 m, '
        "3 ready-made files"
    )


def test_new_ids_and_titles_are_told_in_a_line(clms, session, lock):
    clms.catalogue.renew("Imperviousness Density 2021")
    clms.catalogue.retitle(
        "Imperviousness Density 2021", "Imperviousness Degree 2021 (raster 10 m)"
    )
    new, said = refresh(session, WANTED, lock)
    old, entry = lock.entry("IMD", 2021), new.entry("IMD", 2021)
    assert said == (
        f"~ IMD 2021: title {old.title!r} -> 'Imperviousness Degree 2021 (raster 10 m)'; "
        f"information_id {old.information_id!r} -> {entry.information_id!r}"
    )


def test_changed_files_are_told_by_country(lock):
    entry = lock.entry("WAW", 2018)
    newer = tuple(
        replace(file, version="v021") if file.area == "Italy" else file for file in entry.files
    )
    others = tuple(each for each in lock.products if each != entry)
    said = difference(lock, Lock((*others, replace(entry, files=newer))))
    assert said == "~ WAW 2018: ready-made files of Italy"
    assert difference(lock, Lock(others)).startswith("- WAW 2018: ")


# -- the catalogue moves on ------------------------------------------------------------------


def test_a_catalogue_as_it_was_locked_passes(clms, session, lock):
    clms.log.clear()
    verify(session, lock.products)
    assert [request.route for request in clms.log] == ["@datasets_by_uid"]


def test_a_data_set_that_is_gone_names_candidates(clms, session, lock):
    clms.catalogue.retire("Imperviousness Density 2021")
    clms.catalogue.retitle(
        "Imperviousness Density 2024", "Degree of Imperviousness (IMD) 2021 (raster 10 m)"
    )
    with pytest.raises(SourceError) as raised:
        verify(session, lock.products)
    assert str(raised.value) == (
        'IMD 2021: CLMS no longer has "Imperviousness Density 2021 (raster 10 m and 100 m), '
        f'Europe, 3-yearly" (DatasetID {lock.entry("IMD", 2021).uid}); run make offers-lock '
        "with your CONFIG (titles that come near: "
        '"Degree of Imperviousness (IMD) 2021 (raster 10 m)")'
    )


def test_a_retitled_data_set_is_not_taken_on_trust(clms, session, lock):
    clms.catalogue.retitle("Water and Wetness status 2018", "Water 2018 (raster 10 m)")
    with pytest.raises(SourceError, match=r'now calls "Water and Wetness status 2018.*offers-lock'):
        verify(session, lock.products)


def test_a_renewed_part_of_a_data_set_asks_to_lock_again(clms, session, lock):
    clms.catalogue.renew("Tree Cover Density 2018-present (raster 10 m)")
    with pytest.raises(SourceError, match=r"TCD 2022: .* no longer has its part .*offers-lock"):
        verify(session, lock.products)


# -- the commands ----------------------------------------------------------------------------


@pytest.fixture
def config(clms, tmp_path, monkeypatch) -> Path:
    """A user's config, beside which the commands run."""
    document = {
        "products": {
            "imperviousness": {"product": "IMD", "editions": {2021: "clms", 2018: "mine.zip"}},
            "water_wetness": {"product": "WAW", "editions": {2018: "clms"}},
        },
        "layers": {
            "artific_urb_cat": {"use": "it", "methods": {"it": "imperviousness >= 30"}},
        },
        "clms": {"url": clms.url},
    }
    base = (REPOSITORY / "config.yaml").read_text()
    (tmp_path / "config.yaml").write_text(base)
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(document))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "mine.yaml"


def test_the_lock_command_pins_what_the_config_takes_from_clms(config, capsys):
    assert locking.main([str(config)]) == 0
    assert [line[:11] for line in capsys.readouterr().out.splitlines()] == [
        "+ IMD 2021:",
        "+ WAW 2018:",
    ]
    lock = Lock.read(config.parent / "products.lock.json")
    assert [entry.name for entry in lock.products] == ["IMD 2021", "WAW 2018"]
    assert locking.main([str(config)]) == 0
    assert "nothing to change (2 products" in capsys.readouterr().out


def test_the_lock_command_only_checks_when_told_to(clms, config, capsys):
    assert locking.main(["--check", str(config)]) == 1
    assert not (config.parent / "products.lock.json").exists()
    locking.main([str(config)])
    before = (config.parent / "products.lock.json").read_bytes()
    assert locking.main(["--check", str(config)]) == 0
    clms.catalogue.renew("Imperviousness Density 2021")
    assert locking.main(["--check", str(config)]) == 1
    assert "~ IMD 2021: information_id" in capsys.readouterr().out
    assert (config.parent / "products.lock.json").read_bytes() == before


def test_the_lock_command_ends_in_a_sentence_where_a_product_is_gone(clms, config, capsys):
    clms.catalogue.retire("Imperviousness Density 2021")
    assert locking.main([str(config)]) == 1
    assert capsys.readouterr().err.startswith("CLMS does not offer Imperviousness Density (IMD)")
    assert not (config.parent / "products.lock.json").exists()


def test_the_list_command_prints_the_table_of_a_config(config, capsys):
    assert listing.main([str(config)]) == 0
    out = capsys.readouterr().out
    assert "\n\nevian: 6.4" in out
    assert "WAW 2018, ready made: France 35 MB" in out


def test_a_lock_of_nothing_is_written_too_so_that_there_is_one_to_commit(clms, tmp_path):
    assert update(clms.url, tmp_path / "lock.json", []) == ""
    assert Lock.read(tmp_path / "lock.json") == Lock()


@pytest.mark.parametrize(
    ("size", "read"),
    [
        ("35 MB", 35e6),
        ("1.2 GB", 1.2e9),
        ("0,7 gb", 0.7e9),
        (" 800KB ", 8e5),
        ("", None),
        ("35", None),
    ],
)
def test_a_ready_made_file_says_how_large_it_is(size: str, read: float | None):
    file = PrepackagedFile("id", "Italy", "WAW", 10.0, "Geotiff", size, "v020", "")
    assert file.bytes == read
