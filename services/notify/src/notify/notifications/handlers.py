"""Handles what there is to tell, and what has waited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from chassis.handler import Unit, handles
from contracts.base import JobSucceeded, Message
from contracts.gateway import ComesOfAge, PersonChanged
from contracts.notify import NotificationDue
from notify.notifications.acts import HandlerActs
from notify.notifications.deps import NoticeDeps
from notify.notifications.notification import Telling, about, about_coming_of_age
from notify.notifications.people import keep_people
from notify.notifications.pipeline import ground_of, move, tell
from notify.notifications.pipeline import tell_due as tell_what_is_due


@handles(JobSucceeded, batch=100)
async def notify_ready(events: Sequence[JobSucceeded], deps: NoticeDeps, unit: Unit) -> None:
    """Tells each person once of an ended job."""
    found = [(telling, event) for event in events if (telling := about(event)) is not None]
    await _tell(unit, deps, [telling for telling, _ in found], {telling.person_id: event for telling, event in found})


@handles(ComesOfAge, batch=100)
async def notify_coming_of_age(events: Sequence[ComesOfAge], deps: NoticeDeps, unit: Unit) -> None:
    """Tells children in the application, which needs no consent."""
    await _tell(unit, deps, list(map(about_coming_of_age, events)), {event.person_id: event for event in events})


@handles(PersonChanged, batch=100)
async def note_person(events: Sequence[PersonChanged], deps: NoticeDeps, unit: Unit) -> None:
    """Keeps what has changed of people, and moves what waits of them."""
    acts = HandlerActs(unit, {event.person_id: event for event in events})
    await keep_people(unit, events)
    await move(acts, await ground_of(acts, deps, acts.causes.keys()))


@handles(NotificationDue, batch=100)
async def tell_due(events: Sequence[NotificationDue], deps: NoticeDeps, unit: Unit) -> None:
    """Tells people what is due. What was deleted or moved meanwhile is not."""
    acts = HandlerActs(unit, {event.person_id: event for event in events})
    await tell_what_is_due(acts, await ground_of(acts, deps, acts.causes.keys()))


async def _tell(unit: Unit, deps: NoticeDeps, tellings: Sequence[Telling], causes: Mapping[UUID, Message]) -> None:
    if tellings:
        acts = HandlerActs(unit, causes)
        await tell(acts, await ground_of(acts, deps, causes.keys()), tellings)
