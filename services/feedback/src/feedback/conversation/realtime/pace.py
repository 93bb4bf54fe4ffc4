"""Limits how fast a client may send: events, and audio against the time that it takes to speak it."""

from __future__ import annotations

#: events that may come in a second, and at once
EVENTS_A_SECOND = 100
#: seconds of audio that may come in a second, and seconds that may come at once: what was recorded before is sent so
AUDIO_A_SECOND, AUDIO_AT_ONCE_S = 2.0, 5.0
#: refusals after which a connection is not worth keeping; each second forgives one
MOST_REFUSALS = 100


class Allowance:
    """Holds an amount that grows with time up to `most`, and from which is taken."""

    def __init__(self, per_second: float, most: float, now: float) -> None:
        self._per_second, self._most = per_second, most
        self._left, self._at = most, now

    def take(self, amount: float, now: float) -> bool:
        """Takes an amount; False, and nothing is taken, if so much is not left."""
        self._left = min(self._most, self._left + (now - self._at) * self._per_second)
        self._at = now
        if amount > self._left:
            return False
        self._left -= amount
        return True


class Pace:
    """Counts what one client sends."""

    def __init__(self, now: float) -> None:
        self._events = Allowance(EVENTS_A_SECOND, EVENTS_A_SECOND, now)
        self._audio = Allowance(AUDIO_A_SECOND, AUDIO_AT_ONCE_S, now)
        self._patience = Allowance(1, MOST_REFUSALS, now)
        self._is_hopeless = False

    def event(self, now: float) -> bool:
        """Counts an event; False when it is one too many."""
        return self._noted(self._events.take(1, now), now)

    def audio(self, ms: float, now: float) -> bool:
        """Counts audio; False when more comes than twice the time that it takes to speak it."""
        return self._noted(self._audio.take(ms / 1000, now), now)

    @property
    def is_hopeless(self) -> bool:
        """Tells whether the client goes on although it was told."""
        return self._is_hopeless

    def _noted(self, allowed: bool, now: float) -> bool:
        if not allowed and not self._patience.take(1, now):
            self._is_hopeless = True
        return allowed
