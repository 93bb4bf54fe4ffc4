"""Lists what the database, and the way to it, can do to the product."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from time import monotonic
from uuid import UUID

import asyncpg

from chassis.connections import REQUEST_ANSWER_WITHIN
from chassis.settings import ServiceSettings
from chassis.storage.database import CONNECTION_WITHIN_S
from chassis.testing import until
from tests.faults.chaos_env import FOLLOW_TIMEOUT_S, ChaosEnv, Fault
from tests.faults.client import Client
from tests.faults.fake_engine import LASTS
from tests.faults.tcp_proxy import Snip
from tests.pgbouncer import MODE

_RESTART_EVERY_S = 8.0
_DELAY_S = 0.05
_ROUTES_POOL: int = ServiceSettings.model_fields["routes_connections"].default
#: seconds that a client of a locked table waits: longer than a statement and the wait for a connection together
_PATIENCE_S = 30.0
_LEASES = b"voxbus-speech-leases"
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE $1"


async def end_server(env: ChaosEnv, seconds: float, *, how: signal.Signals) -> None:
    """Ends the server under load, again and again; its guard starts it again."""
    for _ in range(max(1, round(seconds / _RESTART_EVERY_S))):
        ended = env.postgres.pid
        os.kill(ended, how)

        async def started_again(ended: int = ended) -> bool:
            return env.postgres.pid != ended and await _answers(env)

        await until(started_again, within=FOLLOW_TIMEOUT_S, what="the database again")
        await asyncio.sleep(min(seconds, _RESTART_EVERY_S / 2))


async def cut_at_commits(env: ChaosEnv, seconds: float, *, arrives: bool) -> None:
    """Cuts the connection at a COMMIT, which reaches the server or not. Only the rows tell which."""
    until_then = monotonic() + seconds
    accepts = b"POST /attempts"  # one statement, which commits by itself but behind a transaction pooler
    word = b"COMMIT" if MODE == "transaction" else accepts
    accepted = await _snipped(env, Snip(word, first=accepts, arrives=arrives))
    finished = await _snipped(env, Snip(b"COMMIT", first=b'"name": "stand-in"', arrives=arrives))
    while monotonic() < until_then:
        await _snipped(env, Snip(b"COMMIT", arrives=arrives))
        await asyncio.sleep(0.2)
    await _check_accept(env, accepted)
    await _check_finish(env, finished)


async def slow(env: ChaosEnv, seconds: float) -> None:
    """Slows every message to the database and every answer."""
    env.to_database.delay = _DELAY_S
    try:
        connection = await asyncpg.connect(f"postgresql://postgres@127.0.0.1:{env.to_database.port}/postgres")
        try:
            began = monotonic()
            await connection.execute("SELECT 1")
            assert monotonic() - began >= 2 * _DELAY_S
            await asyncio.sleep(seconds)
        finally:
            connection.terminate()
    finally:
        env.to_database.delay = 0.0


async def lock_tables(env: ChaosEnv, seconds: float) -> None:
    """Locks one table after another from another connection, as a careless migration does."""
    tables = (
        "gateway.jobs",
        "speech.inbox",
        "gateway.log",
        "feedback.outbox",
        "content.twister_progress",
        "notify.inbox",
    )
    waited = 0
    for table in tables:
        async with held(env, f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE") as connection:
            waited += await _waiting(connection, seconds / len(tables))
    assert waited > 0


async def lock_longer_than_a_statement_may_take(env: ChaosEnv, seconds: float) -> None:
    """Locks one table so long that all connections for requests wait for it and then time out."""
    async with held(env, "LOCK TABLE gateway.jobs IN ACCESS EXCLUSIVE MODE") as connection:

        async def exhausted() -> bool:
            return await _waiting_now(connection, "voxbus-gateway-routes") >= _ROUTES_POOL

        began = monotonic()
        http = env.clients[0].http
        looks = [asyncio.create_task(http.get("/jobs", timeout=_PATIENCE_S)) for _ in range(_ROUTES_POOL)]
        await until(exhausted, within=seconds, what="all connections for requests waiting")
        # of another table, but no connection is free to see who asks until one has given its statement up
        asked = monotonic()
        other = await http.get("/notifications", timeout=_PATIENCE_S)
        assert other.status_code == 200 or (other.status_code == 503 and monotonic() - asked >= CONNECTION_WITHIN_S)
        # each has waited for the table or, behind the load's requests, for a connection, and not for the lock's end
        assert [look.status_code for look in await asyncio.gather(*looks)] == [503] * _ROUTES_POOL
        assert monotonic() - began >= REQUEST_ANSWER_WITHIN
        await asyncio.sleep(max(0.0, seconds - (monotonic() - began)))


async def lock_rows(env: ChaosEnv, seconds: float) -> None:
    """Locks inbox rows from outside while their work goes on: the work is not taken over, and is done once."""
    jobs = [await env.clients[0].submit(env.recording, f"{LASTS} 2") for _ in range(2)]

    async def at_work() -> list[UUID]:
        rows = await env.system.fetch(
            "SELECT id FROM speech.inbox WHERE job_id = ANY($1) AND owner IS NOT NULL AND done_at IS NULL", jobs
        )
        return [row["id"] for row in rows]

    ids = await until(at_work, within=FOLLOW_TIMEOUT_S, what="work under way")
    async with held(env, f"SELECT FROM speech.inbox WHERE id IN ({_quoted(ids)}) FOR UPDATE") as connection:
        assert await _waiting(connection, max(4.0, seconds)) > 0
    await follow(env.clients[0], jobs)
    for row in await env.system.fetch("SELECT fence, tries, outcome FROM speech.inbox WHERE id = ANY($1)", ids):
        assert tuple(row) == (1, 1, "ok"), row  # who held the lease has won


async def silence_leases(env: ChaosEnv, seconds: float) -> None:
    """Silences the connection of the leases for longer than a lease: running work is still done once."""
    job = await env.clients[0].submit(env.recording, f"{LASTS} {seconds + 10:g}")

    async def at_work() -> bool:
        return bool(await env.system.fetch("SELECT FROM speech.inbox WHERE job_id = $1 AND owner IS NOT NULL", job))

    await until(at_work, within=FOLLOW_TIMEOUT_S, what="work under way")

    async def silenced() -> bool:
        return bool(env.to_database.silence(_LEASES))

    await until(silenced, within=FOLLOW_TIMEOUT_S, what="the connection of the leases")
    await asyncio.sleep(seconds)
    await follow(env.clients[0], [job])
    [row] = await env.system.fetch(
        "SELECT fence, tries, outcome FROM speech.inbox WHERE consumer = 'speech.assess_attempt' AND job_id = $1", job
    )
    assert tuple(row) == (1, 1, "ok"), row


async def exhaust_connections(env: ChaosEnv, seconds: float) -> None:
    """Takes every connection of the server from outside, and cuts those of the product."""
    taken: list[asyncpg.Connection[asyncpg.Record]] = []
    env.to_database.closed = True
    try:
        try:
            env.to_database.cut()
            while True:
                taken.append(await asyncpg.connect(env.postgres.dsn))
        except asyncpg.TooManyConnectionsError:
            env.to_database.closed = False
        await asyncio.sleep(seconds / 2)
        ours = await taken[0].fetchval("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'voxbus-%'")
        assert ours < len(taken) / 10, ours
        assert (await env.clients[0].http.get("/jobs")).status_code == 503
        await asyncio.sleep(seconds / 2)
    finally:
        env.to_database.closed = False
        for connection in taken:
            await connection.close()


async def follow(client: Client, jobs: list[UUID]) -> None:
    """Follows each job to its end."""
    await asyncio.gather(*(client.follow(job) for job in jobs))


@asynccontextmanager
async def held(env: ChaosEnv, statement: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """Provides a transaction that holds the locks of a statement for as long as the block runs."""
    connection = await asyncpg.connect(env.postgres.dsn)
    try:
        await connection.execute("BEGIN")
        await connection.execute(statement)
        yield connection
        await connection.execute("ROLLBACK")
    finally:
        connection.terminate()


async def _waiting(connection: asyncpg.Connection[asyncpg.Record], seconds: float) -> int:
    """Returns the most that waited for a lock at once within these seconds."""
    most = 0
    end = monotonic() + seconds
    while monotonic() < end:
        most = max(most, await _waiting_now(connection, "voxbus-%"))
        await asyncio.sleep(0.1)
    return most


async def _waiting_now(connection: asyncpg.Connection[asyncpg.Record], name: str) -> int:
    """Counts connections of such a name that wait for a lock, also those made since this transaction looked first."""
    await connection.execute("SELECT pg_stat_clear_snapshot()")
    return int(await connection.fetchval(_WAITING, name))


async def _answers(env: ChaosEnv) -> bool:
    try:
        await env.system.fetch("SELECT 1")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    return True


async def _snipped(env: ChaosEnv, snip: Snip) -> Snip:
    """Cuts a call, and waits until it is cut."""
    env.to_database.snip = snip
    before = env.to_database.cut_short

    async def cut() -> bool:
        return env.to_database.cut_short > before and snip.at is not None

    try:
        await until(cut, within=FOLLOW_TIMEOUT_S, what=f"a call that says {snip.first!r} {snip.word!r}")
    finally:
        env.to_database.snip = None
    return snip


async def _check_accept(env: ChaosEnv, snip: Snip) -> None:
    """Checks an accept: the first commit has won if it arrived, else the second; the jobs are the same."""
    rows = await env.system.fetch("SELECT id, created_at FROM gateway.jobs")
    created = [row["created_at"] for row in rows if row["id"].bytes in snip.said]
    assert snip.at is not None
    assert created, "a statement that accepts names its jobs"
    assert all((at < snip.at) is snip.arrives for at in created), (created, snip.at)


async def _check_finish(env: ChaosEnv, snip: Snip) -> None:
    """Checks a run's end: the first commit has won if it arrived; else the run was given back at no cost of a try."""

    async def done() -> asyncpg.Record | None:
        rows = await env.system.fetch(
            "SELECT i.* FROM speech.inbox i JOIN speech.assessments a ON a.attempt_id = i.job_id"
            " WHERE i.consumer = 'speech.assess_attempt' AND i.done_at IS NOT NULL"
        )
        return next((row for row in rows if row["job_id"].bytes in snip.said), None)

    row = await until(done, within=FOLLOW_TIMEOUT_S, what="the end of a run that was cut")
    assert snip.at is not None
    assert (row["outcome"], row["tries"], row["fence"]) == ("ok", 1, 1 if snip.arrives else 2), row
    assert (row["done_at"] < snip.at) is snip.arrives, (row["done_at"], snip.at)


def _quoted(ids: list[UUID]) -> str:
    return ", ".join(f"'{each}'" for each in ids)


DATABASE_FAULTS = (
    Fault("database killed (kill -9 of the postmaster)", partial(end_server, how=signal.SIGKILL), 16, upon="database"),
    Fault("database restarted in order", partial(end_server, how=signal.SIGINT), 8, upon="database"),
    Fault("commit applied, its answer cut", partial(cut_at_commits, arrives=True), 10, 0),
    Fault("commit cut before it arrived", partial(cut_at_commits, arrives=False), 10),
    Fault("database slow (50 ms each way)", slow, 10, upon="database"),
    Fault("tables locked one after another", lock_tables, 24, upon="database"),
    Fault("a table locked for 40 s: the gateway's pool exhausted", lock_longer_than_a_statement_may_take, 40),
    Fault("inbox rows locked under their work", lock_rows, 15),
    Fault("the connection of the leases silent for longer than a lease", silence_leases, 35),
    Fault("every connection of the server taken", exhaust_connections, 10),
)
