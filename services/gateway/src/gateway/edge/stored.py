"""Counts what is stored of a person, by class, and tells until when: by the table that the workers delete by.

Its own tables the gateway counts itself; those of other services by the views that they publish. What lives there for a
day at most (records of repeated requests) is in none of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from chassis.delivery.retention_ages import end_of
from chassis.privacy.retention import OF_ID, Holder, Retention
from chassis.storage.database import Database
from chassis.storage.partitions import week_of
from chassis.storage.statement import Repeatable
from contracts.views import VIEWS
from gateway.jobs.recordings import RECORDINGS
from gateway.tables import METADATA

_SERVICE, _ACCOUNT, _LOG = "gateway", "account", "log"
#: whose rows are those of its jobs
_COUNTED_ELSEWHERE = frozenset({_LOG})
#: the columns that tell when a row was made, where its holder names none
_MADE = ("created_at", "linked_at", "at", "time", "asked_at", "warned_at", "noted_at", "scheduled_time", "started_at")


@dataclass(frozen=True, slots=True)
class Stored:
    """Counts what is stored of a class. `deleted_by`: when the newest of it goes; None: that is not known yet."""

    kind: str
    items: int
    oldest_at: datetime | None
    deleted_by: datetime | None


@dataclass(frozen=True, slots=True)
class _Place:
    """Names rows of a person: what to count, and the columns that say when a row was made, and its clock."""

    holder: Holder
    table: str
    person: str = "person_id"
    made: str | None = None
    clock: str | None = None
    counted: str = "*"
    condition: str = "true"


@dataclass(frozen=True, slots=True)
class _Counted:
    holder: Holder
    items: int
    oldest: datetime | None
    newest: datetime | None


#: the views that show the rows of a table
_VIEWS = [view for view in VIEWS if view.table is not None]
# $1 names of views
_THERE = Repeatable("SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass('api.' || name) IS NOT NULL")
# $1 person_id
_ACTIVE = Repeatable("SELECT day, child FROM person_activity WHERE person_id = $1")


async def stored_of(database: Database, table: Retention, person: UUID, *, child: bool) -> list[Stored]:
    """Counts what is stored of a person now; a service that publishes no view has stored nothing yet.

    `child`: whether the person is one, where nobody has noted yet when they were active.
    """
    there = {row.name for row in await database.fetch(_THERE, [view.name for view in _VIEWS])}
    places = [*_own(table), *_others(table, there)]
    rows = await database.fetch(_statement(places), person)
    counted = [
        _Counted(place.holder, row.number, _oldest(place, row.oldest), row.newest)
        for place, row in zip(places, rows, strict=True)
    ]
    noted = await database.fetch(_ACTIVE, person)
    day, counts_as_child = (noted[0].day, noted[0].child) if noted else (datetime.now(UTC).date(), child)
    return list(_by_class(table, [each for each in counted if each.items], day, child=counts_as_child))


def _own(table: Retention) -> Iterator[_Place]:
    """Yields the gateway's places with rows of a person."""
    for holder in table.holders(_SERVICE):
        if holder.media == RECORDINGS:  # recordings are there as long as their jobs are open
            open_jobs = "finished_at IS NULL AND recording_bytes IS NOT NULL"
            yield _Place(holder, "jobs", made="created_at", clock="created_at", condition=open_jobs)
        rows = METADATA.tables.get(holder.table or "")
        if rows is None or holder.column is not None or rows.name in _COUNTED_ELSEWHERE:
            continue
        person = "id" if rows.name == "people" else "person_id"
        if person in rows.c:
            made = holder.since or next((each for each in _MADE if each in rows.c), None)
            clock = holder.clock if (holder.clock or "") in rows.c else made
            yield _Place(
                holder, rows.name, person, clock if holder.ends else made, clock, condition=holder.rows or "true"
            )


def _others(table: Retention, there: Collection[str]) -> Iterator[_Place]:
    """Yields the other services' places that are seen in their views."""
    for view in _VIEWS:
        made = next((each for each in _MADE if each in view.columns), None)
        for holder in table.holders(view.owner):
            if view.name in there and holder.table == view.table:
                clock = holder.clock if holder.ends else made
                yield _Place(holder, f"api.{view.name}", made=made, clock=clock, counted=holder.column or "*")


def _statement(places: Sequence[_Place]) -> Repeatable:
    """Returns the statement that counts in each place, in their order; every name comes from our files."""
    parts = []
    for number, place in enumerate(places):
        made, clock = (f"{each or 'NULL'}::timestamptz" for each in (place.made, place.clock))
        parts.append(
            f"SELECT {number} AS place, count({place.counted}) AS number, min({made}) AS oldest, max({clock}) AS newest"
            f" FROM {place.table} WHERE {place.person} = $1 AND {place.condition}"
        )
    return Repeatable(" UNION ALL ".join(parts) + " ORDER BY place")


def _by_class(table: Retention, counted: Sequence[_Counted], day: date, *, child: bool) -> Iterator[Stored]:
    for kind in table.classes:
        of = [each for each in counted if each.holder.kind == kind]
        if of:
            oldest = [each.oldest for each in of if each.oldest is not None]
            ends = [_end(table, each, day, child=child) for each in of]
            known = [end for end in ends if end is not None]
            yield Stored(kind, sum(each.items for each in of), min(oldest, default=None), max(known, default=None))


def _oldest(place: _Place, moment: datetime | None) -> datetime | None:
    """Returns when the oldest was made, also where the only column that tells it is the one of its end."""
    return _begun(place.holder, moment) if moment is not None and place.made == place.clock else moment


def _begun(holder: Holder, moment: datetime) -> datetime:
    """Returns when something was made whose column says that, or when it ends."""
    return moment - holder.written if holder.ends else moment


def _end(table: Retention, counted: _Counted, day: date, *, child: bool) -> datetime | None:
    """Tells when the newest of what was counted goes; None where that depends on something that is to come."""
    holder = counted.holder
    if holder.by_activity or holder.kind == _ACCOUNT:
        account = table.classes[_ACCOUNT] if holder.kind == _ACCOUNT else holder
        return end_of(day) + ((account.child if child else None) or account.keep)
    newest = counted.newest
    if (
        newest is None
        or (holder.by is not None and holder.clock is None)
        or (holder.clock or "") == f"{OF_ID}person_id"
    ):
        return None
    end = _begun(holder, newest) + holder.keep
    if holder.table == "jobs":  # what it says goes with its week of the log
        return week_of(newest) + timedelta(days=7) + holder.keep
    return end
