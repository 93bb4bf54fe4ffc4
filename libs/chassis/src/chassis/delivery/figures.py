"""Reads every few seconds how much waits in a service's tables, and sets the gauges of it.

Each replica sets the same values, so a dashboard takes their maximum. Counts stop at `COUNTED_MAX`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, get_args

from sqlalchemy import Row

from chassis.loops import every
from chassis.observe import metrics
from chassis.observe.health import Pulse
from chassis.observe.metrics.delivery import InboxState
from chassis.storage.database import Database
from chassis.storage.statement import Repeatable

#: seconds between two looks
EVERY_S = 15.0
COUNTED_MAX = 100_000

# $1 limit. Each count is of a partial index of rows that are not done, dead or due; a backlog ends it at the limit.
_READ = Repeatable("""
WITH open AS (
  SELECT CASE WHEN owner IS NOT NULL THEN 'claimed' WHEN problem IS NOT NULL THEN 'parked' ELSE 'waiting' END AS state
    FROM inbox WHERE done_at IS NULL LIMIT $1
), dead AS (
  SELECT consumer FROM (SELECT consumer FROM inbox WHERE outcome = 'dead' LIMIT $1) AS recent
   UNION ALL
  SELECT consumer FROM (SELECT consumer FROM dead_letters LIMIT $1) AS old
)
SELECT 'inbox' AS what, state AS name, count(*)::int AS value FROM open GROUP BY state
 UNION ALL
SELECT 'dead', consumer, count(*)::int FROM dead GROUP BY consumer
 UNION ALL
SELECT 'timers', '', count(*)::int FROM (SELECT FROM timers WHERE due_at <= now() LIMIT $1) AS due
""")


class Figures:
    """Sets the gauges of one service's inbox, dead letters and timers."""

    def __init__(self, service: str, database: Database, consumers: Iterable[str]) -> None:
        """Takes the full names of the service's `consumers`, which have 0 dead letters unless there are some."""
        self._service = service
        self._database = database
        self._consumers = frozenset(consumers)

    async def once(self) -> None:
        """Reads and sets the gauges, also to 0 what is no more."""
        rows = await self._database.fetch(_READ, COUNTED_MAX)
        inbox, dead = _named(rows, "inbox"), _named(rows, "dead")
        for state in get_args(InboxState):
            metrics.INBOX_ROWS.labels(self._service, state).set(inbox.get(state, 0))
        metrics.INBOX_ROWS.labels(self._service, "dead").set(sum(dead.values()))
        # a letter of a handler that is no more counts for the service alone
        for consumer in self._consumers:
            metrics.DEAD_LETTERS.labels(consumer).set(dead.get(consumer, 0))
        unknown = sum(count for consumer, count in dead.items() if consumer not in self._consumers)
        metrics.DEAD_LETTERS.labels(f"{self._service}.dead").set(unknown)
        metrics.TIMERS_DUE.labels(self._service).set(_named(rows, "timers").get("", 0))

    async def run(self, pulse: Pulse) -> None:
        """Reads until cancelled."""
        await every(EVERY_S, self.once, pulse, jitter=0.2)


def _named(rows: Sequence[Row[Any]], what: str) -> dict[str, int]:
    return {row.name: row.value for row in rows if row.what == what}
