"""Which editions the public image service has; light, so that a config can be checked against it.

Source: EEA, services of image.discomap.eea.europa.eu, folder GioLandPublic.
"""

from collections.abc import Mapping

IMAGE_YEAR = 2018
"""The one edition it has."""

IMAGE_LAYERS: Mapping[str, str] = {
    "WAW": "HRL_WaterWetness_2018",
    "IMD": "HRL_ImperviousnessDensity_2018",
    "TCD": "HRL_TreeCoverDensity_2018",
    "DLT": "HRL_DominantLeafType2018",
    "GRA": "HRL_Grassland_2018",
}
"""Product name → image service."""
