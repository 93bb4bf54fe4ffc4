"""Keeps replays and their frozen plans: one can be gone on with, and nothing that comes meanwhile changes it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row

from chassis.errors import VoxbusError
from chassis.message.envelope import new_id
from chassis.storage.database import Database
from contracts.base import Json

State = Literal["to_run", "done", "skipped", "failed"]

# A plan is held while it is made: one that nobody holds belonged to a process that has died.
_FORGET_UNFINISHED = """
WITH unfinished AS MATERIALIZED (SELECT id FROM replays WHERE status = 'planning')
DELETE FROM replays WHERE id IN (
  SELECT id FROM unfinished WHERE pg_try_advisory_xact_lock(hashtextextended('replay ' || id::text, 0)))
"""
_FORGET = "DELETE FROM replays WHERE id = $1 AND status = 'planning'"
_CREATE = """
INSERT INTO replays (id, handler, mode, status, filters, tape, tape_sha256, rate)
VALUES ($1, $2, $3, 'planning', $4::jsonb, $5, $6, $7)
"""
# Arrays: $2 numbers $3 event ids $4 message ids $5 streams $6 places
_ADD = """
INSERT INTO replay_items (replay_id, n, event_id, message_id, stream_id, place, state)
SELECT $1, n, event_id, message_id, stream_id, place, 'to_run'
  FROM unnest($2::bigint[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[])
       AS i(n, event_id, message_id, stream_id, place) ORDER BY n
"""
# The ids of a reprocessing stay: $1 handler, arrays $2 event ids $3 message ids. Another id only until it was handled.
_REMEMBER = """
INSERT INTO replayed AS r (handler, event_id, message_id)
SELECT $1, event_id, message_id FROM unnest($2::uuid[], $3::uuid[]) AS i(event_id, message_id) ORDER BY event_id
ON CONFLICT (event_id, handler) DO UPDATE SET message_id = excluded.message_id
 WHERE NOT r.done AND r.message_id <> excluded.message_id
"""
_REMEMBERED = "SELECT event_id, message_id, done FROM replayed WHERE handler = $1 AND event_id = ANY($2::uuid[])"
_DONE = "UPDATE replayed SET done = true WHERE handler = $1 AND event_id = ANY($2::uuid[]) AND NOT done"
_PLANNED = "UPDATE replays SET status = 'planned', planned = $2::jsonb WHERE id = $1 AND status = 'planning'"
_BEGIN = "UPDATE replays SET status = 'running' WHERE id = $1 AND status IN ('planned', 'running') RETURNING id"
_NEXT = """
SELECT n, event_id, message_id, stream_id, place FROM replay_items
 WHERE replay_id = $1 AND state = 'to_run' ORDER BY n LIMIT $2
"""
# Arrays: $2 numbers $3 states $4 reasons. Tells whether the replay goes on.
_SETTLE = """
WITH settled AS (
  UPDATE replay_items AS i SET state = s.state, why = s.why
    FROM unnest($2::bigint[], $3::text[], $4::text[]) AS s(n, state, why)
   WHERE i.replay_id = $1 AND i.n = s.n
)
SELECT status = 'running' AS runs FROM replays WHERE id = $1
"""
_END = "UPDATE replays SET status = $2, finished_at = now() WHERE id = $1 AND status = 'running' RETURNING id"
_CANCEL = """
UPDATE replays SET status = 'cancelled', finished_at = now()
 WHERE id = $1 AND status IN ('planning', 'planned', 'running') RETURNING id
"""
# What has ended is counted, and goes; what failed stays with its reason.
_TIDY = """
WITH gone AS (DELETE FROM replay_items WHERE replay_id = $1 AND state <> 'failed' RETURNING state),
     counted AS (SELECT state, count(*) AS number FROM gone GROUP BY state)
UPDATE replays AS r SET ended = r.ended || coalesce(
  (SELECT jsonb_object_agg(c.state, c.number + coalesce((r.ended->>c.state)::bigint, 0)) FROM counted AS c), '{}')
 WHERE r.id = $1
"""
_RUN_AGAIN = "UPDATE replay_items SET state = 'to_run', why = NULL WHERE replay_id = $1 AND state = 'failed'"
_REOPEN = """
UPDATE replays SET status = 'planned', finished_at = NULL
 WHERE id = $1 AND status IN ('planned', 'running', 'done') RETURNING id
"""
_COUNTS = """
SELECT state, sum(number)::bigint AS number FROM (
  SELECT state, count(*) FROM replay_items WHERE replay_id = $1 GROUP BY state
   UNION ALL
  SELECT e.key, e.value::bigint FROM replays AS r, jsonb_each_text(r.ended) AS e WHERE r.id = $1
) AS counted(state, number) GROUP BY state
"""
_FAILED = """
SELECT event_id, why FROM replay_items WHERE replay_id = $1 AND state = 'failed' ORDER BY n LIMIT $2
"""
_READ = "SELECT * FROM replays WHERE id = $1"
_LIST = "SELECT * FROM replays ORDER BY id DESC LIMIT $1"
#: a replay is held by a transaction that does nothing else
_FOR_LONG = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0"
#: held for as long as the replay runs, by its connection
_HOLD = "SELECT pg_try_advisory_xact_lock(hashtextextended('replay ' || $1::text, 0)) AS mine"


class NotNow(VoxbusError):
    """Says why a replay cannot go on."""

    exit_code = 5


@dataclass(frozen=True, slots=True)
class Planned:
    """Holds one message of a plan: its event, the id under which it is handled, and where it is.

    A plan that is not kept also says whether it was handled well before, and with which fence.
    """

    n: int
    event_id: UUID
    message_id: UUID
    stream_id: UUID
    place: int
    was_handled: bool = False
    fence: int | None = None


@dataclass(frozen=True, slots=True)
class Remembered:
    """Holds the id under which an event was reprocessed, or is to be. `done`: it was handled."""

    message_id: UUID
    done: bool


@dataclass(frozen=True, slots=True)
class Replay:
    """Holds a replay as it is kept."""

    id: UUID
    handler: str
    mode: Literal["repair", "reprocess"]
    status: str
    filters: Json
    tape: str | None
    tape_sha256: str | None
    rate: float | None
    planned: Json
    ended: Json
    created_at: datetime
    finished_at: datetime | None


@asynccontextmanager
async def created(
    database: Database,
    handler: str,
    mode: str,
    *,
    filters: Json,
    tape: tuple[str, str] | None,
    rate: float | None,
) -> AsyncIterator[UUID]:
    """Creates a replay and holds it while it is planned; yields its id. `tape`: path and SHA-256 of the file.

    A plan that cannot be made goes at once, and one that was never finished when nobody makes it any more.
    """
    identity = new_id()
    path, digest = tape or (None, None)
    kept = {name: value for name, value in filters.items() if name != "person"}
    await database.fetch(_FORGET_UNFINISHED)
    async with database.transaction(lambda: _FOR_LONG) as tx:
        await tx.fetch(_HOLD, str(identity))
        await database.fetch(_CREATE, identity, handler, mode, json.dumps(kept), path, digest, rate)
        try:
            yield identity
        except BaseException:
            await database.fetch(_FORGET, identity)
            raise


async def add(database: Database, replay: UUID, items: Sequence[Planned]) -> None:
    """Adds messages to a plan."""
    await database.fetch(
        _ADD,
        replay,
        [item.n for item in items],
        [item.event_id for item in items],
        [item.message_id for item in items],
        [item.stream_id for item in items],
        [item.place for item in items],
    )


async def remember(database: Database, handler: str, items: Sequence[Planned]) -> None:
    """Keeps the ids under which a handler is to take events anew."""
    await database.fetch(_REMEMBER, handler, [i.event_id for i in items], [i.message_id for i in items])


async def remembered(database: Database, handler: str, events: Sequence[UUID]) -> dict[UUID, Remembered]:
    """Returns under which ids a handler has taken events anew, or is to."""
    rows = await database.fetch(_REMEMBERED, handler, list(events))
    return {row.event_id: Remembered(row.message_id, row.done) for row in rows}


async def remember_done(database: Database, handler: str, events: Sequence[UUID]) -> None:
    """Keeps that a handler has taken events anew."""
    await database.fetch(_DONE, handler, list(events))


async def freeze(database: Database, replay: UUID, planned: Json) -> None:
    """Ends the planning."""
    await database.fetch(_PLANNED, replay, json.dumps(planned))


@asynccontextmanager
async def held(database: Database, replay: UUID, *, failed_too: bool = False) -> AsyncIterator[None]:
    """Holds a replay while it runs. Raises `NotNow` if another process runs it, or it has ended.

    `failed_too`: the failed messages are put back into its plan first, also of one that has run all.
    """
    async with database.transaction(lambda: _FOR_LONG) as tx:
        [[mine]] = await tx.fetch(_HOLD, str(replay))
        if not mine:
            raise NotNow(f"The replay {replay} is run by another process.")
        if failed_too:
            await _run_failed_again(database, replay)
        if not await database.fetch(_BEGIN, replay):
            raise NotNow(f"The replay {replay} has ended, or its plan was never finished.")
        yield


async def following(database: Database, replay: UUID, limit: int) -> list[Planned]:
    """Returns the next messages to run."""
    rows = await database.fetch(_NEXT, replay, limit)
    return [Planned(row.n, row.event_id, row.message_id, row.stream_id, row.place) for row in rows]


async def settle(database: Database, replay: UUID, ended: Sequence[tuple[int, State, str | None]]) -> bool:
    """Writes how messages ended; tells whether the replay goes on, or was cancelled."""
    numbers, states, reasons = zip(*ended, strict=True)
    [row] = await database.fetch(_SETTLE, replay, list(numbers), list(states), list(reasons))
    return bool(row.runs)


async def end(database: Database, replay: UUID) -> None:
    """Ends a replay that has run all messages, or that was cancelled while it ran."""
    await database.fetch(_END, replay, "done")
    await database.fetch(_TIDY, replay)


async def cancel(database: Database, replay: UUID) -> bool:
    """Cancels a replay, which stops after the messages it runs now. False for one that has ended."""
    if not await database.fetch(_CANCEL, replay):
        return False
    async with database.transaction(lambda: _FOR_LONG) as tx:
        [[mine]] = await tx.fetch(_HOLD, str(replay))
        if mine:  # else whoever runs it tidies up
            await tx.fetch(_TIDY, replay)
    return True


async def _run_failed_again(database: Database, replay: UUID) -> None:
    async with database.transaction() as tx:
        if await tx.fetch(_REOPEN, replay):
            await tx.fetch(_RUN_AGAIN, replay)


async def counts(database: Database, replay: UUID) -> Counter[str]:
    """Returns the number of messages by state."""
    return Counter({row.state: row.number for row in await database.fetch(_COUNTS, replay)})


async def failures(database: Database, replay: UUID, limit: int) -> list[tuple[UUID, str]]:
    """Returns events that failed, and why."""
    return [(row.event_id, row.why or "") for row in await database.fetch(_FAILED, replay, limit)]


async def read(database: Database, replay: UUID) -> Replay | None:
    """Returns a replay."""
    rows = await database.fetch(_READ, replay)
    return _replay(rows[0]) if rows else None


async def newest(database: Database, limit: int) -> list[Replay]:
    """Returns replays, newest first."""
    return [_replay(row) for row in await database.fetch(_LIST, limit)]


def _replay(row: Row[Any]) -> Replay:
    return Replay(**{each.name: getattr(row, each.name) for each in fields(Replay)})
