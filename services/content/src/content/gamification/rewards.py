"""Keeps what people earn: the implementation of `content.earnings`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from chassis.handler import Rows
from chassis.storage.statement import constant
from content.days import Calendar
from content.earned import BACK_AGAIN, DEFAULT_GOAL, HELPFUL, came_back, counted_badges
from content.earnings import Badge, Deed, Earned, Repair, Standing, StreakOut, XpOut
from content.gamification import store
from content.gamification.streak import Kept, Streak, streak_of
from content.gamification.tables import learner_settings, xp_awards
from content.gamification.totals import Totals, note_totals, read_totals
from content.gamification.xp import give

#: a streak of so many days is at risk in the last hours of a day that is not done
_RISKED, _LAST_HOURS = 3, timedelta(hours=3)


def _goal() -> sa.Select[Any]:
    """Selects a person's daily goal, null where none is set, and the XP of a day."""
    person, awards = sa.bindparam("person", type_=PG_UUID()), xp_awards.c
    goal = sa.select(learner_settings.c.daily_goal).where(learner_settings.c.person_id == person).scalar_subquery()
    mine = sa.and_(awards.person_id == person, awards.day == sa.bindparam("today"))
    return sa.select(goal.label("daily_goal"), sa.func.coalesce(sa.func.sum(awards.xp), 0).label("today")).where(mine)


_GOAL = constant(_goal())


class _Folded(NamedTuple):
    """Holds a streak with the days that it was folded from, and what of it was kept."""

    streak: Streak
    done: frozenset[date]
    kept: Kept | None


class StoredEarnings:
    """Keeps days, XP and badges in the tables."""

    async def calendar(self, rows: Rows, person: UUID) -> Calendar:
        """Returns the person's days, by the settings that they have had."""
        return Calendar(await store.clocks(rows, person))

    async def earn(self, rows: Rows, person: UUID, deeds: Sequence[Deed], calendar: Calendar, now: datetime) -> Earned:
        """Notes deeds. The caller holds the lock of the person."""
        before = await read_totals(rows, person)
        days = {deed.day for deed in deeds}
        folded = await _fold(rows, person, calendar, now, before.kept, days)
        await store.note_days(rows, person, deeds)
        given = await give(rows, person, deeds)
        streak = streak_of(folded.done | days, calendar, now, kept=folded.kept)
        reviews = before.reviews + sum(deed.review for deed in deeds)
        totals = Totals(before.xp + sum(given.values()), reviews, streak.kept)
        counted = counted_badges(longest=streak.longest, xp=totals.xp, reviews=totals.reviews)
        last = deeds[-1].event_id
        wanted = {badge: deed.event_id for deed in reversed(deeds) for badge in deed.badges}
        wanted |= dict.fromkeys(counted | _back_again(folded, days), last)
        badges = await store.give_badges(rows, person, wanted)
        await note_totals(rows, person, streak.current, totals)
        standing = await _standing(rows, person, calendar, now, streak, totals)
        return Earned(given, standing, badges, _repairs(folded.streak, days - folded.done, standing.day))

    async def honour(self, rows: Rows, person: UUID, report_id: UUID) -> Sequence[Badge]:
        """Awards the badge of a helpful report; returns it to who did not have it before."""
        return await store.give_badges(rows, person, {HELPFUL: report_id})

    async def milestones(self, rows: Rows, person: UUID) -> Sequence[tuple[str, datetime]]:
        """Returns the names of the badges that a person has, and since when, oldest first."""
        return [(row.badge, row.awarded_at) for row in await store.badges_of(rows, person)]

    async def standing(self, rows: Rows, person: UUID, now: datetime, *, notes: bool = False) -> Standing:
        """Returns streak and XP at a moment; with `notes` it is kept, for which the caller holds the person's lock."""
        calendar, totals = await self.calendar(rows, person), await read_totals(rows, person)
        streak = (await _fold(rows, person, calendar, now, totals.kept)).streak
        if notes:
            await note_totals(rows, person, streak.current, Totals(totals.xp, totals.reviews, streak.kept))
        return await _standing(rows, person, calendar, now, streak, totals)


async def _fold(
    rows: Rows, person: UUID, calendar: Calendar, now: datetime, kept: Kept | None, more: Collection[date] = ()
) -> _Folded:
    """Folds a streak from what is kept; from the first day where one before it is to become done."""
    if kept is not None and any(day < kept.until for day in more):
        kept = None
    done = await store.done_days(rows, person, date.min if kept is None else kept.until)
    return _Folded(streak_of(done, calendar, now, kept=kept), done, kept)


async def _standing(
    rows: Rows, person: UUID, calendar: Calendar, now: datetime, streak: Streak, totals: Totals
) -> Standing:
    today = calendar.today(now)
    row = (await rows.execute(_GOAL, {"person": person, "today": today.day})).one()
    goal = DEFAULT_GOAL if row.daily_goal is None else row.daily_goal
    xp = XpOut(total=totals.xp, today=row.today, daily_goal=goal)
    return Standing(today.day, shown_streak(streak, today.day, today.end, now), xp, totals.reviews)


def _back_again(folded: _Folded, days: Collection[date]) -> set[str]:
    known = set() if folded.kept is None or folded.kept.last is None else {folded.kept.last}
    return {BACK_AGAIN} if came_back({*folded.done, *known, *days}) else set()


def _repairs(before: Streak, days: Collection[date], today: date) -> tuple[Repair, ...]:
    """Returns which days of before today are done only now, and what they were until then."""
    return tuple(
        Repair(day, state)
        for day, state in before.days
        if day in days and day < today and (state == "missed" or state == "frozen")
    )


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
