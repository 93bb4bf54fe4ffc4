"""Reads the log for operators: newest first in pages, oldest first as a stream of pages, or as events are recorded.

Every page is a query of its own that begins behind the last row of the page before. What was emitted within a time is
found by the index on `time`, window by window; a stream in the order of its jobs reads the primary key.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row

from chassis.errors import Undecodable
from chassis.filters import Filters
from chassis.message.envelope import PREFIX, Envelope, id_time
from chassis.storage.database import Database
from chassis.storage.partitions import first_id
from chassis.storage.statement import Repeatable
from gateway.operate.log_where import where_of
from gateway.operate.log_windows import windows

#: reads up to so many events behind a place
_Read = Callable[["Place", int], Awaitable[list["Logged"]]]

#: rows of a page of a stream
PAGE = 1000
#: a job older than this that still had an event is looked for by the event's time
_LONG_JOB = timedelta(hours=2)
#: the clocks of processes differ by less
_SKEW = timedelta(minutes=15)
#: around the time in an event's id, in which its job was accepted: tried one after the other
_AROUND = (timedelta(seconds=2), timedelta(minutes=2), timedelta(hours=2))
_MOMENT = timedelta(microseconds=1)
_UNKNOWN = "unknown"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = UUID(int=0), UUID(int=2**128 - 1)
_COLUMNS = """
l.stream_id, l.seq, l.event_id, l.type, l.version, l.time, l.person_id, l.headers, l.body,
l.erased OR EXISTS (SELECT FROM erased_people AS e WHERE e.person_id = l.person_id) AS erased
"""
#: $1 persons. Rows of somebody who is forgotten are all marked, so the first tells
_ERASED_AMONG = Repeatable("""
SELECT p FROM unnest($1::uuid[]) AS p WHERE EXISTS (SELECT FROM erased_people AS e WHERE e.person_id = p)
    OR (SELECT l.erased FROM log AS l WHERE l.person_id = p ORDER BY l.time LIMIT 1)
""")


class Place(NamedTuple):
    """Names a row of the log."""

    stream_id: UUID
    seq: int


@dataclass(frozen=True, slots=True)
class Logged:
    """Holds a row of the log as it is kept: its personal fields are ciphertext. `erased`: its person was erased."""

    place: Place
    envelope: Envelope
    body: bytes
    erased: bool

    @property
    def job_id(self) -> UUID | None:
        """Returns the job whose stream it is in, if it is that of a job."""
        return self.place.stream_id if self.place.stream_id != self.envelope.id else None


async def newest(
    database: Database,
    filters: Filters,
    limit: int,
    before: tuple[datetime, UUID] | None = None,
    looked: Callable[[datetime], None] = lambda _: None,
) -> list[Logged]:
    """Returns events newest first; `before` is time and id of the last one of the page before.

    `looked` is told back to which time nothing more is to be read, after each window of time.
    """
    found: list[Logged] = []
    async for span in _spans(database, filters, until=None if before is None else before[0] + _MOMENT):
        where = where_of(span)
        if before is not None:
            where.add("(l.time, l.event_id) < ({}::timestamptz, {}::uuid)", *before)
        rows = await database.fetch(
            f"SELECT {_COLUMNS} FROM log AS l {where.text()} ORDER BY l.time DESC, l.event_id DESC"
            f" LIMIT {int(limit) - len(found)}",
            *where.parameters,
        )
        found += map(_logged, rows)
        if len(found) == limit:
            break
        if span.since is not None:
            looked(span.since)
    return found


async def pages(database: Database, filters: Filters, size: int = PAGE) -> AsyncIterator[list[Logged]]:
    """Yields events in the order of their jobs' beginning, and within a job in its order; `filters.limit` at most."""
    left = filters.limit
    async for read in _readers(database, filters):
        after = Place(_FIRST, 0)
        while left is None or left > 0:
            limit = size if left is None else min(size, left)
            page = await read(after, limit)
            if page:
                yield page
                after = page[-1].place
                left = None if left is None else left - len(page)
            if len(page) < limit:
                break


async def count(database: Database, filters: Filters) -> int:
    """Returns the number of events, up to `filters.limit`."""
    found = 0
    async for span in _spans(database, filters):
        where = where_of(span)
        limit = "" if filters.limit is None else f" LIMIT {int(filters.limit) - found}"
        [[number]] = await database.fetch(
            f"SELECT count(*) FROM (SELECT FROM log AS l {where.text()}{limit}) AS counted", *where.parameters
        )
        found += number
        if found == filters.limit:
            break
    return found


async def of_place(database: Database, places: Sequence[Place]) -> dict[Place, Logged]:
    """Returns the rows at these places."""
    rows = await database.fetch(
        f"SELECT {_COLUMNS} FROM unnest($1::uuid[], $2::bigint[]) AS p(id, n)"
        " JOIN log AS l ON l.stream_id = p.id AND l.seq = p.n",
        [place.stream_id for place in places],
        [place.seq for place in places],
    )
    return {found.place: found for found in map(_logged, rows)}


async def caused(database: Database, causes: Sequence[UUID], streams: Sequence[UUID]) -> list[Logged]:
    """Returns the events in these streams that follow from some."""
    rows = await database.fetch(
        f"SELECT {_COLUMNS} FROM log AS l WHERE l.stream_id = ANY($1::uuid[])"
        f" AND l.headers->>'{PREFIX}causationid' = ANY($2::text[]) ORDER BY l.stream_id, l.seq",
        list(streams),
        [str(cause) for cause in causes],
    )
    return [_logged(row) for row in rows]


