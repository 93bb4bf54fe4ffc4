"""Measures how late the event loop is."""

from __future__ import annotations

import asyncio

from chassis.observe import metrics

#: seconds between two looks: 10,000 of them take a second of processor time
EVERY_S = 0.25


async def measure_loop(every: float = EVERY_S) -> None:
    """Observes until cancelled by how many seconds a sleep of `every` ended late."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + every
        await asyncio.sleep(every)
        metrics.EVENT_LOOP_LAG_SECONDS.observe(max(0.0, loop.time() - due))
