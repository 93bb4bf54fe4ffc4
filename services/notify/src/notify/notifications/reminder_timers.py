"""Sets the timers of reminders, and takes a reminder that is due into the pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from chassis.handler import Acts
from chassis.message.envelope import new_id
from contracts.notify import ReminderDue
from notify.notifications import pipeline
from notify.notifications.decide import Notice
from notify.notifications.ground import Ground
from notify.notifications.notification import Telling
from notify.notifications.pages import Pages
from notify.notifications.people import Person
from notify.notifications.reminders import MADE_UP, REMINDERS, Due, Reminder, due_after, is_due, jitter
from notify.notifications.texts import reminder_text

_TIMER = "{reminder}/{person}"
#: how far back the reminder after a late one may lie: what was due before that has lost its sense
_LATE = timedelta(days=1)


def plan(acts: Acts, people: Mapping[UUID, Person], now: datetime) -> None:
    """Sets the timers of people's reminders to what is wanted now, each in place of the one before.

    A reminder whose moment has just passed is made up for, as a warning after a change of zone, or one whose timer has
    yet to fire: its key keeps it to one a day. Where a timer is due, as after an hour without this service, it stays:
    what wanted the plan may be taken up before it, and the reminder of the day would be lost.
    """
    for person in people.values():
        for reminder in REMINDERS:
            _set(acts, person, reminder, now - MADE_UP[reminder], unless_due=True)


async def remind(acts: Acts, ground: Ground, events: Sequence[ReminderDue], pages: Pages) -> None:
    """Reminds people, unless the reminder was moved or turned off meanwhile; sets the next.

    The next of one that comes late, as after a day without this service, may be due already: that of today is told.
    """
    tellings = []
    for event in events:
        person = ground.people[event.person_id]
        due = is_due(event.reminder, person, event.at)
        if due is not None:
            tellings.append(_telling(person, event.reminder, due, pages))
        back = MADE_UP[event.reminder] if due is None else _LATE
        _set(acts, person, event.reminder, max(ground.now - back, event.at))
    await pipeline.tell(acts, ground, tellings)


def _set(acts: Acts, person: Person, reminder: Reminder, moment: datetime, *, unless_due: bool = False) -> None:
    key = _TIMER.format(reminder=reminder, person=person.id)
    due = due_after(reminder, person, moment)
    if due is None:
        acts.unschedule(key)
        return
    message = ReminderDue(person_id=person.id, reminder=reminder, at=due.at)
    acts.schedule(key, due.at + jitter(reminder, person.id), message, about=person.id, unless_due=unless_due)


def _telling(person: Person, reminder: Reminder, due: Due, pages: Pages) -> Telling:
    title, body, view = reminder_text(reminder, person, due)
    notice = Notice(reminder, stale_at=due.ends)
    return Telling(
        new_id(), person.id, notice, title, body, key=f"{reminder}/{due.day.isoformat()}", link=pages.at(view)
    )
