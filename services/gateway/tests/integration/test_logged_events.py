"""Tests what admins see of the log over HTTP, as a page and as a tape, and that each look is an act."""

from __future__ import annotations

import json

from httpx2 import AsyncClient

from gateway.operate.tape_check import check
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.test_security_events import Someone, admin, door, robin

__all__ = ["admin", "door", "robin"]

PATH = "/admin/events"
WORDS = "Red lorry"
NDJSON = {"Accept": "application/x-ndjson"}


async def _job(bench: Bench) -> str:
    job = await bench.new_job()
    await bench.recorder.record(bench.steps(job))
    return str(job)


async def test_admins_alone_read_events_which_are_masked(
    door: AsyncClient, bench: Bench, admin: Someone, robin: Someone
) -> None:
    job = await _job(bench)
    assert (await door.get(PATH)).status_code == 401
    assert (await door.get(PATH, headers=robin.headers)).status_code == 403
    events = await admin.get(PATH, job=job)
    assert [each["voxbusseq"] for each in events] == [4, 3, 2, 1]
    assert WORDS not in json.dumps(events)
    [one] = await admin.get(PATH, event=events[2]["id"], reveal=True, reason="A complaint.")
    assert (one["type"], one["data"]["text"]) == ("attempt.assessed", WORDS)
    some = await admin.get(PATH, person=str(bench.person), type=["feedback.given", "attempt.assessed"])
    assert {each["type"] for each in some} == {"feedback.given", "attempt.assessed"}
    assert await admin.get(PATH, person="nobody@b.example") == []


async def test_pages_join(door: AsyncClient, bench: Bench, admin: Someone) -> None:
    job, found, cursor = await _job(bench), [], None
    while True:
        query = {"job": job, "limit": "3"} | ({} if cursor is None else {"cursor": cursor})
        page = (await door.get(PATH, params=query, headers=admin.headers)).raise_for_status().json()
        found += [each["voxbusseq"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(found) == [1, 2, 3, 4]


async def test_a_tape_comes_as_lines(door: AsyncClient, bench: Bench, admin: Someone) -> None:
    job = await _job(bench)
    answer = await door.get(PATH, params={"job": job}, headers=admin.headers | NDJSON)
    assert answer.headers["content-type"] == "application/x-ndjson"
    found = check(answer.content.splitlines(keepends=True))
    assert (found.faults, found.events, found.masked) == ([], 4, True)
    less = await door.get(PATH, params={"job": job, "most": "2"}, headers=admin.headers | NDJSON)
    assert len(less.content.splitlines()) == 3


async def test_what_is_asked_wrongly_is_told(door: AsyncClient, admin: Someone) -> None:
    for query in (
        {"reveal": "true"},
        {"from": "yesterday"},
        {"type": "A b"},
        {"job": "x"},
        {"since": "2026-11-29T10:00:00Z"},
        {"cursor": "x"},
    ):
        answer = await door.get(PATH, params=query, headers=admin.headers)
        assert answer.status_code == 422, query
    twice = await door.get(f"{PATH}?kind=attempt&kind=export", headers=admin.headers)
    assert twice.status_code == 422
    assert (await door.get(f"{PATH}?type=a.b&type=c.d", headers=admin.headers)).status_code == 200


async def test_each_look_is_an_act_with_its_reason(door: AsyncClient, bench: Bench, admin: Someone) -> None:
    await admin.get(PATH, person=str(bench.person), reveal=True, reason="A complaint.")
    [act] = await admin.get("/admin/audit", person=str(bench.person), act="events_revealed")
    assert (act["actor_id"], act["reason"]) == (str(admin.id), "A complaint.")
    assert act["detail"] == {"filters": {}, "revealed": True}
