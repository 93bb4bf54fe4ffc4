"""Reads and writes what people have earned, and their clocks: the implementation of `content.earnings`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import insert

from chassis.handler import Rows
from content.days import UNSET, Calendar, Setting
from content.earned import (
    AT_ONCE,
    BACK_AGAIN,
    DAILY_CAP,
    DEFAULT_GOAL,
    HELPFUL,
    TARGETS,
    Ledger,
    came_back,
    counted_badges,
    hasty,
    title_of,
)
from content.earnings import Badge, Deed, Earned, Standing, StreakOut, XpOut
from content.gamification.streak import Streak, streak_of
from content.gamification.tables import badges, clock_settings, learned_days, learner_settings, standings, xp_awards

#: a streak of so many days is at risk in the last hours of a day that is not done
_RISKED, _LAST_HOURS = 3, timedelta(hours=3)
#: no run outlives so many days without a done one: two freezes, and dates that were skipped
_LATELY = timedelta(days=8)


class StoredEarnings:
    """Keeps days, XP and badges in the tables."""

    async def calendar(self, rows: Rows, person: UUID) -> Calendar:
        """Returns the person's days, by the settings that they have had."""
        return Calendar(await clocks(rows, person))

    async def earn(self, rows: Rows, person: UUID, deeds: Sequence[Deed], now: datetime) -> Earned:
        """Notes deeds. The caller holds the lock of the person."""
        if not deeds:
            return Earned({})
        await _note_days(rows, person, deeds)
        earned = await _award(rows, person, deeds)
        wanted = {badge: deed.event_id for deed in reversed(deeds) for badge in deed.badges}
        days = await done_days(rows, person)
        streak = streak_of(days, await self.calendar(rows, person), now)
        counted = counted_badges(
            longest=streak.longest,
            xp=await _sum(rows, xp_awards.c.xp, xp_awards.c.person_id == person),
            reviews=await _sum(rows, learned_days.c.reviews, learned_days.c.person_id == person),
        )
        last = deeds[-1].event_id
        wanted |= dict.fromkeys(counted | ({BACK_AGAIN} if came_back(days) else set()), last)
        return Earned(earned, await _give_badges(rows, person, wanted))

    async def honour(self, rows: Rows, person: UUID, report_id: UUID) -> Sequence[Badge]:
        """Awards the badge of a helpful report; returns it to who did not have it before."""
        return await _give_badges(rows, person, {HELPFUL: report_id})

    async def note_standing(self, rows: Rows, person: UUID, standing: Standing) -> None:
        """Notes how long the streak is that is told of now, for whoever reads tables."""
        values = {"streak": standing.streak.current, "updated_at": sa.func.now()}
        noted = insert(standings).values(person_id=person, **values)
        await rows.execute(noted.on_conflict_do_update(index_elements=["person_id"], set_=values))

    async def milestones(self, rows: Rows, person: UUID) -> Sequence[tuple[str, datetime]]:
        """Returns the names of the badges that a person has, and since when, oldest first."""
        return [(row.badge, row.awarded_at) for row in await badges_of(rows, person)]

    async def standing(self, rows: Rows, person: UUID, now: datetime) -> Standing:
        """Returns streak and XP at a moment."""
        calendar = await self.calendar(rows, person)
        streak = streak_of(await done_days(rows, person), calendar, now)
        today = calendar.today(now)
        settings = await settings_of(rows, person)
        mine = xp_awards.c.person_id == person
        total = await _sum(rows, xp_awards.c.xp, mine)
        of_today = await _sum(rows, xp_awards.c.xp, sa.and_(mine, xp_awards.c.day == today.day))
        goal = settings.daily_goal if settings is not None else DEFAULT_GOAL
        xp = XpOut(total=total, today=of_today, daily_goal=goal)
        return Standing(today.day, shown_streak(streak, today.day, today.end, now), xp)


def shown_streak(streak: Streak, today: date, ends: datetime, now: datetime) -> StreakOut:
    """Returns a streak as it is shown."""
    done = any(day.date == today and day.state == "done" for day in streak.days)
    risked = not done and streak.current >= _RISKED and ends - now <= _LAST_HOURS
    return StreakOut(
        current=streak.current,
        longest=streak.longest,
        today="done" if done else "open",
        day_ends_at=ends,
        freezes=streak.freezes,
        at_risk=risked,
    )


async def clocks(rows: Rows, person: UUID) -> list[Setting]:
    """Reads the time zones and day starts that a person has had, oldest first."""
    mine = sa.select(clock_settings).where(clock_settings.c.person_id == person).order_by(clock_settings.c.since)
    found: list[Setting] = []
    for row in await rows.execute(mine):
        before = found[-1] if found else UNSET
        start = before.day_start if row.day_start is None else row.day_start
        found.append(Setting(row.since, row.time_zone or before.time_zone, start))
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
    return bool(changed)


async def changes_since(rows: Rows, person: UUID, moment: datetime) -> int:
    """Counts the changes of a person's clock since a moment."""
    found = await clocks(rows, person)
    before = [UNSET, *found]
    return sum(
        new.since > moment and (new.time_zone, new.day_start) != (old.time_zone, old.day_start)
        for old, new in pairwise(before)
    )


async def received(rows: Rows) -> datetime:
    """Returns the database's time."""
    now: datetime = (await rows.execute(sa.select(sa.func.now()))).scalar_one()
    return now


