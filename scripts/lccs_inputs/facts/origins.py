"""Where an edition of a product can come from, as a config says it."""

from lccs_inputs.facts.catalogues import CDSE
from lccs_inputs.facts.earthengine import CATALOGUE as EARTH_ENGINE

CLMS = "clms"
"""An edition that is requested from CLMS."""
IMAGE_SERVICE = "image_service"
"""An edition that is exported from the public image service, without a key."""
FETCHED = (CLMS, IMAGE_SERVICE, CDSE, EARTH_ENGINE)
"""Every edition that is not a file of the user's own."""
