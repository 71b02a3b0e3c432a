"""Reading and merging config files."""

from pathlib import Path
from typing import Any

import pytest

from lccs_inputs import config
from lccs_inputs.config.files import load_files, merge_files, replace_sections
from lccs_inputs.errors import ConfigError

REPOSITORY = Path(__file__).resolve().parents[3]
BASE = REPOSITORY / "config.yaml"


def written(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problem(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_files(BASE, [path], {})
    (line,) = caught.value.problems
    return line


def test_a_users_areas_replace_those_of_the_sample(tmp_path: Path) -> None:
    mine = written(tmp_path, "areas: {mine: {file: mine.gpkg}}")
    assert load_files(BASE, [mine], {})["areas"] == {"mine": {"file": "mine.gpkg"}}


@pytest.mark.parametrize("section", ["areas", "periods", "scenes", "products", "layers"])
def test_a_section_of_things_is_replaced_whole(section: str) -> None:
    merged = replace_sections({section: {"a": {"x": 1}}}, {section: {"b": {"y": 2}}})
    assert merged[section] == {"b": {"y": 2}}


@pytest.mark.parametrize("section", ["grid", "derived", "checks", "sample"])
def test_a_section_of_settings_is_merged_by_key(section: str) -> None:
    merged = replace_sections({section: {"a": 1, "b": {"c": 1}}}, {section: {"b": {"d": 2}}})
    assert merged[section] == {"a": 1, "b": {"c": 1, "d": 2}}


def test_merging_leaves_its_inputs_alone() -> None:
    base: dict[str, Any] = {"grid": {"block": 1}}
    replace_sections(base, {"grid": {"block": 2}})
    assert base == {"grid": {"block": 1}}


def test_later_files_win_over_earlier_ones(tmp_path: Path) -> None:
    first = written(tmp_path, "areas: {a: {file: a.gpkg}}\ngrid: {resolution: 30}", "first.yaml")
    second = written(tmp_path, "areas: {b: {file: b.gpkg}}", "second.yaml")
    merged = load_files(BASE, [first, second], {})
    assert list(merged["areas"]) == ["b"]
    assert merged["grid"]["resolution"] == 30


def test_the_command_line_is_merged_last_key_by_key(tmp_path: Path) -> None:
    mine = written(tmp_path, "grid: {resolution: 30}")
    use = {"layers": {"vegetat_veg_cat": {"use": "evi"}}}
    merged = load_files(BASE, [mine], {"grid": {"resolution": 60}} | use)
    assert merged["grid"]["resolution"] == 60
    assert merged["layers"]["vegetat_veg_cat"]["use"] == "evi"
    assert config.load(merged).layers["vegetat_veg_cat"].use == ("evi",)


def test_giving_the_base_itself_changes_nothing() -> None:
    assert load_files(BASE, [BASE], {}) == load_files(BASE, [], {})


def test_with_scene_sets_goes_the_default_among_them(tmp_path: Path) -> None:
    mine = written(tmp_path, "scenes: {s2: {sensor: sentinel2, catalogue: earth_search}}")
    merged = load_files(BASE, [mine], {})
    assert "default_scenes" not in merged
    assert config.load(merged).default_scenes == "s2"


def test_with_scene_sets_and_products_go_the_alternatives_that_name_them(tmp_path: Path) -> None:
    mine = written(tmp_path, "scenes: {s2: {sensor: sentinel2, catalogue: earth_search}}")
    methods = load_files(BASE, [mine], {})["layers"]["vegetat_veg_cat"]["methods"]
    assert list(methods) == [
        "ndvi", "evi", "fvc", "ndvi_max", "ndvi_mean", "ndvi_p90", "ndvi_months",
    ]  # fmt: skip


def test_a_method_in_use_that_names_a_lost_source_is_refused(tmp_path: Path) -> None:
    mine = written(tmp_path, "products: {}")
    with pytest.raises(ConfigError, match=r"aquatic_wat_cat\.methods\.water_wetness: there is no"):
        config.load(load_files(BASE, [mine], {}))


OWN_PRODUCT = "imperviousness: {product: IMD, editions: {2018: mine.tif}}"


def refusals(mine: Path, overrides: Any = None) -> list[str]:
    merged = merge_files(BASE, [mine], overrides or {})
    with pytest.raises(ConfigError) as caught:
        config.load(merged.document, merged.lost)
    return caught.value.problems


def test_with_products_go_the_layers_that_nobody_asked_for(tmp_path: Path) -> None:
    mine = written(
        tmp_path,
        f"products: {{{OWN_PRODUCT}}}\nuse: {{aquatic_wat_cat: ndwi, cultman_agr_cat: none, "
        "lifeform_veg_cat: none, canopyco_veg_con: none, leaftype_veg_cat: none}\n",
    )
    merged = merge_files(BASE, [mine], {})
    loaded = config.load(merged.document, merged.lost)
    assert loaded.made == ("vegetat_veg_cat", "aquatic_wat_cat", "artific_urb_cat")
    assert not {"canopyht_veg_con", "phenolog_veg_cat"} & {*loaded.layers}
    assert list(loaded.layers["waterper_wat_cin"].methods) == ["sar_months"]
    assert "urbanveg_urb_cat" in loaded.layers, "its product is among the user's own"


def test_a_lost_product_is_named_once_with_every_layer_that_needs_it(tmp_path: Path) -> None:
    found = refusals(written(tmp_path, f"products: {{{OWN_PRODUCT}}}"))
    sources = {problem.split(": is missing, and needed by ")[0] for problem in found}
    assert {"products.water_wetness", "products.tree_cover_density"} <= sources
    assert all(source.startswith("products.") for source in sources), found
    assert len(found) == len(sources)
    trees = next(problem for problem in found if "tree_cover_density" in problem)
    assert "layers.canopyco_veg_con" in trees
    assert "layers.lifeform_veg_cat" in trees, "by way of derived.woody"
    assert "your products take the place of all those of config.yaml" in trees


def test_a_layer_that_is_chosen_after_all_names_the_product_it_lacks(tmp_path: Path) -> None:
    mine = written(tmp_path, f"products: {{{OWN_PRODUCT}}}")
    for overrides in ({}, {"use": {"waterper_wat_cin": "surface_water"}}):
        told = "\n".join(refusals(mine, overrides))
        assert ("products.water_months: is missing" in told) == bool(overrides)


def test_a_lost_scene_set_is_named_too(tmp_path: Path) -> None:
    mine = written(
        tmp_path,
        "scenes: {s2: {sensor: sentinel2, catalogue: earth_search}}\n"
        "use: {vegetat_veg_cat: both_ndvi_max}",
    )
    (problem,) = refusals(mine)
    assert problem.startswith("scenes.l8: is missing, and needed by layers.vegetat_veg_cat: your ")


def test_a_users_own_layers_are_kept_whole(tmp_path: Path) -> None:
    text = "{use: ndvi, methods: {ndvi: ndvi > 0, l9: l9.ndvi > 0}}"
    mine = written(tmp_path, f"layers: {{vegetat_veg_cat: {text}}}")
    merged = load_files(BASE, [mine], {})
    assert list(merged["layers"]) == ["vegetat_veg_cat"]
    with pytest.raises(ConfigError, match=r"methods\.l9"):
        config.load(merged)


def test_a_syntax_error_is_told_by_file_and_line(tmp_path: Path) -> None:
    path = written(tmp_path, "areas:\n  mine: {bbox: [1, 2\nperiods: {}\n")
    assert problem(path).startswith(f"{path}, line 3: ")


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("layers:\n  a: {}\n  b: {}\n  a: {}\n", 4, "a"),
        ("areas: {}\nareas: {}\n", 2, "areas"),
        ('periods:\n  2018: {}\n  "2018": {}\n', 3, "2018"),
    ],
)
def test_a_key_that_is_there_twice_is_refused(
    tmp_path: Path, text: str, line: int, key: str
) -> None:
    path = written(tmp_path, text)
    assert problem(path) == f'{path}, line {line}: the key "{key}" is there twice'


