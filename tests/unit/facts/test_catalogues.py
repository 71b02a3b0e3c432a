"""Presets, and which collections and signatures a catalogue needs."""

import subprocess
import sys

import pytest

from lccs_inputs.errors import SourceError
from lccs_inputs.facts.catalogues import (
    DEFAULT_COLLECTIONS,
    PRESETS,
    SIGNERS,
    default_collections,
    preset_of,
)
from lccs_inputs.facts.sensors import SENSORS
from lccs_inputs.imagery.stac.signing import signer


def test_presets_speak_of_known_sensors_and_signers():
    for preset in PRESETS.values():
        assert preset.url.startswith("https://")
        assert set(preset.collections) <= set(SENSORS)
        assert preset.sign in ("", *SIGNERS)
    assert set(DEFAULT_COLLECTIONS) == set(SENSORS)


def test_earth_search_prefers_collection_1_and_falls_back():
    assert default_collections("earth_search", "sentinel2") == (
        "sentinel-2-c1-l2a",
        "sentinel-2-l2a",
    )


def test_a_preset_without_the_sensor_says_which_one_has_it():
    with pytest.raises(SourceError, match=r"earth_search offers no landsat .* planetary_computer"):
        default_collections("earth_search", "landsat")


def test_any_other_catalogue_is_searched_for_the_usual_collections():
    assert default_collections("data/catalog.json", "sentinel1") == ("sentinel-1-rtc",)


def test_the_address_of_a_preset_is_that_preset():
    computer = PRESETS["planetary_computer"]
    assert preset_of(computer.url + "/") is computer
    assert preset_of("planetary_computer") is computer
    assert preset_of("https://example.org/stac") is None


def test_without_a_signer_hrefs_stay_as_they_are():
    assert signer("")("https://example.org/a.tif?b=c") == "https://example.org/a.tif?b=c"


def test_every_signer_can_be_made():
    assert all(callable(signer(name)) for name in SIGNERS)


def test_reading_presets_loads_no_stac_library():
    """The config reads them whenever Snakemake parses the workflow."""
    code = (
        "import sys; sys.path.insert(0, 'scripts'); import lccs_inputs.facts.catalogues; "
        "sys.exit(any(name in sys.modules for name in ('pystac', 'requests', 'shapely')))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
