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
_RUN_AGAIN = "UPDATE replay_items SET state = 'to_run', why = NULL WHERE replay_id = $1 AND state = 'failed'"
_REOPEN = "UPDATE replays SET status = 'planned', finished_at = NULL WHERE id = $1 AND status = 'done'"
_COUNTS = "SELECT state, count(*) AS number FROM replay_items WHERE replay_id = $1 GROUP BY state"
_FAILED = """
SELECT event_id, why FROM replay_items WHERE replay_id = $1 AND state = 'failed' ORDER BY n LIMIT $2
"""
_READ = "SELECT * FROM replays WHERE id = $1"
_LIST = "SELECT * FROM replays ORDER BY id DESC LIMIT $1"
#: held for as long as the replay runs, by its connection
_HOLD = "SELECT pg_try_advisory_xact_lock(hashtextextended('replay ' || $1::text, 0)) AS mine"


class NotNow(VoxbusError):
    """Says why a replay cannot go on."""


@dataclass(frozen=True, slots=True)
class Planned:
    """Holds one message of a plan: its event, the id under which it is handled, and where it is."""

    n: int
    event_id: UUID
    message_id: UUID
    stream_id: UUID
    place: int


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
    created_at: datetime
    finished_at: datetime | None


async def create(
    database: Database,
    handler: str,
    mode: str,
    *,
    filters: Json,
    tape: tuple[str, str] | None,
    rate: float | None,
) -> UUID:
    """Creates a replay that is being planned; returns its id. `tape`: path and SHA-256 of the file."""
    identity = new_id()
    path, digest = tape or (None, None)
    kept = {name: value for name, value in filters.items() if name != "person"}
    await database.fetch(_CREATE, identity, handler, mode, json.dumps(kept), path, digest, rate)
    return identity


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


async def freeze(database: Database, replay: UUID, planned: Json) -> None:
    """Ends the planning."""
    await database.fetch(_PLANNED, replay, json.dumps(planned))


@asynccontextmanager
async def held(database: Database, replay: UUID) -> AsyncIterator[None]:
    """Holds a replay while it runs. Raises `NotNow` if another process runs it, or it has ended."""
    async with database.transaction(lambda: "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0") as tx:
        [[mine]] = await tx.fetch(_HOLD, str(replay))
        if not mine:
            raise NotNow(f"The replay {replay} is run by another process.")
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
    """Ends a replay that has run all messages."""
    await database.fetch(_END, replay, "done")


async def run_failed_again(database: Database, replay: UUID) -> None:
    """Puts the failed messages of a replay back into its plan."""
    await database.fetch(_RUN_AGAIN, replay)
    await database.fetch(_REOPEN, replay)


async def cancel(database: Database, replay: UUID) -> bool:
    """Cancels a replay, which stops after the messages it runs now. False for one that has ended."""
    return bool(await database.fetch(_CANCEL, replay))


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
