"""Keeps calls away from a provider that does not answer, and lets one try whether it does again."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from feedback.models.errors import NO_CHILD, Kind, ProviderError

State = Literal["closed", "half_open", "open"]
#: errors that say that a provider is in trouble; all others are answers
_FAILURES: frozenset[Kind] = frozenset({"unreachable", "overloaded", "failed", "timeout", "cut"})


def is_failure(error: ProviderError) -> bool:
    """Tells whether an error says that the provider is in trouble; a refusal, with 4xx, says that it is there."""
    if error.code == NO_CHILD:
        return False
    return error.kind in _FAILURES and not (error.status is not None and 400 <= error.status < 500)


@dataclass(frozen=True, slots=True)
class Rule:
    """Says when a breaker opens: at so many `failures` within so many seconds; and for how many seconds it rests."""

    failures: int = 5
    within: float = 30.0
    rest: float = 30.0


class Admitted:
    """Stands for one call that was admitted; only the one that probes tells for it how it went."""


class Breaker:
    """Counts the failures of one provider; too many open it for a while, and then one call may try.

    Whoever was admitted says how it went: `answered`, `failed` or, where nothing was learned, `left`.
    """

    def __init__(self, rule: Rule, clock: Callable[[], float] = time.monotonic) -> None:
        self._rule = rule
        self._clock = clock
        self._failed_at: deque[float] = deque(maxlen=rule.failures)
        self._opened_at: float | None = None
        #: the call that tries half open
        self._probe: Admitted | None = None

    @property
    def state(self) -> State:
        """Tells whether calls are admitted: all, one, or none."""
        if self._opened_at is None:
            return "closed"
        return "open" if self._clock() < self._opened_at + self._rule.rest else "half_open"

    @property
    def rests_for(self) -> float | None:
        """Returns the seconds until one call may try; None while nothing is kept away."""
        if self._opened_at is None:
            return None
        return max(0.0, self._opened_at + self._rule.rest - self._clock())

    def would_admit(self) -> bool:
        """Tells whether a call would be admitted now."""
        return self.state == "closed" or (self.state == "half_open" and self._probe is None)

    def admit(self) -> Admitted | None:
        """Admits a call or does not; the one that tries half open keeps the others away until it has ended."""
        if not self.would_admit():
            return None
        call = Admitted()
        if self.state == "half_open":
            self._probe = call
        return call

    def answered(self, call: Admitted) -> None:
        """Closes the breaker again if this call has tried half open: the provider has answered.

        Any other call changes nothing: failures count within their time, however many calls went well between them.
        """
        if call is self._probe:
            self._failed_at.clear()
            self._opened_at = self._probe = None

    def failed(self, call: Admitted) -> None:
        """Counts a failure; a call that tried half open opens the breaker again."""
        now = self._clock()
        if call is self._probe:
            self._opened_at, self._probe = now, None
            return
        self._failed_at.append(now)
        is_full = len(self._failed_at) == self._rule.failures
        if self._opened_at is None and is_full and now - self._failed_at[0] <= self._rule.within:
            self._opened_at = now

    def left(self, call: Admitted) -> None:
        """Lets another call try in the place of one that has learned nothing, such as one that was cancelled."""
        if call is self._probe:
            self._probe = None
