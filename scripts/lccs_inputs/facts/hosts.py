"""The hosts of services that a user has an account at: where keys and tokens of it may go."""

from collections.abc import Mapping

from lccs_inputs.facts.catalogues import CDSE
from lccs_inputs.facts.earthengine import CATALOGUE as EARTH_ENGINE
from lccs_inputs.facts.origins import CLMS

HOSTS: Mapping[str, tuple[str, ...]] = {
    CLMS: ("land.copernicus.eu",),
    CDSE: ("dataspace.copernicus.eu",),
    EARTH_ENGINE: (
        "earthengine.googleapis.com",
        "earthengine-highvolume.googleapis.com",
        "oauth2.googleapis.com",  # trade an account's key for a token; before 2020 the other two
        "accounts.google.com",
        "www.googleapis.com",
    ),
}
"""Service → its hosts; what ends in a dot and one of them is one too."""
