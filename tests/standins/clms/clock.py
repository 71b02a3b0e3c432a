"""The stand-in's time: the real one, with leaps."""

import threading
import time


class Clock:
    """Real time plus what tests advanced it by; give `now` and `sleep` to a client as its own."""

    def __init__(self) -> None:
        self._ahead, self._lock = 0.0, threading.Lock()
        self._stopped: float | None = None

    def stop(self) -> None:
        """Take no part in real time from now on: a look at the clock takes a millisecond."""
        self._stopped = time.time()

    def now(self) -> float:
        """Seconds since 1970, UTC."""
        if self._stopped is None:
            return time.time() + self._ahead
        self.advance(0.001)
        return self._stopped + self._ahead

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        with self._lock:
            self._ahead += seconds

    sleep = advance
