"""Reads and writes leagues."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.selectable import LateralFromClause

from chassis.handler import Rows
from content.days import Calendar, Setting
from content.gamification import store
from content.gamification.league import WEEK, Standing, begin_of, week_of
from content.gamification.streak import streak_of
from content.gamification.tables import league_members, leagues_drawn, learner_settings, learners, xp_awards
from contracts.gateway import PersonChanged

_GIVEN = xp_awards.c.given_at
#: people whose days are read at a time
_AT_A_TIME = 1_000
#: who may be seen by others: known to be of age, and not opted out
_SHOWN = sa.and_(learners.c.adult, sa.func.coalesce(learner_settings.c.leaderboard, sa.true()))


async def note_learner(rows: Rows, event: PersonChanged) -> None:
    """Keeps what others may see of a person, as it is since the latest change."""
    values = {"adult": event.adult, "username": event.username, "at": event.at}
    added = insert(learners).values(person_id=event.person_id, **values)
    later = added.excluded.at >= learners.c.at
    await rows.execute(added.on_conflict_do_update(index_elements=["person_id"], set_=values, where=later))


async def learner_of(rows: Rows, person: UUID) -> Row[Any] | None:
    """Reads what others may see of a person; None while nothing is known."""
    return (await rows.execute(sa.select(learners).where(learners.c.person_id == person))).first()


async def is_drawn(rows: Rows, week: str) -> bool:
    """Tells whether the leagues of a week are drawn."""
    return (await rows.execute(sa.select(leagues_drawn).where(leagues_drawn.c.week == week))).first() is not None


async def begin_draw(rows: Rows, week: str) -> bool:
    """Begins to draw the leagues of a week, unless they are drawn; another replica waits until that is committed."""
    added = insert(leagues_drawn).values(week=week).on_conflict_do_nothing().returning(leagues_drawn.c.week)
    return (await rows.execute(added)).first() is not None


async def add_members(rows: Rows, week: str, drawn: Mapping[UUID, int]) -> None:
    """Writes who is in which league."""
    people = sorted(drawn)
    member = (
        sa.func.unnest(
            sa.bindparam("people", people, sa.ARRAY(sa.UUID())),
            sa.bindparam("leagues", [drawn[person] for person in people], sa.ARRAY(sa.Integer)),
        )
        .table_valued("person_id", "league")
        .render_derived()
    )
    each = sa.select(sa.literal(week), member.c.person_id, member.c.league)
    await rows.execute(sa.insert(league_members).from_select(["week", "person_id", "league"], each))


async def leagues_of(rows: Rows, week: str) -> dict[UUID, int]:
    """Reads in which league each person is in a week, of those who may be seen."""
    found = (
        sa.select(league_members)
        .join(learners, learners.c.person_id == league_members.c.person_id)
        .outerjoin(learner_settings, learner_settings.c.person_id == league_members.c.person_id)
        .where(league_members.c.week == week, _SHOWN)
    )
    return {row.person_id: row.league for row in await rows.execute(found)}


async def league_of(rows: Rows, week: str, person: UUID) -> int | None:
    """Reads in which league a person is in a week; None: in none."""
    mine = sa.select(league_members.c.league).where(league_members.c.week == week, league_members.c.person_id == person)
    return (await rows.execute(mine)).scalar()


async def standings(rows: Rows, week: str) -> list[Standing]:
    """Reads the XP of everybody who may be seen and has earned some in a week that count."""
    found = (
        sa.select(xp_awards.c.person_id, sa.func.sum(xp_awards.c.xp).label("xp"), sa.func.max(_GIVEN).label("reached"))
        .join(learners, learners.c.person_id == xp_awards.c.person_id)
        .outerjoin(learner_settings, learner_settings.c.person_id == xp_awards.c.person_id)
        .where(_within(week), _SHOWN)
        .group_by(xp_awards.c.person_id)
    )
    return [Standing(row.person_id, int(row.xp), row.reached) for row in await rows.execute(found)]


async def members(rows: Rows, week: str, league: int) -> Sequence[Row[Any]]:
    """Reads the members of a league who may be seen now, with their XP of that week and the name that they want."""
    xp = _earned(week)
    found = (
        sa.select(
            league_members.c.person_id,
            xp.c.xp,
            xp.c.reached,
            sa.case((learner_settings.c.name == "username", learners.c.username)).label("username"),
        )
        .select_from(
            league_members.join(learners, learners.c.person_id == league_members.c.person_id)
            .outerjoin(learner_settings, learner_settings.c.person_id == league_members.c.person_id)
            .join(xp, sa.true())
        )
        .where(league_members.c.week == week, league_members.c.league == league, _SHOWN)
    )
    return (await rows.execute(found)).all()


async def ended(rows: Rows, week: str, first: int, last: int) -> dict[int, dict[Standing, int | None]]:
    """Reads how the members of some leagues, who may be seen, stood in a week, and their league in the week after."""
    following = league_members.alias()
    after = week_of(begin_of(week) + WEEK)
    earned = _earned(week)
    found = (
        sa.select(league_members.c.league, league_members.c.person_id, earned, following.c.league.label("after"))
        .select_from(
            league_members.join(learners, learners.c.person_id == league_members.c.person_id)
            .outerjoin(learner_settings, learner_settings.c.person_id == league_members.c.person_id)
            .join(earned, sa.true())
            .outerjoin(
                following, sa.and_(following.c.person_id == league_members.c.person_id, following.c.week == after)
            )
        )
        .where(league_members.c.week == week, league_members.c.league.between(first, last), _SHOWN)
        .order_by(league_members.c.league)
    )
    there: dict[int, dict[Standing, int | None]] = {}
    for row in await rows.execute(found):
        there.setdefault(row.league, {})[Standing(row.person_id, int(row.xp), row.reached)] = row.after
    return there


async def frozen(rows: Rows, people: Collection[UUID], week: str, now: datetime) -> set[UUID]:
    """Returns those of some people who had a frozen day in a week."""
    first = begin_of(week).date()
    learned = sorted(await store.learned_lately(rows, people, first)) if people else []
    found: set[UUID] = set()
    for at in range(0, len(learned), _AT_A_TIME):
        some = learned[at : at + _AT_A_TIME]
        days, clocks = await store.done_days_of(rows, some), await store.clocks_of(rows, some)
        found |= await asyncio.to_thread(_frozen, days, clocks, first, now)
    return found


def _frozen(
    days: Mapping[UUID, frozenset[date]], clocks: Mapping[UUID, Sequence[Setting]], first: date, now: datetime
) -> set[UUID]:
    """Returns those who had a frozen day within the seven from `first` on."""
    found = set()
    for person, done in days.items():
        streak = streak_of(done, Calendar(clocks[person]), now)
        if any(day.state == "frozen" and first <= day.date < first + WEEK for day in streak.days):
            found.add(person)
    return found


def _earned(week: str) -> LateralFromClause:
    """Selects what a member of a league has earned in a week."""
    return (
        sa.select(sa.func.coalesce(sa.func.sum(xp_awards.c.xp), 0).label("xp"), sa.func.max(_GIVEN).label("reached"))
        .where(xp_awards.c.person_id == league_members.c.person_id, _within(week))
        .lateral("earned")
    )


def _within(week: str) -> sa.ColumnElement[bool]:
    """Selects the awards of a week that count."""
    begin = begin_of(week)
    given = _GIVEN.between(begin, begin + WEEK - timedelta(microseconds=1))
    return sa.and_(given, xp_awards.c.ranked, xp_awards.c.xp > 0)
