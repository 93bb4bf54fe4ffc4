"""Pauses the routing keys of full queues."""

from __future__ import annotations

import time
from collections.abc import Callable

_FIRST_S = 1.0
_LONGEST_S = 30.0


class KeyBackoff:
    """Pauses a refused key for a second, and twice as long after each further refusal, up to 30 seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._resting: dict[str, tuple[float, float]] = {}

    def refused(self, key: str) -> float | None:
        """Pauses a key and returns the seconds; None if it is paused already, as many publishes are refused at once."""
        until, seconds = self._resting.get(key, (0.0, _FIRST_S / 2))
        now = self._clock()
        if now < until:
            return None
        seconds = min(_LONGEST_S, seconds * 2)
        self._resting[key] = (now + seconds, seconds)
        return seconds

    def confirmed(self, key: str) -> None:
        """Ends a key's pause: its queue has room again."""
        self._resting.pop(key, None)

    def keys(self) -> list[str]:
        """Returns the keys that are paused now."""
        now = self._clock()
        return [key for key, (until, _) in self._resting.items() if now < until]
