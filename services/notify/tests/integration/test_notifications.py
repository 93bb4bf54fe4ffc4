"""Notifications from the end of a job to the list of the person they are for."""

from __future__ import annotations

import asyncio
from datetime import date, datetime

import pytest

from chassis.message.envelope import new_id
from chassis.storage.database import open_database
from chassis.storage.person_lock import lock_people
from chassis.testing import until
from chassis.web.testing import Caller
from contracts.base import Json
from contracts.gateway import ComesOfAge
from services.notify.tests.integration.fixtures import Notify, cancelled, failed, person_of, succeeded


async def told(caller: Caller, query: str = "") -> list[Json]:
    answer = await caller("GET", f"/notifications{query}")
    assert answer.status == 200, answer.body
    found: list[Json] = answer.json()["items"]
    return found


async def test_who_has_made_an_attempt_is_told_once_that_feedback_is_there(notify: Notify) -> None:
    caller = notify.signed_in()
    event = succeeded(person_of(caller))
    sent = await notify.harness.publish(event, job_id=event.job_id, person_id=event.person_id)
    await notify.harness.send(sent)  # once more, as a broker may
    await notify.ended(sent)
    await notify.job_ended(event)  # and by another message about the same job
    [found] = await told(caller)
    assert {"id", "type", "title", "body", "scheduled_time", "delivered", "read_at"} < found.keys()
    assert (found["state"], found["urgent"], found["channels"], found["send_at"]) == ("delivered", False, [], None)
    assert (found["type"], found["delivered"], found["read_at"]) == ("feedback_ready", True, None)
    assert found["title"] == "Your feedback is ready"


async def test_a_child_is_told_once_of_each_day_from_which_it_decides_alone(notify: Notify) -> None:
    caller = notify.signed_in()
    person = person_of(caller)
    for day in (date(2026, 12, 1), date(2026, 12, 1), date(2027, 12, 1)):
        await notify.ended(await notify.harness.publish(ComesOfAge(person_id=person, day=day), person_id=person))
    found = await told(caller, "?sort=id")
    assert [each["type"] for each in found] == ["coming_of_age"] * 2
    assert {each["body"][5:21] for each in found} == {"December 1, 2026", "December 1, 2027"}


async def test_nobody_is_told_of_anything_else(notify: Notify) -> None:
    caller = notify.signed_in()
    person = person_of(caller)
    before = await notify.rows("SELECT id FROM notifications")
    for event in (succeeded(person, kind="webhook_create"), succeeded(None), failed(person), cancelled(person)):
        await notify.job_ended(event)
    assert await told(caller) == []
    assert await notify.rows("SELECT id FROM notifications") == before


async def test_a_list_is_ones_own_newest_first_page_by_page(notify: Notify) -> None:
    caller, other = notify.signed_in(), notify.signed_in()
    for _ in range(3):
        await notify.job_ended(succeeded(person_of(caller)))
    await notify.job_ended(succeeded(person_of(other)))
    rows = await notify.rows("SELECT id FROM notifications WHERE person_id = $1 ORDER BY id DESC", person_of(caller))
    newest_first = [str(row.id) for row in rows]
    assert [each["id"] for each in await told(caller)] == newest_first
    assert [each["id"] for each in await told(caller, "?sort=id")] == newest_first[::-1]
    first = (await caller("GET", "/notifications?limit=2")).json()
    rest = (await caller("GET", f"/notifications?limit=2&cursor={first['next_cursor']}")).json()
    assert [each["id"] for each in first["items"] + rest["items"]] == newest_first
    assert rest["next_cursor"] is None
    assert (await caller("GET", f"/notifications?sort=id&cursor={first['next_cursor']}")).status == 422


async def test_who_is_not_signed_in_sees_none(notify: Notify) -> None:
    assert (await notify.anonymous("GET", "/notifications")).status == 401


