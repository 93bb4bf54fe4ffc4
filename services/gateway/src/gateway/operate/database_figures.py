"""Reads the figures of the database's server, and what its tables say of backups and replays, for the metrics.

One gateway at a time reads them, in statements that end within seconds; the others have no value. What the server does
not show to the gateway's role is missing, and `voxbus_database_unreadable` says so. Behind a pooler the figures are
those of the server. The last backup is read by all: it is one row, and an alert must not wait for a turn.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from math import nan
from typing import Any
from uuid import uuid4

from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError

from chassis.loops import every
from chassis.observe import metrics
from chassis.observe.health import Pulse
from chassis.observe.logs import logger
from chassis.storage.database import Database, begin_within
from chassis.storage.errors import is_outage, sqlstate
from gateway.operate import figure_statements as statements
from gateway.operate.table_figures import add_up

#: seconds between two looks; at tables, whose sizes the server asks of its file system, and at replays each fourth time
EVERY_S = 15.0
_SELDOM = 4
_WITHIN_S = 3.0
#: what only the gateway reads whose turn it is
_BY_TURN = ("server", "sessions", "slots", "tables", "replays")
_LABELLED = (
    metrics.DATABASE_REPLICATION_LAG,
    metrics.DATABASE_TABLE_BYTES,
    metrics.DATABASE_DEAD_ROWS,
    metrics.DATABASE_PARTITION_BYTES,
)

_log = logger(__name__)


class DatabaseFigures:
    """Reads the figures and sets the gauges."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._owner = uuid4()
        self._looks = 0
        self._refused: set[str] = set()
        self._shown: dict[metrics.Gauge, set[tuple[str, ...]]] = {}
        #: how many there were at the last look, by mode and outcome; None before the first
        self._replayed: dict[tuple[str, str], int] | None = None

    async def run(self, pulse: Pulse) -> None:
        """Reads until cancelled."""
        await every(EVERY_S, self.once, pulse, jitter=0.2)

    async def once(self) -> None:
        """Reads what is due, and shows it; of what another gateway reads, nothing."""
        self._show_backup(await self._read("acts", statements.BACKUP))
        if not await self._database.fetch(statements.TAKE_TURN, self._owner):
            self._leave()
            return
        server = await self._read("server", statements.SERVER)
        self._show_server(server[0] if server else None)
        slots = await self._read("slots", statements.SLOTS)
        self._show(metrics.DATABASE_REPLICATION_LAG, {(row.slot,): row.bytes for row in slots})
        if self._looks % _SELDOM == 0:
            self._show_tables(await self._read("tables", statements.TABLES))
            self._show_replays(await self._read("replays", statements.REPLAYS))
        self._looks += 1
        metrics.DATABASE_LOOKED.set(self._clock())

    def _leave(self) -> None:
        """Shows nothing, as another gateway has the turn: what was seen last would soon be wrong."""
        self._looks, self._replayed = 0, None
        self._show_server(None)
        self._shown.clear()
        for gauge in _LABELLED:
            gauge.clear()
        self._refused &= {"acts"}
        for what in _BY_TURN:
            metrics.DATABASE_UNREADABLE.labels(what).set(0)

    async def _read(self, what: str, statement: str) -> Sequence[Row[Any]]:
        """Returns the rows; none where the server refuses or does not end in time, which is told. Raises an outage."""
        try:
            async with self._database.transaction(lambda: begin_within(_WITHIN_S, read_only=True)) as tx:
                rows = await tx.fetch(statement)
        except DBAPIError as error:
            if is_outage(error):
                raise
            if what not in self._refused:
                _log.warning("figures of the database cannot be read", what=what, sqlstate=sqlstate(error))
            self._refused.add(what)
            rows = []
        else:
            self._refused.discard(what)
        metrics.DATABASE_UNREADABLE.labels(what).set(what in self._refused)
        return rows

    def _show_server(self, row: Row[Any] | None) -> None:
        if row is None:  # no value, which no alert takes for 0
            for state in metrics.DATABASE_STATES:
                metrics.DATABASE_CONNECTIONS.labels(state).set(nan)
            for gauge in metrics.OF_THE_SERVER:
                gauge.set(nan)
            return
        other = row.sessions - row.active - row.idle - row.idle_in_transaction
        counts = (row.active, row.idle, row.idle_in_transaction, other, row.most)
        for state, count in zip(metrics.DATABASE_STATES, counts, strict=True):
            metrics.DATABASE_CONNECTIONS.labels(state).set(count)
        metrics.DATABASE_UNREADABLE.labels("sessions").set(row.hidden > 0)
        metrics.DATABASE_LOCKS_WAITING.set(row.locks_waiting)
        metrics.DATABASE_LONGEST_TRANSACTION.set(row.longest)
        metrics.DATABASE_SIZE.set(row.bytes)
        metrics.DATABASE_OLDEST_XID.set(row.xid_age)
        metrics.DATABASE_CACHE_HITS.set(nan if row.hit_ratio is None else row.hit_ratio)

    def _show_tables(self, rows: Sequence[Row[Any]]) -> None:
        figures = add_up(rows, datetime.fromtimestamp(self._clock(), UTC))
        self._show(metrics.DATABASE_TABLE_BYTES, figures.bytes)
        self._show(metrics.DATABASE_DEAD_ROWS, figures.dead)
        self._show(metrics.DATABASE_PARTITION_BYTES, figures.partitions)

    def _show(self, gauge: metrics.Gauge, values: Mapping[Any, int]) -> None:
        """Sets a gauge by its labels, and removes what is no more."""
        for gone in self._shown.get(gauge, set()) - values.keys():
            gauge.remove(*gone)
        self._shown[gauge] = set(values)
        for labels, value in values.items():
            gauge.labels(*labels).set(value)

    def _show_backup(self, rows: Sequence[Row[Any]]) -> None:
        for row in rows:
            metrics.BACKUP_TIMESTAMP.set(row.at)

    def _show_replays(self, rows: Sequence[Row[Any]]) -> None:
        """Counts what has come since the last look: what was there before the first happened before this process.

        What retention has deleted since is no replay, nor what a look that failed did not see.
        """
        if "replays" in self._refused:
            return
        seen = {(row.mode, row.outcome): int(row.messages) for row in rows}
        if self._replayed is not None:
            for labels, count in seen.items():
                metrics.REPLAYED.labels(*labels).inc(max(0, count - self._replayed.get(labels, 0)))
        self._replayed = seen
