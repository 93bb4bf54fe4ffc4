"""Reads the log for operators: newest first in pages, oldest first as a stream of pages, or as events are recorded.

Every page is a query of its own that begins behind the last row of the page before. What was emitted within a time is
found by the index on `time`; a stream in the order of its jobs reads the primary key, from which partitions are pruned.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row

from chassis.errors import Undecodable
from chassis.filters import Filters
from chassis.message.envelope import PREFIX, Envelope, id_time
from chassis.storage.database import Database
from chassis.storage.partitions import first_id

#: rows of a page of a stream
PAGE = 1000
#: a job older than this that still had an event is looked for by the event's time
_LONG_JOB = timedelta(hours=2)
#: the clocks of processes differ by less
_SKEW = timedelta(minutes=15)
#: around the time in an event's id, in which its job was accepted: tried one after the other
_AROUND = (timedelta(seconds=2), timedelta(minutes=2), timedelta(hours=2))
_UNKNOWN = "unknown"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = UUID(int=0), UUID(int=2**128 - 1)
_COLUMNS = """
l.stream_id, l.seq, l.event_id, l.type, l.version, l.time, l.person_id, l.headers, l.body,
l.erased OR EXISTS (SELECT FROM erased_people AS e WHERE e.person_id = l.person_id) AS erased
"""


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


@dataclass(slots=True)
class _Where:
    """Collects conditions with their parameters, numbered as the driver wants them."""

    conditions: list[str] = field(default_factory=list)
    parameters: list[object] = field(default_factory=list)

    def add(self, condition: str, *values: object) -> None:
        """Adds a condition; each `{}` in it becomes the number of a value."""
        numbers = []
        for value in values:
            self.parameters.append(value)
            numbers.append(f"${len(self.parameters)}")
        self.conditions.append(condition.format(*numbers))

    def text(self) -> str:
        """Returns the conditions as a WHERE."""
        return f"WHERE {' AND '.join(self.conditions)}" if self.conditions else ""


async def newest(
    database: Database, filters: Filters, limit: int, before: tuple[datetime, UUID] | None = None
) -> list[Logged]:
    """Returns events newest first; `before` is time and id of the last one of the page before."""
    where = _filtered(filters)
    if before is not None:
        where.add("(l.time, l.event_id) < ({}::timestamptz, {}::uuid)", *before)
    rows = await database.fetch(
        f"SELECT {_COLUMNS} FROM log AS l {where.text()} ORDER BY l.time DESC, l.event_id DESC LIMIT {int(limit)}",
        *where.parameters,
    )
    return [_logged(row) for row in rows]


async def pages(database: Database, filters: Filters, size: int = PAGE) -> AsyncIterator[list[Logged]]:
    """Yields events in the order of their jobs' beginning, and within a job in its order; `filters.limit` at most."""
    left = filters.limit
    for low, high, rare in _ranges(filters):
        after = Place(low, 0)
        while left is None or left > 0:
            limit = size if left is None else min(size, left)
            rows = await _page(database, filters, after, high, limit, rare=rare)
            if rows:
                yield [_logged(row) for row in rows]
                after = Place(rows[-1].stream_id, rows[-1].seq)
                left = None if left is None else left - len(rows)
            if len(rows) < limit:
                break


async def count(database: Database, filters: Filters) -> int:
    """Returns the number of events, up to `filters.limit`."""
    where = _filtered(filters)
    limit = "" if filters.limit is None else f" LIMIT {int(filters.limit)}"
    [[found]] = await database.fetch(
        f"SELECT count(*) FROM (SELECT FROM log AS l {where.text()}{limit}) AS counted", *where.parameters
    )
    return int(found)


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


async def now(database: Database) -> datetime:
    """Returns the database's time."""
    [[moment]] = await database.fetch("SELECT now()")
    found: datetime = moment
    return found


def _filtered(filters: Filters) -> _Where:
    where = _Where()
    if filters.since is not None:
        where.add("l.time >= {}::timestamptz", filters.since)
    if filters.until is not None:
        where.add("l.time < {}::timestamptz", filters.until)
    if filters.types:
        where.add("l.type = ANY({}::text[])", list(filters.types))
    if filters.job is not None:
        where.add("l.stream_id = {}::uuid", filters.job)
    if filters.person is not None:
        where.add("l.person_id = {}::uuid", filters.person)
    if filters.kind is not None:
        where.add("EXISTS (SELECT FROM jobs AS j WHERE j.id = l.stream_id AND j.kind = {})", filters.kind)
    return where


def _ranges(filters: Filters) -> list[tuple[UUID, UUID, bool]]:
    """Returns the ranges of streams to read one after the other: their ends, and whether rows are rare in it."""
    if filters.job is not None:
        return [(_FIRST, _LAST, False)]
    high = _LAST if filters.until is None else _first_id(filters.until, _SKEW)
    if filters.since is None:
        return [(_FIRST, high, False)]
    middle = _first_id(filters.since, -_LONG_JOB)
    return [(_FIRST, middle, True), (middle, high, False)]


def _first_id(moment: datetime, margin: timedelta) -> UUID:
    """Returns the smallest id of a moment with a margin; of one that no id has, the first or the last of all."""
    try:
        return first_id(max(_EPOCH, moment + margin))
    except OverflowError:
        return _FIRST if margin < timedelta() else _LAST


async def _page(
    database: Database, filters: Filters, after: Place, high: UUID, limit: int, *, rare: bool
) -> Sequence[Row[Any]]:
    """Reads a page. Where rows are `rare` they are found by their time alone, and sorted then."""
    where = _filtered(filters)
    where.add("(l.stream_id, l.seq) > ({}::uuid, {}::bigint)", *after)
    where.add("l.stream_id < {}::uuid", high)
    order = f"ORDER BY stream_id, seq LIMIT {int(limit)}"
    select = f"SELECT {_COLUMNS} FROM log AS l {where.text()}"
    if rare:  # with a LIMIT beside it the planner would read all streams from the first one
        return await database.fetch(
            f"WITH found AS MATERIALIZED ({select}) SELECT * FROM found {order}", *where.parameters
        )
    return await database.fetch(f"{select} {order}", *where.parameters)


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
