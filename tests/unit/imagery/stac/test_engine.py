"""What a block job of open data declares: it follows the config, and where the catalogue is."""

from lccs_inputs.config.sections.services import CdseSettings, ComposingSettings
from lccs_inputs.imagery.stac.engine import ENGINE

SERVICES = {"composing": ComposingSettings().model_dump(), "cdse": CdseSettings().model_dump()}
GENEROUS = SERVICES | {"composing": ComposingSettings(memory=4000, connections=20).model_dump()}


def test_memory_follows_the_budget_for_observations():
    assert ENGINE.memory(SERVICES) >= 600 * 2**20 / 1e6 + 800
    assert ENGINE.memory(GENEROUS) - ENGINE.memory(SERVICES) >= 3400 * 2**20 / 1e6


def test_connections_are_counted_where_the_catalogue_is_on_a_network():
    assert ENGINE.slots("earth_search", SERVICES) == {"http_slots": 8}
    assert ENGINE.slots("https://stac.example/v1", GENEROUS) == {"http_slots": 20}
    assert ENGINE.slots("scenes/catalog.json", GENEROUS) == {}


def test_those_to_the_data_space_are_the_few_of_an_account():
    address = CdseSettings().catalogue
    assert ENGINE.slots("cdse", GENEROUS) == ENGINE.slots(address, GENEROUS) == {"cdse_slots": 4}
