"""Tests when people are reminded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from chassis.message.envelope import new_id
from chassis.time_zones import zone_of
from contracts.notify import ReminderDue
from notify.notifications.people import Person
from notify.notifications.reminder_timers import plan
from notify.notifications.reminders import already_of, due_after, is_due, jitter
from notify.notifications.wanted import AtTime, OfType, Wanted

EVERY_DAY = frozenset(range(7))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: a Friday, whose day ends at midnight in Berlin
FRIDAY, ENDS = date(2026, 11, 20), datetime(2026, 11, 20, 23, tzinfo=UTC)
NOON = datetime(2026, 11, 20, 11, tzinfo=UTC)


def learner(**more: Any) -> Any:
    known = {"at": NOON, "day": FRIDAY, "day_ends_at": ENDS, "done": False, "run": 3, "reviews_due": 0}
    return cast("Any", SimpleNamespace(**{**known, "next_review_at": None, "reviews_due_since": None, **more}))


def person(known: Any = None, **wanted: Any) -> Person:
    return Person(new_id(), Wanted(zone=zone_of("Europe/Berlin"), minor=False, adult=True, **wanted), known)


def test_a_daily_reminder_comes_at_its_wall_time_on_its_days() -> None:
    who = person(reminder=AtTime(time(19), frozenset({0, 4})))
    due = due_after("daily_reminder", who, NOON)
    assert due is not None
    assert (due.at, due.day, due.ends) == (datetime(2026, 11, 20, 18, tzinfo=UTC), FRIDAY, ENDS)
    after = due_after("daily_reminder", who, due.at)
    assert after is not None and after.at == datetime(2026, 11, 23, 18, tzinfo=UTC)
    assert due_after("daily_reminder", person(), NOON) is None
    off = person(reminder=AtTime(time(19), EVERY_DAY), types={"daily_reminder": OfType(enabled=False)})
    assert due_after("daily_reminder", off, NOON) is None


def test_summer_time_does_not_move_a_reminder_on_the_wall() -> None:
    who = person(reminder=AtTime(time(19), EVERY_DAY))
    before = due_after("daily_reminder", who, datetime(2026, 10, 24, 10, tzinfo=UTC))
    assert before is not None
    after = due_after("daily_reminder", who, before.at)
    assert after is not None and after.at - before.at == 25 * HOUR


def test_a_reminder_that_was_moved_is_not_due_any_more() -> None:
    who = person(reminder=AtTime(time(19), EVERY_DAY))
    at = datetime(2026, 11, 20, 18, tzinfo=UTC)
    assert is_due("daily_reminder", who, at) is not None
    moved = replace(who, wanted=replace(who.wanted, zone=zone_of("Asia/Tokyo")))
    assert is_due("daily_reminder", moved, at) is None
    assert is_due("daily_reminder", person(), at) is None


@pytest.mark.parametrize(
    ("known", "at", "day"),
    [
        ({}, ENDS - 3 * HOUR, FRIDAY),
        ({"done": True}, ENDS + DAY - 3 * HOUR, FRIDAY + DAY),
        ({"run": 2}, None, None),
        ({"day_ends_at": NOON + HOUR}, None, None),
    ],
)
def test_a_streak_is_warned_of_before_the_day_ends(known: Any, at: datetime | None, day: date | None) -> None:
    due = due_after("streak_at_risk", person(learner(**known)), NOON)
    assert (None if due is None else (due.at, due.day)) == (None if at is None else (at, day))


def test_the_next_day_of_25_hours_ends_an_hour_later() -> None:
    ends = datetime(2026, 10, 24, 22, tzinfo=UTC)  # midnight, and the clock is turned back on the day after
    due = due_after("streak_at_risk", person(learner(day_ends_at=ends, done=True)), ends - HOUR)
    assert due is not None and due.ends == ends + 25 * HOUR


def test_nobody_who_is_not_known_to_be_18_is_warned() -> None:
    who = person(learner())
    child = replace(who, wanted=replace(who.wanted, adult=False))
    assert due_after("streak_at_risk", who, NOON) is not None
    assert due_after("streak_at_risk", child, NOON) is None


def test_reviews_are_told_of_when_they_fall_due_and_then_once_a_day() -> None:
    due_at = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)
    who = person(learner(next_review_at=due_at))
    first = due_after("review_due", who, NOON)
    assert first is not None and first.at == due_at
    second = due_after("review_due", who, first.at)
    assert second is not None and second.at == due_at + DAY
    assert due_after("review_due", who, NOON + 15 * DAY) is None
    assert due_after("review_due", person(learner()), NOON) is None


def test_reviews_that_are_due_already_are_told_of_on_the_next_date() -> None:
    who = person(learner(reviews_due=2))
    first = due_after("review_due", who, NOON)
    assert first is not None and first.at == NOON + DAY
    assert is_due("review_due", who, first.at) == first
    sooner = due_after("review_due", person(learner(reviews_due=2, next_review_at=NOON + HOUR)), NOON)
    assert sooner is not None and sooner.at == NOON + HOUR


@pytest.mark.parametrize(
    ("type_", "known", "done"),
    [
        ("daily_reminder", {"done": True}, True),
        ("streak_at_risk", {"done": True}, True),
        ("daily_reminder", {}, False),
        ("daily_reminder", {"done": True, "day_ends_at": NOON - HOUR}, False),
        ("review_due", {}, True),
        ("review_due", {"reviews_due": 1}, False),
        ("review_due", {"next_review_at": NOON}, False),
        ("review_due", {"next_review_at": NOON + HOUR}, True),
        ("badge", {"done": True}, False),
    ],
)
def test_what_is_done_needs_no_reminder(type_: str, known: Any, done: bool) -> None:
    assert (already_of(type_, learner(**known), NOON) == "already-done") is done
    assert already_of(type_, None, NOON) is None


def test_the_jitter_of_a_person_is_always_the_same_and_less_than_a_minute() -> None:
    people = [new_id() for _ in range(200)]
    found = [jitter("daily_reminder", each) for each in people]
    assert found == [jitter("daily_reminder", each) for each in people]
    assert all(timedelta() <= each < timedelta(minutes=1) for each in found)
    assert max(found) - min(found) > timedelta(seconds=30)
    assert jitter("streak_at_risk", people[0]) == timedelta()


class Timers:
    """Takes the timers that are set, by reminder."""

    def __init__(self) -> None:
        self.planned: dict[str, datetime] = {}

    def schedule(self, key: str, due: datetime, message: ReminderDue, *, about: UUID, unless_due: bool = False) -> None:
        self.planned[message.reminder] = message.at

    def unschedule(self, key: str) -> None:
        self.planned.pop(key.partition("/")[0], None)


def planned(who: Person, now: datetime) -> dict[str, datetime]:
    timers = Timers()
    plan(cast("Any", timers), {who.id: who}, now)
    return timers.planned


@pytest.mark.parametrize("seconds", [0.7, 20, 61])
@pytest.mark.parametrize("at", [time(19), time(0)])
def test_a_daily_reminder_is_not_lost_between_its_wall_time_and_its_timer(at: time, seconds: float) -> None:
    who = person(learner(), reminder=AtTime(at, EVERY_DAY))
    wall = datetime(2026, 11, 20, 18, tzinfo=UTC) if at == time(19) else ENDS
    assert planned(who, wall + timedelta(seconds=seconds))["daily_reminder"] == wall
    assert planned(who, wall + timedelta(minutes=3))["daily_reminder"] == wall + DAY


def test_reviews_that_stay_due_are_told_of_at_the_time_that_they_fell_due_whatever_is_told_at_midnight() -> None:
    since = datetime(2026, 11, 18, 9, tzinfo=UTC)
    for days in range(3):
        midnight = ENDS + days * DAY
        known = learner(at=midnight, day_ends_at=midnight + DAY, reviews_due=1, reviews_due_since=since)
        morning = since + (days + 3) * DAY
        assert planned(person(known), midnight + timedelta(seconds=1))["review_due"] == morning
        assert is_due("review_due", person(known), morning) is not None


def test_a_review_that_falls_due_is_told_of_though_something_is_learned_within_the_minute() -> None:
    later = NOON + timedelta(seconds=20)
    known = learner(at=later, reviews_due=1, reviews_due_since=NOON)
    assert planned(person(known), later)["review_due"] == NOON
    assert is_due("review_due", person(known), NOON) is not None
