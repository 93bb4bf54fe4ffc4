"""Reads and writes the clocks of people, the days on which they learned, their badges and settings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import ARRAY, Insert, insert
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from chassis.handler import Rows
from chassis.storage.statement import constant, insert_of
from content.days import UNSET, Setting
from content.earned import TARGETS, title_of
from content.earnings import Badge, Deed
from content.gamification.tables import badges, clock_settings, learned_days, learner_settings, standings

#: no run outlives so many days without a done one: two freezes, and dates that were skipped
_LATELY = timedelta(days=8)


def _note_days() -> Insert:
    added = insert_of(learned_days, ("person_id", "day", "time_zone", "events", "reviews"))
    more = {name: learned_days.c[name] + added.excluded[name] for name in ("events", "reviews")}
    return added.on_conflict_do_update(index_elements=["person_id", "day"], set_=more)


_CLOCKS = constant(
    sa.select(clock_settings)
    .where(clock_settings.c.person_id == sa.any_(sa.bindparam("people", type_=ARRAY(PG_UUID()))))
    .order_by(clock_settings.c.since)
)
_DONE_DAYS = constant(
    sa.select(learned_days.c.day).where(
        learned_days.c.person_id == sa.bindparam("person"), learned_days.c.day >= sa.bindparam("since")
    )
)
_NOTE_DAYS = constant(_note_days())


async def clocks(rows: Rows, person: UUID) -> list[Setting]:
    """Reads the time zones and day starts that a person has had, oldest first."""
    return (await clocks_of(rows, [person]))[person]


async def clocks_of(rows: Rows, people: Collection[UUID]) -> Mapping[UUID, list[Setting]]:
    """Reads the time zones and day starts that people have had, oldest first."""
    found: dict[UUID, list[Setting]] = {person: [] for person in people}
    for row in await rows.execute(_CLOCKS, {"people": [*people]}):
        known = found[row.person_id]
        before = known[-1] if known else UNSET
        start = before.day_start if row.day_start is None else row.day_start
        known.append(Setting(row.since, row.time_zone or before.time_zone, start))
    return found


async def set_clock(
    rows: Rows, person: UUID, since: datetime, *, time_zone: str | None = None, day_start: time | None = None
) -> bool:
    """Notes a time zone or a day start that is in force since a moment; tells whether anything was noted."""
    before = [each for each in await clocks(rows, person) if each.since <= since]
    now = before[-1] if before else UNSET
    changed = {
        "time_zone": time_zone,  # also one that was in force: another of before may arrive later
        "day_start": day_start if day_start != now.day_start else None,
    }
    changed = {name: value for name, value in changed.items() if value is not None}
    if changed:
        added = insert(clock_settings).values(person_id=person, since=since, **changed)
        await rows.execute(added.on_conflict_do_update(index_elements=["person_id", "since"], set_=changed))
        # which days were excused may have changed
        await rows.execute(sa.update(standings).where(standings.c.person_id == person).values(kept_until=None))
    return bool(changed)


async def day_starts_since(rows: Rows, person: UUID, moment: datetime) -> int:
    """Counts how often a person has changed the start of their day since a moment."""
    found = [UNSET, *await clocks(rows, person)]
    return sum(new.since > moment and new.day_start != old.day_start for old, new in pairwise(found))


async def received(rows: Rows) -> datetime:
    """Returns the database's time; after a person's lock it is later than whatever was noted under it before."""
    now: datetime = (await rows.execute(sa.select(sa.func.clock_timestamp()))).scalar_one()
    return now


async def done_days(rows: Rows, person: UUID, since: date = date.min) -> frozenset[date]:
    """Reads the days on which a person learned, from one on."""
    return frozenset((await rows.execute(_DONE_DAYS, {"person": person, "since": since})).scalars())


async def done_days_of(rows: Rows, people: Collection[UUID]) -> Mapping[UUID, frozenset[date]]:
    """Reads the days on which people learned."""
    days = sa.func.array_agg(learned_days.c.day).label("days")
    found = sa.select(learned_days.c.person_id, days).where(learned_days.c.person_id.in_(people))
    return {row.person_id: frozenset(row.days) for row in await rows.execute(found.group_by(learned_days.c.person_id))}


async def learned_lately(rows: Rows, people: Collection[UUID], day: date | None = None) -> set[UUID]:
    """Returns those of some people who learned shortly before a day, or today: they may have had a run to keep."""
    lately = (sa.func.current_date() if day is None else sa.literal(day)) - sa.literal(_LATELY, sa.Interval)
    mine = (
        sa.select(learned_days.c.person_id)
        .distinct()
        .where(learned_days.c.person_id.in_(people), learned_days.c.day >= lately)
    )
    return set((await rows.execute(mine)).scalars())


async def days_between(rows: Rows, person: UUID, first: date, last: date) -> dict[date, Row[Any]]:
    """Reads the days on which a person learned, from one date to another."""
    mine = sa.select(learned_days).where(learned_days.c.person_id == person, learned_days.c.day.between(first, last))
    return {row.day: row for row in await rows.execute(mine)}


async def settings_of(rows: Rows, person: UUID) -> Row[Any] | None:
    """Reads a person's settings; None while they have none."""
    return (await rows.execute(sa.select(learner_settings).where(learner_settings.c.person_id == person))).first()


async def save_settings(rows: Rows, person: UUID, values: Mapping[str, Any]) -> None:
    """Writes a person's settings."""
    added = insert(learner_settings).values(person_id=person, **values)
    new = {name: added.excluded[name] for name in values}
    await rows.execute(added.on_conflict_do_update(index_elements=["person_id"], set_=new))


async def badges_of(rows: Rows, person: UUID) -> Sequence[Row[Any]]:
    """Reads a person's badges, oldest first."""
    mine = sa.select(badges).where(badges.c.person_id == person)
    return (await rows.execute(mine.order_by(badges.c.awarded_at, badges.c.badge))).all()


async def give_badges(rows: Rows, person: UUID, wanted: Mapping[str, UUID]) -> list[Badge]:
    """Gives badges, each with the event that earned it; returns those that the person did not have."""
    if not wanted:
        return []
    values = [{"person_id": person, "badge": badge, "event_id": wanted[badge]} for badge in sorted(wanted)]
    added = insert(badges).values(values).on_conflict_do_nothing().returning(badges.c.badge, badges.c.awarded_at)
    return [
        Badge(row.badge, title_of(row.badge), row.badge in TARGETS, row.awarded_at) for row in await rows.execute(added)
    ]


async def note_days(rows: Rows, person: UUID, deeds: Sequence[Deed]) -> None:
    """Adds deeds to their days."""
    await rows.execute(_NOTE_DAYS, day_rows(person, deeds))


def day_rows(person: UUID, deeds: Sequence[Deed]) -> list[dict[str, Any]]:
    """Returns the rows of the days of deeds, which come in the order in which they arrived."""
    found: dict[date, dict[str, Any]] = {}
    for deed in deeds:
        day = {"person_id": person, "day": deed.day, "time_zone": deed.time_zone, "events": 0, "reviews": 0}
        values = found.setdefault(deed.day, day)
        values["events"] += 1
        values["reviews"] += deed.review
    return [found[day] for day in sorted(found)]


async def total(rows: Rows, column: sa.ColumnElement[int], condition: sa.ColumnElement[bool]) -> int:
    """Adds up a column."""
    return int((await rows.execute(sa.select(sa.func.coalesce(sa.func.sum(column), 0)).where(condition))).scalar_one())
