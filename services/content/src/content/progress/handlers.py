"""Announces that the days of learners have closed."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.handler import Unit, handles
from chassis.storage.person_lock import lock_people
from content.day_timer import day_key
from content.deps import ContentDeps
from content.progress import store
from content.progress.facts import progressed
from contracts.learning import LearnerAwarded, LearnerDayEnds, LearnerRegraded

#: characters of what a learner is told
MOST_TITLE = 100


@handles(LearnerRegraded, batch=50)
async def tell_regraded(events: Sequence[LearnerRegraded], deps: ContentDeps, unit: Unit) -> None:
    """Tells learners that answers of theirs count more, as a solution was corrected."""
    titles = {card.id: card.title for card in await deps.lessons.cards(unit)}
    now = await store.received(unit)
    for event in events:
        title = f"A corrected solution counts for you: {titles.get(event.lesson_id, 'a lesson')}"
        told = LearnerAwarded(
            person_id=event.person_id,
            kind="milestone",
            name=f"regraded/{event.lesson_id}/{event.revision}",
            title=title if len(title) <= MOST_TITLE else f"{title[: MOST_TITLE - 1]}…",
            at=now,
        )
        unit.emit(told, cause=event)


@handles(LearnerDayEnds, batch=50)
async def announce_day(events: Sequence[LearnerDayEnds], deps: ContentDeps, unit: Unit) -> None:
    """Tells how each learner's day stands now, and sets the timer of its end for as long as there is a run to keep.

    A timer that fires early, as after a change of the time zone, only tells the same again. The lock lets
    no hand-in end between what is read here and the moment that it is dated.
    """
    latest = {event.person_id: event for event in events}
    await lock_people(unit, latest.keys())
    for _, event in sorted(latest.items()):
        now = await store.received(unit)
        standing = await deps.earnings.standing(unit, event.person_id, now, notes=True)
        unit.emit(await progressed(unit, deps.lessons, event.person_id, standing, now), cause=event)
        if standing.streak.current > 0:
            end = LearnerDayEnds(person_id=event.person_id)
            unit.schedule(day_key(event.person_id), standing.streak.day_ends_at, end, cause=event)
