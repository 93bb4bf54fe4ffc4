"""Tests how operators find, read, edit, retry and drop dead letters, and that each act leaves its row."""

from __future__ import annotations

import dataclasses
import json
from typing import Any
from uuid import UUID

import pytest
from httpx2 import AsyncClient

from chassis.delivery import statements
from chassis.delivery.outbox import to_outbox_uncaused
from chassis.message.codec import decode
from chassis.message.envelope import Envelope, new_id
from contracts.base import Message
from contracts.common import RetentionExecuted
from contracts.gateway import AssessAttempt
from gateway.jobs import dead_letters as letters
from gateway.jobs.dead_letters import LetterFilters, LetterId, NoSuchLetter, Wanted
from gateway.jobs.letter_bodies import NotEdited, edited, open_letter
from gateway.jobs.letter_views import view_of
from gateway.jobs.operator_acts import Operator, read_acts
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.test_security_events import Someone, admin, door, robin

__all__ = ["admin", "door", "robin"]

BY = Operator(name="robin@desk")
PROBLEM = {"type": "/problems/gave-up", "title": "The work failed each time it was tried", "status": 500, "detail": ""}
RECEIPT = RetentionExecuted.model_validate(RetentionExecuted.examples()[0])
FAILURES = [{"try": 1, "at": "2026-11-20T10:00:00+00:00", "error": "builtins.KeyError at a.py:1 f"}]


async def a_letter(bench: Bench, message: Message = RECEIPT, handler: str = "keep_receipts", **of: Any) -> LetterId:
    """Leaves a dead letter of the gateway's."""
    key = bench.store.keys[bench.person]
    sent = to_outbox_uncaused(message, source="voxbus/test", job_id=None, person_id=bench.person, key=key)
    headers = dataclasses.replace(sent.envelope, **of).headers()
    await bench.database.fetch(
        "INSERT INTO inbox (consumer, id, job_id, body, headers, fence, tries, due_at, done_at, outcome, problem,"
        " failures) VALUES ($1, $2, $3, $4, $5, 1, 1, now(), now(), 'dead', $6, $7)",
        f"gateway.{handler}",
        sent.envelope.id,
        of.get("job_id"),
        sent.body,
        json.dumps(headers),
        json.dumps(PROBLEM),
        json.dumps(FAILURES),
    )
    return LetterId(f"gateway.{handler}", sent.envelope.id)


async def ids(bench: Bench, **filters: Any) -> list[LetterId]:
    found = letters.gather(bench.database, LetterFilters(person=bench.person, **filters))
    return [LetterId(row.consumer, row.id) async for row in found]


def attempt() -> AssessAttempt:
    return AssessAttempt.model_validate(AssessAttempt.examples()[0])


async def test_letters_are_found_by_each_filter_and_counted_in_groups(bench: Bench) -> None:
    job = new_id()
    first, other = await a_letter(bench), await a_letter(bench, attempt(), "make_export", job_id=job)
    assert await ids(bench) == [other, first]
    [row] = [row async for row in letters.gather(bench.database, LetterFilters(person=bench.person, job=job))]
    since = row.died_at
    for filters in (
        {"job": job},
        {"handler": "gateway.make_export"},
        {"types": (AssessAttempt.type,)},
        {"since": since},
    ):
        assert await ids(bench, **filters) == [other], filters
    assert await ids(bench, group=row.group_id) == [other]
    for filters in ({"kind": "attempt"}, {"until": since, "types": ("x",)}, {"problem": "/problems/other"}):
        assert await ids(bench, **filters) == [], filters
    await bench.database.fetch(
        "INSERT INTO jobs (id, kind, person_id, status, deadline, last_seq, finished_at)"
        " VALUES ($1, 'attempt', $2, 'failed', now(), 1, now())",
        job,
        bench.person,
    )
    assert await ids(bench, kind="attempt") == [other]
    await a_letter(bench, attempt(), "make_export")
    groups = await letters.read_groups(bench.database, LetterFilters(person=bench.person))
    assert [(each.consumer, each.letters, each.problem) for each in groups] == [
        ("gateway.make_export", 2, "/problems/gave-up"),
        ("gateway.keep_receipts", 1, "/problems/gave-up"),
    ]


async def test_a_set_larger_than_a_page_is_gathered_whole(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "_PAGE", 2)
    made = {await a_letter(bench) for _ in range(5)}
    assert set(await ids(bench)) == made
    limited = letters.gather(bench.database, LetterFilters(person=bench.person), limit=3)
    assert len([row async for row in limited]) == 3


