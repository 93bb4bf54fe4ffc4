"""Says when a webhook may be called, so that calls which last long delay nobody else's.

Each process counts for itself. A call that finds no place is put off: its message comes back when those before it have
had their turns. Nothing is remembered over a restart: what was put off is in the inbox.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from chassis.breaker import Breaker, Rule
from chassis.errors import NotYet
from chassis.observe import metrics
from notify.webhooks.client import Failed, NotSent, Unreachable

#: calls at a time for one person, and to one host: fewer than there are slots
OF_PERSON, TO_HOST = 2, 4
#: when a host is not called: after so many calls in a row that could not reach it, for so many seconds
RESTS = Rule(failures=5, rest=30.0)
#: seconds that a call is taken to last before one has ended, and at least
_EXPECTED_S, _SHORTEST_S = 0.5, 0.1
#: most seconds for which a call is put off
_LONGEST_S = 300.0
#: people and hosts that are kept in mind before those without calls are forgotten
_KEPT = 1000


@dataclass(slots=True)
class _Queue:
    """Holds the calls that share places. `until`: when those that were put off so far have had their turns."""

    places: int
    busy: int = 0
    lasts: float = _EXPECTED_S
    until: float = 0.0

    def is_used(self, now: float) -> bool:
        """Tells whether calls are under way or were put off."""
        return self.busy > 0 or self.until > now

    def put_off(self, now: float) -> float:
        """Returns the seconds after which one more call may find a place."""
        # bounded itself, or those that come back together after the longest time would wait for as many once more
        self.until = min(max(self.until, now) + self.lasts / self.places, now + _LONGEST_S)
        return self.until - now


class Turns:
    """Gives places to calls, and holds them back from hosts that cannot be reached."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, to_host: int = TO_HOST) -> None:
        self._clock = clock
        self._to_host = to_host
        self._people: dict[UUID, _Queue] = {}
        self._hosts: dict[str, _Queue] = {}
        self._breakers: dict[str, Breaker] = {}

    @contextmanager
    def place(self, person: UUID, host: str) -> Iterator[None]:
        """Holds a place for one call for a person. Raises `NotYet` while as many are under way as may be."""
        self._forget()
        now = self._clock()
        own = self._people.setdefault(person, _Queue(OF_PERSON))
        shared = self._hosts.setdefault(host, _Queue(self._to_host))
        for queue, whose in ((own, "person"), (shared, "host")):
            if queue.busy >= queue.places:
                metrics.WEBHOOK_CALLS.labels(f"put_off_{whose}").inc()
                raise NotYet(queue.put_off(now))
        for queue in (own, shared):
            queue.busy += 1
        try:
            yield
        finally:
            for queue in (own, shared):
                queue.busy -= 1
                queue.lasts = max(_SHORTEST_S, self._clock() - now)

    @contextmanager
    def call(self, host: str) -> Iterator[None]:
        """Notes whether a call reaches its host. Raises `Unreachable` while the host rests, and then makes no call.

        A host rests only when no connection comes about. An answer that never comes may be that of one person's path
        at a host of many.
        """
        breaker = self._breakers.setdefault(host, Breaker(RESTS, self._clock))
        call = breaker.admit()
        if call is None:
            metrics.WEBHOOK_CALLS.labels("resting").inc()
            raise Unreachable("the host could not be reached a moment ago")
        outcome = "interrupted"
        try:
            yield
            outcome = "answered"
        except Unreachable:
            outcome = "unreachable"
            raise
        except NotSent:
            outcome = "refused"
            raise
        except Failed:
            outcome = "failed"
            raise
        finally:
            if outcome == "unreachable":
                breaker.failed(call)
            elif outcome in {"answered", "failed"}:
                breaker.answered(call)
            else:
                breaker.left(call)
            metrics.WEBHOOK_CALLS.labels(outcome).inc()

    @property
    def kept(self) -> int:
        """Returns how many people and hosts are kept in mind."""
        return len(self._people) + len(self._hosts) + len(self._breakers)

    def _forget(self) -> None:
        """Drops the people and hosts that nothing waits for, once there are many."""
        now = self._clock()
        if len(self._people) + len(self._hosts) >= _KEPT:
            self._people = {key: queue for key, queue in self._people.items() if queue.is_used(now)}
            self._hosts = {key: queue for key, queue in self._hosts.items() if queue.is_used(now)}
        if len(self._breakers) >= _KEPT:
            self._breakers = {key: each for key, each in self._breakers.items() if not each.is_idle}
