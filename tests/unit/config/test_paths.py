"""Paths in a config: every key that takes one reads it alike."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from lccs_inputs import config
from lccs_inputs.config.models import Config
from lccs_inputs.config.problems import inner_model, words_of
from lccs_inputs.errors import ConfigError
from lccs_inputs.plan import Plan

REPOSITORY = Path(__file__).resolve().parents[3]
SEEN = ("areas.NAME.file", "products.NAME.editions.KEY", "scenes.NAME.catalogue",
        "earthengine.cache", "reference.NAME.file")  # fmt: skip
"""Keys whose paths Snakemake is told."""
UNSEEN = (
    "cdse.key", "cdse.cache", "clms.key", "clms.lock", "clms.cache", "composing.cache",
    "earthengine.key",
)  # fmt: skip
NOT_ONLY_PATHS = ("scenes.NAME.catalogue",)


def document(key: str, path: str) -> dict[str, Any]:
    """A config with a path under one of the keys."""
    given: dict[str, Any] = {
        "areas": {"here": {"file": "here.gpkg"}},
        "periods": {"2018": {"start": "2018-05-01", "end": "2018-10-31"}},
        "scenes": {"s2": {"sensor": "sentinel2", "catalogue": "catalogue.json"}},
        "products": {"water": {"product": "WAW", "editions": {"2018": "water.tif"}}},
        "layers": {"aquatic_wat_cat": {"use": "waw", "methods": {"waw": "water == 1 or nir < 1"}}},
    }
    *parents, last = steps(key)
    place = given
    for step in parents:
        place = place.setdefault(step, {})
    place[last] = path
    return given


NAMES = {"areas": "here", "scenes": "s2", "products": "water", "reference": "points"}


def steps(key: str) -> list[str]:
    section, *rest = key.split(".")
    return [
        section,
        *(NAMES[section] if s == "NAME" else "2018" if s == "KEY" else s for s in rest),
    ]


def loaded(key: str, path: str) -> Any:
    value: Any = config.load(document(key, path)).model_dump()
    for step in steps(key):
        value = value[step]
    return value


def path_keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """The keys of the models that expect a path, or a table of paths."""
    for name, field in model.model_fields.items():
        annotation, key = field.annotation, f"{prefix}{name}"
        named = "dict" in str(annotation)[:6] or "dict[" in str(annotation)
        if words_of(field) == "a path" or "a path" in map(words_of, get_args(annotation)):
            yield f"{key}.KEY" if named else key
        if inner := inner_model(annotation):
            yield from path_keys(inner, f"{key}.NAME." if named else f"{key}.")


def test_the_tables_of_this_test_name_every_key_of_a_path() -> None:
    assert {*path_keys(Config), *NOT_ONLY_PATHS} == {*SEEN, *UNSEEN}


@pytest.mark.parametrize("key", [*SEEN, *UNSEEN])
def test_a_tilde_is_the_home_folder_under_every_key(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/zoë d'été")
    assert loaded(key, "~/data/a.json") == "/home/zoë d'été/data/a.json"


@pytest.mark.parametrize("key", [*SEEN, *UNSEEN])
@pytest.mark.parametrize(
    "path", ["a.json", "./a.json", "a//b.json", "/a/ü d'été (1) & [2] $x #3.json", "b/~/a.json"]
)
def test_any_other_path_stays_as_it_is_written_under_every_key(key: str, path: str) -> None:
    assert loaded(key, path) == path


@pytest.mark.parametrize("key", [*SEEN, *UNSEEN])
def test_a_home_that_is_not_there_is_told_with_the_key(key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(document(key, "~nobody_here/a.json"))
    (told,) = caught.value.problems
    assert told.startswith(f"{'.'.join(steps(key))}: begins with ~ but with no home folder")


@pytest.mark.parametrize("key", SEEN)
@pytest.mark.parametrize(
    "name", ["WAW {1}.json", "{edition}.json", "}.json", "a <results>.json", "a\nb.json"]
)
def test_what_snakemake_would_read_as_a_name_of_its_own_is_told_with_the_key(
    key: str, name: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(document(key, f"data/{name}"))
    (told,) = caught.value.problems
    assert told.startswith(f"{'.'.join(steps(key))}: Snakemake reads braces")


@pytest.mark.parametrize("key", UNSEEN)
def test_braces_may_be_in_a_path_that_snakemake_is_not_told(key: str) -> None:
    assert loaded(key, "data/{a}.json") == "data/{a}.json"


def test_a_preset_can_be_in_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mine.yaml").write_text("grid: {resolution: 20}\n")
    read = config.load_files(REPOSITORY / "config.yaml", [], {"preset": "~/mine.yaml"})
    assert read["grid"]["resolution"] == 20
    with pytest.raises(ConfigError, match="preset: begins with ~"):
        config.load_files(REPOSITORY / "config.yaml", [], {"preset": "~nobody_here/mine.yaml"})


def test_the_plan_takes_all_of_them_from_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    from lccs_inputs.workflow.requests import Place

    monkeypatch.setenv("HOME", "/home/zoë")
    at_home = {
        key: Plan(config.load(document(key, "~/a.json"))) for key in (*SEEN, "earthengine.key")
    }
    place = Place(area="here", source="water", edition="2018")
    assert at_home["areas.NAME.file"].areas.outline(place) == ["/home/zoë/a.json"]
    delivered = at_home["products.NAME.editions.KEY"].products.delivered(place)
    assert delivered == "/home/zoë/a.json"
    scenes = at_home["scenes.NAME.catalogue"].scenes
    assert scenes.catalogue(Place(area="here", source="s2")) == ["/home/zoë/a.json"]
    assert at_home["earthengine.key"].services["earthengine"]["key"] == "/home/zoë/a.json"
