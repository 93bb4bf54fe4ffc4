"""Counts the mails that wait to be sent."""

from __future__ import annotations

from chassis.loops import every
from chassis.observe import metrics
from chassis.observe.health import Pulse
from chassis.storage.database import Database
from chassis.storage.statement import Repeatable

EVERY_S = 15.0
_MOST = 100_000
# $1 handler $2 limit
_WAITING = Repeatable("""
SELECT count(*)::int AS mails FROM (SELECT FROM inbox WHERE consumer = $1 AND done_at IS NULL LIMIT $2) AS waiting
""")


async def count_waiting(database: Database, handler: str, pulse: Pulse) -> None:
    """Sets the gauge every 15 s until cancelled; `handler` sends mails."""

    async def once() -> None:
        [row] = await database.fetch(_WAITING, handler, _MOST)
        metrics.MAILS_WAITING.set(row.mails)

    await every(EVERY_S, once, pulse, jitter=0.2)
