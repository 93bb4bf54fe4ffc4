"""Tells what became of events before a replay: by the handler's inbox, and by what was reprocessed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.storage.database import Database
from gateway.operate import replays
from gateway.operate.replay_plan import Before, is_in_time, reprocessed_id

_SETTLED = """
SELECT id, outcome, fence FROM inbox WHERE consumer = $1 AND id = ANY($2::uuid[]) AND done_at IS NOT NULL
 UNION ALL
SELECT id, 'dead', NULL FROM dead_letters WHERE consumer = $1 AND id = ANY($2::uuid[])
"""


async def before_repair(own: Database, handler: str, events: Sequence[UUID]) -> dict[UUID, Before]:
    """Returns what became of events by the inbox of a handler; they keep their ids."""
    inbox = await _inbox(own, handler, events)
    return {event: _before(inbox.get(event), inbox.get(event), event) for event in events}


async def before_reprocess(
    gateway: Database, own: Database, handler: str, events: Sequence[UUID], now: datetime
) -> dict[UUID, Before]:
    """Returns what became of events, with the ids under which a handler took or is to take them anew."""
    known = await replays.remembered(gateway, handler, events)
    done = {event for event, was in known.items() if was.done}
    kept = {event: was.message_id for event, was in known.items() if was.done or is_in_time(was.message_id, now)}
    ids = {event: kept.get(event) or reprocessed_id(event, handler, now) for event in events}
    inbox = await _inbox(own, handler, [*{*ids, *ids.values()}])
    return {event: _before(inbox.get(event), inbox.get(id), id, done=event in done) for event, id in ids.items()}


async def _inbox(own: Database, handler: str, ids: Sequence[UUID]) -> dict[UUID, Any]:
    return {row.id: row for row in await own.fetch(_SETTLED, handler, list(ids))}


def _before(first: Any, now: Any, identity: UUID, *, done: bool = False) -> Before:
    """Says what became of an event by the inbox's rows of itself, `first`, and of the id under which it runs `now`."""
    well = done or any(row is not None and row.outcome == "ok" for row in (first, now))
    return Before(
        message_id=identity,
        settled=done or (now is not None and now.outcome != "dead"),
        well=well,
        dead=not done and first is not None and first.outcome == "dead" and (now is first or now is None),
        fence=None if first is None else first.fence,
    )
