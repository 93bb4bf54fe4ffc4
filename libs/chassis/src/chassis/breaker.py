"""Keeps calls away from somebody who does not answer, and lets one try whether they do again."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

State = Literal["closed", "half_open", "open"]


@dataclass(frozen=True, slots=True)
class Rule:
    """Says when a breaker opens: at so many `failures`; and for how many seconds it rests.

    `within`: the seconds in which so many count, however many calls went well between them. None: they count in a row,
    and an answer begins the count anew.
    """

    failures: int = 5
    within: float | None = None
    rest: float = 2.0


class Admitted:
    """Stands for one call that was admitted; only the one that probes tells for it how it went."""


class Breaker:
    """Counts the failures of whoever is called; too many open it for a while, and then one call may try.

    Whoever was admitted says how it went: `answered`, `failed` or, where nothing was learned, `left`.
    """

    def __init__(self, rule: Rule | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._rule = rule or Rule()
        self._clock = clock
        self._failed_at: deque[float] = deque(maxlen=self._rule.failures)
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

    @property
    def is_idle(self) -> bool:
        """Tells whether it need not be kept: nothing has failed, or the last failure is a rest ago."""
        return not self._failed_at or self._clock() >= self._failed_at[-1] + self._rule.rest

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
        """Closes the breaker again if this call has tried half open.

        Any other call begins the count anew where failures count in a row, and else changes nothing; a straggler from
        before it opened changes nothing either.
        """
        if call is self._probe:
            self._opened_at = self._probe = None
            self._failed_at.clear()
        elif self._opened_at is None and self._rule.within is None:
            self._failed_at.clear()

    def failed(self, call: Admitted) -> None:
        """Counts a failure; a call that tried half open opens the breaker again."""
        now = self._clock()
        self._failed_at.append(now)
        if call is self._probe:
            self._opened_at, self._probe = now, None
        elif self._opened_at is None and len(self._failed_at) == self._rule.failures and self._counts(now):
            self._opened_at = now

    def left(self, call: Admitted) -> None:
        """Lets another call try in the place of one that has learned nothing, such as one that was cancelled."""
        if call is self._probe:
            self._probe = None

    def _counts(self, now: float) -> bool:
        return self._rule.within is None or now - self._failed_at[0] <= self._rule.within