def test_yaml_anchors_and_merges_are_understood(tmp_path: Path) -> None:
    text = "derived: {}\nscenes:\n  a: &a {sensor: sentinel2}\n  b: {<<: *a, mask: none}\n"
    merged = load_files(BASE, [written(tmp_path, text)], {})
    assert merged["scenes"]["b"] == {"sensor": "sentinel2", "mask": "none"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff\xfe\x00", "cannot be read as YAML"),
        (b"- a\n- b\n", "expected sections such as areas: and layers:, at the top"),
        (b"{[a]: 1}", "unhashable"),
        (b"a: !!python/object:os.system x", "could not determine a constructor"),
    ],
)
def test_a_file_that_is_no_config_is_told_by_name(
    tmp_path: Path, content: bytes, told: str
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    line = problem(path)
    assert line.startswith(str(path))
    assert told in line


def test_a_file_that_is_not_there_is_told_by_name(tmp_path: Path) -> None:
    assert problem(tmp_path / "none.yaml").startswith(f"{tmp_path / 'none.yaml'}: cannot be read")


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    assert load_files(BASE, [written(tmp_path, "# nothing yet\n")], {}) == load_files(BASE, [], {})


@pytest.mark.parametrize(
    "layers", [3, {"a": 3}, {"a": {"methods": 3}}, {"a": {"methods": {"m": 3}}}]
)
def test_merging_leaves_judging_to_the_check(layers: Any) -> None:
    merged = replace_sections({"scenes": {"x": {}}, "layers": layers}, {"scenes": None})
    assert merged["scenes"] is None


def test_an_impossible_date_is_told_by_its_key(tmp_path: Path) -> None:
    mine = written(tmp_path, "periods: {a: {start: 2018-04-01, end: 2018-04-31}}")
    with pytest.raises(ConfigError) as caught:
        config.load(load_files(BASE, [mine], {}))
    assert caught.value.problems == [
        'periods.a.end: expected a date (YYYY-MM-DD), found "2018-04-31"'
    ]


class TestPresets:
    def base(self, folder: Path) -> Path:
        (folder / "presets").mkdir()
        (folder / "presets/quick.yaml").write_text(
            "grid: {resolution: 100}\nlayers: {vegetat_veg_cat: {use: evi}}\n"
        )
        base = folder / "config.yaml"
        base.write_text(BASE.read_text())
        return base

    def test_one_lies_between_the_base_and_what_the_user_says(self, tmp_path: Path) -> None:
        mine = written(tmp_path, "preset: quick\ngrid: {block: 512}")
        merged = load_files(self.base(tmp_path), [mine], {})
        assert merged["preset"] == "quick"
        assert merged["grid"] == {"crs": "EPSG:2154", "resolution": 100, "block": 512}
        assert merged["layers"]["vegetat_veg_cat"]["use"] == "evi"
        assert "ndvi" in merged["layers"]["vegetat_veg_cat"]["methods"]

    def test_the_command_line_can_name_it_and_default_takes_it_off(self, tmp_path: Path) -> None:
        base = self.base(tmp_path)
        mine = written(tmp_path, "preset: quick")
        assert load_files(base, [], {"preset": "quick"})["grid"]["resolution"] == 100
        assert load_files(base, [mine], {"preset": "default"})["grid"]["resolution"] == 20

    def test_a_file_of_ones_own_can_be_one(self, tmp_path: Path) -> None:
        path = written(tmp_path, "grid: {resolution: 50}")
        assert load_files(BASE, [], {"preset": str(path)})["grid"]["resolution"] == 50

    def test_an_unknown_one_is_told_with_the_nearest(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r'preset: "quik" is not a preset; did you mean "qu'):
            load_files(self.base(tmp_path), [], {"preset": "quik"})

    def test_a_name_that_is_no_text_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"preset: the list \["):
            load_files(self.base(tmp_path), [], {"preset": ["quick"]})

    def test_every_preset_of_the_project_is_right(self) -> None:
        for path in (BASE.parent / "presets").glob("*.yaml"):
            config.load(load_files(BASE, [], {"preset": path.stem}))


