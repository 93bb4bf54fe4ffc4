"""Tests that a service confirms an erasure only once none of the deleted bytes can be in its tables' files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
import sqlalchemy as sa

from chassis.delivery.dead_rows import DeadRows
from chassis.delivery.erasure_work import ErasureWork
from chassis.delivery.maintenance import InboxMaintenance
from chassis.delivery.person_erasure import deleted, note_work
from chassis.delivery.retention_statements import LEAVE_DEAD
from chassis.handler import Rows
from chassis.message.envelope import new_id
from chassis.testing import until
from contracts.common import PersonErasureConfirmed
from libs.chassis.tests.integration.demo import effects_done
from libs.chassis.tests.integration.fixtures import Bench

CONFIRMED = [PersonErasureConfirmed.type]


@dataclass
class Desk:
    """Holds the work of one replica, and two other sessions of the server."""

    bench: Bench
    owner: asyncpg.Connection
    other: asyncpg.Connection

    def work(self, *, rest_factor: float = 0.0) -> ErasureWork:
        database, pulse = self.bench.database, self.bench.watchdog.pulse("demo.erasures")
        rows = DeadRows("demo", database, pulse, url=database.url, tables=[effects_done.name], rest_factor=rest_factor)
        return ErasureWork("demo", self.bench.database, self.bench.relay, self.bench.watchdog, rows, patience=0)

    async def write(self, *words: str) -> None:
        await self.bench.rows("INSERT INTO effects_done SELECT unnest($1::text[]), 'somebody'", [*words])

    async def erase(self, word: str) -> UUID:
        person = new_id()
        async with self.bench.database.transaction() as tx:
            counts = {effects_done.name: await deleted(tx, sa.delete(effects_done).where(effects_done.c.key == word))}
            await note_work(tx, person, new_id(), counts)
        return person

    @staticmethod
    async def ends(work: ErasureWork) -> None:
        """Waits until nothing is open: the server's own work in other databases may hold it up for a moment."""

        async def is_done() -> bool:
            return await work.once() == 0

        await until(is_done)

    async def in_files(self, *words: str) -> list[str]:
        """Returns those of some words that stand in a file of the database, as it is on disk."""
        await self.owner.execute("CHECKPOINT")
        [[folder, database]] = await self.owner.fetch(
            "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()"
        )
        files = [path for path in (Path(folder) / "base" / str(database)).iterdir() if path.is_file()]
        content = [path.read_bytes() for path in files]
        return [word for word in words if any(word.encode() in each for each in content)]

    async def filenode(self) -> int:
        return int(await self.owner.fetchval("SELECT pg_relation_filenode('demo.effects_done')"))


@pytest.fixture
async def desk(bench: Bench) -> AsyncIterator[Desk]:
    owner = await asyncpg.connect(bench.database.url)
    other = await asyncpg.connect(bench.database.url, server_settings={"application_name": "a report"})
    yield Desk(bench, owner, other)
    await owner.close()
    await other.close()
    bench.watchdog.find("demo.erasures", {})


async def test_it_waits_for_a_transaction_that_may_still_see_the_rows(desk: Desk) -> None:
    word, other_word = "peppermint", "gooseberry"
    await desk.write(word, other_word)
    work = desk.work()
    report = desk.other.transaction(isolation="repeatable_read", readonly=True)
    await report.start()
    await desk.other.execute("SELECT 1")
    await desk.erase(word)
    before = await desk.bench.rows("SELECT pg_relation_filenode('effects_done')")
    for _ in range(2):
        assert await work.once() == 1
    assert await desk.bench.emitted() == []
    assert await desk.bench.rows("SELECT pg_relation_filenode('effects_done')") == before  # it would be in vain:
    await desk.owner.execute("VACUUM FULL demo.effects_done")
    assert await desk.in_files(word) == [word]
    [[what, reason]] = desk.bench.watchdog.remarks().items()
    assert what == "erasures of demo"
    assert "(a report)" in reason and "may still see the deleted rows" in reason
    assert await desk.bench.watchdog.unready() == {}
    await report.rollback()
    await desk.ends(work)
    assert await desk.bench.emitted() == CONFIRMED
    assert await desk.in_files(word, other_word) == [other_word]
    assert desk.bench.watchdog.remarks() == {}


async def test_what_retention_has_deleted_is_in_no_file_either(desk: Desk) -> None:
    bench = desk.bench
    await desk.write("peppermint", "gooseberry")
    work, report = desk.work(), desk.other.transaction(isolation="repeatable_read", readonly=True)
    await report.start()
    await desk.other.execute("SELECT 1")
    async with bench.database.transaction() as tx:
        await deleted(tx, sa.delete(effects_done).where(effects_done.c.key == "peppermint"))
        await tx.fetch(LEAVE_DEAD, effects_done.name)
    assert await work.once() == 0  # nobody waits for it
    assert await desk.in_files("peppermint") == ["peppermint"]
    await report.rollback()

    async def is_done() -> bool:
        await work.once()
        return await bench.rows("SELECT FROM retention_turns WHERE name LIKE 'dead in %'") == []

    await until(is_done)
    assert await desk.in_files("peppermint", "gooseberry") == ["gooseberry"]


