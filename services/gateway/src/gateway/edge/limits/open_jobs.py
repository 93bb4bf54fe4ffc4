"""Limits how many of a person's jobs are open at a time, before anything is read that would become another."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gateway.edge.limits.rates import Rates, Reading, note

#: seconds for which a count is used; other gateways accept jobs of the same person meanwhile
FRESH_S = 1.0
#: seconds to wait for, as nobody knows when a job will end
_TRY_AGAIN_S = 30
#: persons whose counts are kept
_MOST = 10_000


@dataclass(slots=True)
class _Room:
    left: int
    until: float


class OpenJobs:
    """Counts the open jobs of a person in the database at most once a second, unless the limit is near.

    So many requests in a moment may exceed the limit by as many as are under way, at this gateway or another.
    """

    def __init__(
        self,
        rates: Rates,
        count: Callable[[UUID, int], Awaitable[int]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Takes `count`, which returns the number of a person's open jobs, up to a number."""
        self._rates = rates
        self._policy = rates.policies.get("jobs-open")
        self._count = count
        self._clock = clock
        self._rooms: OrderedDict[UUID, _Room] = OrderedDict()

    async def take(self, scope: MutableMapping[str, Any], person: UUID) -> None:
        """Takes the place of a job that a request may make. Raises 429 when there is none."""
        policy = self._policy
        if policy is None:
            return
        room = self._rooms.get(person)
        if room is None or room.left <= 0 or self._clock() >= room.until:
            left = policy.quota - await self._count(person, policy.quota)
            room = self._rooms[person] = _Room(left, self._clock() + FRESH_S)
            if len(self._rooms) > _MOST:
                self._rooms.popitem(last=False)
        if room.left <= 0:
            note(scope, Reading(policy, 0, None))
            raise await self._rates.refused(scope, policy.name, _TRY_AGAIN_S, self._rates.hidden(str(person)))
        room.left -= 1
        note(scope, Reading(policy, room.left, None))
