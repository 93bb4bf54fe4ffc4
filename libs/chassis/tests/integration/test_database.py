"""Tests the database: each service in its own role and schema; migrations one at a time; whose fault an error is."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from chassis.errors import VoxbusError
from chassis.fresh_databases import fresh_database
from chassis.message.envelope import new_id
from chassis.service import Service
from chassis.storage.database import Database, Transaction, open_database
from chassis.storage.drift import drift
from chassis.storage.errors import DatabaseAway, RolledBack, is_databases_fault, is_outage, may_redo, sqlstate
from chassis.storage.migrations import _LOCK, migrate
from chassis.testing import until
from libs.chassis.tests.integration.demo import DemoDeps, demo, effects_done


@pytest.fixture
def services() -> list[Service]:
    service = demo(DemoDeps())
    return [service, dataclasses.replace(service, name="other")]


@pytest.fixture
async def url(postgres_url: str, services: list[Service]) -> AsyncIterator[str]:
    async with fresh_database(postgres_url, services) as url:
        yield url


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = open_database(url, "demo", size=2)
    yield database
    await database.close()


async def refusal(database: Database, statement: str) -> str | None:
    with pytest.raises(DBAPIError) as caught:
        await database.fetch(statement)
    return sqlstate(caught.value)


VIEW = "CREATE VIEW api.demo_seen_v1 AS SELECT key FROM demo.effects_done"


async def publish(url: str) -> None:
    """Makes a view of the demo service, as one of its migrations would."""
    owner = await asyncpg.connect(url)
    await owner.execute("GRANT CREATE ON SCHEMA api TO voxbus_demo; SET ROLE voxbus_demo")
    await owner.execute(VIEW)
    await owner.close()


async def test_a_query_into_anothers_tables_is_refused_by_the_database(database: Database, url: str) -> None:
    for statement in ("SELECT 1 FROM other.inbox", "DELETE FROM other.effects_done", "CREATE TABLE other.mine ()"):
        assert await refusal(database, statement) == "42501"
    await publish(url)
    other = open_database(url, "other", size=1)
    assert await refusal(other, "SELECT * FROM api.demo_seen_v1") == "42501"  # published for the gateway alone
    await other.close()


async def test_what_is_published_may_be_read_by_the_gateway(
    database: Database, url: str, services: list[Service]
) -> None:
    assert await refusal(database, VIEW) == "42501"  # only a migration publishes
    await publish(url)
    await database.fetch("INSERT INTO effects_done VALUES ('a', 'test')")
    await migrate(url, services)  # grants come last, each time
    owner = await asyncpg.connect(url)
    await owner.execute("SET ROLE voxbus_gateway")
    assert await owner.fetchval("SELECT key FROM api.demo_seen_v1") == "a"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await owner.fetch("SELECT 1 FROM demo.effects_done")
    await owner.close()


async def test_a_service_publishes_the_jobs_of_which_it_has_something_open(database: Database, url: str) -> None:
    waits, done, payload = new_id(), new_id(), new_id()
    for job, done_at in ((waits, "NULL"), (done, "now()"), (None, "NULL")):
        await database.fetch(
            "INSERT INTO inbox (consumer, id, job_id, fence, tries, due_at, done_at)"
            f" VALUES ('demo.work', $1, $2, 1, 1, now() + interval '1 hour', {done_at})",
            new_id(),
            job,
        )
    for job in (payload, None):
        await database.fetch(
            "INSERT INTO outbox (id, job_id, exchange, key, body, headers, claimed_until)"
            " VALUES ($1, $2, 'jobs', 'work', '', '{}', 'infinity')",
            new_id(),
            job,
        )
    owner = await asyncpg.connect(url)
    await owner.execute("SET ROLE voxbus_gateway")
    rows = await owner.fetch("SELECT job_id, now() - since AS age FROM api.demo_open_v1 ORDER BY since")
    assert [row["job_id"] for row in rows] == [waits, payload]
    assert all(abs(row["age"]) < timedelta(minutes=1) for row in rows)
    await owner.close()


async def test_processes_that_migrate_at_once_do_it_one_after_the_other(
    postgres_url: str, services: list[Service]
) -> None:
    name = f"test_{new_id().hex[-12:]}"
    owner = await asyncpg.connect(postgres_url)
    await owner.execute(f"CREATE DATABASE {name}")
    url = urlunsplit(urlsplit(postgres_url)._replace(path=f"/{name}"))
    await asyncio.gather(*(migrate(url, services) for _ in range(3)))
    assert [await drift(url, service) for service in services] == [[], []]
    await owner.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await owner.close()


async def test_a_lock_that_nobody_gives_back_is_named_and_not_waited_for_forever(
    url: str, services: list[Service]
) -> None:
    left = await asyncpg.connect(url)
    process = await left.fetchval("SELECT pg_backend_pid() FROM pg_advisory_lock($1)", _LOCK)
    with pytest.raises(VoxbusError, match=rf"locked by process {process} of its server"):
        await migrate(url, services, patience=0.3)
    await left.close()
    await migrate(url, services)


def with_one_more(service: Service, folder: Path, *statements: str) -> Service:
    """Returns a service of the next release, whose revision runs these statements."""
    (folder / "versions").mkdir()
    for script in service.migrations.glob("versions/*.py"):
        (folder / "versions" / script.name).write_text(script.read_text())
    (folder / "versions" / "0002_second.py").write_text(
        'from alembic import op\nrevision = "0002"\ndown_revision = "0001"\ndef upgrade() -> None:\n'
        + "".join(f"    op.execute({statement!r})\n" for statement in statements)
    )
    return dataclasses.replace(service, migrations=folder)


async def test_a_migration_does_not_wait_long_behind_a_lock(url: str, services: list[Service], tmp_path: Path) -> None:
    later = with_one_more(services[0], tmp_path, "ALTER TABLE effects_done ADD COLUMN more text")
    busy = await asyncpg.connect(url)
    try:
        async with busy.transaction():
            await busy.execute("LOCK TABLE demo.effects_done")
            with pytest.raises(DBAPIError) as caught:
                async with asyncio.timeout(10):
                    await migrate(url, [later], patience=0)
        assert sqlstate(caught.value) == "55P03"
        await migrate(url, [later])
    finally:
        await busy.close()


async def test_a_migration_that_meets_a_deadlock_is_tried_again(
    url: str, services: list[Service], tmp_path: Path
) -> None:
    """Locks two tables in the order that is not that of the migration, as a service that runs may do."""
    changes = [f"ALTER TABLE {name} ADD COLUMN more text" for name in ("effects_done", "media_deletions")]
    later = with_one_more(services[0], tmp_path, *changes)
    busy = await asyncpg.connect(url)
    await busy.execute("SET deadlock_timeout = '1min'")  # so it is the migration that the server ends
    async with busy.transaction():
        await busy.execute("LOCK TABLE demo.media_deletions IN ROW EXCLUSIVE MODE")
        migrating = asyncio.create_task(migrate(url, [later]))
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'demo.media_deletions'::regclass"
        await until(lambda: busy.fetchval(waits))
        await busy.execute("LOCK TABLE demo.effects_done IN ROW EXCLUSIVE MODE")
    await migrating
    columns = "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'demo' AND column_name = 'more'"
    assert await busy.fetchval(columns) == len(changes)
    await busy.close()


async def test_schemas_that_meet_a_deadlock_are_made_again(url: str, services: list[Service]) -> None:
    """Changes two schemas in the order that is not that of the migration, as an operator may do."""
    await migrate(url, services)
    busy = await asyncpg.connect(url)
    await busy.execute("SET deadlock_timeout = '1min'")  # so it is the migration that the server ends
    async with busy.transaction():
        await busy.execute("GRANT USAGE ON SCHEMA public TO voxbus_demo")
        migrating = asyncio.create_task(migrate(url, services))
        here = "(SELECT pid FROM pg_stat_activity WHERE datname = current_database())"
        await until(lambda: busy.fetchval(f"SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN {here}"))
        await busy.execute("GRANT USAGE ON SCHEMA api TO voxbus_demo")
    await migrating
    await busy.close()


@pytest.mark.parametrize(
    ("code", "outage", "redo", "databases_fault"),
    [
        ("40P01", False, True, True),
        ("40001", False, True, True),
        ("23505", False, True, False),  # ours: may pass; a handler's: its own fault
        ("23514", False, True, False),
        ("57P01", True, False, True),
        ("53300", True, False, True),
        ("53100", True, False, True),  # its disk is full
        ("08006", True, False, True),
        ("57014", True, False, False),  # ours: asked again; a handler's: its own fault
        ("23503", False, False, False),
        ("22P05", False, False, False),
    ],
)
async def test_whose_fault_an_error_is(
    database: Database, code: str, outage: bool, redo: bool, databases_fault: bool
) -> None:
    with pytest.raises(DBAPIError) as caught:
        await database.fetch(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$")
    error = caught.value
    assert (is_outage(error), may_redo(error), is_databases_fault(error)) == (outage, redo, databases_fault)


async def test_a_value_that_no_column_holds_is_no_outage(database: Database) -> None:
    with pytest.raises(DBAPIError) as caught:
        await database.fetch("SELECT $1::int", 2**40)
    assert not is_outage(caught.value)


async def refuse_wrong_count(tx: Transaction) -> None:
    await tx.fetch("SELECT $1::int, $2::int", 1)


async def refuse_too_many(tx: Transaction) -> None:
    await tx.execute(sa.insert(effects_done).values([{"key": "a", "by": "test"}] * 16_384))


async def refuse_two_at_once(tx: Transaction) -> None:
    await asyncio.gather(tx.fetch("SELECT 1"), tx.fetch("SELECT 1"))


@pytest.mark.parametrize("refused", [refuse_wrong_count, refuse_too_many, refuse_two_at_once])
async def test_what_the_driver_refuses_to_send_is_no_outage(
    database: Database, refused: Callable[[Transaction], Awaitable[None]]
) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with database.transaction() as tx:
            await refused(tx)
    assert not is_outage(caught.value)
    assert not is_databases_fault(caught.value)


async def test_a_transaction_whose_error_was_passed_over_is_never_taken_for_committed(database: Database) -> None:
    with pytest.raises(RolledBack) as caught:
        async with database.transaction() as tx:
            await tx.fetch("INSERT INTO effects_done VALUES ('a', 'test')")
            with suppress(DBAPIError):
                await tx.fetch("SELECT 1 / 0")
    assert not is_outage(caught.value)
    assert not may_redo(caught.value)
    assert not await database.fetch("SELECT key FROM effects_done")


async def test_what_follows_a_commit_is_called_once_and_never_after_a_rollback(database: Database) -> None:
    called: list[str] = []
    tries = iter(("rolled back", "redone", "done"))

    async def work(tx: Transaction) -> None:
        name = next(tries)
        tx.on_commit(lambda: called.append(name))
        assert not called
        await tx.fetch("SELECT 1")
        if name == "redone":
            await tx.fetch("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'; END $$")

    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as tx:
            await work(tx)
            raise ZeroDivisionError
    await database.redoing(work)
    assert called == ["done"]


async def test_a_statement_sent_with_the_begin_that_fails_costs_no_connection(url: str) -> None:
    alone = open_database(url, "demo", size=1)
    [[before]] = await alone.fetch("SELECT pg_backend_pid()")
    with pytest.raises(DBAPIError):
        async with alone.transaction(lambda: "BEGIN; SELECT 1 / 0"):
            raise AssertionError("it has not begun")
    [[after]] = await alone.fetch("SELECT pg_backend_pid()")
    await alone.close()
    assert after == before


async def test_the_limits_of_a_transaction_are_taken_when_its_connection_is_free(url: str) -> None:
    alone = open_database(url, "demo", size=1)
    happened = list[str]()

    def begin() -> str:
        happened.append("limits")
        return "BEGIN"

    async def another() -> None:
        happened.append("waits")
        async with alone.transaction(begin):
            pass

    async with alone.transaction():
        waiting = asyncio.create_task(another())
        for _ in range(10):
            await asyncio.sleep(0)
        happened.append("free")
    await waiting
    await alone.close()
    assert happened == ["waits", "free", "limits"]


async def test_a_connection_that_is_in_use_while_the_pool_closes_is_closed_when_it_comes_back(url: str) -> None:
    database = open_database(url, "demo", size=1)
    async with database.transaction() as tx:
        await database.close()
        [[mine]] = await tx.fetch("SELECT pg_backend_pid()")
    owner = await asyncpg.connect(url)
    try:

        async def gone() -> bool:
            return not await owner.fetch("SELECT FROM pg_stat_activity WHERE pid = $1", mine)

        await until(gone, what="the end of the connection")
    finally:
        await owner.close()


async def test_a_closed_connection_is_an_outage_in_the_drivers_words(database: Database) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with database.transaction() as tx:
            await tx._connection._driver.close()
            await tx.fetch("SELECT 1")
    assert is_outage(caught.value)


@pytest.mark.parametrize("when", ["in a statement", "in the commit"])
async def test_a_connection_that_is_cut_is_an_outage_and_the_next_one_works(
    database: Database, url: str, when: str
) -> None:
    owner = await asyncpg.connect(url)
    with pytest.raises(DBAPIError) as caught:
        async with database.transaction() as tx:
            [[backend]] = await tx.fetch("SELECT pg_backend_pid()")
            assert await owner.fetchval("SELECT pg_terminate_backend($1, 5000)", backend)
            if when == "in a statement":
                await tx.fetch("SELECT 1")
    await owner.close()
    assert is_outage(caught.value)

    async def answers() -> bool:
        return bool(await database.fetch("SELECT 1"))

    await until(answers)


async def test_no_connection_to_be_had_is_an_outage() -> None:
    nowhere = open_database("postgresql://nobody@127.0.0.1:1/none", "demo")
    with pytest.raises(DatabaseAway) as caught:
        await nowhere.fetch("SELECT 1")
    assert is_outage(caught.value)
    assert is_databases_fault(caught.value)
    assert not is_databases_fault(ConnectionResetError())  # the far side of a handler's own call
    assert not is_databases_fault(TimeoutError())
    await nowhere.close()
