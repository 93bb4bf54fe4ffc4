"""Feeds a loop with the deliveries of its queue, and lets the loop look for other work in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

from chassis.bus.base import Delivery, Subscription


async def intake(
    subscription: Subscription,
    limit: int = 1,
    *,
    wait: Callable[[], float],
    stopping: asyncio.Event | None = None,
) -> AsyncGenerator[list[Delivery]]:
    """Yields the deliveries that have arrived, up to `limit`, or [] when none has within `wait()` seconds.

    Ends when `stopping` is set or the subscription is closed. The next deliveries are taken only after the loop is done
    with the previous ones, so the next batch is larger the longer that takes.
    """
    stopping = stopping or asyncio.Event()
    stop = asyncio.create_task(stopping.wait())
    upcoming: asyncio.Task[list[Delivery]] | None = None
    try:
        while True:
            upcoming = upcoming or asyncio.create_task(subscription.next(limit))
            await asyncio.wait({upcoming, stop}, timeout=wait(), return_when=asyncio.FIRST_COMPLETED)
            if stopping.is_set():
                return
            if not upcoming.done():
                yield []
                continue
            deliveries, upcoming = upcoming.result(), None
            if not deliveries:
                return
            yield deliveries
    finally:
        stop.cancel()
        if upcoming is not None:
            upcoming.cancel()
