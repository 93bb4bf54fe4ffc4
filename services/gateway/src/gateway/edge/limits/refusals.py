"""Notes refusals as security events: limits that were reached, and roles that were missing.

Each is noted at most once a minute and key, so that whoever asks a thousand times writes no thousand rows.
"""

from __future__ import annotations

import asyncio

from limits import RateLimitItemPerSecond
from limits.aio.strategies import MovingWindowRateLimiter

from chassis.observe.logs import logger
from gateway.edge.limits.counters import Counters
from gateway.edge.security_events import Place, SecurityEvent, record

_NAME = "refusals-noted"
_ONCE = RateLimitItemPerSecond(1, 60, namespace=_NAME)
#: seconds that a refusal waits for the database at most
_PATIENCE_S = 1.0

_log = logger(__name__)


class Refusals:
    """Writes refusals to the database. One that cannot be written stays a refusal all the same."""

    def __init__(self, place: Place, counters: Counters, patience: float = _PATIENCE_S) -> None:
        """Takes the counters that know what was noted within the last minute, and `patience` in seconds."""
        self._place = place
        self._counters = counters
        self._patience = patience

    async def note(self, event: SecurityEvent, key: str) -> None:
        """Writes an event, unless one of the same key was written within a minute."""

        async def is_first(limiter: MovingWindowRateLimiter) -> bool:
            return await limiter.hit(_ONCE, event.event, key)

        if not await self._counters.ask(_NAME, is_first):
            return
        try:
            async with asyncio.timeout(self._patience):
                await record(self._place, event)
        except Exception as error:
            _log.warning("a refusal could not be noted", event_type=event.event, error=type(error).__qualname__)
