"""Tests that the internal port believes a principal signed for this very request, shields writes, drains in order."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
from collections.abc import Callable
from typing import Any

import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from chassis.message.envelope import new_id
from chassis.observe.metrics import REGISTRY
from chassis.testing import until
from chassis.web.call import Call
from chassis.web.owner import owner_app
from chassis.web.principal import SignedRequest, principal_key
from chassis.web.routes import Routes
from chassis.web.testing import Caller, in_process, signed_in
from libs.chassis.tests.integration.web.room import Room

BEAR = {"name": "Bear", "age": 3}
ANY = {"If-Match": "*"}


async def made(author: Caller, **fields: Any) -> dict[str, Any]:
    toy: dict[str, Any] = (await author("POST", "/toys", BEAR | fields)).json()
    return toy


#: what wants a recent sign-in
secrets = Routes("secrets")


@secrets.get("/secret", access=("signed-in",), fresh=True)
async def read_secret(call: Call) -> Response:
    """Shows something, to whom it may."""
    return Response("a secret")


FORGERIES: dict[str, Callable[[SignedRequest], SignedRequest]] = {
    "another service": lambda request: dataclasses.replace(request, service="notify"),
    "another operation": lambda request: dataclasses.replace(request, operation="editToy"),
    "another method": lambda request: dataclasses.replace(request, method="PUT"),
    "another path": lambda request: dataclasses.replace(request, target="/toys/"),
    "another query": lambda request: dataclasses.replace(request, target="/toys?limit=1"),
    "another body": lambda request: dataclasses.replace(request, body="0" * 64),
    "no body": lambda request: dataclasses.replace(request, body=""),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
async def test_a_principal_of_another_request_is_refused(
    room: Room, author: Caller, forge: Callable[[SignedRequest], SignedRequest]
) -> None:
    answer = await author("POST", "/toys", BEAR, forge=forge)
    assert (answer.status, answer.problem) == (421, "principal-refused")
    assert (await room.count("toys"), await room.count("idempotency")) == (0, 0)


async def test_a_wrong_key_no_principal_and_an_expired_one_are_refused(room: Room, author: Caller) -> None:
    other = principal_key("toys", secret="another secret of thirty-two characters", given=None)
    assert (await dataclasses.replace(author, key=other)("POST", "/toys", BEAR)).status == 421
    assert (await author("POST", "/toys", BEAR, headers={"voxbus-principal": ""})).status == 421
    for wrong in (-61, 31):
        moment = room.context.wall_clock() + wrong
        assert (await dataclasses.replace(author, clock=lambda: moment)("POST", "/toys", BEAR)).status == 421  # noqa: B023


async def test_an_owner_too_wants_a_recent_sign_in(room: Room, author: Caller) -> None:
    app = owner_app([secrets], room.context)
    now = int(room.context.wall_clock())
    for when, status in ((None, 403), (now - 310, 403), (now, 200)):
        person = dataclasses.replace(signed_in(), signed_in=when)
        caller = dataclasses.replace(author, exchange=in_process(app), operations=secrets.operations, principal=person)
        answer = await caller("GET", "/secret")
        assert (answer.status, answer.problem) == (status, "sign-in-again" if status == 403 else "")


async def test_versions_may_come_in_several_lines(room: Room, author: Caller) -> None:
    async def in_lines(scope: Scope, receive: Receive, send: Send) -> None:
        lines = [(name, line) for name, value in scope["headers"] for line in value.split(b"; ")]
        await room.owner({**scope, "headers": lines}, receive, send)

    path = f"/toys/{(await made(author))['id']}"
    caller = dataclasses.replace(author, exchange=in_process(in_lines))
    for versions, status in (('"7"; "8"', 412), ('"7"; "1"', 200)):
        assert (await caller("PATCH", path, {"age": 8}, headers={"If-Match": versions})).status == status


async def test_the_body_is_compared_also_where_it_is_not_read(author: Caller) -> None:
    toy = await made(author)
    forged = await author(
        "DELETE", f"/toys/{toy['id']}", b"x", headers=ANY, forge=lambda request: dataclasses.replace(request, body="")
    )
    assert forged.status == 421


async def test_what_no_route_serves_is_501(author: Caller) -> None:
    for method, path in (
        ("GET", "/bears"),
        ("PUT", "/toys"),
        ("GET", "/toys/1/2"),
        ("GET", "/toys/"),
        ("OPTIONS", "/toys"),
    ):
        answer = await author(method, path)
        assert (answer.status, answer.problem) == (501, "no-route")


async def test_access_words_are_checked_again(room: Room, author: Caller, learner: Caller) -> None:
    assert (await room.caller("POST", "/toys", BEAR)).status == 401
    assert (await learner("POST", "/toys", BEAR)).status == 403
    assert (await room.caller("POST", "/toys", b"{")).status == 401  # before anything is read of the body
    assert (await learner("POST", "/toys?x=1", b"{")).status == 403
    note = (await learner("POST", "/notes", {"text": "mine"})).json()
    strangers = await author("GET", f"/notes/{note['id']}")
    nobodys = await author("GET", f"/notes/{new_id()}")
    assert strangers.status == nobodys.status == 404
    assert strangers.json() | {"request_id": ""} == nobodys.json() | {"request_id": ""}


async def test_a_guardian_reaches_the_child_of_the_path_alone(room: Room) -> None:
    child = new_id()
    guardian = room.caller.by(signed_in(acting_for=child))
    assert (await guardian("POST", f"/people/{child}/notes", {"text": "a"})).status == 201
    assert (await guardian("POST", f"/people/{new_id()}/notes", {"text": "a"})).status == 404
    assert (await guardian("POST", "/people/x/notes", {"text": "a"})).status == 404
    own = await guardian("POST", f"/people/{guardian.principal.id}/notes", {"text": "b"})
    assert own.status == 201
    people = await room.rows("SELECT person_id FROM notes ORDER BY text")
    assert [row.person_id for row in people] == [child, guardian.principal.id]


async def test_a_body_has_its_limits(author: Caller) -> None:
    assert (await author("POST", "/toys", b" " * 65_537)).status == 413
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/merge-patch+json", ""):
        assert (await author("POST", "/toys", BEAR, headers={"content-type": kind})).status == 415
    assert (await author("POST", "/toys", b"{")).json()["errors"][0]["message"] == "is not valid JSON"
    assert (await author("POST", "/toys", b"[" * 60_000)).status in (400, 422)
    assert (await author("POST", "/toys", b"\xff")).status in (400, 422)
    for text in ("a\0", "\ud800"):
        assert (await author("POST", "/toys", {"name": text})).status == 422
    assert (await author("POST", "/toys", {"name": "\\u0000 \U0001f9f8"})).status == 201
    assert (await author("GET", "/toys?q=%00")).status == 422


async def test_a_query_parameter_is_sent_once(author: Caller) -> None:
    for query in ("age=3&age=4", "age=3&%61ge=3"):
        answer = await author("GET", f"/toys?{query}&sort=id")
        assert (answer.status, [error["field"] for error in answer.json()["errors"]]) == (422, ["age"])
    answer = await author("GET", "/toys?" + "&".join(f"x{number}=1" for number in range(200)))
    assert (answer.status, len(answer.json()["errors"])) == (422, 20)


async def test_a_patch_may_say_what_it_is(author: Caller) -> None:
    toy = await made(author)
    sent = ANY | {"content-type": "application/merge-patch+json; charset=utf-8"}
    assert (await author("PATCH", f"/toys/{toy['id']}", {"age": 4}, headers=sent)).status == 200


async def test_head_answers_as_get_without_a_body(author: Caller) -> None:
    toy = await made(author)
    for path in ("/toys", f"/toys/{toy['id']}", f"/toys/{new_id()}"):
        get, head = await author("GET", path), await author("HEAD", path)
        assert (head.status, head.body) == (get.status, b"")
        assert dict(head.headers) == dict(get.headers)


async def test_a_write_goes_on_when_its_caller_is_gone(room: Room, author: Caller) -> None:
    toy = await made(author)
    async with room.locked(toy["id"]):
        asked = asyncio.create_task(author("PATCH", f"/toys/{toy['id']}", {"age": 8}, headers=ANY))
        await until(room.database.somebody_waits)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked

    async def changed() -> bool:
        return bool((await author("GET", f"/toys/{toy['id']}")).json()["age"] == 8)

    await until(changed)
    assert await room.count("outbox") == 2


async def test_a_refusal_that_nobody_waits_for_is_no_error(
    room: Room, author: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    toy = await made(author)
    async with room.locked(toy["id"]):
        stale = {"If-Match": '"9"'}
        asked = asyncio.create_task(author("PATCH", f"/toys/{toy['id']}", {"age": 8}, headers=stale))
        await until(room.database.somebody_waits)
        asked.cancel()
        await asyncio.wait([asked])
    await room.owner.drain()
    del asked
    gc.collect()
    assert "never retrieved" not in caplog.text


async def test_a_drain_lets_what_runs_end_and_begins_nothing(room: Room, author: Caller) -> None:
    toy = await made(author)
    assert "connection" not in (await author("GET", "/toys")).headers
    async with room.locked(toy["id"]):
        running = asyncio.create_task(author("PATCH", f"/toys/{toy['id']}", {"age": 8}, headers=ANY))
        await until(room.database.somebody_waits)
        drained = asyncio.create_task(room.owner.drain(linger=0))

        async def refused() -> bool:
            answer = await author("POST", "/toys", BEAR | {"name": "Cat"}, operation_id=new_id())
            return answer.status == 503

        await until(refused)
        answer = await author("GET", "/toys")
        assert (answer.status, answer.problem) == (503, "unavailable")
        assert (answer.headers["voxbus-not-written"], answer.headers["connection"]) == ("1", "close")
        assert not drained.done()
    assert (await running).status == 200
    await drained


async def test_while_it_lingers_a_draining_owner_serves_and_closes_connections(room: Room, author: Caller) -> None:
    draining = asyncio.create_task(room.owner.drain(linger=60))
    await asyncio.sleep(0)
    answer = await author("POST", "/toys", BEAR)
    assert (answer.status, answer.headers["connection"]) == (201, "close")
    draining.cancel()


async def test_a_slow_verb_proposes_and_writes_nothing(room: Room, author: Caller, learner: Caller) -> None:
    toy = await made(author)
    answer = await learner("POST", f"/toys/{toy['id']}/polish", {"with_what": "wax"})
    assert (answer.status, answer.headers["content-type"]) == (200, "application/vnd.voxbus.proposal+json")
    assert answer.json() == {
        "kind": "toy_polish",
        "type": "toy.polish",
        "version": "1.0",
        "command": {"person_id": str(learner.principal.id), "toy_id": toy["id"], "toy_version": 1, "with_what": "wax"},
        "public": {"toy": toy["id"]},
    }
    assert await room.count("idempotency") == 1  # the toy's
    assert (await learner("POST", f"/toys/{new_id()}/polish", {"with_what": "wax"})).status == 404
    assert (await learner("POST", f"/toys/{toy['id']}/polish", {"with_what": 1})).status == 422


async def test_an_answer_that_no_route_foresaw_is_our_mistake(room: Room, author: Caller) -> None:
    await room.rows("ALTER TABLE toys ALTER COLUMN age DROP NOT NULL")
    await room.rows("INSERT INTO toys (id, name) VALUES ($1, 'broken')", new_id())
    answer = await author("GET", "/toys")
    assert (answer.status, answer.problem) == (500, "internal")
    assert b"broken" not in answer.body


async def test_an_owner_serves_requests_and_streams_alone(room: Room) -> None:
    async def nothing() -> Any:
        raise AssertionError

    with pytest.raises(RuntimeError):
        await room.owner({"type": "lifespan"}, nothing, lambda _: nothing())


async def test_requests_are_measured_by_operation(room: Room) -> None:
    now, step = [0.0], 0.0

    def clock() -> float:
        now[0] += step
        return now[0]

    room.context = dataclasses.replace(room.context, clock=clock)
    author = room.caller.by(signed_in("author"))

    def slow() -> float | None:
        return REGISTRY.get_sample_value("voxbus_internal_http_slow_requests_total", {"operation": "makeToy"})

    def count(operation: str, status: str) -> float:
        labels = {"operation": operation, "status": status}
        return REGISTRY.get_sample_value("voxbus_internal_http_requests_total", labels) or 0.0

    def counts() -> tuple[float, ...]:
        return count("makeToy", "2xx"), count("any", "5xx"), count("any", "4xx"), count("makeToy", "4xx")

    slow_before = slow()
    assert slow_before is not None, "it counts from nothing, so that its first is an increase"
    before = counts()
    await made(author)
    assert slow() == slow_before
    await author("GET", "/canary")
    await author("POST", "/toys", {})
    assert [now - then for now, then in zip(counts(), before, strict=True)] == [1, 1, 1, 0]
    step = 1.1
    await made(author, name="Fox")
    assert slow() == slow_before + 1
