"""Tests what goes to a learning record store: what was agreed to, in order, once, whatever the store answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from chassis.conformance import owner_alone
from chassis.delivery.person_erasure import noted_as
from chassis.storage.media import open_media
from chassis.storage.stored_consent import StoredConsent
from chassis.stores_in_memory import KeysInMemory
from chassis.testing import Harness, until
from chassis.web.testing import Caller, signed_in
from content.outside import tell_outside
from content.progress.statements import BATCH
from content.service import SERVICE
from services.content.tests.integration.toy_lessons import LESSON, event, hand_in, publish_toys
from tests.record_store_service import RecordStoreService, record_store_service


@dataclass
class House:
    """Holds content, a learner, and the store that content sends to."""

    harness: Harness
    caller: Caller
    store: RecordStoreService

    @property
    def person(self) -> UUID:
        assert self.caller.principal.id is not None
        return self.caller.principal.id

    async def agree(self, granted: bool = True, child: bool = False) -> None:
        """Agrees to the store, or takes that back."""
        keys = self.harness.keys.store
        assert isinstance(keys, KeysInMemory)
        await self.harness.keys.make([self.person])
        pair = (self.person, "learning_record", "lrs")
        number = keys.decided[pair].number + 1 if pair in keys.decided else 1
        keys.decided[pair] = StoredConsent(*pair, number, granted, child)

    async def sent(self, number: int) -> list[str]:
        """Waits until the store has so many statements of the learner; returns their verbs."""

        async def enough() -> bool:
            # neither the two seconds nor the wait before another try
            await self.harness.rows("content", "UPDATE timers SET due_at = now() WHERE key LIKE 'statements/%'")
            await self.harness.rows("content", "UPDATE inbox SET due_at = now() WHERE done_at IS NULL")
            return len(self.store.of(self.person)) >= number and not await self.due()

        await until(enough, within=30.0, what=f"{number} statements")
        return [verb for verb, _ in self.store.of(self.person)]

    async def due(self) -> int:
        [row] = await self.harness.rows("content", "SELECT count(*) AS number FROM statements_due")
        return int(row.number)

    async def known(self) -> list[dict[str, Any]]:
        """Returns the statements that the learner may read."""
        found: list[dict[str, Any]] = (await self.caller("GET", "/progress/xapi?limit=100")).json()["items"]
        return found


@pytest.fixture
async def house(postgres_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with record_store_service() as store:
        with pytest.MonkeyPatch.context() as environment:
            for name, value in store.settings.items():
                environment.setenv(f"VOXBUS_{name.upper()}", value)
            async with owner_alone(SERVICE, postgres_url, open_media(None, tmp_path)) as (harness, caller):
                await publish_toys(harness)
                yield House(harness, caller.by(signed_in()), store)


def solved() -> list[dict[str, Any]]:
    """Returns what opens a lesson and completes it, with one mistake."""
    return [
        event(None),
        event("rains", {"value": False}),
        event("rains", {"value": True}),
        event("word", {"text": "router"}),
        event("card", {"rating": "good"}),
    ]


async def test_what_was_agreed_to_goes_out_in_order_and_once(house: House) -> None:
    await house.agree()
    events = solved()
    await hand_in(house.caller, *events)
    await hand_in(house.caller, *events)  # as a client does that had no answer
    verbs = await house.sent(7)
    assert verbs == ["experienced", *["answered"] * 4, "completed", "passed"]
    assert house.store.refused == []
    assert {each["id"] for each in await house.known()} == set(house.store.statements)
    # a lesson is completed and passed for the first time once
    await house.caller("POST", f"/lessons/{LESSON}/restart")
    await hand_in(house.caller, *solved()[1:])
    assert (await house.sent(11))[7:] == ["answered"] * 4
    [row] = await house.harness.rows("content", "SELECT person_id, statements FROM statements_sent")
    assert (row.person_id, row.statements) == (house.person, 11)


async def test_what_nobody_agreed_to_goes_out_neither_then_nor_later(house: House) -> None:
    await house.agree(granted=False)
    await hand_in(house.caller, event("rains", {"value": True}))
    assert await house.sent(0) == []
    await house.agree()
    await hand_in(house.caller, event("word", {"text": "router"}))
    assert await house.sent(1) == ["answered"]
    await house.agree(granted=False)
    await hand_in(house.caller, event("card", {"rating": "good"}))
    assert await house.sent(1) == ["answered"]
    assert [each.endswith("word") for _, each in house.store.of(house.person)] == [True]


async def test_a_lost_answer_and_an_outage_repeat_nothing(house: House) -> None:
    await house.agree()
    house.store.answers += ["drop", 503, 401]
    await hand_in(house.caller, *solved())
    assert await house.sent(7) == ["experienced", *["answered"] * 4, "completed", "passed"]
    assert house.store.requests == [7, 7, *[1] * 7]  # the first was taken, the second is refused as a whole


async def test_one_statement_that_is_not_taken_holds_up_no_other(house: House) -> None:
    await house.agree()
    house.store.answers += [400, 400]  # the batch, and the first of it alone
    await hand_in(house.caller, *solved())
    assert (await house.sent(6))[0] == "answered"
    [row] = await house.harness.rows("content", "SELECT statements FROM statements_sent")
    assert row.statements == 6


async def test_a_store_that_has_refused_all_is_noted_all_the_same(house: House) -> None:
    await house.agree()
    house.store.answers += [400]
    await hand_in(house.caller, event("rains", {"value": True}))

    async def refused() -> bool:
        return await house.sent(0) == [] and not house.store.answers

    await until(refused, within=30.0)
    assert await house.harness.rows("content", "SELECT FROM statements_sent WHERE person_id = $1", house.person) == []
    noted = "SELECT recipient FROM recipients WHERE person_id = $1"
    assert [row.recipient for row in await house.harness.rows("content", noted, house.person)] == ["lrs"]


async def test_many_go_out_in_batches(house: House) -> None:
    await house.agree()
    await hand_in(house.caller, *(event("rains", {"value": at == 59}) for at in range(60)))
    await house.sent(60)
    assert sorted(house.store.requests) == [60 - BATCH, BATCH]
    answers = [each["result"]["success"] for each in house.store.statements.values()]
    assert answers == [False] * 59 + [True], "in the order in which it was done"


async def test_an_erasure_says_that_a_store_was_told() -> None:
    for noted in ("statements_sent", noted_as("lrs")):
        [told] = await tell_outside(UUID(int=1), {noted: 1})
        assert (told.recipient, told.state) == ("lrs", "asked")
    assert await tell_outside(UUID(int=1), {"learning_events": 9}) == []
