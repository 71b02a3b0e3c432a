"""What Earth Engine calls a band: its own name, if letters, digits and _ are all it has."""

from lccs_inputs.files import fingerprint


def band_id(band: str) -> str:
    """The id of a band; one that is named by an expression is its function, and a hash of it."""
    return band if band.isidentifier() else f"{band.partition('(')[0]}_{fingerprint(band)}"