async def test_a_transaction_that_only_writes_elsewhere_is_waited_for_as_well(desk: Desk) -> None:
    await desk.write("peppermint")
    writer = desk.other.transaction()
    await writer.start()
    await desk.other.execute("INSERT INTO demo.cancelled_jobs VALUES (gen_random_uuid(), 'failed')")
    await desk.erase("peppermint")
    assert await desk.work().once() == 1
    await writer.rollback()
    await desk.ends(desk.work())
    assert await desk.in_files("peppermint") == []


async def test_a_table_that_is_locked_is_tried_again_before_anything_is_confirmed(desk: Desk) -> None:
    await desk.write("peppermint")
    await desk.erase("peppermint")
    work, locking = desk.work(), desk.other.transaction()
    await locking.start()
    await desk.other.execute("LOCK TABLE demo.effects_done IN ACCESS SHARE MODE")
    assert await work.once() == 1
    assert await desk.bench.emitted() == []
    assert "locked effects_done" in desk.bench.watchdog.remarks()["erasures of demo"]
    await locking.rollback()
    await desk.ends(work)
    assert await desk.bench.emitted() == CONFIRMED
    assert await desk.in_files("peppermint") == []
    assert desk.bench.watchdog.remarks() == {}


async def test_several_erasures_share_one_vacuum(desk: Desk) -> None:
    await desk.write("peppermint", "gooseberry")
    work = desk.work(rest_factor=1e6)
    for word in ("peppermint", "gooseberry"):
        await desk.erase(word)
    before = await desk.filenode()
    await desk.ends(work)
    assert await desk.bench.emitted() == 2 * CONFIRMED
    after = await desk.filenode()
    assert before != after
    await desk.erase("nothing")
    assert await work.once() == 1  # it rests, many times as long as that took
    assert await desk.filenode() == after


async def test_what_was_deleted_before_or_never_committed_goes_too(desk: Desk) -> None:
    before, aborted = "peppermint", "gooseberry"
    await desk.write(before)
    await desk.bench.rows("DELETE FROM effects_done")
    failing = desk.other.transaction()
    await failing.start()
    await desk.other.execute("INSERT INTO demo.effects_done VALUES ($1, 'somebody')", aborted)
    await failing.rollback()
    assert await desk.in_files(before, aborted) == [before, aborted]
    await desk.erase("nothing")
    await desk.ends(desk.work())
    assert await desk.in_files(before, aborted) == []


async def test_of_two_replicas_one_vacuums_and_one_confirms(desk: Desk) -> None:
    await desk.erase("nothing")
    one, other = desk.work(), desk.work()
    await desk.other.execute("SET search_path = demo")
    await desk.other.execute("SELECT pg_advisory_lock(hashtextextended('vacuum ' || current_schema(), 0))")
    assert await one.once() == 1  # it is the other's turn
    await desk.other.execute("SELECT pg_advisory_unlock_all()")
    await desk.ends(other)
    await desk.ends(one)
    assert await desk.bench.emitted() == CONFIRMED


async def test_late_rows_leave_work_that_nobody_is_told_of(desk: Desk) -> None:
    person = new_id()
    await desk.bench.rows("INSERT INTO erased_people (person_id) VALUES ($1)", person)

    async def erase(rows: Rows, _: object) -> dict[str, int]:
        count = await deleted(rows, sa.delete(effects_done))
        return {effects_done.name: count} if count else {}

    maintenance = InboxMaintenance(desk.bench.database, desk.bench.watchdog.pulse("upkeep"), erase)
    await maintenance.erase_again()
    assert await desk.bench.rows("SELECT FROM erasure_work") == []
    await desk.write("peppermint")
    await maintenance.erase_again()
    await desk.ends(desk.work())
    assert await desk.in_files("peppermint") == []
    assert await desk.bench.emitted() == []
    assert await desk.bench.rows("SELECT FROM erasure_work") == []


async def test_an_erasure_joins_what_is_left_of_rows_that_came_late(desk: Desk) -> None:
    person, erasure = new_id(), new_id()
    work = desk.work()
    report = desk.other.transaction(isolation="repeatable_read", readonly=True)
    await report.start()
    await desk.other.execute("SELECT 1")
    for asked, rows in ((None, 1), (erasure, 2), (erasure, 2), (None, 4)):
        async with desk.bench.database.transaction() as tx:
            await note_work(tx, person, asked, {"effects_done": rows, "other": 1}, media=1, refs=["a"])
        if asked is None:
            assert await work.once() == 1
    query = "SELECT erasure_id, counts ->> 'effects_done', counts ->> 'other', media FROM erasure_work"
    assert [tuple(row) for row in await desk.bench.rows(query)] == [(erasure, "7", "3", 3)]
    await report.rollback()
    await desk.ends(work)
    assert await desk.bench.emitted() == CONFIRMED
