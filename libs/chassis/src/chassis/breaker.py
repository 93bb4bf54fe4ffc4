"""Holds requests back from an address that does not answer."""

from __future__ import annotations

import time
from collections.abc import Callable

#: failures in a row that open a breaker, and seconds until it admits one request
FAILURES_MAX, REST_S = 5, 2.0


class Breaker:
    """Counts failed connects and deadlines of one address in a row; too many open the breaker for a while."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, rest: float = REST_S) -> None:
        """Takes `rest`: seconds for which an open breaker admits nothing."""
        self._clock = clock
        self._rest = rest
        self._failures = 0
        self._closed_again = 0.0

    @property
    def is_open(self) -> bool:
        """Tells whether the breaker holds requests back."""
        return self._failures >= FAILURES_MAX

    @property
    def is_idle(self) -> bool:
        """Tells whether it need not be kept: nothing has failed, or the last failure is long ago."""
        return self._failures == 0 or self._clock() >= self._closed_again

    def admits(self) -> bool:
        """Tells whether a request may be sent. While the breaker is open, one may be sent after each rest."""
        if not self.is_open:
            return True
        if self._clock() < self._closed_again:
            return False
        self._closed_again = self._clock() + self._rest
        return True

    def failed(self) -> None:
        """Counts a failed connect or a deadline."""
        self._failures += 1
        self._closed_again = self._clock() + self._rest

    def answered(self) -> None:
        """Closes the breaker: the address has answered, with any status."""
        self._failures = 0
