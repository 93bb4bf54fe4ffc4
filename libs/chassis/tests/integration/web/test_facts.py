"""Facts of a quick write: committed with it, known by the operation, sealed with the key of whom they are about."""

from __future__ import annotations

import json
from uuid import UUID

import pytest

from chassis.message.codec import decode
from chassis.message.envelope import derived_id, new_id
from chassis.storage.keys import Keys
from chassis.web.testing import Caller, signed_in
from libs.chassis.tests.integration.toys.messages import NoteWritten
from libs.chassis.tests.integration.web.room import Room

BEAR = {"name": "Bear", "age": 3}


async def test_a_fact_follows_from_the_operation(room: Room, author: Caller) -> None:
    operation = new_id()
    await author("POST", "/toys", BEAR, operation_id=operation)
    [fact] = await room.facts()
    assert fact.id == derived_id(operation, "toy.changed", "", 0, 0)
    assert (fact.causation, fact.correlation, fact.job_id) == (operation, operation, None)
    assert (fact.source, fact.person_id, fact.enc) == ("voxbus/toys", None, None)
    assert [outbox_message.envelope.id for outbox_message in room.outbox.published] == [fact.id]


async def test_a_redo_says_the_same_fact(room: Room, author: Caller) -> None:
    operation = new_id()
    await room.fail("40P01", times=2)
    await author("POST", "/toys", BEAR, operation_id=operation)
    [fact] = await room.facts()
    assert fact.id == derived_id(operation, "toy.changed", "", 0, 0)


async def test_a_change_that_changes_nothing_says_nothing(room: Room, author: Caller) -> None:
    toy = (await author("POST", "/toys", BEAR)).json()
    answer = await author("PATCH", f"/toys/{toy['id']}", {"age": 3}, headers={"If-Match": '"1"'})
    assert (answer.status, answer.headers["etag"], answer.json()) == (200, '"1"', toy)
    assert len(await room.facts()) == 1


async def test_what_is_refused_says_nothing(room: Room, author: Caller) -> None:
    await author("POST", "/toys", BEAR)
    room.outbox.published.clear()
    assert (await author("POST", "/toys", BEAR)).status == 409
    assert (len(await room.facts()), room.outbox.published) == (1, [])


@pytest.mark.parametrize("about_a_child", [False, True])
async def test_personal_fields_are_sealed_with_the_key_of_whom_they_are_about(room: Room, about_a_child: bool) -> None:
    child = new_id()
    guardian = signed_in(acting_for=child)
    assert guardian.id is not None
    person: UUID = child if about_a_child else guardian.id
    await room.caller.by(guardian)("POST", f"/people/{person}/notes", {"text": "canary-71"})
    [row] = await room.rows("SELECT * FROM outbox")
    [fact] = await room.facts()
    assert b"canary-71" not in bytes(row.body)
    keys = await Keys(room.keys).find([child, guardian.id])
    assert (fact.person_id, list(keys)) == (person, [person])
    assert decode(NoteWritten, fact, row.body, keys[person]).text == "canary-71"
    assert "canary" not in json.dumps(dict(row.headers))
