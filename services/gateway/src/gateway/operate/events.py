"""Shows events of the log: opened with their persons' keys, masked unless they are to be revealed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.errors import Erased, Permanent
from chassis.filters import Filters
from chassis.message.codec import opened
from chassis.message.envelope import PREFIX
from chassis.message.mask import masked
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from contracts.base import Json
from contracts.catalogue import MESSAGES
from gateway.operate import log_reading
from gateway.operate.log_reading import Logged

#: seconds between two looks at what was recorded
FOLLOW_EVERY_S = 1.0
#: an event may be recorded so much later than it says
_LATE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """Holds an event with its data; None where its person was erased, or nobody can read it."""

    logged: Logged
    data: Json | None
    erased: bool = False

    def line(self) -> dict[str, Any]:
        """Returns what a list shows of it."""
        envelope = self.logged.envelope
        return {
            "id": str(envelope.id),
            "time": envelope.headers()[f"{PREFIX}time"],
            "type": envelope.type,
            "job": _text(self.logged.job_id),
            "seq": self.logged.place.seq,
            "person": _text(envelope.person_id),
            "version": "{}.{}".format(*envelope.version),
            "erased": self.erased,
        }


async def show(keys: Keys, events: Sequence[Logged], *, reveal: bool) -> list[Shown]:
    """Opens events. Raises `DependencyDown` when the key store does not answer."""
    persons = {each.envelope.person_id for each in events if each.envelope.enc is not None} - {None}
    found = await keys.find([person for person in persons if person is not None]) if persons else {}
    return [_shown(each, found, reveal) for each in events]


async def stream(database: Database, keys: Keys, filters: Filters, *, reveal: bool) -> AsyncIterator[list[Shown]]:
    """Yields events in pages, as `log_reading.pages` orders them."""
    async for page in log_reading.pages(database, filters):
        yield await show(keys, page, reveal=reveal)


async def follow(
    database: Database, keys: Keys, filters: Filters, *, every: float = FOLLOW_EVERY_S
) -> AsyncGenerator[list[Shown]]:
    """Yields events, masked, as they are recorded, until the caller stops; what comes over a minute late is missed.

    The first list is empty: what is recorded from then on is in the next ones.
    An event is recorded a moment after the time it carries, so each look begins a minute before the newest one.
    """
    newest = await log_reading.now(database)
    seen: dict[UUID, datetime] = {}
    first = True
    while True:
        filters = replace(filters, since=newest - _LATE, limit=None)
        found: list[Logged] = []
        async for page in log_reading.pages(database, filters):
            found += [each for each in page if each.envelope.id not in seen]
        found.sort(key=lambda each: (each.envelope.time, each.place))
        newest = max([newest, *(each.envelope.time for each in found)])
        seen = {id: time for id, time in seen.items() if time >= newest - 2 * _LATE}
        seen |= {each.envelope.id: each.envelope.time for each in found}
        if first or found:
            yield [] if first else await show(keys, found, reveal=False)
        first = False
        await asyncio.sleep(every)


def _shown(logged: Logged, keys: dict[UUID, Any], reveal: bool) -> Shown:
    envelope = logged.envelope
    if logged.erased:
        return Shown(logged, None, erased=True)
    key = keys.get(envelope.person_id) if envelope.person_id is not None else None
    try:
        payload, personal = opened(logged.body, envelope, key)
    except Erased:
        return Shown(logged, None, erased=True)
    except Permanent:
        return Shown(logged, None)
    return Shown(logged, payload if reveal else masked(MESSAGES.get(envelope.type), payload, personal))


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
