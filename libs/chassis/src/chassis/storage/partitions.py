"""Makes and drops weekly partitions of tables whose key is a UUIDv7: `inbox` in every service, `log` in the gateway.

A partition is `<table>_<YYYYMMDD>`, named by its Monday (UTC), and holds the ids made in that week. The default
partition takes what falls outside, and stays empty as long as partitions are made ahead.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from chassis.observe.logs import logger
from chassis.storage.database import Database, Transaction
from chassis.storage.statement import Repeatable

_WEEK = timedelta(days=7)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: a waiting lock blocks all later ones, so it does not wait long
_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '2s'"
_NOW = Repeatable("SELECT now() AS now")
_EXISTS = Repeatable("SELECT to_regclass($1) IS NOT NULL AS there")
_PARTITIONS = Repeatable(
    "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = $1::regclass"
)

_log = logger(__name__)
#: decides in the dropping transaction, under its locks, whether a partition may be dropped; takes its name
MayDrop = Callable[[Transaction, str], Awaitable[bool]]


def week_of(moment: datetime) -> datetime:
    """Returns the Monday, 00:00 UTC, of a moment's week."""
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def first_id(moment: datetime) -> UUID:
    """Returns the smallest UUIDv7 of a moment: later ids are not smaller, earlier ones are. None is before 1970."""
    return UUID(int=max(0, (moment - _EPOCH) // timedelta(milliseconds=1)) << 80)


async def database_now(database: Database) -> datetime:
    """Returns the present time by the database's clock: a machine's may be wrong by weeks, and would drop too much."""
    [[now]] = await database.fetch(_NOW)
    assert isinstance(now, datetime)
    return now


async def ensure_partitions(
    database: Database, table: str, weeks_ahead: int = 4, *, key: str = "id", now: datetime | None = None
) -> list[str]:
    """Makes the partitions of this week and the next ones; returns the names of those that were missing.

    `key` is the column the table is partitioned by, `now` a moment of this week, by default the database's. Rows that
    already went to the default partition are moved. Safe on several replicas at once; others wait for the default
    partition only briefly.
    """
    this_week = week_of(now or await database_now(database))
    made = []
    for number in range(weeks_ahead + 1):
        monday = this_week + number * _WEEK
        name = f"{_checked(table)}_{monday:%Y%m%d}"
        [[there]] = await database.fetch(_EXISTS, name)
        if there:
            continue
        async with database.transaction() as tx:
            if await _attach(tx, table, _checked(key), name, first_id(monday), first_id(monday + _WEEK)):
                made.append(name)
    return made


async def partitions_of(database: Database, table: str) -> dict[datetime, str]:
    """Returns the names of a table's weekly partitions by their Monday."""
    names = [row.relname for row in await database.fetch(_PARTITIONS, _checked(table))]
    return {monday: name for name in names if (monday := _monday(table, name)) is not None}


async def make_partitions_at_start(database: Database, table: str) -> None:
    """Makes partitions before any row can go to the default one; if a lock prevents it, maintenance follows."""
    try:
        await ensure_partitions(database, table)
    except DBAPIError as error:
        _log.warning("partitions are not made yet", error=type(error.orig).__name__)


async def drop_old(database: Database, table: str, until: datetime, may_drop: MayDrop) -> list[str]:
    """Drops partitions whose week had ended by then and that `may_drop` permits; returns their names.

    Writers of the table wait meanwhile, for at most the lock timeout: call it rarely.
    """
    last = week_of(until)
    dropped = []
    for monday, name in sorted((await partitions_of(database, table)).items()):
        if monday >= last:
            continue
        async with database.transaction() as tx:
            await tx.fetch(_LOCK_TIMEOUT)
            await tx.fetch(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            [[there]] = await tx.fetch(_EXISTS, name)
            if there and await may_drop(tx, name):
                await tx.fetch(f"DROP TABLE {name}")
                dropped.append(name)
    return dropped


async def may_drop_inbox(tx: Transaction, partition: str) -> bool:
    """Tells whether an inbox partition has no undone row; keeps its dead letters in `dead_letters` first."""
    [[undone]] = await tx.fetch(f"SELECT EXISTS (SELECT FROM {_checked(partition)} WHERE done_at IS NULL)")
    if undone:
        return False
    await tx.fetch(
        "INSERT INTO dead_letters (consumer, id, job_id, body, headers, tries, problem, died_at, failures, original) "
        "SELECT consumer, id, job_id, body, headers, tries, problem, done_at, failures, original "
        f"FROM {partition} WHERE outcome = 'dead' "
        "ORDER BY consumer, id ON CONFLICT (consumer, id) DO NOTHING"
    )
    return True


async def _attach(tx: Transaction, table: str, key: str, name: str, first: UUID, end: UUID) -> bool:
    """Builds a partition beside the table and attaches it, since creating it in place would lock the whole table."""
    await tx.fetch(_LOCK_TIMEOUT)
    await tx.fetch(f"LOCK TABLE {table}_default IN ACCESS EXCLUSIVE MODE")
    [[there]] = await tx.fetch(_EXISTS, name)
    if there:
        return False
    await tx.fetch(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)")
    await tx.fetch(
        f"WITH moved AS (DELETE FROM {table}_default WHERE {key} >= $1 AND {key} < $2 RETURNING *) "
        f"INSERT INTO {name} SELECT * FROM moved",
        first,
        end,
    )
    await tx.fetch(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{first}') TO ('{end}')")
    return True


def _monday(table: str, partition: str) -> datetime | None:
    match = re.fullmatch(rf"{table}_(\d{{8}})", partition)
    return datetime.strptime(match.group(1), "%Y%m%d").replace(tzinfo=UTC) if match else None


def _checked(name: str) -> str:
    """Checks the name of a table, which cannot be a parameter; it comes from code, never from outside."""
    if not re.fullmatch(r"[a-z_]+(_\d{8})?", name):
        raise ValueError("not the name of a table of ours")
    return name
