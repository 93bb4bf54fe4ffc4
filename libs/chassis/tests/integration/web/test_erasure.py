"""An erasure waits for the writes that are about its person, and no write about them begins after it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from chassis.delivery.person_erasure import erase_handler, rows_about
from chassis.handler import Deps
from chassis.message.envelope import new_id
from chassis.storage.keys import Keys
from chassis.testing import until
from chassis.web.testing import Caller, signed_in
from contracts.common import PersonErased
from libs.chassis.tests.integration.toys.tables import METADATA
from libs.chassis.tests.integration.web.room import Room


async def erase(room: Room, person: UUID) -> None:
    """Erases a person as the service hears of it; the keys are destroyed before."""
    await room.keys.destroy(person)
    handler = erase_handler(rows_about(METADATA), room.context.keys)
    async with room.database.transaction() as tx:
        await handler.function([PersonErased(person_id=person)], Deps(), tx)  # type: ignore[arg-type]


async def left(room: Room, person: UUID) -> int:
    [[rows]] = await room.rows(
        "SELECT (SELECT count(*) FROM notes WHERE person_id = $1)"
        " + (SELECT count(*) FROM idempotency WHERE person_id = $1)",
        person,
    )
    return int(rows)


async def test_who_was_erased_writes_no_more(room: Room, learner: Caller) -> None:
    assert learner.principal.id is not None
    await learner("POST", "/notes", {"text": "a"})
    await erase(room, learner.principal.id)
    answer = await learner("POST", "/notes", {"text": "b"})
    assert (answer.status, answer.problem) == (401, "unauthorized")
    assert await left(room, learner.principal.id) == 0


async def test_nothing_is_written_about_a_child_who_was_erased(room: Room) -> None:
    child = new_id()
    await erase(room, child)
    answer = await room.caller.by(signed_in(acting_for=child))("POST", f"/people/{child}/notes", {"text": "a"})
    assert answer.status == 404
    assert await left(room, child) == 0


async def test_a_key_that_is_gone_already_ends_the_write(room: Room, learner: Caller) -> None:
    assert learner.principal.id is not None
    await room.keys.destroy(learner.principal.id)
    assert (await learner("POST", "/notes", {"text": "a"})).status == 401
    assert await room.count("notes") == 0


async def test_a_childs_key_that_is_gone_already_is_no_matter_of_its_guardians_account(room: Room) -> None:
    child = new_id()
    await room.keys.destroy(child)
    guardian = room.caller.by(signed_in(acting_for=child))
    answer = await guardian("POST", f"/people/{child}/notes", {"text": "a"})
    assert (answer.status, answer.problem) == (404, "not-found")
    assert await room.count("notes") == 0


async def held(room: Room, table: str, work: Callable[[], Awaitable[object]]) -> None:
    """Does something while a row of a table cannot be written."""
    async with room.database.transaction() as tx:
        await tx.fetch(f"LOCK TABLE {table} IN SHARE MODE")
        await work()


@pytest.mark.parametrize("about_a_child", [False, True])
async def test_an_erasure_waits_for_a_write_that_has_begun(room: Room, about_a_child: bool) -> None:
    child = new_id()
    guardian = signed_in(acting_for=child)
    assert guardian.id is not None
    person = child if about_a_child else guardian.id
    caller = room.caller.by(guardian)
    tasks: list[asyncio.Task[object]] = []

    async def two_wait() -> bool:
        return len(await room.rows("SELECT 1 FROM pg_locks WHERE NOT granted")) == 2

    async def race() -> None:
        tasks.append(asyncio.create_task(caller("POST", f"/people/{person}/notes", {"text": "a"})))
        await until(room.database.somebody_waits)  # holds the person, waits for the table
        tasks.append(asyncio.create_task(erase_rows(room, person)))
        await until(two_wait)

    await held(room, "notes", race)
    await asyncio.gather(*tasks)
    assert await left(room, person) == 0


async def erase_rows(room: Room, person: UUID) -> None:
    """Erases rows while the key still exists, so that a missing key does not end the write."""
    handler = erase_handler(rows_about(METADATA), Keys(room.keys))
    async with room.database.transaction() as tx:
        await handler.function([PersonErased(person_id=person)], Deps(), tx)  # type: ignore[arg-type]


async def test_a_write_that_waits_for_an_erasure_sees_what_it_has_done(room: Room, learner: Caller) -> None:
    assert learner.principal.id is not None
    handler = erase_handler(rows_about(METADATA), Keys(room.keys))
    async with room.database.transaction() as tx:
        await handler.function([PersonErased(person_id=learner.principal.id)], Deps(), tx)  # type: ignore[arg-type]
        writing = asyncio.create_task(learner("POST", "/notes", {"text": "a"}))
        await until(room.database.somebody_waits)
    assert (await writing).status == 401
    assert await left(room, learner.principal.id) == 0


async def test_fifty_writes_and_an_erasure_at_once_leave_nothing(room: Room, learner: Caller) -> None:
    person = learner.principal.id
    assert person is not None
    writes = [asyncio.create_task(learner("POST", "/notes", {"text": str(n)})) for n in range(50)]
    await until(lambda: room.count("notes"))
    await erase_rows(room, person)
    assert await left(room, person) == 0
    assert {answer.status for answer in await asyncio.gather(*writes)} <= {201, 401}
    assert await left(room, person) == 0
