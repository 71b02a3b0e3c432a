"""Waiting in tests for what another process or thread is to do."""

import subprocess
import time
from collections.abc import Callable

_ENOUGH = 300.0  # seconds, on however busy a machine: nothing here is about speed


def wait_until(
    happened: Callable[[], object], process: "subprocess.Popen[bytes] | None" = None
) -> None:
    """Wait until `happened` says so.

    Raises:
        AssertionError: `process`, which was to see to it, has ended, or nothing came of it.
    """
    end = time.monotonic() + _ENOUGH
    while not happened():
        assert process is None or process.poll() is None, "the process ended before it happened"
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
