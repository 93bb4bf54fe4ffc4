"""Handles what there is to tell, and what has waited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from chassis.handler import Unit, handles
from chassis.message.envelope import new_id
from chassis.storage.person_lock import lock_people
from contracts.common import JobSucceeded
from contracts.gateway import ComesOfAge, PersonChanged
from contracts.learning import LeagueClosed, LearnerAwarded, LearnerProgressed, ReportAnswered
from contracts.notify import NotificationDue, ReminderDue
from notify.notifications.decide import Notice
from notify.notifications.deps import NoticeDeps
from notify.notifications.ground import ground_of
from notify.notifications.notification import Telling, about, about_coming_of_age
from notify.notifications.people import keep_learners, keep_people, now_of, read_people
from notify.notifications.pipeline import move, tell
from notify.notifications.pipeline import tell_due as tell_what_is_due
from notify.notifications.reminder_timers import plan as plan_reminders
from notify.notifications.reminder_timers import remind as remind_people
from notify.notifications.texts import Text, answer_text, award_text, league_text
from notify.notifications.wanted import Type


class _AboutPerson(Protocol):
    """Is about a person."""

    @property
    def person_id(self) -> UUID:
        """Returns the person."""


@handles(JobSucceeded, batch=100, live_only=True, projection="notifications")
async def notify_ready(events: Sequence[JobSucceeded], deps: NoticeDeps, unit: Unit) -> None:
    """Tells each person once of an ended job."""
    found = [telling for event in events if (telling := about(event)) is not None]
    await _tell(unit, deps, found)


@handles(ComesOfAge, batch=100, live_only=True)
async def notify_coming_of_age(events: Sequence[ComesOfAge], deps: NoticeDeps, unit: Unit) -> None:
    """Tells children in the application, which needs no consent."""
    await _tell(unit, deps, list(map(about_coming_of_age, events)))


@handles(PersonChanged, batch=100)
async def note_person(events: Sequence[PersonChanged], deps: NoticeDeps, unit: Unit) -> None:
    """Keeps what has changed of people, and moves what waits of them and their reminders.

    People are locked before a row of theirs is, as `follow_address` does with the same events: else the two meet in a
    deadlock.
    """
    people = _people(events)
    await lock_people(unit, people)
    await keep_people(unit, events)
    ground = await ground_of(unit, deps.consents, people)
    await move(unit, ground)
    plan_reminders(unit, ground.people, ground.now)


@handles(NotificationDue, batch=100, live_only=True)
async def tell_due(events: Sequence[NotificationDue], deps: NoticeDeps, unit: Unit) -> None:
    """Tells people what is due. What was deleted or moved meanwhile is not."""
    await tell_what_is_due(unit, await ground_of(unit, deps.consents, _people(events)))


async def _tell(unit: Unit, deps: NoticeDeps, tellings: Sequence[Telling]) -> None:
    if tellings:
        await tell(unit, await ground_of(unit, deps.consents, _people(tellings)), tellings)


def _people(about: Sequence[_AboutPerson]) -> set[UUID]:
    return {each.person_id for each in about}


@handles(ReminderDue, batch=200, live_only=True)
async def remind(events: Sequence[ReminderDue], deps: NoticeDeps, unit: Unit) -> None:
    """Reminds people, and sets their next reminder."""
    await remind_people(unit, await ground_of(unit, deps.consents, _people(events)), events, deps.pages)


@handles(LearnerProgressed, batch=100)
async def note_learner(events: Sequence[LearnerProgressed], deps: NoticeDeps, unit: Unit) -> None:
    """Keeps how learners stand, and moves their reminders."""
    people = _people(events)
    await lock_people(unit, people)
    await keep_learners(unit, events)
    plan_reminders(unit, await read_people(unit, people), await now_of(unit))


@handles(LearnerAwarded, batch=100, live_only=True, projection="notifications")
async def tell_award(events: Sequence[LearnerAwarded], deps: NoticeDeps, unit: Unit) -> None:
    """Tells people of badges and milestones, of each once."""
    tellings = [_about(deps, event.person_id, event.kind, event.name, award_text(event)) for event in events]
    await _tell(unit, deps, tellings)


@handles(LeagueClosed, batch=100, live_only=True, projection="notifications")
async def tell_league_result(events: Sequence[LeagueClosed], deps: NoticeDeps, unit: Unit) -> None:
    """Tells people how a week of their league has ended."""
    tellings = [_about(deps, event.person_id, "league_result", event.week, league_text(event)) for event in events]
    await _tell(unit, deps, tellings)


@handles(ReportAnswered, batch=100, live_only=True, projection="notifications")
async def tell_answer(events: Sequence[ReportAnswered], deps: NoticeDeps, unit: Unit) -> None:
    """Tells people of an answer to what they have reported."""
    tellings = [
        _about(deps, event.person_id, "feedback_reply", f"{event.report_id}/{event.at.isoformat()}", answer_text(event))
        for event in events
    ]
    await _tell(unit, deps, tellings)


def _about(deps: NoticeDeps, person_id: UUID, type_: Type, what: str, text: Text) -> Telling:
    title, body, view = text
    link = deps.pages.at(view)
    return Telling(new_id(), person_id, Notice(type_), title, body, key=f"{type_}/{what}", link=link)
