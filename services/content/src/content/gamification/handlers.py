"""Keeps the clock of each person, as it was at each moment, and draws the leagues of each week."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from chassis.handler import Deps, Rows, Unit, handles
from chassis.storage.person_lock import lock_people
from chassis.time_zones import names
from content.day_timer import NOW, day_key
from content.gamification import league_store, store
from content.gamification.league import Standing, draw, ranked, result_of, week_before, week_of
from content.gamification.league_timer import WEEK_KEY, next_draw
from contracts.gateway import PersonChanged
from contracts.learning import LeagueClosed, LeaguesDrawn, LeagueWeekEnds, LearnerDayEnds

#: leagues whose members are told in one transaction
_TOLD_TOGETHER = 10


@handles(PersonChanged, batch=100)
async def note_time_zone(events: Sequence[PersonChanged], deps: Deps, unit: Unit) -> None:
    """Notes since when a person has which time zone, and what others may see of them.

    What was dated before keeps its date. A zone that a gateway with newer data knows and we do not leaves the
    person's clock as it is.
    """
    await lock_people(unit, {event.person_id for event in events})
    for event in events:
        await league_store.note_learner(unit, event)
    learning = await store.learned_lately(unit, {event.person_id for event in events})
    for event in sorted(events, key=lambda event: event.at):
        if event.time_zone in names():
            await store.set_clock(unit, event.person_id, event.at, time_zone=event.time_zone)
            if event.person_id in learning:
                unit.schedule(day_key(event.person_id), NOW, LearnerDayEnds(person_id=event.person_id), cause=event)


@handles(LeagueWeekEnds, batch=1)
async def plan_draw(events: Sequence[LeagueWeekEnds], deps: Deps, unit: Unit) -> None:
    """Sets the timer of the next draw, whatever becomes of this one."""
    week = week_of(await store.received(unit))
    unit.schedule(WEEK_KEY, next_draw(week), LeagueWeekEnds(week=week))


@handles(LeagueWeekEnds, batch=1, timeout=600)
async def draw_leagues(events: Sequence[LeagueWeekEnds], deps: Deps, unit: Unit) -> None:
    """Draws the leagues of this week by the XP of the last, all at once; members are told a few leagues at a time."""
    now = await store.received(unit)
    week = week_of(now)
    if not await league_store.begin_draw(unit, week):
        return
    last = week_before(week)
    before = await league_store.leagues_of(unit, last)
    earned = {each.person: each for each in await league_store.standings(unit, last)}
    drawn = await _draw(unit, earned, before, last, now)
    await league_store.add_members(unit, week, drawn)
    for first in range(1, max(before.values(), default=0) + 1, _TOLD_TOGETHER):
        unit.emit(LeaguesDrawn(week=last, first=first, last=first + _TOLD_TOGETHER - 1))


@handles(LeaguesDrawn, batch=1)
async def tell_leagues(events: Sequence[LeaguesDrawn], deps: Deps, unit: Unit) -> None:
    """Tells the members of some leagues how their week ended, by what was drawn.

    Who has earned nothing is in no league of the week after, and is told nothing.
    """
    for event in events:
        ended = await league_store.ended(unit, event.week, event.first, event.last)
        for league, there in ended.items():
            for rank, each in ranked(there):
                after = there[each]
                if after is not None:
                    about = {"week": event.week, "league": league, "rank": rank, "xp": each.xp}
                    told = {"person_id": each.person, **about, "result": result_of(league, after)}
                    unit.emit(LeagueClosed.model_validate(told), about=each.person)


async def _draw(
    rows: Rows, earned: Mapping[UUID, Standing], before: Mapping[UUID, int], last: str, now: datetime
) -> dict[UUID, int]:
    """Returns the new league of each person. Asks for frozen days only of those who would lose their league."""
    asked: set[UUID] = set()
    kept: set[UUID] = set()
    while True:
        drawn = await asyncio.to_thread(draw, earned, before, kept)
        losing = {person for person, league in before.items() if drawn.get(person, league + 1) > league} - asked
        if not losing:
            return drawn
        asked |= losing
        kept |= await league_store.frozen(rows, losing, last, now)
