"""Shows events of the log: opened with their persons' keys, masked unless they are to be revealed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
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
from gateway.operate.log_reading import Logged, Place

#: seconds between two looks at what was recorded
FOLLOW_EVERY_S = 1.0
#: an event may be recorded so much later than it says; rarely, as after an outage of the broker, so much
_LATE, _LATER = timedelta(minutes=1), timedelta(hours=1)
#: looks: one of so many looks for those that are very late; what was shown is remembered for twice the other
_LATER_EVERY, _FORGET_EVERY = 30, 3600


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
    """Yields events, masked, as they are recorded: from `filters.since` or now on, until after `filters.until`.

    The first list is empty: what comes then is in the next ones. An event is recorded a moment after the time that it
    carries, so each look begins a minute before now, and now and then an hour: what comes later than that is missed.
    """
    began = await log_reading.now(database)
    known = _Known()
    if filters.since is None:  # what is recorded by now is not asked for
        known.new(await log_reading.places(database, replace(filters, since=began - _LATE)))
    since = began - _LATE if filters.since is None else filters.since
    yield []
    for look in count():
        now = await log_reading.now(database)
        back = _LATER if look % _LATER_EVERY == _LATER_EVERY - 1 else _LATE
        begin = since if look == 0 else max(since, now - back)
        new = known.new(await log_reading.places(database, replace(filters, since=begin, limit=None)))
        for start in range(0, len(new), log_reading.PAGE):
            found = await log_reading.of_place(database, new[start : start + log_reading.PAGE])
            ordered = sorted(found.values(), key=lambda each: (each.envelope.time, each.place))
            yield await show(keys, ordered, reveal=False)
        if filters.until is not None and now > filters.until + _LATE:
            return
        await asyncio.sleep(every)


class _Known:
    """Remembers which events were shown, for as long as a look may find them again."""

    def __init__(self) -> None:
        self._now: set[Place] = set()
        self._before: set[Place] = set()
        self._looks = 0

    def new(self, places: Sequence[Place]) -> list[Place]:
        """Returns those that were never given to it, and remembers them."""
        self._looks += 1
        if self._looks % _FORGET_EVERY == 0:
            self._now, self._before = set(), self._now
        found = [place for place in places if place not in self._now and place not in self._before]
        self._now.update(places)
        return found


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
