"""Tests erasing a person at the gateway: account, open jobs, the event; and again after a restore."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from chassis.bus.memory import MemoryBus
from chassis.errors import DependencyDown, Erased, SettingsError
from chassis.filters import Filters
from chassis.message.codec import decode
from chassis.message.envelope import Envelope, new_id
from chassis.storage.database import open_database
from chassis.storage.keys import Keys
from chassis.stores_in_memory import KeysInMemory, LedgerInMemory
from chassis.testing import until
from contracts.common import JobCancelled, PersonErased
from contracts.gateway import AssessAttempt
from contracts.learning import LearnerDayEnds
from gateway.edge.auth import accounts
from gateway.jobs import statements
from gateway.jobs.accept import Idempotency
from gateway.jobs.erase_person import apply_ledger, erase_person, refuse_lost_keys
from gateway.jobs.tombstones import Tombstones
from gateway.operate import log_reading
from gateway.service import SERVICE
from gateway.tables import IDEMPOTENCY
from services.gateway.tests.integration.fixtures import Bench
from tests.stepped import Stepped

KEYED = Idempotency("r", "k", "f")


async def sign_up(bench: Bench) -> str:
    email = f"{bench.person}@example.org"
    async with bench.database.transaction() as tx:
        await accounts.add(tx, id=bench.person, email=email, username="Robin", password_hash="-", birth_date=None)
    return email


async def said(bench: Bench, kind: str) -> int:
    """Returns how many messages of a type about the bench's person wait in the outbox."""
    rows = await bench.database.fetch("SELECT headers FROM outbox WHERE key = $1", kind)
    return sum(Envelope.parse(row.headers).person_id == bench.person for row in rows)


async def keys_remembered(bench: Bench) -> int:
    async with bench.database.transaction() as tx:
        query = sa.select(sa.func.count()).where(IDEMPOTENCY.c.person_id == bench.person)
        return int((await tx.execute(query)).scalar_one())


async def test_an_erased_person_leaves_jobs_that_have_ended_and_a_log_nobody_can_read(bench: Bench) -> None:
    email = await sign_up(bench)
    job = (await bench.accept(Idempotency("r", "k", "f"))).job_id
    [first] = await bench.rows(job)
    envelope = Envelope.parse(first.headers)
    key = bench.store.keys[bench.person]
    assert decode(AssessAttempt, envelope, first.body, key).text  # it can be read as long as there is the key

    await erase_person(bench.database, bench.keys, bench.ledger, bench.person)

    assert await bench.keys.find([bench.person]) == {}
    assert await accounts.by_email(bench.database, email) is None
    assert await keys_remembered(bench) == 0
    assert await bench.status(job) == "cancelled"
    assert [row.type for row in await bench.rows(job)] == [AssessAttempt.type, JobCancelled.type]
    [[asked]] = await bench.database.fetch("SELECT count(*) FROM media_deletions WHERE job_id = $1", job)
    assert asked == 1
    assert (await said(bench, PersonErased.type), await said(bench, JobCancelled.type)) == (1, 1)


async def test_nothing_more_is_accepted_of_an_erased_person(bench: Bench) -> None:
    await erase_person(bench.database, bench.keys, bench.ledger, bench.person)
    try:
        await bench.accept()
    except Erased:
        pass
    else:
        raise AssertionError("accepted")
    assert await bench.jobs() == 0


async def somebody_waits(bench: Bench) -> bool:
    """Tells whether a person's lock is waited for."""
    return bool(await bench.database.fetch("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"))


def elsewhere(bench: Bench, database: Stepped) -> Bench:
    """Returns another gateway, which keeps the key of the bench's person for a minute."""
    other = Bench(database, bench.bus, person=bench.person)
    other.store.keys.update(bench.store.keys)
    return other


