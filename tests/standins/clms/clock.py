"""The stand-in's time: the real one, with leaps."""

import threading
import time


class Clock:
    """Real time plus what tests advanced it by; give `now` and `sleep` to a client as its own."""

    def __init__(self) -> None:
        self._ahead, self._lock = 0.0, threading.Lock()

    def now(self) -> float:
        """Seconds since 1970, UTC."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        with self._lock:
            self._ahead += seconds

    sleep = advance
