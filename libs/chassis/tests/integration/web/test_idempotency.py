"""One operation id, or one key of a client, is one write: however often it is sent, at once or after an answer lost."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from chassis.message.envelope import new_id
from chassis.testing import until
from chassis.web.call import Call
from chassis.web.owner import owner_app
from chassis.web.principal import principal_key
from chassis.web.problems import ProblemError
from chassis.web.routes import Routes
from chassis.web.testing import Answer, Caller, in_process, signed_in
from libs.chassis.tests.integration.toys import store
from libs.chassis.tests.integration.toys.routes import TOY_EXISTS, read_toy
from libs.chassis.tests.integration.toys.tables import toys
from libs.chassis.tests.integration.toys.toy import ToyFields, ToyOut
from libs.chassis.tests.integration.web.room import Room

BEAR = {"name": "Bear", "age": 3}
KEY = {"Idempotency-Key": "k-1"}


async def made(author: Caller, **fields: Any) -> dict[str, Any]:
    answer = await author("POST", "/toys", BEAR | fields)
    assert answer.status == 201
    toy: dict[str, Any] = answer.json()
    return toy


def is_replay(answer: Answer) -> bool:
    return answer.headers.get("idempotency-replayed") == "true"


async def test_a_key_sent_twice_makes_one_toy_and_answers_alike(room: Room, author: Caller) -> None:
    first = await author("POST", "/toys", BEAR, headers=KEY)
    again = await author("POST", "/toys", {"age": 3, "name": "Bear"}, headers=KEY)
    assert (first.status, again.status) == (201, 201)
    assert (is_replay(first), is_replay(again)) == (False, True)
    assert again.body == first.body
    for name in ("etag", "location", "cache-control"):
        assert again.headers[name] == first.headers[name]
    assert (await room.count("toys"), await room.count("outbox")) == (1, 1)


async def test_a_key_sent_twice_at_once_makes_one_toy(room: Room, author: Caller) -> None:
    other = room.replica().caller.by(author.principal)
    answers = await asyncio.gather(*(each("POST", "/toys", BEAR, headers=KEY) for each in [author, other] * 4))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert sum(not is_replay(answer) for answer in answers) == 1
    assert (await room.count("toys"), await room.count("outbox"), await room.count("idempotency")) == (1, 1, 1)


@pytest.mark.parametrize("change", [{"age": 4}, {"note": "x"}, {"note": None}], ids=["other", "more", "a default"])
async def test_other_content_under_the_same_key_is_refused(room: Room, author: Caller, change: dict[str, Any]) -> None:
    await author("POST", "/toys", BEAR, headers=KEY)
    answer = await author("POST", "/toys", BEAR | change, headers=KEY)
    assert (answer.status, answer.problem) == (422, "idempotency-conflict")
    assert await room.count("toys") == 1


async def test_a_key_belongs_to_a_person_and_a_route(room: Room, author: Caller) -> None:
    first = await author("POST", "/toys", BEAR, headers=KEY)
    toy = first.json()
    stranger = await room.caller.by(signed_in("author"))("POST", "/toys", BEAR | {"name": "Cat"}, headers=KEY)
    assert (stranger.status, is_replay(stranger)) == (201, False)
    edited = await author("PATCH", f"/toys/{toy['id']}", {"age": 9}, headers=KEY | {"If-Match": "*"})
    assert (edited.status, is_replay(edited)) == (200, False)


async def test_another_path_under_the_same_key_is_other_content(author: Caller) -> None:
    bear, cat = await made(author), await made(author, name="Cat")
    wanted = KEY | {"If-Match": "*"}
    assert (await author("PATCH", f"/toys/{bear['id']}", {"age": 9}, headers=wanted)).status == 200
    answer = await author("PATCH", f"/toys/{cat['id']}", {"age": 9}, headers=wanted)
    assert answer.problem == "idempotency-conflict"


async def test_an_answer_that_was_lost_is_given_again_for_the_same_operation_id(room: Room, author: Caller) -> None:
    operation = new_id()
    first = await author("POST", "/toys", BEAR, operation_id=operation)
    again = await room.replica().caller.by(author.principal)("POST", "/toys", BEAR, operation_id=operation)
    assert (again.status, again.body, is_replay(again)) == (201, first.body, True)
    assert await room.count("toys") == 1


async def test_without_a_key_two_requests_are_two(room: Room, author: Caller) -> None:
    assert (await author("POST", "/toys", BEAR)).status == 201
    again = await author("POST", "/toys", BEAR)
    assert (again.status, again.problem) == (409, "toy-exists")
    assert await room.count("idempotency") == 1


async def test_a_replay_shows_the_resource_as_it_stands(author: Caller) -> None:
    toy = (await author("POST", "/toys", BEAR, headers=KEY)).json()
    await author("PATCH", f"/toys/{toy['id']}", {"note": "new"}, headers={"If-Match": "*"})
    again = await author("POST", "/toys", BEAR, headers=KEY)
    assert (again.status, again.json()["note"], again.headers["etag"]) == (201, "new", '"2"')


async def test_a_replayed_change_is_not_compared_with_if_match_again(author: Caller) -> None:
    toy = await made(author)
    wanted = KEY | {"If-Match": '"1"'}
    first = await author("PATCH", f"/toys/{toy['id']}", {"age": 4}, headers=wanted)
    again = await author("PATCH", f"/toys/{toy['id']}", {"age": 4}, headers=wanted)
    assert (first.status, again.status, is_replay(again)) == (200, 200, True)
    assert again.headers["etag"] == first.headers["etag"] == '"2"'


async def test_a_replayed_deletion_is_204_and_a_new_one_404(room: Room, author: Caller) -> None:
    toy = await made(author)
    wanted = KEY | {"If-Match": "*"}
    first = await author("DELETE", f"/toys/{toy['id']}", headers=wanted)
    again = await author("DELETE", f"/toys/{toy['id']}", headers=wanted)
    new = await author("DELETE", f"/toys/{toy['id']}", headers={"If-Match": "*"})
    assert (first.status, first.body) == (again.status, again.body) == (204, b"")
    assert (is_replay(first), is_replay(again), new.status) == (False, True, 404)
    assert [fact.type for fact in await room.facts()] == ["toy.changed", "toy.deleted"]


async def test_what_is_gone_is_404_when_its_making_is_replayed(author: Caller) -> None:
    toy = (await author("POST", "/toys", BEAR, headers=KEY)).json()
    await author("DELETE", f"/toys/{toy['id']}", headers={"If-Match": "*"})
    again = await author("POST", "/toys", BEAR, headers=KEY)
    assert (again.status, is_replay(again)) == (404, True)


async def test_a_refusal_is_not_kept(room: Room, author: Caller) -> None:
    gone = f"/toys/{new_id()}"
    refused = await author("PATCH", gone, {"age": 4}, headers=KEY | {"If-Match": "*"})
    assert refused.status == 404
    assert await room.count("idempotency") == 0
    await made(author)
    assert (await author("POST", "/toys", BEAR, headers=KEY)).problem == "toy-exists"
    await room.rows("DELETE FROM toys")
    assert (await author("POST", "/toys", BEAR, headers=KEY)).status == 201


async def test_a_record_holds_no_key_and_no_content(room: Room, author: Caller) -> None:
    answer = await author("POST", "/toys", BEAR | {"note": "canary-51"}, headers={"Idempotency-Key": "canary-52"})
    [row] = await room.rows("SELECT *, expires_at - now() AS left FROM idempotency")
    assert (row.person_id, row.route, row.status) == (author.principal.id, "POST /toys", 201)
    assert (str(row.resource_id), row.version) == (answer.json()["id"], 1)
    assert (len(row.key_hash), len(row.fingerprint)) == (32, 32)
    assert b"canary" not in row.key_hash + row.fingerprint
    assert 23.9 < row.left.total_seconds() / 3600 <= 24


async def test_a_write_is_known_again_after_the_secret_key_was_turned(room: Room, author: Caller) -> None:
    first = await author("POST", "/toys", BEAR, headers=KEY)
    new = principal_key("toys", secret="the secret of thirty-two characters after it", given=None)
    context = dataclasses.replace(room.context, key=new, previous_key=room.context.key)
    turned = Room(room.database, room.outbox, room.keys, context).caller.by(author.principal)
    again = await turned("POST", "/toys", BEAR, headers=KEY)
    assert (again.status, is_replay(again), again.body) == (201, True, first.body)
    assert (await turned("POST", "/toys", BEAR | {"age": 4}, headers=KEY)).status == 422


async def test_without_a_key_a_record_lives_ten_minutes(room: Room, author: Caller) -> None:
    await made(author)
    [row] = await room.rows("SELECT expires_at - now() AS left FROM idempotency")
    assert 9.9 < row.left.total_seconds() / 60 <= 10


async def test_an_expired_key_is_free(room: Room, author: Caller) -> None:
    first = await author("POST", "/toys", BEAR, headers=KEY)
    await room.rows("UPDATE idempotency SET expires_at = now()")
    again = await author("POST", "/toys", BEAR | {"name": "Cat"}, headers=KEY)
    assert (again.status, is_replay(again)) == (201, False)
    assert again.json()["id"] != first.json()["id"]
    assert await room.count("idempotency") == 1


@pytest.mark.parametrize("key", [" ", "x" * 256, "schlüssel"])
async def test_a_key_that_is_none_is_refused(author: Caller, key: str) -> None:
    answer = await author("POST", "/toys", BEAR, headers={"Idempotency-Key": key})
    assert answer.status == 422
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


async def test_a_request_waits_for_another_with_its_key_and_then_says_that_it_is_busy(
    room: Room, author: Caller
) -> None:
    toy = await made(author)
    wanted = KEY | {"If-Match": "*"}
    async with room.locked(toy["id"]):
        first = asyncio.create_task(author("PATCH", f"/toys/{toy['id']}", {"age": 5}, headers=wanted))
        await until(room.database.somebody_waits)
        second = await author("PATCH", f"/toys/{toy['id']}", {"age": 5}, headers=wanted)
    # what comes of the first nobody knows yet, so the second must not say that nothing was written
    assert (second.status, second.problem) == (503, "busy")
    assert "voxbus-not-written" not in second.headers
    assert (await first).status == 200


async def test_secrets_and_people_of_two_guardians_do_not_mix(room: Room) -> None:
    child, other = new_id(), new_id()
    guardian = signed_in(acting_for=child)
    first = await room.caller.by(guardian)("POST", f"/people/{child}/notes", {"text": "a"}, headers=KEY)
    assert first.status == 201
    stranger = await room.caller.by(signed_in(acting_for=other))("POST", f"/people/{child}/notes", {"text": "a"})
    assert stranger.status == 404


hasty = Routes("hasty")


@hasty.put("/toys/{id}", access=("author",), replay=read_toy, if_match="optional", emits=False)
async def keep_toy(id: UUID, body: ToyFields, call: Call) -> ToyOut:
    """Keeps a toy whose id its author chooses, and looks too early whether there is one."""
    if (await call.rows.execute(sa.select(toys).where(toys.c.id == id))).first():
        raise ProblemError(TOY_EXISTS)
    async with call.unit() as unit:
        return ToyOut.model_validate(await store.add(unit, id, body))


async def test_a_write_that_reads_before_its_key_is_claimed_is_our_mistake(room: Room, author: Caller) -> None:
    """Refuses such a route: otherwise the first write's effect would refuse the second, which has to be a replay."""
    exchange = in_process(owner_app([hasty], room.context))
    keeper = dataclasses.replace(author, exchange=exchange, operations=hasty.operations)
    path = f"/toys/{new_id()}"
    for _ in range(2):
        answer = await keeper("PUT", path, BEAR, headers=KEY)
        assert (answer.status, answer.problem) == (500, "internal")
    assert (await room.count("toys"), await room.count("idempotency")) == (0, 0)
