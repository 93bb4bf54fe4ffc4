"""Tests that handlers see personal fields in clear, tables hold ciphertext, and without a key the end is `erased`."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Collection, Sequence
from typing import Annotated
from uuid import UUID

import pytest

from chassis.delivery.claimed_run import ClaimedRuns
from chassis.delivery.fast import FastRunner
from chassis.delivery.inbox import Claim
from chassis.delivery.maintenance import InboxMaintenance
from chassis.delivery.outbox import OutboxMessage, to_outbox_uncaused
from chassis.handler import Rows, handles
from chassis.message.codec import PERSONAL, decode
from chassis.message.crypto import Key
from chassis.message.envelope import Envelope, new_id
from chassis.storage.keys import Keys
from chassis.storage.person_lock import SHARE_PEOPLE
from chassis.stores_in_memory import KeysInMemory
from chassis.testing import until
from contracts.base import PERSONAL as MARK
from libs.chassis.tests.integration.demo import DemoDeps, Noted, Work, Worked, effects_done, note
from libs.chassis.tests.integration.fixtures import Bench

CANARY = "canary-7f3a"


class Confided(Work):
    """Defines a variant of `demo.work` with a personal field."""

    secret: Annotated[str, MARK]


class Repeated(Worked):
    secret: Annotated[str, MARK]


class Whispered(Noted):
    secret: Annotated[str, MARK]


@handles(Confided, slots=1, timeout=5)
async def repeat(cmd: Confided, deps: DemoDeps) -> None:
    deps.runs.append(cmd.secret)
    async with deps.unit() as unit:
        await unit.execute(effects_done.insert().values(key=cmd.key, by="work"))
        unit.emit(Repeated(key=cmd.key, secret=cmd.secret))


@pytest.fixture
def person() -> UUID:
    return new_id()


@pytest.fixture
def runs(bench: Bench) -> ClaimedRuns:
    bench.consumer.message = Confided
    return ClaimedRuns(bench.consumer, repeat, bench.leases, announce=False)


async def encrypted_message(bench: Bench, person: UUID) -> OutboxMessage:
    key = (await bench.keys.make([person]))[person]
    return to_outbox_uncaused(
        Confided(key="k", secret=CANARY), source="voxbus/test", job_id=new_id(), person_id=person, key=key
    )


async def claimed(bench: Bench, runs: ClaimedRuns, message: OutboxMessage) -> Claim:
    claim = await runs.claim(bench.received_of(message))
    assert claim is not None
    return claim


async def test_what_is_said_in_clear_is_written_as_ciphertext(bench: Bench, runs: ClaimedRuns, person: UUID) -> None:
    message = await encrypted_message(bench, person)
    await runs.run(await claimed(bench, runs, message))
    row = await bench.row(message)
    [out] = await bench.rows("SELECT * FROM outbox")
    assert (row.outcome, bench.deps.runs) == ("ok", [CANARY])
    assert CANARY.encode() not in bytes(row.body) + bytes(out.body)
    key = (await bench.keys.find([person]))[person]
    assert decode(Repeated, Envelope.parse(out.headers), out.body, key).secret == CANARY


async def test_without_the_key_a_message_is_settled_as_erased_and_its_job_hears_of_it(
    bench: Bench, runs: ClaimedRuns, person: UUID
) -> None:
    message = await encrypted_message(bench, person)
    claim = await claimed(bench, runs, message)
    await bench.keys.destroy(person)
    await runs.run(claim)
    row = await bench.row(message)
    assert (row.outcome, row.problem["type"]) == ("erased", "/problems/person-erased")
    assert (bench.deps.runs, await bench.emitted(), await bench.effects()) == ([], ["step.failed"], 0)


async def test_a_person_who_is_erased_while_work_is_done_keeps_no_rows(
    bench: Bench, runs: ClaimedRuns, person: UUID
) -> None:
    @handles(Confided, slots=1, timeout=5)
    async def interrupted(cmd: Confided, deps: DemoDeps) -> None:
        async with deps.unit() as unit:
            await unit.execute(effects_done.insert().values(key=cmd.key, by="work"))
            await bench.keys.destroy(person)
            unit.emit(Repeated(key=cmd.key, secret=cmd.secret))

    message = await encrypted_message(bench, person)
    claim = await claimed(bench, runs, message)
    await ClaimedRuns(bench.consumer, interrupted, bench.leases, announce=False).run(claim)
    assert ((await bench.row(message)).outcome, await bench.effects()) == ("erased", 0)


async def test_what_was_changed_on_the_way_is_dead_with_a_problem(
    bench: Bench, runs: ClaimedRuns, person: UUID
) -> None:
    message = await encrypted_message(bench, person)
    body = json.loads(message.body) | {PERSONAL: "AAAA" + json.loads(message.body)[PERSONAL][4:]}
    changed = dataclasses.replace(message, body=json.dumps(body).encode())
    await runs.run(await claimed(bench, runs, changed))
    row = await bench.row(changed)
    assert (row.outcome, row.problem["type"]) == ("dead", "/problems/unreadable")


class Flaky(KeysInMemory):
    """Implements a key store that may not answer."""

    away = True

    async def read(self, persons: Collection[UUID]) -> dict[UUID, Key | None]:
        if self.away:
            raise ConnectionRefusedError
        return await super().read(persons)


async def test_a_key_store_that_is_away_costs_no_try(bench: Bench, runs: ClaimedRuns, person: UUID) -> None:
    message = await encrypted_message(bench, person)
    store = Flaky()
    store.keys = bench.store.keys
    bench.consumer.keys = Keys(store)
    await runs.run(await claimed(bench, runs, message))
    row = await bench.row(message)
    assert (row.done_at, row.tries, row.owner) == (None, 0, None)
    store.away = False
    await bench.make_due(message)
    [again] = await bench.consumer.reap(1)
    await runs.run(again)
    assert (await bench.row(message)).outcome == "ok"


async def test_one_of_a_batch_whose_key_is_gone_leaves_the_others_alone(bench: Bench, person: UUID) -> None:
    gone = new_id()
    keys = await bench.keys.make([person, gone])
    batch = [
        bench.received_of(
            to_outbox_uncaused(
                Whispered(key=str(who), secret=CANARY), source="voxbus/test", job_id=None, person_id=who, key=keys[who]
            )
        )
        for who in (person, gone, person)
    ]
    await bench.keys.destroy(gone)
    handler = dataclasses.replace(note, message=Whispered)
    queue = await bench.bus.subscribe("demo.note", 20)
    runner = FastRunner(bench._consumer("note", Whispered), handler, bench.leases, queue)
    await runner._run_batch(batch)
    outcomes = [(await bench.row(received)).outcome for received in batch]
    assert outcomes == ["ok", "erased", "ok"]
    assert await bench.effects() == 2
    await queue.close()


async def test_progress_says_nothing_in_clear(bench: Bench, person: UUID) -> None:
    job = new_id()
    listener = await bench.bus.listen(f"progress.{job}")
    message = to_outbox_uncaused(Work(key="k", how="say progress"), source="voxbus/test", job_id=job, person_id=person)
    claim = await bench.slow.claim(bench.received_of(message))
    assert claim is not None
    await bench.slow.run(claim)
    _, payload = await listener.next()
    assert b"something" not in payload
    assert json.loads(payload).keys() == {"fence", "at", "person_id", "enc", PERSONAL}


async def test_what_comes_late_about_the_erased_is_deleted_by_the_hour(bench: Bench, person: UUID) -> None:
    erased: list[Sequence[UUID]] = []

    async def erase(_: Rows, persons: Sequence[UUID]) -> dict[str, int]:
        erased.append(persons)
        return {}

    long_ago = new_id()
    await bench.rows(
        "INSERT INTO erased_people (person_id, erased_at) VALUES ($1, now()), ($2, now() - interval '60 days')",
        person,
        long_ago,
    )
    await InboxMaintenance(bench.database, bench.watchdog.pulse("upkeep"), erase).once()
    assert erased == [[person]]


async def test_by_the_hour_who_writes_about_the_erased_is_waited_for(bench: Bench, person: UUID) -> None:
    erased: list[Sequence[UUID]] = []

    async def erase(_: Rows, persons: Sequence[UUID]) -> dict[str, int]:
        erased.append(persons)
        return {}

    await bench.rows("INSERT INTO erased_people (person_id) VALUES ($1)", person)
    maintenance = InboxMaintenance(bench.database, bench.watchdog.pulse("upkeep"), erase)
    async with bench.database.transaction() as tx:
        await tx.fetch(SHARE_PEOPLE, [str(person)])
        again = asyncio.create_task(maintenance.erase_again())
        await until(bench.database.somebody_waits)
        assert not erased
    await again
    assert erased == [[person]]


async def test_by_the_hour_no_transaction_locks_more_people_than_a_database_can(bench: Bench) -> None:
    erased: list[Sequence[UUID]] = []

    async def erase(_: Rows, persons: Sequence[UUID]) -> dict[str, int]:
        erased.append(persons)
        return {}

    people = [new_id() for _ in range(201)]
    await bench.rows("INSERT INTO erased_people (person_id) SELECT unnest($1::uuid[])", people)
    await InboxMaintenance(bench.database, bench.watchdog.pulse("upkeep"), erase).erase_again()
    assert [len(slice_) for slice_ in erased] == [100, 100, 1]
    assert {person for slice_ in erased for person in slice_} == set(people)
