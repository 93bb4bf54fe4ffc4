"""Keeps the clock of each person, as it was at each moment."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.handler import Deps, Unit, handles
from chassis.storage.person_lock import lock_people
from chassis.time_zones import names
from content.day_timer import NOW, day_key
from content.gamification import store
from contracts.gateway import PersonChanged
from contracts.learning import LearnerDayEnds


@handles(PersonChanged, batch=100)
async def note_time_zone(events: Sequence[PersonChanged], deps: Deps, unit: Unit) -> None:
    """Notes since when a person has which time zone. What was dated before keeps its date.

    A zone that a gateway with newer data knows and we do not leaves the person's clock as it is.
    """
    await lock_people(unit, {event.person_id for event in events})
    learning = await store.learned_lately(unit, {event.person_id for event in events})
    for event in sorted(events, key=lambda event: event.at):
        if event.time_zone in names():
            await store.set_clock(unit, event.person_id, event.at, time_zone=event.time_zone)
            if event.person_id in learning:
                unit.schedule(day_key(event.person_id), NOW, LearnerDayEnds(person_id=event.person_id), cause=event)