async def test_a_letter_is_shown_masked_unless_it_is_to_be_revealed(bench: Bench) -> None:
    message = attempt()
    letter = await a_letter(bench, message, "make_export")
    row = await letters.read_letter(bench.database, letter)
    assert row is not None
    shown, revealed = await view_of(row, bench.keys), await view_of(row, bench.keys, reveal=True)
    assert revealed.body == json.loads(message.model_dump_json())
    assert shown.body is not None and shown.body != revealed.body
    assert AssessAttempt.model_validate(shown.body)
    assert (shown.failures, shown.tries, shown.masked, revealed.masked) == (FAILURES, 1, True, False)
    bench.store.keys.pop(bench.person)
    bench.keys.forget([bench.person])
    gone = await view_of(row, bench.keys)
    assert gone.body is None and (gone.unreadable or "").startswith("erased")


async def test_a_retry_is_one_transaction_with_its_row_and_happens_once(bench: Bench) -> None:
    letter = await a_letter(bench)
    wanted = Wanted(act="retry", by=BY, reason="mended", detail={"batch": "b"})
    acted = [await letters.do(bench.database, letter, wanted) for _ in range(2)]
    assert [(each.result, each.state, each.number) for each in acted] == [
        ("done", "waiting", 1),
        ("unchanged", "waiting", None),
    ]
    again, first = await read_acts(bench.database, object=str(letter), limit=3)
    assert (first.outcome, first.reason, first.operator) == ("done", "mended", "robin@desk")
    assert first.detail == {"batch": "b", "result": "done", "state": "waiting", "retry": 1}
    assert (first.person_id, again.outcome) == (bench.person, "unchanged")
    reaped = await bench.database.fetch(statements.REAP, letter.consumer, 10, True)
    assert Envelope.parse(next(row for row in reaped if row.id == letter.id).headers).retry == 1


async def test_what_is_refused_leaves_a_row_too_and_what_is_not_there_leaves_none(bench: Bench) -> None:
    job = new_id()
    letter = await a_letter(bench, job_id=job)
    await bench.database.fetch("INSERT INTO cancelled_jobs (job_id, outcome) VALUES ($1, 'cancelled')", job)
    assert (await letters.do(bench.database, letter, Wanted(act="retry", by=BY))).result == "job-cancelled"
    [row] = await read_acts(bench.database, object=str(letter), limit=2)
    assert (row.outcome, row.detail["result"]) == ("refused", "job-cancelled")
    nowhere = LetterId("gateway.keep_receipts", new_id())
    assert (await letters.do(bench.database, nowhere, Wanted(act="drop", by=BY))).result == "not-found"
    assert await read_acts(bench.database, object=str(nowhere), limit=1) == []
    with pytest.raises(NoSuchLetter, match="not in this database"):
        await letters.do(bench.database, LetterId("speech.assess_attempt", new_id()), Wanted(act="drop", by=BY))


NO_IDS = ["", "x", "speech.assess_attempt", "speech.assess_attempt/7", f"nobody.f/{UUID(int=7)}"]


@pytest.mark.parametrize("text", NO_IDS)
def test_what_is_no_id_of_a_letter_is_refused(text: str) -> None:
    with pytest.raises(NoSuchLetter):
        LetterId.parse(text)


async def test_an_edit_is_validated_sealed_anew_and_keeps_the_original(bench: Bench) -> None:
    message = attempt()
    letter = await a_letter(bench, message, "make_export")
    row = await letters.read_letter(bench.database, letter)
    assert row is not None
    opened = await open_letter(row, bench.keys)
    for wrong in ({"attempt": "x"}, {"text.a": "x"}, {"text": 7}, {"recording": {"key": "/"}}):
        with pytest.raises(NotEdited):
            await edited(opened, wrong, bench.keys)
    name = next(iter(message.personal_fields()))
    changed = await edited(opened, {name: "Other words."}, bench.keys)
    assert b"Other words." not in changed.body
    wanted = Wanted(act="edit", by=BY)
    done = [await letters.do(bench.database, letter, wanted, changed.seen, changed.headers, changed.body) for _ in "12"]
    assert [each.result for each in done] == ["done", "changed"]  # the second has not seen what lies there now
    row = await letters.read_letter(bench.database, letter)
    assert row is not None
    view = await view_of(row, bench.keys, reveal=True)
    assert (view.body or {})[name] == "Other words."
    assert view.original == json.loads(message.model_dump_json())
    assert decode(AssessAttempt, Envelope.parse(row.headers), row.body, bench.store.keys[bench.person])
    [act] = [each for each in await read_acts(bench.database, object=str(letter), limit=5) if each.outcome == "done"]
    assert act.act == "dead_letter_edited" and "Other words." not in json.dumps(act.detail)


