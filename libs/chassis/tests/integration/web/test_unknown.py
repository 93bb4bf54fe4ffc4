"""A commit without an answer, deadlocks, constraints and deadlines: what is answered is what is in the database."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Collection
from typing import Any
from uuid import UUID

import pytest

from chassis.message.crypto import Key
from chassis.storage.database import begin_within
from chassis.storage.keys import Keys
from chassis.stores_in_memory import KeysInMemory
from chassis.testing import until
from chassis.web import statements
from chassis.web.testing import Answer, Caller, signed_in
from libs.chassis.tests.integration.fixtures import Fate
from libs.chassis.tests.integration.web.room import Room

BEAR = {"name": "Bear", "age": 3}
FATES: list[Fate] = ["applied", "lost", "later"]
ANY = {"If-Match": "*"}


async def made(author: Caller, **fields: Any) -> dict[str, Any]:
    toy: dict[str, Any] = (await author("POST", "/toys", BEAR | fields)).json()
    return toy


async def through(room: Room, asking: Any, fate: Fate) -> Answer:
    """Sends a write whose commit gets no answer; a late commit comes when somebody already waits for its key."""
    room.database.cut(statements.OF_OWNERS.claim, fate)
    task = asyncio.ensure_future(asking)
    if fate == "later":
        await until(room.database.somebody_waits, what="a wait for the lost commit's key")
        await room.database.apply_late()
    answer: Answer = await task
    assert room.database.was_cut
    return answer


@pytest.mark.parametrize("fate", FATES)
async def test_a_post_whose_commit_is_unknown_makes_one(room: Room, author: Caller, fate: Fate) -> None:
    answer = await through(room, author("POST", "/toys", BEAR), fate)
    assert (answer.status, answer.json()["name"], answer.headers["etag"]) == (201, "Bear", '"1"')
    assert (await room.count("toys"), await room.count("outbox")) == (1, 1)
    assert ("idempotency-replayed" in answer.headers) == (fate != "lost")


@pytest.mark.parametrize("fate", FATES)
async def test_a_patch_whose_commit_is_unknown_changes_once(room: Room, author: Caller, fate: Fate) -> None:
    toy = await made(author)
    answer = await through(room, author("PATCH", f"/toys/{toy['id']}", {"age": 7}, headers={"If-Match": '"1"'}), fate)
    assert (answer.status, answer.json()["age"], answer.headers["etag"]) == (200, 7, '"2"')
    assert await room.count("outbox") == 2


@pytest.mark.parametrize("fate", FATES)
async def test_a_delete_whose_commit_is_unknown_is_204(room: Room, author: Caller, fate: Fate) -> None:
    toy = await made(author)
    answer = await through(room, author("DELETE", f"/toys/{toy['id']}", headers=ANY), fate)
    assert answer.status == 204
    assert (await room.count("toys"), await room.count("outbox")) == (0, 2)


async def test_what_stays_unknown_until_the_deadline_is_504(room: Room, author: Caller) -> None:
    async with room.database.transaction(), room.database.transaction():
        pass  # two connections are there: the second try must not wait for one until the deadline
    room.database.cut(statements.OF_OWNERS.claim, "later")
    key = {"Idempotency-Key": "bear"}
    answer = await author("POST", "/toys", BEAR, headers=key, patience=4000)
    assert (answer.status, answer.problem) == (504, "outcome-unknown")
    await room.database.apply_late()
    again = await author("POST", "/toys", BEAR, headers=key)
    assert (again.status, again.headers["idempotency-replayed"]) == (201, "true")
    assert (await room.count("toys"), await room.count("outbox")) == (1, 1)


@pytest.mark.parametrize("code", ["40P01", "40001"])
async def test_a_deadlock_is_redone_and_says_the_same(room: Room, author: Caller, code: str) -> None:
    await room.fail(code, times=3)
    answer = await author("POST", "/toys", BEAR)
    assert answer.status == 201
    assert (await room.count("toys"), await room.count("outbox")) == (1, 1)


async def test_a_deadlock_is_redone_three_times_and_then_was_not_written(room: Room, author: Caller) -> None:
    await room.fail("40P01", times=4)
    answer = await author("POST", "/toys", BEAR)
    assert (answer.status, answer.problem, answer.headers["voxbus-not-written"]) == (503, "unavailable", "1")
    assert "retry-after" in answer.headers
    assert (await room.count("toys"), await room.count("idempotency")) == (0, 0)
    [[calls]] = await room.rows("SELECT last_value FROM failures")
    assert calls == 4


async def test_a_constraint_has_its_own_409_and_is_not_redone(room: Room, author: Caller) -> None:
    await made(author)
    for content, problem in ((BEAR, "toy-exists"), (BEAR | {"name": "forbidden"}, "toy-forbidden")):
        answer = await author("POST", "/toys", content)
        assert (answer.status, answer.problem) == (409, problem)
    cat = await made(author, name="Cat")
    renamed = await author("PATCH", f"/toys/{cat['id']}", {"name": "Bear"}, headers=ANY)
    assert renamed.problem == "toy-exists"


async def test_a_constraint_that_nobody_has_named_is_our_mistake(room: Room, author: Caller) -> None:
    await room.rows("ALTER TABLE toys ADD CONSTRAINT toys_surprise CHECK (age <> 13)")
    answer = await author("POST", "/toys", BEAR | {"age": 13})
    assert (answer.status, answer.problem) == (500, "internal")
    told = {name: value for name, value in answer.json().items() if name != "request_id"}  # which may have any digits
    assert "13" not in str(told)
    assert await room.count("idempotency") == 0


async def test_a_lock_that_is_not_free_in_time_was_not_written(room: Room, author: Caller) -> None:
    toy = await made(author)
    async with room.locked(toy["id"]):
        answer = await author("PATCH", f"/toys/{toy['id']}", {"age": 9}, headers=ANY, patience=300)
    assert (answer.status, answer.problem, answer.headers["voxbus-not-written"]) == (503, "unavailable", "1")
    assert (await author("GET", f"/toys/{toy['id']}")).json() == toy


async def test_a_statement_that_takes_too_long_was_not_written(room: Room, author: Caller) -> None:
    await room.rows(
        "CREATE FUNCTION doze() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$"
    )
    await room.rows("CREATE TRIGGER dozes BEFORE INSERT ON toys FOR EACH ROW EXECUTE FUNCTION doze()")
    answer = await author("POST", "/toys", BEAR, patience=300)
    assert (answer.status, answer.headers["voxbus-not-written"]) == (503, "1")
    assert (await room.count("toys"), await room.count("idempotency")) == (0, 0)


async def test_when_nothing_is_left_at_the_end_it_is_rolled_back(room: Room) -> None:
    now = [0.0]

    class SlowKeys(KeysInMemory):
        async def make(self, persons: Collection[UUID]) -> dict[UUID, Key | None]:
            now[0] += 9
            return await super().make(persons)

    room.context = dataclasses.replace(room.context, keys=Keys(SlowKeys()), clock=lambda: now[0])
    answer = await room.caller.by(signed_in())("POST", "/notes", {"text": "late"})
    assert (answer.status, answer.headers["voxbus-not-written"]) == (503, "1")
    assert (await room.count("notes"), await room.count("outbox"), await room.count("idempotency")) == (0, 0, 0)


async def test_without_a_connection_nothing_was_written(room: Room, author: Caller) -> None:
    await room.database.close()
    held = [room.database.transaction() for _ in range(10)]
    for each in held:
        await each.__aenter__()
    impatient = dataclasses.replace(room, context=dataclasses.replace(room.context, connection_wait=0.05))
    caller = impatient.caller.by(author.principal)
    try:
        answer = await caller("POST", "/toys", BEAR)
        read = await caller("GET", "/toys")
    finally:
        for each in held:
            await each.__aexit__(None, None, None)
    assert (answer.status, answer.problem, answer.headers["voxbus-not-written"]) == (503, "unavailable", "1")
    assert (read.status, read.problem) == (503, "unavailable")


async def test_a_deadline_of_nothing_begins_nothing(room: Room, author: Caller) -> None:
    answer = await author("POST", "/toys", BEAR, patience=0)
    assert (answer.status, answer.headers["voxbus-not-written"]) == (503, "1")
    assert (await author("GET", "/toys", patience=0)).status == 503


async def test_the_budget_of_the_outbox_refuses_what_emits_and_nothing_else(room: Room, author: Caller) -> None:
    note = (await author("POST", "/notes", {"text": "a"})).json()
    room.outbox.over_budget = True
    answer = await author("POST", "/toys", BEAR)
    assert (answer.status, answer.problem, answer.headers["voxbus-not-written"]) == (503, "busy", "1")
    assert (await author("PATCH", f"/notes/{note['id']}", {"text": "b"})).status == 200
    assert (await author("GET", "/toys")).status == 200


async def test_an_erasure_decides_what_became_of_an_unknown_commit(room: Room) -> None:
    class Erasing(KeysInMemory):
        """Remembers the person as erased between the look and the commit, as an erasure would that nobody waits for."""

        async def make(self, persons: Collection[UUID]) -> dict[UUID, Key | None]:
            for person in persons:
                await room.rows("INSERT INTO erased_people (person_id) VALUES ($1)", person)
            return await super().make(persons)

    room.context = dataclasses.replace(room.context, keys=Keys(Erasing()))
    room.database.cut(statements.OF_OWNERS.claim, "lost")
    answer = await room.caller.by(signed_in())("POST", "/notes", {"text": "a"})
    assert (answer.status, answer.problem) == (401, "unauthorized")
    assert (await room.count("notes"), await room.count("idempotency")) == (0, 0)


async def test_a_transaction_that_was_lost_keeps_its_key_no_longer_than_its_caller_waits(room: Room) -> None:
    async with room.database.transaction(lambda: begin_within(3.5, waiting=2)) as tx:
        [row] = await tx.fetch(
            "SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,"
            " current_setting('idle_in_transaction_session_timeout') AS idle"
        )
    assert (row.statement, row.lock, row.idle) == ("3500ms", "2s", "3500ms")
