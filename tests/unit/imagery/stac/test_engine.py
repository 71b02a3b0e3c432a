"""What a block job of open data declares: it follows the config, and where the catalogue is."""

from lccs_inputs.config.sections.services import ComposingSettings
from lccs_inputs.imagery.stac.engine import ENGINE

SERVICES = {"composing": ComposingSettings().model_dump()}
GENEROUS = {"composing": ComposingSettings(memory=4000, connections=20).model_dump()}


def test_memory_follows_the_budget_for_observations():
    assert ENGINE.memory(SERVICES) >= 600 * 2**20 / 1e6 + 800
    assert ENGINE.memory(GENEROUS) - ENGINE.memory(SERVICES) >= 3400 * 2**20 / 1e6


def test_connections_are_counted_where_the_catalogue_is_on_a_network():
    assert ENGINE.connections("earth_search", SERVICES) == 8
    assert ENGINE.connections("https://stac.example/v1", GENEROUS) == 20
    assert ENGINE.connections("scenes/catalog.json", GENEROUS) == 0