async def test_admins_find_read_retry_and_drop_over_http(
    door: AsyncClient, bench: Bench, admin: Someone, robin: Someone
) -> None:
    dropped, retried = await a_letter(bench, attempt(), "make_export"), await a_letter(bench)
    path = "/admin/dead-letters"
    assert (await door.get(path, headers=robin.headers)).status_code == 403
    found = await admin.get(path, person=bench.person)
    assert [each["id"] for each in found] == [str(retried), str(dropped)]
    page = (await door.get(path, params={"person": str(bench.person), "limit": 1}, headers=admin.headers)).json()
    following = {"person": str(bench.person), "limit": 1, "cursor": page["next_cursor"]}
    assert [each["id"] for each in await admin.get(path, **following)] == [str(dropped)]
    groups = await admin.get(f"{path}/groups", person=bench.person)
    assert sum(each["letters"] for each in groups) == 2
    one = (await door.get(f"{path}/{dropped}", headers=admin.headers)).json()
    assert one["masked"] and AssessAttempt.model_validate(one["body"]) != attempt()
    again = [await door.post(f"{path}/{retried}/retry", headers=admin.headers) for _ in range(2)]
    assert [(each.status_code, each.json()["outcome"]) for each in again] == [(200, "done"), (200, "unchanged")]
    assert (await door.post(f"{path}/{dropped}/drop", headers=admin.headers, json={})).status_code == 422
    gone = await door.post(f"{path}/{dropped}/drop", headers=admin.headers, json={"reason": "noise"})
    assert (gone.status_code, gone.json()["reason"]) == (200, "noise")
    assert await admin.get(path, person=bench.person) == []
    missing = await door.post(f"{path}/gateway.keep_receipts/{new_id()}/retry", headers=admin.headers)
    assert missing.status_code == 404
    acts = [each["act"] for each in await admin.get("/admin/audit", actor=admin.id)]
    assert acts.count("dead_letters_read") == 5 and acts.count("dead_letter_shown") == 1
    assert acts[:3] == ["dead_letters_read", "dead_letter_dropped", "dead_letter_retried"]


async def test_a_letter_that_no_retry_mends_is_a_409_that_says_why(
    door: AsyncClient, bench: Bench, admin: Someone
) -> None:
    job = new_id()
    letter = await a_letter(bench, job_id=job)
    await bench.database.fetch("INSERT INTO cancelled_jobs (job_id, outcome) VALUES ($1, 'cancelled')", job)
    answer = await door.post(f"/admin/dead-letters/{letter}/retry", headers=admin.headers)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/dead-letter-stays")
    assert "was cancelled" in answer.json()["detail"]


async def test_admins_find_read_and_cancel_anybodys_jobs(door: AsyncClient, bench: Bench, admin: Someone) -> None:
    job = (await bench.accept()).job_id
    path = "/admin/jobs"
    [found] = await admin.get(path, job=job)
    assert (found["status"], found["person_id"], found["lost"]) == ("accepted", str(bench.person), False)
    assert await admin.get(path, person=bench.person, status="failed") == []
    assert await admin.get(path, to="0731-12-23T06:52:45Z") == [], "before any id"
    whole = (await door.get(f"{path}/{job}", headers=admin.headers)).json()
    assert [each["seq"] for each in whole["timeline"]] == [1]
    assert whole["dead_letters"] == []
    ended = [await door.post(f"{path}/{job}/cancel", headers=admin.headers, json={"reason": "asked"}) for _ in "12"]
    assert [(each.status_code, each.json()["status"]) for each in ended] == [(200, "cancelled")] * 2
    acts = await read_acts(bench.database, object=str(job), act="job_cancelled", limit=3)
    assert [(each.outcome, each.reason) for each in acts] == [("unchanged", "asked"), ("done", "asked")]
    assert (await door.get(f"{path}/{UUID(int=7)}", headers=admin.headers)).status_code == 404
    assert (await door.post(f"{path}/{new_id()}/cancel", headers=admin.headers)).status_code == 404


async def test_a_job_that_is_silent_or_overdue_is_stuck(door: AsyncClient, bench: Bench, admin: Someone) -> None:
    silent, overdue, fine = [(await bench.accept()).job_id for _ in range(3)]
    await bench.database.fetch(
        "UPDATE jobs SET heard_at = now() - interval '1 hour', ready_at = NULL WHERE id = $1", silent
    )
    await bench.database.fetch("UPDATE jobs SET deadline = now() WHERE id = $1", overdue)
    stuck = {each["id"] for each in await admin.get("/admin/jobs/stuck")}
    assert {str(silent), str(overdue)} <= stuck and str(fine) not in stuck
