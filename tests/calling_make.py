"""Calling make from tests that make itself may have started."""

import os

_OUTER = (
    *("MAKE", "ARGS", "CONFIG", "CORES", "PROFILE", "OFFLINE", "LCCS_INPUTS_OFFLINE"),
    *("TRUST", "LCCS_INPUTS_TRUST", "LCCS_INPUTS_IMAGE"),
)


def environment() -> dict[str, str]:
    """The environment without what `make test` itself was told."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OUTER)}
