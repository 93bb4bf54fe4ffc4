"""Says when people are to be reminded, and by which day. All of it is pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Literal, NamedTuple, get_args
from uuid import UUID

from sqlalchemy import Row

from chassis.time_zones import first_moment
from notify.notifications.people import Person
from notify.notifications.wanted import AtTime

Reminder = Literal["daily_reminder", "streak_at_risk", "review_due"]
REMINDERS: tuple[Reminder, ...] = get_args(Reminder)
#: those that many people want at one time, so that each has a moment of theirs: all are told within the minute
SPREAD = frozenset({"daily_reminder", "review_due"})
_WITHIN_MS = 57_000
#: a streak of so many days is warned of so long before the day ends
RISKED, LAST_HOURS = 3, timedelta(hours=3)
#: how long after its moment a reminder is still planned: the others for as long as their timers may have yet to fire
MADE_UP: Mapping[Reminder, timedelta] = {
    "daily_reminder": timedelta(minutes=2),
    "streak_at_risk": LAST_HOURS,
    "review_due": timedelta(minutes=2),
}
#: nobody is told of reviews who has not learned for so long
_GONE = timedelta(days=14)
_ONE_DAY = timedelta(days=1)
_EVERY_DAY = frozenset(range(7))


class Due(NamedTuple):
    """Holds a reminder: its moment, the date that it belongs to, and when that has ended."""

    at: datetime
    day: date
    ends: datetime


def jitter(reminder: Reminder, person_id: UUID) -> timedelta:
    """Returns by how much a person's reminder is late, always the same: less than a minute."""
    return timedelta(milliseconds=person_id.int % _WITHIN_MS if reminder in SPREAD else 0)


def due_after(reminder: Reminder, person: Person, moment: datetime) -> Due | None:
    """Returns the first reminder after a moment, as far as is known now."""
    if not person.wanted.of(reminder).enabled:
        return None
    return _AFTER[reminder](person, moment)


def is_due(reminder: Reminder, person: Person, at: datetime) -> Due | None:
    """Returns the reminder that was due at a moment; None if it has been moved or turned off since."""
    found = due_after(reminder, person, at - timedelta(microseconds=1))
    return found if found is not None and found.at == at else None


def already_of(type_: str, learner: Row[Any] | None, now: datetime) -> Literal["already-done"] | None:
    """Says whether what a reminder is about is done by now."""
    if learner is None:
        return None
    done = learner.done and now < learner.day_ends_at
    reviewed = learner.reviews_due == 0 and (learner.next_review_at is None or learner.next_review_at > now)
    is_over = {"daily_reminder": done, "streak_at_risk": done, "review_due": reviewed}
    return "already-done" if is_over.get(type_, False) else None


def _daily(person: Person, moment: datetime) -> Due | None:
    wanted = person.wanted
    if wanted.reminder is None:
        return None
    at = wanted.reminder.after(wanted.zone, moment)
    return _of_date(person, at)


def _at_risk(person: Person, moment: datetime) -> Due | None:
    """Warns of the day that is open, or of the next if today is done. What comes after is told by then."""
    learner = person.learner
    if learner is None or learner.run < RISKED or not person.wanted.adult:
        return None
    day, ends = learner.day, learner.day_ends_at
    if learner.done:
        shown = ends.astimezone(person.wanted.zone)
        day, ends = day + _ONE_DAY, first_moment(person.wanted.zone, shown.date() + _ONE_DAY, shown.time())
    at = ends - LAST_HOURS
    return Due(at, day, ends) if at > moment else None


def _reviews(person: Person, moment: datetime) -> Due | None:
    """Tells when a review falls due; while one is, on each date at the time at which the first of them fell due."""
    learner = person.learner
    if learner is None:
        return None
    due_at: datetime | None = learner.next_review_at
    found = [] if due_at is None or due_at <= moment else [due_at]
    open_since, begin = learner.reviews_due_since, moment
    if open_since is None:  # none is due yet, or content has not said since when: the last fact stands for it
        open_since = due_at if due_at is not None and due_at <= moment else learner.at if learner.reviews_due else None
        begin = max(moment, learner.at)
    if open_since is not None:
        wanted = AtTime(open_since.astimezone(person.wanted.zone).time(), _EVERY_DAY)
        found.append(wanted.after(person.wanted.zone, begin))
    return _of_date(person, min(found)) if found and min(found) < learner.at + _GONE else None


def _of_date(person: Person, at: datetime) -> Due:
    """Returns a reminder that loses its sense with the learner's day, or else with the date."""
    zone, learner = person.wanted.zone, person.learner
    day = at.astimezone(zone).date()
    if learner is not None and at < learner.day_ends_at <= at + _ONE_DAY:
        return Due(at, day, learner.day_ends_at)
    return Due(at, day, first_moment(zone, day + _ONE_DAY, time()))


_AFTER: Mapping[Reminder, Callable[[Person, datetime], Due | None]] = {
    "daily_reminder": _daily,
    "streak_at_risk": _at_risk,
    "review_due": _reviews,
}