async def find(database: Database, event_id: UUID) -> Logged | None:
    """Returns an event by its id: first near the job that the time in the id suggests, then anywhere."""
    try:
        made = id_time(event_id)
        ranges = [(_first_id(made, -around), _first_id(made, around)) for around in _AROUND]
    except (ValueError, OverflowError):  # it is an id of no moment
        ranges = []
    for low, high in [*ranges, (_FIRST, _LAST)]:
        rows = await database.fetch(
            f"SELECT {_COLUMNS} FROM log AS l WHERE l.stream_id BETWEEN $1 AND $2 AND l.event_id = $3 LIMIT 1",
            low,
            high,
            event_id,
        )
        if rows:
            return _logged(rows[0])
    return None


async def erased_among(database: Database, persons: Collection[UUID]) -> set[UUID]:
    """Returns who of these was erased here, as long as the log has anything of them."""
    return {row.p for row in await database.fetch(_ERASED_AMONG, list(persons))} if persons else set()


async def now(database: Database) -> datetime:
    """Returns the database's time."""
    [[moment]] = await database.fetch("SELECT now()")
    found: datetime = moment
    return found


async def _spans(database: Database, filters: Filters, *, until: datetime | None = None) -> AsyncIterator[Filters]:
    """Yields the filters of windows, newest first; of one job or one person, whose rows an index finds, as they are."""
    if filters.job is not None or filters.person is not None:
        yield filters
        return
    [whole] = await database.fetch("SELECT min(time) AS first, max(time) AS last FROM log")
    if whole.first is None:
        return
    low = max(filter(None, (filters.since, whole.first)))
    high = min(filter(None, (filters.until, until, whole.last + _MOMENT)))
    for since, before in windows(low, high, backwards=True):
        yield replace(filters, since=since, until=before)


async def _readers(database: Database, filters: Filters) -> AsyncIterator[_Read]:
    """Yields what reads pages of ranges of streams, one range after the other: by the primary key, or by time.

    By time are found the rows of streams that are far older than the time asked for, and those of a person.
    """
    if filters.job is not None:
        yield partial(_page, database, filters, _LAST)
        return
    high = _LAST if filters.until is None else _first_id(filters.until, _SKEW)
    if filters.person is not None:
        yield _of_places(database, await places(database, filters, high))
        return
    low = _FIRST
    if filters.since is not None:
        low = _first_id(filters.since, -_LONG_JOB)
        yield _of_places(database, await places(database, filters, low))
    if not (filters.types or filters.kind):
        yield partial(_page, database, filters, high, low=low)
        return
    [whole] = await database.fetch("SELECT min(time) AS first, max(time) AS last FROM log")
    if whole.first is None:
        return
    ends = max(_first_id(whole.first, -_LONG_JOB), low), min(_first_id(whole.last, _SKEW), high)
    yield partial(_page, database, filters, ends[0], low=low)
    for since, before in windows(id_time(ends[0]), id_time(ends[1])):
        yield partial(_page, database, filters, first_id(before), low=first_id(since))
    yield partial(_page, database, filters, high, low=ends[1])


async def places(database: Database, filters: Filters, high: UUID = _LAST) -> list[Place]:
    """Returns the places of all events, of streams before `high`, found by their time or person, in order."""
    found: list[Place] = []
    async for span in _spans(database, filters):
        where = where_of(span)
        where.add("l.stream_id < {}::uuid", high)
        rows = await database.fetch(f"SELECT l.stream_id, l.seq FROM log AS l {where.text()}", *where.parameters)
        found += [Place(row.stream_id, row.seq) for row in rows]
    return sorted(found)


def _of_places(database: Database, found: Sequence[Place]) -> _Read:
    async def read(after: Place, limit: int) -> list[Logged]:
        start = bisect_right(found, after)
        some = found[start : start + limit]
        events = await of_place(database, some)
        return [events[place] for place in some if place in events]

    return read


def _first_id(moment: datetime, margin: timedelta) -> UUID:
    """Returns the smallest id of a moment with a margin; of one that no id has, the first or the last of all."""
    try:
        return first_id(max(_EPOCH, moment + margin))
    except OverflowError:
        return _FIRST if margin < timedelta() else _LAST


async def _page(
    database: Database, filters: Filters, high: UUID, after: Place, limit: int, *, low: UUID = _FIRST
) -> list[Logged]:
    where = where_of(filters)
    where.add("(l.stream_id, l.seq) > ({}::uuid, {}::bigint)", *max(after, Place(low, 0)))
    where.add("l.stream_id < {}::uuid", high)
    rows = await database.fetch(
        f"SELECT {_COLUMNS} FROM log AS l {where.text()} ORDER BY stream_id, seq LIMIT {int(limit)}", *where.parameters
    )
    return [_logged(row) for row in rows]


def _logged(row: Row[Any]) -> Logged:
    return Logged(Place(row.stream_id, row.seq), _envelope(row), row.body, row.erased)


def _envelope(row: Row[Any]) -> Envelope:
    """Returns a row's envelope; of headers that are no envelope of this release, what the row's columns say."""
    try:
        return Envelope.parse(row.headers)
    except Undecodable:
        major, _, minor = row.version.partition(".")
        return Envelope(
            id=row.event_id,
            type=row.type,
            version=(int(major), int(minor)),
            source=_UNKNOWN,
            time=row.time,
            person_id=row.person_id,
        )
