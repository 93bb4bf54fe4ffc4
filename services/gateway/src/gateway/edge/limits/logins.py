"""Slows down whoever guesses passwords, and keeps the owner of the account in.

An account has five failures free for each address, then each failure doubles a wait: 1, 2, 4 … 900 s. Addresses that
the account never signed in from have besides that one count for all of them, so guessing from many addresses is slow
too; what they do slows nobody at an address that it did sign in from.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from limits import RateLimitItemPerSecond
from limits.aio.strategies import MovingWindowRateLimiter

from gateway.edge.limits.rates import ADDRESS, Rates, seconds_until

FREE = 5
LONGEST_S = 900
#: seconds after which failures are forgotten, and an address that was not signed in from
FORGOTTEN_S, UNKNOWN_AFTER_S = 24 * 3600, 90 * 24 * 3600

_FAILURES, _KNOWN = "login-failures", "login-known"
_FREE = RateLimitItemPerSecond(FREE, FORGOTTEN_S, namespace=_FAILURES)


class Logins:
    """Counts failed log-ins. Every one counts as failed from its beginning, so that many at a time win nothing."""

    def __init__(self, rates: Rates) -> None:
        self._rates = rates

    async def begin(
        self, scope: Mapping[str, Any], account: str, *, is_known: Callable[[], Awaitable[bool]] | None = None
    ) -> bool:
        """Counts a log-in as failed until `succeeded`. Raises 429 while one has to wait; that counts as nothing.

        Returns whether the account is known to have signed in from this address; False also where that is forgotten.
        `account` is the name that was given, whether or not there is such an account. `is_known` is asked before a
        refusal whether it signed in from this address before, which the counters forget with their memory.
        """
        if "login" not in self._rates.policies:
            return False
        known, here, elsewhere = self._keys(account, scope[ADDRESS])
        was_known = False
        counters = self._rates.counters

        async def until(limiter: MovingWindowRateLimiter) -> float | None:
            nonlocal was_known
            if was_known := bool(await limiter.storage.get(known)):
                return await _begin(limiter, here)
            if (ends := await _waits(limiter, here)) is not None:
                return ends
            ends = await _begin(limiter, elsewhere)
            return ends if ends is not None else await _begin(limiter, here)

        async def remember(limiter: MovingWindowRateLimiter) -> None:
            await limiter.storage.incr(known, UNKNOWN_AFTER_S)

        ends = await counters.ask(_FAILURES, until)
        if ends is not None and is_known is not None and await is_known():
            await counters.ask(_FAILURES, remember)
            ends = await counters.ask(_FAILURES, until)
        if ends is not None:
            raise await self._rates.refused(scope, "login", seconds_until(ends, counters.now()), here)
        return was_known

    async def succeeded(self, scope: Mapping[str, Any], account: str) -> None:
        """Forgets the failures of an account here and at unknown addresses, and knows the address from now on."""
        if "login" not in self._rates.policies:
            return
        known, here, elsewhere = self._keys(account, scope[ADDRESS])

        async def forget(limiter: MovingWindowRateLimiter) -> None:
            for key in (here, elsewhere):
                await limiter.clear(_FREE, key)
                await limiter.storage.clear(_steps(key))
            await limiter.storage.clear(known)
            await limiter.storage.incr(known, UNKNOWN_AFTER_S)

        await self._rates.counters.ask(_FAILURES, forget)

    def _keys(self, account: str, address: str) -> tuple[str, str, str]:
        hidden = self._rates.hidden
        return f"{_KNOWN}/{hidden(account, address)}", hidden(account, address), hidden(account)


def _pause(step: int) -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(1, min(2**step, LONGEST_S), namespace=_FAILURES)


def _steps(key: str) -> str:
    """Returns the key of the number of failures after the free ones."""
    return f"{_FAILURES}-steps/{key}"


async def _waits(limiter: MovingWindowRateLimiter, key: str) -> float | None:
    """Returns when the wait of a key ends; None if a log-in may begin."""
    if await limiter.test(_FREE, key):
        return None
    pause = _pause(await limiter.storage.get(_steps(key)))
    if await limiter.test(pause, key):
        return None
    ends: float = (await limiter.get_window_stats(pause, key)).reset_time
    return ends


async def _begin(limiter: MovingWindowRateLimiter, key: str) -> float | None:
    """Counts a failure, or returns when the wait of a key ends. Each wait is a window that permits one failure."""
    if await limiter.hit(_FREE, key):
        if not await limiter.test(_FREE, key):
            await limiter.hit(_pause(0), key)
        return None
    step = await limiter.storage.get(_steps(key))
    pause = _pause(step)
    if not await limiter.hit(pause, key):
        ends: float = (await limiter.get_window_stats(pause, key)).reset_time
        return ends
    await limiter.storage.incr(_steps(key), FORGOTTEN_S)
    await limiter.hit(_pause(step + 1), key)
    return None