async def test_an_erasure_ends_the_job_that_another_gateway_is_about_to_accept(bench: Bench) -> None:
    database = Stepped(bench.database)
    other = elsewhere(bench, database)
    database.hold(1)  # before the commit
    accepting = asyncio.create_task(other.accept(KEYED))
    await database.stopped.wait()
    erasing = asyncio.create_task(erase_person(bench.database, bench.keys, bench.ledger, bench.person))
    await until(lambda: somebody_waits(bench))
    database.go_on()
    job = (await accepting).job_id
    await erasing
    assert await bench.status(job) == "cancelled"
    assert await keys_remembered(bench) == 0


async def test_nothing_is_accepted_of_who_is_being_erased_at_another_gateway(bench: Bench) -> None:
    database = Stepped(bench.database)
    database.hold(11)  # once it has looked for open jobs
    erasing = asyncio.create_task(erase_person(database, Keys(KeysInMemory()), bench.ledger, bench.person))
    await database.stopped.wait()
    accepting = asyncio.create_task(bench.accept(KEYED))
    await until(lambda: somebody_waits(bench))
    database.go_on()
    await erasing
    with pytest.raises(Erased):
        await accepting
    assert (await bench.jobs(), await keys_remembered(bench)) == (0, 0)
    assert await said(bench, AssessAttempt.type) == 0


async def test_who_comes_back_with_a_restored_database_is_erased_again(bench: Bench) -> None:
    await apply_ledger(bench.database, bench.keys, bench.ledger)  # what other tests have left
    await bench.keys.destroy(bench.person)
    email = await sign_up(bench)
    assert await apply_ledger(bench.database, bench.keys, bench.ledger) == 1
    assert await accounts.by_email(bench.database, email) is None
    assert await said(bench, PersonErased.type) == 1
    assert await apply_ledger(bench.database, bench.keys, bench.ledger) == 0


async def test_a_key_that_comes_back_with_a_restored_key_store_is_destroyed_again(bench: Bench) -> None:
    await erase_person(bench.database, bench.keys, bench.ledger, bench.person)
    del bench.store.keys[bench.person]
    bench.keys.forget([bench.person])
    await bench.keys.make([bench.person])
    await apply_ledger(bench.database, bench.keys, bench.ledger)
    assert bench.store.keys[bench.person] is None


async def test_who_is_forgotten_by_both_stores_is_erased_again_by_the_ledger(bench: Bench) -> None:
    await apply_ledger(bench.database, bench.keys, bench.ledger)
    email = await sign_up(bench)
    await bench.ledger.append([bench.person])
    assert await apply_ledger(bench.database, bench.keys, bench.ledger) == 1
    assert await accounts.by_email(bench.database, email) is None
    assert bench.store.keys[bench.person] is None
    assert await apply_ledger(bench.database, bench.keys, bench.ledger) == 0


async def test_who_was_erased_is_forgotten_everywhere_at_once_when_no_backup_has_them(bench: Bench) -> None:
    await apply_ledger(bench.database, bench.keys, bench.ledger)
    still_open, done, recent = bench.person, new_id(), new_id()
    for each in (still_open, done, recent, untouched := new_id()):
        happened = bench.event(None, LearnerDayEnds)  # it has no personal field that a missing key would hide
        await bench.recorder.record([replace(happened, envelope=replace(happened.envelope, person_id=each))])
    for each in (still_open, done, recent):
        await erase_person(bench.database, bench.keys, bench.ledger, each)
    await bench.database.fetch("UPDATE erasures SET completed_at = now() WHERE person_id = ANY($1)", [done, recent])
    await bench.database.fetch("DELETE FROM erasure_work WHERE person_id = ANY($1)", [done, recent])
    long_ago = datetime.now(UTC) - timedelta(days=61)
    bench.ledger.erased |= dict.fromkeys((still_open, done), long_ago)
    stones = Tombstones(bench.database, bench.keys, bench.ledger)
    assert await stones.oldest() == long_ago
    gone = await stones.delete(datetime.now(UTC) - timedelta(days=60))
    assert (gone.items, gone.oldest_at) == (1, long_ago)
    there = {row.person_id for row in await bench.database.fetch(statements.ERASED)}
    for remembered in (there, await bench.keys.erased(), bench.ledger.erased.keys()):
        assert {still_open, done, recent} & remembered == {still_open, recent}
    assert await apply_ledger(bench.database, bench.keys, bench.ledger) == 0
    shown = await log_reading.newest(bench.database, Filters(types=(LearnerDayEnds.type,)), 10)
    assert {row.envelope.person_id for row in shown if not row.erased} == {untouched}
    assert len(shown) == 4