def test_use_chooses_the_method_of_a_layer_and_leaves_the_others(tmp_path: Path) -> None:
    mine = written(tmp_path, "use: {vegetat_veg_cat: [evi, ndvi], canopyco_veg_con: none}")
    loaded = config.load(load_files(BASE, [mine], {}))
    assert loaded.layers["vegetat_veg_cat"].use == ("evi", "ndvi")
    assert "canopyco_veg_con" not in loaded.made
    assert "leaftype_veg_cat" in loaded.made


def test_use_of_a_layer_that_is_not_there_is_told(tmp_path: Path) -> None:
    mine = written(tmp_path, "use: {vegetat: evi}")
    with pytest.raises(ConfigError, match='use: "vegetat" is not a layer here'):
        load_files(BASE, [mine], {})


def test_a_layer_that_is_not_made_cannot_be_named(tmp_path: Path) -> None:
    mine = written(tmp_path, "use: {artific_urb_cat: none}")
    with pytest.raises(ConfigError, match=r"vegetat_veg_cat.minus: there is no artific_urb_cat"):
        config.load(load_files(BASE, [mine], {}))


def test_derived_sources_over_lost_ones_go_with_them(tmp_path: Path) -> None:
    mine = written(
        tmp_path,
        "products: {trees: {product: TCD, editions: {2018: a.tif}}}\n"
        "layers: {vegetat_veg_cat: {use: trees, methods: {trees: trees >= 10}}}",
    )
    base = tmp_path / "base.yaml"
    base.write_text(BASE.read_text().replace(
        "derived:\n", "derived:\n  sealed: imperviousness >= 30\n  grey: where(sealed, 1, 0)\n"
    ))  # fmt: skip
    assert not {"sealed", "grey"} & load_files(base, [mine], {})["derived"].keys()
    assert {"sealed", "grey"} <= load_files(base, [], {})["derived"].keys()


def test_path_variables_are_snakemakes_own_wherever_they_are_said(tmp_path: Path) -> None:
    mine, said = written(tmp_path, "pathvars: {results: here}"), {"pathvars": {"results": "there"}}
    assert "pathvars" not in load_files(BASE, [mine], {})
    assert "pathvars" not in load_files(BASE, [said], said)
