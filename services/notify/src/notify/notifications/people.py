"""Reads and writes what notify knows of people: what they want, and the copies of what others tell of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import ARRAY, Insert, insert
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from chassis.handler import Rows
from chassis.storage.statement import constant, insert_of
from chassis.time_zones import names, zone_of
from contracts.gateway import PersonChanged
from contracts.learning import LearnerProgressed
from notify.notifications.quiet import QuietHours
from notify.notifications.schemas import (
    WEEK,
    DigestFields,
    NotificationSettings,
    QuietHoursFields,
    ReminderFields,
    Weekday,
    stored,
)
from notify.notifications.tables import learners, notification_settings, people
from notify.notifications.wanted import AtTime, OfType, Wanted

_IDS = sa.bindparam("people", type_=ARRAY(PG_UUID()))


def _of_people() -> sa.Select[Any]:
    """Selects what is known of people: their copy, their settings, and as columns of the row how their learning stands.

    Of each person it selects a row; what is not known of somebody is null.
    """
    asked = sa.func.unnest(_IDS).table_valued("id").render_derived(name="asked")
    known = (people.c.time_zone, people.c.language, people.c.age_band, people.c.adult)
    return (
        sa.select(asked.c.id, *known, notification_settings.c.settings, *learners.c)
        .select_from(asked)
        .outerjoin(people, people.c.person_id == asked.c.id)
        .outerjoin(notification_settings, notification_settings.c.person_id == asked.c.id)
        .outerjoin(learners, learners.c.person_id == asked.c.id)
    )


_PEOPLE = constant(_of_people())
_CHANGED = constant(sa.select(people.c.person_id, people.c.at).where(people.c.person_id == sa.any_(_IDS)))
_NOW = constant(sa.select(sa.func.now()))
_UTC, _OF_AGE = "UTC", "of_age"


@dataclass(frozen=True, slots=True)
class Person:
    """Holds what is known of somebody: what they want, how their learning stands, their language."""

    id: UUID
    wanted: Wanted
    learner: Row[Any] | None = None
    language: str = "en"


async def now_of(rows: Rows) -> datetime:
    """Returns the database's time at the begin of the transaction."""
    now: datetime = (await rows.execute(_NOW)).scalar_one()
    return now


async def read_people(rows: Rows, ids: Collection[UUID]) -> Mapping[UUID, Person]:
    """Reads people; each id has an entry, also where nothing is known of somebody."""
    found = await rows.execute(_PEOPLE, {"people": sorted(ids)})
    return {
        row.id: Person(
            row.id,
            wanted_of(
                NotificationSettings() if row.settings is None else NotificationSettings.model_validate(row.settings),
                time_zone=row.time_zone or _UTC,
                minor=row.age_band != _OF_AGE,
                adult=bool(row.adult),
            ),
            None if row.person_id is None else row,
            row.language or "en",
        )
        for row in found
    }


async def read_settings(rows: Rows, person: UUID) -> NotificationSettings:
    """Reads what a person has set; the defaults if nothing."""
    statement = sa.select(notification_settings.c.settings).where(notification_settings.c.person_id == person)
    found = (await rows.execute(statement)).scalar_one_or_none()
    return NotificationSettings() if found is None else NotificationSettings.model_validate(found)


async def save_settings(rows: Rows, person: UUID, settings: NotificationSettings) -> None:
    """Stores what a person has set."""
    values = {"settings": stored(settings), "changed_at": sa.func.now()}
    added = insert(notification_settings).values(person_id=person, **values)
    await rows.execute(added.on_conflict_do_update(index_elements=["person_id"], set_=values))


async def keep_people(rows: Rows, events: Sequence[PersonChanged]) -> None:
    """Keeps what has changed of people. Of several about one person the latest `at` counts."""
    latest = {event.person_id: event for event in sorted(events, key=lambda event: event.at)}
    fields = ("person_id", "at", "time_zone", "language", "age_band", "adult", "email", "email_verified")
    values = [{name: getattr(latest[person], name) for name in fields} for person in sorted(latest)]
    for value in values:
        if value["time_zone"] not in names():  # a gateway with newer data may know it
            value["time_zone"] = _UTC
    await _keep_latest(rows, people, values)


async def changed_at(rows: Rows, ids: Collection[UUID]) -> Mapping[UUID, datetime]:
    """Returns since when each of some people is as they are kept."""
    return {row.person_id: row.at for row in await rows.execute(_CHANGED, {"people": sorted(ids)})}


async def keep_learners(rows: Rows, events: Sequence[LearnerProgressed]) -> None:
    """Keeps how learners stand. Of several about one person the latest `at` counts."""
    latest = {event.person_id: event for event in sorted(events, key=lambda event: event.at)}
    await _keep_latest(rows, learners, [latest[person].model_dump() for person in sorted(latest)])


def wanted_of(settings: NotificationSettings, *, time_zone: str, minor: bool, adult: bool) -> Wanted:
    """Returns settings as decisions are made by them."""
    off = "digest" in settings.types and not settings.types["digest"].enabled
    digest = None if off else settings.digest
    return Wanted(
        zone=zone_of(time_zone),
        minor=minor,
        adult=adult,
        types={type_: OfType(each.enabled, each.mode, tuple(each.channels)) for type_, each in settings.types.items()},
        quiet=quiet_of(settings.quiet_hours),
        reminder=_at_time(settings.daily_reminder),
        digest=None if digest is None else _at_end_of(digest),
        push_per_day=settings.caps.push_per_day,
    )


def quiet_of(fields: QuietHoursFields | None) -> QuietHours | None:
    """Returns quiet hours as decisions are made by them."""
    return None if fields is None else QuietHours(fields.start, fields.end, _numbers(fields.days))


def _at_time(fields: ReminderFields | None) -> AtTime | None:
    return None if fields is None else AtTime(fields.at, _numbers(fields.days))


def _at_end_of(digest: DigestFields) -> AtTime:
    return AtTime(digest.at, _numbers([digest.day] if digest.every == "weekly" and digest.day else WEEK))


def _numbers(days: Iterable[Weekday]) -> frozenset[int]:
    return frozenset(map(WEEK.index, days))


async def _keep_latest(rows: Rows, table: sa.Table, values: Sequence[Mapping[str, Any]]) -> None:
    await rows.execute(_keeps_latest(table, tuple(values[0])), [dict(each) for each in values])


@cache
def _keeps_latest(table: sa.Table, names: tuple[str, ...]) -> Insert:
    added = insert_of(table, names)
    set_ = {name: added.excluded[name] for name in names if name != "person_id"}
    newer = added.excluded.at > table.c.at
    return constant(added.on_conflict_do_update(index_elements=["person_id"], set_=set_, where=newer))