async def test_a_round_that_dies_before_the_ledger_is_ended_by_the_next_one(bench: Bench) -> None:
    await apply_ledger(bench.database, bench.keys, bench.ledger)
    await erase_person(bench.database, bench.keys, bench.ledger, bench.person)
    await bench.database.fetch("UPDATE erasures SET completed_at = now() WHERE person_id = $1", bench.person)
    await bench.database.fetch("DELETE FROM erasure_work WHERE person_id = $1", bench.person)
    bench.ledger.erased[bench.person] = datetime.now(UTC) - timedelta(days=61)
    await bench.keys.forget_erased([bench.person])
    await bench.database.fetch("DELETE FROM erased_people WHERE person_id = $1", bench.person)
    stones = Tombstones(bench.database, bench.keys, bench.ledger)
    assert (await stones.delete(datetime.now(UTC) - timedelta(days=60))).items == 1
    assert bench.person not in bench.ledger.erased


async def test_the_ledger_learns_of_erasures_from_before_it(bench: Bench) -> None:
    await erase_person(bench.database, bench.keys, LedgerInMemory(), bench.person)
    await apply_ledger(bench.database, bench.keys, bench.ledger)
    assert bench.person in bench.ledger.erased


async def test_nobody_is_erased_who_cannot_be_written_down(bench: Bench) -> None:
    email = await sign_up(bench)
    bench.ledger.away = True
    with pytest.raises(DependencyDown):
        await erase_person(bench.database, bench.keys, bench.ledger, bench.person)
    assert await accounts.by_email(bench.database, email) is not None
    assert bench.store.keys[bench.person] is not None


async def test_a_key_store_that_was_emptied_ends_the_start_and_an_older_one_does_not(machine_url: str) -> None:
    database, bus = open_database(machine_url, "gateway"), MemoryBus()
    await bus.declare(SERVICE.topology())
    bench = Bench(database, bus)
    await sign_up(bench)
    await refuse_lost_keys(bench.database, Keys(KeysInMemory()))  # nothing is encrypted yet
    await bench.accept()
    await refuse_lost_keys(bench.database, bench.keys)
    with pytest.raises(SettingsError, match=r"^The key store has no key of any person .* VOXBUS_KEYS_URL\.$"):
        await refuse_lost_keys(bench.database, Keys(KeysInMemory()))
    erased = Keys(KeysInMemory())
    await erased.destroy(bench.person)
    await refuse_lost_keys(bench.database, erased)  # the database is from before the erasure
    other = Bench(bench.database, bench.bus)
    await sign_up(other)
    await other.accept()
    await refuse_lost_keys(bench.database, other.keys)
    for each in (bench, other):
        await erase_person(each.database, each.keys, each.ledger, each.person)
    await refuse_lost_keys(bench.database, Keys(KeysInMemory()))
    await bus.close()
    await database.close()


async def test_a_stream_shows_of_an_erased_person_only_that_something_happened(bench: Bench) -> None:
    job = await bench.new_job()
    for event in bench.steps(job):
        await bench.recorder.record([event])
    await bench.keys.destroy(bench.person)
    hub = bench.new_hub()
    async with hub.subscribe(job) as events:
        await hub.read([job])
        shown = [event async for event in events]
    assert [event.type for event in shown][-1] == "job.succeeded"
    assert "Red lorry" not in json.dumps([event.data for event in shown])
    assert [event.data for event in shown[:3]] == [{}, {}, {}]
