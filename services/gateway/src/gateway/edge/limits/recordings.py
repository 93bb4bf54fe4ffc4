"""Limits the bytes of recordings that wait for the end of their jobs: of one person, and of all."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from gateway.edge.job_requests import busy
from gateway.edge.limits.rates import Rates
from gateway.jobs.accept import RETRY_AFTER_S, Busy

#: part of all bytes that one person may have
SHARE = 0.25
#: seconds for which the sum of all is used; meanwhile uploads under way may exceed it
FRESH_S = 1.0
#: seconds to wait for, as nobody knows when a job will end
_TRY_AGAIN_S = 30


class WaitingRecordings:
    """Looks at the sum of the recordings of open jobs before another one is read."""

    def __init__(
        self,
        rates: Rates,
        sum_bytes: Callable[[UUID | None], Awaitable[int]],
        most_bytes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Takes `sum_bytes`, which returns the bytes of one person, or of all."""
        self._rates = rates
        self._sum = sum_bytes
        self._most = most_bytes
        self._clock = clock
        self._all = 0
        self._until = 0.0

    async def check(self, scope: Mapping[str, Any], person: UUID) -> None:
        """Raises 429 of the limit `jobs-open` for a person who has too many bytes, 503 `busy` if all have too many."""
        if self._clock() >= self._until:
            self._all = await self._sum(None)
            self._until = self._clock() + FRESH_S
        if await self._sum(person) >= self._most * SHARE:
            raise await self._rates.refused(scope, "jobs-open", _TRY_AGAIN_S, self._rates.hidden(str(person)))
        if self._all >= self._most:
            raise busy(Busy(RETRY_AFTER_S))
