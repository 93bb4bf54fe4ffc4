"""Keeps the clock of each person, as it was at each moment, and draws the leagues of each week."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from chassis.handler import Deps, Unit, handles
from chassis.storage.person_lock import lock_people
from chassis.time_zones import names
from content.day_timer import NOW, day_key
from content.gamification import league_store, store
from content.gamification.league import Move, Standing, draw, moves, ranked, week_before, week_of
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


@handles(LeagueWeekEnds, batch=1, timeout=120)
async def draw_leagues(events: Sequence[LeagueWeekEnds], deps: Deps, unit: Unit) -> None:
    """Draws the leagues of this week by the XP of the last, and tells the members of the last how it ended for them."""
    now = await store.received(unit)
    week = week_of(now)
    unit.schedule(WEEK_KEY, next_draw(week), LeagueWeekEnds(week=week))
    if not await league_store.begin_draw(unit, week):
        return
    last = week_before(week)
    before = await league_store.leagues_of(unit, last)
    earned = {each.person: each for each in await league_store.standings(unit, last)}
    moved: dict[UUID, Move] = {}
    lowest = max(before.values(), default=1)
    for league in range(1, lowest + 1):
        there = [earned.get(person, Standing(person, 0)) for person, own in before.items() if own == league]
        kept = await league_store.frozen(unit, league_store.last_of(there), last, now)
        results = moves(there, league, lowest, kept)
        moved |= results
        for rank, each in ranked(there):
            about = {"week": last, "league": league, "rank": rank, "xp": each.xp, "result": results[each.person]}
            unit.emit(LeagueClosed.model_validate({"person_id": each.person, **about}), about=each.person)
    await league_store.add_members(unit, week, draw(earned.values(), before, moved))
