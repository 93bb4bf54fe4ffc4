"""Reads and writes notifications."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import insert

from chassis.handler import Rows
from chassis.storage.statement import constant
from chassis.storage.tables import NEXT_VERSION, among
from chassis.web.listing import Filters, Sorts
from notify.notifications.notification import Telling
from notify.notifications.tables import notifications

#: own notifications that may wait at a time
MOST_WAITING = 50
WAITING = ("scheduled", "deferred")
SORTS: Sorts = {"id": notifications.c.id}
_BY_STATE: Mapping[str, sa.ColumnElement[bool]] = {
    "scheduled": notifications.c.state.in_(WAITING),
    "delivered": notifications.c.delivered.is_(sa.true()),
    "unread": sa.and_(notifications.c.delivered.is_(sa.true()), notifications.c.read_at.is_(None)),
}
FILTERS: Filters = {"state": lambda state: _BY_STATE[state]}
_MARK_READ = constant(
    sa.update(notifications)
    .where(
        notifications.c.id == sa.bindparam("notification_id"),
        notifications.c.person_id == sa.bindparam("reader_id"),
        notifications.c.delivered.is_(sa.true()),
        notifications.c.read_at.is_(None),
    )
    .values(read_at=sa.func.now(), **NEXT_VERSION)
    .returning(notifications)
)
_FIELDS = ("state", "held", "deliver_at", "delivered", "told_in")


def of_person(person_id: UUID) -> sa.Select[Any]:
    """Selects the notifications of a person."""
    return sa.select(notifications).where(notifications.c.person_id == person_id)


def one(notification_id: UUID, person_id: UUID) -> sa.Select[Any]:
    """Selects a notification of a person."""
    return of_person(person_id).where(notifications.c.id == notification_id)


async def add(rows: Rows, tellings: Sequence[tuple[Telling, Mapping[str, Any]]]) -> None:
    """Stores notifications, each with its state; one that is there already stays as it is."""
    if not tellings:
        return
    values = [
        {
            "id": each.id,
            "person_id": each.person_id,
            "type": each.notice.type,
            "title": each.title,
            "body": each.body,
            "link": each.link,
            "key": each.key,
            "stale_at": each.notice.stale_at,
            "urgent": each.notice.urgent,
            **state,
        }
        for each, state in sorted(tellings, key=lambda pair: pair[0].id)
    ]
    await rows.execute(insert(notifications).on_conflict_do_nothing(), values)  # one text for any number of rows


async def taken_keys(rows: Rows, tellings: Sequence[Telling]) -> set[tuple[UUID, str]]:
    """Returns the keys that were told before, with their people."""
    keyed = {(each.person_id, each.key) for each in tellings if each.key is not None}
    if not keyed:
        return set()
    theirs = sa.select(notifications.c.person_id, notifications.c.key).where(
        among(notifications.c.person_id, {person for person, _ in keyed}),
        among(notifications.c.key, {key for _, key in keyed}),
    )
    return {(row.person_id, row.key) for row in await rows.execute(theirs)} & keyed


async def add_own(rows: Rows, notification_id: UUID, person_id: UUID, values: Mapping[str, Any]) -> Row[Any]:
    """Stores a notification that a person has made for themselves, and that waits."""
    row = {"id": notification_id, "person_id": person_id, "own": True, "delivered": False, "state": "scheduled"}
    return (await rows.execute(sa.insert(notifications).values(**row, **values).returning(notifications))).one()


async def edit(rows: Rows, notification_id: UUID, changes: Mapping[str, Any]) -> Row[Any]:
    """Changes what a person has made for themselves; returns it as it stands afterwards."""
    statement = sa.update(notifications).where(notifications.c.id == notification_id)
    return (await rows.execute(statement.values(**changes, **NEXT_VERSION).returning(notifications))).one()


async def delete(rows: Rows, notification_id: UUID) -> None:
    """Deletes a notification."""
    await rows.execute(sa.delete(notifications).where(notifications.c.id == notification_id))


async def count_waiting(rows: Rows, person_id: UUID) -> int:
    """Counts the notifications that a person has made for themselves and that wait."""
    mine = sa.select(sa.func.count()).where(
        notifications.c.person_id == person_id, notifications.c.own.is_(sa.true()), notifications.c.state == "scheduled"
    )
    counted: int = (await rows.execute(mine)).scalar_one()
    return counted


async def waiting(rows: Rows, people: Collection[UUID], until: datetime | None = None) -> Sequence[Row[Any]]:
    """Reads and locks what waits of people, oldest first: all that is deferred, or all that is due `until` a moment."""
    mine = sa.select(notifications).where(among(notifications.c.person_id, people))
    if until is None:
        mine = mine.where(notifications.c.state == "deferred")
    else:
        mine = mine.where(notifications.c.state.in_(WAITING), notifications.c.deliver_at <= until)
    return (await rows.execute(mine.order_by(notifications.c.id).with_for_update())).all()


async def told(rows: Rows, notification_id: UUID) -> Sequence[Row[Any]]:
    """Reads and locks a notification that was shown and has not ended, or nothing."""
    mine = sa.select(notifications).where(
        notifications.c.id == notification_id, notifications.c.state.in_(("delivered", "deferred"))
    )
    return (await rows.execute(mine.with_for_update())).all()


async def next_due(rows: Rows, people: Collection[UUID]) -> Mapping[UUID, datetime]:
    """Returns when the next of what waits of people is due; those of whom nothing waits have no entry."""
    first = sa.func.min(notifications.c.deliver_at)
    mine = (
        sa.select(notifications.c.person_id, first.label("due"))
        .where(among(notifications.c.person_id, people), notifications.c.state.in_(WAITING))
        .group_by(notifications.c.person_id)
    )
    return {row.person_id: row.due for row in await rows.execute(mine)}


async def put(rows: Rows, changes: Mapping[UUID, Mapping[str, Any]]) -> None:
    """Changes the states of notifications, by their id."""
    if not changes:
        return
    statement = (
        sa.update(notifications)
        .where(notifications.c.id == sa.bindparam("changed_id"))
        .values(**{name: sa.bindparam(f"to_{name}") for name in _FIELDS}, **NEXT_VERSION)
    )
    for id in sorted(changes):
        values = {f"to_{name}": changes[id][name] for name in _FIELDS}
        await rows.execute(statement, {"changed_id": id, **values})


async def mark_read(rows: Rows, notification_id: UUID, person_id: UUID) -> Row[Any] | None:
    """Marks a person's notification as read once it is shown; the first time counts. None if there is none."""
    marked = await rows.execute(_MARK_READ, {"notification_id": notification_id, "reader_id": person_id})
    return marked.first() or (await rows.execute(one(notification_id, person_id))).first()


async def mark_all_read(rows: Rows, person_id: UUID) -> Sequence[UUID]:
    """Marks all that a person was shown as read; returns what was not before."""
    statement = (
        sa.update(notifications)
        .where(notifications.c.person_id == person_id, _BY_STATE["unread"])
        .values(read_at=sa.func.now(), **NEXT_VERSION)
        .returning(notifications.c.id)
    )
    return (await rows.execute(statement)).scalars().all()
