"""Counts in the Redis that all gateways share, and while it does not answer in this process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from limits.aio.storage import Storage
from limits.aio.strategies import MovingWindowRateLimiter

from chassis.observe import metrics
from chassis.observe.logs import logger
from gateway.edge.limits.memory import MOST_HITS, BoundedMemory

#: seconds that an answer of Redis may take, and seconds for which it is not asked after it gave none
PATIENCE_S, REST_S = 0.25, 2.0
#: requests that ask Redis at a time, each on a connection of its own; others wait, as long as for an answer
_AT_ONCE = 50

T = TypeVar("T")

_log = logger(__name__)


class Counters:
    """Offers the moving windows of the library `limits`, in storages of which one or another counts.

    Names have memories of their own, so that nobody can make the counts of one forgotten by filling another.
    """

    def __init__(
        self,
        shared: Storage | None = None,
        *,
        wall_clock: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
        most: int = MOST_HITS,
        patience: float = PATIENCE_S,
    ) -> None:
        """Takes `most` and `wall_clock` for the memories, and `patience` in seconds for `shared`."""
        self.now = wall_clock
        self._clock = clock
        self._most = most
        self._patience = patience
        self._shared = None if shared is None else MovingWindowRateLimiter(shared)
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._own: dict[str, MovingWindowRateLimiter] = {}
        self._is_away = False
        self._ask_again = clock()
        metrics.LIMITS_SHARED.set(shared is not None)

    async def ask(self, name: str, what: Callable[[MovingWindowRateLimiter], Awaitable[T]]) -> T:
        """Returns what the counts of a name say. No error of Redis is raised."""
        shared = self._shared
        if shared is not None and self._clock() >= self._ask_again:
            if self._is_away:  # one request finds out, and the others do not wait
                self._ask_again = self._clock() + REST_S
            try:
                async with asyncio.timeout(self._patience), self._places:
                    answer = await what(shared)
            except Exception as error:  # whatever a client raises: nobody is refused for it
                self._no_answer(error)
            else:
                self._answered()
                return answer
        own = self._own.get(name)
        if own is None:
            own = self._own[name] = MovingWindowRateLimiter(BoundedMemory(self.now, self._most))
        return await what(own)

    def _no_answer(self, error: Exception) -> None:
        self._ask_again = self._clock() + REST_S
        if not self._is_away:
            self._is_away = True
            metrics.LIMITS_SHARED.set(0)
            _log.warning("Redis does not answer: this gateway counts for itself", error=type(error).__qualname__)

    def _answered(self) -> None:
        if self._is_away:
            self._is_away = False
            self._ask_again = self._clock()
            metrics.LIMITS_SHARED.set(1)
            _log.info("Redis answers again: limits are shared")
