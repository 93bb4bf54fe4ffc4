"""Tests what people are told about their learning, on a real database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.message.envelope import new_id
from chassis.storage.database import open_database
from chassis.testing import until
from chassis.web.testing import Caller
from contracts.base import Json
from contracts.learning import LeagueClosed, LearnerAwarded, LearnerProgressed, ReportAnswered
from contracts.notify import ReminderDue
from services.notify.tests.integration.fixtures import Notify, person_of
from services.notify.tests.integration.test_own_notifications import changed

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: $1 the process of the server that holds the lock
WAITS_FOR = "SELECT FROM pg_locks WHERE NOT granted AND $1 = ANY(pg_blocking_pids(pid))"


async def of_age(notify: Notify, zone: str = "Europe/Berlin", **more: Any) -> Caller:
    caller = notify.signed_in()
    await changed(notify, person_of(caller), NOW - DAY, time_zone=zone, **more)
    return caller


async def progressed(notify: Notify, person: UUID, at: datetime = NOW, **more: Any) -> None:
    known: Json = {
        "day": at.date(),
        "day_ends_at": at + 6 * HOUR,
        "done": False,
        "run": 3,
        "reviews_due": 0,
        "next_review_at": None,
    }
    await notify.hear(LearnerProgressed(person_id=person, at=at, **{**known, **more}), person_id=person)


async def timer(notify: Notify, reminder: str, person: UUID) -> tuple[datetime, datetime] | None:
    """Returns when a reminder fires, and for which moment it is planned."""
    rows = await notify.rows("SELECT due_at, message FROM timers WHERE key = $1", f"{reminder}/{person}")
    if not rows:
        return None
    body = ReminderDue.model_validate_json(rows[0].message["body"])
    return rows[0].due_at, body.at


async def fire(notify: Notify, reminder: Any, person: UUID) -> None:
    """Lets a reminder be due now."""
    found = await timer(notify, reminder, person)
    assert found is not None
    await notify.hear(ReminderDue(person_id=person, reminder=reminder, at=found[1]), person_id=person)


async def told(caller: Caller) -> list[Json]:
    found: list[Json] = (await caller("GET", "/notifications?sort=id")).json()["items"]
    return found


async def decided(caller: Caller, type_: str) -> list[tuple[str, str]]:
    """Returns what was decided about the application."""
    found = (await caller("GET", f"/notifications/decisions?type={type_}")).json()["items"]
    return [(each["decision"], each["reason"]) for each in found if each["channel"] == "in_app"]


async def test_a_daily_reminder_is_told_once_for_each_date(notify: Notify) -> None:
    caller = await of_age(notify)
    person = person_of(caller)
    await caller("PUT", "/notifications/settings", {"daily_reminder": {"at": "19:00"}})
    found = await timer(notify, "daily_reminder", person)
    assert found is not None
    due, planned = found
    assert timedelta() <= due - planned < timedelta(minutes=1) and planned > NOW
    await fire(notify, "daily_reminder", person)
    again = await timer(notify, "daily_reminder", person)
    assert again is not None and again[1] - planned in (23 * HOUR, 24 * HOUR, 25 * HOUR)
    late = ReminderDue(person_id=person, reminder="daily_reminder", at=planned)
    await notify.hear(late, person_id=person)
    [one] = await told(caller)
    assert (one["type"], one["state"], one["link"]) == ("daily_reminder", "delivered", "/try/lessons")
    assert await decided(caller, "daily_reminder") == [("send", "sent"), ("drop", "duplicate")]


async def test_settings_and_zone_move_a_reminder(notify: Notify) -> None:
    caller = await of_age(notify)
    person = person_of(caller)
    await caller("PUT", "/notifications/settings", {"daily_reminder": {"at": "19:00"}})
    first = await timer(notify, "daily_reminder", person)
    await changed(notify, person, NOW, time_zone="Asia/Tokyo")
    second = await timer(notify, "daily_reminder", person)
    assert first is not None and second is not None
    assert (second[1] - first[1]) % DAY == 16 * HOUR or (second[1] - first[1]) % DAY == 17 * HOUR
    stale = ReminderDue(person_id=person, reminder="daily_reminder", at=first[1])
    await notify.hear(stale, person_id=person)  # its timer had fired just before
    assert await told(caller) == []
    await caller("PUT", "/notifications/settings", {})
    assert await timer(notify, "daily_reminder", person) is None


async def test_a_reminder_that_was_due_while_nobody_was_there_is_not_planned_away(notify: Notify) -> None:
    caller = await of_age(notify)
    person = person_of(caller)
    await caller("PUT", "/notifications/settings", {"daily_reminder": {"at": "19:00"}})
    planned = await timer(notify, "daily_reminder", person)
    assert planned is not None
    missed = planned[1] - 2 * DAY
    body = ReminderDue(person_id=person, reminder="daily_reminder", at=missed).model_dump_json()
    database = open_database(notify.harness.database_url, "notify", size=1)
    try:
        # nobody sees that the timer is due before the fact, which waited in the queue, is about to plan over it
        async with database.transaction() as tx:
            [[holder]] = await tx.fetch("SELECT pg_backend_pid()")
            await tx.fetch(
                "UPDATE timers SET due_at = $2, message = jsonb_set(message, '{body}', to_jsonb($3::text))"
                " WHERE key = $1",
                f"daily_reminder/{person}",
                missed,
                body,
            )
            handling = asyncio.create_task(progressed(notify, person))
            await until(lambda: notify.rows(WAITS_FOR, holder), what="the fact at the timer")
        await handling
    finally:
        await database.close()

    async def both_decided() -> list[tuple[str, str]] | None:
        found = await decided(caller, "daily_reminder")
        return found if len(found) == 2 else None

    first, second = await until(both_decided, what="decisions on the reminder missed and the one after it")
    assert first == ("drop", "too-late"), "its day is over by now"
    assert second in (("drop", "too-late"), ("send", "sent")), "the next was of yesterday, or of today"
    assert await timer(notify, "daily_reminder", person) == planned


async def test_who_has_learned_today_is_not_reminded(notify: Notify) -> None:
    caller = await of_age(notify)
    person = person_of(caller)
    await caller("PUT", "/notifications/settings", {"daily_reminder": {"at": "19:00"}})
    await progressed(notify, person, done=True, day_ends_at=NOW + 30 * HOUR)
    await fire(notify, "daily_reminder", person)
    assert (await told(caller), await decided(caller, "daily_reminder")) == ([], [("drop", "already-done")])


async def test_a_streak_is_warned_of_unless_the_day_is_done(notify: Notify) -> None:
    caller = await of_age(notify)
    person = person_of(caller)
    await progressed(notify, person)
    assert await timer(notify, "streak_at_risk", person) == (NOW + 3 * HOUR, NOW + 3 * HOUR)
    await progressed(notify, person, NOW - HOUR, run=9)  # of before: the latest counts
    assert await timer(notify, "streak_at_risk", person) == (NOW + 3 * HOUR, NOW + 3 * HOUR)
    await fire(notify, "streak_at_risk", person)
    assert [(each["type"], each["title"]) for each in await told(caller)] == [("streak_at_risk", "3 days in a row")]
    await progressed(notify, person, NOW + HOUR, done=True, run=4, day_ends_at=NOW + 6 * HOUR)
    moved = await timer(notify, "streak_at_risk", person)
    assert moved is not None and moved[0] > NOW + 25 * HOUR
    await progressed(notify, person, NOW + 2 * HOUR, run=0)
    assert await timer(notify, "streak_at_risk", person) is None


async def test_a_child_is_not_warned_and_has_no_such_timer(notify: Notify) -> None:
    caller = await of_age(notify, age_band="under_consent_age", adult=False)
    await progressed(notify, person_of(caller))
    assert await timer(notify, "streak_at_risk", person_of(caller)) is None


async def test_who_is_not_known_to_be_18_is_not_warned(notify: Notify) -> None:
    caller = await of_age(notify, adult=False)
    await progressed(notify, person_of(caller))
    assert await timer(notify, "streak_at_risk", person_of(caller)) is None


async def test_reviews_are_told_of_once_a_day(notify: Notify) -> None:
    caller = await of_age(notify)
    person = person_of(caller)
    await progressed(notify, person, reviews_due=2, next_review_at=NOW + HOUR)
    await fire(notify, "review_due", person)
    assert [each["type"] for each in await told(caller)] == ["review_due"]
    again = await timer(notify, "review_due", person)
    assert again is not None and again[1] > NOW + 20 * HOUR


async def test_what_was_reached_is_told_once(notify: Notify) -> None:
    caller = await of_age(notify)
    person = person_of(caller)
    for name in ("first-lesson", "first-lesson", "xp-100"):
        award = LearnerAwarded(person_id=person, kind="badge", name=name, title=f"Badge {name}", at=NOW)
        await notify.hear(award, person_id=person)
    assert [each["title"] for each in await told(caller)] == ["Badge first-lesson", "Badge xp-100"]
    await caller("PUT", "/notifications/settings", {"types": {"milestone": {"enabled": False}}})
    reached = LearnerAwarded(person_id=person, kind="milestone", name="xp-1000", title="1,000 points", at=NOW)
    await notify.hear(reached, person_id=person)
    assert await decided(caller, "milestone") == [("drop", "type-off")]


async def test_a_league_and_an_answer_are_told(notify: Notify) -> None:
    caller = await of_age(notify)
    person, lesson = person_of(caller), new_id()
    closed = LeagueClosed(person_id=person, week="2026-W47", league=3, rank=2, xp=310, result="up")
    await notify.hear(closed, person_id=person)
    await notify.hear(closed, person_id=person)
    answer = ReportAnswered(
        person_id=person, report_id=new_id(), lesson_id=lesson, status="resolved", reply="Thank you.", at=NOW
    )
    await notify.hear(answer, person_id=person)
    league, reply = await told(caller)
    assert (league["type"], league["body"]) == (
        "league_result",
        "Rank 2 with 310 points. You are in the next league from now on.",
    )
    assert (reply["type"], reply["body"]) == ("feedback_reply", "Thank you.")
    assert reply["link"] == f"/try/lessons#/lesson/{lesson}"