async def test_a_list_that_has_not_changed_is_not_sent_again(notify: Notify) -> None:
    caller = notify.signed_in()
    await notify.job_ended(succeeded(person_of(caller)))
    tag = (await caller("GET", "/notifications")).headers["etag"]
    again = await caller("GET", "/notifications", headers={"If-None-Match": tag})
    assert (again.status, again.body, again.headers["cache-control"]) == (304, b"", "no-store")


async def test_what_a_list_does_not_know_is_named(notify: Notify) -> None:
    answer = await notify.signed_in()("GET", "/notifications?unread=1")
    assert (answer.status, answer.json()["errors"][0]["field"]) == (422, "unread")


async def one(notify: Notify) -> tuple[Caller, str]:
    """Returns a person with one notification, and the path by which it is marked as read."""
    caller = notify.signed_in()
    await notify.job_ended(succeeded(person_of(caller)))
    [found] = await told(caller)
    return caller, f"/notifications/{found['id']}/read"


async def test_the_first_reading_counts(notify: Notify) -> None:
    caller, path = await one(notify)
    before = await notify.rows("SELECT now()")
    first = await caller("POST", path)
    [found] = await told(caller)
    assert (first.status, first.json(), first.headers["cache-control"]) == (200, found, "no-store")
    assert datetime.fromisoformat(found["read_at"]) >= before[0].now
    again = await caller("POST", path)
    assert (again.status, again.body) == (200, first.body)


@pytest.mark.parametrize("all_of_them", [False, True])
async def test_reading_waits_for_the_person_before_it_locks_a_row(notify: Notify, all_of_them: bool) -> None:
    caller, path = await one(notify)
    waits = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    database = open_database(notify.harness.database_url, "notify")
    try:
        async with database.transaction() as tx:
            await lock_people(tx, [person_of(caller)])
            reading = asyncio.create_task(caller("POST", "/notifications/read-all" if all_of_them else path))
            await until(lambda: database.fetch(waits), what="the reading at the person's lock")
            # whoever has the person's lock changes rows: that would be a deadlock had the reading locked one before
            assert await tx.fetch("SELECT FROM notifications WHERE person_id = $1 FOR UPDATE NOWAIT", person_of(caller))
        assert (await reading).status == 200
    finally:
        await database.close()


async def test_of_two_who_read_at_once_one_is_first(notify: Notify) -> None:
    caller, path = await one(notify)
    answers = await asyncio.gather(*(caller("POST", path) for _ in range(5)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1


async def test_a_key_answers_as_at_first(notify: Notify) -> None:
    caller, path = await one(notify)
    first = await caller("POST", path, headers={"Idempotency-Key": "k"})
    again = await caller("POST", path, headers={"Idempotency-Key": "k"})
    assert (again.status, again.body, again.headers["idempotency-replayed"]) == (200, first.body, "true")
    _, other = await one(notify)
    assert (await caller("POST", other, headers={"Idempotency-Key": "k"})).problem == "idempotency-conflict"


async def test_nobody_marks_what_is_someone_elses(notify: Notify) -> None:
    caller, path = await one(notify)
    stranger = notify.signed_in()
    refused = await stranger("POST", path)
    absent = await stranger("POST", f"/notifications/{new_id()}/read")
    assert (refused.status, refused.said) == (404, absent.said)
    assert (await notify.anonymous("POST", path)).status == 401
    assert (await caller("POST", "/notifications/x/read")).status == 404
    assert [each["read_at"] for each in await told(caller)] == [None]


async def test_whoever_was_erased_has_none_and_marks_none(notify: Notify) -> None:
    caller, path = await one(notify)
    stays, _ = await one(notify)
    assert (await caller("POST", path, headers={"Idempotency-Key": "k"})).status == 200
    await notify.erase(person_of(caller))
    for table in ("notifications", "idempotency"):
        assert await notify.rows(f"SELECT 1 FROM {table} WHERE person_id = $1", person_of(caller)) == []
    assert (await caller("POST", path)).status == 401
    assert len(await told(stays)) == 1
