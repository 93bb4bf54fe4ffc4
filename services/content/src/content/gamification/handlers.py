"""Keeps the clock of each person, as it was at each moment, and draws the leagues of each week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from chassis.handler import Deps, Rows, Unit, handles
from chassis.storage.person_lock import lock_people
from chassis.time_zones import names
from content.day_timer import NOW, day_key
from content.gamification import league_store, store
from content.gamification.league import Standing, draw, members_of, ranked, result_of, week_before, week_of
from content.gamification.league_timer import WEEK_KEY, next_draw
from contracts.gateway import PersonChanged
from contracts.learning import LeagueClosed, LeagueWeekEnds, LearnerDayEnds


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
    """Draws the leagues of this week by the XP of the last, and tells the members of the last how it ended for them.

    Who has earned nothing is in no league of this week, and is told nothing.
    """
    now = await store.received(unit)
    week = week_of(now)
    if not await league_store.begin_draw(unit, week):
        return
    last = week_before(week)
    before = await league_store.leagues_of(unit, last)
    earned = {each.person: each for each in await league_store.standings(unit, last)}
    drawn = await _draw(unit, earned, before, last, now)
    for league, there in members_of(earned, before).items():
        for rank, each in ranked(there):
            if each.person in drawn:
                result = result_of(league, drawn[each.person])
                about = {"week": last, "league": league, "rank": rank, "xp": each.xp, "result": result}
                unit.emit(LeagueClosed.model_validate({"person_id": each.person, **about}), about=each.person)
    await league_store.add_members(unit, week, drawn)


async def _draw(
    rows: Rows, earned: Mapping[UUID, Standing], before: Mapping[UUID, int], last: str, now: datetime
) -> dict[UUID, int]:
    """Returns the new league of each person. Asks for frozen days only of those who would lose their league."""
    asked: set[UUID] = set()
    kept: set[UUID] = set()
    while True:
        drawn = draw(earned, before, kept)
        losing = {person for person, league in before.items() if drawn.get(person, league + 1) > league} - asked
        if not losing:
            return drawn
        asked |= losing
        kept |= await league_store.frozen(rows, losing, last, now)
