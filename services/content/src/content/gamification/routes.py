"""Serves what learning has earned a person."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from chassis.handler import Rows
from chassis.storage.person_lock import lock_people
from chassis.web.call import Call
from chassis.web.problems import TOO_MANY_CHANGES, ProblemError, invalid
from chassis.web.routes import Routes
from chassis.web.validation import Input, QueryInput
from content.day_timer import NOW, set_day_timer
from content.deps import ContentDeps
from content.earned import DEFAULT_GOAL, TARGETS, title_of
from content.earnings import StreakOut, XpOut
from content.gamification import store
from content.gamification.explain_routes import DayStart
from content.gamification.leaderboard_routes import Reason, places, why_off
from content.gamification.league import week_of
from content.gamification.streak import DayState, streak_of

routes = Routes("gamification")

#: changes of a person's clock in a week, and days of one reading
MOST_CHANGES, WEEK, MOST_DAYS = 4, timedelta(days=7), 3_700


class BadgeOut(BaseModel):
    """Shows a badge that a person has."""

    badge: str
    title: str
    awarded_at: datetime


class AchievementOut(BaseModel):
    """Shows how far a person is towards a badge."""

    badge: str
    progress: int
    target: int


class LeaderboardState(BaseModel):
    """Shows whether there is a leaderboard for a person, or why not, and how they stand in this week's league."""

    enabled: bool
    reason: Reason | None
    week: str | None = None
    league: int | None = None
    rank: int | None = None
    xp: int | None = None


class GamificationOut(BaseModel):
    """Shows all that a person has earned."""

    xp: XpOut
    streak: StreakOut
    badges: list[BadgeOut]
    achievements: list[AchievementOut]
    leaderboard: LeaderboardState


class StreakDayOut(BaseModel):
    """Shows a day. `time_zone` is that of its first event, null without one; `events` are attempts and reviews."""

    date: date
    state: DayState
    time_zone: str | None
    events: int


class StreakDays(BaseModel):
    """Shows a streak with its days, oldest first."""

    current: int
    longest: int
    freezes: int
    days: list[StreakDayOut]


class DaysQuery(QueryInput):
    """Asks for days from one date to another, both included."""

    from_: Annotated[date | None, Field(alias="from")] = None
    to: date | None = None


class LearnerSettings(Input):
    """Sets how a person learns. What is left out stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"leaderboard": True, "name": "pseudonym", "daily_goal": 50, "day_start": "04:00"}]
        }
    )

    leaderboard: Annotated[bool | None, Field(strict=True)] = None
    name: Literal["pseudonym", "username"] | None = None
    daily_goal: Annotated[int | None, Field(strict=True, ge=10, le=500)] = None
    day_start: DayStart | None = None


class LearnerSettingsOut(BaseModel):
    """Shows how a person learns."""

    leaderboard: bool
    name: Literal["pseudonym", "username"]
    daily_goal: int
    day_start: str
    time_zone: str


@routes.get("/gamification", access=("own",))
async def read_gamification(call: Call[ContentDeps]) -> GamificationOut:
    """Shows XP, streak, badges, and how far one is towards the others."""
    now = await store.received(call.rows)
    standing = await call.deps.earnings.standing(call.rows, call.caller, now)
    counts = {
        "days": standing.streak.longest,
        "xp": standing.xp.total,
        "reviews": standing.reviews,
    }
    own = await store.badges_of(call.rows, call.caller)
    names = {row.badge for row in own}
    return GamificationOut(
        xp=standing.xp,
        streak=standing.streak,
        badges=[BadgeOut(badge=row.badge, title=title_of(row.badge), awarded_at=row.awarded_at) for row in own],
        achievements=[
            AchievementOut(badge=name, progress=min(counts[badge.of], badge.target), target=badge.target)
            for name, badge in TARGETS.items()
            if name not in names
        ],
        leaderboard=await _leaderboard(call, now),
    )


async def _leaderboard(call: Call[ContentDeps], now: datetime) -> LeaderboardState:
    reason, week = await why_off(call.rows, call.principal), week_of(now)
    if reason is not None:
        return LeaderboardState(enabled=False, reason=reason)
    league, items = await places(call.rows, week, call.caller)
    own = next((each for each in items if each.me), None)
    rank, xp = (None, None) if own is None else (own.rank, own.xp)
    return LeaderboardState(enabled=True, reason=None, week=week, league=league, rank=rank, xp=xp)


@routes.get("/gamification/streak", access=("own",))
async def read_streak(query: DaysQuery, call: Call[ContentDeps]) -> StreakDays:
    """Shows one's streak and its days, of the last 3,700 those asked for."""
    now = await store.received(call.rows)
    calendar = await call.deps.earnings.calendar(call.rows, call.caller)
    done = await store.done_days(call.rows, call.caller)
    streak = streak_of(done, calendar, now)
    if query.from_ is not None and query.to is not None and query.from_ > query.to:
        raise invalid(("from", "must not be after to"))
    shown = [
        day
        for day in streak.days[-MOST_DAYS:]
        if (query.from_ is None or day.date >= query.from_) and (query.to is None or day.date <= query.to)
    ]
    known = await store.days_between(call.rows, call.caller, shown[0].date, shown[-1].date) if shown else {}
    days = [
        StreakDayOut(
            date=day.date,
            state=day.state,
            time_zone=known[day.date].time_zone if day.date in known else None,
            events=known[day.date].events if day.date in known else 0,
        )
        for day in shown
    ]
    return StreakDays(current=streak.current, longest=streak.longest, freezes=streak.freezes, days=days)


async def _again(id: UUID | None, call: Call[ContentDeps]) -> LearnerSettingsOut:
    return await _settings(call, call.rows)


@routes.put(
    "/gamification/settings",
    access=("own",),
    replay=_again,
    problems=(TOO_MANY_CHANGES,),
    emits=False,
    if_match=None,
)
async def set_learner_settings(body: LearnerSettings, call: Call[ContentDeps]) -> LearnerSettingsOut:
    """Sets one's goal, when one's day starts, and whether and under which name one is in leaderboards.

    A new day start is in force from now on; what has its date keeps it.
    """
    async with call.unit() as unit:
        await lock_people(unit, [call.caller])
        now = await store.received(unit)
        changed = body.day_start is not None and await store.set_clock(unit, call.caller, now, day_start=body.day_start)
        if changed and await store.day_starts_since(unit, call.caller, now - WEEK) > MOST_CHANGES:
            raise ProblemError(TOO_MANY_CHANGES)
        if changed and await store.learned_lately(unit, [call.caller]):
            set_day_timer(unit, call.caller, NOW)
        before = await store.settings_of(unit, call.caller)
        values = {"leaderboard": True, "name": "pseudonym", "daily_goal": DEFAULT_GOAL}
        if before is not None:
            values = {name: getattr(before, name) for name in values}
        given = body.model_dump(exclude={"day_start"}, exclude_none=True)
        await store.save_settings(unit, call.caller, values | given)
        return await _settings(call, unit)


async def _settings(call: Call[ContentDeps], rows: Rows) -> LearnerSettingsOut:
    settings = await store.settings_of(rows, call.caller)
    clock = (await call.deps.earnings.calendar(rows, call.caller)).in_force(await store.received(rows))
    return LearnerSettingsOut(
        leaderboard=settings.leaderboard if settings is not None else True,
        name=settings.name if settings is not None else "pseudonym",
        daily_goal=settings.daily_goal if settings is not None else DEFAULT_GOAL,
        day_start=clock.day_start.strftime("%H:%M"),
        time_zone=clock.time_zone,
    )