async def done_days(rows: Rows, person: UUID) -> frozenset[date]:
    """Reads the days on which a person learned."""
    mine = sa.select(learned_days.c.day).where(learned_days.c.person_id == person)
    return frozenset((await rows.execute(mine)).scalars())


async def learned_lately(rows: Rows, people: Collection[UUID]) -> set[UUID]:
    """Returns those of some people who learned within the last days, so that they may have a run to keep."""
    lately = sa.func.current_date() - sa.literal(_LATELY, sa.Interval)
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


async def reviews_of(rows: Rows, person: UUID) -> int:
    """Counts a person's reviews."""
    return await _sum(rows, learned_days.c.reviews, learned_days.c.person_id == person)


async def _give_badges(rows: Rows, person: UUID, wanted: Mapping[str, UUID]) -> list[Badge]:
    """Gives badges, each with the event that earned it; returns those that the person did not have."""
    if not wanted:
        return []
    values = [{"person_id": person, "badge": badge, "event_id": wanted[badge]} for badge in sorted(wanted)]
    added = insert(badges).values(values).on_conflict_do_nothing().returning(badges.c.badge, badges.c.awarded_at)
    return [
        Badge(row.badge, title_of(row.badge), row.badge in TARGETS, row.awarded_at) for row in await rows.execute(added)
    ]


async def _note_days(rows: Rows, person: UUID, deeds: Sequence[Deed]) -> None:
    """Adds deeds to their days."""
    added = insert(learned_days)
    more = {name: learned_days.c[name] + added.excluded[name] for name in ("events", "reviews")}
    await rows.execute(
        added.on_conflict_do_update(index_elements=["person_id", "day"], set_=more), day_rows(person, deeds)
    )


async def _award(rows: Rows, person: UUID, deeds: Sequence[Deed]) -> dict[UUID, int]:
    """Gives the XP of keys that have had none, within the limit of each day."""
    keys = [award.key for deed in deeds for award in deed.awards]
    mine = xp_awards.c.person_id == person
    known = set((await rows.execute(sa.select(xp_awards.c.key).where(mine, xp_awards.c.key.in_(keys)))).scalars())
    days = {deed.day for deed in deeds}
    by_day = sa.select(xp_awards.c.day, sa.func.sum(xp_awards.c.xp).label("spent")).where(
        mine, xp_awards.c.day.in_(days)
    )
    found = (await rows.execute(by_day.group_by(xp_awards.c.day))).all()
    ledger = Ledger(known, {row.day: int(row.spent) for row in found})
    values = award_rows(person, deeds, ledger)
    fast = hasty([*(await _right_answers(rows, person, deeds)), *(each.at for each in deeds if _is_right(each))])
    for row in values:
        row["ranked"] = row["at"] not in fast
    if fast:
        unranked = sa.update(xp_awards).where(mine, xp_awards.c.at.in_(fast)).values(ranked=False)
        await rows.execute(unranked)
    earned: dict[UUID, int] = {}
    for row in values:
        earned[row["event_id"]] = earned.get(row["event_id"], 0) + row["xp"]
    if values:
        await rows.execute(sa.insert(xp_awards), values)
    return earned


async def _right_answers(rows: Rows, person: UUID, deeds: Sequence[Deed]) -> Sequence[datetime]:
    """Reads when right answers that earned something were given, near those of some deeds."""
    moments = [deed.at for deed in deeds if _is_right(deed)]
    if not moments:
        return []
    near = xp_awards.c.at.between(min(moments) - AT_ONCE, max(moments) + AT_ONCE)
    keys = sa.not_(xp_awards.c.key.like("lesson/%"))
    found = sa.select(xp_awards.c.at).where(xp_awards.c.person_id == person, near, keys)
    return (await rows.execute(found)).scalars().all()


def _is_right(deed: Deed) -> bool:
    return bool(deed.awards)


def award_rows(person: UUID, deeds: Sequence[Deed], ledger: Ledger) -> list[dict[str, Any]]:
    """Returns the rows of what deeds earn, in their order."""
    values: list[dict[str, Any]] = []
    for deed in deeds:
        for award in deed.awards:
            xp = ledger.give(award.key, award.xp, deed.day)
            if xp is not None:
                why = DAILY_CAP if xp < award.xp else None
                about = {"person_id": person, "key": award.key, "xp": xp, "reason": why}
                values.append(about | {"event_id": deed.event_id, "day": deed.day, "at": deed.at})
    return values


def day_rows(person: UUID, deeds: Sequence[Deed]) -> list[dict[str, Any]]:
    """Returns the rows of the days of deeds, which come in the order in which they arrived."""
    found: dict[date, dict[str, Any]] = {}
    for deed in deeds:
        day = {"person_id": person, "day": deed.day, "time_zone": deed.time_zone, "events": 0, "reviews": 0}
        values = found.setdefault(deed.day, day)
        values["events"] += 1
        values["reviews"] += deed.review
    return [found[day] for day in sorted(found)]


async def _sum(rows: Rows, column: sa.ColumnElement[int], condition: sa.ColumnElement[bool]) -> int:
    return int((await rows.execute(sa.select(sa.func.coalesce(sa.func.sum(column), 0)).where(condition))).scalar_one())
