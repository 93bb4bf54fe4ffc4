"""Tests notifications that people plan for themselves, on a real database."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis.delivery.outbox import RUNG
from chassis.message.envelope import new_id
from chassis.testing import until
from chassis.web.testing import Caller
from contracts.base import Json
from contracts.gateway import PersonChanged
from services.notify.tests.integration.fixtures import Notify, person_of

LATER = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0)
ALL_WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


async def plan(caller: Caller, send_at: datetime | None = LATER, **more: Any) -> Json:
    """Plans a notification; returns it."""
    body = {"title": "Read", "body": "the lesson", **more}
    if send_at is not None:
        body["send_at"] = send_at.isoformat()
    answer = await caller("POST", "/notifications", body)
    assert answer.status == 201, answer.body
    made: Json = answer.json()
    return made


async def ids(caller: Caller, state: str) -> list[str]:
    return [each["id"] for each in (await caller("GET", f"/notifications?state={state}")).json()["items"]]


async def shown(caller: Caller, id: str) -> Json:
    found: Json = (await caller("GET", f"/notifications/{id}")).json()
    return found


async def reasons(caller: Caller, id: str) -> list[tuple[str, str, str]]:
    found = (await caller("GET", f"/notifications/{id}/decisions")).json()["items"]
    return [(each["channel"], each["decision"], each["reason"]) for each in found]


async def told(notify: Notify, caller: Caller, id: str) -> Json:
    """Waits until a notification is delivered; returns it."""

    async def delivered() -> Json | None:
        found = await shown(caller, id)
        return found if found["delivered"] else None

    found: Json = await until(delivered, what="the notification")
    return found


async def changed(notify: Notify, person: UUID, at: datetime, **more: Any) -> None:
    """Tells notify what the account of a person says."""
    account: dict[str, Any] = {
        "time_zone": "Europe/Berlin",
        "language": "en",
        "age_band": "of_age",
        "username": "Robin",
        "email": "robin@example.org",
        "email_verified": True,
        "adult": True,
    }
    await notify.hear(PersonChanged(person_id=person, at=at, **{**account, **more}), person_id=person)


async def test_what_is_planned_is_told_at_its_time(notify: Notify) -> None:
    caller = notify.signed_in()
    made = await plan(caller, datetime.now(UTC) + timedelta(seconds=1.5))
    assert (made["state"], made["delivered"], made["type"]) == ("scheduled", False, "custom")
    assert [each["id"] for each in (await caller("GET", "/notifications?state=scheduled")).json()["items"]] == [
        made["id"]
    ]
    assert (await caller("GET", "/notifications?state=unread")).json()["items"] == []
    found = await told(notify, caller, made["id"])
    assert (found["state"], found["title"]) == ("delivered", "Read")
    assert (await ids(caller, "scheduled"), await ids(caller, "unread")) == ([], [made["id"]])
    assert await reasons(caller, made["id"]) == [("in_app", "send", "sent")]
    assert await notify.rows("SELECT FROM timers WHERE key = $1", f"waiting/{person_of(caller)}") == []


async def test_without_a_time_it_is_told_at_once(notify: Notify) -> None:
    caller = notify.signed_in()
    made = await plan(caller, None)
    assert (made["state"], made["delivered"]) == ("delivered", True)
    assert await reasons(caller, made["id"]) == [("in_app", "send", "sent")]


async def test_a_bell_rings_when_something_is_shown_or_read(notify: Notify) -> None:
    caller = notify.signed_in()
    listener = await notify.harness.bus.listen(RUNG)
    try:

        async def rung() -> None:
            async with asyncio.timeout(20):
                while str(person_of(caller)) not in json.loads((await listener.next())[1]):
                    pass

        made = await plan(caller, None)
        await rung()
        assert (await caller("POST", f"/notifications/{made['id']}/read")).status == 200
        await rung()
        await plan(caller, datetime.now(UTC) + timedelta(seconds=1))
        await rung()
        assert len(await ids(caller, "unread")) == 1
    finally:
        await listener.close()


async def test_the_timer_is_that_of_the_next(notify: Notify) -> None:
    caller = notify.signed_in()
    key = f"waiting/{person_of(caller)}"
    first, second = await plan(caller), await plan(caller, LATER - timedelta(days=1))

    async def due() -> list[datetime]:
        return [row.due_at for row in await notify.rows("SELECT due_at FROM timers WHERE key = $1", key)]

    assert await due() == [LATER - timedelta(days=1)]
    [stored] = await notify.rows("SELECT message FROM timers WHERE key = $1", key)
    assert "Read" not in str(stored.message)
    sooner = (LATER - timedelta(days=2)).isoformat()
    assert (await caller("PATCH", f"/notifications/{first['id']}", {"send_at": sooner})).status == 200
    assert await due() == [LATER - timedelta(days=2)]
    assert (await caller("DELETE", f"/notifications/{first['id']}")).status == 204
    assert await due() == [LATER - timedelta(days=1)]
    assert (await caller("DELETE", f"/notifications/{second['id']}")).status == 204
    assert await due() == []
    assert await reasons(caller, second["id"]) == [("in_app", "drop", "cancelled")]


async def test_what_was_told_is_not_changed_or_deleted(notify: Notify) -> None:
    caller = notify.signed_in()
    path = f"/notifications/{(await plan(caller, None))['id']}"
    for method, body in (("PATCH", {"title": "x"}), ("DELETE", None)):
        answer = await caller(method, path, body)
        assert (answer.status, answer.problem) == (409, "not-scheduled")
    stranger = notify.signed_in()
    assert [(await stranger(method, path, body)).status for method, body in (("PATCH", {}), ("DELETE", None))] == [
        404
    ] * 2
    assert (await stranger("GET", f"{path}/decisions")).status == 404


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"send_at": "2020-01-01T00:00:00Z"}, "send_at"),
        ({"send_at": (LATER + timedelta(days=400)).isoformat()}, "send_at"),
        ({"send_at": "2027-01-01T10:00:00"}, "send_at"),
        ({"title": ""}, "title"),
        ({"title": "x" * 101}, "title"),
        ({"body": "x" * 501}, "body"),
        ({"type": "account"}, "type"),
        ({"urgent": 1}, "urgent"),
        ({"channels": ["pigeon"]}, "channels"),
    ],
)
async def test_what_cannot_be_planned_is_named(notify: Notify, fields: Json, wrong: str) -> None:
    answer = await notify.signed_in()("POST", "/notifications", {"title": "Read", "body": "", **fields})
    assert (answer.status, [each["field"] for each in answer.json()["errors"]]) == (422, [wrong])


async def test_no_more_wait_than_may_also_at_once(notify: Notify) -> None:
    caller = notify.signed_in()
    for _ in range(48):
        await plan(caller)
    body = {"title": "Read", "body": "", "send_at": LATER.isoformat()}
    answers = await asyncio.gather(*(caller("POST", "/notifications", body) for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [201, 201, 409, 409, 409]
    assert {answer.problem for answer in answers} == {"", "too-many-scheduled"}


async def test_all_can_be_read_at_once(notify: Notify) -> None:
    caller, other = notify.signed_in(), notify.signed_in()
    for _ in range(3):
        await plan(caller, None)
    await plan(caller)
    await plan(other, None)
    assert (await caller("POST", "/notifications/read-all")).json() == {"read": 3}
    assert (await caller("POST", "/notifications/read-all")).json() == {"read": 0}
    assert len((await other("GET", "/notifications?state=unread")).json()["items"]) == 1


async def test_settings_are_as_at_first_until_they_are_set(notify: Notify) -> None:
    caller = notify.signed_in()
    first = (await caller("GET", "/notifications/settings")).json()
    assert (first["quiet_hours"], first["daily_reminder"], first["digest"]) == (None, None, None)
    assert first["caps"] == {"push_per_day": 6}
    assert set(first["types"]) >= {"daily_reminder", "streak_at_risk", "custom", "account"}
    assert all(each["enabled"] and each["mode"] == "all" for each in first["types"].values())
    wanted = {
        "quiet_hours": {"start": "22:00", "end": "07:00"},
        "daily_reminder": {"at": "19:00", "days": ["mon", "fri"]},
        "types": {"badge": {"enabled": False}},
    }
    answer = await caller("PUT", "/notifications/settings", wanted)
    assert answer.status == 200
    assert answer.json()["quiet_hours"] == {"start": "22:00", "end": "07:00", "days": ALL_WEEK}
    assert answer.json()["types"]["badge"]["enabled"] is False
    assert (await caller("GET", "/notifications/settings")).json() == answer.json()
    assert (await caller("PUT", "/notifications/settings", answer.json())).json() == answer.json()
    assert (await caller("PUT", "/notifications/settings", {})).json() == first


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"quiet_hours": {"start": "22:00", "end": "22:00"}}, "quiet_hours"),
        ({"quiet_hours": {"start": "24:00", "end": "07:00"}}, "quiet_hours.start"),
        ({"quiet_hours": {"start": "22:00", "end": "7:00"}}, "quiet_hours.end"),
        ({"quiet_hours": {"start": "22:00", "end": "07:00", "days": []}}, "quiet_hours.days"),
        ({"quiet_hours": {"start": "22:00", "end": "07:00", "days": ["mon", "mon"]}}, "quiet_hours.days"),
        ({"daily_reminder": {"at": "19:00", "days": ["Monday"]}}, "daily_reminder.days"),
        ({"digest": {"every": "weekly", "at": "19:00"}}, "digest"),
        ({"digest": {"every": "monthly", "at": "19:00"}}, "digest.every"),
        ({"types": {"spam": {}}}, "types"),
        ({"types": {"badge": {"mode": "some"}}}, "types.badge.mode"),
        ({"caps": {"push_per_day": -1}}, "caps.push_per_day"),
    ],
)
async def test_settings_that_make_no_sense_are_named(notify: Notify, fields: Json, wrong: str) -> None:
    caller = notify.signed_in()
    answer = await caller("PUT", "/notifications/settings", fields)
    assert answer.status == 422
    assert answer.json()["errors"][0]["field"].startswith(wrong)
    assert await notify.rows("SELECT FROM notification_settings WHERE person_id = $1", person_of(caller)) == []


async def test_a_preview_says_what_would_become_of_it(notify: Notify) -> None:
    caller = notify.signed_in()
    await changed(notify, person_of(caller), LATER)
    body: Json = {"type": "daily_reminder", "at": "2026-12-01T22:30:00Z"}  # 23:30 in Berlin

    async def preview(**more: Any) -> tuple[str, str | None, list[str]]:
        answer = await caller("POST", "/notifications/preview", body | more)
        assert answer.status == 200, answer.body
        return answer.json()["decision"], answer.json()["deliver_at"], answer.json()["reasons"]

    assert await preview() == ("send", "2026-12-01T22:30:00Z", ["sent"])
    quiet = {"start": "22:00", "end": "07:00"}
    assert await preview(quiet_hours=quiet) == ("defer", "2026-12-02T06:00:00Z", ["quiet-hours"])
    assert await preview(quiet_hours=quiet, type="account", urgent=True) == ("send", "2026-12-01T22:30:00Z", ["sent"])
    assert await preview(quiet_hours=quiet, time_zone="America/New_York") == ("send", "2026-12-01T22:30:00Z", ["sent"])
    await caller("PUT", "/notifications/settings", {"quiet_hours": quiet, "types": {"badge": {"enabled": False}}})
    assert await preview() == ("defer", "2026-12-02T06:00:00Z", ["quiet-hours"])
    assert await preview(quiet_hours=None) == ("send", "2026-12-01T22:30:00Z", ["sent"])
    assert await preview(type="badge") == ("drop", None, ["type-off"])
    for table in ("notifications", "decisions"):
        assert await notify.rows(f"SELECT FROM {table} WHERE person_id = $1", person_of(caller)) == []


async def test_the_copy_of_an_account_is_the_latest(notify: Notify) -> None:
    person = new_id()
    for at, zone in ((LATER, "Africa/Cairo"), (LATER - timedelta(days=1), "Asia/Tokyo"), (LATER, "Africa/Cairo")):
        await changed(notify, person, at, time_zone=zone)
    [row] = await notify.rows("SELECT time_zone, email FROM people WHERE person_id = $1", person)
    assert tuple(row) == ("Africa/Cairo", "robin@example.org")


async def test_decisions_are_listed_by_the_persons_own_date(notify: Notify) -> None:
    caller = notify.signed_in()
    made = await plan(caller, None)
    found = (await caller("GET", "/notifications/decisions?type=custom")).json()["items"]
    assert [each["channel"] for each in found] == ["in_app"]
    assert (await caller("GET", "/notifications/decisions?type=badge")).json()["items"] == []
    assert (await caller("GET", "/notifications/decisions?date=2001-01-01")).json()["items"] == []
    assert (await caller("GET", "/notifications/decisions?date=9999-12-31")).status == 422
    assert made["title"] not in str(
        await notify.rows("SELECT * FROM decisions WHERE person_id = $1", person_of(caller))
    )


async def test_whoever_is_erased_leaves_no_rows(notify: Notify) -> None:
    caller = notify.signed_in()
    await plan(caller)
    await plan(caller, None)
    await changed(notify, person_of(caller), LATER)
    await caller("PUT", "/notifications/settings", {"quiet_hours": None})
    await notify.erase(person_of(caller))
    for table in ("notifications", "notification_settings", "people", "decisions"):
        assert await notify.rows(f"SELECT 1 FROM {table} WHERE person_id = $1", person_of(caller)) == []
